"""A comparison on numbers: R² in place of the accuracy, in statistics, curves, page and terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import r2_score

from ghep.advice.advise import advise
from ghep.comparison.compare import Compared, SharedCompared, compare
from ghep.comparison.record import MEAN, Contender
from ghep.metrics.crossed import Runs, accuracy, contrast
from ghep.metrics.paired import t_test
from ghep.tasks.regression import credit
from tagged import numbered_pictures

QUICK: dict[str, Any] = {"precision": "float32", "workers": 1, "search": False, "jobs": 1}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return numbered_pictures(tmp_path_factory.mktemp("pictures"), 180)


@pytest.fixture(scope="module")
def compared(pictures: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Compared:
    out = tmp_path_factory.mktemp("comparison") / "out"
    found = compare(
        pictures,
        backbones=small_backbone,
        strategies="linear_probe,light",
        seeds=2,
        labels=[20, 5000],  # 5,000 of 180 would be all of them again
        out=out,
        regression="light",
        **QUICK,
    )
    assert isinstance(found, Compared)
    return found


@pytest.mark.slow
def test_all_contenders_are_scored_by_r2_on_the_same_numbers(compared: Compared) -> None:
    data, runs = compared.comparison.data, compared.comparison.runs
    assert data.numeric and data.score == "r2" and data.classes == ()
    assert {run.contender.strategy for run in runs} >= {MEAN, "linear_probe", "light", "scratch", "linear_hog"}
    for run in runs:
        assert run.answers.ids == runs[0].answers.ids
        np.testing.assert_array_equal(run.answers.targets, runs[0].answers.targets)
        if run.folder is not None:
            assert run.answers.accuracy == pytest.approx(run.scores["r2"], abs=1e-6)
            assert run.answers.confidence.min() > 0 or run.labels is not None
    places = {place.contender.strategy: place for place in compared.evidence.leaderboard}
    assert places["linear_probe"].accuracy > 0.8
    assert -0.2 < places[MEAN].accuracy <= 0
    assert all(place.interval.low <= place.accuracy <= place.interval.high <= 1 for place in places.values())


@pytest.mark.slow
def test_the_page_shows_numbers(compared: Compared) -> None:
    page = (compared.folder / "report.html").read_text(encoding="utf-8")
    assert "R² of every contender" in page and "Prediction against label" in page and "By range of the labels" in page
    assert page.count(">R²</th>") == 2 and ">most frequent wrong answer</th>" not in page
    assert "Confusion matrix" not in page and "Largest errors" in page
    assert "R²" in str(compared) and "R²" in compared._repr_html_()
    stored = json.loads((compared.folder / "comparison.json").read_text())
    assert stored["data"]["numeric"] is True and stored["score"] == "r2"


@pytest.mark.slow
def test_labels_are_counted_in_all(compared: Compared) -> None:
    few = [run for run in compared.comparison.runs if run.labels == 20 and run.folder is not None]
    assert few and all(run.num_train == 16 for run in few)
    assert {run.labels for run in compared.comparison.runs} == {20, None}
    curve = next(one for one in compared.evidence.curves if one.contender.strategy == "linear_probe")
    assert next(point.num_labels for point in curve.points) == 20


@pytest.mark.slow
def test_several_tasks_of_which_one_is_a_number(pictures: Path, small_backbone: str, tmp_path: Path) -> None:
    found = compare(
        pictures,
        backbones=small_backbone,
        strategies="light",
        seeds=1,
        controls=False,
        out=tmp_path / "out",
        label_columns=["kind"],
        regression=["light"],
        **QUICK,
    )
    assert isinstance(found, SharedCompared)
    assert found.comparison.tasks["light"].data.numeric and not found.comparison.tasks["kind"].data.numeric
    page = (found.folder / "report.html").read_text(encoding="utf-8")
    assert "a number" in page


@pytest.mark.slow
def test_advice_on_numbers(pictures: Path, small_backbone: str) -> None:
    advice = advise(pictures, backbones=small_backbone, shipped=False, regression="light", workers=1)
    assert advice.candidates[0].probe.accuracy > 0.8 and advice.case.numeric and advice.case.majority == 0
    assert "explain" in str(advice) and "advice-for-numbers" in {one.code for one in advice.findings}


def test_intervals_of_r2_and_of_differences_cover() -> None:
    """Simulated: 400 test sets of 120 examples; the truth is that of the population."""
    rng, inside, apart = np.random.default_rng(0), [], []
    for _ in range(400):
        y = rng.normal(size=120)
        one, other = (0.7 * y + rng.normal(size=120) * noise for noise in (0.5, 0.7))
        truth = 1 - (0.09 + 0.25), 1 - (0.09 + 0.49)
        credits = credit(y, one), credit(y, other)
        assert credits[0].mean() == pytest.approx(r2_score(y, one))
        found = accuracy(credits[0][None])
        inside.append(float(found.low) <= truth[0] <= float(found.high))
        difference = contrast([Runs(credits[0][None])], [Runs(credits[1][None])])
        apart.append(float(difference.low) <= truth[0] - truth[1] <= float(difference.high))
        student = t_test(*credits)
        assert float(difference.value) == pytest.approx(student.difference)
        assert float(difference.p_value) == pytest.approx(student.p_value, abs=0.02)
    assert 0.91 < np.mean(inside) < 0.98 and 0.91 < np.mean(apart) < 0.98


def test_a_constant_has_no_error() -> None:
    y = np.random.default_rng(0).normal(size=50)
    assert np.abs(credit(y, np.full(50, y.mean()))).max() < 1e-12


def test_bounded_scores_are_as_before() -> None:
    right = np.random.default_rng(0).random((3, 50)) < 0.8
    assert accuracy(right)[:3] == accuracy(right.astype(float))[:3]
    assert float(accuracy(right).high) < 1
    assert Contender(MEAN).control
