"""The training examples nearest to a mistake: from stored features, or computed in bounded time; copies are marked."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ghep
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.comparison.execution.ground import data_of
from ghep.comparison.report import mistake_neighbours as nearby
from ghep.comparison.report.mistake_neighbours import mistake_neighbours
from ghep.comparison.report.words import number
from ghep.data.modalities import modality_named
from ghep.experiment.prepared import Prepared, prepared_for, source_of
from ghep.explanation.neighbours import stored
from ghep.explanation.neighbours.stored import features_within
from ghep.explanation.subject import subject_of
from ghep.features.options import FeatureOptions
from ghep.features.store import opened_store
from ghep.messages import Message
from tagged import numbered_pictures
from tiny_texts import texts, write_family, write_table


def prepared(data: Path, backbone: str, **columns: Any) -> Prepared:
    source = source_of(data, columns)
    return prepared_for(source, load_backbone(backbone).preprocess, seed=0, limit_bytes=2**28)


@pytest.fixture(scope="module")
def copied(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos, with a test photo that is also in train."""
    folder = tmp_path_factory.mktemp("copied") / "photos"
    shutil.copytree(photos, folder)
    shutil.copy(folder / "train" / "rows" / "003.png", folder / "test" / "columns" / "copy.png")
    return folder


def ran(monkeypatch: pytest.MonkeyPatch, kind: type[Backbone]) -> list[int]:
    """Record the block after which each forward pass begins, with the number of rows."""
    seen: list[int] = []
    whole, tail = kind.forward, kind.forward_from
    monkeypatch.setattr(kind, "forward", lambda self, inputs: (seen.append(0), whole(self, inputs))[1])
    monkeypatch.setattr(kind, "forward_from", lambda self, at, k: (seen.append(k), tail(self, at, k))[1])
    return seen


def ids_of(one: Prepared, count: int) -> list[str]:
    return [example.id for example in one.dataset.test[:count]]


