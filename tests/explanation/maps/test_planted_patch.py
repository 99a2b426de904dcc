"""The central claim: where a class is a patch and nothing else, the map of that class peaks inside the patch."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared"


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "data" / "imagenet-sample").is_dir(), reason="needs the shared data")
def test_the_map_of_a_fine_tuned_network_peaks_inside_the_patch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("bench_maps", ROOT / "benchmarks" / "maps.py")
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    weights, photos = SHARED / "weights" / "resnet20.cifar10.safetensors", SHARED / "data" / "imagenet-sample"
    given = ["--backbone", str(weights), "--strategy", "full", "--photos", "0", "--planted", "40"]
    monkeypatch.setattr(sys, "argv", ["maps", str(photos), *given, "--out", str(tmp_path)])
    bench.main()
    found = re.search(r"planted patch, (\d+) photos: peak inside on (\d+)", capsys.readouterr().out)
    assert found is not None and int(found[2]) >= 0.95 * int(found[1]) > 30
