"""The page at ``/``: try the model in a browser, and read what it was trained on and how well it did.

In: what is served (``Facts``) and an answer, in the form of ``POST /predict``. Out: HTML. The page works as a plain
form; ``page.js`` sends the same form and takes the answers out of the same HTML, so one template writes every text and
number. All texts are escaped: names of files, classes and data sets are not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ghep.display.html import cut, visible
from ghep.display.look import page_style
from ghep.display.page import templates_in
from ghep.messages import score, text_of
from ghep.serve.facts import Facts, TaskFacts
from ghep.types import Number

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
SHOWN_CLASSES = 5
MOST_CLASSES = 100
"""Classes of an answer, with those that unfold."""
TEXT_CHARACTERS = 160
"""Of a text above its answer."""


class Asset(NamedTuple):
    """A file that the page asks for."""

    content: bytes
    media_type: str


def page_html(
    facts: Facts,
    *,
    answer: Mapping[str, Any] | None = None,
    problem: Mapping[str, Any] | None = None,
    texts: Sequence[str] = (),
) -> str:
    """Return the page, with the answers to a form that was sent, or the problem that refused it.

    ``answer`` is what ``POST /predict`` returns, ``problem`` a problem of RFC 9457. ``texts`` are the inputs of a model
    of texts, in the order of the answers, and are shown instead of their names.
    """
    inputs = _inputs(facts, answer or {}, texts)
    return str(_environment().get_template("page.html").render(facts=facts, inputs=inputs, problem=problem))


def loading_html(name: str) -> str:
    """Return what is shown until the model called ``name`` is loaded."""
    return str(_environment().get_template("loading.html").render(name=name))


def _inputs(facts: Facts, answer: Mapping[str, Any], texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return what to show of each input: its name and, for each task, the answer."""
    rows, count = answer.get("predictions", ()), max(1, len(facts.tasks))
    found = []
    for place, start in enumerate(range(0, len(rows), count)):
        several = rows[start : start + count]
        name = cut(texts[place], TEXT_CHARACTERS) if place < len(texts) else str(several[0]["input"])
        tasks = [_said(row, task) for row, task in zip(several, facts.tasks, strict=True)]
        found.append({"name": name, "problem": several[0]["problem"], "tasks": tasks})
    return found


def _said(row: Mapping[str, Any], task: TaskFacts) -> dict[str, Any]:
    """Return an answer for one task as texts, and its classes with their probabilities, the most probable first."""
    given = list(row["probabilities"].items())
    ranked = given if task.ordered else sorted(given, key=lambda one: -one[1])
    shown = len(ranked) if task.ordered else SHOWN_CLASSES
    label = row["label"]
    return {
        "task": task,
        "label": text_of("prediction-without-class") if label == "" else label,
        "likely": label if label in dict(given) else max(given, key=lambda one: one[1])[0] if given else "",
        "summary": _summary(row),
        "classes": ranked[:shown],
        "more": ranked[shown:MOST_CLASSES],
        "left": max(0, len(ranked) - MOST_CLASSES),
        "abstained": bool(row.get("abstained")),
        "unfamiliar": bool(row.get("unfamiliar")),
    }


def _summary(row: Mapping[str, Any]) -> str:
    if row["label"] is None:
        return ""
    if row["value"] is None:
        return text_of("page-probability", probability=row["probability"])
    if row["interval"] is None:
        return text_of("page-no-interval")
    low, high = (str(Number.of(float(end))) for end in row["interval"])
    return text_of("page-interval", low=low, high=high)


@cache
def assets() -> Mapping[str, Asset]:
    """Return the files of the page by their path on the server."""
    style = page_style() + (HERE / "page.css").read_text(encoding="utf-8")
    return {
        "/page.css": Asset(style.encode(), "text/css; charset=utf-8"),
        "/page.js": Asset((HERE / "page.js").read_bytes(), "text/javascript; charset=utf-8"),
        "/icon.svg": Asset((HERE / "icon.svg").read_bytes(), "image/svg+xml"),
    }


@cache
def _environment() -> Environment:
    made = templates_in(HERE)
    made.globals["text"] = text_of
    made.filters["markdown"] = _markdown
    made.filters["score"] = score
    return made


def _markdown(text: str) -> Markup:
    """Return Markdown as HTML without images, links and raw HTML: a card may come from anywhere."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink", "reference"])
    html = re.sub(r' style="text-align:\w+"', "", made.render(visible(text)))  # which the policy forbids
    html = re.sub(r"<(/?)h([1-4])>", lambda one: f"<{one[1]}h{int(one[2]) + 2}>", html)  # the page has h1 and h2
    scroll = Markup('<div class="scroll" tabindex="0" role="group" aria-label="{}"><table>').format(
        text_of("page-table")
    )
    return Markup(html.replace("<table>", scroll).replace("</table>", "</table></div>"))
