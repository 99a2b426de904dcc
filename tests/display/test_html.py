"""HTML fragments: escaped, well-formed, readable in any theme."""

from __future__ import annotations

import re
from math import nan

from tests.display.shown import HOSTILE, harmless

from ghep.display import html
from ghep.types import Finding


def test_every_text_is_escaped_everywhere() -> None:
    pieces = (
        html.heading(HOSTILE, HOSTILE),
        html.line(HOSTILE, HOSTILE),
        html.table((HOSTILE,), [(HOSTILE,), (html.strong(HOSTILE),)], wrapped=(0,)),
        html.bullets([HOSTILE, "salt & pepper"]),
        html.details(HOSTILE, HOSTILE),
        html.note("error", HOSTILE, HOSTILE, HOSTILE, [HOSTILE]),
        html.element("span", HOSTILE, title=HOSTILE),
    )
    page = harmless(html.frame(*pieces))
    assert page.words.count(HOSTILE) == 15
    assert "salt & pepper" in page.words
    assert page.all("span")[-1] == {"title": HOSTILE}


def test_a_name_with_lone_surrogates_can_be_sent_to_a_notebook() -> None:
    shown = html.frame(html.code("photos/\udcff\x00\x1b[31m.png"))
    assert shown.encode("utf-8") and "\ufffd" in shown
    assert "\x00" not in shown and "\x1b" not in shown


def test_a_finding_shows_its_remedy_and_the_first_items() -> None:
    finding = Finding("blank-images", "warning", "9 images are blank", "look at them", tuple("abcdefghi"))
    page = harmless(finding._repr_html_(), most_bytes=1500)
    assert page.words == "warning blank-images 9 images are blank → look at them 9 items a b c d e and 4 more"


def test_an_interval_is_at_its_place_on_the_axis() -> None:
    stops = [float(one) for one in re.findall(r"([\d.]+)%", html.whisker(0.8, 0.7, 0.9, axis=(0.6, 1.0)))]
    assert stops == [25.0, 48.5, 51.5, 75.0]
    for far in (html.whisker(0.1, 0.0, 0.2, axis=(0.6, 1.0)), html.whisker(1.0, 1.0, 1.0)):
        stops = [float(one) for one in re.findall(r"([\d.]+)%", far)]
        assert stops == sorted(stops) and stops[0] >= 0 and stops[-1] <= 100
        assert round(stops[2] - stops[1], 1) == 3.0, "the tick is seen at either end"
    assert html.whisker(nan, 0.0, 1.0) == html.whisker(0.5, 0.0, 1.0, axis=(1.0, 1.0)) == ""


def test_a_display_that_fails_shows_the_value_as_text() -> None:
    class Broken:
        def __repr__(self) -> str:
            return "<Broken & more>"

    page = harmless(html.or_text(lambda _: str(1 / 0), Broken()))
    assert page.words == "<Broken & more>"
