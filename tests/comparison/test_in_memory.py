"""A comparison of data in memory is the comparison of the same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import ghep
from ghep.comparison.compare import Compared
from ghep.errors import ConfigError


def in_memory(photos: Path) -> dict[str, dict[str, list[Any]]]:
    files = {split: sorted((photos / split).rglob("*.png")) for split in ("train", "valid", "test")}
    return {
        split: {
            "image": [Image.open(one).convert("RGB") for one in paths],
            "label": [one.parent.name for one in paths],
        }
        for split, paths in files.items()
    }


def compared(data: Any, backbone: str, out: Path) -> Compared:
    found = ghep.compare(
        data, backbones=backbone, strategies="linear_probe", seeds=1, search=False, controls=False, jobs=2, out=out
    )
    assert isinstance(found, Compared)
    return found


@pytest.mark.slow
def test_it_is_that_of_the_same_files_and_goes_on(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    data = in_memory(photos)
    here, there = (compared(one, small_backbone, tmp_path / name) for one, name in ((data, "here"), (photos, "there")))
    scores = [one.to_frame().set_index("strategy")["accuracy"].to_dict() for one in (here, there)]
    pages = [one.report.read_text(encoding="utf-8") for one in (here, there)]
    assert pages[0].count('<ul class="near">') == pages[1].count('<ul class="near">') > 0
    assert scores[0] == pytest.approx(scores[1]) and 0.5 < scores[0]["linear_probe"] <= 1
    made = sorted((tmp_path / "here").rglob("metrics.json"))
    times = [file.stat().st_mtime_ns for file in made]
    compared(data, small_backbone, tmp_path / "here")
    assert times == [file.stat().st_mtime_ns for file in made]
    data["train"]["label"][0] = data["train"]["label"][-1]
    with pytest.raises(ConfigError, match="data have changed"):
        compared(data, small_backbone, tmp_path / "here")
