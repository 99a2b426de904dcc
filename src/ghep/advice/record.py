"""The record of advice: the ranked backbones, the backbone and strategy to try first, and the evidence for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from markupsafe import Markup

from ghep.advice.rules import Case, Ruling
from ghep.display import html
from ghep.messages import Message, number_text, text_of
from ghep.metrics.paired import Paired
from ghep.strategy.base import REESTIMATE
from ghep.types import Finding, Interval

SCORES = {"LogME": "log_me", "H-score": "h_score", "k-NN": "knn", "LEEP": "leep"}
MOST_CANDIDATES = 15
"""Largest number of rows that a notebook shows."""


@dataclass(frozen=True)
class Scores:
    """Transferability scores of a backbone's frozen features, without training (``features/transferability.py``)."""

    log_me: float
    h_score: float
    """NaN for regression, like ``knn``."""
    knn: float
    leep: float | None = None
    nce: float | None = None
    no_leep: str = ""
    """Why LEEP and NCE could not be computed; empty if they were."""


@dataclass(frozen=True)
class Probed:
    """A linear head on frozen features, scored on held-out examples."""

    correct: np.ndarray
    """bool (n,), whether each prediction is right; the same examples in the same order for every backbone. For
    regression float64 (n,), numbers whose mean is R²."""
    interval: Interval
    """95 % confidence interval of the accuracy, Wilson's, or of R². It is a little too narrow after cross-validation,
    because the folds share most of their training examples."""
    folds: int
    """Number of folds of the cross-validation over train and valid; 0: solved on train and scored on valid."""

    @property
    def accuracy(self) -> float:
        """Return the fraction of correct predictions, or R² for regression."""
        return float(self.correct.mean())

    @property
    def n(self) -> int:
        """Return the number of scored examples."""
        return len(self.correct)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        bounds = {"low": self.interval.low, "high": self.interval.high, "level": self.interval.level}
        return {"accuracy": self.accuracy, **bounds, "n": self.n, "folds": self.folds}


@dataclass(frozen=True)
class Round:
    """The results of one backbone on the examples of one round."""

    examples: int
    """Number of examples of train and valid, the same for every backbone in this round."""
    probe: Probed
    scores: Scores

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return {"examples": self.examples, "probe": self.probe.to_json(), "scores": asdict(self.scores)}


@dataclass(frozen=True)
class Candidate:
    """One backbone, with its results before fine-tuning."""

    backbone: str
    """The name as it is passed to ``fit``."""
    name: str
    """The short name for tables: of a weight file, without its folder."""
    source: str
    """The data that the backbone was pretrained on."""
    rounds: tuple[Round, ...]
    """The results of each round, in order; at least one."""
    seconds: float
    findings: tuple[Finding, ...] = ()
    level: bool = False
    """Whether this backbone cannot be distinguished from the best: the p value of McNemar's test is above 0.05."""
    stopped: str = ""
    """Why the backbone was stopped before it was scored on all examples; empty if it was not stopped."""
    batch_norm: str = "auto"
    """``reestimate``: with BatchNorm statistics of the training images, which is tried where these do not look like the
    backbone's source data."""
    mismatch: Mapping[str, Any] | None = None
    """How far the training images are from the source data (``guards/mismatch.py``); None without BatchNorm."""

    @property
    def examples(self) -> int:
        """Return the number of examples that the backbone was scored on."""
        return self.rounds[-1].examples

    @property
    def probe(self) -> Probed:
        """Return the backbone's probe in its last round."""
        return self.rounds[-1].probe

    @property
    def scores(self) -> Scores:
        """Return the backbone's transferability scores in its last round."""
        return self.rounds[-1].scores

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return {
            "backbone": self.backbone,
            "name": self.name,
            "source": self.source,
            "examples": self.examples,
            "stopped": self.stopped,
            "batch_norm": self.batch_norm,
            "mismatch": self.mismatch,
            "probe": self.probe.to_json(),
            "level_with_best": self.level,
            "scores": asdict(self.scores),
            "rounds": [one.to_json() for one in self.rounds],
            "seconds": self.seconds,
            "findings": [asdict(finding) for finding in self.findings],
        }


