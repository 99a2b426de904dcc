"""Pairs of texts from the table to the answer: what only both texts decide is learnt, and the bundle asks for both."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import ghep
from ghep.cli.app import run as command
from ghep.errors import BadText, DataError
from ghep.estimator import TransferClassifier
from ghep.experiment.evaluation import evaluate
from ghep.experiment.record import Run
from ghep.model.bundle import load_bundle
from small_bert import write_table
from tiny_texts import FILLERS, write_family

ROUNDING = 2e-5


def same_word(count: int, *, seed: int = 0) -> dict[str, list[str]]:
    """Return pairs of a word and a sentence, labelled by whether the one is in the other; neither says so alone."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[str]] = {"premise": [], "hypothesis": [], "label": []}
    for place in range(count):
        word, same = ("good", "bad")[place // 2 % 2], place % 2
        other = word if same else {"good": "bad", "bad": "good"}[word]
        found["premise"].append(word)
        found["hypothesis"].append(" ".join([*rng.choice(FILLERS, 3), other, *rng.choice(FILLERS, 2)]))
        found["label"].append(("no", "yes")[same])
    return found


def accuracy(run: Run) -> float:
    result = next(one for one in run.results if one.split == "test")
    return next(score.value for score in result.scores if score.name == "accuracy")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("pairs") / "pairs.csv", **same_word(240))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_family("bert", tmp_path_factory.mktemp("backbone") / "bert")


@pytest.fixture(scope="module")
def run(data: Path, bert: str) -> Run:
    out = data.parent / "run"
    asked = ["-b", bert, "-o", str(out), "--precision", "float32", "--workers", "1"]
    assert command(["fit", str(data), "--text", "premise", "--text", "hypothesis", *asked]) == 0
    return ghep.fit(
        data, backbone=bert, text_column=("premise", "hypothesis"), out=data.parent / "api", precision="float32"
    )


def rows_of(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader((run.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.slow
def test_the_command_line_does_what_python_does(run: Run) -> None:
    other = run.folder.parent / "run" / "predictions.csv"
    assert other.read_bytes() == (run.folder / "predictions.csv").read_bytes()


def test_the_bundle_predicts_what_the_run_measured(run: Run) -> None:
    assert load_bundle(run.bundle).columns["text_column"] == ["premise", "hypothesis"]
    predictor, columns, rows = ghep.load(run.bundle), same_word(240), rows_of(run)
    places = [int(row["id"].partition("#")[2]) for row in rows]
    answers = predictor.predict([(columns["premise"][at], columns["hypothesis"][at]) for at in places])
    assert len(rows) == 72
    assert [answer.label for answer in answers] == [row["predicted"] for row in rows]
    measured = [float(row["p:yes"]) for row in rows]
    assert [answer.probabilities["yes"] for answer in answers] == pytest.approx(measured, abs=ROUNDING)


def test_a_single_text_is_no_input_of_a_pair_model_nor_a_pair_of_another(run: Run, data: Path, bert: str) -> None:
    predictor = ghep.load(run.bundle)
    alone, pair = predictor.predict(["good", ("good", "a good film")])
    assert alone.problem.startswith("not-a-pair: the model was trained on pairs of texts") and pair.label is not None
    with pytest.raises(BadText, match="not-a-pair"):
        predictor.predict_proba(["good"])
    with pytest.raises(
        DataError, match="holds single texts, from column 'hypothesis', and the bundle was trained on pairs"
    ):
        evaluate(run.bundle, data, text_column="hypothesis")
    other = ghep.fit(data, backbone=bert, text_column="hypothesis", out=data.parent / "single", precision="float32")
    assert ghep.load(other.bundle).predict([("good", "film")])[0].problem.startswith("a-pair: ")
    with pytest.raises(DataError, match=r"holds pairs of texts, .*, and the bundle was trained on single texts"):
        evaluate(other.bundle, data, text_column=("premise", "hypothesis"))


def test_predict_reads_both_columns_and_lines_with_a_tab(
    run: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle, columns = str(run.bundle), same_word(240)
    assert command(["predict", bundle, str(data), "--json"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert [answer["text"] for answer in answers] == [
        list(pair) for pair in zip(columns["premise"], columns["hypothesis"], strict=True)
    ]
    lines = tmp_path / "lines.txt"
    lines.write_text("".join(f"{a}\t{b}\n" for a, b in zip(*list(columns.values())[:2], strict=True)), encoding="utf-8")
    assert command(["predict", bundle, str(lines), "--lines", "--json"]) == 0
    by_line = json.loads(capsys.readouterr().out)
    assert [one["probabilities"] for one in by_line] == [one["probabilities"] for one in answers]
    lines.write_text("no tab\none\ttwo\n", encoding="utf-8")
    assert command(["predict", bundle, str(lines), "--lines"]) == 1
    assert "not-a-pair" in capsys.readouterr().out
    table = write_table(tmp_path / "new.csv", hypothesis=["a good film"], text=["good"])
    assert command(["predict", bundle, str(table)]) == 2
    error = capsys.readouterr().err
    assert "no column 'premise': the model was trained on pairs of texts, from columns 'premise' and 'hypothes" in error
    assert "--text A --text B" in error
    assert command(["predict", bundle, str(data), "--text", "hypothesis"]) == 2
    assert "name as many columns as it was trained on: --text premise --text hypothesis" in capsys.readouterr().err
    assert command(["predict", bundle, str(data), "--text", "hypothesis", "--text", "premise"]) == 0
    error = capsys.readouterr().err
    assert "warning: columns 'hypothesis' and 'premise' are used" in error and "are swapped" in error


def test_evaluate_scores_the_pairs(run: Run, data: Path) -> None:
    found = evaluate(run.bundle, data)
    score = next(one for one in found.results[0].scores if one.name == "accuracy")
    assert (found.results[0].split, score.n) == ("all", 240)
    assert "other-column" not in {one.code for one in found.findings}


def test_the_estimator_takes_pairs(bert: str) -> None:
    columns = same_word(80)
    pairs = list(zip(columns["premise"], columns["hypothesis"], strict=True))
    model = TransferClassifier(bert, random_state=0).fit(pairs, columns["label"])
    assert model.predict_proba(pairs).shape == (80, 2)
    assert model.predictor_.predict(["alone"])[0].problem.startswith("not-a-pair")


@pytest.mark.slow
def test_what_only_the_pair_decides_is_learnt_from_both_columns_and_not_from_one(
    data: Path, bert: str, tmp_path: Path
) -> None:
    settings = {"backbone": bert, "strategy": "full", "epochs": 30, "patience": 30, "lr": 0.01, "precision": "float32"}
    both = ghep.fit(data, text_column=("premise", "hypothesis"), out=tmp_path / "both", **settings)
    one = ghep.fit(data, text_column="hypothesis", out=tmp_path / "one", **settings)
    assert accuracy(both) > 0.9 and accuracy(one) < 0.7
