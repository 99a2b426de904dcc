from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from ghep.comparison.label_curves import in_words, isotonic, label_curves, labels_saved
from ghep.comparison.record import Answers, Comparison, Contender, Data, LabelCurve, LabelsSaved, Measured
from ghep.metrics.intervals import wilson

LIGHT, SCRATCH, WORDS = Contender("light", "net"), Contender("scratch", "net"), Contender("linear_ngrams")
SHOTS = (1, 2, 4, 8, 16, 32, 64, None)
POOL = 128
"""Labels a class, of two."""
Law = Callable[[float], float]


def run(contender: Contender, labels: int | None, correct: np.ndarray, *, draw: int = 0, seed: int = 0) -> Measured:
    n = len(correct)
    answers = Answers(tuple(map(str, range(n))), np.zeros(n, int), 1 - correct.astype(int), np.ones(n), np.ones(n))
    return Measured(contender, seed, labels, draw, 7, answers, None, (), 1.0, 0.0, 0, 0, 0)


def right(accuracy: float, n: int = 10_000) -> np.ndarray:
    """The same examples are the easy ones, for everyone."""
    return np.arange(n) < round(accuracy * n)


def compared(*runs: Measured, headline: str = "test") -> Comparison:
    counts = {"train": {"a": POOL - 28, "b": POOL - 28}, "valid": {"a": 28, "b": 28}, "test": {"a": 9, "b": 9}}
    return Comparison(Data("made up", "", "image", "label", ("a", "b"), counts, headline), runs, Path())


def runs_of(contender: Contender, law: Law, *, draws: Sequence[float] = (0.0,), n: int = 10_000) -> list[Measured]:
    """Accuracy ``law`` of the number of labels, plus what the draw adds (nothing where all are taken)."""
    few = [
        run(contender, shots, right(law(2 * shots) + more, n), draw=draw)
        for shots in SHOTS
        if shots
        for draw, more in enumerate(draws)
    ]
    return [*few, *(run(contender, None, right(law(2 * POOL), n), seed=seed) for seed in range(2))]


def power(c: float, saving: float = 1.0) -> Law:
    """``saving`` times as many labels do as much."""
    return lambda labels: 0.95 - 0.5 * (saving * labels) ** -c


def saved(comparison: Comparison) -> dict[tuple[str, float], LabelsSaved]:
    found = labels_saved(comparison, label_curves(comparison))
    return {(one.control.strategy, one.num_labels): one for one in found}


def test_points_of_a_curve() -> None:
    accuracies = [[0.6, 0.7, 0.8], [0.8, 0.85, 0.9]]
    few = [
        run(LIGHT, shots, right(accuracy, 100), draw=draw)
        for shots, row in zip((2, 200), accuracies, strict=True)
        for draw, accuracy in enumerate(row)
    ]
    full = [run(LIGHT, None, right(accuracy, 100), seed=seed) for seed, accuracy in enumerate((0.93, 0.95))]
    (curve,) = label_curves(compared(*full, *few))
    assert [(point.labels, point.num_labels, point.runs) for point in curve.points] == [
        (2, 4, 3),
        (200, 256, 3),  # a class cannot give more than it has
        (None, 256, 2),
    ]
    assert [point.accuracy for point in curve.points] == pytest.approx([0.7, 0.85, 0.94])
    first, second, last = (point.interval for point in curve.points)
    half = 4.302653 * 0.1 / 3**0.5  # Student's t for three draws
    assert (first.low, first.high) == pytest.approx((0.7 - half, 0.7 + half))
    assert second.high == pytest.approx(0.85 + half / 2)
    assert last.low < wilson(94, 100).low
    assert last.high > wilson(94, 100).high


def test_seeds_of_a_draw_are_one_draw() -> None:
    accuracies = {(0, 0): 0.6, (0, 1): 0.8, (1, 0): 0.7, (1, 1): 0.9}
    few = [run(LIGHT, 2, right(a, 100), draw=draw, seed=seed) for (draw, seed), a in accuracies.items()]
    (curve,) = label_curves(compared(*few, run(LIGHT, None, right(0.9, 100))))
    interval = curve.points[0].interval
    assert curve.points[0].runs == 4
    assert interval.low == pytest.approx(0.75 - 12.7062 * 0.05, abs=1e-5)  # of the means 0.7 and 0.8


