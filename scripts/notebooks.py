"""Run the notebooks in examples/ and save them with their outputs: .venv/bin/python scripts/notebooks.py [NAME ...]

A name is as in ``images`` or ``vi/images``. A notebook in examples/vi is the English one of the same name with its own
Markdown cells: its code cells are taken from the English one each time, and its messages are in Vietnamese.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

os.environ.setdefault("GHEP_LANG", "en")  # whatever the language of the machine

EXAMPLES = Path(__file__).parents[1] / "examples"
SECONDS = 1800
"""Time limit of one cell."""


def source(file: Path) -> Any:
    """Return the notebook to run: a translated one has the cells of the English one, with its own Markdown.

    Cells are matched by their ids; raises ValueError for a Markdown cell without translation, or the reverse.
    """
    language = file.parent.name
    if file.parent == EXAMPLES:
        return nbformat.read(file, as_version=4)
    book = nbformat.read(EXAMPLES / file.name, as_version=4)
    markdown = {cell.id: cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "markdown"}
    wanted = [cell.id for cell in book.cells if cell.cell_type == "markdown"]
    if set(markdown) != set(wanted):
        raise ValueError(f"{file}: Markdown cells {sorted(markdown)}, but the English notebook has {sorted(wanted)}")
    book.cells = [markdown.get(cell.id, cell) for cell in book.cells]
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.source = cell.source.replace("import ghep\n", f'import ghep\n\nghep.language("{language}")\n')
    return book


def executed(file: Path, folder: Path, *, instead: Mapping[str, str] | None = None) -> Any:
    """Return the notebook after every cell has run in ``folder``; raises CellExecutionError where one fails.

    Each text of ``instead`` is replaced by another in all cells, such as a time limit by a shorter one.
    """
    book = source(file)
    for old, new in (instead or {}).items():
        assert any(old in cell.source for cell in book.cells), f"{file} has no {old!r}"
        for cell in book.cells:
            cell.source = cell.source.replace(old, new)
    client = NotebookClient(book, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute()
    for cell in book.cells:
        cell.metadata.pop("execution", None)  # timestamps
    return book


def main() -> None:
    files = {str(file.relative_to(EXAMPLES).with_suffix("")): file for file in sorted(EXAMPLES.rglob("*.ipynb"))}
    for name in sys.argv[1:] or files:
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(executed(files[name], Path(folder)), files[name])
        print(f"{name}: {files[name].stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
