"""``ghep export --to web`` writes a folder whose answers were compared with the bundle's, or nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.export.test_onnx import TASKS, tiny_bundle

import ghep
from ghep.errors import ConfigError
from ghep.export.formats import export_bundle
from ghep.export.web import build
from ghep.storage.folder import MANIFEST
from small_bert import reviews, small_bert, write_table

FILES = {"index.html", "standalone.html", "app.js", "page.css", "settings.json", "model.onnx", "runtime.wasm"}
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("images") / "ants", *TASKS)


@needs_node
@pytest.mark.slow
def test_images_of_several_tasks(bundle: Path, libraries: Path, photos: Path) -> None:
    export = export_bundle(bundle, "web", runtime=libraries)
    assert export.folder == bundle.with_name("ants-web")
    assert {path.name for path in export.folder.iterdir()} == FILES | {
        "parity.json",
        "licences.txt",
        "README.md",
        MANIFEST,
    } | {"labels.json"}
    odd = export.parity["compared"][-1]
    assert odd["inputs"] == "odd" and odd["equal_labels"] == odd["n"] > 20
    assert json.loads((export.folder / "parity.json").read_text("utf-8")) == export.parity
    assert "onnxruntime-web" in (export.folder / "licences.txt").read_text("utf-8")


@needs_node
@pytest.mark.slow
@pytest.mark.parametrize("truncate", ["head", "head+tail"])
def test_texts_on_their_test_split(truncate: str, libraries: Path, tmp_path: Path) -> None:
    texts, labels = reviews(60)
    data = write_table(tmp_path / "reviews.csv", text=texts, label=labels)
    backbone = small_bert(tmp_path / "bert")
    run = ghep.fit(data, backbone=backbone, out=tmp_path / "run", workers=1, truncate=truncate, max_length=12)
    export = export_bundle(run.bundle, "web", runtime=libraries)
    split, odd = export.parity["compared"]
    assert split["inputs"] == "test" and split["equal_labels"] == split["n"] > 0
    assert odd["equal_labels"] == odd["n"] > 20


@needs_node
@pytest.mark.slow
def test_other_answers_are_refused_and_nothing_is_written(
    bundle: Path, libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = build.modules

    def wrong(libraries: Any) -> dict[str, str]:
        made = right(libraries)
        # Transparent pixels become black: no pixel of the self-test is transparent.
        return {**made, "image": made["image"].replace("255 * (255 - alpha) * 128", "0")}

    monkeypatch.setattr(build, "modules", wrong)
    with pytest.raises(ConfigError, match="does not answer as the bundle does"):
        export_bundle(bundle, "web", runtime=libraries, out=tmp_path / "web")
    assert not (tmp_path / "web").exists()


@pytest.mark.slow
def test_without_node_the_export_says_that_nothing_was_compared(
    bundle: Path, libraries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    export = export_bundle(bundle, "web", runtime=libraries, out=tmp_path / "web")
    assert export.parity["compared"] == [] and "not compared" in export.lines[-1]


@pytest.mark.slow
def test_the_page_of_one_file_asks_for_nothing(bundle: Path, libraries: Path, tmp_path: Path) -> None:
    page = build.web_files(ghep.load(bundle).bundle, "ants", runtime=libraries)["standalone.html"].decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    allowed = dict(part.strip().split(" ", 1) for part in policy[1].replace("&#39;", "'").split(";"))
    assert allowed["default-src"] == "'none'" and "connect-src" not in allowed and "unsafe-inline" not in policy[1]
    assert not re.search(r'(?:src|href)="(?!data:)', page)
