"""The records of a comparison: its runs, as read back from their folders, and the conclusions.

``Comparison`` holds the measurements, ``Evidence`` what is computed from them. The report and the terminal read only
these two. Legend: n test examples, S seeds, K classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ghep.messages import Message
from ghep.types import Finding, Interval

MAJORITY = "majority"
NGRAMS = "linear_ngrams"
HOG = "linear_hog"
RANDOM_FEATURES = "random_features"
SCRATCH = "scratch"
ANOTHER = "another set"
"""Name of every label set that is right for no example."""
LINEAR = (NGRAMS, HOG)
"""Linear models without a network: on n-grams of texts, on gradients and colours of images."""
CONTROLS = (MAJORITY, RANDOM_FEATURES, SCRATCH, *LINEAR)
"""Contenders without pretrained weights."""
ZERO_SHOT = "zero_shot"
REFERENCES = (ZERO_SHOT,)
"""Contenders that use pretrained weights and no labels. They are ranked and have intervals, but are not trained: they
are neither best nor recommended unless nothing else ran, and have no part in the test of whether transfer helps."""
SEEDLESS = ("linear_probe", MAJORITY, *LINEAR, ZERO_SHOT)
"""Contenders that are solved, not trained from a random start: their result does not depend on the seed."""


@dataclass(frozen=True, order=True)
class Contender:
    """A strategy on a backbone, or a control: one line of the leaderboard. Its runs differ by seed and draw."""

    strategy: str
    """A strategy's name, or one of ``CONTROLS``."""
    backbone: str = ""
    """As the user named it; empty for contenders without one (majority, linear_ngrams)."""
    tasks: tuple[str, ...] = ()
    """Tasks that it is trained on jointly; empty for data with one task."""
    sharing: str = ""
    """Sharing options that are not the default: ``surgery=pcgrad``, ``mixing=equal``, ``weighting=uncertainty``."""

    @property
    def control(self) -> bool:
        """Whether it uses no pretrained weights."""
        return self.strategy in CONTROLS

    @property
    def reference(self) -> bool:
        """Whether it uses pretrained weights and no labels."""
        return self.strategy in REFERENCES

    @property
    def key(self) -> str:
        """Return its unique identifier in files; names (``str``) may coincide, keys do not."""
        tasks = "+".join(re.sub(r"[%+ ]", lambda sign: f"%{ord(sign[0]):02X}", task) for task in self.tasks)
        return " ".join(part for part in (self.strategy, self.backbone, tasks, self.sharing) if part)

    @property
    def way(self) -> str:
        """Return its name without the backbone: the strategy, the tasks and how they share."""
        of = f" of {' + '.join(self.tasks)}" if self.tasks else ""
        how = f", {self.sharing}" if self.sharing else ""
        return f"{self.strategy}{of}{how}"

    def __str__(self) -> str:
        name = Path(self.backbone).name.removesuffix(".safetensors")
        return f"{self.way} ({name})" if name else self.way


@dataclass(frozen=True)
class Answers:
    """Predictions of one run on one split: the same examples in the same order for every run of a comparison."""

    ids: tuple[str, ...]
    targets: np.ndarray
    """int64 (n,), indices into ``Data.names``; no example is unlabelled."""
    predicted: np.ndarray
    """int64 (n,), indices into ``Data.names``."""
    confidence: np.ndarray
    """float64 (n,), probability of the predicted class."""
    label_probability: np.ndarray
    """float64 (n,), probability of the true class."""

    @property
    def correct(self) -> np.ndarray:
        """Return whether each prediction is right, bool (n,)."""
        right: np.ndarray = self.predicted == self.targets
        return right

    @property
    def accuracy(self) -> float:
        """Return the fraction of correct predictions; NaN without examples."""
        return float(self.correct.mean()) if len(self.targets) else float("nan")