def test_one_draw_or_draws_alike_have_the_examples_interval() -> None:
    for draws in (1, 3):
        few = [run(LIGHT, 2, right(0.8, 50), draw=draw) for draw in range(draws)]
        (curve,) = label_curves(compared(*few, run(LIGHT, None, right(1.0, 50))))
        interval = curve.points[0].interval
        assert (interval.low, interval.high) == pytest.approx((wilson(40, 50).low, wilson(40, 50).high))
        assert (curve.points[1].interval.low, curve.points[1].interval.high) == pytest.approx((wilson(50, 50).low, 1))


def test_one_number_of_labels_is_no_curve() -> None:
    assert label_curves(compared(run(LIGHT, None, right(0.9)), run(SCRATCH, 4, right(0.5)))) == ()
    (curve,) = label_curves(compared(run(SCRATCH, 4, right(0.5)), run(SCRATCH, 2, right(0.4))))
    assert curve.contender == SCRATCH
    assert [point.num_labels for point in curve.points] == [4, 8]


def test_where_valid_is_the_headline_draws_leave_it_alone() -> None:
    runs = run(LIGHT, 120, right(0.5)), run(LIGHT, None, right(0.6))
    (curve,) = label_curves(compared(*runs, headline="valid"))
    assert [point.num_labels for point in curve.points] == [200, 256]


def test_without_counts_the_runs_say_how_much_they_learnt_from() -> None:
    data = Data("", "", "image", "label", ("a",), {}, "test")
    runs = run(LIGHT, 3, right(0.5)), run(LIGHT, None, right(0.6))
    (curve,) = label_curves(Comparison(data, runs, Path()))
    assert curve.points[0].num_labels == 7


@pytest.mark.parametrize("saving", [2.0, 8.0, 10.0])
@pytest.mark.parametrize("c", [0.3, 0.5])
def test_planted_power_laws_are_read_backwards(saving: float, c: float) -> None:
    found = saved(compared(*runs_of(LIGHT, power(c, saving)), *runs_of(SCRATCH, power(c))))
    assert len(found) == len(SHOTS)
    for (_, labels), one in found.items():
        if saving * labels <= 2 * POOL:
            assert one.needed == pytest.approx(saving * labels, rel=0.05)  # straight between its points
        else:
            assert one.needed is None
        assert (one.most, one.fewest) == (2 * POOL, 2)
        assert one.interval is None  # a single draw


def test_both_controls_are_asked() -> None:
    runs = [*runs_of(LIGHT, power(0.5, 4)), *runs_of(SCRATCH, power(0.5)), *runs_of(WORDS, power(0.5, 2))]
    found = saved(compared(*runs, *runs_of(Contender("scratch", "other"), power(0.5))))
    assert {control for control, _ in found} == {"scratch", "linear_ngrams"}
    assert found["scratch", 8].needed == pytest.approx(32, rel=0.05)
    assert found["linear_ngrams", 8].needed == pytest.approx(16, rel=0.05)


def test_what_the_control_has_at_once_needs_its_fewest_or_fewer() -> None:
    found = saved(compared(*runs_of(LIGHT, power(0.5, 0.25)), *runs_of(SCRATCH, power(0.5))))
    assert found["scratch", 2].needed == 2
    assert "2 or fewer" in in_words(found["scratch", 2])
    assert found["scratch", 256].needed == pytest.approx(64, rel=0.05)
    assert "with fewer: 64" in in_words(found["scratch", 256])


def test_a_draw_that_is_good_for_all_leaves_little_doubt() -> None:
    """Draws move both curves alike: paired, the labels needed are known better than either accuracy."""
    draws, law = (-0.03, -0.01, 0.0, 0.01, 0.03), power(0.3)
    paired = saved(compared(*runs_of(LIGHT, power(0.3, 8), draws=draws), *runs_of(SCRATCH, law, draws=draws)))
    apart = saved(compared(*runs_of(LIGHT, power(0.3, 8), draws=draws), *runs_of(SCRATCH, law, draws=draws[::-1])))
    for found in (paired, apart):
        one = found["scratch", 4]
        assert one.interval is not None
        assert one.interval[1] is not None
        assert one.interval[0] < 32 < one.interval[1]
    assert _width(paired["scratch", 4]) < 0.3 * _width(apart["scratch", 4])


def _width(one: LabelsSaved) -> float:
    assert one.interval is not None
    assert one.interval[1] is not None
    return one.interval[1] - one.interval[0]


