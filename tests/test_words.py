"""Plain technical English in code, messages and docs: docs/glossary.md says which words go, and what replaces them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BANNED = re.compile(
    r"\bstandings?\b|\braised on\b|\bputs? out\b|\bdear(?:er|est)?\b|\bbeside\b|\bt(?:ell|ells|old) apart\b"
    r"|\bpictures?\b|\bsaid aloud\b|\blooked at\b|\bwhom\b|\bwhoever\b|\bnobody\b|\beverybody\b|\bsomebody\b"
    r"|\b(?:goes|go|went) on\b|\bst(?:and|ands|ood) still\b|\bthaw\w*|\bdrown\w*|\bwhat came\b|\bcame\b",
    re.IGNORECASE,
)
EVERYTHING = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "src/ghep")
CODES = re.compile(r"thawed-but-still|task-drowned|\"pictures?\"|\| (?:comes|came) \|[^\n]*")
"""Codes of findings, names of columns and folders, which never change, and rows of neighbours of a word."""
SHOWS = {"docs/glossary.md"}
"""Names the words."""


def files() -> list[Path]:
    found = [
        path for name in EVERYTHING for path in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*"))
    ]
    return [
        path
        for path in found
        if path.suffix in (".py", ".md", ".ftl", ".html") and str(path.relative_to(ROOT)) not in SHOWS
    ]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_banned_words(path: Path) -> None:
    text = CODES.sub("", re.sub(r"Picture(?=\b)|\bPIL\b", "", path.read_text(encoding="utf-8")))
    lines = enumerate(text.splitlines(), 1)
    found = [f"{path.name}:{number}: {match[0]}" for number, line in lines for match in BANNED.finditer(line)]
    assert not found
