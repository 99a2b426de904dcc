"""Hooks of the documentation site: the page of commands, and docstring examples as code."""

from __future__ import annotations

import re
from typing import Any

import griffe
import typer
from typer.cli import get_docs_for_click

MARK = "<!-- commands -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Insert the help of every command at the mark of a page."""
    if MARK not in markdown:
        return markdown
    from ghep.cli.app import app

    group = typer.main.get_command(app)
    page = get_docs_for_click(obj=group, ctx=typer.Context(group), name="ghep")
    for name, command in group.commands.items():  # typer truncates the first lines in the list of commands
        first = (command.help or "").split("\n")[0]
        page = re.sub(rf"^\* `{name}`: .*$", f"* [`{name}`](#ghep-{name}): {first}", page, flags=re.MULTILINE)
    return markdown.replace(MARK, page)


class Doctests(griffe.Extension):
    """Format docstring examples as code: Markdown reads three angle brackets as a quotation."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Fence each example of ``obj``."""
        if obj.docstring is not None:
            obj.docstring.value = with_fences(obj.docstring.value)


def with_fences(docstring: str) -> str:
    """Return the docstring with a fence around each paragraph that begins with ``>>>``."""
    parts = re.split(r"\n\s*\n", docstring)
    plain = [re.sub(r" *# doctest: .*", "", part) for part in parts]
    fenced = [f"```python\n{part}\n```" if part.lstrip().startswith(">>>") else part for part in plain]
    return "\n\n".join(fenced)
