"""Run the JavaScript of exports in Node.js; tests without it are skipped."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import ghep.export

SCRIPTS = Path(ghep.export.__file__).parent / "web"


def node(script: str, *arguments: object) -> str:
    """Run an ES module, whose imports of ``web/x.js`` are files of ghep, and return what it printed."""
    path = shutil.which("node")
    if path is None:
        pytest.skip("no node")
    source = script.replace('from "web/', f'from "{SCRIPTS.as_uri()}/')
    command = [path, "--input-type=module", "-", *map(str, arguments)]
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout
