"""What a person sees of an audit: one line, in a notebook counts and findings."""

from __future__ import annotations

from typing import Any

from tests.display.shown import HOSTILE, harmless

from ghep.data.check import check
from ghep.data.report import CheckReport
from ghep.types import Finding


def report(labels: tuple[str, ...] = ("good", "bad"), rows: int = 40) -> CheckReport:
    columns: dict[str, list[Any]] = {
        "text": [f"review number {at}" for at in range(rows)],
        "label": [labels[at % len(labels)] for at in range(rows)],
        "split": ["train" if at < rows * 3 // 4 else "test" for at in range(rows)],
    }
    return check(columns)


def test_one_line_whatever_there_is() -> None:
    found = report()
    assert repr(found) == "<CheckReport of Dataset table: 24 train, 6 valid, 10 test texts; label; findings: 2 infos>"
    assert repr(found.dataset) == "<Dataset table: 24 train, 6 valid, 10 test texts; label>"


def test_a_notebook_shows_counts_and_findings() -> None:
    page = harmless(report()._repr_html_())
    assert "task class train valid test label bad 12 3 5 good 12 3 5 in total 24 6 10" in page.words
    assert "columns-chosen" in page.words
    many = harmless(report(tuple(f"class {at:02d}" for at in range(25)), 500)._repr_html_())
    assert "and 5 more classes" in many.words
    hostile = harmless(report((HOSTILE, "other"))._repr_html_())
    assert HOSTILE in hostile.words


def test_a_finding_prints_what_and_what_to_do() -> None:
    assert str(Finding("copies", "error", "4 copies", "remove them", ("a",))) == (
        "error: 4 copies [copies]\n  fix: remove them"
    )
    assert str(Finding("few", "info", "few")) == "info: few [few]"


def test_one_of_them_is_said_in_the_singular() -> None:
    texts = ["the same text here", "the same text here", *(f"another text, number {at}" for at in range(18))]
    columns = {"text": texts, "label": ["a", "b"] * 10, "split": ["train"] * 16 + ["test"] * 4}
    found = {one.code: one.message for one in check(columns).findings}
    assert found["conflicting-labels"] == "1 group of copies has different labels"
    assert found["exact-duplicates"].startswith("1 group of ")
    columns["split"][1] = "test"
    assert " lies in different splits" in {one.code: one.message for one in check(columns).findings}["leakage-exact"]
