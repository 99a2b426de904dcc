"""Predict times: in turns, warmed up, the median."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

import ghep.comparison.sharing.timing as timing


class Sleeping:
    """A model that takes its time, and more of it the first time."""

    order: ClassVar[list[str]] = []
    now: ClassVar[float] = 0.0

    def __init__(self, name: str) -> None:
        self.name, self.asked = name, 0

    def predict(self, inputs: Sequence[str], *, report: object) -> None:
        Sleeping.order.append(self.name)
        self.asked += 1
        Sleeping.now += (0.01 if self.name == "a" else 0.1) * (20 if self.asked == 1 else 1)


def test_models_take_turns_and_the_first_round_is_a_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "load", lambda bundle, device: Sleeping(bundle.name))
    monkeypatch.setattr(Sleeping, "order", [])
    monkeypatch.setattr(time, "perf_counter", lambda: Sleeping.now)
    monkeypatch.setattr(timing, "ROUNDS", 1)  # no median hides a slow one
    found = timing.medians({"a": Path("a"), "b": Path("b")}, ["x"] * 10)
    assert Sleeping.order == ["a", "b"] * 2
    assert found == pytest.approx({"a": 0.001, "b": 0.01})
