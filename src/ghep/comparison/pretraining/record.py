"""The records of "did it help?": what was compared, the tests, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ghep.comparison.record import LabelCurve, LabelsSaved
from ghep.messages import Message
from ghep.types import Finding, Interval

BenefitKind = Literal["helped", "no-difference", "hurt", "cannot-tell"]


@dataclass(frozen=True)
class Sides:
    """The backbones of the question, as names that ``load_backbone`` takes."""

    before: str
    """The backbone that pretraining started from; the same architecture with random weights if it started from none."""
    after: str
    random: bool = False
    """Whether ``before`` has random weights."""
    vectors: str = ""
    """A file of word vectors to compare with; empty for none."""


@dataclass(frozen=True)
class PairedTest:
    """A difference in mean score on the same draws, seeds and test examples, with its test."""

    difference: float
    interval: Interval
    """95 % confidence interval over draws (each with its own seed) and test examples."""
    p_value: float
    adjusted: float
    """``p_value``; with Holm's correction for the tests at each number of labels."""
    draws: int
    """Draws (with all labels: seeds) that both sides were trained on. With 1, the test is about this draw only."""
    labels: tuple[int | None, ...]
    """The numbers of labels per class over which the difference is a mean; None: all."""
    needed: int | None = None
    """Number of test examples that would make it significant; None as in ``Pair``."""
    draws_needed: int | None = None
    """Number of draws that would make it significant on these test examples; None as in ``Pair.seeds_needed``."""


@dataclass(frozen=True)
class AtLabels:
    """Before and after with one number of labels, in each draw with the strategy that was best on its valid split."""

    labels: int | None
    """Labels per class; None: all."""
    num_labels: float
    before: Mapping[str, int]
    """Strategy -> in how many draws it was the best on valid."""
    after: Mapping[str, int]
    before_score: float
    after_score: float
    test: PairedTest
    kind: BenefitKind
    """From the corrected p value of ``test``, and the margin."""


@dataclass(frozen=True)
class OfStrategy:
    """Before and after with the same strategy and number of labels; described, not tested."""

    strategy: str
    labels: int | None
    before_score: float
    after_score: float
    interval: Interval
    """95 % confidence interval of after minus before."""


@dataclass(frozen=True)
class BenefitBill:
    """What pretraining cost, and what a point of accuracy cost."""

    pretraining_seconds: float
    comparison_seconds: float
    seconds_per_point: float | None
    """Seconds of pretraining per point gained; None unless it helped."""
    seconds_per_point_interval: tuple[float, float] | None


@dataclass(frozen=True)
class BenefitEvidence:
    """The answer to "did it help?", with the numbers that it was computed from."""

    kind: BenefitKind
    message: Message
    """The verdict in one sentence, with its numbers."""
    advice: Message
    """What to do."""
    margin: float
    """The largest difference that does not matter; it was set before the comparison."""
    sides: Sides
    primary: PairedTest
    """After minus before, each with the strategy that was best on valid, over all numbers of labels."""
    at: tuple[AtLabels, ...]
    strategies: tuple[OfStrategy, ...]
    saved: tuple[LabelsSaved, ...]
    """For each number of labels: how many labels ``before`` needs to reach the score of ``after``."""
    linear: PairedTest | None
    """After minus a linear model without a network, over the numbers of labels; None without this control."""
    linear_control: str
    """The name of this control: linear_ngrams of texts, linear_hog of images; empty without it."""
    curves: tuple[LabelCurve, ...]
    """Label curves: before and after (the strategy that was best on valid), then vectors and controls."""
    bill: BenefitBill
    score: str = "accuracy"
    findings: tuple[Finding, ...] = ()
    pretraining: Mapping[str, Any] = field(default_factory=dict)
    """The content of ``pretraining.json``."""
    pretrained: Path = Path()
    """The folder of the pretrained backbone."""
