"""Print runs, scores and findings as text, or return them as JSON values."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ghep.errors import bounded
from ghep.messages import number_text, text_of
from ghep.types import Finding, Score, three

if TYPE_CHECKING:
    from ghep.experiment.answered import Answered
    from ghep.experiment.record import Run
    from ghep.experiment.results import SplitResult

SHOWN_ITEMS = 8
SHOWN_CHARACTERS = 240
SHOWN_INFOS = ("near-duplicates", "blank-images", "blank-on-white", "dark-images")
"""Findings of severity info whose items are printed as well."""

_JOINERS = "\u200c\u200d"


def print_run(run: Run) -> None:
    """Print scores, cost, findings and the folders of the run and its bundle."""
    errors = [finding for finding in run.findings if finding.severity == "error"]
    if errors:
        print(text_of("run-errors", count=len(errors)))
        print_findings(errors)
    print_scores(run.results)
    cost = run.cost
    memory, trained, total = cost.peak_memory_bytes / 2**20, cost.trained_parameters, cost.total_parameters
    spent = text_of(
        "run-cost",
        seconds=number_text(cost.seconds, ".1f"),
        memory=number_text(memory, ".0f"),
        trained=trained,
        total=total,
    )
    print(f"\n{spent}")
    print(text_of("run-numbers", precision=run.environment["precision"], device=run.environment["device"]))
    if run.frozen_part.get("passes"):
        print(text_of("run-frozen", passes=_passes(run.frozen_part)))
    moved = [block for block, verdict in run.proof.items() if verdict == "moved"]
    print(text_of("run-proof", frozen=len(run.proof) - len(moved), moved=len(moved)))
    for line in run.forgetting.lines() if run.forgetting is not None else ():
        print(text_of("run-forgetting", text=line))
    print_findings(finding for finding in run.findings if finding.severity != "error")
    print(f"\n{text_of('run-folder', folder=run.folder)}\n{text_of('run-bundle', bundle=run.bundle)}")


def _passes(frozen_part: Mapping[str, Any]) -> str:
    passes: Sequence[Mapping[str, Any]] = frozen_part["passes"]
    computed, reused = (sum(one[key] for one in passes) for key in ("computed", "reused"))
    engines = sorted({str(one["engine"]).partition("/")[0] for one in passes})
    seconds = sum(one["seconds"] for one in passes)
    choosing = number_text(frozen_part["choosing_seconds"], ".1f") if computed else "none"
    return text_of(
        "run-passes",
        computed=computed,
        reused=reused,
        engines=engines,
        seconds=number_text(seconds, ".1f"),
        choosing=choosing,
    )


def print_scores(results: Iterable[SplitResult]) -> None:
    """Print one table per split and task."""
    from ghep.experiment.unseen import seen_in
    from ghep.tasks.base import labelled

    for result in results:
        given, sets = int(labelled(result.targets).sum()), result.targets.ndim == 2
        print(f"\n{text_of('scores-head', split=result.split, task=result.task, count=given, sets=sets)}")
        for score in result.scores:
            print(f"  {score.name:<18} {three(score.value)}   {_bounds(score)}".rstrip())
        print(f"  {result.constant_name:<18} {number_text(result.constant, '.3f')}")
        if result.unseen:
            seen, where = given - result.unseen.n, seen_in(result.split)
            said = text_of("scores-without-copies", seen=seen, count=result.unseen.n, **{"in": where})
            print(f"  {said}")
            for score in result.unseen.scores:
                print(f"    {score.name:<16} {three(score.value)}   {_bounds(score)}".rstrip())
        if result.answered:
            _print_answered(result.answered, task=result.task)
        for control in result.controls:
            paired = control.paired
            low, high = number_text(paired.interval.low, "+.3f"), number_text(paired.interval.high, "+.3f")
            p, difference = number_text(paired.p_value, ".2g"), number_text(paired.difference, "+.3f")
            said = text_of("scores-control", difference=difference, low=low, high=high, p=p)
            print(f"  {control.name:<18} {three(control.score.value)}   {said}")


def _print_answered(found: Answered, *, task: str) -> None:
    """Print how many examples are answered at a rate of abstention, and the scores of the answers."""
    kinds = {"unfamiliar": found.unfamiliar, "undecided": found.undecided}
    print(f"  {text_of('scores-abstain', task=task, rate=str(found.rate), **kinds)}")
    rows = {"answered": found.share, "on-answered": found.score, "on-unfamiliar": found.on_unfamiliar}
    for kind, score in rows.items():
        if score is not None:
            name = text_of("scores-of-answered", kind=kind, score=score.name)
            print(f"    {name:<26} {three(score.value)}   {_bounds(score)} (n={score.n})")


def _bounds(score: Score) -> str:
    if score.interval is None:
        return ""
    return text_of("scores-interval", low=three(score.interval.low), high=three(score.interval.high))


def visible(name: str) -> str:
    """Return ``name`` with control and invisible characters escaped, except joiners, which scripts and emoji need."""
    return "".join(
        one.encode("unicode_escape").decode()
        if unicodedata.category(one) in ("Cc", "Cf") and one not in _JOINERS
        else one
        for one in name
    )


def print_findings(findings: Iterable[Finding]) -> None:
    """Print findings, errors first; long lists of items are cut, followed by the number of items left out."""
    order = {"error": 0, "warning": 1, "info": 2}
    for finding in sorted(findings, key=lambda one: order[one.severity]):
        print(f"\n{replace(finding, message=bounded(finding.message))}")
        if finding.severity != "info" or finding.code in SHOWN_INFOS:
            for item in finding.items[:SHOWN_ITEMS]:
                print(f"    {item if len(item) <= SHOWN_CHARACTERS else item[: SHOWN_CHARACTERS - 3] + '...'}")
            if len(finding.items) > SHOWN_ITEMS:
                print(f"    {text_of('items-more', count=len(finding.items) - SHOWN_ITEMS)}")


def run_json(run: Run) -> dict[str, Any]:
    """Return a run as plain values."""
    from ghep.experiment.folder import metrics_json

    return {
        "folder": run.folder,
        "bundle": run.bundle,
        "backbone": run.backbone,
        "strategy": run.strategy,
        "seed": run.seed,
        **metrics_json(run.results, run.cost),
        "proof": dict(run.proof),
        "frozen_part": dict(run.frozen_part),
        "forgetting": None if run.forgetting is None else run.forgetting.to_json(),
        "environment": dict(run.environment),
        "findings": [asdict(finding) for finding in run.findings],
    }
