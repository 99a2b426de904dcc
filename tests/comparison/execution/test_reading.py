"""Reading runs back: what is missing is said, with what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ghep.comparison.execution.reading import answers_from
from ghep.comparison.record import Data
from ghep.errors import DataError
from ghep.experiment.folder import csv_text

DATA = Data("made up", "", "text", "label", ("=a", "b"), {"test": {"=a": 1}}, "test", raw={"0": "x", "1": "y"})


def test_answers_are_those_of_the_headline_split_with_a_label(tmp_path: Path) -> None:
    file = tmp_path / "predictions.csv"
    rows = ["0,test,label,'=a,b,0,0.7,0.3", "1,test,label,,b,,0.6,", "2,valid,label,b,b,1,0.9,0.9"]
    header = "id,split,task,label,predicted,correct,probability,label_probability"
    file.write_text("\n".join([header, *rows]))
    answers = answers_from(file, DATA)
    assert answers.ids == ("0",) and answers.targets.tolist() == [0] and answers.predicted.tolist() == [1]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_run_whose_answers_are_gone_is_an_error_that_says_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "predictions.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        answers_from(file, DATA)
    assert str(tmp_path) in caught.value.remedy


def test_a_task_may_be_called_like_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "predictions.csv"
    row = {"id": "0", "split": "test", "task": "@mood", "label": "b", "predicted": "b", "correct": 1}
    row |= {"probability": "0.9", "label_probability": "0.9"}
    file.write_text(csv_text(row, [row]))
    assert answers_from(file, replace(DATA, task="@mood")).ids == ("0",)
