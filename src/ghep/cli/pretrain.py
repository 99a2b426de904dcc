"""``ghep pretrain``: pretrain a backbone, print what it has learnt and, with ``--then``, whether it helped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Json, given_path
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.cli.then import held_back, judged, then_part
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

    settings, then = then_part(settings)
    given = in_units(settings, pretrain_settings())
    with stopping() as stop, Terminal(quiet=json) as terminal:
        held = held_back(then, photos=given["objective"] == "bn")
        done = pretrain(corpus, exclude=held, reporter=terminal, stop=stop, **given)
        if not json:
            print_findings(done.findings)
            print("\n".join(lines_of(done)), flush=True)  # in a file too, before a long comparison
        benefit = None
        if then:
            asked = {"before": given.get("backbone"), "device": given.get("device")}
            benefit = judged(done.folder, then, **asked, reporter=terminal, stop=stop)
    if json:
        judgement = {} if benefit is None else {"benefit": benefit.to_json()}
        print_json({**done.record, "folder": done.folder, **judgement})
    elif benefit is not None:
        print("\n".join(["", *benefit.lines()]))
    if any(one.severity == "error" for one in done.findings) or (benefit is not None and benefit.doubtful):
        raise typer.Exit(1)
