"""``ghep predict`` of an export, and of a running server: the same arguments and answers as for a bundle."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from ghep.cli.app import run
from ghep.export.write import write_export
from ghep.model.bundle import load_bundle, save_bundle
from ghep.tasks.classification import Classification
from serving import png, serving, text_predictor, tiny_predictor

TASK = Classification("label", ("ant", "bee", "cat"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "bundle"
    model = tiny_predictor(TASK).model
    save_bundle(folder, model, calibration={"label": 1.0}, training={}, metrics={}, card="# card")
    return folder


@pytest.fixture(scope="module")
def export(bundle: Path) -> Path:
    return write_export(load_bundle(bundle), "onnx", bundle.parent / "export")


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    for place in range(3):
        (tmp_path / f"{place}.png").write_bytes(png(place))
    (tmp_path / "3.png").write_bytes(b"<html>")
    return [str(tmp_path / f"{place}.png") for place in range(4)]


def answers(capsys: pytest.CaptureFixture[str], *arguments: str, code: int) -> list[tuple[object, ...]]:
    assert run(["predict", *arguments, "--json"]) == code, capsys.readouterr().err
    rows = json.loads(capsys.readouterr().out)
    return [
        (row["input"], row["task"], row["label"], row["problem"], row["probability"] and round(row["probability"], 4))
        for row in rows
    ]


@pytest.mark.slow
def test_an_export_and_a_server_answer_as_the_bundle_does(
    bundle: Path, export: Path, photos: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    expected = answers(capsys, str(bundle), *photos, code=1)
    assert len({row[2] for row in expected}) > 1 and "not-an-image" in str(expected[3][3])
    assert answers(capsys, str(export), *photos, code=1) == expected
    with serving(tiny_predictor(TASK)) as server:
        assert answers(capsys, server.address, *photos, code=1) == expected
        assert answers(capsys, f"{server.address}/", str(Path(photos[0]).parent), code=1) == expected


def test_an_engine_is_only_for_bundles(export: Path, photos: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["predict", str(export), photos[0], "--engine", "auto"]) == 2
    assert "is an export, which has its own engine" in capsys.readouterr().err
    assert run(["predict", "http://127.0.0.1:1", photos[0], "--engine", "auto"]) == 2
    assert "the server has chosen its engine" in capsys.readouterr().err


@pytest.mark.slow
def test_texts_and_lines_are_sent_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lines.txt").write_text("good film\n\nbad 🦊 film\n", encoding="utf-8")
    with serving(text_predictor(tmp_path / "bert")) as server:
        rows = answers(capsys, server.address, str(tmp_path / "lines.txt"), "--lines", code=1)
    assert [bool(row[2]) for row in rows] == [True, False, True]
    assert "empty" in str(rows[1][3])


def test_no_server_a_wrong_token_and_another_server_are_told(
    photos: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert run(["predict", f"http://127.0.0.1:{port}", photos[0]]) == 2
    assert "no server answers" in capsys.readouterr().err
    with serving(tiny_predictor(TASK), token="secret") as server:
        assert run(["predict", server.address, photos[0]]) == 2
        assert "it expects a token" in capsys.readouterr().err
        monkeypatch.setenv("GHEP_TOKEN", "other")
        assert run(["predict", server.address, photos[0]]) == 2
        assert "another token" in capsys.readouterr().err
        monkeypatch.setenv("GHEP_TOKEN", "secret")
        assert run(["predict", server.address, photos[0]]) == 0
    for wrong in ("http://", "http://host:port", "http://me:secret@host:1"):
        assert run(["predict", wrong, photos[0]]) == 2
        assert "is not the address of a server" in capsys.readouterr().err


def test_a_file_that_is_too_large_costs_the_others_nothing(
    tmp_path: Path, photos: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "large.png").write_bytes(png(9, (64, 64)))
    with serving(tiny_predictor(TASK), max_body=4000) as server:
        rows = answers(capsys, server.address, photos[0], str(tmp_path / "large.png"), photos[1], code=1)
    assert [bool(row[2]) for row in rows] == [True, False, True]
    assert "4,000" in str(rows[1][3]) or "too" in str(rows[1][3])
