"""A comparison's verdict, from pictures to sentence, where the truth is known."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTS = ("blind", "winner")


@pytest.mark.slow
def test_the_verdict_is_the_planted_one(tmp_path: Path) -> None:
    """Twenty draws of each plant by hand: scripts/bench planted."""
    file = ROOT / "benchmarks" / "planted.py"
    words = [sys.executable, "-W", "error", str(file), "--draws", "1", "--plants", ";".join(PLANTS)]
    done = subprocess.run([*words, "--out", str(tmp_path)], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    with (tmp_path / "planted.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["plant"], row["right"]) for row in csv.DictReader(lines)]
    assert sorted(rows) == sorted((plant, "True") for plant in PLANTS)
