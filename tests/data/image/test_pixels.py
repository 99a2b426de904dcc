"""Stored images equal decoded ones, also after an overflow."""

from __future__ import annotations

import errno
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.image.loader import load_image
from ghep.data.image.pixels import PixelStore
from ghep.data.image.preprocess import ImagePreprocess
from ghep.types import Example

PREPROCESS = ImagePreprocess(16, 16, 20)


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    rng, found = np.random.default_rng(0), []
    for number in range(8):
        path = tmp_path / f"{number}.png"
        size = (24 + number, 40 - number, 3)
        Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8)).save(path)
        found.append(Example(path.name, path))
    return found


def filled(examples: list[Example], **options: int) -> PixelStore:
    store = PixelStore(PREPROCESS, **options)
    for example in examples:
        store.keep(example, load_image(example.raw))
    return store


def same_as_decoded(store: PixelStore, examples: list[Example]) -> bool:
    return all(np.array_equal(store(example), PREPROCESS.decode(example.raw)) for example in examples)


def test_stored_pixels_equal_decoded_ones_and_no_file_is_opened_again(examples: list[Example]) -> None:
    store = filled(examples)
    expected = [PREPROCESS.decode(example.raw) for example in examples]
    for example in examples:
        example.raw.unlink()
    assert all(np.array_equal(store(example), pixels) for example, pixels in zip(examples, expected, strict=True))
    assert store.overflow == 0


@pytest.mark.parametrize("fit", [0, 1, 5])
def test_images_that_do_not_fit_are_counted_and_decoded_again(examples: list[Example], fit: int) -> None:
    sizes = [PREPROCESS.decode(example.raw).nbytes for example in examples]
    store = filled(examples, limit_bytes=sum(sizes[:fit]))
    assert store.overflow >= len(examples) - fit - 1
    assert same_as_decoded(store, examples)


def test_unknown_examples_are_decoded(examples: list[Example]) -> None:
    assert same_as_decoded(PixelStore(PREPROCESS), examples)


def test_many_threads_fill_and_read(examples: list[Example]) -> None:
    store = PixelStore(PREPROCESS)

    def keep_and_read(example: Example) -> bool:
        store.keep(example, load_image(example.raw))
        return same_as_decoded(store, [example])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(keep_and_read, examples * 5))


@pytest.mark.parametrize("failure", ["full", "short"])
def test_a_full_disk_is_an_overflow_and_never_half_an_image(
    failure: str, examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite

    def pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        if offset == 0:
            return real(descriptor, data, offset)
        if failure == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, bytes(data)[:100], offset)

    monkeypatch.setattr(os, "pwrite", pwrite)
    store = filled(examples)
    assert store.overflow == len(examples) - 1
    assert same_as_decoded(store, examples)


def test_nothing_is_left_on_disk(examples: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    store = filled(examples)
    assert store.overflow == 0 and list(scratch.iterdir()) == []
    del store
    gc.collect()  # an unclosed file would raise a ResourceWarning, which is an error in tests
