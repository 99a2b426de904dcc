"""The records of a comparison: its runs, as read back from their folders, and the conclusions.

``Comparison`` holds the measurements; ``Evidence`` holds what is computed from them. The report and the terminal output
are made from these two only. Symbols: n test examples, S seeds, K classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ghep.messages import Message, text_of
from ghep.tasks.regression import credit
from ghep.types import Finding, Interval

MAJORITY = "majority"
MEAN = "mean"
NGRAMS = "linear_ngrams"
HOG = "linear_hog"
RANDOM_FEATURES = "random_features"
SCRATCH = "scratch"
LINEAR = (NGRAMS, HOG)
"""Linear models without a neural network: on n-grams of texts, on gradients and colours of images."""
CONSTANT = (MAJORITY, MEAN)
"""Controls that give every example the same answer: the most frequent class, or the mean of the numbers."""
CONTROLS = (*CONSTANT, RANDOM_FEATURES, SCRATCH, *LINEAR)
"""Contenders without pretrained weights."""
ZERO_SHOT = "zero_shot"
REFERENCES = (ZERO_SHOT,)
"""Contenders that use pretrained weights but no labels. They are ranked and have confidence intervals, but they are not
trained. So they can be best or recommended only if nothing else ran, and the test of whether transfer helps ignores
them."""
SEEDLESS = ("linear_probe", *CONSTANT, *LINEAR, ZERO_SHOT)
"""Contenders that are solved directly, not trained from a random start: their results do not depend on the seed."""


@dataclass(frozen=True, order=True)
class Contender:
    """A strategy on a backbone, or a control: one row of the leaderboard. Its runs differ by seed and draw."""

    strategy: str
    """A strategy's name, with its variants (``full+wise``, ``light+reestimate``), or one of ``CONTROLS``."""
    backbone: str = ""
    """The backbone as the user named it; empty for contenders without a backbone (majority, linear_ngrams)."""
    tasks: tuple[str, ...] = ()
    """The tasks that the model is trained on jointly; empty for data with one task."""
    sharing: str = ""
    """Sharing options that are not the default: ``surgery=pcgrad``, ``mixing=equal``, ``weighting=uncertainty``."""

    @property
    def plain_strategy(self) -> str:
        """Return the strategy without its variants, such as ``+reestimate``."""
        return self.strategy.partition("+")[0]

    @property
    def control(self) -> bool:
        """Whether the contender is a control, which uses no pretrained weights."""
        return self.strategy in CONTROLS

    @property
    def reference(self) -> bool:
        """Whether the contender is a reference, which uses pretrained weights but no labels."""
        return self.strategy in REFERENCES

    @property
    def key(self) -> str:
        """Return a text that identifies the contender in files; unlike ``str``, it is different for every contender."""
        tasks = "+".join(re.sub(r"[%+ ]", lambda sign: f"%{ord(sign[0]):02X}", task) for task in self.tasks)
        return " ".join(part for part in (self.strategy, self.backbone, tasks, self.sharing) if part)

    @property
    def way(self) -> str:
        """Return the contender's name without the backbone: the strategy, the tasks and the sharing options."""
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
    """int64 (n,), indices into ``Data.names``; float64 numbers for regression. No example is unlabelled."""
    predicted: np.ndarray
    """As ``targets``."""
    confidence: np.ndarray
    """float64 (n,), probability of the predicted class; for regression the half width of the prediction interval, NaN
    for none."""
    label_probability: np.ndarray
    """float64 (n,), probability of the true class; NaN for regression."""

    @property
    def numeric(self) -> bool:
        """Whether the predictions are numbers (regression)."""
        return self.targets.dtype.kind == "f"

    @property
    def credit(self) -> np.ndarray:
        """Return the contribution of each example to the primary score, (n,); the score is its mean.

        This is whether the prediction is right, bool. For regression it is the contribution to R²
        (``tasks.regression.credit``).
        """
        return credit(self.targets, self.predicted) if self.numeric else self.correct

    @property
    def correct(self) -> np.ndarray:
        """Return whether each prediction is right, bool (n,)."""
        right: np.ndarray = self.predicted == self.targets
        return right

    @property
    def accuracy(self) -> float:
        """Return the primary score, accuracy or R²; NaN without examples."""
        return float(self.credit.mean()) if len(self.targets) else float("nan")


