"""``ghep ideal``: make images that a model assigns to a class, and have them judged by another network."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import COMMON_PANEL, Json, can_write, given_path
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.messages import text_of


def command(
    subject: Annotated[str, typer.Argument(help=text_of("help-ideal-subject"), metavar="BUNDLE|BACKBONE")],
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", help=text_of("help-ideal-label"), rich_help_panel=COMMON_PANEL),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(
            help=text_of("help-ideal-photos"), parser=given_path, metavar="FOLDER", rich_help_panel=COMMON_PANEL
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help=text_of("help-ideal-judge"), metavar="MODEL", rich_help_panel=COMMON_PANEL)
    ] = None,
    task: Annotated[str | None, typer.Option(help=text_of("help-ideal-task"), rich_help_panel=COMMON_PANEL)] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help=text_of("help-ideal-out"),
            parser=given_path,
            metavar="FOLDER",
            rich_help_panel=COMMON_PANEL,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=text_of("help-ideal-overwrite"), rich_help_panel=COMMON_PANEL)
    ] = False,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep ideal``."""
    from ghep.explanation.output import bundle_name, output_folder

    folder = output_folder("ideal", bundle_name(subject), out, overwrite=overwrite)
    can_write(folder, folder=True)
    from ghep.explanation.ideal.drawing import in_words
    from ghep.explanation.ideal.ideal_images import ideal

    with Terminal(quiet=json) as terminal:
        found = ideal(subject, label or (), photos=photos, judge=judge, task=task, reporter=terminal, **settings)
    page = found.save(folder)
    with redirect_stdout(sys.stderr):
        print_findings(found.findings)
    if json:
        print_json({**found.to_json(), "page": str(page)})
    else:
        print("\n".join([*in_words(found), text_of("ideal-written", page=page)]))
    if any(one.severity == "error" for one in found.findings):
        raise typer.Exit(1)
