"""The notebooks in examples/ run from top to bottom, and show what their saved outputs show."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("images", "texts", "which_strategy")
LESS: dict[str, dict[str, str]] = {
    "images": {"places[20:50]": "places[20:32]", "[:120:20]": "[:6]"},
    "texts": {"[:200]": "[:60]"},
    "which_strategy": {"[:200]": "[:60]", "time_limit=150": "time_limit=40"},
}
"""What a test changes in each: examples and seconds."""


def shown(cell: Any) -> list[list[str]]:
    """Return the kinds of each output of a cell; of what is printed, that it is."""
    return [sorted(output.get("data", {output.output_type: ""})) for output in cell.get("outputs", [])]


@pytest.mark.parametrize("name", NAMES)
def test_the_saved_outputs_are_whole_and_of_no_machine(name: str) -> None:
    nbformat = pytest.importorskip("nbformat")
    file = ROOT / "examples" / f"{name}.ipynb"
    book = nbformat.read(file, as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not re.search(r"/(home|root|tmp|Users|work)/", file.read_text(encoding="utf-8"))
    assert file.stat().st_size < 700_000


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_shows_the_same_kinds_of_things(name: str, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from notebooks import executed
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    file = ROOT / "examples" / f"{name}.ipynb"
    saved = nbformat.read(file, as_version=4)
    assert [shown(cell) for cell in executed(file, tmp_path, instead=LESS[name]).cells] == [
        shown(cell) for cell in saved.cells
    ]
