"""``ghep check --labels``: a table, a list and a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghep.cli.app import run


@pytest.mark.slow
def test_it_writes_a_list_and_a_page(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = photos / "train" / "rows" / "000.png"
    data = tmp_path / "data"
    for kind, other in (("rows", "columns"), ("columns", "rows")):
        (data / kind).mkdir(parents=True, exist_ok=True)
        (data / other).mkdir(exist_ok=True)
        for number, file in enumerate(sorted(photos.glob(f"*/{kind}/*.png"))):
            (data / (other if file == wrong else kind) / f"{kind}{number}.png").write_bytes(file.read_bytes())
    out = tmp_path / "out"
    command = ["check", str(data), "--labels", "--backbone", small_backbone, "--out", str(out)]
    assert run(command) in (0, 1)
    said = capsys.readouterr().out
    assert f"page      {out / 'suspects.html'}" in said and "found by any method" in said
    listed = (out / "suspects.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert any(line.startswith("columns/rows") and ",columns,rows," in line for line in listed)
    assert 'src="data:image/jpeg;base64,' in (out / "suspects.html").read_text(encoding="utf-8")
    assert run(command) == 2 and "is not empty" in capsys.readouterr().err
    assert run([*command, "--overwrite", "--json"]) in (0, 1)
    labels = json.loads(capsys.readouterr().out)["labels"]
    assert labels["tasks"][0]["judged"] == 100 and labels["page"] == str(out / "suspects.html")


def test_its_flags_need_labels(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(photos), "--backbone", "efficientnet-lite0", "--overwrite"]) == 2
    assert "--backbone and --overwrite have no effect without --labels" in capsys.readouterr().err