def test_more_than_there_are() -> None:
    draws = (-0.01, 0.0, 0.01)
    light, scratch = runs_of(LIGHT, lambda _: 0.97, draws=draws), runs_of(SCRATCH, power(0.5), draws=draws)
    one = saved(compared(*light, *scratch))["scratch", 8]
    assert (one.needed, one.interval) == (None, (256, None))
    assert in_words(one) == "light (net) with 8 labels is clearly above scratch with all 256"


def test_without_a_control_nothing_is_saved() -> None:
    assert saved(compared(*runs_of(LIGHT, power(0.5)), *runs_of(Contender("scratch", "other"), power(0.5)))) == {}
    comparison = compared(*runs_of(SCRATCH, power(0.5)), *runs_of(WORDS, power(0.5)))
    assert labels_saved(comparison, label_curves(comparison)) == ()
    assert labels_saved(comparison, [LabelCurve(LIGHT, ())]) == ()


def test_isotonic_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    levels, weights = rng.normal(size=(50, 7)) + np.arange(7) / 4, rng.uniform(1, 5, 7)
    theirs = [IsotonicRegression().fit_transform(np.arange(7), row, sample_weight=weights) for row in levels]
    np.testing.assert_allclose(isotonic(levels, weights), theirs, atol=1e-12)


@pytest.mark.parametrize(
    ("needed", "interval", "said"),
    [
        (
            240,
            (180, None),
            "light (net) with 24 labels matches scratch with 10 times as many: 240 [180, more than 244]",
        ),
        (25, (10, 60), "light (net) with 24 labels matches scratch with as many: 25 [10 or fewer, 60]"),
        (60, None, "light (net) with 24 labels matches scratch with 2.5 times as many: 60"),
        (None, None, "light (net) with 24 labels is above scratch with all 244"),
        (None, (200, None), "light (net) with 24 labels is above scratch with all 244; 200 might do"),
        (None, (244, None), "light (net) with 24 labels is clearly above scratch with all 244"),
    ],
)
def test_in_words(needed: float | None, interval: tuple[float, float | None] | None, said: str) -> None:
    assert in_words(LabelsSaved(LIGHT, SCRATCH, 24, 0.8, needed, interval, 244, 10)) == said


@pytest.mark.slow
def test_the_interval_covers() -> None:
    """Planted power laws, five draws, 500 examples of differing difficulty: 95 % of intervals hold the truth."""
    rng, draws, n = np.random.default_rng(0), 5, 500
    hits: list[bool] = []
    for _ in range(150):
        luck, ease = rng.normal(size=draws), rng.normal(size=n)
        runs = []
        for contender, law in ((LIGHT, power(0.5, 8)), (SCRATCH, power(0.5))):
            for shots in SHOTS:
                for draw in range(draws if shots else 3):
                    shift = 0.015 * (luck[draw] + rng.normal()) if shots else 0.005 * rng.normal()
                    share = np.clip(law(2 * (shots or POOL)) + shift, 0.05, 0.95)
                    hardness = ease + rng.normal(size=n)
                    threshold = 2**0.5 * _normal_quantile(share)
                    runs.append(run(contender, shots, hardness < threshold, draw=draw if shots else 0, seed=draw))
        found = saved(compared(*runs))
        for labels in (4.0, 8.0, 16.0):
            low, high = found["scratch", labels].interval or (0, None)
            hits.append(low <= 8 * labels and (high is None or high >= 8 * labels))
    assert np.mean(hits) > 0.93


def _normal_quantile(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(float(share))


def test_a_point_says_how_much_of_its_uncertainty_is_the_draw() -> None:
    few = [run(LIGHT, 5, right(accuracy, 1000), draw=draw) for draw, accuracy in enumerate((0.7, 0.8, 0.9))]
    (curve,) = label_curves(compared(*few, run(LIGHT, None, right(0.95, 1000))))
    drawn, whole = curve.points
    assert drawn.parts is not None and whole.parts is None
    assert drawn.parts.draw == pytest.approx(0.01 / 3, rel=0.1)  # the variance of 0.7, 0.8, 0.9 is 0.01
    assert drawn.parts.seed == 0
    alike = [run(LIGHT, 5, right(0.8, 1000), draw=draw) for draw in range(3)]
    (curve,) = label_curves(compared(*alike, run(LIGHT, None, right(0.95, 1000))))
    assert curve.points[0].parts is not None and curve.points[0].parts.draw == 0
