"""Hooks of mkdocs: the page of the command line is written from the commands themselves."""

from __future__ import annotations

from typing import Any

import typer
from typer.cli import get_docs_for_click

MARK = "<!-- commands -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the help of every command where a page says so."""
    if MARK not in markdown:
        return markdown
    from ghep.cli.app import app

    command = typer.main.get_command(app)
    return markdown.replace(MARK, get_docs_for_click(obj=command, ctx=typer.Context(command), name="ghep"))
