from __future__ import annotations

import numpy as np
import pytest

from ghep.comparison.analysis.draw_scatter import CORRELATION, SCATTER, draw_priors, known_scatter, prior_of_difference
from ghep.comparison.analysis.seeds import KNOWN, PRETRAINED
from ghep.comparison.record import Contender
from ghep.metrics.moderated import Prior

PROBE, LIGHT, SCRATCH = (Contender(name, "b") for name in ("linear_probe", "light", "scratch"))
N = 1000


def scattered(*wrong: int) -> np.ndarray:
    """A draw a row, which errs on so many examples."""
    return np.arange(N) >= np.array(wrong)[:, None]


def test_many_labels_scatter_less() -> None:
    assert known_scatter(PROBE, 5).scale == known_scatter(PROBE, 32).scale == SCATTER
    assert known_scatter(PROBE, 128).scale == pytest.approx(SCATTER / 2)


def test_what_depends_on_its_seed_scatters_for_both_reasons() -> None:
    assert known_scatter(LIGHT, 8).scale == pytest.approx(np.hypot(SCATTER, KNOWN[PRETRAINED].scale))


def test_ones_own_draws_are_not_in_ones_prior() -> None:
    found = [draw_priors({(PROBE, 8): scattered(*wrong)})[PROBE, 8] for wrong in ((100, 110), (10, 400))]
    assert found[0] == found[1] == known_scatter(PROBE, 8)


def test_other_numbers_of_labels_and_contenders_move_it() -> None:
    own = {(PROBE, 8): scattered(200, 210, 190)}
    calm, wild = scattered(100, 101, 99), scattered(60, 100, 140)
    for other in ((PROBE, 128), (LIGHT, 8)):
        less, more = (draw_priors({**own, other: right})[PROBE, 8].scale for right in (calm, wild))
        assert less < SCATTER < more
    assert draw_priors({**own, (SCRATCH, 8): wild})[PROBE, 8].scale == pytest.approx(SCATTER)  # another group


def test_a_scatter_counts_by_what_is_known_of_its_number_of_labels() -> None:
    """128 labels are known to scatter half as much: what is usual for 8 is much for them."""
    usual = scattered(82, 100, 118)  # 0.2 on log odds
    at_8, at_128 = (draw_priors({(PROBE, 20): usual, (LIGHT, k): usual})[PROBE, 20].scale for k in (8, 128))
    assert at_8 < at_128


def test_one_draw_tells_nothing_of_scatter() -> None:
    found = draw_priors({(PROBE, 8): scattered(100), (LIGHT, 8): scattered(150)})
    assert found[PROBE, 8] == known_scatter(PROBE, 8)


def test_luck_that_two_share_leaves_their_difference() -> None:
    half = np.arange(N)[None] % 2 == 0
    found = prior_of_difference(half, half, Prior(0.2, 3.0), Prior(0.4, 2.0))
    one, other = 0.2 / 4, 0.4 / 4
    assert float(found.scale) ** 2 == pytest.approx(one**2 + other**2 - 2 * CORRELATION * one * other)
    assert found.freedom == 2.0
