"""The strategies of a comparison are attacked with the same photos, one row each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ghep
from ghep.cli.app import run
from ghep.errors import ConfigError
from ghep.explanation.attack.fragility import attack_runs


@pytest.fixture(scope="module")
def comparison(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs as a comparison leaves them: two strategies, one of them with two seeds, one run without."""
    folder = tmp_path_factory.mktemp("comparison")
    for strategy, seed in (("linear_probe", 0), ("full", 0), ("full", 1), ("random_features", 0)):
        out = folder / "runs" / f"{strategy}--small--seed-{seed}"
        more = {"epochs": 1, "strategy": "full"} if strategy == "full" else {"strategy": "linear_probe"}
        ghep.fit(photos, backbone=small_backbone, seed=seed, out=out, control=False, **more)
    (folder / "runs" / "lora--small--seed-0").mkdir()
    return folder


def test_a_row_for_each_strategy(
    comparison: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(one) for one in sorted((photos / "test").rglob("*.png"))[::5]]
    words = ["attack", "--runs", str(comparison), *files, "--epsilon", "48/255", "--steps", "10", "--checked", "1"]
    assert run([*words, "-o", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["strategy"]: row for row in found["rows"]}
    assert rows.keys() == {"linear_probe", "full", "random_features"}
    assert (rows["full"]["bundles"], rows["full"]["n"]) == (2, 8) and rows["linear_probe"]["n"] == 4
    for row in rows.values():
        assert 0 <= row["reached"] <= row["n"] and row["low"] <= row["reached"] / row["n"] <= row["high"]
        assert row["reached"], "any of these networks gives way within 48/255"
    assert "linear_probe" in (tmp_path / "out" / "page.html").read_text(encoding="utf-8")


def test_distances_are_compared_where_a_bound_says_nothing(comparison: Path, photos: Path) -> None:
    files = sorted((photos / "test").rglob("*.png"))[::10]
    found = attack_runs(comparison, files, method="cw", steps=60, checked=0)
    far = [float("inf") if row.distance is None else row.distance for row in found.rows]
    assert far == sorted(far, reverse=True) and 0 < far[-1] < float("inf")
    assert "distance" in found.lead()


def test_a_folder_without_bundles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run with a bundle"):
        attack_runs(tmp_path, ["x.png"])
