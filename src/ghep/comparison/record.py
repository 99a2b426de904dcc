"""What a comparison holds: every run as it was read back from its folder, and what was concluded from them.

``Comparison`` is what happened; ``Evidence`` what follows from it, by computation alone. The report and the terminal
read these two and nothing else. Legend: n test examples, S seeds, K classes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ghep.types import Finding, Interval

MAJORITY = "majority"
NGRAMS = "linear_ngrams"
HOG = "linear_hog"
RANDOM_FEATURES = "random_features"
SCRATCH = "scratch"
ANOTHER = "another set"
"""Of classes: any that is right for no example."""
LINEAR = (NGRAMS, HOG)
"""Linear models without a network: on n-grams of texts, on gradients and colours of images."""
CONTROLS = (MAJORITY, RANDOM_FEATURES, SCRATCH, *LINEAR)
"""What can be had without pretrained weights."""
ZERO_SHOT = "zero_shot"
REFERENCES = (ZERO_SHOT,)
"""Contenders that use pretrained weights and no labels. They are ranked and have intervals, but are not trained: they
are neither best nor recommended unless nothing else ran, and do not decide whether transfer helps."""
SEEDLESS = ("linear_probe", MAJORITY, *LINEAR, ZERO_SHOT)
"""Solved, not trained from a random start: one run is all there is."""


@dataclass(frozen=True, order=True)
class Contender:
    """A way to come to a model: one line of the leaderboard. Its runs differ by seed and by draw of the labels."""

    strategy: str
    """A strategy's name, or one of ``CONTROLS``."""
    backbone: str = ""
    """As the user named it; empty for what has none (majority, linear_ngrams)."""
    tasks: tuple[str, ...] = ()
    """Those it is trained on together, where the data have several; empty where there is one."""
    sharing: str = ""
    """How tasks share, where not as usual: ``surgery=pcgrad``, ``mixing=equal``, ``weighting=uncertainty``."""

    @property
    def control(self) -> bool:
        """Whether it uses no pretrained weights."""
        return self.strategy in CONTROLS

    @property
    def reference(self) -> bool:
        """Whether it uses pretrained weights without any label."""
        return self.strategy in REFERENCES

    @property
    def key(self) -> str:
        """Return what it is known by in files; names may meet, keys do not."""
        tasks = "+".join(re.sub(r"[%+ ]", lambda sign: f"%{ord(sign[0]):02X}", task) for task in self.tasks)
        return " ".join(part for part in (self.strategy, self.backbone, tasks, self.sharing) if part)

    @property
    def way(self) -> str:
        """Return what is done, without the backbone: the strategy, the tasks, how they share."""
        of = f" of {' + '.join(self.tasks)}" if self.tasks else ""
        how = f", {self.sharing}" if self.sharing else ""
        return f"{self.strategy}{of}{how}"

    def __str__(self) -> str:
        name = Path(self.backbone).name.removesuffix(".safetensors")
        return f"{self.way} ({name})" if name else self.way


@dataclass(frozen=True)
class Answers:
    """What one run answered on one split: the same examples in the same order for every run of a comparison."""

    ids: tuple[str, ...]
    targets: np.ndarray
    """int64 (n,), places in ``Data.names``; every one has a label."""
    predicted: np.ndarray
    """int64 (n,), likewise."""
    confidence: np.ndarray
    """float64 (n,), of the answer that was given."""
    label_probability: np.ndarray
    """float64 (n,), of the right answer."""

    @property
    def correct(self) -> np.ndarray:
        """Return bool (n,)."""
        right: np.ndarray = self.predicted == self.targets
        return right

    @property
    def accuracy(self) -> float:
        """Return the share that is right."""
        return float(self.correct.mean()) if len(self.targets) else float("nan")


@dataclass(frozen=True)
class EpochRow:
    """A line of a run's learning curve. Epoch 0 of a solved stage: the head was just solved."""

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
    """A class, those that were set aside to choose by among them; None: all there are."""
    draw: int
    """Which draw of so many labels; 0 where all are taken."""
    num_train: int
    """Examples it learnt from, without valid."""
    answers: Answers
    """On the headline split: test if there is one, else valid."""
    valid_score: float | None
    history: tuple[EpochRow, ...]
    seconds: float
    """As spent here, beside a store that other runs had filled."""
    saved_seconds: float
    """Estimated: what the rows found in the store would have taken to compute."""
    peak_memory_bytes: int
    trained_parameters: int
    total_parameters: int
    scores: Mapping[str, float] = field(default_factory=dict)
    """Other scores of the headline split by name: macro_f1, log_loss, ..."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What was given to the strategy: lr, epochs. The rest was derived and stands in ``plan``."""
    plan: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    folder: Path | None = None
    """None for controls that are no runs of their own."""
    bundle: Path | None = None
    """Where its model lies, if it was kept."""
    price_seconds: float | None = None
    """The cost model's price of this run by itself; None: there was no such price."""
    cpu_seconds: float | None = None
    """Processor seconds that the run used; None: not measured."""


