from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, nan
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import f, t

from ghep.comparison.analysis.seeds import KNOWN, PRETRAINED
from ghep.comparison.analysis.transfer_benefits import (
    difference_interval,
    highers,
    in_words,
    over_seeds,
    widened_by_examples,
)
from ghep.comparison.record import Answers, Comparison, Contender, Data, EpochRow, Higher, Measured
from ghep.metrics.intervals import wilson
from ghep.types import Interval

LIGHT = Contender("light", "seedling")
NONE = Answers((), np.empty(0, int), np.empty(0, int), np.empty(0), np.empty(0))


def row(stage: str, epoch: int, score: float | None, seconds: float = 2.0) -> EpochRow:
    return EpochRow(stage, epoch, None, None, score, seconds)


def run(
    history: Sequence[EpochRow], *, seed: int = 0, contender: Contender = LIGHT, labels: int | None = None
) -> Measured:
    return Measured(contender, seed, labels, 0, 80, NONE, None, tuple(history), 1.0, 0.0, 0, 0, 0)


def compared(*runs: Measured, n: int = 400) -> Comparison:
    counts = {"train": {"a": 40, "b": 40}, "valid": {"a": n // 2, "b": n - n // 2}} if n else {"train": {"a": 40}}
    return Comparison(Data("made up", "", "image", "label", ("a", "b"), counts, "test"), runs, Path())


def only(*runs: Measured, n: int = 400) -> Higher:
    (higher,) = highers(compared(*runs, n=n))
    return higher


def planted(a: float, b: float, c: float, epochs: int, *, start: int = 0) -> list[EpochRow]:
    """A curve without noise; ``start`` 0: its first point is a solved head."""
    first = [row("probe", 0, a - b)] if start == 0 else []
    return first + [row("tune", epoch, a - b * exp(-c * epoch)) for epoch in range(1, epochs + 1)]


def test_a_planted_curve_is_found() -> None:
    higher = only(run(planted(0.9, 0.3, 0.4, 12)))
    assert higher.start == pytest.approx(0.6)
    assert higher.asymptote == pytest.approx(0.9, abs=0.002)
    assert higher.slope_per_epoch == pytest.approx(0.9 * 0.3 / (log(10) / 0.4), rel=0.03)
    assert higher.slope_per_second == pytest.approx(higher.slope_per_epoch / 2)
    assert higher.times[3] == pytest.approx((3, 8, 0.9 - 0.3 * exp(-1.2)))


def test_start_and_slope_have_intervals_too() -> None:
    higher = only(run(planted(0.9, 0.3, 0.4, 12)), run(planted(0.9, 0.32, 0.4, 12), seed=1))
    start, slope = higher.start_interval, higher.slope_interval
    assert start is not None
    assert slope is not None
    alone = wilson(0.59 * 400, 400)
    assert start.low < alone.low < higher.start < alone.high < start.high  # two seeds add to the examples
    gain = difference_interval(higher.asymptote, higher.asymptote_interval, higher.start, start)
    assert higher.slope_per_epoch is not None
    share = higher.slope_per_epoch / (higher.asymptote - higher.start)
    assert (slope.low, slope.high) == pytest.approx((share * gain.low, share * gain.high))
    flat = only(run([row("probe", 0, 0.8)]))
    assert flat.slope_interval is None
    assert flat.start_interval == flat.asymptote_interval


def test_of_a_curve_without_noise_valid_is_what_is_uncertain() -> None:
    interval = only(run(planted(0.9, 0.3, 0.5, 12))).asymptote_interval
    examples = wilson(360, 400)
    assert (interval.low, interval.high) == pytest.approx((examples.low, examples.high), abs=0.003)
    alone = only(run(planted(0.9, 0.3, 0.5, 12)), n=0).asymptote_interval
    assert 0 < alone.high - alone.low < 0.01


def test_epochs_and_seconds_count_on_across_stages() -> None:
    whole = planted(0.9, 0.3, 0.4, 12)
    staged = whole[:1] + [row(f"thaw {at}", 1, one.valid_score) for at, one in enumerate(whole[1:])]
    assert only(run(staged)) == only(run(whole))


def test_scratch_starts_at_its_first_epoch() -> None:
    higher = only(run(planted(0.8, 0.5, 0.4, 12, start=1)))
    assert higher.start == pytest.approx(0.8 - 0.5 * exp(-0.4))
    assert higher.times[0][0] == 1
    gain = 0.5 * exp(-0.4)
    assert higher.slope_per_epoch == pytest.approx(0.9 * gain / (log(10) / 0.4), rel=0.03)


def test_what_is_there_after_one_epoch_took_one() -> None:
    higher = only(run([row("probe", 0, 0.6), *(row("tune", epoch, 0.9) for epoch in range(1, 8))]))
    assert higher.slope_per_epoch == pytest.approx(0.9 * 0.3, rel=0.01)


def test_a_probe_has_one_point() -> None:
    higher = only(*(run([row("probe", 0, 0.9)], seed=seed) for seed in range(3)))
    assert (higher.start, higher.asymptote, higher.slope_per_epoch, higher.seeds) == (0.9, 0.9, None, 3)
    assert higher.asymptote_interval == wilson(360, 400)  # nothing was drawn: the seeds agree
    assert "one point" in in_words(higher)


def test_seeds_that_differ_widen_the_one_point() -> None:
    ends = [0.88, 0.9, 0.92]
    higher = only(*(run([row("probe", 0, score)], seed=seed) for seed, score in enumerate(ends)))
    variance, slope = 0.02**2, 0.9 * 0.1  # by hand: a prior of 0.25 on log odds, worth up to 3 degrees of freedom
    weight = 3 * f.sf(variance / (0.25 * slope) ** 2, 2, 3)
    half = t.ppf(0.975, weight + 2) * ((weight * (0.25 * slope) ** 2 + 2 * variance) / (weight + 2) / 3) ** 0.5
    expected = widened_by_examples(0.9, Interval(0.9 - half, 0.9 + half), 400)
    assert higher.asymptote_interval.low == pytest.approx(expected.low)
    assert higher.asymptote_interval.high == pytest.approx(expected.high)
    assert higher.asymptote_interval.low < wilson(360, 400).low - 0.01


def test_a_curve_too_short_to_fit_ends_where_it_ended() -> None:
    higher = only(run([row("probe", 0, 0.7), row("tune", 1, 0.8), row("tune", 2, 0.85)]))
    assert higher.asymptote == 0.85
    assert higher.slope_per_epoch == pytest.approx(0.9 * 0.15 / 2)
    assert higher.slope_per_second == pytest.approx(0.9 * 0.15 / 4)


def test_training_that_hurts_settles_below_its_start() -> None:
    higher = only(run([row("probe", 0, 0.95), *planted(0.8, -0.1, 0.7, 10, start=1)]))
    assert higher.asymptote == pytest.approx(0.8, abs=0.003)
    assert higher.start == 0.95
    assert higher.slope_per_epoch is higher.slope_per_second is None
    assert "gains nothing" in in_words(higher)


def test_a_dip_after_the_solved_head_does_not_bend_the_curve() -> None:
    higher = only(run([row("probe", 0, 0.85), *planted(0.9, 0.2, 0.5, 12, start=1)]))
    assert (higher.start, higher.asymptote) == (0.85, pytest.approx(0.9, abs=0.002))
    reached = log(0.2 / (0.1 * 0.05)) / 0.5
    assert higher.slope_per_epoch == pytest.approx(0.9 * 0.05 / reached, rel=0.05)


def test_a_flat_curve_gains_nothing() -> None:
    higher = only(*(run(planted(0.9, 0.001, 0.3, 8), seed=seed) for seed in range(2)))
    assert higher.asymptote == pytest.approx(0.9, abs=0.002)
    assert higher.slope_per_epoch is None


def test_a_curve_that_still_rises_may_go_on() -> None:
    rising = [row("tune", epoch, 0.5 + 0.03 * epoch) for epoch in range(1, 9)]
    higher = only(run(rising))
    assert higher.asymptote > 0.75
    assert higher.asymptote_interval.high > 0.95
    assert higher.slope_per_second == pytest.approx(higher.slope_per_epoch / 2)  # 90 % of the way is yet to come


def test_the_interval_of_seeds_that_differ_is_that_of_their_ends() -> None:
    levels = [0.85, 0.88, 0.91]
    higher = only(*(run(planted(a, 0.3, 0.5, 14), seed=seed) for seed, a in enumerate(levels)), n=0)
    expected = over_seeds(levels, KNOWN[PRETRAINED], 0)
    assert higher.asymptote == pytest.approx(0.88, abs=0.002)
    assert higher.asymptote_interval.low == pytest.approx(expected.low, abs=0.005)
    assert higher.asymptote_interval.high == pytest.approx(expected.high, abs=0.005)


def test_two_flat_seeds_do_not_settle_anywhere() -> None:
    """Seeds 15 points apart say nothing of the shape of either: it was once 0 to 1."""
    rng, scratch = np.random.default_rng(3), Contender("scratch", "seedling")
    noise = rng.normal(0, 0.03, (2, 17))
    runs = [
        run([row("tune", epoch, level + more) for epoch, more in enumerate(of, 1)], seed=seed, contender=scratch)
        for seed, (level, of) in enumerate(zip((0.41, 0.26), noise, strict=True))
    ]
    interval = only(*runs, n=36).asymptote_interval
    assert interval.low < 0.26 and interval.high > 0.41
    assert interval.high - interval.low < 0.5


def test_two_starts_say_something() -> None:
    higher = only(*(run([row("tune", epoch, 0.7 + seed / 10) for epoch in (1, 2)], seed=seed) for seed in range(2)))
    assert higher.start_interval is not None  # Student's t alone: 0.11 to 1
    assert higher.start_interval.low == pytest.approx(0.75 - 0.27, abs=0.02)
    assert higher.start_interval.high == 1


def test_other_contenders_that_scatter_less_narrow_it() -> None:
    ends, lp_ft = (0.895, 0.9, 0.905), Contender("lp_ft", "seedling")
    mine = [run([row("probe", 0, score)], seed=seed) for seed, score in enumerate(ends)]
    calm = [run([row("probe", 0, 0.9 + k / 400)], seed=k, contender=lp_ft) for k in range(5)]
    alone, beside = only(*mine), highers(compared(*mine, *calm))[0]
    assert beside.asymptote_interval.high < alone.asymptote_interval.high


def test_seeds_that_are_copies_are_one() -> None:
    rng = np.random.default_rng(0)
    noisy = [row("tune", one.epoch, one.valid_score + rng.normal(0, 0.01)) for one in planted(0.9, 0.3, 0.5, 10)]
    once, thrice = only(run(noisy)), only(*(run(noisy, seed=seed) for seed in range(3)))
    assert thrice.asymptote_interval == once.asymptote_interval


def test_scores_that_are_missing_are_left_out() -> None:
    history = planted(0.9, 0.3, 0.4, 12)
    history[4] = row("tune", 4, nan)
    history[5] = row("tune", 5, None)
    higher = only(run(history))
    assert higher.asymptote == pytest.approx(0.9, abs=0.002)
    assert 4 not in [epoch for epoch, _, _ in higher.times]
    assert higher.times[4] == pytest.approx((6, 14, 0.9 - 0.3 * exp(-2.4)))


def test_runs_on_few_labels_have_no_say() -> None:
    whole, few = run(planted(0.9, 0.3, 0.4, 12)), run(planted(0.6, 0.1, 0.4, 12), seed=1, labels=8)
    assert only(whole, few) == only(whole)


def test_without_a_score_on_valid_there_is_nothing_to_say() -> None:
    assert (
        highers(compared(run([row("probe", 0, None), row("tune", 1, nan)]), run([], contender=Contender("majority"))))
        == ()
    )
    assert highers(compared(run(planted(0.9, 0.3, 0.4, 12), labels=8))) == ()


def test_without_examples_an_interval_is_unchanged() -> None:
    assert widened_by_examples(0.5, Interval(0.25, 0.75), 0) == Interval(0.25, 0.75)
    assert widened_by_examples(0.99, Interval(0.95, 1.03), 50).high == 1.0


def test_in_words() -> None:
    higher = Higher(LIGHT, 0.6, 0.9, Interval(0.875, 0.92), 0.0313, 0.0156, 1, ((0, 1, 0.6), (1, 2, 0.7)))
    assert in_words(higher) == (
        "light (seedling): the validation score starts at 0.600, gains 3.1 points per epoch (1.6 per second) and "
        "levels off at 0.900 [0.875, 0.920]"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "a", "b", "c", "seed_sd"),
    [
        (1, 0.9, 0.3, 0.6, 0.0),
        (2, 0.9, 0.3, 0.6, 0.02),
        (2, 0.4, 0.0, 1.0, 0.03),
        (5, 0.9, 0.3, 0.6, 0.02),
        (3, 0.8, -0.1, 0.5, 0.01),
        (3, 0.97, 0.1, 1.5, 0.01),
        (3, 0.9, 0.3, 0.1, 0.01),
        (3, 0.9, 0.0, 1.0, 0.01),
    ],
)
@pytest.mark.parametrize("examples", [False, True])
def test_the_interval_covers(seeds: int, a: float, b: float, c: float, seed_sd: float, examples: bool) -> None:
    """The true asymptote lies inside 95 % of intervals or more: over seeds and epochs, and over examples of valid."""
    rng, n, hits, repeats = np.random.default_rng(1), 400, 0, 400
    for _ in range(repeats):
        shift = rng.normal(0, (a * (1 - a) / n) ** 0.5) if examples else 0.0
        runs = []
        for seed in range(seeds):
            level = a + shift + rng.normal(0, seed_sd)
            scores = [level - b * exp(-c * epoch) + rng.normal(0, 0.01) for epoch in range(11)]
            runs.append(run([row("tune", epoch, min(1, score)) for epoch, score in enumerate(scores)], seed=seed))
        interval = only(*runs, n=n if examples else 0).asymptote_interval
        hits += interval.low <= a <= interval.high
    assert hits / repeats > 0.95 - 2 * (0.95 * 0.05 / repeats) ** 0.5
