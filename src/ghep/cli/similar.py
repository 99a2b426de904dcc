"""``ghep similar``: print the training examples nearest to an example, and write a page of them."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import COMMON_PANEL, Json, can_write, given_path
from ghep.cli.predict import STANDARD_INPUT, examples
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.messages import text_of


def command(
    model: Annotated[str, typer.Argument(help=text_of("help-similar-model"), metavar="MODEL")],
    inputs: Annotated[list[str], typer.Argument(help=text_of("help-predict-inputs"))],
    lines: Annotated[bool, typer.Option("--lines", help=text_of("help-predict-lines"))] = False,
    task: Annotated[str | None, typer.Option(help=text_of("help-predict-task"))] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            *("--out", "-o"),
            help=text_of("help-similar-out"),
            parser=given_path,
            metavar="FOLDER",
            rich_help_panel=COMMON_PANEL,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=text_of("help-explain-overwrite"), rich_help_panel=COMMON_PANEL)
    ] = False,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep similar``."""
    for argument in inputs:
        if argument != STANDARD_INPUT:
            given_path(argument)
    from ghep.explanation.neighbours.similar import similar
    from ghep.explanation.output import bundle_name, output_folder
    from ghep.explanation.subject import subject_of

    folder = output_folder("similar", bundle_name(model), out, overwrite=overwrite)
    can_write(folder, folder=True)
    subject = subject_of(model, task=task)
    columns = {} if subject.bundle is None else subject.bundle.columns
    pairs = subject.backbone.preprocess.pairs
    asked, findings = examples(inputs, subject.modality, trained=columns, lines=lines, pairs=pairs)
    with Terminal(quiet=json) as terminal:
        raws, names = [one.raw for one in asked], [one.id for one in asked]
        found = similar(subject, raws, names=names, reporter=terminal, **settings)
    page = found.save(folder)
    with redirect_stdout(sys.stderr):
        print_findings([*findings, *found.findings])
    if json:
        print_json({**found.to_json(), "page": page})
    else:
        print("\n".join([*found.lines(), text_of("explain-page", page=page)]))
    if found.problems or any(one.severity == "error" for one in found.findings):
        raise typer.Exit(1)