@dataclass(frozen=True)
class Failure:
    """A run that could not be finished; the others were."""

    contender: Contender
    seed: int
    labels: int | None
    draw: int
    cause: str
    remedy: str


@dataclass(frozen=True)
class Stopped:
    """Runs that were left out for want of time, and why these."""

    contender: Contender
    runs: int
    reason: str
    hopeless: bool = False
    """Its optimistic bound lies below the best: leaving it out changes no verdict."""


@dataclass(frozen=True)
class Planned:
    """A line of the plan that is printed before anything runs, with what became of it."""

    what: str
    """Of what kind the runs are, as a person reads it: ``linear_probe``, ``scratch``, ``label curve``."""
    runs: int
    estimated_seconds: float
    """Of all of these runs together."""
    actual_seconds: float | None = None
    """None: they did not run."""


@dataclass(frozen=True)
class Rate:
    """One candidate of the search for a rate, trained on train alone and judged on valid alone."""

    factor: float
    """Of the derived rate."""
    lr: float
    epochs: int
    valid_score: float
    valid_loss: float
    seconds: float
    examples: int = 0
    """It was trained on."""
    rung: int = 0
    """Of the search: 0 a part of the epochs, 1 all of them, 2 all training examples too."""


@dataclass(frozen=True)
class RateChoice:
    """The search for one contender's rate."""

    contender: Contender
    tried: tuple[Rate, ...]
    chosen: float
    """Factor of the derived rate."""
    reason: str


@dataclass(frozen=True)
class Data:
    """What was compared on."""

    name: str
    location: str
    modality: str
    task: str
    classes: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    """Split -> class -> examples."""
    headline: str
    """The split all answers are on."""
    findings: tuple[Finding, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)
    """Id -> text, or path of the picture, of the headline split: for the report's worst mistakes."""
    sets: tuple[str, ...] = ()
    """Of a multi-label task: the sets of classes that are right for some example of the headline split, sorted."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return what answers are called, by their numbers in ``Answers``: classes, or sets of them."""
        return (*self.sets, ANOTHER) if self.sets else self.classes

    def number(self, label: str) -> int:
        """Return the number of an answer in ``Answers``; every set that is never right has the same one.

        Raises KeyError for what is no class.
        """
        return self._numbers.get(label, len(self.sets)) if self.sets else self._numbers[label]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.sets or self.classes)}


