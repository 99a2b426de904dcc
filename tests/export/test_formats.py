"""OpenVINO and torch.export: the same answers as the bundle, at any batch size and length of text."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import ghep
from ghep.errors import ConfigError
from ghep.export.odd_inputs import odd_inputs
from ghep.export.runtime import load
from ghep.export.write import write_export
from ghep.model.bundle import load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.regression import Regression
from small_bert import reviews, small_bert, write_table
from tiny import tiny_backbone

ROUNDING = 1e-5
KINDS = ("openvino", "torch-export")
TASKS = (
    Classification("animal", ("ant", "bee", "cat")),
    MultiLabel("seen", ("leaf", "sky")),
    Regression("weight", 30.0, 12.0),
)


def photos(count: int) -> list[Any]:
    return list(np.random.default_rng(0).integers(0, 256, (count, 20, 24, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = TransferModel(tiny_backbone(), TASKS)
    torch.manual_seed(3)
    for head in model.heads.values():
        torch.nn.init.normal_(head.weight)
    folder = tmp_path_factory.mktemp("images") / "bundle"
    calibration = {"animal": 1.7, "seen": 0.6, "weight": 0.8}
    save_bundle(folder, model, calibration=calibration, training={}, metrics={}, card="# card")
    return folder


@pytest.fixture(scope="module", params=KINDS)
def export(request: pytest.FixtureRequest, bundle: Path) -> Path:
    return write_export(load_bundle(bundle), request.param, bundle.parent / request.param)


def assert_same(bundle: Path, folder: Path, inputs: list[Any]) -> None:
    expected, found = ghep.load(bundle, engine="torch-float32").predict(inputs), load(folder).predict(inputs)
    assert len(found) == len(expected) > 0
    for one, right in zip(found, expected, strict=True):
        assert (one.task, one.problem, one.probabilities.keys()) == (
            right.task,
            right.problem,
            right.probabilities.keys(),
        )
        assert one.probabilities == pytest.approx(right.probabilities, abs=ROUNDING)
        assert one.value == pytest.approx(right.value, abs=1e-3)
        assert right.value is not None or one.label == right.label


@pytest.mark.slow
def test_every_kind_of_task_is_answered_as_by_the_bundle(bundle: Path, export: Path) -> None:
    for count in (1, 2, 3, 8, 17):
        assert_same(bundle, export, photos(count))
    assert load(export).self_test() < ROUNDING


def test_one_call_takes_any_batch_and_gives_every_output_by_name(export: Path) -> None:
    predictor = load(export)
    for count in (1, 5, 17):
        names = ["weight.value", "features", "animal.probabilities"]
        pixels = np.random.default_rng(0).normal(size=(count, 3, 32, 32)).astype(np.float32)
        (shape,) = [one.shape[1:] for name, one in predictor.exported.self_test.items() if name == "pixels"]
        value, features, probabilities = predictor.outputs([np.resize(pixels, (count, *shape))], names)
        assert value.shape == (count,) and features.shape[0] == count
        assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.slow
def test_texts_of_any_length_are_answered_as_by_the_bundle(tmp_path: Path) -> None:
    texts, labels = reviews(60)
    data = write_table(tmp_path / "reviews.csv", text=texts, label=labels)
    run = ghep.fit(data, backbone=small_bert(tmp_path / "bert"), out=tmp_path / "run", precision="float32", workers=1)
    for kind in KINDS:
        folder = write_export(load_bundle(run.bundle), kind, tmp_path / kind)
        assert_same(run.bundle, folder, [*texts[:20], *odd_inputs("text").values()])


@pytest.mark.slow
def test_openvino_runs_without_pytorch_and_tells_nobody(bundle: Path, tmp_path: Path) -> None:
    export = write_export(load_bundle(bundle), "openvino", tmp_path / "export")
    Image.fromarray(photos(1)[0]).save(tmp_path / "x.png")
    script = (
        "import sys\n"
        "def watch(event, arguments):\n"
        "    if event.startswith(('socket.', 'urllib.', 'http.', 'subprocess.', 'os.posix_spawn', 'os.fork')):\n"
        "        print('TOLD', event, arguments, flush=True)\n"
        "sys.addaudithook(watch)\n"
        "from ghep.export.runtime import load\n"
        "assert load(sys.argv[1]).predict([sys.argv[2]])[0].label\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'timm', 'sklearn', 'scipy', 'transformers',"
        " 'openvino_telemetry', 'pandas', 'onnx'}))\n"
    )
    command = [sys.executable, "-c", script, str(export), str(tmp_path / "x.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_a_processor_without_openvino_is_refused_in_words(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghep.export.openvino_engine.is_installed", lambda: False)
    loaded = load_bundle(bundle)
    with pytest.raises(ConfigError, match="openvino is not installed"):
        write_export(loaded, "openvino", tmp_path / "out")
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(ConfigError, match=r"no pip packages for this processor \(aarch64\)"):
        write_export(loaded, "openvino", tmp_path / "out")
    assert not (tmp_path / "out").exists()
