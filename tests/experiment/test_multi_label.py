"""A table whose labels name several classes: learnt, scored, saved and answered like every other."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep
from ghep.data.check import check
from ghep.experiment.evaluation import evaluate
from ghep.experiment.fit import fit
from ghep.model.bundle import load_bundle
from ghep.tasks import Classification, MultiLabel, Rating
from tagged import CLASSES, tagged_pictures, tagged_texts, written

QUICK: dict[str, Any] = {"precision": "float32", "workers": 1}
TRAINED: dict[str, Any] = {"strategy": "light", "epochs": 8, "batch_size": 16, "lr": 1e-2, "augment": "none"}


def predictions(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tagged_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"strategy": "linear_probe"}, TRAINED], ids=["probe", "light"])
def test_pictures_with_several_classes_are_learnt_and_answered(
    how: dict[str, Any], pictures: Path, small_backbone: str, tmp_path: Path
) -> None:
    run = fit(pictures, backbone=small_backbone, label_columns=["tags"], out=tmp_path / "run", **QUICK, **how)
    result = run.result()
    assert result.score("accuracy").value >= result.constant + 0.5
    assert result.score("mean_average_precision").value >= 0.9
    assert result.score("accuracy").n == (result.targets >= 0).all(axis=1).sum() < 50
    assert "multi-label" in {finding.code for finding in run.findings}

    bundle = load_bundle(run.bundle)
    assert bundle.model.tasks == (MultiLabel("tags", CLASSES),)
    assert bundle.calibration["tags"] == json.loads((run.bundle / "config.json").read_text())["temperatures"]["tags"]
    labels = json.loads((run.bundle / "labels.json").read_text())["tags"]
    assert labels["label2id"] == {"blue": 0, "red": 1, "rows": 2}

    rows = [row for row in predictions(run.folder) if row["split"] == "test"]
    labelled = [row for row in rows if row["correct"]]
    assert len(labelled) == result.score("accuracy").n
    assert np.mean([int(row["correct"]) for row in labelled]) == pytest.approx(result.score("accuracy").value)
    assert all((row["label"] == row["predicted"]) == (row["correct"] == "1") for row in labelled)
    for row in rows:
        each = np.array([float(row[f"p:{name}"]) for name in CLASSES])
        assert row["predicted"] == "|".join(name for name, p in zip(CLASSES, each, strict=True) if p > 0.5)
        assert float(row["probability"]) == pytest.approx(np.maximum(each, 1 - each).prod(), abs=1e-5)

    said = ghep.load(run.bundle).predict([pictures.parent / row["id"] for row in rows])
    assert [one.label for one in said] == [row["predicted"] for row in rows]
    assert [one.probability for one in said] == pytest.approx([float(row["probability"]) for row in rows], abs=1e-5)
    assert list(said[0].probabilities) == list(CLASSES)

    again = evaluate(run.bundle, pictures, label_columns=["tags"])
    assert [score.value for score in again.results[0].scores] == pytest.approx(
        [score.value for score in result.scores], abs=1e-6
    )
    card = (run.bundle / "README.md").read_text(encoding="utf-8")
    assert "Accuracy of tags is exact match" in card and "gets some of them, or none" in card
    counts = check(pictures, label_columns=["tags"]).to_json()["classes"]["tags"]
    assert f"| rows | {counts['train']['rows']} | {counts['valid']['rows']} | {counts['test']['rows']} |" in card


@pytest.mark.slow
def test_classes_sets_and_ratings_are_learnt_together(pictures: Path, small_backbone: str, tmp_path: Path) -> None:
    columns = ["tags", "stripes", "stars"]
    run = fit(
        pictures,
        backbone=small_backbone,
        label_columns=columns,
        ratings=["stars"],
        out=tmp_path / "run",
        **QUICK,
        **TRAINED,
    )
    kinds = {task.name: type(task) for task in load_bundle(run.bundle).model.tasks}
    assert kinds == {"tags": MultiLabel, "stripes": Classification, "stars": Rating}
    for task in columns:
        result = run.result("test", task)
        assert result.score("accuracy").value >= result.constant + 0.2, task
        assert result.score("accuracy").n < 50, task
    said = ghep.load(run.bundle).predict([pictures.parent / "1.png"])
    assert [one.task for one in said] == columns
    rows = predictions(run.folder)
    assert {row["task"] for row in rows} == set(columns)
    assert all((row["label"] == row["predicted"]) == (row["correct"] == "1") for row in rows if row["correct"])


@pytest.mark.slow
def test_blends_smoothing_and_class_weights_train_too(pictures: Path, small_backbone: str, tmp_path: Path) -> None:
    more = {"mixup": 0.2, "label_smoothing": 0.05, "class_weights": True}
    run = fit(
        pictures,
        backbone=small_backbone,
        label_columns=["tags", "stripes"],
        out=tmp_path / "run",
        **QUICK,
        **{**TRAINED, "strategy": "lp_ft", "epochs": 4, **more},
    )
    assert run.result("test", "tags").score("accuracy").value >= run.result("test", "tags").constant + 0.3


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    return tagged_texts(tmp_path_factory.mktemp("texts"))


def test_texts_with_several_classes_and_their_control(texts: tuple[Path, str], tmp_path: Path) -> None:
    table, vectors = texts
    run = fit(table, backbone=vectors, label_columns=["about"], out=tmp_path / "run")
    result = run.result()
    assert result.score("accuracy").value >= result.constant + 0.4
    (control,) = result.controls
    assert control.score.value >= 0.9
    assert control.paired.difference == pytest.approx(result.score("accuracy").value - control.score.value)
    predictor = ghep.load(run.bundle)
    plain = written(tmp_path / "plain.csv", ["text", "about"], [["an actress", "cast"], ["a song was so", "music"]])
    (again,) = evaluate(run.bundle, plain, label_columns=["about"]).results  # no cell has a bar
    assert again.targets.tolist() == [[1, 0], [0, 1]]
    assert again.score("accuracy").value == 1
    said = predictor.predict(["the actor and a song", "the plot was so so"])
    assert [one.label for one in said] == ["cast|music", ""]
    assert not predictor.exclusive("about")