@dataclass(frozen=True)
class Comparison:
    """What happened: all that the report is made of, read back from the folder."""

    data: Data
    runs: tuple[Measured, ...]
    folder: Path
    failures: tuple[Failure, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    rates: tuple[RateChoice, ...] = ()
    touches: int = 0
    """How often a model was scored on the headline split: once a run, never to choose anything."""
    seconds: float = 0.0
    time_limit: float | None = None
    budget_seconds: float | None = None
    """What a run might take at most, the same for all; None: as long as its plan is."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The exact configuration: calling ``compare`` with it again does the same."""
    findings: tuple[Finding, ...] = ()
    """Of runs and data, each once."""
    plan: tuple[Planned, ...] = ()
    """In the order in which they run; empty where nothing was estimated."""

    @property
    def full_runs(self) -> tuple[Measured, ...]:
        """Return the runs on all labels: what the leaderboard rests on."""
        return tuple(run for run in self.runs if run.labels is None)

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """Return whoever has a run on all labels, in the order they came."""
        return tuple(dict.fromkeys(run.contender for run in self.full_runs))


@dataclass(frozen=True)
class Parts:
    """Variance of a mean accuracy by where it comes from; the square roots are in accuracy."""

    seed: float
    test: float
    """Which examples happened to be in the test split."""
    draw: float | None = None
    """Which examples happened to be labelled; None where one draw only was taken."""


@dataclass(frozen=True)
class Place:
    """A line of the leaderboard."""

    contender: Contender
    accuracy: float
    """Mean over seeds."""
    interval: Interval
    """Over seeds and test examples."""
    seeds: int
    n: int
    parts: Parts
    seconds: float
    """Mean of a run by itself: its price (``Measured.price_seconds``) where there is one, else what was spent and what
    the store saved it."""
    spent_seconds: float
    """Mean, as spent here."""
    peak_memory_bytes: int
    trained_parameters: int
    valid_score: float | None = None
    hurt: bool = False
    """Clearly worse than a control that knows no pretrained weights."""
    same_as: Contender | None = None
    """Every run kept its solved start (finding ``start-kept``) and gave the same answers as this contender, so it *is*
    that contender. It is shown so and never recommended over it."""


@dataclass(frozen=True)
class Pair:
    """Two contenders on the same examples: the accuracy of ``a`` minus that of ``b``."""

    a: Contender
    b: Contender
    difference: float
    interval: Interval
    p_value: float
    adjusted: float
    """p after Holm's correction for all pairs."""
    detectable: float
    """The smallest difference that such a comparison would find four times in five."""
    needed: int | None
    """Test examples that would settle this difference, if it is real. None: it is settled, there is none, or no number
    would settle it with so few seeds (see ``seeds_needed``)."""
    seeds_needed: int | None = None
    """Seeds of each that would settle it on these test examples, where no number of test examples does alone. None too:
    seeds alone would not do either."""
    p_these_runs: float = 1.0
    """p about these very runs on other examples: nothing is said of other seeds."""


VerdictKind = Literal["winner", "tie", "incomplete", "cannot-tell", "no-help", "negative-transfer"]
"""``incomplete``: the best of those that ran is known, but contenders that could be better were not judged."""

QuestionCode = Literal[
    "helps-scratch", "helps-random-features", "helps-data-control", "helps-majority", "best", "cheaper"
]
Answer = Literal["yes", "no", "hurts", "open", "not-asked"]


@dataclass(frozen=True)
class Question:
    """A planned question and the answer that the runs give. ``Verdict.questions`` has them in the order asked."""

    code: QuestionCode
    """``helps-*``: do pretrained weights help, compared with scratch, with random features, with a linear model on
    words or on colours and gradients, with always answering the commonest class. ``best``: which contender is the best.
    ``cheaper``: is a cheaper one as good."""
    question: str
    """As a person asks it."""
    answer: Answer
    """``hurts``: to a ``helps-*`` question, the control is better. ``open``: these runs cannot say. ``not-asked``:
    there was nothing to compare, or an earlier question has to be answered first."""
    message: str
    """One sentence with the numbers."""
    a: Contender | None = None
    """Where two contenders were compared: the first; None for the mean of several."""
    b: Contender | None = None
    difference: float | None = None
    """Accuracy of a minus that of b."""
    interval: Interval | None = None
    p_value: float | None = None
    about: Literal["new-seeds", "these-runs"] = "new-seeds"
    """Whether the answer covers other seeds, or only the runs that were made (one run of what depends on its seed)."""


@dataclass(frozen=True)
class Verdict:
    """What can be said, by rule."""

    kind: VerdictKind
    message: str
    """One or two sentences for a person."""
    reason: str
    """The numbers it rests on."""
    best: Contender
    """The highest mean among those that use pretrained weights (all, if none does)."""
    recommended: Contender
    """The cheapest that cannot be distinguished from the best and lies inside its interval."""
    why_recommended: str
    next_step: str
    """What would settle what is open; empty if nothing is."""
    level_with_best: tuple[Contender, ...] = ()
    """Those that cannot be distinguished from the best."""
    questions: tuple[Question, ...] = ()
    """The planned questions in order, each with its answer."""
    not_judged: tuple[Contender, ...] = ()
    """Contenders without a finished run on all labels that could have been better, as far as is known."""


@dataclass(frozen=True)
class Higher:
    """The three "highers" of one contender, on valid, over its seeds (Torrey and Shavlik 2010)."""

    contender: Contender
    start: float
    """Score after the head's first fit."""
    asymptote: float
    asymptote_interval: Interval
    slope_per_epoch: float | None
    """Score gained per epoch until 90 % of the way; None where nothing was gained."""
    slope_per_second: float | None
    seeds: int
    times: tuple[tuple[float, float, float], ...] = ()
    """The mean curve: (epoch, seconds, score)."""
    start_interval: Interval | None = None
    slope_interval: Interval | None = None
    """Of ``slope_per_epoch``."""


@dataclass(frozen=True)
class CurvePoint:
    """Accuracy with so many labels."""

    labels: int | None
    """A class; None: all."""
    num_labels: float
    """Mean number of labelled examples used, train and valid."""
    accuracy: float
    interval: Interval
    """Over draws (with their seeds); on all labels over seeds and test examples."""
    runs: int
    parts: Parts | None = None
    """Of draws: with one run a draw, the seed's part is in that of the draw. None on all labels: see its ``Place``."""


@dataclass(frozen=True)
class LabelCurve:
    """Accuracy against the number of labels, for one contender, over nested draws."""

    contender: Contender
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class LabelsSaved:
    """How many labels the control needs to come to what ``contender`` has with ``labels``."""

    contender: Contender
    control: Contender
    num_labels: float
    """What the contender had."""
    accuracy: float
    needed: float | None
    """By the control, interpolated on its own curve; None: more than there are."""
    interval: tuple[float, float | None] | None
    """Over draws; an end that is None: more than there are."""
    most: float
    """Labels there are."""
    fewest: float = 0.0
    """Labels at the lowest point of the control's curve: a need of so many means so many or fewer."""


@dataclass(frozen=True)
class Evidence:
    """What follows from a comparison, by computation alone."""

    leaderboard: tuple[Place, ...]
    """Best first, controls among them."""
    pairs: tuple[Pair, ...]
    """All pairs, the better one first."""
    verdict: Verdict
    highers: tuple[Higher, ...] = ()
    curves: tuple[LabelCurve, ...] = ()
    saved: tuple[LabelsSaved, ...] = ()
