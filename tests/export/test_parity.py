"""An export is compared with its bundle before it is written, and refused if its answers differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import ghep
from ghep.errors import ConfigError
from ghep.export import write
from ghep.export.base_predictor import BasePredictor
from ghep.export.formats import export_bundle
from ghep.export.odd_inputs import odd_inputs
from ghep.export.parity import BATCHES, LIMIT, SHOWN, parity, refuse_different
from ghep.export.parity import agreement as agreement_of
from ghep.export.prediction import Prediction
from ghep.export.predictor import Predictor
from ghep.export.run_data import headline, run_data
from ghep.export.runtime import ExportedPredictor, load
from ghep.model.bundle import load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Task
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.regression import Regression
from tiny import tiny_backbone

UNUSABLE = {"12 bits.png", "truncated.jpg", "page.jpg", "empty.jpg"}
ANIMAL = Classification("animal", ("ant", "bee"))


def saved(folder: Path, *tasks: Task) -> Path:
    model = TransferModel(tiny_backbone(), tasks)
    for place, head in enumerate(model.heads.values()):
        rng = np.random.default_rng(place)
        head.weight.data = head.weight.data.new_tensor(rng.normal(size=head.weight.shape))
    save_bundle(folder, model, calibration={one.name: 1.0 for one in tasks}, training={}, metrics={}, card="# card")
    return folder


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("one") / "bundle", ANIMAL, MultiLabel("seen", ("leaf", "sky")))


def folder_of_photos(root: Path, splits: Sequence[str] = ("",), count: int = 4) -> Path:
    rng = np.random.default_rng(1)
    for split in splits:
        for name in ANIMAL.classes:
            (root / split / name).mkdir(parents=True)
            for place in range(count):
                image = Image.fromarray(rng.integers(0, 256, (20, 24, 3), dtype=np.uint8))
                image.save(root / split / name / f"{split}{name}{place}.png")
    return root


def test_odd_inputs_are_about_thirty_and_most_can_be_used(bundle: Path) -> None:
    images, texts = odd_inputs("image"), odd_inputs("text", pairs=True)
    assert 28 <= len(images) <= 34 and 28 <= len(texts) <= 34
    answers = ghep.load(bundle).predict(list(images.values()), names=list(images), report=lambda _: None)
    assert {one.input for one in answers if one.problem} == UNUSABLE


@pytest.mark.slow
def test_what_was_compared_is_written_into_the_export(bundle: Path, tmp_path: Path) -> None:
    data = folder_of_photos(tmp_path / "data", ("train", "test"))
    done = export_bundle(bundle, "onnx", out=tmp_path / "out", data=data)
    told = json.loads((tmp_path / "out" / "parity.json").read_text(encoding="utf-8"))
    assert told == done.parity
    test, odd = told["compared"]
    assert (test["inputs"], test["n"], test["of"], test["equal_labels"], test["unusable"]) == ("test", 8, 8, 8, 0)
    assert (odd["inputs"], odd["n"], odd["unusable"]) == ("odd", len(odd_inputs("image")), len(UNUSABLE))
    assert 0 < max(test["largest_difference"], odd["largest_difference"]) <= LIMIT
    assert list(map(int, told["batches"])) == list(BATCHES)
    assert any("8 of 8" in line for line in done.lines)


@pytest.mark.slow
def test_without_data_the_user_is_told(bundle: Path, tmp_path: Path) -> None:
    done = export_bundle(bundle, out=tmp_path / "out")
    assert [one["inputs"] for one in done.parity["compared"]] == ["odd"]
    assert "only odd inputs" in done.lines[-1]


def test_data_that_are_not_there_are_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="are not at"):
        export_bundle(bundle, out=tmp_path / "out", data=tmp_path / "none")


def test_all_labels_that_differ_are_counted() -> None:
    shown = [{"input": str(place), "margin": 1.0} for place in range(SHOWN)]
    told = {"inputs": "test", "n": 100, "equal_labels": 40, "different": shown, "largest_difference": 1.0, "worst": "0"}
    with pytest.raises(ConfigError, match="60 of 100 labels differ"):
        refuse_different({"compared": [told], "batches": {}}, "onnx")


class Shifted(ExportedPredictor):
    """An export whose engine computes something else for images that are dark, such as a 1 x 1 image."""

    by = 0.0

    def outputs(self, arrays: Sequence[np.ndarray], names: Sequence[str]) -> list[np.ndarray]:
        return [one + np.linspace(0, self.by, one.shape[1], dtype=one.dtype) for one in super().outputs(arrays, names)]


@pytest.mark.slow
@pytest.mark.parametrize(("by", "refused"), [(1e-6, False), (1e-3, True), (float("nan"), True)])
def test_an_export_that_answers_otherwise_is_not_written(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: float, refused: bool
) -> None:
    monkeypatch.setattr(Shifted, "by", by)
    monkeypatch.setattr(write, "load", lambda folder: Shifted(load(folder).exported))
    if refused:
        with pytest.raises(ConfigError, match="does not answer as the bundle does on odd inputs"):
            export_bundle(bundle, out=tmp_path / "out")
        assert not (tmp_path / "out").exists()
    else:
        export_bundle(bundle, out=tmp_path / "out")


def agreement(one: Any, other: Any, inputs: dict[str, Any]) -> Any:
    (told,) = parity(one, other, {"some": inputs}, of={})["compared"]
    return told


def test_a_different_label_counts_by_its_margin(tmp_path: Path) -> None:
    first = load_bundle(saved(tmp_path / "bundle", ANIMAL))
    export = load(write.write_export(first, "onnx", tmp_path / "export"))
    photo = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    (answer,) = Predictor(first).predict([photo])
    low, high = sorted(answer.probabilities.values())

    def turned(prepared: Any, *, count: int | None = None) -> dict[str, np.ndarray]:
        return {"animal": Predictor(first).logits(prepared)["animal"][:, ::-1]}

    export.logits = turned  # type: ignore[method-assign]
    told = agreement(Predictor(first), export, {"x": photo})
    assert told["equal_labels"] == 0
    assert told["different"][0]["margin"] == pytest.approx(high - low)
    with pytest.raises(ConfigError, match="1 of 1 labels differ"):
        refuse_different({"compared": [{**told, "inputs": "some", "of": 1}], "batches": {}}, "onnx")


@pytest.mark.parametrize(
    ("probabilities", "difference"),
    [
        ({"10": 0.7, "2": 0.3}, 0.0),  # objects of JavaScript have the class "2" first
        ({"2": 0.3, "10": 0.6}, 0.1),
        ({"2": 0.3, "10": float("nan")}, 1.0),
        ({"2": 0.3}, 1.0),
    ],
)
def test_probabilities_are_compared_by_class(probabilities: dict[str, float], difference: float) -> None:
    class Answers:
        described_tasks = (Classification("label", ("2", "10")),)

        def __init__(self, probabilities: dict[str, float]) -> None:
            self.answers = [Prediction("x", "label", "10", 0.7, probabilities)]

        def predict(self, *_: Any, **__: Any) -> list[Prediction]:
            return self.answers

    told = agreement_of(Answers({"2": 0.3, "10": 0.7}), Answers(probabilities), {"x": b""})
    assert told["largest_difference"] == pytest.approx(difference)


def test_numbers_differ_as_a_part_of_the_spread_of_the_labels(tmp_path: Path) -> None:
    task = Regression("weight", 1000.0, 200.0)
    first = load_bundle(saved(tmp_path / "bundle", task))
    export = load(write.write_export(first, "onnx", tmp_path / "export"))
    computed = export.logits
    export.logits = lambda prepared, **_: {"weight": computed(prepared)["weight"] + 0.25}  # type: ignore[method-assign]
    photo = np.zeros((20, 20, 3), dtype=np.uint8)
    told = agreement(Predictor(first), export, {"x": photo})
    assert told["largest_difference"] == pytest.approx(0.25, abs=1e-4)
    assert told["equal_labels"] == 1


def test_a_reason_that_only_one_side_has_counts_as_a_different_label(bundle: Path, tmp_path: Path) -> None:
    loaded = load_bundle(bundle)
    export = load(write.write_export(loaded, "onnx", tmp_path / "export"))

    class Blind(BasePredictor):
        def logits(self, prepared: Any, *, count: int | None = None) -> dict[str, np.ndarray]:
            return {name: values + np.nan for name, values in export.logits(prepared).items()}

    blind = Blind(export.preprocess, export.described_tasks, export.calibration)
    blind.outputs = export.outputs  # type: ignore[attr-defined]
    told = agreement(Predictor(loaded), blind, {"x": np.zeros((20, 20, 3), dtype=np.uint8)})
    assert told["equal_labels"] == 0 and {one["margin"] for one in told["different"]} == {1.0}


def test_the_run_knows_its_data_and_its_splits(tmp_path: Path) -> None:
    data = folder_of_photos(tmp_path / "data", count=12)
    bundle = load_bundle(saved(tmp_path / "run" / "bundle", ANIMAL))
    assert run_data(bundle) == {}
    record = {"data": str(data), "options": {"read": {"layout": "classes", "exclude": []}}}
    (tmp_path / "run" / "config.json").write_text(json.dumps(record), encoding="utf-8")
    rows = ["ant/ant0.png,test", "bee/bee0.png,test", "ant/ant1.png,valid"]
    (tmp_path / "run" / "predictions.csv").write_text("\n".join(["id,split", *rows]), encoding="utf-8")
    (tmp_path / "run" / "quarantine.csv").write_text("id,reason\nant/ant2.png,empty", encoding="utf-8")
    splits = run_data(bundle)
    assert {name: len(part) for name, part in splits.items()} == {"test": 2, "valid": 1, "train": 20}
    name, chosen = headline(splits)
    assert (name, {one.id for one in chosen}) == ("test", {"ant/ant0.png", "bee/bee0.png"})
    data.rename(tmp_path / "moved")
    assert run_data(bundle) == {}
    assert run_data(bundle, tmp_path / "moved").keys() == splits.keys()
    others = run_data(bundle, folder_of_photos(tmp_path / "others", ("train", "valid")))
    assert {name: len(part) for name, part in others.items()} == {"train": 8, "valid": 8}
