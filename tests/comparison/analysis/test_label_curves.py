from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import f, t
from sklearn.isotonic import IsotonicRegression

from ghep.comparison.analysis import label_curves as curves
from ghep.comparison.analysis.label_curves import difference_at, in_words, isotonic, label_curves, labels_saved
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
    assert first.low < 0.7 < first.high and second.low < 0.85 < second.high
    assert second.high - second.low < first.high - first.low
    assert last.low < wilson(94, 100).low
    assert last.high > wilson(94, 100).high


def test_two_draws_say_something() -> None:
    """By hand: draws at 0.72 and 0.78 of very many examples; a prior of 0.2 on log odds, worth 3 degrees of freedom.

    Student's t alone gives 0.75 +- 12.7 * 0.03, from 0.37 to 1.
    """
    few = [run(WORDS, 2, right(accuracy, 100_000), draw=draw) for draw, accuracy in enumerate((0.72, 0.78))]
    (curve,) = label_curves(compared(*few, run(WORDS, None, right(0.9, 100_000))))
    slope, scatter = 0.75 * 0.25, 0.03**2 * 2
    weight = 3 * min(1.0, f.sf(scatter / (0.2 * slope) ** 2, 1, 3) / 0.5)
    pooled = (weight * (0.2 * slope) ** 2 + scatter) / (weight + 1)
    half = t.ppf(0.975, weight + 1) * (pooled / 2) ** 0.5 / slope  # on log odds
    interval = curve.points[0].interval
    assert interval.low == pytest.approx(expit(logit(0.75) - half), abs=0.005)
    assert interval.high == pytest.approx(expit(logit(0.75) + half), abs=0.005)
    assert (interval.low, interval.high) == (pytest.approx(0.65, abs=0.02), pytest.approx(0.83, abs=0.02))


def test_seeds_of_a_draw_are_one_draw() -> None:
    accuracies = {(0, 0): 0.6, (0, 1): 0.8, (1, 0): 0.7, (1, 1): 0.9}
    few = [run(LIGHT, 2, right(a, 100), draw=draw, seed=seed) for (draw, seed), a in accuracies.items()]
    (curve,) = label_curves(compared(*few, run(LIGHT, None, right(0.9, 100))))
    interval = curve.points[0].interval
    assert curve.points[0].runs == 4
    means = [run(LIGHT, 2, np.repeat([True, False], [100 - k, k]), draw=draw) for draw, k in enumerate((30, 20))]
    (alone,) = label_curves(compared(*means, run(LIGHT, None, right(0.9, 100))))
    assert interval.low == pytest.approx(alone.points[0].interval.low, abs=0.02)
    assert alone.points[0].runs == 2


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


@pytest.mark.slow
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
    assert "with fewer labels: 64" in in_words(found["scratch", 256])


@pytest.mark.slow
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
    assert _width(paired["scratch", 4]) < 0.4 * _width(apart["scratch", 4])


def _width(one: LabelsSaved) -> float:
    assert one.interval is not None
    assert one.interval[1] is not None
    return one.interval[1] - one.interval[0]


def test_two_draws_do_not_leave_the_labels_saved_open() -> None:
    """Student's t with one degree of freedom said 4 or fewer, or more than all."""
    runs = [*runs_of(LIGHT, power(0.3, 8), draws=(-0.02, 0.02)), *runs_of(SCRATCH, power(0.3), draws=(0.02, -0.02))]
    found = saved(compared(*runs))["scratch", 4].interval
    assert found is not None and found[1] is not None
    assert 4 < found[0] < 32 < found[1] < 256


def test_a_difference_at_a_point_is_paired_by_draws() -> None:
    laws = {LIGHT: power(0.3, 8), SCRATCH: power(0.3)}
    draws = (-0.03, 0.0, 0.03)
    same = compared(*(one for who, law in laws.items() for one in runs_of(who, law, draws=draws)))
    turned = compared(*runs_of(LIGHT, laws[LIGHT], draws=draws), *runs_of(SCRATCH, laws[SCRATCH], draws=draws[::-1]))
    paired, apart = (difference_at(one, LIGHT, SCRATCH, 4) for one in (same, turned))
    assert paired is not None and apart is not None
    assert paired.value == pytest.approx(laws[LIGHT](8) - laws[SCRATCH](8), abs=1e-3)
    assert paired.low < paired.value < paired.high
    assert paired.high - paired.low < 0.7 * (apart.high - apart.low)
    whole = difference_at(same, LIGHT, SCRATCH, None)
    assert whole is not None and whole.value == pytest.approx(laws[LIGHT](256) - laws[SCRATCH](256), abs=1e-3)


