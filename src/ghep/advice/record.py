"""What advice is: the backbones in order, the backbone and strategy to try first, and the evidence for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ghep.advice.rules import Case, Ruling
from ghep.types import Finding, Interval


@dataclass(frozen=True)
class Scores:
    """Estimates of transferability, without training (``features/transferability.py``)."""

    log_me: float
    h_score: float
    knn: float
    leep: float | None = None
    nce: float | None = None
    no_leep: str = ""
    """Why there is no LEEP and no NCE."""


@dataclass(frozen=True)
class Probed:
    """A linear head on frozen features, scored on examples that it was not solved on."""

    correct: np.ndarray
    """bool (n,): the same examples in the same order for every backbone."""
    interval: Interval
    """Wilson's; folds share most of their training examples, so it is a little narrow where there are folds."""
    folds: int
    """0: solved on train, scored on valid; else cross-validated over both."""

    @property
    def accuracy(self) -> float:
        """Return the share that is right."""
        return float(self.correct.mean())

    @property
    def n(self) -> int:
        """Return how many examples were scored."""
        return len(self.correct)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        bounds = {"low": self.interval.low, "high": self.interval.high, "level": self.interval.level}
        return {"accuracy": self.accuracy, **bounds, "n": self.n, "folds": self.folds}


@dataclass(frozen=True)
class Round:
    """What a backbone showed on the examples of one round."""

    examples: int
    """Of train and valid together; the same ones for every backbone in this round."""
    probe: Probed
    scores: Scores

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"examples": self.examples, "probe": self.probe.to_json(), "scores": asdict(self.scores)}


@dataclass(frozen=True)
class Candidate:
    """One backbone, as far as it can be known without fine-tuning it."""

    backbone: str
    """What ``fit`` takes."""
    name: str
    """For tables: the file without its folder."""
    source: str
    """What it was pretrained on."""
    rounds: tuple[Round, ...]
    """In order; at least one."""
    seconds: float
    findings: tuple[Finding, ...] = ()
    level: bool = False
    """It cannot be distinguished from the best: McNemar's p is above 0.05."""
    stopped: str = ""
    """Why it did not see all examples; empty: it saw them."""

    @property
    def examples(self) -> int:
        """Return how many examples it saw."""
        return self.rounds[-1].examples

    @property
    def probe(self) -> Probed:
        """Return its probe on all examples that it saw."""
        return self.rounds[-1].probe

    @property
    def scores(self) -> Scores:
        """Return its scores on all examples that it saw."""
        return self.rounds[-1].scores

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "backbone": self.backbone,
            "name": self.name,
            "source": self.source,
            "examples": self.examples,
            "stopped": self.stopped,
            "probe": self.probe.to_json(),
            "level_with_best": self.level,
            "scores": asdict(self.scores),
            "rounds": [one.to_json() for one in self.rounds],
            "seconds": self.seconds,
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass(frozen=True)
class LeftOut:
    """A backbone that could not be tried; the others were."""

    backbone: str
    cause: str
    remedy: str


@dataclass(frozen=True)
class Asked:
    """What the advice is about, and which examples it uses. It never uses the test split."""

    data: str
    modality: str
    task: str
    counts: Mapping[str, int]
    """Split -> examples there are."""
    used: Mapping[str, int]
    """Split -> examples that are used: what a backbone sees that is never stopped."""


@dataclass(frozen=True, repr=False)
class Advice:
    """Which backbone and strategy to try first."""

    asked: Asked
    candidates: tuple[Candidate, ...]
    """Best first by their probes; those that were stopped come last."""
    case: Case
    ruling: Ruling
    """The strategy, and why."""
    seconds: float
    seed: int
    left_out: tuple[LeftOut, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Of the data."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """How often such advice was right (``track_record.json``)."""

    @property
    def backbone(self) -> str:
        """Return the one to try first."""
        return self.candidates[0].backbone

    @property
    def strategy(self) -> str:
        """Return the one to try first."""
        return self.ruling.strategy

    @property
    def level(self) -> tuple[Candidate, ...]:
        """Return the best and those that cannot be distinguished from it."""
        return tuple(one for one in self.candidates if one.level)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "backbone": self.backbone,
            "strategy": self.strategy,
            "reasons": list(self.ruling.reasons),
            "asked": asdict(self.asked),
            "case": {**asdict(self.case), "closeness": self.case.closeness, "gain": self.case.gain},
            "candidates": [one.to_json() for one in self.candidates],
            "left_out": [asdict(one) for one in self.left_out],
            "findings": [asdict(finding) for finding in self.findings],
            "track_record": dict(self.record),
            "seconds": self.seconds,
            "seed": self.seed,
        }

    def __repr__(self) -> str:
        return f"<Advice: {self.strategy} from {self.backbone}, of {len(self.candidates)} backbones>"

    def __str__(self) -> str:
        from ghep.advice.words import in_words

        return "\n".join(in_words(self))

    def _repr_html_(self) -> str:
        from ghep.advice.notebook import advice_html
        from ghep.display.html import or_text

        return or_text(advice_html, self)


def chosen(advice: Advice) -> tuple[str, str]:
    """Return (backbone, strategy): what ``fit`` takes for ``auto``."""
    return advice.backbone, advice.strategy
