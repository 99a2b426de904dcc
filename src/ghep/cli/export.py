"""``ghep export``: write a bundle in another format, for machines without PyTorch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Bundle, Json, can_write, given_path
from ghep.cli.terminal import print_json
from ghep.messages import text_of


def command(
    bundle: Bundle,
    to: Annotated[str, typer.Option("--to", help=text_of("help-export-to"), metavar="FORMAT")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=text_of("help-export-out"), parser=given_path, metavar="FOLDER"),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help=text_of("help-export-data"), parser=given_path, metavar="DATA")
    ] = None,
    runtime: Annotated[
        Path | None,
        typer.Option("--runtime", help=text_of("help-export-runtime"), parser=given_path, metavar="FOLDER"),
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help=text_of("help-export-int8"))] = False,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep export``."""
    can_write(out, folder=True)
    from ghep.export.formats import export_bundle, written_line

    done = export_bundle(bundle, to, out=out, data=data, int8=int8, runtime=runtime, **settings)
    if json:
        print_json(done.to_json())
    else:
        print("\n".join([written_line(done), *done.lines]))
