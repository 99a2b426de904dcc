"""Predictions of a text bundle: kinds of inputs, and equality with the measured ones."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ghep
from ghep.data.loading.batches import POSITIONS
from ghep.data.loading.padded import Padded
from ghep.errors import BadText, ConfigError
from ghep.experiment.record import Run
from ghep.export.predictor import Predictor
from small_bert import reviews, small_bert, write_table

ROUNDING = 2e-5
"""Matrix products sum in another order in a batch of another size (float32)."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    root = tmp_path_factory.mktemp("texts")
    texts, labels = reviews(200)
    data = write_table(root / "reviews.csv", text=texts, label=labels)
    return ghep.fit(data, backbone=small_bert(root / "bert"), out=root / "run", precision="float32", workers=1)


@pytest.fixture(scope="module")
def predictor(run: Run) -> Predictor:
    return ghep.load(run.bundle)


@pytest.mark.slow
def test_predictions_are_those_the_run_measured_to_the_printed_digit(run: Run, predictor: Predictor) -> None:
    assert predictor.bundle.calibration["label"] != 1, "or the digits would not show whether it is used"
    rows = list(csv.DictReader((run.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    texts, _ = reviews(200)
    for split in ("valid", "test"):
        part = [row for row in rows if row["split"] == split]
        answers = predictor.predict([texts[int(row["id"].partition("#")[2])] for row in part])
        assert len(part) == 30
        assert [(row["predicted"], row["p:down"], row["p:up"]) for row in part] == [
            (one.label, f"{one.probabilities['down']:.6f}", f"{one.probabilities['up']:.6f}") for one in answers
        ]


def test_a_text_is_the_same_as_str_as_file_and_as_bytes(predictor: Predictor, tmp_path: Path) -> None:
    text = "the plot was lovely 7"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    answers = predictor.predict([text, tmp_path / "a.txt", text.encode()])
    assert [answer.input for answer in answers] == [text, str(tmp_path / "a.txt"), "input 2"]
    assert len({answer.probability for answer in answers}) == 1
    (tmp_path / "a.txt").unlink()
    assert predictor.predict([str(tmp_path / "a.txt")])[0].problem == "", "a str is the text itself, never a file"


def test_a_long_text_is_named_whole(predictor: Predictor) -> None:
    text = "very " * 500 + "good"
    assert predictor.predict([text])[0].input == text


def test_what_cannot_be_used_says_why_and_costs_the_others_nothing(predictor: Predictor, tmp_path: Path) -> None:
    bad = ["", "  \n", b"\xff\xfa", None, tmp_path / "none.txt", np.zeros(3)]
    reasons = ["empty", "empty", "not-utf-8", "unsupported-type", "missing", "unsupported-type"]
    answers = predictor.predict(["a good film", *bad, "a dull film"])
    assert [answer.problem.partition(": ")[0] for answer in answers] == ["", *reasons, ""]
    assert all(answer.label is None and answer.probabilities == {} for answer in answers[1:-1])
    clean = predictor.predict(["a good film", "a dull film"])
    for answer, expected in zip((answers[0], answers[-1]), clean, strict=True):
        assert answer.probabilities == pytest.approx(expected.probabilities, abs=ROUNDING)
    assert [answer.label for answer in predictor.predict(["", b""])] == [None, None]
    assert predictor.predict([]) == [] and predictor.predict_proba([]).shape == (0, 2)


def test_predict_proba_raises_for_a_bad_text_and_does_not_repeat_a_long_one(predictor: Predictor) -> None:
    with pytest.raises(BadText, match="empty: input 1: no characters") as caught:
        predictor.predict_proba(["fine", ""])
    assert caught.value.reason == "empty"
    with pytest.raises(BadText) as caught:
        predictor.predict_proba(["x" * 2_000_000])
    assert len(str(caught.value)) < 200 and caught.value.reason == "too-long"


def test_one_text_in_no_list_is_no_list_of_letters(predictor: Predictor) -> None:
    with pytest.raises(ConfigError, match="the input is one str; expected a sequence of texts"):
        predictor.predict("a good film")


def test_neither_order_nor_company_nor_where_a_chunk_ends_changes_an_answer(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, _ = reviews(150, seed=1)
    texts[7] = ""
    whole = predictor.predict(texts)
    assert [answer.input for answer in whole] == texts
    for chunk in (7, 64, 149):
        monkeypatch.setattr(predictor, "chunk", chunk)
        for one, other in zip(predictor.predict(texts), whole, strict=True):
            assert (one.input, one.problem) == (other.input, other.problem)
            assert one.probabilities == pytest.approx(other.probabilities, abs=ROUNDING)


def test_names_take_the_place_of_the_texts(predictor: Predictor) -> None:
    answers = predictor.predict(["a good film", ""], names=["first", "second"])
    assert [answer.input for answer in answers] == ["first", "second"] and answers[1].problem


def test_batches_are_of_texts_of_one_length(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []
    plain = predictor.model.backbone.net.forward

    def noted(inputs: Padded) -> Any:
        seen.append(tuple(inputs.values.shape))
        return plain(inputs)

    monkeypatch.setattr(predictor.model.backbone.net, "forward", noted)
    long = "very " * 28 + "good"
    texts = [text for place in range(120) for text in (f"good {place}", long)]
    predictor.predict(texts, report=lambda finding: None)  # they are unlike the training texts
    assert max(rows * length for rows, length in seen) <= POSITIONS
    assert min(length for _, length in seen) < 8, "short ones are not filled up to the long"
