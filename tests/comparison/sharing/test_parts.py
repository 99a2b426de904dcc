"""The labels of some tasks, and a limited number of labels of one task."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ghep.comparison.sharing.parts import limited, only
from ghep.data.dataset import Dataset
from ghep.errors import ConfigError
from ghep.types import Example

SIZES = {"train": 300, "valid": 60, "test": 40}


def made(both: bool = True) -> Dataset:
    """Return texts of which a third is rare for ``tone``; each has a ``stars`` too, or one task alone."""
    parts = {}
    for split, size in SIZES.items():
        rows = []
        for at in range(size):
            labels = {"tone": "rare" if at % 3 == 0 else "usual", "stars": str(at % 5)}
            if not both:
                labels.pop(("tone", "stars")[at % 2])
            rows.append(Example(f"{split}/{at}", f"text {at}", labels))
        parts[split] = tuple(rows)
    classes = {"tone": ("rare", "usual"), "stars": ("0", "1", "2", "3", "4")}
    return Dataset("made up", Path(), **parts, classes=classes, modality="text")


def labelled(dataset: Dataset, task: str) -> dict[str, list[str]]:
    return {
        split: [one.id for one in dataset.examples(split) if task in one.labels]  # type: ignore[arg-type]
        for split in SIZES
    }


def test_all_tasks_leave_the_data_unchanged() -> None:
    whole = made()
    assert only(whole, ("tone", "stars")) is whole and only(whole, ()) is whole


def test_rows_without_a_label_of_the_task_are_left_out() -> None:
    whole = made(both=False)
    tone = only(whole, ("tone",))
    assert tone.tasks == ("tone",) and tone.classes["tone"] == whole.classes["tone"]
    assert tone.counts == {"train": 150, "valid": 30, "test": 20}
    assert all(set(one.labels) == {"tone"} for one in (*tone.train, *tone.valid, *tone.test))
    assert set(only(made(), ("tone",)).train[0].labels) == {"tone"}


def test_a_limit_counts_train_and_valid_and_leaves_test_and_the_other_task_alone() -> None:
    whole, few = made(), limited(made(), {"tone": 50}, draw=0)
    kept = labelled(few, "tone")
    assert (len(kept["train"]), len(kept["valid"]), len(kept["test"])) == (40, 10, 40)
    assert labelled(few, "stars") == labelled(whole, "stars")
    assert few.counts == whole.counts
    (said,) = few.findings
    assert said.code == "labels-limited" and "50 of 360 labels of tone" in said.message


def test_a_row_without_any_remaining_label_is_left_out() -> None:
    few = limited(made(both=False), {"tone": 50}, draw=0)
    assert few.counts == {"train": 150 + 40, "valid": 30 + 10, "test": 40}


def test_classes_keep_their_proportions_and_have_at_least_one_label() -> None:
    few = limited(made(), {"tone": 30}, draw=0)
    counts = Counter(one.labels["tone"] for one in few.train if "tone" in one.labels)
    assert counts == {"rare": 8, "usual": 16}
    least = limited(made(), {"tone": 2}, draw=0)
    assert sorted(one.labels["tone"] for one in (*least.train, *least.valid) if "tone" in one.labels) == [
        "rare",
        "usual",
    ]


def test_draws_are_nested_and_differ_by_seed() -> None:
    fewer, more = (set(labelled(limited(made(), {"tone": n}, draw=0), "tone")["train"]) for n in (40, 100))
    assert fewer < more
    one, other = (labelled(limited(made(), {"tone": 40}, draw=draw), "tone") for draw in (0, 1))
    assert one["train"] != other["train"] and one["valid"] != other["valid"]


def test_a_limit_above_the_number_of_labels_keeps_all() -> None:
    whole = made()
    few = limited(whole, {"tone": 10_000}, draw=0)
    assert labelled(few, "tone") == labelled(whole, "tone") and not few.findings
    with pytest.raises(ConfigError, match="no task"):
        limited(whole, {"tune": 5}, draw=0)
