"""The templates of the pages that ghep writes. In: a folder of templates. Out: a Jinja environment.

Every value is escaped, because names of classes, files and texts are not trusted, and a missing value is an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghep.display.html import visible
from ghep.display.look import page_style
from ghep.messages import Message, language_now

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent


def templates_in(folder: Path, *, none: str = "") -> Environment:
    """Return an environment for the templates in ``folder``; ``none`` is shown for values that are None.

    They may include ``head.html``, which forbids scripts and requests, and has the style sheet of all pages, ``style``.
    Their filter ``own`` marks HTML and CSS of this package, escaped where they were made, which is inserted as it is.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        if value is None:
            return none
        value = str(value) if isinstance(value, Message) else value
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = Environment(
        loader=FileSystemLoader([folder, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    made.filters["own"] = Markup
    made.globals["style"] = page_style()
    made.globals["language"] = language_now
    return made