@dataclass(frozen=True)
class EpochRow:
    """One epoch of a run's learning curve. Epoch 0 of a stage is the head as solved, before any gradient step."""

    stage: str
    epoch: int
    train_loss: float | None
    valid_loss: float | None
    valid_score: float | None
    seconds: float


@dataclass(frozen=True)
class Measured:
    """The results of one finished run: its predictions, learning curve, costs and files."""

    contender: Contender
    seed: int
    labels: int | None
    """Labels per class, including those that the valid split takes; None: all labels are used."""
    draw: int
    """Number of the draw; 0 where all labels are used."""
    num_train: int
    """Training examples, without valid."""
    answers: Answers
    """Predictions on the headline split: test if there is one, else valid."""
    valid_score: float | None
    history: tuple[EpochRow, ...]
    seconds: float
    """Measured time. The run may have read activations that earlier runs had cached in the store."""
    saved_seconds: float
    """Estimated time to compute the activations that the run read from the store instead."""
    peak_memory_bytes: int
    trained_parameters: int
    total_parameters: int
    scores: Mapping[str, float] = field(default_factory=dict)
    """Other scores of the headline split by name: macro_f1, log_loss, ..."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings passed to the strategy (lr, epochs). The values that the strategy derives itself are in ``plan``."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    folder: Path | None = None
    """The folder of the run; None for controls that are computed without a run."""
    bundle: Path | None = None
    """Folder of the run's model; None if the model was not kept."""
    price_seconds: float | None = None
    """The cost model's price of this run in a process of its own; None: not priced."""
    cpu_seconds: float | None = None
    """CPU seconds that the run used; None: not measured."""
    forgetting: Mapping[str, Any] = field(default_factory=dict)
    """What training left of what the backbone knew before (``guards.forgetting``), as in the run's metrics.json; empty
    for random weights and without a backbone."""
    alphas: tuple[Mapping[str, Any], ...] = ()
    """With ``keep=wise``: each alpha that was tried, with its score on valid and what it left of the source."""


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
    """Runs of one contender that were left out, and the reason, such as lack of time."""

    contender: Contender
    runs: int
    reason: str
    hopeless: bool = False
    """Whether even the upper bound of the contender's score is below the best; then skipping it changes no verdict."""


@dataclass(frozen=True)
class Planned:
    """One part of the plan that is printed before the first run: runs, estimated time, and later the actual time."""

    what: str
    """Kind of the runs: ``linear_probe``, ``scratch``, "label curve"."""
    runs: int
    estimated_seconds: float
    """Estimated total time of these runs."""
    actual_seconds: float | None = None
    """Measured total time of these runs; None: they did not run."""


@dataclass(frozen=True)
class Rate:
    """One trial of the learning-rate search, trained on train only and scored on valid only."""

    factor: float
    """The learning rate as a multiple of the rate that the strategy derives."""
    lr: float
    epochs: int
    valid_score: float
    valid_loss: float
    seconds: float
    examples: int = 0
    """Number of training examples."""
    rung: int = 0
    """Stage of the search. 0: some of the epochs; 1: all epochs; 2: all epochs, on all training examples."""


@dataclass(frozen=True)
class RateChoice:
    """The learning-rate search of one contender: its trials, the chosen rate and the reason."""

    contender: Contender
    tried: tuple[Rate, ...]
    chosen: float
    """The chosen learning rate as a multiple of the derived rate."""
    reason: str


