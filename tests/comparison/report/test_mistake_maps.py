"""The worst mistakes of the recommended contender have maps where a model was kept."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from types import SimpleNamespace

from PIL import Image

import ghep
from ghep.comparison.report.mistake_maps import mistake_maps


def test_mistakes_have_the_map_of_the_wrong_answer_and_the_runner_up(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    bundle = Path(ghep.fit(photos, backbone=small_backbone, out=tmp_path / "run").bundle)
    run, file = SimpleNamespace(bundle=bundle), str(photos / "test" / "rows" / "000.png")
    found = mistake_maps([SimpleNamespace(bundle=None), run], "label", {file: "columns"})[file]  # type: ignore[list-item]
    assert found.runner_up == "rows" and abs(found.probability + found.second - 1) < 1e-6
    with Image.open(io.BytesIO(base64.b64decode(found.image.partition(",")[2]))) as image:
        assert image.size == (40, 40)
    assert mistake_maps([SimpleNamespace(bundle=None)], "label", {file: "columns"}) == {}  # type: ignore[list-item]
    assert mistake_maps([run], "label", {file: "no such class"}) == {}  # type: ignore[list-item]
