"""The worst mistakes of the recommended contender have maps where a model was kept."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

import ghep
from ghep.comparison.report.mistake_maps import mistake_maps
from ghep.errors import ConfigError
from ghep.explanation.subject import subject_of


def test_mistakes_have_the_map_of_the_wrong_answer_and_the_runner_up(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    subject = subject_of(Path(ghep.fit(photos, backbone=small_backbone, out=tmp_path / "run").bundle))
    file, broken = str(photos / "test" / "rows" / "000.png"), tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    found = mistake_maps(subject, {file: "columns", str(broken): "columns"})
    assert list(found) == [file]
    assert found[file].runner_up == "rows" and abs(found[file].probability + found[file].second - 1) < 1e-6
    with Image.open(io.BytesIO(base64.b64decode(found[file].image.partition(",")[2]))) as image:
        assert image.size == (40, 40)
    with pytest.raises(ConfigError, match="no such class"):
        mistake_maps(subject, {file: "no such class"})
