"""A data set as plain values, and prepared examples in a file that another process reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ghep.data.carried import can_be_carried, dataset_from, dataset_json
from ghep.data.check import prepare
from ghep.data.dataset import Dataset
from ghep.data.image.levels import Levels
from ghep.data.image.pixels import PixelStore
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.text.loader import Refused, TextPair
from ghep.data.text.tokens import CharacterPreprocess
from ghep.types import Example, Finding, LabelSet, Quarantined


def test_a_data_set_is_the_same_after_a_journey_as_json() -> None:
    examples = (
        Example("a", Path("photos/\udcff.png"), {"label": "x"}),
        Example("b", "a text\n\u2028", {"label": "y", "tags": LabelSet("red|square")}),
        Example("c", TextPair("one", "two"), {}),
        Example("d", Refused(Path("d.txt"), "not-utf-8", "byte 0xff"), {"label": "x"}),
    )
    dataset = Dataset(
        "name",
        Path("somewhere"),
        *(examples[:2], examples[2:3], examples[3:]),
        classes={"label": ("x", "y"), "tags": ("red", "square")},
        findings=(Finding("code", "info", "said", "do", ("a", "b")),),
        quarantined=(Quarantined("e", "empty", "nothing in it", Path("e.txt")), Quarantined("f", "empty", "nor here")),
        digests={"a": "00ff"},
        modality="text",
        weights={"a": 1 / 3},
        groups={"a": "g"},
        seen_copies={"c": ("a", "b")},
        levels=Levels(integers=(0.0, 4095.0)),
    )
    assert can_be_carried(dataset)
    found = dataset_from(json.loads(json.dumps(dataset_json(dataset))))
    assert found == dataset
    assert isinstance(found.train[1].labels["tags"], LabelSet) and isinstance(found.valid[0].raw, TextPair)


def test_what_lies_in_memory_cannot_be_carried() -> None:
    examples = tuple(Example(str(n), np.zeros((2, 2, 3), np.uint8), {"label": "x"}) for n in range(2))
    assert not can_be_carried(Dataset("name", Path(), examples, (), (), classes={"label": ("x",)}))


def test_images_are_read_from_a_file_that_another_store_filled(photos: Path) -> None:
    preprocess = ImagePreprocess(32, 32, 32)
    store = PixelStore(preprocess)
    dataset = prepare(photos, keep=store)
    file, index = store.shared()
    other = PixelStore(preprocess, measure=False)
    other.attach(file, json.loads(json.dumps(index)))
    gone = [Example(one.id, Path("gone.png"), one.labels) for one in dataset.train]  # nothing is decoded again
    assert all(np.array_equal(other(one), store(one)) for one in gone)


def test_tokens_are_read_from_a_file_that_another_store_filled() -> None:
    preprocess = CharacterPreprocess()
    store, other = preprocess.prepared_store(limit_bytes=0), preprocess.prepared_store(limit_bytes=0)
    examples = [Example(str(n), "word " * (n + 1), {}) for n in range(3)]
    for one in examples:
        store.keep(one, str(one.raw))
    file, index = store.shared()
    other.attach(file, json.loads(json.dumps(index)))
    for one in examples:
        assert np.array_equal(other(Example(one.id, "another text", {})), store(one))
