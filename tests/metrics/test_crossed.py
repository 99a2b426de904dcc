from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.stats import bootstrap, norm, t

from ghep.errors import DataError
from ghep.metrics.crossed import accuracy, difference, paired_contrast, variance_by_draw
from ghep.metrics.intervals import wilson
from ghep.metrics.moderated import Prior
from ghep.metrics.paired import tango

Z = 1.959963984540054


def runs(
    seeds: int, n: int, *, skill: float = 1.3, seed: float = 0.0, noise: float = 0.4, number: int = 0
) -> np.ndarray:
    """Correct (S, n): examples that are hard for all runs, runs that are better, and what is neither."""
    rng = np.random.default_rng(number)
    hard, better = rng.normal(size=n), seed * rng.normal(size=(seeds, 1))
    return (skill + hard + better + noise * rng.normal(size=(seeds, n))) > 0


@pytest.mark.parametrize(("right", "n"), [(0, 20), (1, 20), (96, 100), (100, 100), (700, 1000)])
@pytest.mark.parametrize("seeds", [1, 3])
def test_runs_that_answer_alike_have_wilsons_interval(right: int, n: int, seeds: int) -> None:
    found = accuracy(np.tile(np.arange(n) < right, (seeds, 1)))
    expected = wilson(right, n)
    assert (found.value, found.errors.seed) == (right / n, 0)
    assert (found.low, found.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_the_variances_are_those_of_the_table() -> None:
    """Against the two-way analysis of variance, written out with loops and its expected mean squares."""
    y = runs(4, 30, seed=0.6).astype(float)
    s, n = y.shape
    rest = sum((y[i, j] - y[i].mean() - y[:, j].mean() + y.mean()) ** 2 for i in range(s) for j in range(n)) / (
        (s - 1) * (n - 1)
    )
    seeds = n * sum((y[i].mean() - y.mean()) ** 2 for i in range(s)) / (s - 1)
    found = accuracy(y)
    assert found.errors.seed == pytest.approx((seeds - rest) / n / s)
    assert found.one_seed == pytest.approx((seeds - rest) / n)
    assert found.errors.test == pytest.approx(np.var(y.mean(axis=0)) / n)
    assert found.errors.freedom == 3


def test_many_tables_at_once_are_as_one_by_one() -> None:
    tables = np.stack([runs(3, 60, seed=0.3, number=k) for k in range(5)])
    others = np.stack([runs(2, 60, seed=0.3, number=k + 9) for k in range(5)])
    together, apart = accuracy(tables), difference(tables, others)
    for k in range(5):
        assert accuracy(tables[k])[:3] == pytest.approx([one[k] for one in together[:3]])
        alone = difference(tables[k], others[k])
        assert [*alone[:3], alone.p_value] == pytest.approx([one[k] for one in (*apart[:3], apart.p_value)])


def test_seeds_that_differ_widen_by_students_t() -> None:
    """Ten thousand examples: seeds are all that is uncertain, three of them, and half the interval is 4.3 errors."""
    shares = np.array([0.48, 0.5, 0.52])
    y = np.arange(10_000) < (10_000 * shares)[:, None]
    found = accuracy(y)
    half = t.ppf(0.975, 2) * np.sqrt(found.errors.seed)
    assert found.errors.seed == pytest.approx(0.02**2 / 3, rel=0.01)
    assert found.value - found.low > half
    assert found.value - found.low == pytest.approx(half, rel=0.06)


def test_near_one_the_interval_reaches_farther_down() -> None:
    found = accuracy(runs(3, 400, skill=2.6, seed=0.4, noise=0.2, number=3))
    assert found.errors.seed > 0
    assert 0 < found.high - found.value < found.value - found.low
    assert found.high < 1


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_difference_of_runs_that_answer_alike_is_bonett_and_prices(seeds: int) -> None:
    only_a, only_b, n = 9, 2, 120
    a = np.tile(np.arange(n) < 80 + only_a, (seeds, 1))
    b = a.copy()
    b[:, 80 : 80 + only_a] = False
    b[:, 100 : 100 + only_b] = True
    p, q, m = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2), n + 2
    half = Z * np.sqrt((p + q - (p - q) ** 2) / (m - 1))
    found = difference(a, b)
    assert found.value == pytest.approx((only_a - only_b) / n)
    assert (found.low, found.high) == (pytest.approx(p - q - half), pytest.approx(p - q + half))
    near = tango(only_a, only_b, n)
    assert (found.low, found.high) == (pytest.approx(near.low, abs=0.012), pytest.approx(near.high, abs=0.012))
    assert found.p_value == pytest.approx(2 * norm.sf((p - q) / (half / Z)))


