"""``ghep advise`` as a person uses it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ghep.cli.app import run

ENGINE = ["--engine", "torch-float32"]


@pytest.fixture(autouse=True)
def _only_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghep.advice.candidates.at_hand", list)


@pytest.mark.slow
def test_it_says_what_to_take_and_why(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["advise", str(photos), "--backbones", small_backbone, *ENGINE]
    assert run([*command, "--cache-dir", str(tmp_path)]) == 0  # a store of its own: what other tests left says nothing
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0].startswith("take      small.json with ") and "based on" in told.out and "95 % interval" in told.out
    assert "features of train" in told.err


@pytest.mark.slow
def test_labels_of_the_test_split_change_nothing(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its examples are compared with the other splits, and their labels are not used."""
    wrong = tmp_path / "photos"
    shutil.copytree(photos, wrong)
    (wrong / "test" / "rows").rename(wrong / "test" / "others")
    (wrong / "test" / "columns").rename(wrong / "test" / "rows")
    (wrong / "test" / "others").rename(wrong / "test" / "columns")
    told = []
    for folder in (photos, wrong):
        assert run(["advise", str(folder), "--backbones", small_backbone, "--json", *ENGINE]) == 0
        told.append(json.loads(capsys.readouterr().out))
    for one in told:
        for key in ("seconds", "findings"):
            one.pop(key)
        for scored in (*one["candidates"], one["linear_control"]):
            scored.pop("seconds")
    assert told[0] == told[1]


def test_json_is_json_and_nothing_else(photos: Path, small_backbone: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["advise", str(photos), "--backbones", f"{small_backbone}, nowhere", "--json", *ENGINE]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["backbone"] == small_backbone and found["left_out"][0]["backbone"] == "nowhere"
    assert told.err == ""


@pytest.mark.slow
def test_columns_are_named_as_for_fit(tmp_path: Path, photos: Path, small_backbone: str) -> None:
    rows = [f"{path},{path.parent.name}" for path in sorted(photos.rglob("*.png"))]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["a,b", *rows]), encoding="utf-8")
    named = ["--path-column", "a", "--label-column", "b"]
    assert run(["advise", str(table), "--backbones", small_backbone, *named, *ENGINE]) == 0


def test_a_mistake_is_two_lines(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["advise", str(photos), "--backbones", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "holds no backbone" in told and "fix:" in told


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["advise", "--help"]) == 0
    assert "Example: ghep advise photos/" in " ".join(capsys.readouterr().out.split())
