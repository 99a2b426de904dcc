"""The verdict, the advice, the labels saved, the bill and the findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.comparison.pretraining.simulated import SIDES, answering, changed, simulated

from ghep.comparison.pretraining.record import BenefitEvidence, BenefitKind
from ghep.comparison.pretraining.terminal import benefit_lines, findings_of_benefit, labels_text
from ghep.comparison.pretraining.verdict import BEST, benefit, saved_message
from ghep.comparison.record import Comparison, Contender, Measured
from ghep.messages import language_here, text_of
from ghep.types import Finding

REPORT = Path("report.html")
RECORD = {"objective": "mlm", "seconds": {"training": 500.0, "all": 600.0}}


def shifted(points: float, *, n: int = 800, labels: int | None = 0) -> Comparison:
    """A comparison in which after answers as before, but for ``points`` of the examples; ``labels`` 0: with all."""
    whole = simulated(n=n, draws=8)
    of_before = {_key(run): run for run in whole.runs if run.contender.backbone == "before"}

    def answers(run: Measured) -> Measured:
        right = np.array(of_before[_key(run)].answers.predicted == 0)
        if run.contender.backbone == "after" and (labels == 0 or run.labels == labels):
            places = np.flatnonzero(right != (points > 0))[: round(abs(points) * n)]
            right[places] = points > 0
        return answering(replace(run, valid_score=0.7), right)

    return changed(whole, answers)


def _key(run: Measured) -> tuple[str, int | None, int]:
    return run.contender.strategy, run.labels, run.seed


def judged(comparison: Comparison, **options: float) -> BenefitEvidence:
    return benefit(comparison, SIDES, RECORD, **options)


@pytest.mark.parametrize(
    ("points", "kind", "advice"),
    [
        (0.06, "helped", "Take the pretrained backbone. With 32 labels it scores"),
        (-0.06, "hurt", "Keep the backbone from before. If the corpus is like"),
        (0.0, "no-difference", "more pretraining of this kind is not worth its time here"),
    ],
)
def test_the_verdict_is_that_of_the_primary_test(points: float, kind: BenefitKind, advice: str) -> None:
    found = judged(shifted(points))
    assert found.kind == kind and advice in str(found.advice)
    assert found.primary.difference == pytest.approx(points, abs=0.002)


def test_a_gain_that_chance_explains_is_no_help() -> None:
    found = judged(shifted(0.01, n=300))
    assert found.kind == "cannot-tell"
    assert "Keep the backbone from before unless the pretrained one costs you nothing" in str(found.advice)
    assert "would settle" in str(found.advice)


def test_no_difference_needs_the_margin_that_was_set() -> None:
    comparison = shifted(0.0)
    assert judged(comparison).kind == "no-difference"
    assert judged(comparison, margin=0.001).kind == "cannot-tell"


def test_a_small_gain_is_no_reason_to_pretrain_again() -> None:
    found = judged(shifted(0.0085, n=6000))
    assert found.kind == "helped" and "no reason to pretrain again" in str(found.advice)


def test_labels_saved_are_read_from_the_curve_of_before() -> None:
    found = judged(shifted(0.06))
    assert [round(one.num_labels) for one in found.saved] == [32, 128, 4000]
    first, _, last = found.saved
    assert first.needed is not None and first.needed > 1.5 * first.num_labels and first.interval is not None
    assert last.needed is None  # before never scores as high, and nothing is extrapolated
    assert first.contender == Contender(BEST, "after") and first.control == Contender(BEST, "before")


def test_a_backbone_that_fell_below_the_curve_of_before_is_not_said_to_score_as_high() -> None:
    first = judged(shifted(-0.1)).saved[0]
    assert first.needed == first.fewest == first.num_labels  # below the curve's first point
    assert "scores no higher than before with 32 or fewer" in str(saved_message(first))


@pytest.mark.slow
def test_random_weights_from_before_are_not_reported_to_look_random() -> None:
    def untrained(*backbones: str) -> Comparison:
        finding = Finding("embeddings-without-structure", "warning", "the word embeddings look random")
        comparison = changed(
            simulated(), lambda run: replace(run, findings=(finding,) * (run.contender.backbone in backbones))
        )
        return replace(comparison, findings=(finding, Finding("imbalance", "warning", "imbalanced")))

    def codes(comparison: Comparison, *, random: bool) -> list[str]:
        found = benefit(comparison, replace(SIDES, random=random), RECORD)
        return [one.code for one in findings_of_benefit(found, comparison)]

    assert codes(untrained("before"), random=True) == ["imbalance"]
    reported = ["embeddings-without-structure", "imbalance"]
    assert codes(untrained("before"), random=False) == reported
    assert codes(untrained("before", "after"), random=True) == reported


def test_a_point_has_its_price_if_pretraining_helped() -> None:
    helped, nothing = judged(shifted(0.06)).bill, judged(shifted(0.0)).bill
    assert helped.pretraining_seconds == 600
    assert helped.seconds_per_point == pytest.approx(100, abs=3)
    assert helped.seconds_per_point_interval is not None
    assert helped.seconds_per_point_interval[0] < 100 < helped.seconds_per_point_interval[1]
    assert nothing.seconds_per_point is None and nothing.pretraining_seconds == 600


def test_words_that_are_better_than_the_pretrained_backbone_are_reported() -> None:
    found = judged(simulated(0.05, words=0.93))
    (warning,) = [one for one in found.findings if one.code == "benefit-linear-better"]
    assert warning.severity == "warning" and "pretraining is not the question" in warning.remedy
    assert found.linear is not None and found.linear.difference < 0
    assert not [one for one in judged(simulated(0.05, words=0.5)).findings if one.code == "benefit-linear-better"]


def test_an_effect_that_turns_with_the_number_of_labels_is_reported() -> None:
    few = shifted(0.08, labels=16)
    after = {_key(run): run for run in shifted(-0.08, labels=None).runs if run.contender.backbone == "after"}

    def turned(run: Measured) -> Measured:
        return after[_key(run)] if run.labels is None and run.contender.backbone == "after" else run

    found = judged(changed(few, turned))
    (warning,) = [one for one in found.findings if one.code == "benefit-depends-on-labels"]
    assert warning.message.endswith("helped with 16 per class and hurt with all labels")


def test_one_draw_and_labels_left_out_are_reported() -> None:
    single = changed(simulated(), lambda run: run if run.draw == 0 and run.seed == 0 else None)
    assert "benefit-one-draw" in [one.code for one in judged(single).findings]
    short = changed(simulated(), lambda run: None if run.labels == 64 and run.draw > 0 else run)
    (left,) = [one for one in judged(short).findings if one.code == "benefit-labels-left-out"]
    assert "with 64 labels per class" in left.message


def test_the_terminal_names_before_and_after() -> None:
    found = judged(shifted(0.06))
    lines = benefit_lines(found, simulated(), REPORT)
    text = "\n".join(lines)
    assert "PRETRAINING HELPED: After pretraining minus before: +6.0 points" in text
    assert "Before is before; after is after." in text and "10.0 min" in text and "report.html" in text
    assert [line.split()[0] for line in lines if "helped" in line and "per class" in line] == ["16", "64"]
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_columns_of_the_table_are_below_their_headers(language: str) -> None:
    found = judged(shifted(0.06))
    with language_here(language):
        lines = benefit_lines(found, simulated(), REPORT)
        points, interval, kind = (text_of("benefit-column", column=one) for one in ("points", "interval", "verdict"))
        mark = text_of("benefit-mark", kind="helped")
        labels = text_of("benefit-column", column="labels")
    start = next(place for place, line in enumerate(lines) if line.startswith(f"  {labels}  "))
    head, *rows = lines[start : start + 5]
    number = "+6.0" if language == "en" else "+6,0"
    for row in rows:
        assert row.index(number) + 4 == head.index(points) + len(points)
        assert row[head.index(interval) :][0] in "+−" and row[head.index(kind) :] == mark


def test_numbers_have_no_labels_per_class() -> None:
    found = judged(shifted(0.06))
    rows = [labels_text(one, replace(found, score="r2")) for one in found.at]
    assert rows == ["16 labels", "64 labels", "all 4,000"]
    assert labels_text(found.at[0], found) == "16 per class"


@pytest.mark.slow
def test_before_with_random_weights_is_called_so_and_never_recommended() -> None:
    found = benefit(simulated(), replace(SIDES, random=True), RECORD)
    lines = benefit_lines(found, simulated(), REPORT)
    assert any("the same architecture with random weights" in line for line in lines)
    assert "take another backbone, or pretrain on more text" in str(found.advice)
    for points in (0.06, -0.06, 0.0):
        advice = str(benefit(shifted(points), replace(SIDES, random=True), RECORD).advice)
        assert "Keep the backbone from before" not in advice and "random weights" in advice


def test_fewer_steps_are_no_advice_where_nothing_was_trained() -> None:
    worse = shifted(-0.06)
    trained, statistics = (benefit(worse, SIDES, {**RECORD, "objective": name}) for name in ("mlm", "bn"))
    assert trained.kind == statistics.kind == "hurt"
    assert "fewer steps" in str(trained.advice)
    assert "Keep the backbone from before" in str(statistics.advice) and "steps" not in str(statistics.advice)