@pytest.mark.parametrize("number", range(8))
def test_p_and_interval_are_of_one_test(number: int) -> None:
    a, b = runs(3, 150, seed=0.2, number=number), runs(4, 150, skill=1.0, seed=0.2, number=number + 50)
    at_p = difference(a, b, level=1 - float(difference(a, b).p_value))
    assert min(abs(at_p.low), abs(at_p.high)) == pytest.approx(0, abs=1e-4)


def test_never_without_a_width() -> None:
    for n in (1, 30, 1000):
        same = np.ones((3, n), dtype=bool)
        found = difference(same, same)
        assert (found.value, found.p_value) == (0, 1)
        assert found.low == -found.high < 0
        assert found.high > min(2.4 / n, 0.99)  # about 2.8 / n
        assert accuracy(same).low < 1 == accuracy(same).high


def test_small_disagreements_count_for_less() -> None:
    """One run of five that errs on an example is a fifth of a disagreement: so are the two that are added."""
    a = np.ones((5, 200), dtype=bool)
    b = a.copy()
    b[[0, 1, 2, 3, 4, 0], np.arange(6)] = False
    once, always = difference(a, b), difference(a, np.tile(b.all(axis=0), (5, 1)))
    assert once.value == pytest.approx(always.value / 5)
    assert once.high - once.low < (always.high - always.low) / 2


def test_swapping_swaps_the_signs() -> None:
    a, b = runs(3, 80, number=1, seed=0.3), runs(5, 80, number=2, seed=0.1)
    one, other = difference(a, b), difference(b, a)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
    assert one.p_value == pytest.approx(other.p_value)


def test_the_seeds_of_two_add() -> None:
    a, b = runs(3, 300, number=1, seed=0.8), runs(5, 300, number=2, seed=0.8)
    found, parts = difference(a, b), (accuracy(a).errors.seed, accuracy(b).errors.seed)
    assert found.errors.seed == pytest.approx(sum(parts))
    scatter = a.mean(axis=1).var(ddof=1) / 3, b.mean(axis=1).var(ddof=1) / 5
    assert found.errors.freedom == pytest.approx(sum(scatter) ** 2 / (scatter[0] ** 2 / 2 + scatter[1] ** 2 / 4))
    solved = np.tile(a[:1], (3, 1))
    assert difference(solved, b).errors.freedom == pytest.approx(4)


def test_the_bootstrap_agrees_over_examples() -> None:
    a, b = runs(1, 400, number=1), runs(1, 400, skill=1.0, number=2)
    b[:, :300] = a[:, :300]
    found = difference(a, b)
    drawn = bootstrap(
        (a[0].astype(float) - b[0],), np.mean, method="percentile", n_resamples=4000, rng=np.random.default_rng(0)
    ).confidence_interval
    assert (found.low, found.high) == (pytest.approx(drawn.low, abs=0.006), pytest.approx(drawn.high, abs=0.006))


def test_the_bootstrap_agrees_over_examples_and_seeds() -> None:
    """With twenty seeds drawing both anew is good enough to compare with."""
    a, b = runs(20, 300, seed=0.3, number=1), runs(20, 300, skill=1.1, seed=0.3, number=1)
    b = np.random.default_rng(3).permutation(b, axis=0)
    rng = np.random.default_rng(0)
    values = []
    for _ in range(3000):
        examples = rng.integers(300, size=300)
        chosen = [table[rng.integers(20, size=20)][:, examples].mean() for table in (a, b)]
        values.append(chosen[0] - chosen[1])
    low, high = np.quantile(values, [0.025, 0.975])
    found = difference(a, b)
    assert found.high - found.low == pytest.approx(high - low, rel=0.2)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.015), pytest.approx(high, abs=0.015))


def test_variance_by_draw_finds_what_was_planted() -> None:
    """Four hundred draws of two seeds: variances of one draw and seed, over the number of draws."""
    rng = np.random.default_rng(0)
    draws = np.repeat(np.arange(400), 2)
    share = 0.7 + 0.05 * rng.normal(size=400)[draws] + 0.03 * rng.normal(size=800)
    correct = rng.random((800, 300)) < share[:, None]
    draw, seed, test = variance_by_draw(correct, draws)
    assert draw * 400 == pytest.approx(0.05**2, rel=0.25)
    assert seed * 800 == pytest.approx(0.03**2, rel=0.25)
    assert test == pytest.approx(0.7 * 0.3 / 800 / 300, rel=0.3)


