"""What ``ghep explain`` and ``ghep similar`` have in common: ask a model about examples, print, and write a page."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ghep.cli.arguments import COMMON_PANEL, can_write, given_path
from ghep.cli.predict import STANDARD_INPUT, examples
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.messages import text_of
from ghep.types import Finding

Inputs = Annotated[list[str], typer.Argument(help=text_of("help-predict-inputs"))]
Lines = Annotated[bool, typer.Option("--lines", help=text_of("help-predict-lines"))]
Task = Annotated[str | None, typer.Option(help=text_of("help-predict-task"))]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help=text_of("help-explain-overwrite"), rich_help_panel=COMMON_PANEL)
]


def out_folder(help_code: str) -> Any:
    """Return the flag ``--out FOLDER`` with the help text ``help_code``."""
    return typer.Option(
        *("--out", "-o"),
        help=text_of(help_code),
        parser=given_path,
        metavar="FOLDER",
        rich_help_panel=COMMON_PANEL,
    )


def write_explanation(
    verb: Literal["explain", "similar"],
    model: str,
    inputs: Sequence[str],
    settings: Mapping[str, Any],
    *,
    lines: bool,
    task: str | None,
    out: Path | None,
    overwrite: bool,
    json: bool,
) -> None:
    """Call ``ghep.explain`` or ``ghep.similar`` for ``inputs``, write its page into ``out``, and print the result.

    Raises typer.Exit with 1 if an input cannot be used, or for a finding of severity error.
    """
    for argument in inputs:
        if argument != STANDARD_INPUT:
            given_path(argument)
    import ghep
    from ghep.explanation.output import bundle_name, output_folder
    from ghep.explanation.subject import subject_of

    folder = output_folder(verb, bundle_name(model), out, overwrite=overwrite)
    can_write(folder, folder=True)
    subject = subject_of(model, task=task)
    columns = {} if subject.bundle is None else subject.bundle.columns
    pairs = subject.backbone.preprocess.pairs
    asked, findings = examples(inputs, subject.modality, trained=columns, lines=lines, pairs=pairs)
    raws, names = [one.raw for one in asked], [one.id for one in asked]
    with Terminal(quiet=json) as terminal:
        found = getattr(ghep, verb)(subject, raws, names=names, reporter=terminal, **settings)
    page = found.save(folder)
    if found.problems:
        unusable = Finding.of("explain-inputs-unusable", "error", count=len(found.problems), total=len(asked))
        findings = [*findings, unusable]
    with redirect_stdout(sys.stderr):
        print_findings([*findings, *found.findings])
    if json:
        print_json({**found.to_json(), "page": page})
    else:
        print("\n".join([*found.lines(), text_of("explain-page", page=page)]))
    if found.problems or any(one.severity == "error" for one in found.findings):
        raise typer.Exit(1)