@dataclass(frozen=True)
class EarlierBlock:
    """A linear head on the features of an earlier block of the best backbone, tried because its last ones look poor."""

    block: str
    """The name that ``--boundary`` takes."""
    boundary: int
    """Number of the block, from 1."""
    probe: Probed
    """On the examples of the first round."""
    against_last: Paired
    """Compared with the head on the features of the last block."""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return {
            "block": self.block,
            "boundary": self.boundary,
            "probe": self.probe.to_json(),
            **_comparison(self.against_last),
        }


@dataclass(frozen=True)
class Linear:
    """A linear model without a network, scored on the examples of the best backbone's probe."""

    name: str
    """linear_ngrams (texts) or linear_hog (images)."""
    probe: Probed
    against_best: Paired
    """Compared with the probe of the best backbone; positive if the linear model is better."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return {
            "name": self.name,
            "probe": self.probe.to_json(),
            **_comparison(self.against_best),
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class LeftOut:
    """A backbone that could not be used, and why."""

    backbone: str
    cause: str
    remedy: str


@dataclass(frozen=True)
class Asked:
    """The data of the advice, and the number of examples used. The test split chooses nothing."""

    data: str
    modality: str
    task: str
    counts: Mapping[str, int]
    """Split -> number of examples."""
    used: Mapping[str, int]
    """Split -> number of examples that a backbone sees if it is not stopped."""


@dataclass(frozen=True, repr=False)
class Advice:
    """The backbone and strategy to try first, with the evidence."""

    asked: Asked
    candidates: tuple[Candidate, ...]
    """Best first, by the accuracy of their probes; stopped ones last."""
    case: Case
    ruling: Ruling
    """The strategy to try first, and the reasons for it."""
    seconds: float
    seed: int
    left_out: tuple[LeftOut, ...] = ()
    findings: tuple[Finding, ...] = ()
    """Findings on the data."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """How often such advice was right (``track_record.json``)."""
    earlier: tuple[EarlierBlock, ...] = ()
    """Features of middle blocks of the best backbone; empty unless its features look poor."""
    linear: Linear | None = None
    """A linear model without a network; None if it could not be fitted, as to texts without words."""

    @property
    def backbone(self) -> str:
        """Return the backbone to try first."""
        return self.candidates[0].backbone

    @property
    def strategy(self) -> str:
        """Return the strategy to try first; ``light+reestimate`` says that BatchNorm statistics are re-estimated."""
        reestimated = self.candidates[0].batch_norm == "reestimate"
        return self.ruling.strategy + REESTIMATE * reestimated

    @property
    def level(self) -> tuple[Candidate, ...]:
        """Return the best backbone and those that cannot be distinguished from it."""
        return tuple(one for one in self.candidates if one.level)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
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
            "earlier_blocks": [one.to_json() for one in self.earlier],
            "linear_control": None if self.linear is None else self.linear.to_json(),
            "seconds": self.seconds,
            "seed": self.seed,
        }

    def __repr__(self) -> str:
        return f"<Advice: {self.strategy} from {self.backbone}, of {len(self.candidates)} backbones>"

    def __str__(self) -> str:
        return "\n".join(in_words(self))

    def _repr_html_(self) -> str:
        return html.or_text(_advice_html, self)


def chosen(advice: Advice) -> tuple[str, str]:
    """Return (backbone, strategy) that ``fit`` uses for ``auto``."""
    return advice.backbone, advice.strategy


def in_words(advice: Advice) -> Iterator[str]:
    """Yield the lines of ``advice`` for a terminal."""
    best = advice.candidates[0]
    yield text_of("advice-take", backbone=best.name, strategy=advice.strategy)
    yield from (f"  - {reason}" for reason in advice.ruling.reasons)
    yield text_of("advice-based-on", evidence=based_on(advice))
    yield from (f"  - {line}" for line in reasons(advice))
    yield ""
    yield from _text_table(advice)
    yield from (text_of("advice-left-out", backbone=one.backbone, cause=one.cause) for one in advice.left_out)


def based_on(advice: Advice) -> Message:
    """Return a message with the score of the best backbone, and whether others are level with it."""
    return Message("advice-evidence", {"score": _score(advice.candidates[0]), "rank": _rank(advice)})


def reasons(advice: Advice) -> list[str]:
    """Return one sentence each on stopped backbones, on scores that disagree, and on the track record."""
    return [*filter(None, (_race(advice), disagreement(advice))), *_track_record(advice.record)]


def _comparison(compared: Paired) -> dict[str, float]:
    bounds = compared.interval
    return {"difference": compared.difference, "low": bounds.low, "high": bounds.high, "p": compared.p_value}


def _score(best: Candidate) -> Message:
    probe, bounds = best.probe, best.probe.interval
    numbers = {"accuracy": probe.accuracy, "low": bounds.low, "high": bounds.high, "count": probe.n}
    return Message("advice-score", {**numbers, "folds": probe.folds})


def _rank(advice: Advice) -> Message:
    count, level = len(advice.candidates), len(advice.level)
    if count == 1:
        return Message("advice-only")
    if level == 1:
        return Message("advice-ahead", {"others": count - 1})
    ranks = [rank for rank, one in enumerate(advice.candidates, 1) if one.level]
    if ranks == list(range(1, level + 1)):
        return Message("advice-first-ranks-tied", {"last": level})
    return Message("advice-ranks-tied", {"ranks": ranks})


def _race(advice: Advice) -> str:
    """Return one sentence on how many backbones were stopped, and when; empty if none was."""
    stopped = [one for one in advice.candidates if one.stopped]
    if not stopped:
        return ""
    return text_of(
        "advice-race",
        total=len(advice.candidates),
        count=stopped[0].examples,
        stopped=len(stopped),
        finished=len(advice.candidates) - len(stopped),
        all=advice.candidates[0].examples,
    )


def disagreement(advice: Advice) -> str:
    """Return one sentence on transferability scores that prefer a backbone with a clearly worse probe; empty if none.

    Scores are compared on the examples of the first round, on which every backbone was scored. A score that disagrees
    is no reason to choose another backbone: on the measured data sets the probe ranked backbones at least as well as
    every such score (docs/decisions/0011-advice.md).
    """
    best, preferred = advice.candidates[0], dict[str, list[str]]()
    by_name = {one.name: one for one in advice.candidates}
    for title, of in SCORES.items():
        found = {name: getattr(one.rounds[0].scores, of) for name, one in by_name.items()}
        scored = {name: value for name, value in found.items() if value is not None and value == value}
        if best.name in scored:
            first = by_name[max(scored, key=lambda name: scored[name])]
            if not first.level:
                preferred.setdefault(first.name, []).append(title)
    if not preferred:
        return ""
    others = [by_name[name] for name in preferred]
    return text_of(
        "advice-scores-disagree",
        choices=[
            Message("advice-score-prefers", {"scores": titles, "backbone": by_name[name].name})
            for name, titles in preferred.items()
        ],
        count=len(others),
        accuracies=[Message("advice-accuracy", {"accuracy": one.rounds[0].probe.accuracy}) for one in others],
        best_accuracy=best.rounds[0].probe.accuracy,
        backbones=",".join(dict.fromkeys(one.backbone for one in (best, *others))),
    )


def _track_record(record: Mapping[str, Any]) -> Iterator[str]:
    sets = record.get("data_sets", ())
    if sets:
        right = sum(one["regret"] <= one["best_standard_error"] for one in sets)
        median, worst = (100 * record[name] for name in ("median", "worst"))
        yield text_of("advice-record", data_sets=len(sets), median=median, worst=worst, right=right)
        rival = record["rival"]
        median, worst = (100 * rival[name] for name in ("median", "worst"))
        yield text_of("advice-record-rival", rule=rival["rule"], median=median, worst=worst)


def _text_table(advice: Advice) -> Iterator[str]:
    backbone, *titles = _titles()
    names = (*(one.name for one in advice.candidates), *(name for name, *_ in _controls(advice)))
    width = max(map(len, (backbone, *names)))
    wide = [max(least, len(title)) for least, title in zip((8, 6, 14, 7), titles, strict=True)]
    examples, probe, interval, seconds = (f"{title:>{size}}" for title, size in zip(titles, wide, strict=True))
    interval = f"{interval.strip():<{wide[2]}}"
    yield f"   {backbone:<{width}}  {examples}  {probe}  {interval}   LogME  H-score   k-NN    LEEP  {seconds}"
    for place, one in enumerate(advice.candidates, 1):
        scores, bounds = one.scores, _bounds(one.probe.interval)
        leep = "-" if scores.leep is None else number_text(scores.leep, ".3f")
        log_me, seconds = number_text(scores.log_me, ".3f"), number_text(one.seconds, ".1f")
        mark = "=" if one.level and place > 1 else " "
        yield (
            f"{place:>2} {one.name:<{width}}{mark} {one.examples:>{wide[0]}}"
            f"  {number_text(one.probe.accuracy, '.3f'):>{wide[1]}}  {bounds:<{wide[2]}}"
            f"  {log_me:>6}  {_or_dash(scores.h_score):>7}  {_or_dash(scores.knn):>5} {leep:>7}  {seconds:>{wide[3]}}"
        )
    for name, count, accuracy, bounds in _controls(advice):
        yield f"   {name:<{width}}  {count:>{wide[0]}}  {number_text(accuracy, '.3f'):>{wide[1]}}  {bounds}".rstrip()
    if len(advice.level) > 1:
        yield "   " + text_of("advice-tied")
    causes = dict.fromkeys(one.scores.no_leep for one in advice.candidates if one.scores.no_leep)
    yield from ("   " + text_of("advice-no-leep", cause=cause) for cause in causes)


def _controls(advice: Advice) -> Iterator[tuple[str, int, float, str]]:
    """Yield name, number of examples, score and interval (empty: none) of each control."""
    best, linear = advice.candidates[0], advice.linear
    yield text_of("advice-row-random"), best.rounds[0].examples, advice.case.random_accuracy, ""
    if linear is not None:
        yield linear.name, best.examples, linear.probe.accuracy, _bounds(linear.probe.interval)
    yield text_of(_constant_row(advice.case)), best.examples, advice.case.majority, ""


def _titles() -> tuple[str, str, str, str, str]:
    """Return the column headers: backbone, examples, probe, interval, seconds."""
    return (
        text_of("advice-column-backbone"),
        text_of("advice-column-examples"),
        text_of("advice-column-probe"),
        text_of("advice-column-interval"),
        text_of("advice-column-seconds"),
    )


def _bounds(interval: Interval) -> str:
    return text_of("advice-interval", low=interval.low, high=interval.high)


def _advice_html(advice: Advice) -> str:
    """Return the HTML of advice."""
    best = advice.candidates[0]
    findings = [*advice.findings, *best.findings]
    serious = [one for one in findings if one.severity != "info"]
    left_out = advice.left_out[:MOST_CANDIDATES]
    return html.frame(
        html.heading(text_of("advice-heading", backbone=best.name, strategy=advice.strategy)),
        html.bullets(advice.ruling.reasons),
        html.line(text_of("advice-based-on-title"), str(based_on(advice))),
        _html_table(advice),
        html.details(text_of("advice-trust-title"), html.bullets(reasons(advice))),
        html.bullets(text_of("advice-was-left-out", backbone=one.backbone, cause=one.cause) for one in left_out),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in serious),
    )


def _constant_row(case: Case) -> str:
    return "constant-mean" if case.numeric else "advice-row-majority"


def _or_dash(score: float) -> str:
    return number_text(score, ".3f") if score == score else "-"


def _html_table(advice: Advice) -> Markup:
    shown = advice.candidates[:MOST_CANDIDATES]
    axis = (min(one.probe.interval.low for one in shown), max(one.probe.interval.high for one in shown))
    rows = [_html_row(place, one, axis) for place, one in enumerate(shown, 1)]
    for name, count, accuracy, bounds in _controls(advice):
        cells = (name, number_text(count, ","), number_text(accuracy, ".3f"), bounds)
        rows.append(("", *map(html.faint, cells), "", "", ""))
    *titles, seconds = _titles()
    header = ("", *titles, text_of("advice-range", low=axis[0], high=axis[1]), "", seconds)
    left = len(advice.candidates) - len(shown)
    table = html.table(header, rows, numbers=(0, 2, 3, 7), wrapped=(1,))
    return html.together(table, html.faint(text_of("advice-more", count=left)) if left else "")


def _html_row(place: int, one: Candidate, axis: tuple[float, float]) -> tuple[object, ...]:
    probe = one.probe
    mark = ""
    if place == 1:
        mark = text_of("advice-mark-first")
    elif one.level:
        mark = text_of("advice-mark-level")
    elif one.stopped:
        mark = text_of("advice-mark-stopped")
    return (
        place,
        html.strong(one.name) if place == 1 else one.name,
        number_text(one.examples, ","),
        number_text(probe.accuracy, ".3f"),
        _bounds(probe.interval),
        html.whisker(probe.accuracy, probe.interval.low, probe.interval.high, axis=axis),
        html.faint(mark),
        number_text(one.seconds, ".1f"),
    )
