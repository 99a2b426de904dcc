"""``ghep explain``: write a page on what a model sees in photos, or which words of a text it answers by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Json
from ghep.cli.explanation import Inputs, Lines, Overwrite, Task, out_folder, write_explanation
from ghep.messages import text_of


def command(
    model: Annotated[str, typer.Argument(help=text_of("help-explain-model"), metavar="MODEL")],
    inputs: Inputs,
    lines: Lines = False,
    task: Task = None,
    out: Annotated[Path | None, out_folder("help-explain-out")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep explain``."""
    given: dict[str, Any] = {"lines": lines, "task": task, "out": out, "overwrite": overwrite, "json": json}
    write_explanation("explain", model, inputs, settings, **given)
