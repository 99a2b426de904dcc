"""The reference without labels, and the linear controls, in a whole comparison."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghep.backbone.catalog import load_backbone
from ghep.comparison.compare import Compared, compare
from ghep.comparison.execution.ground import data_of
from ghep.comparison.execution.zero_shot import names_of, zero_shot
from ghep.comparison.planning.settings import settings_from
from ghep.comparison.record import NGRAMS, ZERO_SHOT, Contender, Measured
from ghep.data.sources import read
from ghep.experiment.prepared import prepared_for, tasks_of
from ghep.features.decisions import Decisions
from ghep.types import Finding

MOODS = {"good": ("great", "fine", "lovely"), "bad": ("awful", "dull", "poor")}
FILLERS = ("film", "plot", "story", "cast", "scene")


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file in GloVe's format in which good words lie on one side, bad words on the other."""
    rng = np.random.default_rng(0)
    file = tmp_path_factory.mktemp("vectors") / "tiny.txt"
    sides = {word: sign for sign, (mood, words) in zip((1, -1), MOODS.items(), strict=True) for word in (mood, *words)}
    rows = [(word, [sides.get(word, 0.0), *rng.normal(0, 0.1, 7)]) for word in (*sides, *FILLERS)]
    file.write_text("".join(f"{word} {' '.join(f'{x:.4f}' for x in row)}\n" for word, row in rows), encoding="utf-8")
    return str(file)


def table(file: Path, names: dict[str, str]) -> Path:
    """Write 160 sentences with a good or a bad word; ``names`` are what the labels are called."""
    rng = np.random.default_rng(1)
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "label", "split"])
        for place in range(160):
            mood = ("good", "bad")[place % 2]
            words = [*rng.choice(FILLERS, 3), *rng.choice(MOODS[mood], 2)]
            split = ("train", "train", "valid", "test")[place // 2 % 4]
            writer.writerow([f"{' '.join(rng.permutation(words))} {place}", names[mood], split])
    return file


def answered(data: Path, backbone: str, **settings: Any) -> Measured | Finding:
    """Return what zero_shot makes of the test split of ``data``."""
    prepared = prepared_for(read(data), load_backbone(backbone).preprocess, seed=0, limit_bytes=2**30)
    (task,) = tasks_of(prepared.dataset, ())
    found = settings_from(strategies="linear_probe", cache=False, workers=1, engine="torch-float32", **settings)
    return zero_shot(backbone, prepared, task, data_of(prepared.dataset), found, Decisions())


def test_label_names_answer_without_labels(vectors: str, tmp_path: Path) -> None:
    found = answered(table(tmp_path / "moods.csv", {"good": "good", "bad": "bad"}), vectors)
    assert isinstance(found, Measured)
    assert found.contender == Contender(ZERO_SHOT, vectors) and found.contender.reference
    assert (found.num_train, found.labels, found.answers.accuracy, len(found.answers.ids)) == (0, None, 1, 40)
    assert (found.answers.confidence > 0.5).all() and found.seconds > 0


def test_names_that_are_no_words_leave_it_out(vectors: str, tmp_path: Path) -> None:
    found = answered(table(tmp_path / "moods.csv", {"good": "1", "bad": "0"}), vectors)
    assert isinstance(found, Finding) and (found.code, found.severity) == ("no-zero-shot", "info")
    assert found.message == 'the reference zero_shot was left out: class names such as "0" contain no words'


def test_pairs_leave_it_out(vectors: str, tmp_path: Path) -> None:
    data = table(tmp_path / "moods.csv", {"good": "good", "bad": "bad"})
    lines = data.read_text(encoding="utf-8").splitlines()
    data.write_text("\n".join([f"other,{lines[0]}", *(f"a film,{line}" for line in lines[1:])]), encoding="utf-8")
    prepared = prepared_for(
        read(data, text_column=["other", "text"]), load_backbone(vectors).preprocess, seed=0, limit_bytes=2**30
    )
    (task,) = tasks_of(prepared.dataset, ())
    settings = settings_from(strategies="linear_probe", cache=False, workers=1)
    found = zero_shot(vectors, prepared, task, data_of(prepared.dataset), settings, Decisions())
    assert isinstance(found, Finding) and found.message.endswith("the examples are pairs of texts, not single texts")


def compared(data: Path, backbone: str, out: Path) -> Compared:
    options = {"strategies": "linear_probe", "seeds": 1, "search": False, "workers": 1, "jobs": 1}
    found = compare(data, backbones=backbone, out=out, **options)
    assert isinstance(found, Compared)
    return found


@pytest.mark.slow
def test_a_comparison_of_texts_has_both(vectors: str, tmp_path: Path) -> None:
    found = compared(table(tmp_path / "moods.csv", {"good": "good", "bad": "bad"}), vectors, tmp_path / "out")
    runs = {run.contender: run for run in found.comparison.runs}
    zero, words = runs[Contender(ZERO_SHOT, vectors)], runs[Contender(NGRAMS)]
    assert words.answers.accuracy > 0.9 and words.answers.ids == zero.answers.ids
    places = {place.contender: place for place in found.evidence.leaderboard}
    assert places[zero.contender].interval.low < 1 and places[zero.contender].n == 40
    assert found.recommended.strategy != ZERO_SHOT
    assert ZERO_SHOT in found.report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("classes", "names"),
    [
        (["training_program", "facility"], ["training program", "facility"]),
        (["n01_TrainStation", "sea-side.view"], ["n01 Train Station", "sea side view"]),
        (["好", "坏"], ["好", "坏"]),
        (["good", "5"], 'class names such as "5" contain no words'),
        (["A", "B"], 'class names such as "A" contain no words'),
        (["big_cat", "big cat"], "two class names consist of the same words"),
    ],
)
def test_names_in_words(classes: list[str], names: list[str] | str) -> None:
    found = names_of(classes)
    assert (str(found) if isinstance(names, str) else found) == names
