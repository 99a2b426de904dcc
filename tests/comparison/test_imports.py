"""Files of this room can be the first that are imported: none needs another to have come before."""

from __future__ import annotations

import subprocess
import sys

FIRST = ("sharing.words", "sharing.verdict", "report.sharing")
EACH = """
import importlib, os, sys
import matplotlib, scipy.stats, sklearn.linear_model, torch  # once: it is the order of ghep's own files that matters
for name in sys.argv[1:]:
    if (child := os.fork()) == 0:
        importlib.import_module(f"ghep.comparison.{name}")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""


def test_each_can_be_imported_first() -> None:
    done = subprocess.run([sys.executable, "-c", EACH, *FIRST], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
