"""``pretraining_benefit`` from end to end, on an ELMo kind that learnt an invented language, and on a tiny BERT."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.small_bert import reviews, small_bert, write_table

import ghep
from ghep.comparison.compare import compare
from ghep.comparison.pretraining.benefit import Benefit, held_back_photos, held_back_texts
from ghep.data.text.loader import TextPair
from ghep.errors import ConfigError
from pretrain.small import on_topics
from tagged import tagged_texts

READ = {"text_column": "text", "label_columns": ("label",)}
COMPARE: dict[str, Any] = {
    **READ,
    "strategies": "linear_probe",
    "labels": "8,all",
    "seeds": 3,
    "jobs": 1,
    "device": "cpu",
}


def table(folder: Path, train: int = 60, test: int = 40) -> Path:
    texts, labels = reviews(train, seed=1)
    others, of_others = reviews(test, seed=2)
    splits = ["train"] * train + ["test"] * test
    return write_table(folder / "reviews.csv", text=texts + others, label=labels + of_others, split=splits)


def pretrained(folder: Path, backbone: str | None) -> Path:
    small_bert(folder, seed=3)
    record = {"objective": "mlm", "backbone": backbone, "seconds": 60.0, "curve": []}
    (folder / "pretraining.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def benefit(tmp_path_factory: pytest.TempPathFactory) -> Benefit:
    """Of a backbone that had read next to nothing, before it was pretrained further on 300 texts and after."""
    folder = tmp_path_factory.mktemp("benefit")
    (folder / "corpus.txt").write_text("\n".join(text for text, _ in on_topics(300, seed=0, length=30)))
    settings: dict[str, Any] = {"objective": "bilm", "length": 32, "lr": 1e-2, "precision": "float32", "workers": 1}
    start, after = folder / "start", folder / "after"
    ghep.pretrain(folder / "corpus.txt", out=start, passes=0.05, layers=2, width=32, vocabulary=256, **settings)
    ghep.pretrain(folder / "corpus.txt", backbone=start, out=after, passes=24.0, **settings)
    texts = {"train": on_topics(80, seed=1, length=8), "test": on_topics(200, seed=2, length=8)}
    rows = [(text, "ab"[topic % 2], split) for split, found in texts.items() for text, topic in found]
    columns = dict(zip(("text", "label", "split"), zip(*rows, strict=True), strict=True))
    return ghep.pretraining_benefit(after, write_table(folder / "topics.csv", **columns), out=folder / "out", **COMPARE)


@pytest.mark.slow
def test_it_compares_the_backbone_before_and_after_on_the_same_draws(benefit: Benefit) -> None:
    runs = benefit.compared.comparison.runs
    sides = benefit.evidence.sides
    for backbone in (sides.before, sides.after):
        mine = [(run.labels, run.draw) for run in runs if run.contender.backbone == backbone]
        assert {(8, 0), (8, 1), (None, 0)} <= set(mine)
    assert [one.labels for one in benefit.evidence.at] == [8, None]


@pytest.mark.slow
def test_what_helped_is_said_to_have_helped(benefit: Benefit) -> None:
    """The language has topics, which the texts show and a few labels do not."""
    assert benefit.kind == "helped" and benefit.evidence.primary.interval.low > 0
    few = benefit.evidence.at[0]
    assert few.after_score > few.before_score + 0.1


@pytest.mark.slow
def test_controls_that_need_no_training_are_made_and_the_others_only_if_asked_for(benefit: Benefit) -> None:
    strategies = {run.contender.strategy for run in benefit.compared.comparison.runs}
    assert {"linear_ngrams", "majority"} <= strategies
    assert not {"scratch", "random_features"} & strategies
    assert benefit.evidence.linear is not None


@pytest.mark.slow
def test_it_is_saved_as_a_page_and_as_json(benefit: Benefit) -> None:
    saved = json.loads((benefit.folder / "benefit.json").read_text(encoding="utf-8"))
    assert saved["kind"] == benefit.kind and saved["primary"]["difference"] == benefit.evidence.primary.difference
    assert saved == json.loads(json.dumps(benefit.to_json()))
    assert benefit.report.is_file() and (benefit.folder / "comparison" / "report.html").is_file()
    assert str(benefit) == "\n".join(benefit.lines())


@pytest.mark.slow
def test_the_same_call_continues_and_finds_the_same(benefit: Benefit) -> None:
    folder = benefit.folder.parent
    again = ghep.pretraining_benefit(folder / "after", folder / "topics.csv", out=folder / "out", **COMPARE)
    assert again.evidence.primary == benefit.evidence.primary
    assert [run.folder for run in again.compared.comparison.runs] == [
        run.folder for run in benefit.compared.comparison.runs
    ]


@pytest.mark.slow
def test_the_trained_controls_are_made_on_one_of_the_two(tmp_path: Path) -> None:
    data = table(tmp_path)
    after = pretrained(tmp_path / "after", None)
    options = {"strategies": "linear_probe", "labels": "all", "seeds": 1, "jobs": 1, "device": "cpu", "search": False}
    found = ghep.pretraining_benefit(after, data, out=tmp_path / "out", scratch=True, **READ, **options)
    assert found.evidence.sides.random
    trained = {run.contender for run in found.compared.comparison.runs if run.contender.strategy == "scratch"}
    assert {one.backbone for one in trained} == {str(after)}


@pytest.mark.slow
def test_a_multi_label_task_is_judged_with_all_labels(tmp_path: Path) -> None:
    data, vectors = tagged_texts(tmp_path)
    after = tmp_path / "after"
    after.mkdir()
    (after / "vectors.txt").write_text(Path(vectors).read_text())
    (after / "pretraining.json").write_text(json.dumps({"objective": "word2vec", "backbone": None, "curve": []}))
    options = {"strategies": "linear_probe", "seeds": 1, "jobs": 1, "device": "cpu", "search": False}
    found = ghep.pretraining_benefit(after, data, out=tmp_path / "out", label_columns=["about"], **options)
    assert [one.labels for one in found.evidence.at] == [None]


def test_what_cannot_be_compared_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    data = table(tmp_path)
    with pytest.raises(ConfigError, match=r"no pretraining\.json"):
        ghep.pretraining_benefit(tmp_path, data, out=tmp_path / "out", **READ)
    after = pretrained(tmp_path / "after", "nowhere")
    with pytest.raises(ConfigError, match="nowhere, is not there"):
        ghep.pretraining_benefit(after, data, out=tmp_path / "out", **READ)


def test_the_texts_held_back_are_those_of_the_test_split(tmp_path: Path) -> None:
    texts = reviews(40, seed=2)[0]
    assert sorted(held_back_texts(table(tmp_path), **READ)) == sorted(texts)


def test_without_a_test_split_they_are_those_that_a_comparison_splits_off(tmp_path: Path) -> None:
    texts, labels = reviews(60, seed=1)
    data = write_table(tmp_path / "all.csv", text=texts, label=labels)
    found = held_back_texts(data, **READ)
    assert 0 < len(found) < 30 and set(found) < set(texts)


def test_the_photos_held_back_are_those_of_the_test_split(photos: Path, tmp_path: Path) -> None:
    found = held_back_photos(photos)
    assert found and sorted(found) == sorted((photos / "test").rglob("*.png"))
    assert held_back_texts(photos) == () and held_back_photos(table(tmp_path), **READ) == ()


def test_of_pairs_both_texts_are_held_back() -> None:
    from ghep.comparison.pretraining.benefit import _texts

    assert _texts(TextPair("A man sleeps.", "He is awake.")) == ("A man sleeps.", "He is awake.")
    assert _texts("one") == ("one",) and _texts(Path("photo.jpg")) == ()


@pytest.mark.slow
def test_they_are_the_examples_that_the_comparison_scores(tmp_path: Path) -> None:
    texts, labels = reviews(60, seed=1)
    data = write_table(tmp_path / "all.csv", text=texts, label=labels)
    options = {"strategies": "linear_probe", "seeds": 1, "jobs": 1, "device": "cpu", "controls": False}
    compared = compare(data, out=tmp_path / "out", backbones=small_bert(tmp_path / "bert"), **READ, **options)
    raw = compared.comparison.data.raw.values()
    assert sorted(map(str, raw)) == sorted(held_back_texts(data, **READ))
