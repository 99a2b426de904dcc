"""P1, the part behind the loader: a run beside bad files learns exactly what it learns without them."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ghep.cli.app import run as command_line
from ghep.experiment.fit import fit

BAD = {
    "zero.jpg": b"",
    "page.jpg": b"<!DOCTYPE html><html><body>404</body></html>",
    "cut.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "notes.png": b"just some text that is no picture at all",
}


@pytest.fixture
def spoiled(photos: Path, tmp_path: Path) -> Path:
    """The photos with bad files among those to train on and those to test on."""
    root = tmp_path / "stripes"
    shutil.copytree(photos, root, ignore=shutil.ignore_patterns("*.csv"))
    for split in ("train", "test"):
        for name, content in BAD.items():
            (root / split / "rows" / name).write_bytes(content)
    return root


@pytest.mark.slow
def test_the_same_weights_and_predictions_beside_bad_files(
    photos: Path, spoiled: Path, small_backbone: str, tmp_path: Path
) -> None:
    arguments = {"backbone": small_backbone, "strategy": "lp_ft", "epochs": 2, "precision": "float32", "workers": 1}
    clean = fit(photos, out=tmp_path / "clean", **arguments)
    beside = fit(spoiled, out=tmp_path / "beside", **arguments)
    expected, found = (load_file(run.bundle / "model.safetensors") for run in (clean, beside))
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert (clean.folder / "predictions.csv").read_text() == (beside.folder / "predictions.csv").read_text()
    rows = csv.DictReader((beside.folder / "quarantine.csv").read_text(encoding="utf-8").splitlines())
    assert {(row["id"], row["reason"]) for row in rows} == {
        (f"{split}/rows/{name}", reason)
        for split in ("train", "test")
        for name, reason in (
            ("zero.jpg", "empty"),
            ("page.jpg", "not-an-image"),
            ("cut.png", "truncated"),
            ("notes.png", "not-an-image"),
        )
    }


def test_strict_refuses_and_the_exit_code_says_so(spoiled: Path, small_backbone: str, tmp_path: Path) -> None:
    arguments = ["fit", str(spoiled), "-b", small_backbone, "-o", str(tmp_path / "run"), "--precision", "float32"]
    assert command_line([*arguments, "--strict"]) == 2
    assert command_line(arguments) == 0