@dataclass(frozen=True)
class Data:
    """The description of a comparison's data for one task: classes, counts, and the split used to measure results."""

    name: str
    location: str
    modality: str
    task: str
    classes: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    """Split -> class -> number of examples; for regression all examples count as one class, named like the task."""
    headline: str
    """The split that all results are measured on: test if there is one, else valid."""
    findings: tuple[Finding, ...] = ()
    raw: Mapping[str, str | Path] = field(default_factory=dict)
    """Id -> text or path of the examples of the headline split, which the report shows among the mistakes."""
    sets: tuple[str, ...] = ()
    """For a multi-label task: the label sets of the headline split, sorted."""
    numeric: bool = False
    """Whether the task is regression; it has no classes."""

    @property
    def score(self) -> str:
        """Return the name of the primary score: ``accuracy``, or ``r2`` for regression."""
        return "r2" if self.numeric else "accuracy"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that the indices in ``Answers`` refer to: class names; label sets for a multi-label task."""
        return (*self.sets, text_of("another-label-set")) if self.sets else self.classes

    def number(self, label: str) -> int:
        """Return the index of ``label`` in ``names``; label sets that are not in ``sets`` all have the last index.

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
    """How often a model was scored on the headline split: once per run. Nothing is selected by these scores."""
    seconds: float = 0.0
    time_limit: float | None = None
    budget_seconds: float | None = None
    """Time limit of each run; None: each run trains for all epochs of its plan."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The exact configuration: calling ``compare`` with it repeats the comparison."""
    findings: tuple[Finding, ...] = ()
    """Findings on runs and data, without duplicates."""
    plan: tuple[Planned, ...] = ()
    """The lines of the plan, in the order of execution; empty if no times were estimated."""

    @property
    def full_runs(self) -> tuple[Measured, ...]:
        """Return the runs on all labels, from which the leaderboard is made."""
        return tuple(run for run in self.runs if run.labels is None)

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Return the contenders with a run on all labels, in order of their first run."""
        return tuple(dict.fromkeys(run.contender for run in self.full_runs))


@dataclass(frozen=True)
class Parts:
    """The variance of a mean accuracy, in units of squared accuracy, split into the parts due to each source."""

    seed: float
    test: float
    """Variance from the choice of test examples."""
    draw: float | None = None
    """Variance from the choice of labelled examples; None if there is only one draw."""


@dataclass(frozen=True)
class Place:
    """One row of the leaderboard: a contender with its mean accuracy, confidence interval and cost."""

    contender: Contender
    accuracy: float
    """Mean primary score over seeds: accuracy, or R² for regression."""
    interval: Interval
    """95 % confidence interval of the score, over seeds and test examples."""
    seeds: int
    n: int
    parts: Parts
    seconds: float
    """Mean time of a run in a process of its own. This is the run's price (``Measured.price_seconds``) if it has one,
    else the measured time plus the time that cached activations saved."""
    spent_seconds: float
    """Mean measured time of a run."""
    peak_memory_bytes: int
    trained_parameters: int
    valid_score: float | None = None
    source_kept: float | None = None
    """Mean over the runs of the share of the source knowledge that is left; None without pretrained weights."""
    hurt: bool = False
    """Whether the contender is significantly worse than a control."""
    same_as: Contender | None = None
    """Another contender with the same predictions, if every run kept the head that it started from (finding
    ``start-kept``). The report shows the two as one, and the contender of this line is never recommended."""


@dataclass(frozen=True)
class Pair:
    """The difference between two contenders on the same examples: accuracy of ``a`` minus accuracy of ``b``."""

    a: Contender
    b: Contender
    difference: float
    interval: Interval
    p_value: float
    adjusted: float
    """The p value after Holm's correction for all pairs."""
    detectable: float
    """The smallest true difference that this comparison detects with a power of 80 %."""
    needed: int | None
    """Number of test examples that would make this difference significant, if the true difference is as large. None: it
    is significant already, it is 0, or no number of examples is enough with so few seeds (see ``seeds_needed``)."""
    seeds_needed: int | None = None
    """Number of seeds of each contender that would make the difference significant on these test examples; given only
    if more test examples alone are not enough. None: not applicable, or more seeds alone are not enough either."""
    p_these_runs: float = 1.0
    """The p value for these trained models on other test examples, which ignores the variance between seeds."""


VerdictKind = Literal["winner", "tie", "incomplete", "cannot-tell", "no-help", "negative-transfer"]
"""``incomplete``: the best of the contenders that ran is known, but others that may be better have no finished run."""

QuestionCode = Literal[
    "helps-scratch", "helps-random-features", "helps-data-control", "helps-majority", "best", "cheaper"
]
Answer = Literal["yes", "no", "hurts", "open", "not-asked"]


@dataclass(frozen=True)
class Question:
    """One of the planned questions of a comparison, with its answer. ``Verdict.questions`` has all, in fixed order."""

    code: QuestionCode
    """Which question it is. ``helps-*``: do pretrained weights help, compared with a control (scratch, random features,
    a linear model on n-grams or on colours and gradients, always predicting the most frequent class)? ``best``: which
    contender is best? ``cheaper``: is a cheaper contender as good?"""
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
    """Accuracy of ``a`` minus accuracy of ``b``."""
    interval: Interval | None = None
    p_value: float | None = None
    about: Literal["new-seeds", "these-runs"] = "new-seeds"
    """``new-seeds``: the answer also holds for other seeds. ``these-runs``: it holds for these trained models only,
    because a contender that depends on its seed has only one run."""
    sentence: Message | None = None
    """``message`` with its code and parameters."""


