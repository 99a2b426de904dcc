"""P13: several processes on one store, and somebody who deletes and damages: no row is ever another than it should be.

Every cause in turn is a miss in ``tests/features/test_frozen.py`` and ``test_store.py``, where flipped bytes are too.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghep.features.store import ActivationStore, Cause, Maker, StoreGoneError

ROWS = 60
MAKER = Maker("engine/1", "float32")
CAUSES = [Cause(weights=str(number), boundary=1, preprocess="p", view="plain") for number in range(2)]


def expected(cause: int, number: int) -> np.ndarray:
    return np.random.default_rng([cause, number]).normal(size=(1 + number % 5, 7)).astype(np.float32)


def digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def work(folder: Path, seed: int, seconds: float, report: Any) -> None:
    """Look rows up, check each, add what is missing: as a run does, on a store that others use too."""
    rng, wrong, found_rows, added = random.Random(seed), 0, 0, 0
    store = ActivationStore(folder, limit_bytes=2**26)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        cause = rng.randrange(2)
        wanted = rng.sample(range(ROWS), 20)
        try:
            table = store.table(CAUSES[cause], MAKER)
        except StoreGoneError:  # deleted at that moment: the next round makes it anew
            continue
        found = table.find(map(digest, wanted))
        wrong += sum(not np.array_equal(found[digest(n)], expected(cause, n)) for n in wanted if digest(n) in found)
        found_rows += len(found)
        try:
            with table.writer() as writer:
                for number in wanted:
                    if digest(number) not in found:
                        writer.add(digest(number), expected(cause, number))
                        added += 1
        except StoreGoneError:
            continue
    report.put((seed, wrong, found_rows, added))


def disturb(folder: Path, seconds: float) -> None:
    """Flip bytes, cut files short, delete tables."""
    rng, ends = random.Random(9), time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(0.05)
        try:
            files = sorted(folder.rglob("rows.bin"))
            file = rng.choice(files) if files else None
            if rng.random() < 0.1:
                ActivationStore(folder, limit_bytes=1).clear()
            elif file is not None and file.stat().st_size:
                with file.open("r+b") as handle:  # in place: readers have the file mapped
                    place = rng.randrange(file.stat().st_size)
                    handle.seek(place)
                    byte = handle.read(1)
                    handle.seek(place)
                    handle.write(bytes([byte[0] ^ 0x10]))
        except OSError:
            continue


def share(folder: Path, *, processes: int, seconds: float, disturbed: bool) -> list[tuple[int, int, int, int]]:
    context = multiprocessing.get_context("spawn")
    report = context.Queue()
    running = [context.Process(target=work, args=(folder, seed, seconds, report)) for seed in range(processes)]
    if disturbed:
        running.append(context.Process(target=disturb, args=(folder, seconds)))
    for process in running:
        process.start()
    results = [report.get(timeout=120) for _ in range(processes)]
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0] * len(running)
    return results


@pytest.mark.slow
def test_processes_share_a_store(tmp_path: Path) -> None:
    results = share(tmp_path / "store", processes=8, seconds=1.5, disturbed=False)
    assert sum(wrong for _, wrong, _, _ in results) == 0
    assert sum(found for _, _, found, _ in results) > 1000
    store = ActivationStore(tmp_path / "store", limit_bytes=2**26)
    for cause, name in enumerate(CAUSES):
        (table,) = store.tables(name)
        found = table.find(map(digest, range(ROWS)))
        assert len(found) == ROWS and not table.damaged
        assert all(np.array_equal(found[digest(n)], expected(cause, n)) for n in range(ROWS))
    assert not [path for path in store.folder.rglob("*") if path.name.startswith(".")], "no litter"


def test_also_while_it_is_deleted(tmp_path: Path) -> None:
    results = share(tmp_path / "store", processes=3, seconds=1.5, disturbed=True)
    assert sum(found for _, _, found, _ in results) > 100 and sum(added for *_, added in results) > 60