def test_without_a_draw_in_common_there_is_no_difference() -> None:
    runs = run(LIGHT, 4, right(0.9)), run(SCRATCH, 4, right(0.5), draw=1), run(SCRATCH, 8, right(0.6))
    assert difference_at(compared(*runs), LIGHT, SCRATCH, 4) is None
    assert difference_at(compared(*runs), LIGHT, SCRATCH, 8) is None
    assert difference_at(compared(*runs), LIGHT, WORDS, 4) is None


def test_more_than_there_are() -> None:
    draws = (-0.01, 0.0, 0.01)
    light, scratch = runs_of(LIGHT, lambda _: 0.97, draws=draws), runs_of(SCRATCH, power(0.5), draws=draws)
    one = saved(compared(*light, *scratch))["scratch", 8]
    assert (one.needed, one.interval) == (None, (256, None))
    assert in_words(one) == "light (net) with 8 labels scores significantly higher than scratch with all 256"


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
            "light (net) with 24 labels scores as high as scratch with 10 times as many: 240 [180, more than 244]",
        ),
        (
            25,
            (10, 60),
            "light (net) with 24 labels scores as high as scratch with the same number: 25 [10 or fewer, 60]",
        ),
        (60, None, "light (net) with 24 labels scores as high as scratch with 2.5 times as many: 60"),
        (None, None, "light (net) with 24 labels scores higher than scratch with all 244"),
        (
            None,
            (200, None),
            "light (net) with 24 labels scores higher than scratch with all 244, but this is uncertain: scratch may "
            "reach the score with 200",
        ),
        (None, (244, None), "light (net) with 24 labels scores significantly higher than scratch with all 244"),
    ],
)
def test_in_words(needed: float | None, interval: tuple[float, float | None] | None, said: str) -> None:
    assert in_words(LabelsSaved(LIGHT, SCRATCH, 24, 0.8, needed, interval, 244, 10)) == said


@pytest.mark.slow
@pytest.mark.parametrize("draws", [2])
def test_the_intervals_cover(draws: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted power laws, 500 examples of differing difficulty: 95 % of intervals hold the truth, and say something.

    With 500 resamples instead of 2,000: their ends scatter a little more, and cover as often.
    """
    monkeypatch.setattr(curves, "RESAMPLES", 500)
    rng, n = np.random.default_rng(0), 500
    hits, held, widths = list[bool](), list[bool](), list[float]()
    for _ in range(80):
        luck, ease = rng.normal(size=draws), rng.normal(size=n)
        runs = []
        for contender, law in ((LIGHT, power(0.5, 8)), (SCRATCH, power(0.5))):
            for shots in SHOTS:
                for draw in range(draws):
                    shift = 0.015 * (luck[draw] + rng.normal()) if shots else 0.005 * rng.normal()
                    share = np.clip(law(2 * (shots or POOL)) + shift, 0.05, 0.95)
                    hardness = ease + rng.normal(size=n)
                    threshold = 2**0.5 * _normal_quantile(share)
                    runs.append(run(contender, shots, hardness < threshold, draw=draw if shots else 0, seed=draw))
        comparison = compared(*runs)
        found = saved(comparison)
        for labels in (4.0, 8.0, 16.0):
            low, high = found["scratch", labels].interval or (0, None)
            hits.append(low <= 8 * labels and (high is None or high >= 8 * labels))
        for point in label_curves(comparison)[0].points[2:5]:
            truth = power(0.5, 8)(point.num_labels)
            held.append(point.interval.low <= truth <= point.interval.high)
            widths.append(point.interval.high - point.interval.low)
    assert np.mean(hits) > 0.93
    assert 0.92 < np.mean(held) <= 0.99
    assert np.mean(widths) < 0.15


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