@dataclass(frozen=True)
class EpochRow:
    """One epoch of a run's learning curve. Epoch 0 of a stage is the head as it was solved."""

    stage: str
    epoch: int
    train_loss: float | None
    valid_loss: float | None
    valid_score: float | None
    seconds: float


@dataclass(frozen=True)
class Measured:
    """One finished run."""

    contender: Contender
    seed: int
    labels: int | None
    """Labels per class, those held out for valid included; None: all."""
    draw: int
    """Number of the draw; 0 where all labels are used."""
    num_train: int
    """Training examples, without valid."""
    answers: Answers
    """On the headline split: test if there is one, else valid."""
    valid_score: float | None
    history: tuple[EpochRow, ...]
    seconds: float
    """Measured, with a store that other runs may have filled."""
    saved_seconds: float
    """Estimated time to compute the activations that were read from the store instead."""
    peak_memory_bytes: int
    trained_parameters: int
    total_parameters: int
    scores: Mapping[str, float] = field(default_factory=dict)
    """Other scores of the headline split by name: macro_f1, log_loss, ..."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings passed to the strategy: lr, epochs. Derived values are in ``plan``."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    folder: Path | None = None
    """None for controls that are computed without a run."""
    bundle: Path | None = None
    """Folder of its model, if it was kept."""
    price_seconds: float | None = None
    """The cost model's price of this run in a process of its own; None: not priced."""
    cpu_seconds: float | None = None
    """CPU seconds that the run used; None: not measured."""


@dataclass(frozen=True)
class Failure:
    """A run that failed with an error."""

    contender: Contender
    seed: int
    labels: int | None
    draw: int
    cause: str
    remedy: str


@dataclass(frozen=True)
class Stopped:
    """Runs that were skipped for lack of time, and the reason for the choice."""

    contender: Contender
    runs: int
    reason: str
    hopeless: bool = False
    """Its optimistic bound is below the best, so skipping it changes no verdict."""


@dataclass(frozen=True)
class Planned:
    """A line of the plan that is printed before the first run, with the time that the runs took."""

    what: str
    """Kind of the runs: ``linear_probe``, ``scratch``, ``label curve``."""
    runs: int
    estimated_seconds: float
    """Total of these runs."""
    actual_seconds: float | None = None
    """Total of these runs; None: they did not run."""


@dataclass(frozen=True)
class Rate:
    """One trial of the learning-rate search, trained on train only and scored on valid only."""

    factor: float
    """Multiple of the derived rate."""
    lr: float
    epochs: int
    valid_score: float
    valid_loss: float
    seconds: float
    examples: int = 0
    """Training examples."""
    rung: int = 0
    """Stage of the search: 0 some of the epochs, 1 all epochs, 2 all epochs and all training examples."""


@dataclass(frozen=True)
class RateChoice:
    """The learning-rate search of one contender."""

    contender: Contender
    tried: tuple[Rate, ...]
    chosen: float
    """Multiple of the derived rate."""
    reason: str


@dataclass(frozen=True)
class Data:
    """The data of a comparison."""

    name: str
    location: str
    modality: str
    task: str
    classes: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    """Split -> class -> number of examples."""
    headline: str
    """The split that all results are on."""
    findings: tuple[Finding, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)
    """Id -> text, or path of the image, of the headline split: for the report's worst mistakes."""
    sets: tuple[str, ...] = ()
    """For a multi-label task: the label sets of the headline split, sorted."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the class names (label sets for a multi-label task) that ``Answers`` index."""
        return (*self.sets, ANOTHER) if self.sets else self.classes

    def number(self, label: str) -> int:
        """Return the index of a label in ``names``; label sets that are never right share the last one.

        Raises KeyError for an unknown class.
        """
        return self._numbers.get(label, len(self.sets)) if self.sets else self._numbers[label]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.sets or self.classes)}


