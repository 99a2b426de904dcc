"""Run the notebooks in examples/ and save them with their outputs: .venv/bin/python scripts/notebooks.py [NAME ...]"""

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
SECONDS = 600
"""Time limit of one cell."""


def executed(file: Path, folder: Path, *, instead: Mapping[str, str] | None = None) -> Any:
    """Return the notebook after every cell has run in ``folder``; raises CellExecutionError where one fails.

    Each text of ``instead`` is replaced by another in all cells, such as a time limit by a shorter one.
    """
    book = nbformat.read(file, as_version=4)
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
    for file in sorted(EXAMPLES.glob("*.ipynb")):
        if sys.argv[1:] and file.stem not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            nbformat.write(executed(file, Path(folder)), file)
        print(f"{file}: {file.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
