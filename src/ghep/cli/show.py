"""Runs, scores and findings as text and as JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from ghep.errors import bounded
from ghep.types import Finding, Score

if TYPE_CHECKING:
    from ghep.experiment.record import Run
    from ghep.experiment.results import SplitResult

SHOWN_ITEMS = 8
SHOWN_CHARACTERS = 240
SHOWN_INFOS = ("near-duplicates", "blank-images", "blank-on-white", "dark-images")
"""Findings of severity info whose items are printed too: a reader wants to look at them."""

_JOINERS = "\u200c\u200d"


def print_run(run: Run) -> None:
    """Print scores, cost, findings and where everything lies."""
    errors = [finding for finding in run.findings if finding.severity == "error"]
    if errors:
        print(f"{len(errors)} error{'s' * (len(errors) > 1)} found; the result cannot be trusted:")
        print_findings(errors)
    print_scores(run.results)
    cost = run.cost
    print(
        f"\ncost      {cost.seconds:.1f} s, peak memory {cost.peak_memory_bytes / 2**20:.0f} MiB, "
        f"{cost.trained_parameters:,} of {cost.total_parameters:,} parameters trained"
    )
    print(
        f"numbers   {run.environment['precision']} while training, float32 afterwards, on {run.environment['device']}"
    )
    if run.frozen_part.get("passes"):
        print(f"frozen    {_passes_in_words(run.frozen_part)}")
    moved = [block for block, verdict in run.proof.items() if verdict == "moved"]
    print(f"proof     {len(run.proof) - len(moved)} blocks bit-identical after training, {len(moved)} moved")
    print_findings(finding for finding in run.findings if finding.severity != "error")
    print(f"\nrun       {run.folder}\nbundle    {run.bundle}")


def _passes_in_words(frozen_part: Mapping[str, Any]) -> str:
    passes: Sequence[Mapping[str, Any]] = frozen_part["passes"]
    computed, reused = (sum(one[key] for one in passes) for key in ("computed", "reused"))
    engines = sorted({str(one["engine"]).partition("/")[0] for one in passes})
    seconds = sum(one["seconds"] for one in passes)
    choosing = f", and {frozen_part['choosing_seconds']:.1f} s to choose" if computed else ""
    counts = f"{computed:,} examples computed, {reused:,} found in the store"
    return f"{counts}; {', '.join(engines)}, {seconds:.1f} s{choosing}"


def print_scores(results: Iterable[SplitResult]) -> None:
    """Print one table per split and task."""
    from ghep.experiment.unseen import seen_in
    from ghep.tasks.base import labelled

    for result in results:
        of_sets = "; accuracy is of whole sets" if result.targets.ndim == 2 else ""
        print(f"\n{result.split}, {result.task}: {int(labelled(result.targets).sum())} examples{of_sets}")
        for score in result.scores:
            print(f"  {score.name:<18} {score.value:.3f}   {_bounds(score)}".rstrip())
        print(f"  {'majority class':<18} {result.majority:.3f}")
        if result.unseen:
            n = int(labelled(result.targets).sum()) - result.unseen.n
            print(f"  without the {n} that have a copy in {seen_in(result.split)}: {result.unseen.n} examples")
            for score in result.unseen.scores:
                print(f"    {score.name:<16} {score.value:.3f}   {_bounds(score)}".rstrip())
        for control in result.controls:
            paired = control.paired
            print(
                f"  {control.name:<18} {control.score.value:.3f}   this model {paired.difference:+.3f}, "
                f"95 % interval {paired.interval.low:+.3f} to {paired.interval.high:+.3f}, p = {paired.p_value:.2g}"
            )


def _bounds(score: Score) -> str:
    return f"95 % interval {score.interval.low:.3f} to {score.interval.high:.3f}" if score.interval else ""


def visible(name: str) -> str:
    """Return a name with control and invisible characters escaped, except for joiners: scripts and emoji need them."""
    return "".join(
        one.encode("unicode_escape").decode()
        if unicodedata.category(one) in ("Cc", "Cf") and one not in _JOINERS
        else one
        for one in name
    )


def print_findings(findings: Iterable[Finding]) -> None:
    """Print findings, the grave ones first; long lists are cut with their count."""
    order = {"error": 0, "warning": 1, "info": 2}
    for finding in sorted(findings, key=lambda one: order[one.severity]):
        print(f"\n{replace(finding, message=bounded(finding.message))}")
        if finding.severity != "info" or finding.code in SHOWN_INFOS:
            for item in finding.items[:SHOWN_ITEMS]:
                print(f"    {item if len(item) <= SHOWN_CHARACTERS else item[: SHOWN_CHARACTERS - 3] + '...'}")
            if len(finding.items) > SHOWN_ITEMS:
                print(f"    ... and {len(finding.items) - SHOWN_ITEMS} more")


def run_json(run: Run) -> dict[str, Any]:
    """Return a run for machines."""
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
        "environment": dict(run.environment),
        "findings": [asdict(finding) for finding in run.findings],
    }
