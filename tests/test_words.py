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
DONE: tuple[str, ...] = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs",
    "src/ghep/messages",
    "src/ghep/cli",
    "src/ghep/config.py",
    "src/ghep/setting.py",
    "src/ghep/_version.py",
    "src/ghep/comparison/report",
    "src/ghep/comparison/sharing",
    "src/ghep/backbone",
    "src/ghep/export",
    "src/ghep/model",
    "src/ghep/advice",
    "src/ghep/comparison/analysis",
    "src/ghep/comparison/compare.py",
    "src/ghep/comparison/record.py",
    "src/ghep/comparison/execution",
    "src/ghep/comparison/planning/draws.py",
    "src/ghep/comparison/planning/estimates.py",
    "src/ghep/comparison/planning/grid.py",
    "src/ghep/comparison/planning/lineup.py",
    "src/ghep/comparison/planning/pricing.py",
    "src/ghep/comparison/planning/schedule.py",
    "src/ghep/comparison/planning/search.py",
    "src/ghep/comparison/planning/threads.py",
    "src/ghep/data/carried.py",
    "src/ghep/data/check.py",
    "src/ghep/data/continuous.py",
    "src/ghep/data/dataset.py",
    "src/ghep/data/labels.py",
    "src/ghep/data/modalities.py",
    "src/ghep/data/report.py",
    "src/ghep/data/shortcuts.py",
    "src/ghep/data/sources",
    "src/ghep/data/splitting",
    "src/ghep/data/__init__.py",
    "src/ghep/data/image",
    "src/ghep/data/loading",
    "src/ghep/data/text",
    "src/ghep/display",
    "src/ghep/estimator.py",
    "src/ghep/experiment",
    "src/ghep/metrics",
    "src/ghep/storage",
    "tests/data/image",
    "tests/data/loading",
    "tests/data/text",
    "tests/display",
    "tests/storage",
    "src/ghep/tasks",
    "src/ghep/training",
    "src/ghep/strategy",
    "src/ghep/guards",
    "src/ghep/multitask",
    "src/ghep/features",
)
"""What was rewritten. Rooms join this list as they are."""
CODES = re.compile(r"thawed-but-still|task-drowned|\"pictures?\"")
"""Codes of findings, and names of columns and folders, which never change."""
SHOWS = {"docs/glossary.md"}
"""Names the words."""


def files() -> list[Path]:
    found = [path for name in DONE for path in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*"))]
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
