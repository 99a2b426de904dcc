"""The store: rows come back bit for bit or not at all, and it stays within its bound."""

from __future__ import annotations

import dataclasses
import os
import resource
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from ghep.features.store import ActivationStore, Cause, DiskTable, Maker, MemoryTable, StoreFullError, Table

CAUSE = Cause(weights="w", boundary=2, preprocess="p", view="plain")
MAKER = Maker("engine/1", "float32")


def digest(number: int) -> str:
    return f"{number:064x}"


def row(number: int, shape: tuple[int, ...] = (3, 4)) -> np.ndarray:
    return np.random.default_rng(number).normal(size=shape).astype(np.float32)


def fill(table: Table, numbers: range, shape: tuple[int, ...] = (3, 4)) -> None:
    with table.writer() as writer:
        for number in numbers:
            writer.add(digest(number), row(number, shape))


@pytest.fixture
def store(tmp_path: Path) -> ActivationStore:
    return ActivationStore(tmp_path / "store", limit_bytes=2**30)


def segments(table: DiskTable) -> list[Path]:
    return sorted(table.path.glob("seg-*"))


@pytest.mark.parametrize("kind", ["disk", "memory"])
def test_rows_come_back_bit_for_bit(store: ActivationStore, kind: str) -> None:
    table = store.table(CAUSE, MAKER) if kind == "disk" else MemoryTable(MAKER)
    fill(table, range(5))
    found = table.find([digest(number) for number in range(7)])
    assert sorted(found) == [digest(number) for number in range(5)]
    assert all(np.array_equal(found[digest(number)], row(number)) for number in range(5))
    assert all(found[digest(number)].dtype == np.float32 for number in range(5))


def test_a_row_costs_little_besides_its_numbers(store: ActivationStore) -> None:
    """A memmap of its own would take half a kilobyte for each of millions of rows."""
    table = store.table(CAUSE, MAKER)
    fill(table, range(400))
    table.find([digest(0)])  # opens the segment
    tracemalloc.start()
    found = table.find([digest(number) for number in range(400)])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 400 and size / 400 < 400


def test_rows_of_different_lengths_live_together(store: ActivationStore) -> None:
    """Texts: one row per token, no padding stored."""
    table = store.table(CAUSE, MAKER)
    with table.writer() as writer:
        for number in range(1, 6):
            writer.add(digest(number), row(number, (number, 8)))
        writer.add(digest(9), np.float32(4.0).reshape(()))
    found = table.find(map(digest, range(10)))
    assert [found[digest(number)].shape for number in range(1, 6)] == [(number, 8) for number in range(1, 6)]
    assert found[digest(9)].shape == () and found[digest(9)] == 4


def test_another_store_on_the_same_folder_sees_them_and_what_is_added_later(store: ActivationStore) -> None:
    fill(store.table(CAUSE, MAKER), range(3))
    other = ActivationStore(store.folder, limit_bytes=2**30)
    (table,) = other.tables(CAUSE)
    assert table.maker == MAKER and len(table.find(map(digest, range(9)))) == 3
    fill(store.table(CAUSE, MAKER), range(3, 6))
    assert len(table.find(map(digest, range(9)))) == 6


@pytest.mark.parametrize("change", [{"weights": "x"}, {"boundary": 3}, {"preprocess": "q"}, {"view": "augmented 1"}])
def test_each_cause_changed_is_a_miss(store: ActivationStore, change: dict[str, str]) -> None:
    fill(store.table(CAUSE, MAKER), range(3))
    assert store.tables(dataclasses.replace(CAUSE, **change)) == []
    assert not store.table(dataclasses.replace(CAUSE, **change), MAKER).find(map(digest, range(3)))


@pytest.mark.parametrize("change", [{"engine": "engine/2"}, {"dtype": "float16"}, {"exact": True}])
def test_another_maker_has_a_table_of_its_own(store: ActivationStore, change: dict[str, str]) -> None:
    fill(store.table(CAUSE, MAKER), range(3))
    other = store.table(CAUSE, dataclasses.replace(MAKER, **change))
    assert not other.find(map(digest, range(3)))
    assert {table.maker for table in store.tables(CAUSE)} == {MAKER, other.maker}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rows.bin", "index.safetensors", "MANIFEST.json"])
