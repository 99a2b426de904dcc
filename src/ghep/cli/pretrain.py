"""``ghep pretrain``: pretrain a backbone on unlabelled texts, and print what it has learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Json, given_path
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.errors import ConfigError
from ghep.messages import text_of
from ghep.pretrain.options import OBJECTIVE_NAMES, pretrain_settings


def command(
    corpus: Annotated[
        list[Path], typer.Argument(help=text_of("help-pretrain-corpus"), parser=given_path, metavar="CORPUS...")
    ],
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep pretrain``."""
    if "objective" not in settings:
        raise ConfigError("pretrain-objective-missing", known=list(OBJECTIVE_NAMES))
    from ghep.cli.signals import stopping
    from ghep.config import in_units
    from ghep.pretrain.lines import lines_of
    from ghep.pretrain.pretrain import pretrain

    given = in_units(settings, pretrain_settings())
    with stopping() as stop, Terminal(quiet=json) as terminal:
        done = pretrain(corpus, reporter=terminal, stop=stop, **given)
    if json:
        print_json({**done.record, "folder": done.folder})
    else:
        print_findings(done.findings)
        print("\n".join(lines_of(done)))
    if any(one.severity == "error" for one in done.findings):
        raise typer.Exit(1)
