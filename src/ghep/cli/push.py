"""``ghep push``: upload a bundle or an export to Hugging Face's hub; a dry run unless told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ghep.cli.arguments import COMMON_PANEL, Json, given_path
from ghep.cli.terminal import print_json
from ghep.messages import text_of

Folder = Annotated[Path, typer.Argument(help=text_of("help-push-folder"), parser=given_path, metavar="FOLDER")]
Yes = Annotated[bool, typer.Option("--yes", help=text_of("help-push-yes"), rich_help_panel=COMMON_PANEL)]
Public = Annotated[bool, typer.Option("--public", help=text_of("help-push-public"), rich_help_panel=COMMON_PANEL)]


def command(
    folder: Folder,
    repository: Annotated[str, typer.Argument(help=text_of("help-push-repository"), metavar="REPO")],
    yes: Yes = False,
    public: Public = False,
    json: Json = False,
) -> None:
    """Run ``ghep push``."""
    from ghep.export.push import plan_push, push

    plan = plan_push(folder, repository, public=public)
    address = push(plan, quiet=json) if yes else None
    if json:
        print_json(
            {
                "folder": plan.folder,
                "repository": plan.repository,
                "endpoint": plan.endpoint,
                "private": plan.private,
                "files": [{"name": name, "bytes": size} for name, size in plan.files],
                "left_out": plan.left_out,
                "commit": address,
            }
        )
        return
    counted = {"count": len(plan.files), "size": plan.size}
    if address is not None:
        print(text_of("push-done", address=address, **counted))
        return
    where = {"repository": plan.repository, "endpoint": plan.endpoint, "private": plan.private}
    print(text_of("push-would", **where, **counted))
    width = len(f"{max(size for _, size in plan.files):,}")
    for name, size in plan.files:
        print(text_of("push-file", size=f"{size:{width},}", name=name))
    if plan.left_out:
        print(text_of("push-left-out", names=plan.left_out))
    print(text_of("push-how"))