def test_any_flipped_byte_is_found_and_the_rows_are_computed_again(store: ActivationStore, name: str) -> None:
    fill(store.table(CAUSE, MAKER), range(3))
    (segment,) = segments(store.table(CAUSE, MAKER))
    content = (segment / name).read_bytes()
    for place in range(0, len(content), max(1, len(content) // 40)):
        damaged = bytearray(content)
        damaged[place] ^= 0x20
        segment.mkdir(exist_ok=True)
        keep = {path.name: path.read_bytes() for path in segment.iterdir()}
        (segment / name).write_bytes(damaged)
        table = store.table(CAUSE, MAKER)
        found = table.find(map(digest, range(3)))
        if found:  # white space of the manifest, or a key of it that nobody reads
            assert name == "MANIFEST.json" and all(np.array_equal(found[digest(n)], row(n)) for n in range(3))
        else:
            assert len(table.damaged) == 1 and not segment.exists()
            fill(table, range(3))
            assert len(table.find(map(digest, range(3)))) == 3
            for path in segments(table):
                for file in path.iterdir():
                    file.unlink()
                path.rmdir()
            segment.mkdir()
        for file, old in {**keep, name: content}.items():
            (segment / file).write_bytes(old)


@pytest.mark.parametrize("name", ["rows.bin", "index.safetensors", "MANIFEST.json"])
@pytest.mark.parametrize("how", ["delete", "truncate"])
def test_a_torn_segment_is_a_miss(store: ActivationStore, name: str, how: str) -> None:
    fill(store.table(CAUSE, MAKER), range(3))
    table = store.table(CAUSE, MAKER)
    file = segments(table)[0] / name
    if how == "delete":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-5])
    assert not table.find(map(digest, range(3)))
    assert not segments(table)


def test_a_damaged_table_is_begun_again(store: ActivationStore) -> None:
    path = store.table(CAUSE, MAKER).path
    fill(store.table(CAUSE, MAKER), range(3))
    (path / "table.json").write_text('{"format": 1')
    assert store.tables(CAUSE) == []
    fill(store.table(CAUSE, MAKER), range(2))
    assert len(store.table(CAUSE, MAKER).find(map(digest, range(3)))) == 2


def test_rows_that_were_found_stay_when_the_store_is_deleted(store: ActivationStore) -> None:
    fill(store.table(CAUSE, MAKER), range(3))
    found = store.table(CAUSE, MAKER).find(map(digest, range(3)))
    store.clear()
    assert store.bytes_used() == 0
    assert all(np.array_equal(found[digest(number)], row(number)) for number in range(3))


def test_what_was_not_used_for_longest_goes_first(store: ActivationStore) -> None:
    tables = [store.table(dataclasses.replace(CAUSE, boundary=boundary), MAKER) for boundary in range(3)]
    for age, table in enumerate(tables):
        fill(table, range(4), (1000,))
        os.utime(table.path, (1e9 + age, 1e9 + age))
    tables[0].find([digest(0)])  # used just now
    store.limit_bytes = store.bytes_used()
    assert store.make_room(10_000)
    assert [table.path.exists() for table in tables] == [True, False, True]
    assert store.make_room(10_000, keep=[tables[2].path])
    assert [table.path.exists() for table in tables] == [True, False, True], "there was room already"
    assert not store.make_room(store.limit_bytes + 1)
    assert [table.path.exists() for table in tables] == [True, False, True], "nothing is deleted in vain"


def test_notes(store: ActivationStore) -> None:
    assert store.note("costs") is None
    store.write_note("costs", {"seconds": 1.5})
    assert ActivationStore(store.folder, limit_bytes=1).note("costs") == {"seconds": 1.5}
    (store.folder / "notes" / "costs.json").write_text("{")
    assert store.note("costs") is None


def test_an_interrupted_pass_keeps_what_it_computed_and_a_failed_one_leaves_nothing(store: ActivationStore) -> None:
    table = store.table(CAUSE, MAKER)
    for error, kept in ((KeyboardInterrupt, 2), (StoreFullError, 2)):
        with pytest.raises(error), table.writer() as writer:
            for number in range(2):
                writer.add(digest(number + (10 if error is StoreFullError else 0)), row(number))
            raise error
        assert len(table.find(map(digest, range(20)))) == kept
    assert not [path for path in table.path.iterdir() if path.name.startswith(".")]


def test_large_passes_are_put_in_place_piece_by_piece(store: ActivationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghep.features.store.SEGMENT_BYTES", 100)
    table = store.table(CAUSE, MAKER)
    with table.writer() as writer:
        for number in range(6):
            writer.add(digest(number), row(number))
        assert len(store.table(CAUSE, MAKER).find(map(digest, range(6)))) == 6, "48 bytes each: three a segment"
    assert len(segments(table)) == 2


@contextmanager
def files_at_most(count: int) -> Iterator[None]:
    import signal

    old, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_what_was_there(store: ActivationStore) -> None:
    table = store.table(CAUSE, MAKER)
    fill(table, range(3))
    with files_at_most(20_000), pytest.raises(StoreFullError), table.writer() as writer:
        for number in range(10, 40):
            writer.add(digest(number), row(number, (1000,)))
    assert sorted(table.find(map(digest, range(40)))) == [digest(number) for number in range(3)]
    assert len(list(table.path.iterdir())) == 2, "the table and one segment"
    fill(table, range(3, 5))
    assert len(table.find(map(digest, range(40)))) == 5
