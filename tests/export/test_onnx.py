"""An ONNX export answers as the bundle does, for every kind of task, at any batch size, without PyTorch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

import ghep
from ghep.errors import BundleError, ConfigError
from ghep.export.exported import is_export
from ghep.export.onnx import OPSET
from ghep.export.predictor import Predictor
from ghep.export.runtime import load
from ghep.export.write import write_export
from ghep.model.bundle import load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from ghep.storage.folder import MANIFEST, write_folder
from ghep.tasks.base import Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.regression import Regression
from small_bert import reviews, small_bert, write_table
from tiny import tiny_backbone

ROUNDING = 1e-5
TASKS = (
    Classification("animal", ("ant", "bee", "cat")),
    MultiLabel("seen", ("leaf", "sky")),
    Rating("stars", ("1", "2", "3")),
    Regression("weight", 30.0, 12.0),
)
CALIBRATION = {"animal": 1.7, "seen": 0.6, "stars": 2.5, "weight": 0.8}


def photos(count: int, seed: int = 0) -> list[Any]:
    return list(np.random.default_rng(seed).integers(0, 256, (count, 20, 24, 3), dtype=np.uint8))


def tiny_bundle(folder: Path, *tasks: Task) -> Path:
    model = TransferModel(tiny_backbone(), tasks)
    torch.manual_seed(3)
    for head in model.heads.values():
        torch.nn.init.normal_(head.weight)
    save_bundle(
        folder,
        model,
        calibration={one.name: CALIBRATION[one.name] for one in tasks},
        training={},
        metrics={},
        card="# card",
    )
    return folder


def exported(folder: Path, bundle: Path) -> Path:
    return write_export(load_bundle(bundle), "onnx", folder)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("images") / "bundle", *TASKS)


@pytest.fixture(scope="module")
def export(bundle: Path) -> Path:
    return exported(bundle.parent / "export", bundle)


def assert_same(predictor: Predictor, folder: Path, inputs: list[Any]) -> None:
    expected, found = predictor.predict(inputs), load(folder).predict(inputs)
    assert len(found) == len(expected) > 0
    for one, right in zip(found, expected, strict=True):
        assert (one.input, one.task, one.problem) == (right.input, right.task, right.problem)
        if right.value is None:
            assert one.label == right.label
            assert one.probabilities == pytest.approx(right.probabilities, abs=ROUNDING)
        else:
            assert one.value is not None and one.interval is not None and right.interval is not None
            assert one.value == pytest.approx(right.value, abs=1e-3)
            assert one.interval.low == pytest.approx(right.interval.low, abs=2e-3)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 17])
def test_every_kind_of_task_is_answered_as_by_the_bundle_at_any_batch_size(
    bundle: Path, export: Path, count: int
) -> None:
    assert_same(ghep.load(bundle), export, photos(count))


def test_a_bad_image_says_why_and_costs_the_others_nothing(bundle: Path, export: Path, tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html></html>", encoding="utf-8")
    assert_same(ghep.load(bundle), export, [photos(1)[0], tmp_path / "page.jpg", photos(1)[0]])


def test_the_file_is_one_and_readable_by_old_runtimes(export: Path) -> None:
    assert sorted(path.name for path in export.glob("model*")) == ["model.onnx"]
    model = onnx.load(export / "model.onnx")
    assert [one.version for one in model.opset_import if not one.domain] == [OPSET]
    onnx.checker.check_model(model)


def test_probabilities_in_the_graph_have_the_temperature_inside(bundle: Path, export: Path) -> None:
    predictor = load(export)
    arrays = predictor.preprocess.arrays(
        [
            predictor.preprocess.view(one, None, None)
            for one in predictor.prepare(photos(2))
            if isinstance(one, np.ndarray)
        ]
    )
    names = ["animal.probabilities", "seen.probabilities", "weight.value", "features"]
    animal, seen, weight, features = predictor.outputs(arrays, names)
    expected = ghep.load(bundle)
    assert animal == pytest.approx(expected.predict_proba(photos(2), task="animal"), abs=ROUNDING)
    assert seen == pytest.approx(expected.predict_proba(photos(2), task="seen"), abs=ROUNDING)
    values = [one.value for one in expected.predict(photos(2)) if one.task == "weight"]
    assert weight == pytest.approx(np.array(values), abs=1e-3)
    assert features.shape == (2, expected.model.backbone.feature_dim)


def test_one_task_has_plain_output_names(tmp_path: Path) -> None:
    folder = exported(tmp_path / "export", tiny_bundle(tmp_path / "bundle", TASKS[0]))
    outputs = [one.name for one in onnx.load(folder / "model.onnx").graph.output]
    assert outputs == ["logits", "probabilities", "features"]


def test_texts_of_any_length_are_answered_as_by_the_bundle(tmp_path: Path) -> None:
    texts, labels = reviews(60)
    data = write_table(tmp_path / "reviews.csv", text=texts, label=labels)
    run = ghep.fit(data, backbone=small_bert(tmp_path / "bert"), out=tmp_path / "run", precision="float32", workers=1)
    folder = exported(tmp_path / "export", run.bundle)
    odd = ["😀 🦊", "世界 好", "", " ", "good " * 3000, "\x00", "a"]
    assert_same(ghep.load(run.bundle), folder, [*texts[:20], *odd])


def test_the_runtime_loads_no_pytorch_and_no_training_library(export: Path, tmp_path: Path) -> None:
    Image.fromarray(photos(1)[0]).save(tmp_path / "x.png")
    script = (
        "import sys; from ghep.export.runtime import load\n"
        "p = load(sys.argv[1]); p.self_test(); assert p.predict([sys.argv[2]])[0].label\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'timm', 'sklearn', 'scipy', 'transformers',"
        " 'torchvision', 'matplotlib', 'pyarrow', 'pandas', 'typer', 'onnx'}))\n"
    )
    command = [sys.executable, "-c", script, str(export), str(tmp_path / "x.png")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


def test_a_graph_that_computes_something_else_fails_its_self_test(export: Path, tmp_path: Path) -> None:
    assert load(export).self_test() < ROUNDING
    with write_folder(tmp_path / "changed") as folder:
        for path in export.iterdir():
            if path.name != MANIFEST:
                (folder / path.name).write_bytes(path.read_bytes())
        model = onnx.load(folder / "model.onnx")
        head = next(one for one in model.graph.initializer if one.dims == [3] or list(one.dims) == [3])
        head.raw_data = (np.frombuffer(head.raw_data, dtype=np.float32) + 1).tobytes()
        onnx.save(model, folder / "model.onnx")
    with pytest.raises(ConfigError, match="computes other logits on this machine"):
        load(tmp_path / "changed").self_test()


def test_outputs_that_are_nan_fail_the_self_test(export: Path) -> None:
    predictor = load(export)
    run = predictor.run
    predictor.run = lambda arrays, names: [one + np.float32("nan") for one in run(arrays, names)]
    with pytest.raises(ConfigError, match="computes other logits on this machine"):
        predictor.self_test()


def test_a_damaged_export_is_refused(export: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in export.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "labels.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BundleError, match=r"labels\.json"):
        load(copy)
    with pytest.raises(BundleError, match="is not a folder"):
        load(tmp_path / "none")


@pytest.mark.parametrize(
    "change",
    [
        {"columns": None},
        {"features": ()},  # left out
        {"graph": ["other.onnx"]},
        {"graph": ["labels.json"]},
        {"kind": "openvino"},
        {"tasks": [TASKS[0].to_json() | {"name": "other"}]},
    ],
)
def test_a_description_that_ghep_did_not_write_is_refused(export: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    with write_folder(tmp_path / "forged") as folder:
        for path in export.iterdir():
            if path.name not in (MANIFEST, "export.json"):
                (folder / path.name).write_bytes(path.read_bytes())
        described = {**json.loads((export / "export.json").read_text(encoding="utf-8")), **change}
        told = {name: value for name, value in described.items() if value != ()}
        (folder / "export.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BundleError):
        load(tmp_path / "forged")


def test_a_graph_that_the_engine_cannot_run_is_refused(export: Path, tmp_path: Path) -> None:
    with write_folder(tmp_path / "forged") as folder:
        for path in export.iterdir():
            if path.name != MANIFEST:
                (folder / path.name).write_bytes(path.read_bytes())
        (folder / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(BundleError, match="cannot be loaded or run"):
        load(tmp_path / "forged")


def test_an_unknown_format_is_refused_with_a_hint(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='cannot export to "onxx"'):
        write_export(load_bundle(bundle), "onxx", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_export_says_what_it_was_made_from(export: Path) -> None:
    assert is_export(export)
    described = json.loads((export / "export.json").read_text(encoding="utf-8"))
    assert described["temperatures"] == {"animal": 1.7, "seen": 0.6, "stars": 2.5}
    assert described["half_widths"] == {"weight": 0.8}
    assert {"numpy", "pillow", "onnxruntime"} <= described["libraries"].keys()
