"""Budgets and numbers of connections."""

from __future__ import annotations

import threading
import time

import pytest

from ghep.serve.limits import SPARE_FILES, Budget, most_connections


def test_a_budget_is_never_exceeded_and_all_of_it_comes_back() -> None:
    budget, held, most = Budget(10), [0], [0]
    lock = threading.Lock()

    def use(part: int) -> None:
        with budget.holding(part):
            with lock:
                held[0] += part
                most[0] = max(most[0], held[0])
            time.sleep(0.001)
            with lock:
                held[0] -= part

    threads = [threading.Thread(target=use, args=(1 + k % 7,)) for k in range(40)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert 6 <= most[0] <= 10 and budget._left == 10


def test_a_part_larger_than_the_budget_waits_for_all_of_it() -> None:
    budget = Budget(10)
    with budget.holding(99):
        assert budget._left == 0
    with pytest.raises(ValueError), budget.holding(3):
        raise ValueError
    assert budget._left == 10


def test_connections_leave_file_descriptors_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    limits = [100, 200]
    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limits.__setitem__(slice(None), list(new)))
    assert most_connections(20) == 20 and limits == [100, 200]
    assert most_connections(1000) == 200 - SPARE_FILES and limits == [200, 200]
