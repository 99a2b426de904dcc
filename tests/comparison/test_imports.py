"""Each file of this room can be the first that is imported: none needs another to have come before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[2] / "src" / "ghep" / "comparison"
FIRST = ("sharing/words.py", "sharing/verdict.py", "report/sharing.py")


@pytest.mark.parametrize("path", FIRST)
def test_it_can_be_imported_first(path: str) -> None:
    module = ".".join(("ghep", "comparison", *(ROOM / path).relative_to(ROOM).with_suffix("").parts))
    done = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