def test_one_run_a_draw_is_all_draw() -> None:
    y = runs(6, 200, seed=0.5)
    draw, seed, test = variance_by_draw(y, np.arange(6))
    found = accuracy(y).errors
    assert (draw, seed, test) == (pytest.approx(found.seed), 0, pytest.approx(found.test))


@pytest.mark.parametrize("shape", [(3,), (0, 4), (2, 0)])
def test_what_is_no_table(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="expected correctness of shape") as caught:
        accuracy(np.ones(shape))
    assert caught.value.remedy


def test_other_examples_are_no_pairs() -> None:
    with pytest.raises(DataError, match="same n examples, found 4 and 5"):
        difference(np.ones((1, 4)), np.ones((1, 5)))


# Coverage: what the decision page claims, on some cells of its grid. `scripts/bench coverage` has them all.


@pytest.fixture(scope="module")
def worlds() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "coverage.py"
    specification = importlib.util.spec_from_file_location("coverage_benchmark", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module  # where dataclasses look their own module up
    specification.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 2000])
@pytest.mark.parametrize("seeds", [1, 3, 5])
@pytest.mark.parametrize(("share", "points"), [(0.6, 0.0), (0.9, 0.5), (0.96, 2.0)])
def test_the_interval_of_an_accuracy_covers(
    worlds: ModuleType, n: int, seeds: int, share: float, points: float
) -> None:
    held = worlds.accuracy_coverage(worlds.World(share, points), n, seeds, 4000 if n < 2000 else 2000)
    assert held > 0.925  # 0.935, but where seeds outweigh examples, and chance of the simulation
    if seeds == 1 or points == 2:  # wide where seeds scatter less than the prior has it
        assert held < 0.978


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 2000])
@pytest.mark.parametrize("seeds", [(1, 1), (3, 3), (5, 5), (1, 3)])
@pytest.mark.parametrize(("share", "points"), [(0.6, 0.0), (0.9, 0.5), (0.96, 2.0)])
def test_the_interval_of_a_difference_covers(
    worlds: ModuleType, n: int, seeds: tuple[int, int], share: float, points: float
) -> None:
    world = worlds.World(share, points)
    held, apart = worlds.difference_coverage((world, world.behind(0.02)), n, seeds, 4000 if n < 2000 else 2000)
    assert held > 0.935
    if n * apart > 12 and (max(seeds) == 1 or points == 2):  # wide where few examples differ, or seeds scatter little
        assert held < 0.99


def test_a_paired_contrast_by_hand() -> None:
    """Two draws, 0.06 and 0.02 apart; the prior's 0.03 is worth 2 degrees of freedom."""
    b = np.arange(10_000) < 7_000
    a = np.stack([np.arange(10_000) < count for count in (7_600, 7_200)])
    found = paired_contrast(a, np.stack([b, b]), Prior(0.03, 2.0))
    pooled = (2 * 0.03**2 + 2 * 0.02**2) / 3
    assert found.value == pytest.approx(0.04)
    assert found.errors.freedom == pytest.approx(3)
    assert found.errors.seed == pytest.approx(pooled / 2, rel=0.02)
    assert found.value - found.low == pytest.approx(t.ppf(0.975, 3) * (pooled / 2) ** 0.5, rel=0.05)


def test_luck_of_the_draw_that_both_share_cancels() -> None:
    a, b = runs(4, 2000, seed=0.5), runs(4, 2000, seed=0.5, skill=1.0)
    found = paired_contrast(a, b)
    assert found.errors.seed < 0.2 * difference(a, b).errors.seed
    assert found.low < found.value < found.high


def test_one_draw_is_compared_as_one_run() -> None:
    a, b = runs(1, 300), runs(1, 300, number=1)
    assert paired_contrast(a, b, Prior(0.1, 3.0))[:3] == pytest.approx(difference(a, b)[:3])


def test_tables_of_other_draws_are_not_paired() -> None:
    with pytest.raises(DataError, match=r"\(2, 30\) and \(3, 30\)"):
        paired_contrast(runs(2, 30), runs(3, 30))