def test_the_nearest_examples_of_a_probe_come_from_the_store(
    copied: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, options = prepared(copied, small_backbone), FeatureOptions(cache_dir=tmp_path / "store")
    run = ghep.fit(data, backbone=small_backbone, out=tmp_path / "run", control=False, cache_dir=tmp_path / "store")
    subject = subject_of(Path(run.bundle))
    asked = {"test/columns/copy.png", *ids_of(data, 2)}
    seen = ran(monkeypatch, type(subject.backbone))
    found = mistake_neighbours(subject, data, options, "label", asked)
    assert not isinstance(found, Message) and set(found) == asked
    assert sum(seen) == 0 and len(seen) <= 1, "at most one pass, over the mistakes"
    near = found["test/columns/copy.png"]
    assert (near[0].id, near[0].label, near[0].copy) == ("train/rows/003.png", "rows", True) and near[0].distance < 0.01
    assert (
        len(near) == 6 and not any(one.copy for one in near[1:]) and all(one.shown and one.shown.image for one in near)
    )
    assert {one.id.split("/")[0] for each in found.values() for one in each} == {"train"}
    for one in found.values():
        assert [each.distance for each in one] == sorted(each.distance for each in one)
    again = mistake_neighbours(subject, data, replace(options, cache=False), "label", asked)
    assert not isinstance(again, Message)
    assert [one.id for one in again["test/columns/copy.png"]] == [one.id for one in near], "computed, the same"


@pytest.mark.slow
def test_only_the_blocks_after_the_stored_activations_run(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = prepared(photos, small_backbone)
    store, _ = opened_store(tmp_path / "store", limit_bytes=2**28)
    settings: dict[str, Any] = {"strategy": "light", "epochs": 3, "augment": "none", "cache_dir": tmp_path / "store"}
    run = ghep.fit(data, backbone=small_backbone, out=tmp_path / "run", control=False, seed=1, **settings)
    backbone = subject_of(Path(run.bundle)).backbone
    train = data.labelled((), backbone.preprocess)["train"]
    seen = ran(monkeypatch, type(backbone))
    features = features_within(60, backbone, train, store=store)
    assert seen and min(seen) > 0
    seen.clear()
    whole = features_within(60, backbone, train, store=None)
    assert set(seen) == {0}
    np.testing.assert_allclose(features, whole, atol=0.02 * float(np.abs(whole).max()))  # stored rows may be float16
    monkeypatch.setattr(stored, "READ_BYTES", 100)
    seen.clear()
    features_within(60, backbone, train, store=store)
    assert set(seen) == {0}, "more activations than may be read"


def test_features_that_take_too_long_are_left_out_with_their_time(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = prepared(photos, small_backbone)
    run = ghep.fit(data, backbone=small_backbone, out=tmp_path / "run", control=False)
    monkeypatch.setattr(nearby, "SECONDS", 1e-9)
    subject = subject_of(Path(run.bundle))
    seen = ran(monkeypatch, type(subject.backbone))
    found = mistake_neighbours(subject, data, FeatureOptions(cache=False), "label", ids_of(data, 1))
    assert isinstance(found, Message) and len(seen) == 1, "it stops after the first batch"
    assert "computing the features of 60 training examples would take about" in str(found)
    assert f"ghep similar {run.bundle} FILE" in str(found)


def test_texts_of_a_table_show_their_beginning(tmp_path: Path) -> None:
    table, vectors = write_table(tmp_path / "t.csv", {"train": texts(60), "test": texts(10, seed=1)}), tmp_path / "v"
    backbone = write_family("glove", vectors)
    data = prepared(table, backbone)
    subject = subject_of(Path(ghep.fit(data, backbone=backbone, out=tmp_path / "run", control=False).bundle))
    found = mistake_neighbours(subject, data, FeatureOptions(), "label", ids_of(data, 3))
    assert not isinstance(found, Message)
    known = {one.id: (str(one.raw), one.labels["label"]) for one in data.dataset.train}
    for one in (each for near in found.values() for each in near):
        assert one.shown and (one.shown.text, one.label) == known[one.id]


def test_texts_in_files_show_their_beginning_not_their_path(tmp_path: Path) -> None:
    for split, count in (("train", 40), ("test", 6)):
        for place, (text, label) in enumerate(texts(count, seed=count)):
            folder = tmp_path / "texts" / split / label
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{place}.txt").write_text(text * 9)
    backbone = write_family("glove", tmp_path / "v")
    data = prepared(tmp_path / "texts", backbone)
    subject = subject_of(Path(ghep.fit(data, backbone=backbone, out=tmp_path / "run", control=False).bundle))
    found = mistake_neighbours(subject, data, FeatureOptions(), "label", ids_of(data, 2))
    assert not isinstance(found, Message)
    for one in (each for near in found.values() for each in near):
        whole = (tmp_path / "texts" / one.id).read_text()
        assert one.shown and len(one.shown.text) <= 120 and whole.startswith(one.shown.text.rstrip("…"))
    raw = data_of(data.dataset).raw[ids_of(data, 1)[0]]
    assert modality_named("text").shown(raw).text[:20] == Path(raw).read_text()[:20]
    assert modality_named("text").shown(tmp_path / "gone.txt").missing == "missing"


def test_work_is_counted_by_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts come longest first: the time of the first batch, taken for that of every batch, would be far too long."""
    table = write_table(tmp_path / "t.csv", {"train": texts(60), "test": texts(10, seed=1)})
    name = write_family("glove", tmp_path / "v")
    backbone = load_backbone(name)
    train = prepared(table, name).labelled((), backbone.preprocess)["train"]
    monkeypatch.setattr("ghep.data.loading.batches.POSITIONS", 64)
    clock = [0.0]
    tokens = type(backbone).forward

    def slow(self: Backbone, inputs: Any) -> torch.Tensor:
        clock[0] += float(inputs.lengths.sum())
        return tokens(self, inputs)  # type: ignore[return-value, arg-type]

    monkeypatch.setattr(type(backbone), "forward", slow)
    monkeypatch.setattr(stored.time, "perf_counter", lambda: clock[0])
    assert train.lengths is not None
    total = float(train.lengths.sum())
    assert features_within(total - 1, backbone, train, store=None) == pytest.approx(total)
    assert isinstance(features_within(total + 1, backbone, train, store=None), np.ndarray)


def test_neighbours_of_numbers_have_numbers_as_the_page_writes_them(tmp_path: Path, small_backbone: str) -> None:
    table = numbered_pictures(tmp_path, 60)
    data = prepared(table, small_backbone, label_columns=["light"], regression=["light"])
    run = ghep.fit(data, backbone=small_backbone, out=tmp_path / "run", control=False)
    found = mistake_neighbours(subject_of(Path(run.bundle)), data, FeatureOptions(), "light", ids_of(data, 2))
    assert not isinstance(found, Message)
    known = {one.id: float(one.labels["light"]) for one in data.dataset.train}
    near = [each for one in found.values() for each in one]
    assert len(near) == 12 and all(each.label == number(known[each.id]) for each in near)
