"""Predictions of a bundle: in order, independent of each other, and equal to the measured ones."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import ghep
from ghep.errors import BadImage, BundleError, ConfigError, InputsError
from ghep.experiment.record import Run
from ghep.export.predictor import Predictor

SIZE = 16
CARD = {
    "builder": "small-resnet",
    "name": "tiny",
    "arguments": {"widths": [8, 16], "depths": [1, 1]},
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "input_size": [3, SIZE, SIZE],
    "crop_pct": 0.875,
}
ROUNDING = 2e-5
"""Convolutions sum in another order in a batch of another size (float32); up to 3e-6 was measured."""
NAMES = ("ant", "bee", "wasp")


def images(n: int, *, seed: int = 0) -> np.ndarray:
    """Return noise with some colour, uint8 (N, 20, 24, 3); not square, so that resizing and cropping matter."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 200, (n, 20, 24, 3), dtype=np.uint8)
    values[np.arange(n), :, :, np.arange(n) % len(NAMES)] += 12
    return values


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A model of three classes with unsaturated probabilities, so that a changed pixel shows."""
    root = tmp_path_factory.mktemp("predictor")
    (root / "tiny.json").write_text(json.dumps(CARD), encoding="utf-8")
    for index, values in enumerate(images(165)):
        path = root / "photos" / NAMES[index % len(NAMES)] / f"{index:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(values).save(path)
    return ghep.fit(root / "photos", backbone=str(root / "tiny.json"), out=root / "run", precision="float32")


@pytest.fixture(scope="module")
def predictor(run: Run) -> Predictor:
    return ghep.load(run.bundle)


@pytest.mark.slow
def test_another_process_predicts_what_the_run_measured_to_the_printed_digit(run: Run) -> None:
    assert ghep.load(run.bundle).bundle.calibration["label"] != 1, "or the digits would not show whether it is used"
    rows = list(csv.DictReader((run.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    photos = run.folder.parent / "photos"
    script = (
        "import json, sys, ghep\n"
        "load = ghep.load(sys.argv[1])\n"
        "answers = [load.predict(files) for files in json.load(sys.stdin)]\n"
        "print(json.dumps([[one.label, one.probabilities] for part in answers for one in part]))\n"
    )
    parts = [[str(photos / row["id"]) for row in rows if row["split"] == split] for split in ("valid", "test")]
    done = subprocess.run(
        [sys.executable, "-c", script, str(run.bundle)],
        input=json.dumps(parts),
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(ghep.__file__).parents[1]),
            "OMP_NUM_THREADS": str(torch.get_num_threads()),
        },
        check=True,
        timeout=120,
    )
    answers = json.loads(done.stdout)
    expected = [row for split in ("valid", "test") for row in rows if row["split"] == split]
    assert len(answers) == len(expected) == 48
    for row, (label, probabilities) in zip(expected, answers, strict=True):
        assert label == row["predicted"]
        assert [f"{probabilities[name]:.6f}" for name in NAMES] == [row[f"p:{name}"] for name in NAMES], row["id"]


def test_one_answer_per_input_in_order_with_the_right_name(predictor: Predictor, tmp_path: Path) -> None:
    values = images(5, seed=1)
    Image.fromarray(values[2]).save(tmp_path / "x.png")
    inputs: list[Any] = [values[4], Image.fromarray(values[3]), tmp_path / "x.png", str(tmp_path / "x.png"), values[1]]
    answers = predictor.predict(inputs)
    assert [answer.input for answer in answers] == [
        "input 0",
        "input 1",
        str(tmp_path / "x.png"),
        str(tmp_path / "x.png"),
        "input 4",
    ]
    alone = [predictor.predict([one])[0] for one in values]
    for answer, place in zip(answers, (4, 3, 2, 2, 1), strict=True):
        assert answer.label == alone[place].label
        assert answer.probabilities == pytest.approx(alone[place].probabilities, abs=ROUNDING)
    assert len({round(answer.probabilities["ant"], 5) for answer in alone}) == 5, (
        "the images have different predictions"
    )


def test_an_answer_is_whole(predictor: Predictor) -> None:
    answer = predictor.predict(list(images(1)))[0]
    assert predictor.tasks == ("label",) and answer.task == "label"
    assert tuple(answer.probabilities) == NAMES == predictor.classes() == predictor.classes("label")
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert answer.probability == max(answer.probabilities.values()) == answer.probabilities[answer.label or ""]
    assert answer.problem == ""


def test_a_bad_input_says_why_and_costs_the_others_nothing(predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html></html>", encoding="utf-8")
    (tmp_path / "empty.png").touch()
    good = list(images(2, seed=2))
    bad = [tmp_path / "page.jpg", tmp_path / "none.png", tmp_path / "empty.png", tmp_path, np.zeros(3), None]
    reasons = ["not-an-image", "missing", "empty", "unreadable", "bad-array", "unsupported-type"]
    answers = predictor.predict([good[0], *bad, good[1]])
    assert [answer.problem.partition(": ")[0] for answer in answers] == ["", *reasons, ""]
    for answer in answers[1:-1]:
        assert answer.label is None and answer.probability is None and answer.probabilities == {}
    clean = predictor.predict(good)
    for answer, expected in zip((answers[0], answers[-1]), clean, strict=True):
        assert answer.label == expected.label
        assert answer.probabilities == pytest.approx(expected.probabilities, abs=ROUNDING)


def test_one_image_in_no_list_is_refused_and_every_form_of_many_answers_alike(predictor: Predictor) -> None:
    values = images(5, seed=6)
    for one in (values[0], np.moveaxis(values[0], -1, 0), torch.from_numpy(values[0]), Image.fromarray(values[0])):
        for ask in (predictor.predict, predictor.predict_proba):
            with pytest.raises(InputsError, match=r"one (colour )?image"):
                ask(one)
    expected = predictor.predict_proba(list(values))
    channels_first = torch.from_numpy(values).permute(0, 3, 1, 2)
    forms: list[Any] = [values, values / 255, iter(values), channels_first, list(channels_first / 255.0)]
    for form in forms:
        assert np.array_equal(predictor.predict_proba(form), expected)
    with pytest.raises(ConfigError, match="5 inputs and 2 names"):
        predictor.predict(values, names=["a", "b"])


def test_nothing_but_bad_inputs_and_nothing_at_all(predictor: Predictor, tmp_path: Path) -> None:
    answers = predictor.predict([tmp_path / "a", b"", tmp_path / "b"])
    assert [answer.label for answer in answers] == [None] * 3 and all(answer.problem for answer in answers)
    assert predictor.predict([]) == []
    assert predictor.predict_proba([]).shape == (0, 3)


def test_predict_proba_is_predict_as_an_array_and_raises_for_a_bad_input(predictor: Predictor, tmp_path: Path) -> None:
    values = list(images(4, seed=3))
    expected = [[answer.probabilities[name] for name in NAMES] for answer in predictor.predict(values)]
    assert np.array_equal(predictor.predict_proba(values), expected)
    with pytest.raises(BadImage, match=r"missing: .*none\.png") as caught:
        predictor.predict_proba([*values, tmp_path / "none.png"])
    assert caught.value.reason == "missing"


def test_an_unknown_task_is_an_error_with_the_known_ones(predictor: Predictor) -> None:
    for ask in (lambda: predictor.classes("labels"), lambda: predictor.predict_proba(list(images(1)), task="labels")):
        with pytest.raises(ConfigError, match='did you mean "label"'):
            ask()


def test_where_a_chunk_ends_changes_nothing(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs: list[Any] = list(images(23, seed=4))
    inputs[7] = b"broken"
    whole = predictor.predict(inputs)
    for chunk in (1, 7, 8, 22, 23):
        seen: list[tuple[int, int]] = []
        monkeypatch.setattr(predictor, "chunk", chunk)
        parts = predictor.predict(inputs, progress=lambda *at, seen=seen: seen.append(at))
        assert seen == [(min(23, at + chunk), 23) for at in range(0, 23, chunk)]
        assert [(one.input, one.label, one.problem) for one in parts] == [
            (one.input, one.label, one.problem) for one in whole
        ]
        for one, other in zip(parts, whole, strict=True):
            assert one.probabilities == pytest.approx(other.probabilities, abs=ROUNDING)


def test_predicting_leaves_the_model_as_it_was(predictor: Predictor) -> None:
    before = {name: tensor.clone() for name, tensor in predictor.model.state_dict().items()}
    predictor.predict(list(images(3)))
    assert all(bool((tensor == before[name]).all()) for name, tensor in predictor.model.state_dict().items())


def test_a_folder_that_is_no_bundle_is_a_bundle_error(run: Run, tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path, run.folder):
        with pytest.raises(BundleError):
            ghep.load(folder)
