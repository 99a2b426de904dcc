"""``ghep compare``: run strategies on backbones with several seeds and print which is best, how sure, at what cost."""

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
    """Run ``ghep compare``."""
    from ghep.cli.signals import stopping
    from ghep.comparison.compare import compare
    from ghep.config import resolve_comparison

    given = resolve_comparison(config, {**settings, "data": data, "task": task or None})
    with stdout_for_result(), stopping() as stop, Terminal(quiet=json) as terminal:
        compared = compare(given.pop("data"), reporter=terminal, stop=stop, **given)
    if json:
        print_json(compared.to_json())
    else:
        for line in compared.lines():
            print(line)
    if compared.doubtful:
        raise typer.Exit(1)
