"""``ghep attack``: change photos as little as possible until a model gives another answer, and save them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Json, can_write, given_path
from ghep.cli.terminal import Terminal, print_json
from ghep.messages import text_of


def command(
    model: Annotated[str, typer.Argument(help=text_of("help-attack-model"), metavar="MODEL")],
    files: Annotated[list[str], typer.Argument(help=text_of("help-attack-files"), metavar="FILE...")],
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep attack``."""
    from ghep.cli.predict import examples
    from ghep.cli.show import print_findings
    from ghep.explanation.attack.attack import attack
    from ghep.explanation.attack.attack_options import options_from
    from ghep.explanation.attack.attack_page import as_json, lead_of, made_ready, notes_of

    given_path(model)
    options_from(settings)
    out = Path(settings.pop("out", None) or default_folder("attack", model))
    can_write(out, folder=True)
    made_ready(out, overwrite=settings.get("overwrite", False))
    asked, said = examples(files, "image")
    with Terminal(quiet=json) as terminal:
        found = attack(
            model,
            [one.raw for one in asked],
            names=[one.id for one in asked],
            reporter=terminal,
            **settings,
        )
    page = found.save(out)
    if json:
        print_json({**as_json(found), "folder": out, "page": page})
    else:
        print(lead_of(found))
        for note in notes_of(found):
            print(note)
        print_findings((*said, *found.findings))
        print(text_of("attack-written", page=page))
    if any(one.severity == "error" for one in found.findings):
        raise typer.Exit(1)


def default_folder(verb: str, model: str) -> Path:
    """Return ``runs/VERB-NAME-STAMP``; a bundle is called like the folder of its run."""
    path = Path(model)
    name = path.resolve().parent.name if path.name == "bundle" else path.name.removesuffix(".safetensors")
    return Path("runs") / f"{verb}-{name}-{datetime.now().strftime('%Y%m%d-%H%M%S-%f')}"
