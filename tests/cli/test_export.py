"""``ghep export``: a bundle in, a folder out that answers as the bundle does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghep.cli.app import run
from ghep.export.runtime import load
from ghep.model.bundle import save_bundle
from ghep.model.transfer import TransferModel
from ghep.tasks.classification import Classification
from tiny import tiny_backbone


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "bundle"
    model = TransferModel(tiny_backbone(), (Classification("animal", ("ant", "bee")),))
    save_bundle(folder, model, calibration={"animal": 1.5}, training={}, metrics={}, card="# card")
    return folder


@pytest.mark.slow
def test_a_bundle_is_exported_next_to_itself(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(bundle), "--to", "onnx"]) == 0
    folder = bundle.with_name("bundle-onnx")
    assert f"onnx: {folder} (" in capsys.readouterr().out
    assert load(folder).classes() == ("ant", "bee")


@pytest.mark.slow
def test_out_and_json(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(bundle), "--to", "onnx", "--out", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["to"], told["folder"]) == ("onnx", str(tmp_path / "out"))
    assert told["bytes"] == sum(path.stat().st_size for path in (tmp_path / "out").iterdir())


def test_an_unknown_format_and_a_folder_of_others_are_refused(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(bundle), "--to", "onxx"]) == 2
    assert 'ghep cannot export to "onxx"' in capsys.readouterr().err
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert run(["export", str(bundle), "--to", "onnx", "--out", str(tmp_path)]) == 2
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.parametrize("kind", ["onnx", "hf", "web"])
def test_a_bundle_is_never_replaced(bundle: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in bundle.iterdir()}
    assert run(["export", str(bundle), "--to", kind, "--out", str(bundle)]) == 2
    assert "not an export" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in bundle.iterdir()} == before


@pytest.mark.slow
def test_an_older_export_is_replaced(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for _ in range(2):
        assert run(["export", str(bundle), "--to", "onnx", "--out", str(tmp_path / "out")]) == 0
    assert load(tmp_path / "out").classes() == ("ant", "bee")


def test_the_folder_of_a_run_is_refused_and_the_bundle_named(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(bundle.parent), "--to", "onnx"]) == 2
    assert str(bundle) in capsys.readouterr().err


def test_int8_without_the_data_of_the_run_is_refused(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["export", str(bundle), "--to", "onnx", "--int8", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "these examples were not found" in said and "without --int8" in said
    assert not out.exists()
