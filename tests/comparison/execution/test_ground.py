"""What all runs stand on: which split judges, and what is refused before the work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ghep.comparison.execution.ground import data_of, open_ground, with_test
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.planning.settings import settings_from
from ghep.data.dataset import Dataset, Source
from ghep.errors import ConfigError
from ghep.reporter import Silent
from ghep.types import Example, Split


def source(**labelled: bool) -> Source:
    """Return a source with two examples in each of the splits named; with labels, or without."""
    examples = [Example(f"{split}/{at}", "text", {"label": "ab"[at]} if labelled[split] else {})
                for split in labelled for at in (0, 1)]  # fmt: skip
    splits: dict[str, Split] = {one.id: one.id.partition("/")[0] for one in examples}  # type: ignore[misc]
    return Source("made up", Path(), tuple(examples), splits, modality="text")


def test_valid_judges_where_there_is_no_test_split_or_one_without_labels() -> None:
    for given in (source(train=True, valid=True), source(train=True, valid=True, test=False)):
        found = with_test(given)
        assert found.splits["valid/0"] == "test" and found.splits["train/0"] == "train"
        assert "valid-as-test" in {finding.code for finding in found.findings}


def test_a_test_split_with_labels_judges_and_valid_stays_to_choose_by() -> None:
    for given in (source(train=True, valid=True, test=True), source(train=True), source(train=True, test=True)):
        assert with_test(given) is given


def test_of_two_tasks_the_one_that_no_test_example_is_labelled_for_takes_rows_of_valid() -> None:
    given = source(train=True, valid=True, test=True)
    others = tuple(Example(f"{split}/other", "text", {"other": "a"}) for split in ("train", "valid"))
    splits: dict[str, Split] = {**given.splits, "train/other": "train", "valid/other": "valid"}
    found = with_test(replace(given, examples=(*given.examples, *others), splits=splits, tasks=("label", "other")))
    assert found.splits["valid/other"] == "test" and found.splits["valid/0"] == "valid"


def test_each_of_several_tasks_has_test_examples_of_its_own() -> None:
    labels: dict[str, list[dict[str, str]]] = {
        "train": [{"x": "a", "y": "c"}, {"x": "b", "y": "d"}],
        "test": [{"x": "a"}, {"x": "b", "y": "c"}, {"y": "d"}],
    }
    parts = {split: tuple(Example(f"{split}/{at}", "text", one) for at, one in enumerate(rows))
             for split, rows in labels.items()}  # fmt: skip
    classes = {"x": ("a", "b"), "y": ("c", "d")}
    whole = Dataset("made up", Path(), **parts, valid=(), classes=classes, modality="text")
    assert set(data_of(whole, "x").raw) == {"test/0", "test/1"} and set(data_of(whole, "y").raw) == {"test/1", "test/2"}
    assert data_of(whole, "y").counts == {"train": {"c": 1, "d": 1}, "test": {"c": 1, "d": 1}}
    with pytest.raises(ConfigError, match="no labelled test examples for y"):
        data_of(replace(whole, test=whole.test[:1]), "y")


def test_nothing_is_ever_judged_on_the_split_that_chooses() -> None:
    parts = [
        tuple(Example(f"{split}/{label}", "text", {"label": label}) for label in "ab")
        for split in ("train", "valid", "test")
    ]
    whole = Dataset("made up", Path(), *parts, classes={"label": ("a", "b")}, modality="text")
    assert data_of(whole).headline == "test"
    with pytest.raises(ConfigError, match="no labelled test examples"):
        data_of(replace(whole, test=()))


def test_the_weights_are_held_to_before_the_data_are_read(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "key", decisions={f"weights {small_backbone}": "others"})
    with pytest.raises(ConfigError, match="have changed"):
        open_ground(photos, settings_from(backbones=small_backbone), ledger, Silent())
