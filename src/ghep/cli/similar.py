"""``ghep similar``: print the training examples nearest to an example, and write a page of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Json
from ghep.cli.explanation import Inputs, Lines, Overwrite, Task, out_folder, write_explanation
from ghep.messages import text_of


def command(
    model: Annotated[str, typer.Argument(help=text_of("help-similar-model"), metavar="MODEL")],
    inputs: Inputs,
    lines: Lines = False,
    task: Task = None,
    out: Annotated[Path | None, out_folder("help-similar-out")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep similar``."""
    given: dict[str, Any] = {"lines": lines, "task": task, "out": out, "overwrite": overwrite, "json": json}
    write_explanation("similar", model, inputs, settings, **given)
