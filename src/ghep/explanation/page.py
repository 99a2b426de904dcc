"""The pages of explain, similar, ideal and attack: one self-contained HTML file, without scripts or requests.

In: a ``Page``. Out: ``page.html``, and each figure as a PNG in ``figures/``. All texts are escaped: names of files and
classes are not trusted.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ghep.display.page import templates_in
from ghep.storage.text import write_text_atomic
from ghep.types import Finding

if TYPE_CHECKING:
    from markupsafe import Markup

    from ghep.display.figure import NotebookFigure

HERE = Path(__file__).parent


@dataclass(frozen=True)
class PageFigure:
    """An image on a page."""

    name: str
    """Name of its file, without suffix."""
    title: str
    caption: str
    png: bytes
    width: int
    """Displayed width in pixels; the file may have more."""

    @property
    def base64(self) -> str:
        """Return the file as base64."""
        return base64.b64encode(self.png).decode()


@dataclass(frozen=True)
class Section:
    """A part of a page: texts, figures, a table, and a caveat in one sentence."""

    title: str
    texts: Sequence[str] = ()
    figures: Sequence[PageFigure] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()
    """Columns of the table that are right-aligned."""
    caveat: str = ""
    fragments: Sequence[Markup] = ()
    """HTML made by ``display/html.py``, below the texts."""


@dataclass(frozen=True)
class Page:
    """What a page says, from the answer at its top to the details."""

    title: str
    subtitle: str
    lead: str
    """The answer, in one or two sentences."""
    notes: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    sections: Sequence[Section] = field(default_factory=tuple)


def write_page(page: Page, folder: Path) -> Path:
    """Write ``page.html`` and ``figures/`` into ``folder``, and return the path of the page."""
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for section in page.sections:
        for figure in section.figures:
            (folder / "figures" / f"{figure.name}.png").write_bytes(figure.png)
    path = folder / "page.html"
    write_text_atomic(path, page_text(page))
    return path


def page_text(page: Page) -> str:
    """Return the HTML of ``page``."""
    return str(templates_in(HERE).get_template("page.html").render(page=page))


def drawn(name: str, title: str, caption: str, figure: NotebookFigure) -> PageFigure:
    """Return a matplotlib figure as a figure of a page."""
    png, size = figure._repr_png_()
    return PageFigure(name, title, caption, png, size["width"])


def pictured(name: str, title: str, caption: str, image: Image.Image, *, width: int | None = None) -> PageFigure:
    """Return an image as a figure of a page, displayed ``width`` pixels wide (default: its own width)."""
    data = io.BytesIO()
    image.save(data, format="png")
    return PageFigure(name, title, caption, data.getvalue(), width or image.width)
