"""An export in int8 is written only if it is as accurate on valid and faster; otherwise it is refused with numbers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from ghep.errors import ConfigError
from ghep.export import quantise
from ghep.export.formats import export_bundle
from ghep.export.int8_variants import variants
from ghep.export.quantise import FASTER, LEAST, LOSS, Speed, measured, quantised
from ghep.export.runtime import CLOSE, ExportedPredictor, load
from ghep.export.write import write_export
from ghep.metrics.paired import tango
from ghep.model.bundle import load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.regression import Regression
from ghep.types import Example
from small_bert import reviews, small_bert
from tiny import tiny_backbone

ANIMAL = Classification("animal", ("ant", "bee"))
QUICK, SLOW = Speed(1.8, 1.7, 1.9), Speed(1.05, 0.9, 1.2)
Splits = dict[str, list[Example]]


def saved(folder: Path, *tasks: Task) -> Path:
    model = TransferModel(tiny_backbone(), tasks)
    for place, head in enumerate(model.heads.values()):
        rng = np.random.default_rng(place)
        head.weight.data = head.weight.data.new_tensor(rng.normal(size=head.weight.shape))
    save_bundle(folder, model, calibration={one.name: 1.0 for one in tasks}, training={}, metrics={}, card="# card")
    return folder


def exported(folder: Path, *tasks: Task) -> ExportedPredictor:
    return load(write_export(load_bundle(saved(folder / "bundle", *tasks)), "onnx", folder / "export"))


def images(count: int, *, low: int = 0, high: int = 256) -> list[np.ndarray]:
    """Return images of one colour each, with some noise."""
    rng = np.random.default_rng(5)
    colours = rng.integers(low, high, (count, 1, 1, 3))
    return list((colours + rng.integers(-9, 10, (count, 16, 16, 3))).clip(low, high - 1).astype(np.uint8))


def answered(export: ExportedPredictor, raws: Sequence[Any]) -> list[Example]:
    """Return an example of each of ``raws``; its labels are the answers of ``export``."""
    found = export.predict(list(raws))
    labels: list[dict[str, str]] = [{} for _ in raws]
    for place, one in enumerate(found):
        labels[place // len(export.tasks)][one.task] = str(one.label)
    return [Example(str(place), raw, told) for place, (raw, told) in enumerate(zip(raws, labels, strict=True))]


def clear(export: ExportedPredictor, count: int) -> list[Example]:
    """Return ``count`` images of whose class ``export`` is surest."""
    raws = images(2 * count)
    sure = export.predict_proba(raws).max(axis=1)
    return answered(export, [raws[place] for place in np.argsort(-sure)[:count]])


def surest(export: ExportedPredictor, raws: Sequence[Any]) -> Example:
    """Return an example of the input of whose class ``export`` is surest."""
    return answered(export, raws)[int(np.argmax(export.predict_proba(raws).max(axis=1)))]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> ExportedPredictor:
    return exported(tmp_path_factory.mktemp("one"), ANIMAL)


@pytest.fixture(scope="module")
def splits(export: ExportedPredictor) -> Splits:
    few = answered(export, images(40))
    return {"train": few, "valid": clear(export, LEAST + 5), "test": few[:5]}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    timed(monkeypatch, {})


def timed(monkeypatch: pytest.MonkeyPatch, speeds: Mapping[str, Speed], others: Speed = QUICK) -> None:
    """Set what timing gives: of the variants named in ``speeds``, and of the ``others``."""
    monkeypatch.setattr(quantise, "speed_ratios", lambda each, _: {name: speeds.get(name, others) for name in each})


def inverted(export: ExportedPredictor) -> bytes:
    """Return the graph of ``export`` with the opposite answers: its head is negated."""
    model = onnx.load_model_from_string(export.exported.files["model.onnx"])
    (head,) = [one for one in model.graph.node if "logits" in one.output]
    for one in model.graph.initializer:
        if one.name in head.input[1:]:
            one.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(one), one.name))
    return model.SerializeToString()


def known(monkeypatch: pytest.MonkeyPatch, splits: Splits) -> None:
    """Let the run have these examples, and compare answers on their test split only."""
    monkeypatch.setattr("ghep.export.formats.run_data", lambda *_: splits)
    monkeypatch.setattr("ghep.export.write.odd_inputs", lambda *_, **__: {})


def planted(monkeypatch: pytest.MonkeyPatch, graphs: Mapping[str, bytes]) -> None:
    monkeypatch.setattr(quantise, "variants", lambda *_: dict(graphs))


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_an_export_in_int8_says_what_it_cost_and_what_it_brought(
    export: ExportedPredictor, splits: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, splits)
    done = export_bundle(export.exported.folder.with_name("bundle"), out=tmp_path / "out", int8=True)
    told = json.loads((tmp_path / "out" / "export.json").read_text(encoding="utf-8"))["int8"]
    assert told == done.int8 == done.to_json()["int8"]
    score = told["tasks"]["animal"]
    assert score["n"] == len(splits["valid"]) and -LOSS <= score["low"] <= score["difference"] <= score["high"]
    assert told["faster"] == {"median": 1.8, "low": 1.7, "high": 1.9}
    assert told["bytes"] == (tmp_path / "out" / "model.onnx").stat().st_size
    assert told["in_a_batch"] < CLOSE < told["tolerance"]
    assert told["calibrated_on"] == 40 and len(told["variants"]) == 3
    assert {one["variant"] for one in told["variants"]} > {told["variant"]}
    parity = json.loads((tmp_path / "out" / "parity.json").read_text(encoding="utf-8"))
    assert parity["limit"] is None and parity["float32"]["limit"] == 1e-4
    assert parity["compared"][0]["largest_difference"] > 1e-4 > parity["float32"]["compared"][0]["largest_difference"]
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "8-bit integers" in card and done.lines[0] in card and "1.80 times as fast" in done.lines[0]
    ops = {one.op_type for one in onnx.load(tmp_path / "out" / "model.onnx").graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= ops

    script = (
        "import sys\nimport numpy as np\nfrom ghep.export.runtime import load\n"
        "export = load(sys.argv[1])\nexport.self_test()\n"
        "assert export.predict([np.zeros((16, 16, 3), np.uint8)])[0].label\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'timm', 'sklearn', 'scipy', 'onnx'}))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "out")]
    assert subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip() == "[]"


def test_float32_exports_say_that_they_are(export: ExportedPredictor) -> None:
    assert export.exported.description["int8"] is None
    assert "8-bit" not in (export.exported.folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick")
def test_a_variant_that_answers_otherwise_is_refused_with_its_numbers(
    export: ExportedPredictor, splits: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, {"planted": inverted(export)})
    known(monkeypatch, splits)
    with pytest.raises(ConfigError, match=rf"planted.* on {LEAST + 5} valid examples −100\.0 points") as caught:
        export_bundle(export.exported.folder.with_name("bundle"), out=tmp_path / "out", int8=True)
    assert "without --int8" in str(caught.value.remedy) and "\n" not in caught.value.cause
    assert not (tmp_path / "out").exists()


def test_a_variant_that_is_not_faster_is_refused(
    export: ExportedPredictor, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, {"same": export.exported.files["model.onnx"]})
    timed(monkeypatch, {}, SLOW)
    with pytest.raises(ConfigError, match=rf"1\.05 times as fast as float32 \(quartiles 0\.90 to 1\.20; {FASTER}"):
        quantised(export, splits)


def test_of_the_variants_the_one_that_passes_both_is_taken(
    export: ExportedPredictor, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = export.exported.files["model.onnx"]
    planted(monkeypatch, {"wrong": inverted(export), "slow": same, "right": same})
    timed(monkeypatch, {"slow": SLOW, "wrong": Speed(9.0, 9.0, 9.0)})
    assert quantised(export, splits)[1].name == "right"


def test_ranges_are_those_of_train(export: ExportedPredictor, monkeypatch: pytest.MonkeyPatch) -> None:
    timed(monkeypatch, {})
    grey, wide = images(20, low=110, high=140), images(20)  # normalised: within ±0.6, and up to ±2
    (first, *_) = measured(export, answered(export, grey), answered(export, wide))
    assert 0.2 < widest(first.graph) < 0.7
    (first, *_) = measured(export, answered(export, wide), answered(export, grey))
    assert widest(first.graph) > 3


def widest(graph: bytes) -> float:
    """Return the range of ``pixels`` in a graph in int8."""
    model = onnx.load_model_from_string(graph)
    (node,) = [one for one in model.graph.node if one.op_type == "QuantizeLinear" and one.input[0] == "pixels"]
    (scale,) = [one for one in model.graph.initializer if one.name == node.input[1]]
    return 255 * float(numpy_helper.to_array(scale))


@pytest.mark.usefixtures("quick")
def test_each_of_several_tasks_has_to_keep_its_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = exported(tmp_path, Regression("weight", 30.0, 12.0), MultiLabel("seen", ("leaf", "sky")))
    splits = {"train": answered(export, images(20)), "valid": answered(export, images(LEAST))}
    for one in splits["valid"]:
        assert isinstance(one.labels, dict)
        one.labels["weight"] = str(float(one.labels["weight"]) + float(one.id) % 3)
    same = export.exported.files["model.onnx"]
    planted(monkeypatch, {"same": same})
    best = quantised(export, splits)[1]
    assert set(best.scores) == {"weight", "seen"} and best.scores["weight"].difference == pytest.approx(0, abs=1e-6)
    model = onnx.load_model_from_string(same)
    (head,) = [one for one in model.graph.node if "weight.logits" in one.output]
    for one in model.graph.initializer:
        if one.name == head.input[2]:
            one.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(one) + 0.5, one.name))
    planted(monkeypatch, {"shifted": model.SerializeToString()})
    with pytest.raises(ConfigError, match='"weight" on'):
        quantised(export, splits)


def test_what_cannot_be_measured_is_refused(export: ExportedPredictor, splits: Splits, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="were not found"):
        quantised(export, {})
    with pytest.raises(ConfigError, match="were not found"):
        quantised(export, {"valid": splits["valid"]})
    with pytest.raises(ConfigError, match="were not found"):
        quantised(export, {**splits, "valid": [Example("x", images(1)[0], {})]})
    few = splits["valid"][: LEAST - 1]
    with pytest.raises(ConfigError, match=rf"takes {LEAST} examples .* valid has {LEAST - 1}"):
        quantised(export, {**splits, "valid": few})
    bundle = export.exported.folder.with_name("bundle")
    record = bundle.parent / "config.json"
    record.write_text(json.dumps({"options": {"refit": True}}), encoding="utf-8")
    with pytest.raises(ConfigError, match="fitted on valid too"):
        export_bundle(bundle, out=tmp_path / "out", int8=True)
    record.unlink()
    with pytest.raises(ConfigError, match="--int8 is for onnx, not for openvino"):
        export_bundle(bundle, "openvino", out=tmp_path / "out", int8=True)
    assert not (tmp_path / "out").exists()


def test_the_least_number_of_examples_is_that_of_the_interval() -> None:
    assert tango(0, 0, LEAST).low >= -LOSS > tango(0, 0, LEAST - 1).low


@pytest.mark.usefixtures("quick")
def test_the_self_test_is_of_the_graph_in_int8_with_a_tolerance(
    export: ExportedPredictor, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = quantised(export, splits)
    assert made.self_test() == pytest.approx(0, abs=1e-6)
    stored = made.exported.self_test
    size = max(1.0, float(np.abs(stored["expected.logits"]).max()))
    assert np.abs(stored["expected.logits"] - export.exported.self_test["expected.logits"]).max() > CLOSE
    tolerance = made.exported.description["int8"]["tolerance"]
    compute = made.outputs
    for by, passes in [(0.5 * tolerance, True), (1.5 * tolerance, False)]:
        monkeypatch.setattr(made, "outputs", lambda *given, by=by: [one + by * size for one in compute(*given)])
        if passes:
            made.self_test()
        else:
            with pytest.raises(ConfigError, match=r"the int8 graph in .* than where it was exported"):
                made.self_test()


def test_speeds_are_ratios_of_rounds_in_which_all_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, turns = [0.0], []

    def network(name: str, seconds: float) -> Any:
        def logits(_: Any) -> None:
            turns.append(name)
            clock[0] += seconds * (100 if len(turns) <= 2 else 1 + len(turns))  # the first round is slow, then slower

        return SimpleNamespace(logits=logits)

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    found = quantise.speed_ratios({"float32": network("float32", 3.0), "int8": network("int8", 2.0)}, [])
    assert turns == ["float32", "int8"] * (quantise.ROUNDS + 1)
    assert found["float32"] == Speed(1.0, 1.0, 1.0)
    assert found["int8"].low <= found["int8"].median <= found["int8"].high
    assert 1.2 < found["int8"].median < 1.5


@pytest.mark.slow
def test_texts_have_dynamic_and_static_variants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ghep.backbone.catalog import load_backbone

    model = TransferModel(load_backbone(small_bert(tmp_path / "bert")), [ANIMAL])
    head = model.head("animal")
    head.weight.data = head.weight.data.new_tensor(np.random.default_rng(0).normal(size=head.weight.shape))
    save_bundle(tmp_path / "bundle", model, calibration={"animal": 1.0}, training={}, metrics={}, card="# card")
    export = load(write_export(load_bundle(tmp_path / "bundle"), "onnx", tmp_path / "export"))
    texts, _ = reviews(60)
    inputs = [one for one in export.prepare(texts) if isinstance(one, np.ndarray)]
    found = variants(export, inputs)
    assert [name.partition(",")[0] for name in found] == ["dynamic", "dynamic", "dynamic", "static"]
    timed(monkeypatch, {})
    planted(monkeypatch, {"dynamic": found["dynamic, per channel"]})
    made, best = quantised(export, {"train": answered(export, texts), "valid": [surest(export, texts)] * LEAST})
    assert "depends on the others" in quantise.lines_of(made, best)[1]
    expected = export.logits(inputs)["animal"]
    for name, graph in found.items():
        ops = [one.op_type for one in onnx.load_model_from_string(graph).graph.node]
        assert ("MatMulInteger" in ops) == name.startswith("dynamic"), name
        logits = quantise._replaced(export, graph).logits(inputs)["animal"]
        assert 0 < np.abs(logits - expected).max() < 0.2 * np.abs(expected).max(), name