@dataclass(frozen=True)
class Comparison:
    """The measurements of a comparison, as read back from its folder."""

    data: Data
    runs: tuple[Measured, ...]
    folder: Path
    failures: tuple[Failure, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    rates: tuple[RateChoice, ...] = ()
    touches: int = 0
    """How often a model was scored on the headline split: once per run, never to choose anything."""
    seconds: float = 0.0
    time_limit: float | None = None
    budget_seconds: float | None = None
    """Time limit of each run; None: its whole plan."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The exact configuration: calling ``compare`` with it repeats the comparison."""
    findings: tuple[Finding, ...] = ()
    """Findings on runs and data, without duplicates."""
    plan: tuple[Planned, ...] = ()
    """In the order of execution; empty if nothing was estimated."""

    @property
    def full_runs(self) -> tuple[Measured, ...]:
        """Return the runs on all labels, which make the leaderboard."""
        return tuple(run for run in self.runs if run.labels is None)

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Return the contenders with a run on all labels, in order of their first run."""
        return tuple(dict.fromkeys(run.contender for run in self.full_runs))


@dataclass(frozen=True)
class Parts:
    """Variance of a mean accuracy by source, in squared accuracy."""

    seed: float
    test: float
    """From the choice of test examples."""
    draw: float | None = None
    """From the choice of labelled examples; None for a single draw."""


@dataclass(frozen=True)
class Place:
    """A line of the leaderboard."""

    contender: Contender
    accuracy: float
    """Mean over seeds."""
    interval: Interval
    """Covers seeds and test examples."""
    seeds: int
    n: int
    parts: Parts
    seconds: float
    """Mean time of a run in a process of its own: its price (``Measured.price_seconds``) if there is one, else the
    measured time plus the time that the store saved."""
    spent_seconds: float
    """Mean measured time."""
    peak_memory_bytes: int
    trained_parameters: int
    valid_score: float | None = None
    hurt: bool = False
    """Significantly worse than a control."""
    same_as: Contender | None = None
    """The contender with the same predictions, if every run kept its solved head (finding ``start-kept``). The report
    shows both as one, and this one is never recommended."""


@dataclass(frozen=True)
class Pair:
    """Two contenders on the same examples: accuracy of ``a`` minus accuracy of ``b``."""

    a: Contender
    b: Contender
    difference: float
    interval: Interval
    p_value: float
    adjusted: float
    """p after Holm's correction for all pairs."""
    detectable: float
    """The smallest true difference that this comparison detects with a power of 80 %."""
    needed: int | None
    """Test examples that would settle this difference, if it is real. None: it is settled, it is 0, or no number of
    examples would settle it with so few seeds (see ``seeds_needed``)."""
    seeds_needed: int | None = None
    """Seeds of each that would settle it on these test examples, if no number of test examples alone would. None: not
    applicable, or seeds alone would not settle it either."""
    p_these_runs: float = 1.0
    """p for these runs on other examples, without the variance between seeds."""


VerdictKind = Literal["winner", "tie", "incomplete", "cannot-tell", "no-help", "negative-transfer"]
"""``incomplete``: the best of those that ran is known, but contenders that may be better have no finished run."""

QuestionCode = Literal[
    "helps-scratch", "helps-random-features", "helps-data-control", "helps-majority", "best", "cheaper"
]
Answer = Literal["yes", "no", "hurts", "open", "not-asked"]


@dataclass(frozen=True)
class Question:
    """A planned question and its answer. ``Verdict.questions`` has them in the order in which they are asked."""

    code: QuestionCode
    """``helps-*``: do pretrained weights help, compared with scratch, with random features, with a linear model on
    n-grams or on colours and gradients, with always predicting the most frequent class. ``best``: which contender is
    the best. ``cheaper``: is a cheaper one as good."""
    question: str
    """The question in words."""
    answer: Answer
    """``hurts``: the control of a ``helps-*`` question is better. ``open``: these runs do not decide it.
    ``not-asked``: there was nothing to compare, or an earlier question is open."""
    message: str
    """The answer with its numbers, in one sentence."""
    a: Contender | None = None
    """The first of two contenders that were compared; None for the mean of several."""
    b: Contender | None = None
    difference: float | None = None
    """Accuracy of a minus accuracy of b."""
    interval: Interval | None = None
    p_value: float | None = None
    about: Literal["new-seeds", "these-runs"] = "new-seeds"
    """Whether the answer covers other seeds, or only these runs (a contender that depends on its seed has one run)."""
    sentence: Message | None = None
    """``message`` with its code and parameters."""


@dataclass(frozen=True)
class Verdict:
    """The conclusion of a comparison, by rule."""

    kind: VerdictKind
    message: str
    """One or two sentences."""
    reason: str
    """The numbers behind it."""
    best: Contender
    """The highest mean among those that use pretrained weights (all, if none does)."""
    recommended: Contender
    """The cheapest that cannot be distinguished from the best and is inside its interval."""
    why_recommended: str
    next_step: str
    """What would settle an open question; empty if none is open."""
    level_with_best: tuple[Contender, ...] = ()
    """Those that cannot be distinguished from the best."""
    questions: tuple[Question, ...] = ()
    """The planned questions in order, each with its answer."""
    not_judged: tuple[Contender, ...] = ()
    """Contenders without a finished run on all labels that could have been better, as far as is known."""
    sentences: Mapping[str, tuple[Message, ...]] = field(default_factory=dict)
    """``message``, ``reason``, ``why_recommended`` and ``next_step`` by name, with their codes and parameters."""


@dataclass(frozen=True)
class Higher:
    """Start, slope and asymptote of a contender's learning curve on valid, over seeds (Torrey and Shavlik 2010)."""

    contender: Contender
    start: float
    """Score after the head's first fit."""
    asymptote: float
    asymptote_interval: Interval
    slope_per_epoch: float | None
    """Score gained per epoch over the first 90 % of the way from start to asymptote; None if nothing was gained."""
    slope_per_second: float | None
    seeds: int
    times: tuple[tuple[float, float, float], ...] = ()
    """The mean curve: (epoch, seconds, score)."""
    start_interval: Interval | None = None
    slope_interval: Interval | None = None
    """Interval of ``slope_per_epoch``."""


@dataclass(frozen=True)
class CurvePoint:
    """Accuracy with a given number of labels."""

    labels: int | None
    """Per class; None: all."""
    num_labels: float
    """Mean number of labelled examples used, train and valid."""
    accuracy: float
    interval: Interval
    """Covers draws (with their seeds) and test examples; on all labels seeds and test examples."""
    runs: int
    parts: Parts | None = None
    """With one run per draw, ``draw`` includes the variance between seeds. None on all labels: see its ``Place``."""


@dataclass(frozen=True)
class LabelCurve:
    """Accuracy of one contender against the number of labels, over nested draws."""

    contender: Contender
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class LabelsSaved:
    """How many labels the control needs to reach the accuracy that ``contender`` has with ``num_labels``."""

    contender: Contender
    control: Contender
    num_labels: float
    """Labels that the contender used."""
    accuracy: float
    needed: float | None
    """Labels that the control needs, interpolated on its curve; None: more than the data have."""
    interval: tuple[float, float | None] | None
    """Covers draws and test examples; an end of None: more than the data have."""
    most: float
    """Labels in the data."""
    fewest: float = 0.0
    """Labels at the first point of the control's curve: ``needed`` of this value means this many or fewer."""


@dataclass(frozen=True)
class Evidence:
    """Everything computed from a comparison."""

    leaderboard: tuple[Place, ...]
    """Best first, controls included."""
    pairs: tuple[Pair, ...]
    """All pairs, the better contender first."""
    verdict: Verdict
    highers: tuple[Higher, ...] = ()
    curves: tuple[LabelCurve, ...] = ()
    saved: tuple[LabelsSaved, ...] = ()
