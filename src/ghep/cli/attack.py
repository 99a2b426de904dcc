"""``ghep attack``: change photos as little as possible until a model gives another answer, and save them."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Json, can_write, given_path
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.errors import ConfigError
from ghep.explanation.attack.attack_options import options_from
from ghep.messages import text_of


def command(
    arguments: Annotated[list[str], typer.Argument(help=text_of("help-attack-arguments"), metavar="MODEL FILE...")],
    runs: Annotated[
        Path | None,
        typer.Option("--runs", help=text_of("help-attack-runs"), parser=given_path, metavar="COMPARISON"),
    ] = None,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep attack``."""
    model, files = ("", arguments) if runs is not None else (arguments[0], arguments[1:])
    if not files:
        raise ConfigError("attack-no-files", model=model)
    from ghep.cli.predict import examples
    from ghep.explanation.attack.attack import attack
    from ghep.explanation.attack.attack_page import lead_of, made_ready, notes_of
    from ghep.explanation.attack.fragility import attack_runs

    options_from(settings)
    out = Path(settings.pop("out", None) or default_folder("attack", str(runs or model)))
    can_write(out, folder=True)
    made_ready(out, overwrite=settings.get("overwrite", False))
    asked, said = examples(files, "image")
    photos: dict[str, Any] = {"photos": [one.raw for one in asked], "names": [one.id for one in asked]}
    with Terminal(quiet=json) as terminal:
        if runs is not None:
            compared = attack_runs(runs, **photos, reporter=terminal, **settings)
            page, result, found, lines = compared.save(out), compared.to_json(), compared.findings, compared.lines()
        else:
            one = attack(str(given_path(model)), **photos, reporter=terminal, **settings)
            page, result, found, lines = one.save(out), one.to_json(), one.findings, [lead_of(one), *notes_of(one)]
    with redirect_stdout(sys.stderr):
        print_findings((*said, *found))
    if json:
        print_json({**result, "folder": out, "page": page})
    else:
        print("\n".join([*lines, text_of("attack-written", page=page)]))
    if any(one.severity == "error" for one in found):
        raise typer.Exit(1)


def default_folder(verb: str, model: str) -> Path:
    """Return ``runs/VERB-NAME-STAMP``; a bundle is called like the folder of its run."""
    path = Path(model)
    name = path.resolve().parent.name if path.name == "bundle" else path.name.removesuffix(".safetensors")
    return Path("runs") / f"{verb}-{name}-{datetime.now().strftime('%Y%m%d-%H%M%S-%f')}"
