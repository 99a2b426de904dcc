"""Prepared data on another machine: the same examples, from arrays, without the files they were read from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghep.backbone.catalog import load_backbone
from ghep.comparison.execution.executors import Job, Part, run_job
from ghep.comparison.execution.handover import files_read_again, packed, unpacked, with_files
from ghep.experiment.prepared import Prepared, prepared_for, source_of
from ghep.experiment.scoring import FEW
from ghep.training.stop import StopRequest

OPTIONS: dict[str, Any] = {"image_size": None}


def prepared(data: Path, backbone: str, **columns: Any) -> Prepared:
    return prepared_for(source_of(data, columns), load_backbone(backbone).preprocess, seed=0, limit_bytes=2**28)


def test_images_arrive_without_their_files(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    data = tmp_path / "photos"
    shutil.copytree(photos, data)
    here = prepared(data, small_backbone)
    expected = {one.id: here.store(one) for split in ("train", "valid", "test") for one in here.dataset.examples(split)}
    content, arrays = packed({small_backbone: here}, OPTIONS)
    arrays = [np.array(one) for one in arrays]  # as another machine has them
    shutil.rmtree(data)
    there = unpacked(content, arrays).of(small_backbone)
    assert there.identity == here.identity and there.dataset == here.dataset and len(arrays) == 1
    for split in ("train", "valid", "test"):
        for one in there.dataset.examples(split):
            assert np.array_equal(there.store(one), expected[one.id])


@pytest.mark.slow
@pytest.mark.parametrize("part", [Part(), Part(labels=10, task="label")])
def test_a_run_needs_only_the_files_that_are_sent(
    photos: Path, small_backbone: str, tmp_path: Path, part: Part
) -> None:
    """Also if its valid split is drawn from train."""
    data = tmp_path / "photos"
    shutil.copytree(photos, data)
    here = prepared(data, small_backbone)
    content, arrays = packed({small_backbone: here}, OPTIONS)
    files = files_read_again(part.of(here).dataset)
    assert 0 < len(files) <= 3 * FEW
    shutil.rmtree(data)
    there = with_files(unpacked(content, arrays).of(small_backbone), files)
    job = Job("run", tmp_path / "run", small_backbone, "linear_probe", 0, part, options={"workers": 1})
    outcome = run_job(job, lambda _: there, tmp_path, StopRequest())
    assert outcome.cause == "" and job.finished
