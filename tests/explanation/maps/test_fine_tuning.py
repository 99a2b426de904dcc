"""CKA and correlation of maps: 1 for equal maps, near 0 for unrelated ones, also with few rows."""

from __future__ import annotations

import numpy as np
import pytest

from ghep.explanation.maps.fine_tuning import MOST_ROWS, changes, channel_correlation, rows
from ghep.metrics.cka import linear_cka

RNG = np.random.default_rng(0)


def test_cka_ignores_rotation_and_scale_but_not_content() -> None:
    features = RNG.standard_normal((60, 8))
    turned = 3 * features @ np.linalg.qr(RNG.standard_normal((8, 8)))[0]
    assert linear_cka(features, turned) == pytest.approx(1)
    assert abs(linear_cka(features, RNG.standard_normal((60, 8)))) < 0.2


def test_unrelated_networks_with_many_channels_are_not_similar() -> None:
    """The biased estimate would be above 0.9: 49 positions, 1,000 channels."""
    one, other = RNG.standard_normal((2, 49, 1000))
    assert abs(linear_cka(one, other)) < 0.1


def test_a_constant_channel_is_left_out() -> None:
    maps = RNG.standard_normal((2, 3, 4, 4))
    maps[:, 1] = 5
    assert channel_correlation(maps, maps) == pytest.approx(1)
    assert np.isnan(channel_correlation(maps[:, 1:2], maps[:, 1:2]))


def test_positions_are_bounded_and_the_same_for_both_networks() -> None:
    maps = np.arange(8 * 2 * 14 * 14, dtype=float).reshape(8, 2, 14, 14)
    assert rows(maps).shape == (MOST_ROWS, 2)
    np.testing.assert_array_equal(rows(maps), rows(maps.copy()))


def test_the_noise_floor_is_measured_where_there_is_another_seed() -> None:
    before, after, other = ({"block": RNG.standard_normal((2, 5, 7, 7))} for _ in range(3))
    (alone,), (floored,) = changes(before, after, None), changes(before, after, other)
    assert alone.seeds_cka is None and alone.cka == floored.cka
    assert floored.seeds_cka == pytest.approx(linear_cka(rows(other["block"]), rows(after["block"])))
