"""One model from several data sets, and scored on some of them again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ghep.cli.app import run as ghep
from ghep.data.check import prepare
from ghep.errors import ConfigError, DataError
from ghep.experiment.evaluation import Evaluation, evaluate
from ghep.experiment.fit import fit
from ghep.experiment.prepared import tasks_of
from ghep.experiment.record import Run
from ghep.types import SPLITS
from small_bert import reviews, small_bert, write_table

QUICK = {"precision": "float32", "workers": 1}


@pytest.fixture(scope="module")
def places(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Stripes with all three splits, and which half of them is lighter, with train and test alone; files in common."""
    root = tmp_path_factory.mktemp("places") / "half"
    for path in sorted(photos.rglob("*.png")):
        split = path.relative_to(photos).parts[0]
        if split != "valid" and int(path.stem) < 20:
            folder = root / split / ("low" if int(path.stem) % 2 else "high")
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / f"{path.parent.name}-{path.name}")
    return {"stripes": photos, "half": root}


@pytest.fixture(scope="module")
def both(places: dict[str, Path], small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return fit(places, backbone=small_backbone, out=tmp_path_factory.mktemp("run") / "r", **QUICK)


def scored(found: Evaluation) -> dict[tuple[str, str], int]:
    return {(one.task, one.split): int((one.targets >= 0).sum()) for one in found.results}


def test_a_run_on_several_data_sets_says_where_they_lie_and_its_bundle_does_not(
    both: Run, places: dict[str, Path]
) -> None:
    settings = json.loads((both.folder / "config.json").read_text(encoding="utf-8"))
    assert settings["data"] == {name: str(place) for name, place in places.items()}
    bundled = (both.bundle / "config.json").read_text(encoding="utf-8")
    assert json.loads(bundled)["training"]["data"] == {"stripes": "photos", "half": "half"}
    assert str(places["half"].parent) not in bundled
    counts = {(one.task, one.split): int((one.targets >= 0).sum()) for one in both.results}
    # Half has nothing of its own to choose by: 8 of the 40 that both have in train become valid, for both.
    assert counts == {("stripes", "valid"): 28, ("stripes", "test"): 20, ("half", "valid"): 8, ("half", "test"): 20}


@pytest.mark.slow
def test_one_data_set_under_a_name_is_one_task(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    named = fit({"stripes": photos}, backbone=small_backbone, out=tmp_path / "named", **QUICK)
    plain = fit(photos, backbone=small_backbone, out=tmp_path / "plain", **QUICK)
    assert {one.task for one in named.results} == {"stripes"}
    for one, other in zip(named.results, plain.results, strict=True):
        np.testing.assert_array_equal(one.predictions, other.predictions)


def test_some_of_the_tasks_are_scored_each_on_its_own_split(both: Run, places: dict[str, Path], tmp_path: Path) -> None:
    assert scored(evaluate(both.bundle, places)) == {("stripes", "test"): 20, ("half", "test"): 20}
    assert scored(evaluate(both.bundle, {"half": places["half"]})) == {("half", "test"): 20}
    found = evaluate(both.bundle, places, split="train")
    assert scored(found) == {("stripes", "train"): 60, ("half", "train"): 40}, "as each data set says itself"
    shutil.copytree(places["half"] / "train", tmp_path / "turned" / "test")
    shutil.copytree(places["half"] / "test", tmp_path / "turned" / "train")
    found = evaluate(both.bundle, {"stripes": places["stripes"], "half": tmp_path / "turned"})
    assert scored(found) == {("stripes", "test"): 20, ("half", "test"): 40}
    for path in sorted((places["half"] / "train").rglob("*.png")):
        (tmp_path / "flat" / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "flat" / path.parent.name / path.name)
    found = evaluate(both.bundle, {"half": tmp_path / "flat", "stripes": places["stripes"]})
    assert scored(found) == {("half", "all"): 40, ("stripes", "test"): 20}
    assert {one.code for one in found.findings} >= {"scored-on-training-data", "tasks-share-examples"}


def test_a_task_that_is_not_there_and_a_split_that_is_not(both: Run, places: dict[str, Path]) -> None:
    with pytest.raises(ConfigError, match=r"no task \"stripe\"\n  did you mean \"stripes\""):
        evaluate(both.bundle, {"stripe": places["stripes"]})
    with pytest.raises(ConfigError, match='half has no split "valid"'):
        evaluate(both.bundle, places, split="valid")
    with pytest.raises(DataError, match="--task NAME=PATH"):
        evaluate(both.bundle, places["stripes"])
    with pytest.raises(ConfigError, match="no task was named"):
        evaluate(both.bundle, {})


@pytest.mark.slow
def test_the_tasks_of_one_table_are_found_again_by_the_tables_name(tmp_path: Path) -> None:
    texts, mood = reviews(120)
    columns = {"mood": mood, "odd": [("even", "odd")[int(text.split()[-1]) % 3 % 2] for text in texts]}
    data = write_table(tmp_path / "d.csv", text=texts, **columns)
    more, stars = reviews(80, seed=2)
    other = write_table(tmp_path / "stars.csv", text=more, stars=[{"up": "5", "down": "1"}[one] for one in stars])
    places = {"feedback": data, "stars": f"{other}:stars"}
    bert, out = small_bert(tmp_path / "bert"), tmp_path / "run"
    with pytest.raises(DataError, match=r"task feedback: d\.csv has no column of labels"):
        fit(places, backbone=bert, out=out, **QUICK)
    run = fit(places, backbone=bert, out=out, label_columns=["mood", "odd"], ratings="stars", **QUICK)
    assert {one.task for one in run.results} == {"feedback.mood", "feedback.odd", "stars"}
    found = evaluate(run.bundle, {"feedback": data}, split="all")
    assert scored(found) == {("feedback.mood", "all"): 120, ("feedback.odd", "all"): 120}
    assert scored(evaluate(run.bundle, {"stars": other}, split="all")) == {("stars", "all"): 80}


def test_half_of_each_tasks_labels_blanked_leaves_the_other_targets_as_they_were(tmp_path: Path) -> None:
    texts, mood = reviews(200)
    parity = [("even", "odd")[at // 2 % 2] for at in range(200)]
    split = [("train", "valid", "test")[at % 3] for at in range(200)]
    blank = np.random.default_rng(0).random((2, 200)) < 0.5
    blanked = {
        name: ["" if gone else label for gone, label in zip(row, labels, strict=True)]
        for name, row, labels in (("mood", blank[0], mood), ("parity", blank[1], parity))
    }
    whole = write_table(tmp_path / "whole.csv", text=texts, mood=mood, parity=parity, split=split)
    half = write_table(tmp_path / "half.csv", text=texts, **blanked, split=split)
    datasets = [prepare(file, label_columns=("mood", "parity")) for file in (whole, half)]
    place = {text: at for at, text in enumerate(texts)}
    seen = 0
    for task, row in zip(("mood", "parity"), blank, strict=True):
        (before, after) = (next(one for one in tasks_of(data, ()) if one.name == task) for data in datasets)
        for part in SPLITS:
            full = {one.raw: one for one in datasets[0].examples(part)}
            left = datasets[1].examples(part)
            assert {one.raw for one in left} == {text for text in full if not blank[:, place[text]].all()}
            targets = after.encode([one.labels for one in left])
            expected = before.encode([full[one.raw].labels for one in left])
            missing = row[[place[one.raw] for one in left]]
            assert (targets[missing] == -1).all() and (targets[~missing] == expected[~missing]).all()
            seen += len(left)
    assert seen == 2 * int((~blank.all(axis=0)).sum())


def test_the_command_line_takes_tasks(
    both: Run, places: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = [word for name, place in places.items() for word in ("--task", f"{name}={place}")]
    assert ghep(["evaluate", str(both.bundle), *named[:2], "--json", "-o", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["scores"]["test"]) == ["stripes"]
    lines = (tmp_path / "predictions.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 21 and lines[1].startswith("stripes/test/columns/000.png,test,stripes,columns,")
    assert ghep(["evaluate", str(both.bundle), str(places["half"]), *named]) == 2
    assert "both data and tasks were given" in capsys.readouterr().err
