"""Which strategies stand for before and after, and the tests: chosen on valid, paired over draws and examples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.comparison.pretraining.simulated import SIDES, answering, benchmark, changed, simulated

from ghep.comparison.pretraining import statistics
from ghep.comparison.pretraining.statistics import against, by_strategy, pairs_of, primary_test, secondary_tests
from ghep.comparison.record import NGRAMS, Contender, Measured
from ghep.errors import DataError


def test_strategies_are_chosen_on_valid_whatever_they_score_on_test() -> None:
    def light_is_right_on_test_only(run: Measured) -> Measured:
        light = run.contender.strategy == "light"
        return answering(replace(run, valid_score=0.5 if light else 0.6), np.full(300, light))

    pairs = pairs_of(changed(simulated(), light_is_right_on_test_only), SIDES)
    chosen = {name for side in pairs for one in side.values() for name in one.strategies}
    assert chosen == {"linear_probe"} and list(pairs.after) == [16, 64, None]


def test_each_draw_of_a_backbone_has_the_strategy_that_its_own_valid_split_chose() -> None:
    better = {("before", 16, 1): "light", ("after", 64, 2): "light", ("after", 64, 3): "light"}
    whole = simulated()

    def on_valid(run: Measured) -> Measured:
        best = better.get((run.contender.backbone, run.labels or 0, run.draw), "linear_probe")
        return replace(run, valid_score=0.9 if run.contender.strategy == best else 0.8)

    pairs = pairs_of(changed(whole, on_valid), SIDES)
    assert pairs.before[16].strategies == {"linear_probe": 3, "light": 1}
    assert pairs.before[64].strategies == {"linear_probe": 4}
    assert pairs.after[64].strategies == {"linear_probe": 2, "light": 2}
    answers = {(run.contender.strategy, run.draw): run.answers.correct for run in whole.runs
               if run.contender.backbone == "after" and run.labels == 64}  # fmt: skip
    for row, name in enumerate(("linear_probe", "linear_probe", "light", "light")):
        assert np.array_equal(pairs.after[64].cell.right[row], answers[name, row])


def test_of_several_that_are_equal_on_valid_the_cheapest_is_chosen() -> None:
    pairs = pairs_of(changed(simulated(), lambda run: replace(run, valid_score=0.8)), SIDES)
    assert {name for side in pairs for one in side.values() for name in one.strategies} == {"linear_probe"}


def test_with_all_labels_each_seed_chooses_too() -> None:
    def on_valid(run: Measured) -> Measured:
        lucky = run.contender == Contender("light", "after") and run.seed in (1, 3)
        return replace(run, valid_score=0.9 if lucky else 0.8 if run.contender.strategy != "light" else 0.7)

    side = pairs_of(changed(simulated(), on_valid), SIDES).after[None]
    assert side.strategies == {"linear_probe": 2, "light": 2} and side.cell.right.shape == (4, 300)
    assert np.array_equal(side.cell.right[0], side.cell.right[2]) and side.cell.prior is not None


def test_without_a_valid_split_the_choice_is_that_of_the_same_draw_with_more_labels() -> None:
    def on_valid(run: Measured) -> Measured:
        light = run.contender.strategy == "light" and run.draw == 2
        return replace(run, valid_score=None if run.labels == 16 else 0.9 if light else 0.8)

    pairs = pairs_of(changed(simulated(), on_valid), SIDES)
    assert pairs.after[64].strategies == pairs.after[16].strategies == {"linear_probe": 3, "light": 1}


def test_a_strategy_counts_only_if_both_backbones_ran_it_as_often() -> None:
    def without_some(run: Measured) -> Measured | None:
        dropped = run.contender == Contender("light", "after") and (run.draw > 0 or run.labels is None)
        return None if dropped else replace(run, valid_score=0.9 if run.contender.strategy == "light" else 0.5)

    pairs = pairs_of(changed(simulated(), without_some), SIDES)
    assert {name for side in pairs for one in side.values() for name in one.strategies} == {"linear_probe"}


def test_without_a_strategy_in_common_nothing_is_compared() -> None:
    other = {"before": "light", "after": "linear_probe"}
    apart = changed(simulated(), lambda run: run if other[run.contender.backbone] == run.contender.strategy else None)
    with pytest.raises(DataError, match="no strategy was run on both before and after"):
        pairs_of(apart, SIDES)


def test_the_primary_test_is_the_mean_over_numbers_of_labels() -> None:
    pairs = pairs_of(simulated(0.05), SIDES)
    test, at = primary_test(pairs), secondary_tests(pairs, 0.01)
    assert test.difference == pytest.approx(np.mean([one.test.difference for one in at]))
    assert test.labels == (16, 64, None) and test.draws == 4
    assert test.interval.low < test.difference < test.interval.high
    for one in at:
        assert one.test.difference == pytest.approx(one.after_score - one.before_score)
        assert one.test.adjusted >= one.test.p_value


def test_the_effect_of_a_draw_that_both_share_cancels() -> None:
    """Draws that are much better or worse for both backbones: the difference is as sure as before."""
    whole = simulated(0.05, n=400)

    def shaken(run: Measured) -> Measured:
        if run.labels is None:
            return run
        right = np.array(run.answers.predicted == 0)
        right[: 40 * run.draw] = True
        return answering(run, right)

    def kept(run: Measured) -> Measured:
        if run.labels is None:
            return run
        right = np.array(run.answers.predicted == 0)
        right[:120] = True  # as many for every draw
        return answering(run, right)

    widths = []
    for change in (shaken, kept):
        found = primary_test(pairs_of(changed(whole, change), SIDES)).interval
        widths.append(found.high - found.low)
    assert widths[0] < 1.5 * widths[1]


def test_equal_answers_are_no_difference() -> None:
    before = {(run.contender.strategy, run.labels, run.seed): run for run in simulated(n=900, draws=8).runs
              if run.contender.backbone == "before"}  # fmt: skip

    def as_before(run: Measured) -> Measured:
        return replace(run, answers=before[run.contender.strategy, run.labels, run.seed].answers, valid_score=0.7)

    pairs = pairs_of(changed(simulated(n=900, draws=8), as_before), SIDES)
    test = primary_test(pairs)
    assert test.difference == 0 and test.p_value == 1 and max(-test.interval.low, test.interval.high) < 0.01
    assert {one.test.difference for one in secondary_tests(pairs, 0.01)} == {0.0}


def test_numbers_of_labels_that_were_not_made_in_every_draw_are_left_out_of_the_primary_test() -> None:
    def few_with_64(run: Measured) -> Measured | None:
        return None if run.labels == 64 and run.draw > 0 else run

    test = primary_test(pairs_of(changed(simulated(), few_with_64), SIDES))
    assert test.labels == (16, None) and test.draws == 4


def test_a_probe_on_all_labels_is_one_result_and_no_draw() -> None:
    alone = changed(simulated(), lambda run: run if run.labels is None and _probe(run) else None)
    test = primary_test(pairs_of(alone, SIDES))
    assert test.draws == 1 and test.labels == (None,)


def _probe(run: Measured) -> bool:
    return run.contender.strategy == "linear_probe"


def test_words_are_compared_with_after_on_the_same_numbers_of_labels() -> None:
    comparison = simulated(words=0.9)
    pairs = pairs_of(comparison, SIDES)
    test = against(comparison, pairs, Contender(NGRAMS))
    assert test is not None and test.difference < 0 and test.labels == (16, 64, None)
    assert against(simulated(), pairs, Contender(NGRAMS)) is None


def test_each_strategy_is_described_where_both_backbones_ran_it() -> None:
    found = by_strategy(simulated(0.05), SIDES)
    assert [(one.strategy, one.labels) for one in found] == [
        (strategy, labels) for strategy in ("linear_probe", "light") for labels in (16, 64, None)
    ]
    for one in found:
        assert one.interval.low < one.after_score - one.before_score < one.interval.high


@pytest.mark.slow
def test_false_help_is_rare_and_a_large_gain_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """``scripts/bench pretraining_verdict`` measures it finely: here, within what 80 comparisons can show.

    Without the examples and draws that would settle a test: most of the time, and no verdict needs them.
    """
    monkeypatch.setattr(statistics, "what_settles", lambda *_: {"needed": None, "seeds_needed": None})
    monkeypatch.setattr(statistics, "both_needed", lambda *_, **__: None)
    bench = benchmark()
    nothing = [kind for kind, _ in bench.verdicts(bench.World(0.0, scatter=0.3), 80)]
    assert nothing.count("helped") <= 6  # more than that with a rate of 2.5 %: 1 in 400
    much = [kind for kind, _ in bench.verdicts(bench.World(0.1), 30)]
    assert much.count("helped") >= 24 and "hurt" not in much
