"""``ghep evaluate``: score a bundle on labelled data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Bundle, DataOrTasks, Json, Tasks, can_write, given_path
from ghep.cli.show import SHOWN_ITEMS, print_findings, print_scores
from ghep.cli.terminal import Terminal, print_json, stdout_for_result
from ghep.cluster.connect import on_cluster
from ghep.messages import text_of


def command(
    bundle: Bundle,
    data: DataOrTasks = None,
    task: Tasks = None,
    split: Annotated[str | None, typer.Option(help=text_of("help-evaluate-split"))] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=text_of("help-evaluate-out"), parser=given_path, metavar="FOLDER"),
    ] = None,
    abstain: Annotated[float | None, typer.Option(help=text_of("help-evaluate-abstain"), metavar="RATE")] = None,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep evaluate``."""
    can_write(out, folder=True)
    from ghep.config import data_named
    from ghep.experiment.evaluation import evaluate
    from ghep.experiment.folder import scores_json, write_predictions
    from ghep.experiment.run_folder import refuse_inside_data

    location = data_named(data, task)
    if out is not None:
        refuse_inside_data(out, location)
    with (
        stdout_for_result(),
        on_cluster(settings.pop("ray", None)) as cluster,
        Terminal(quiet=json) as terminal,
    ):
        found = evaluate(
            bundle, location, split=split, progress=terminal.progress, abstain=abstain, cluster=cluster, **settings
        )
    if json:
        bad = [{"id": one.id, "reason": one.reason, "detail": one.detail} for one in found.quarantined]
        findings = [asdict(finding) for finding in found.findings]
        print_json({"findings": findings, "scores": scores_json(found.results), "quarantined": bad})
    else:
        print_findings(found.findings)
        print_scores(found.results)
        for one in found.quarantined[:SHOWN_ITEMS]:
            print(text_of("left-out-one", id=one.id, kind=one.reason, detail=one.detail))
        if len(found.quarantined) > SHOWN_ITEMS:
            print(text_of("left-out-more", count=len(found.quarantined) - SHOWN_ITEMS))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_predictions(out, found.results, dict(found.classes))
    if any(finding.severity == "error" for finding in found.findings):
        raise typer.Exit(1)
