"""A table whose labels name several classes: learnt, scored, saved and answered like every other."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import ghep
from ghep.data.check import check
from ghep.experiment.evaluation import evaluate
from ghep.experiment.fit import fit
from ghep.model.bundle import load_bundle
from ghep.tasks import Classification, MultiLabel, Rating

QUICK: dict[str, Any] = {"precision": "float32", "workers": 1}
TRAINED: dict[str, Any] = {"strategy": "light", "epochs": 8, "batch_size": 16, "lr": 1e-2, "augment": "none"}
CLASSES = ("blue", "red", "rows")
SPLITS = ("train",) * 4 + ("valid", "test")


def written(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def predictions(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``table.csv``: 300 pictures that are red, blue, both or neither, with lying stripes or standing ones.

    ``tags`` says all of that, in no order; every seventh cell is blank. ``stripes`` is a class, ``stars`` a rating.
    """
    root, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    rows = []
    for place in range(300):
        has = rng.random(3) < (0.4, 0.5, 0.5)
        wave = 30 * np.sin(2 * np.pi * (np.arange(32) / rng.uniform(5, 9) + rng.uniform()))
        field = np.repeat(wave[:, None], 32, axis=1)
        picture = 90 + (field if has[2] else field.T)[..., None] + rng.normal(0, 10, (32, 32, 3))
        picture[..., 2] += 80 * has[0]
        picture[..., 0] += 80 * has[1]
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(root / f"{place}.png")
        names = [name for name, yes in zip(CLASSES, has, strict=True) if yes]
        tags = "|".join(rng.permutation(names)) or "|"
        stripes = "" if place % 5 == 1 else ("lying" if has[2] else "standing")
        stars = "" if place % 11 == 2 else str(1 + int(has[0]) + int(has[1]))
        rows.append([f"{place}.png", "" if place % 7 == 3 else tags, stripes, stars, SPLITS[place % 6]])
    return written(root / "table.csv", ["path", "tags", "stripes", "stars", "split"], rows)


@pytest.mark.parametrize("how", [{"strategy": "linear_probe"}, TRAINED], ids=["probe", "light"])
def test_pictures_with_several_classes_are_learnt_and_answered(
    how: dict[str, Any], pictures: Path, small_backbone: str, tmp_path: Path
) -> None:
    run = fit(pictures, backbone=small_backbone, label_columns=["tags"], out=tmp_path / "run", **QUICK, **how)
    result = run.result()
    assert result.score("accuracy").value >= result.majority + 0.5
    assert result.score("mean_average_precision").value >= 0.9
    assert result.score("accuracy").n == (result.targets >= 0).all(axis=1).sum() < 50
    assert "multi-label" in {finding.code for finding in run.findings}

    bundle = load_bundle(run.bundle)
    assert bundle.model.tasks == (MultiLabel("tags", CLASSES),)
    assert bundle.temperatures["tags"] == json.loads((run.bundle / "config.json").read_text())["temperatures"]["tags"]
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
    counts = check(pictures, label_columns=["tags"]).to_json()["classes"]["tags"]
    assert f"| rows | {counts['train']['rows']} | {counts['valid']['rows']} | {counts['test']['rows']} |" in card


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
        assert result.score("accuracy").value >= result.majority + 0.2, task
        assert result.score("accuracy").n < 50, task
    said = ghep.load(run.bundle).predict([pictures.parent / "1.png"])
    assert [one.task for one in said] == columns
    rows = predictions(run.folder)
    assert {row["task"] for row in rows} == set(columns)
    assert all((row["label"] == row["predicted"]) == (row["correct"] == "1") for row in rows if row["correct"])


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
    assert run.result("test", "tags").score("accuracy").value >= run.result("test", "tags").majority + 0.3


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A table of 240 sentences about actors, music, both or neither; vectors that know the words."""
    root, rng = tmp_path_factory.mktemp("texts"), np.random.default_rng(1)
    known = {"actor": (1, 0), "actress": (1, 0), "song": (0, 1), "tune": (0, 1)}
    fillers = ("the", "film", "plot", "was", "a", "story", "and", "so")
    rows = []
    for place in range(240):
        has = rng.random(2) < 0.5
        words = [*rng.choice(fillers, 4 + place % 5), *([["actor", "actress"][place % 2]] if has[0] else [])]
        words += [["song", "tune"][(place // 2) % 2]] if has[1] else []
        names = [name for name, yes in zip(("cast", "music"), has, strict=True) if yes]
        rows.append([f"{' '.join(rng.permutation(words))} {place}", "|".join(names) or "|", SPLITS[place % 6]])
    lines = [(word, [*known.get(word, (0, 0)), *rng.normal(0, 0.2, 4)]) for word in (*known, *fillers)]
    vectors = root / "tiny.txt"
    vectors.write_text("".join(f"{word} {' '.join(f'{x:.4f}' for x in row)}\n" for word, row in lines))
    return written(root / "texts.csv", ["text", "about", "split"], rows), str(vectors)


def test_texts_with_several_classes_and_their_control(texts: tuple[Path, str], tmp_path: Path) -> None:
    table, vectors = texts
    run = fit(table, backbone=vectors, label_columns=["about"], out=tmp_path / "run")
    result = run.result()
    assert result.score("accuracy").value >= result.majority + 0.4
    (control,) = result.controls
    assert control.score.value >= 0.9
    assert control.paired.difference == pytest.approx(result.score("accuracy").value - control.score.value)
    predictor = ghep.load(run.bundle)
    said = predictor.predict(["the actor and a song", "the plot was so so"])
    assert [one.label for one in said] == ["cast|music", ""]
    assert not predictor.exclusive("about")
