"""Check that HTML for a notebook is well-formed and safe, and return it parsed."""

from __future__ import annotations

import re

from tests.comparison.report.test_page import HOSTILE, Page

__all__ = ["HOSTILE", "Page", "harmless"]

COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|(?<!-)color:\s*\w+", re.IGNORECASE)


def harmless(html: str, *, most_bytes: int = 13_000) -> Page:
    """Parse ``html``: tags close, nothing runs or is fetched, and the only colours are currentColor and a grey."""
    page = Page(html)
    assert not page.wrong and not page.open
    assert not {tag for tag, _ in page.tags} & {"script", "style", "link", "iframe", "object", "embed", "form"}
    assert not [name for _, given in page.tags for name in given if name.startswith("on")]
    assert all(str(one["src"]).startswith("data:image/") for one in page.all("img"))
    styles = " ".join(str(given.get("style", "")) for _, given in page.tags)
    assert set(COLOUR.findall(styles)) <= {"#8886"}
    assert len(re.sub(r"data:image/[^\"]*", "", html).encode()) <= most_bytes
    return page
