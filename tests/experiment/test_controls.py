"""The control beside a model of texts: fitted to the same examples, compared pair by pair, and heeded."""

from __future__ import annotations

import csv
import json
import socket
from pathlib import Path

import numpy as np
import pytest

from ghep.data.text import tokens
from ghep.errors import ConfigError, DataError
from ghep.experiment.controls import Control, control_findings
from ghep.experiment.fit import fit
from ghep.experiment.results import SplitResult
from ghep.metrics.paired import mcnemar
from ghep.types import Interval, Score

WORDS = {"good": 1.0, "great": 1.0, "fine": 0.8, "bad": -1.0, "awful": -1.0, "dull": -0.8}
FILLERS = ("the", "film", "plot", "was", "a", "story", "cast", "and", "so")


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file in GloVe's format whose first number says how good a word is."""
    rng = np.random.default_rng(0)
    file = tmp_path_factory.mktemp("vectors") / "tiny.txt"
    rows = [(word, [WORDS.get(word, 0.0), *rng.normal(0, 0.3, 5)]) for word in (*WORDS, *FILLERS)]
    file.write_text("".join(f"{word} {' '.join(f'{x:.4f}' for x in row)}\n" for word, row in rows), encoding="utf-8")
    return str(file)


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 240 made-up sentences, labelled by the one word in them that says something."""
    rng = np.random.default_rng(1)
    file = tmp_path_factory.mktemp("data") / "reviews.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(["text", "label", "split"])
        for place in range(240):
            word = rng.choice(list(WORDS))
            words = [*rng.choice(FILLERS, 3 + place % 9), word]
            split = ("train", "train", "valid", "test")[place % 4]
            table.writerow([f"{' '.join(rng.permutation(words))} {place}", "pos" if WORDS[word] > 0 else "neg", split])
    return file


def test_a_table_of_texts_becomes_a_run_with_its_control(vectors: str, reviews: Path, tmp_path: Path) -> None:
    run = fit(reviews, backbone=vectors, out=tmp_path / "run")
    assert run.accuracy.value >= 0.9 and run.accuracy.n == 60
    (control,) = run.result().controls
    assert control.name == "linear_ngrams" and control.score.n == 60 and control.score.value >= 0.9
    said = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))["scores"]["test"]["label"]
    assert said["linear_ngrams"]["value"] == control.score.value
    assert said["linear_ngrams"]["paired"]["p"] == control.paired.p_value
    assert control.paired.difference == pytest.approx(run.accuracy.value - control.score.value)


def test_without_a_control_there_is_none(vectors: str, reviews: Path, tmp_path: Path) -> None:
    run = fit(reviews, backbone=vectors, out=tmp_path / "run", control=False)
    assert run.result().controls == () and "control" not in run.cost.phases


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["light", "scratch"])
def test_word_vectors_are_trained_too(vectors: str, reviews: Path, tmp_path: Path, strategy: str) -> None:
    run = fit(reviews, backbone=vectors, strategy=strategy, out=tmp_path / "run", epochs=12, lr=0.05, control=False)
    assert run.proof == {"embeddings": "moved"} and run.accuracy.value >= 0.8


def test_tfidf_weighs_words_by_the_training_texts(vectors: str, reviews: Path, tmp_path: Path) -> None:
    run = fit(reviews, backbone=f"{vectors}@tfidf", out=tmp_path / "run", control=False)
    assert run.accuracy.value >= 0.9 and run.proof == {"embeddings": "frozen"}


def test_texts_need_a_backbone_for_texts(small_backbone: str, reviews: Path, photos: Path, vectors: str) -> None:
    with pytest.raises(DataError, match="holds texts, but small takes images"):
        fit(reviews, backbone=small_backbone)
    with pytest.raises(DataError, match="holds images, but tiny takes texts"):
        fit(photos, backbone=vectors)


def test_ratings_are_scored_by_how_far_off(vectors: str, reviews: Path, tmp_path: Path) -> None:
    table = tmp_path / "stars.csv"
    text = reviews.read_text(encoding="utf-8").replace(",pos,", ",10,").replace(",neg,", ",9,")
    table.write_text(text, encoding="utf-8")
    run = fit(table, backbone=vectors, out=tmp_path / "run", ratings=["label"], control=False)
    assert {score.name for score in run.result().scores} >= {"accuracy", "mae", "quadratic_kappa"}
    rows = list(csv.DictReader((tmp_path / "run" / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    right = [row for row in rows if row["split"] == "test" and row["label"] == row["predicted"]]
    assert len(right) / 60 == pytest.approx(run.accuracy.value), "9 comes before 10 wherever classes are named"
    with pytest.raises(ConfigError, match="starz is not a task"):
        fit(table, backbone=vectors, out=tmp_path / "other", ratings=["starz"])


def test_nobody_is_told(vectors: str, reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    fit(reviews, backbone=vectors, out=tmp_path / "run")


def result_with(right: list[int], control_right: list[int]) -> SplitResult:
    paired = mcnemar(np.array(right, bool), np.array(control_right, bool))
    score = Score("accuracy", float(np.mean(control_right)), Interval(0, 1), len(right))
    nothing = np.zeros(0)
    return SplitResult("test", "label", (), nothing, nothing, (), 0.5, (Control("words", score, paired, 1.0),))


@pytest.mark.parametrize(
    ("right", "control_right", "code"),
    [
        ([1] * 40 + [0] * 60, [1] * 70 + [0] * 30, "control-is-better"),
        ([1] * 70 + [0] * 30, [1] * 40 + [0] * 60, None),
        ([1] * 50 + [0] * 50, [1] * 50 + [0] * 50, "no-better-than-control"),
        ([1] * 52 + [0] * 48, [1] * 50 + [0] * 50, "no-better-than-control"),
        ([1] * 50 + [0] * 50, [1] * 52 + [0] * 48, "no-better-than-control"),
    ],
)
def test_the_verdict_follows_the_paired_test(right: list[int], control_right: list[int], code: str | None) -> None:
    found = control_findings([result_with(right, control_right)])
    assert [finding.code for finding in found] == ([code] if code else [])
    assert all((finding.severity == "warning") == (code == "control-is-better") for finding in found)


def test_ratings_spelt_as_floats_are_the_same_ratings(vectors: str, reviews: Path, tmp_path: Path) -> None:
    rows = list(csv.DictReader(reviews.read_text(encoding="utf-8").splitlines()))
    table = tmp_path / "stars.csv"
    with table.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, ["text", "label", "split"])
        writer.writeheader()
        for row in rows:
            number = "5" if row["label"] == "pos" else "1"
            writer.writerow({**row, "label": number if row["split"] == "train" else f"{number}.0"})
    run = fit(table, backbone=vectors, out=tmp_path / "run", ratings="label", control=False)
    assert run.result("test").score("accuracy").n == 60 and "labels-not-in-train" not in {f.code for f in run.findings}


def test_a_control_that_cannot_be_fitted_costs_the_run_nothing(
    vectors: str, reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise DataError("no word to learn from", remedy="check the column")

    monkeypatch.setattr(tokens, "fit_text_control", refused)
    run = fit(reviews, backbone=vectors, out=tmp_path / "run")
    assert run.bundle.is_dir() and run.result().controls == ()
    assert "no-control" in {finding.code for finding in run.findings}


def test_other_texts_under_the_same_names_are_another_run(vectors: str, reviews: Path, tmp_path: Path) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text(reviews.read_text(encoding="utf-8"), encoding="utf-8")
    fit(table, backbone=vectors, strategy="light", out=tmp_path / "run", epochs=1, control=False)
    table.write_text(reviews.read_text(encoding="utf-8").replace("the film", "a movie"), encoding="utf-8")
    with pytest.raises(ConfigError, match="belongs to other data"):
        fit(table, backbone=vectors, strategy="light", out=tmp_path / "run", epochs=1, control=False, resume=True)
