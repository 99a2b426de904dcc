"""The notebooks in examples/ run from top to bottom and show what their saved outputs show; translations agree."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("images", "texts", "which_strategy")
LESS: dict[str, dict[str, str]] = {
    "images": {"places[20:50]": "places[20:32]", "[:120:20]": "[:6]"},
    "texts": {"[:200]": "[:60]"},
    "which_strategy": {"[:200]": "[:60]", "time_limit=150": "time_limit=20"},
}
"""What a test changes in each: examples and seconds. Translations have the same code, and are not executed again."""


@pytest.fixture(scope="module")
def notebooks() -> ModuleType:
    """Return scripts/notebooks.py as a module."""
    pytest.importorskip("nbformat")
    pytest.importorskip("nbclient")
    spec = importlib.util.spec_from_file_location("notebooks", ROOT / "scripts" / "notebooks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def saved(name: str) -> Any:
    """Return the notebook as it is in examples/."""
    return pytest.importorskip("nbformat").read(ROOT / "examples" / f"{name}.ipynb", as_version=4)


def shown(cell: Any) -> list[list[str]]:
    """Return the kinds of each output of a cell; of what is printed, that it is."""
    return [sorted(output.get("data", {output.output_type: ""})) for output in cell.get("outputs", [])]


@pytest.mark.parametrize("name", [*NAMES, *(f"vi/{name}" for name in NAMES)])
def test_the_saved_outputs_are_whole_and_of_no_machine(name: str) -> None:
    cells = [cell for cell in saved(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    file = ROOT / "examples" / f"{name}.ipynb"
    assert not re.search(r"/(home|root|tmp|Users|work)/", file.read_text(encoding="utf-8"))
    assert file.stat().st_size < 700_000


@pytest.mark.parametrize("name", NAMES)
def test_the_vietnamese_notebook_has_the_cells_of_the_english_one(name: str, notebooks: ModuleType) -> None:
    english, vietnamese = saved(name), saved(f"vi/{name}")
    wanted = notebooks.source(ROOT / "examples" / "vi" / f"{name}.ipynb")
    assert [(cell.id, cell.source) for cell in vietnamese.cells] == [(cell.id, cell.source) for cell in wanted.cells]
    assert sum(cell.source.count('ghep.language("vi")\n') for cell in vietnamese.cells if cell.cell_type == "code") == 1
    assert [shown(cell) for cell in vietnamese.cells] == [shown(cell) for cell in english.cells]
    for one, other in zip(english.cells, vietnamese.cells, strict=True):
        if one.cell_type == "markdown":
            assert one.source != other.source, "translated"
            assert re.findall(r"^#+", one.source, re.M) == re.findall(r"^#+", other.source, re.M)


def test_a_cell_without_translation_is_an_error(
    notebooks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setattr(notebooks, "EXAMPLES", tmp_path)
    (tmp_path / "vi").mkdir()
    one, two = nbformat.v4.new_markdown_cell("One", id="a"), nbformat.v4.new_markdown_cell("Two", id="b")
    nbformat.write(nbformat.v4.new_notebook(cells=[one, two]), tmp_path / "book.ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=[one]), tmp_path / "vi" / "book.ipynb")
    with pytest.raises(ValueError, match=r"Markdown cells \['a'\].*\['a', 'b'\]"):
        notebooks.source(tmp_path / "vi" / "book.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize("name", LESS)
def test_it_runs_and_shows_the_same_kinds_of_things(name: str, tmp_path: Path, notebooks: ModuleType) -> None:
    book = notebooks.executed(ROOT / "examples" / f"{name}.ipynb", tmp_path, instead=LESS[name])
    assert [shown(cell) for cell in book.cells] == [shown(cell) for cell in saved(name).cells]
