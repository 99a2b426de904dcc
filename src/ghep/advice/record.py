"""What advice is: the backbones in order, the backbone and strategy to try first, and the evidence for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from markupsafe import Markup

from ghep.advice.rules import Case, Ruling
from ghep.display import html
from ghep.types import Finding, Interval

SCORES = {"LogME": "log_me", "H-score": "h_score", "k-NN": "knn", "LEEP": "leep"}
MOST_CANDIDATES = 15
"""That a notebook shows."""


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
        return "\n".join(in_words(self))

    def _repr_html_(self) -> str:
        return html.or_text(_advice_html, self)


def chosen(advice: Advice) -> tuple[str, str]:
    """Return (backbone, strategy): what ``fit`` takes for ``auto``."""
    return advice.backbone, advice.strategy


def in_words(advice: Advice) -> Iterator[str]:
    """Yield lines for a terminal."""
    best = advice.candidates[0]
    yield f"take      {best.name} with {advice.strategy}"
    yield from (f"  - {reason}" for reason in advice.ruling.reasons)
    yield f"rests on  {rests_on(advice)}"
    yield from (f"  - {line}" for line in reasons(advice))
    yield ""
    yield from _text_table(advice)
    yield from (f"left out  {one.backbone}: {one.cause}" for one in advice.left_out)


def rests_on(advice: Advice) -> str:
    """Return the score of the best backbone, and whether others are level with it."""
    return f"{_scored(advice.candidates[0])}; {_ranked(advice)}"


def reasons(advice: Advice) -> list[str]:
    """Return what else there is to know: who was stopped, scores that disagree, how often such advice was right."""
    return [*filter(None, (_race(advice), disagreement(advice))), *_right_before(advice.record)]


def _scored(best: Candidate) -> str:
    probe = best.probe
    bounds = f"[{probe.interval.low:.3f}, {probe.interval.high:.3f}]"
    how = f"{probe.folds} folds over train and valid" if probe.folds else "valid"
    return f"a linear head on its frozen features: {probe.accuracy:.3f} {bounds} (n={probe.n}, {how})"


def _ranked(advice: Advice) -> str:
    count, level = len(advice.candidates), len(advice.level)
    if count == 1:
        return "it is the only backbone that was tried"
    if level == 1:
        return f"it is ahead of the other {count - 1}" if count > 2 else "it is ahead of the other one"
    places = [str(place) for place, one in enumerate(advice.candidates, 1) if one.level]
    together = f"1 to {level}" if places == [str(place) for place in range(1, level + 1)] else ", ".join(places)
    return f"ranks {together} cannot be distinguished"


def _race(advice: Advice) -> str:
    """Say who saw how many examples, where not all saw all of them."""
    stopped = [one for one in advice.candidates if one.stopped]
    if not stopped:
        return ""
    finished = len(advice.candidates) - len(stopped)
    return (
        f"{len(advice.candidates)} backbones saw {stopped[0].examples} examples; {len(stopped)} were clearly worse "
        f"there and stopped, {finished} saw all {advice.candidates[0].examples}"
    )


def disagreement(advice: Advice) -> str:
    """Say in one sentence which scores put another backbone first whose probe is clearly worse, and what to do.

    Scores are compared on the examples of the first round, which every backbone saw. They are no reason to take another
    one: none of them ordered backbones better than the probe on all the data sets that were measured
    (docs/decisions/0011-advice.md). Empty where none disagrees.
    """
    best, preferred = advice.candidates[0], dict[str, list[str]]()
    by_name = {one.backbone: one for one in advice.candidates}
    for title, of in SCORES.items():
        found = {name: getattr(one.rounds[0].scores, of) for name, one in by_name.items()}
        scored = {name: value for name, value in found.items() if value is not None}
        if best.backbone in scored:
            first = by_name[max(scored, key=lambda name: scored[name])]
            if not first.level:
                preferred.setdefault(first.backbone, []).append(title)
    if not preferred:
        return ""
    others = [by_name[name] for name in preferred]
    choices = ", ".join(f"{_listed(titles)} would take {by_name[name].name}" for name, titles in preferred.items())
    whose = "whose probe is" if len(others) == 1 else "whose probes are"
    accuracies = _listed([f"{one.rounds[0].probe.accuracy:.3f}" for one in others])
    named = ",".join(one.backbone for one in (best, *others))
    return (
        f"{choices}, {whose} clearly behind ({accuracies} against {best.rounds[0].probe.accuracy:.3f}): keep to the "
        f"probe, these scores are rougher guesses; ghep compare --backbones {named} would settle it"
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _right_before(record: Mapping[str, Any]) -> Iterator[str]:
    sets = record.get("data_sets", ())
    if sets:
        right = sum(one["regret"] <= one["best_standard_error"] for one in sets)
        median, worst = (100 * record[name] for name in ("median", "worst"))
        yield (
            f"on {len(sets)} data sets such advice cost {median:.1f} points of accuracy (median) against the best of "
            f"all that was tried afterwards, {worst:.1f} at worst; on {right} it was within a standard error of it"
        )
        rival = record["rival"]
        median, worst = (100 * rival[name] for name in ("median", "worst"))
        yield f"of rules without a table the best one, {rival['rule']}, cost {median:.1f} and {worst:.1f} there"


def _text_table(advice: Advice) -> Iterator[str]:
    width = max(len("backbone"), *(len(one.name) for one in advice.candidates))
    yield f"   {'backbone':<{width}}  examples   probe  95 % interval    LogME  H-score   k-NN    LEEP  seconds"
    for place, one in enumerate(advice.candidates, 1):
        scores, interval = one.scores, one.probe.interval
        leep = f"{scores.leep:7.3f}" if scores.leep is not None else "      -"
        mark = "=" if one.level and place > 1 else " "
        yield (
            f"{place:>2} {one.name:<{width}}{mark} {one.examples:>8}  {one.probe.accuracy:6.3f}"
            f"  {interval.low:.3f} to {interval.high:.3f}"
            f"  {scores.log_me:6.3f}  {scores.h_score:7.3f}  {scores.knn:5.3f} {leep}  {one.seconds:7.1f}"
        )
    first, all_ = advice.candidates[0].rounds[0].examples, advice.candidates[0].examples
    yield f"   {'random features':<{width}}  {first:>8}  {advice.case.random_accuracy:6.3f}"
    yield f"   {'the commonest answer':<{width}}  {all_:>8}  {advice.case.majority:6.3f}"
    if len(advice.level) > 1:
        yield "   = cannot be distinguished from the first"
    reasons = dict.fromkeys(one.scores.no_leep for one in advice.candidates if one.scores.no_leep)
    yield from (f"   no LEEP where {reason}" for reason in reasons)


def _advice_html(advice: Advice) -> str:
    """Return the HTML of advice."""
    best = advice.candidates[0]
    findings = [*advice.findings, *best.findings]
    grave = [one for one in findings if one.severity != "info"]
    return html.frame(
        html.heading(f"Take {best.name} with {advice.strategy}"),
        html.bullets(advice.ruling.reasons),
        html.line("rests on", rests_on(advice)),
        _html_table(advice),
        html.details("how far to trust it", html.bullets(reasons(advice))),
        html.bullets(f"{one.backbone} was left out: {one.cause}" for one in advice.left_out[:MOST_CANDIDATES]),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in grave),
    )


def _html_table(advice: Advice) -> Markup:
    shown, case = advice.candidates[:MOST_CANDIDATES], advice.case
    axis = (min(one.probe.interval.low for one in shown), max(one.probe.interval.high for one in shown))
    rows = [_html_row(place, one, axis) for place, one in enumerate(shown, 1)]
    for name, accuracy in (("random features", case.random_accuracy), ("the commonest answer", case.majority)):
        rows.append(("", html.faint(name), "", html.faint(f"{accuracy:.3f}"), "", "", "", ""))
    header = ("", "backbone", "examples", "probe", "95 % interval", f"{axis[0]:.2f} to {axis[1]:.2f}", "", "seconds")
    left = len(advice.candidates) - len(shown)
    table = html.table(header, rows, numbers=(0, 2, 3, 7), wrapped=(1,))
    return html.together(table, html.faint(f"and {left} more") if left else "")


def _html_row(place: int, one: Candidate, axis: tuple[float, float]) -> tuple[object, ...]:
    probe = one.probe
    said = "first" if place == 1 else "level with the first" if one.level else "stopped" if one.stopped else ""
    return (
        place,
        html.strong(one.name) if place == 1 else one.name,
        f"{one.examples:,}",
        f"{probe.accuracy:.3f}",
        f"{probe.interval.low:.3f} to {probe.interval.high:.3f}",
        html.whisker(probe.accuracy, probe.interval.low, probe.interval.high, axis=axis),
        html.faint(said),
        f"{one.seconds:.1f}",
    )
