"""Labels that name several classes: when a column holds them, how they are counted, divided and looked at."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from ghep.data.check import check
from ghep.data.dataset import Source
from ghep.data.report import CheckReport
from ghep.data.sources import read
from ghep.data.splitting.splits import FRACTIONS, deal
from ghep.errors import DataError
from ghep.experiment.prepared import source_of, tasks_of
from ghep.tasks import Classification, MultiLabel, Rating
from ghep.types import SPLITS, Example, LabelSet

WORDS = ("lamp", "chair", "river", "stone", "apple", "cloud", "paper", "train", "horse", "music", "window", "garden")


def sentences(n: int) -> list[str]:
    rng = np.random.default_rng(0)
    return [f"{' '.join(rng.choice(WORDS, 6))} {place}" for place in range(n)]


def table(root: Path, cells: list[Any], *, column: str = "tags", split: list[str] | None = None) -> Path:
    texts = sentences(len(cells))
    rows = [{"text": text, column: cell} for text, cell in zip(texts, cells, strict=True)]
    if split is not None:
        rows = [{**row, "split": one} for row, one in zip(rows, split, strict=True)]
    (root / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return root / "t.jsonl"


def labels(source: Source, task: str = "tags") -> list[str | None]:
    return [example.labels.get(task) for example in source.examples]


def found(report: CheckReport, code: str) -> list[str]:
    return [finding.message for finding in report.findings if finding.code == code]


def test_one_cell_that_names_two_makes_the_column_sets(tmp_path: Path) -> None:
    source = read(table(tmp_path, ["a", "b| c", None, "|", " ", "c|b"]), label_columns=["tags"])
    assert labels(source) == ["a", "b| c", None, "|", None, "c|b"]  # as given
    assert all(isinstance(label, LabelSet) for label in labels(source) if label is not None)


@pytest.mark.parametrize("cells", [["a|", "b", "|b"], ["a|a", "b", "a| a"], ["|", "a", "||"], ["a", "b", "c"]])
def test_a_bar_without_two_names_changes_no_meaning(cells: list[str], tmp_path: Path) -> None:
    source = read(table(tmp_path, cells), label_columns=["tags"])
    assert labels(source) == cells
    assert not any(isinstance(label, LabelSet) for label in labels(source))


def test_lists_of_names_and_of_numbers_with_names_are_sets(tmp_path: Path) -> None:
    source = read(table(tmp_path, [["a", "b"], [], None, ["b"]]), label_columns=["tags"])
    assert labels(source) == ["a|b", "|", None, "b"]
    assert source.examples[1].labels["tags"] == LabelSet("|")
    only = read(table(tmp_path, [["a"], [], None, ["b"]]), label_columns=["tags"])
    assert labels(only) == ["a", None, None, "b"]  # no cell says that there may be several

    feature = {"_type": "Sequence", "feature": {"_type": "ClassLabel", "names": ["joy", "anger", "fear"]}}
    info = {b"huggingface": json.dumps({"info": {"features": {"tags": feature}}}).encode()}
    cells = pa.array([[0, 2], [1], []], pa.list_(pa.int64()))
    content = pa.table({"text": sentences(3), "tags": cells}).replace_schema_metadata(info)
    pq.write_table(content, tmp_path / "t.parquet")
    assert labels(read(tmp_path / "t.parquet", label_columns=["tags"])) == ["joy|fear", "anger", "|"]


def test_class_folders_are_never_divided(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("a|b", "c"):
        (tmp_path / name).mkdir()
        for place in range(12):
            picture = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
            Image.fromarray(picture).save(tmp_path / name / f"{place}.png")
    dataset = check(tmp_path).dataset
    assert dataset.classes == {"label": ("a|b", "c")} and not dataset.multi_label
    assert tasks_of(dataset, ()) == [Classification("label", ("a|b", "c"))]


def test_a_rating_is_no_set(tmp_path: Path) -> None:
    path = table(tmp_path, ["1|2"] + ["1", "2", "3"] * 12)
    source = source_of(path, {"label_columns": ["tags"]}, ["tags"])
    assert not any(isinstance(label, LabelSet) for label in labels(source))
    with pytest.raises(DataError, match=r'not a number.*"1\|2"'):
        Rating.of("tags", {str(label) for label in labels(source)})


def test_labels_are_counted_by_class_and_written_in_one_way(tmp_path: Path) -> None:
    cells = ["b|a", "a| b", "a", "|", "b", "a|b|a"] * 8 + [None]
    report = check(table(tmp_path, cells), label_columns=["tags"])
    dataset = report.dataset
    assert dataset.classes == {"tags": ("a", "b")}
    assert dataset.multi_label == ("tags",)
    every = [example for split in SPLITS for example in dataset.examples(split)]
    assert {example.labels["tags"] for example in every} == {"a|b", "a", "b", ""}
    counts = report.to_json()["classes"]["tags"]
    assert sum(counts[split]["a"] for split in SPLITS) == 32
    assert sum(counts[split]["b"] for split in SPLITS) == 32
    (said,) = found(report, "multi-label")
    assert said == "'tags' is multi-label: 24 of 48 labels name several of its 2 classes, 8 name none"
    assert tasks_of(dataset, ()) == [MultiLabel("tags", ("a", "b"))]


def test_rare_classes_are_named_and_classes_misspelt(tmp_path: Path) -> None:
    cells = ["common|usual", "usual", "common"] * 20 + ["common|rare"] * 4 + ["usaul|common"]
    split = ["train", "train", "valid", "test"] * 16 + ["train"]
    report = check(table(tmp_path, cells, split=split), label_columns=["tags"])
    few = next(finding for finding in report.findings if finding.code == "few-examples")
    assert {item.partition(":")[0] for item in few.items} == {"rare", "usaul"}
    assert found(report, "class-name-typo") == ["one class name looks misspelt"]
    uneven = next(finding for finding in report.findings if finding.code == "imbalance")
    assert "macro F1" in uneven.remedy
    assert {finding.code for finding in report.findings} >= {"class-absent-from-valid", "class-absent-from-test"}


def test_a_set_with_a_class_that_train_lacks_is_set_aside(tmp_path: Path) -> None:
    cells = ["a|b", "a", "b"] * 10 + ["a|b", "a|z"]
    split = ["train"] * 30 + ["test", "test"]
    report = check(table(tmp_path, cells, split=split), label_columns=["tags"])
    assert len(report.dataset.test) == 1
    assert [bad.reason for bad in report.dataset.quarantined] == ["label-not-in-train"]


def test_copies_that_say_the_same_in_another_order_do_not_conflict(tmp_path: Path) -> None:
    rows = [{"text": text, "tags": "a|b" if k % 2 else "c"} for k, text in enumerate(sentences(40))]
    rows += [{"text": rows[1]["text"], "tags": "b | a"}]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert not found(check(tmp_path / "t.jsonl", label_columns=["tags"]), "conflicting-labels")
    rows += [{"text": rows[2]["text"], "tags": "c|a"}]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert found(check(tmp_path / "t.jsonl", label_columns=["tags"]), "conflicting-labels")


def test_each_class_is_dealt_out_by_its_share_and_a_rare_one_reaches_every_split() -> None:
    rng = np.random.default_rng(0)
    sets = [
        [name for name, p in zip("abcd", (0.6, 0.3, 0.1, 0.5), strict=True) if rng.random() < p] for _ in range(600)
    ]
    for place in range(3):
        sets[place].append("rare")
    every = [Example(str(k), None, {"tags": LabelSet.of(names)}) for k, names in enumerate(sets)]
    splits = deal(every, {}, FRACTIONS, seed=0)
    assert len(splits) == 600  # those of no class too
    totals = Counter(name for names in sets for name in names)
    for split, share in FRACTIONS.items():
        here = Counter(
            name for one, names in zip(every, sets, strict=True) if splits[one.id] == split for name in names
        )
        for name in "abcd":
            assert here[name] == pytest.approx(share * totals[name], abs=2.5)
        assert here["rare"] == 1
        nothing = [one.id for one, names in zip(every, sets, strict=True) if not names]
        assert sum(splits[one] == split for one in nothing) == pytest.approx(share * len(nothing), abs=2.5)


def test_sets_stay_sets_where_data_sets_are_joined(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one = table(tmp_path / "one", ["a|b", "b", "a"] * 12)
    other = table(tmp_path / "other", ["x", "y"] * 18, column="kind")  # the same texts
    dataset = check({"tags": str(one), "kinds": str(other)}).dataset
    assert dataset.classes == {"tags": ("a", "b"), "kinds": ("x", "y")}
    assert dataset.multi_label == ("tags",)
    assert sum(len(example.labels) == 2 for split in SPLITS for example in dataset.examples(split)) > 0
    assert tasks_of(dataset, ()) == [MultiLabel("tags", ("a", "b")), Classification("kinds", ("x", "y"))]


@pytest.mark.parametrize("cells", [["a|b"] * 3 + [None] * 9, [None] * 12])
def test_what_cannot_be_learnt_is_refused(cells: list[Any], tmp_path: Path) -> None:
    split = ["valid"] * 3 + ["train"] * 9
    with pytest.raises(DataError):
        check(table(tmp_path, cells, split=split), label_columns=["tags"])
