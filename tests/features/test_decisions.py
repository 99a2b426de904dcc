"""Decisions that several processes share: none is lost, and each is made once."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ghep.features.decisions import Decisions


def test_none_is_lost_when_many_write_at_once(tmp_path: Path) -> None:
    def put(number: int) -> None:
        Decisions(tmp_path / "d.json").put(f"engine {number}", {"engine": str(number)})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(40)))
    assert len(json.loads((tmp_path / "d.json").read_text())) == 40
    assert [path.name for path in tmp_path.iterdir()] == ["d.json"]


def test_one_decides_and_the_others_wait_for_it(tmp_path: Path) -> None:
    made: list[int] = []

    def decide(number: int) -> int:
        decisions = Decisions(tmp_path / f"run-{number}.json", tmp_path / "shared.json")
        with decisions.deciding():
            found = decisions.get("format")
            if found is None:
                time.sleep(0.05)
                made.append(number)
                decisions.put("format", {"engine": number})
                return number
        decided: int = found["engine"]
        return decided

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(decide, range(4)))) == 1 == len(made)