@dataclass(frozen=True)
class Verdict:
    """The conclusion of a comparison: the verdict in words, the recommended contender, and the next step."""

    kind: VerdictKind
    message: str
    """The conclusion in one or two sentences."""
    reason: str
    """The numbers behind the conclusion."""
    best: Contender
    """The contender with the highest mean accuracy of those with pretrained weights (of all, if none has)."""
    recommended: Contender
    """The cheapest contender that cannot be distinguished from ``best`` and whose mean accuracy lies inside the
    confidence interval of ``best``."""
    why_recommended: str
    next_step: str
    """What to do to decide an open question; empty if no question is open."""
    level_with_best: tuple[Contender, ...] = ()
    """The contenders that cannot be distinguished from ``best``."""
    questions: tuple[Question, ...] = ()
    """The planned questions in order, each with its answer."""
    not_judged: tuple[Contender, ...] = ()
    """Contenders that have no finished run on all labels and might have been better than ``best``."""
    sentences: Mapping[str, tuple[Message, ...]] = field(default_factory=dict)
    """``message``, ``reason``, ``why_recommended`` or ``next_step`` -> its sentences, with codes and parameters."""


@dataclass(frozen=True)
class Higher:
    """Start, slope and asymptote of a contender's curve of validation scores over epochs, with all seeds together.

    The three are the benefits of transfer in Torrey and Shavlik 2010.
    """

    contender: Contender
    start: float
    """Validation score after the head's first fit."""
    asymptote: float
    asymptote_interval: Interval
    slope_per_epoch: float | None
    """Validation score gained per epoch over the first 90 % of the way from start to asymptote; None without a gain."""
    slope_per_second: float | None
    seeds: int
    times: tuple[tuple[float, float, float], ...] = ()
    """The mean curve over seeds: one (epoch, seconds, validation score) per epoch."""
    start_interval: Interval | None = None
    slope_interval: Interval | None = None
    """95 % confidence interval of ``slope_per_epoch``."""


@dataclass(frozen=True)
class CurvePoint:
    """One point of a label curve: a contender's accuracy with a given number of labels."""

    labels: int | None
    """Labels per class; None: all."""
    num_labels: float
    """Mean number of labelled examples used, train and valid together."""
    accuracy: float
    interval: Interval
    """95 % confidence interval of the accuracy, over draws (each with its own seed) and test examples; with all labels,
    over seeds and test examples."""
    runs: int
    parts: Parts | None = None
    """The variance by source. With one run per draw, its ``draw`` includes the variance between seeds. None with all
    labels: see the contender's ``Place`` on the leaderboard."""


@dataclass(frozen=True)
class LabelCurve:
    """Accuracy of one contender against the number of labels, over nested draws."""

    contender: Contender
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class LabelsSaved:
    """The number of labels that a control needs to reach the accuracy of a pretrained contender with ``num_labels``."""

    contender: Contender
    control: Contender
    num_labels: float
    """Number of labels that ``contender`` used."""
    accuracy: float
    needed: float | None
    """Number of labels that the control needs, interpolated on the control's curve; None: more than the data have."""
    interval: tuple[float, float | None] | None
    """95 % confidence interval of ``needed``, over draws and test examples; an end of None: more than the data have."""
    most: float
    """Number of labels in the data."""
    fewest: float = 0.0
    """Number of labels at the first point of the control's curve. If ``needed`` has this value, fewer labels may be
    enough."""


@dataclass(frozen=True)
class Evidence:
    """All conclusions from a comparison: leaderboard, differences, verdict, learning curves and label curves."""

    leaderboard: tuple[Place, ...]
    """The contenders, best first, controls included."""
    pairs: tuple[Pair, ...]
    """All pairs of contenders; in each, ``a`` is the better one."""
    verdict: Verdict
    highers: tuple[Higher, ...] = ()
    curves: tuple[LabelCurve, ...] = ()
    saved: tuple[LabelsSaved, ...] = ()
    score: str = "accuracy"
    """Name of the primary score, as in ``Data.score``."""
