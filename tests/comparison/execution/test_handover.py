"""Prepared data on another machine: the same examples, from arrays, without the files they were read from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ghep.backbone.catalog import load_backbone
from ghep.comparison.execution.handover import files_read_again, packed, unpacked
from ghep.experiment.prepared import Prepared, prepared_for, source_of

OPTIONS: dict[str, Any] = {"image_size": None}


def prepared(data: Path, backbone: str, **columns: Any) -> Prepared:
    return prepared_for(source_of(data, columns), load_backbone(backbone).preprocess, seed=0, limit_bytes=2**28)


def test_images_arrive_without_their_files(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    data = tmp_path / "photos"
    shutil.copytree(photos, data)
    here = prepared(data, small_backbone)
    expected = {one.id: here.store(one) for split in ("train", "valid", "test") for one in here.dataset.examples(split)}
    again = {path: here.store.preprocess.decode(path) for path in files_read_again(here.dataset)}
    content, arrays = packed({small_backbone: here}, OPTIONS, with_files=True)
    arrays = [np.array(one) for one in arrays]  # as another machine has them
    shutil.rmtree(data)
    there = unpacked(content, arrays).of(small_backbone)
    assert there.identity == here.identity and there.dataset.train == here.dataset.train
    for split in ("train", "valid", "test"):
        for one in there.dataset.examples(split):
            assert np.array_equal(there.store(one), expected[one.id])
    read_again = [one.raw for split in ("valid", "test") for one in there.dataset.examples(split)]
    assert len(read_again) == len(again) == 40
    for raw, pixels in zip(read_again, again.values(), strict=True):
        assert np.array_equal(there.store.preprocess.decode(raw), pixels)


def test_where_the_files_are_seen_they_are_not_sent(photos: Path, small_backbone: str) -> None:
    here = prepared(photos, small_backbone)
    content, arrays = packed({small_backbone: here}, OPTIONS, with_files=False)
    there = unpacked(content, arrays).of(small_backbone)
    assert len(arrays) == 1 and there.dataset == here.dataset
