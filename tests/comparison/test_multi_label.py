"""A comparison on labels that name several classes: right is whoever has the whole set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghep.comparison.compare import Compared, compare
from ghep.comparison.execution.controls import fitted_controls
from ghep.comparison.execution.ground import data_of
from ghep.comparison.execution.reading import answers_from
from ghep.comparison.record import Data
from ghep.data.check import prepare
from ghep.data.text.control import fit_text_control
from ghep.errors import ConfigError
from ghep.tasks import MultiLabel
from tagged import CLASSES, tagged_pictures, tagged_texts

QUICK: dict[str, Any] = {"precision": "float32", "workers": 1, "seeds": 1, "search": False, "jobs": 1}
DATA = Data("made up", "", "image", "tags", ("=a", "b", "c"), {}, "test", sets=("", "=a|b", "b"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tagged_pictures(tmp_path_factory.mktemp("pictures"), 180)


@pytest.fixture(scope="module")
def compared(pictures: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    out = tmp_path_factory.mktemp("comparison") / "out"
    options = {**QUICK, "label_columns": ["tags"], "controls": False}
    return compare(pictures, backbones=small_backbone, strategies="linear_probe", out=out, **options)


@pytest.mark.slow
def test_runs_and_controls_answer_the_same_examples_in_the_same_numbers(compared: Compared) -> None:
    data, runs = compared.comparison.data, compared.comparison.runs
    assert data.classes == CLASSES and data.names[-1] == "another set"
    assert set(data.sets) <= {"", "blue", "red", "rows", "blue|red", "blue|rows", "red|rows", "blue|red|rows"}
    first = runs[0].answers
    for run in runs:
        assert run.answers.ids == first.ids and np.array_equal(run.answers.targets, first.targets)
        if run.folder is not None:
            assert run.answers.accuracy == pytest.approx(run.scores["accuracy"])
        assert run.answers.accuracy > 0.7
    page = (compared.folder / "report.html").read_text(encoding="utf-8")
    assert "red|rows" in page
    assert page.count('<ul class="near">') == page.count('class="quiet id name"') > 0, "each mistake has its neighbours"


def test_controls_that_are_no_runs_answer_in_sets(tmp_path: Path) -> None:
    table, _ = tagged_texts(tmp_path)
    dataset = prepare(table, label_columns=["about"])
    data, task = data_of(dataset), MultiLabel("about", ("cast", "music"))
    assert data.sets == ("", "cast", "cast|music", "music")
    majority, control = (one.answers for one in fitted_controls(dataset, fit_text_control, task, data))
    assert majority.ids == control.ids and np.array_equal(majority.targets, control.targets)
    assert [data.names[k] for k in majority.targets] == [one.labels["about"] for one in dataset.test]
    labels = [one.labels["about"] for one in dataset.train]
    commonest = max(sorted(set(labels)), key=labels.count)
    assert {data.names[k] for k in majority.predicted} == {commonest}
    assert majority.confidence == pytest.approx(labels.count(commonest) / len(labels))
    assert majority.label_probability == pytest.approx(
        [labels.count(one.labels["about"]) / len(labels) for one in dataset.test]
    )
    assert control.accuracy > 0.9 > majority.accuracy
    assert (control.confidence >= control.label_probability).all()


def test_sets_have_numbers_and_those_never_right_have_one(tmp_path: Path) -> None:
    file = tmp_path / "predictions.csv"
    rows = ["0,test,tags,'=a|b,b,0,0.7,0.3", "1,test,tags,,,1,0.6,0.6", "2,test,tags,b,b|c,0,0.9,0.1"]
    header = "id,split,task,label,predicted,correct,probability,label_probability"
    file.write_text("\n".join([header, *rows, "3,test,tags,b,'=a|c,0,0.9,0.1", "4,test,tags,,c,,0.5,"]))
    answers = answers_from(file, DATA)
    assert answers.targets.tolist() == [1, 0, 2, 2]
    assert answers.predicted.tolist() == [2, 0, 3, 3]
    assert [DATA.names[k] for k in answers.predicted] == ["b", "", "another set", "another set"]
    assert answers.correct.tolist() == [False, True, False, False]


def test_so_many_labels_of_each_class_are_refused(pictures: Path, small_backbone: str, tmp_path: Path) -> None:
    options = {**QUICK, "label_columns": ["tags"], "labels": [4]}
    with pytest.raises(ConfigError, match="tags is multi-label"):
        compare(pictures, backbones=small_backbone, strategies="linear_probe", out=tmp_path / "out", **options)
