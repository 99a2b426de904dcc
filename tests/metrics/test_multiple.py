from __future__ import annotations

import numpy as np
import pytest

from ghep.metrics.multiple import holm


def test_a_worked_example() -> None:
    """0.01 counts four times, 0.02 three times, 0.03 twice; none less than one before it."""
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx((0.06, 0.04, 0.5, 0.06))


@pytest.mark.parametrize(("given", "expected"), [([], ()), ([0.2], (0.2,)), ([0.9, 0.8], (1, 1)), ([0, 0], (0, 0))])
def test_the_ends(given: list[float], expected: tuple[float, ...]) -> None:
    assert holm(given) == expected


def test_order_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    given = rng.random(9)
    shuffled = rng.permutation(9)
    assert np.array(holm(given.tolist()))[shuffled].tolist() == list(holm(given[shuffled].tolist()))


def test_false_alarms_of_the_whole_table() -> None:
    rng = np.random.default_rng(0)
    alarms = np.mean([min(holm(rng.random(6).tolist())) < 0.05 for _ in range(4000)])
    assert 0.04 < alarms < 0.06
