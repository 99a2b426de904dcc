"""``ghep fit``: train one model, write its run folder and bundle."""

from __future__ import annotations

from typing import Any

import typer

from ghep.cli.arguments import Config, DataAsText, Json, Tasks
from ghep.cli.terminal import Terminal, print_json, stdout_for_result


def command(
    data: DataAsText = None,
    task: Tasks = None,
    config: Config = None,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep fit``."""
    from ghep.cli.signals import stopping
    from ghep.config import resolve
    from ghep.experiment.fit import fit
    from ghep.team import joined

    flags = {**settings, "data": data, "task": task or None}
    with stdout_for_result(), stopping() as stop, joined() as team, Terminal(quiet=json or not team.first) as terminal:
        given = resolve(config, flags)
        run = fit(given.pop("data"), reporter=terminal, stop=stop, **given)
    if not team.first:
        return
    if json:
        from ghep.cli.show import run_json

        print_json(run_json(run))
    else:
        from ghep.cli.show import print_run

        print_run(run)
    if team.size == 1 and any(finding.severity == "error" for finding in run.findings):
        raise typer.Exit(1)  # torchrun would take it for a crash, and start all processes again
