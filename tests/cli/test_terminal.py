"""The reporter where there is no terminal."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import Any

import pytest

from ghep.cli.terminal import Terminal
from ghep.training.state import Epoch


def test_in_a_notebook_it_shows_a_line_for_each_phase_and_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ``with``, without ipywidgets: rich hands its lines to ``IPython.display``."""
    shown: list[str] = []

    class ZMQInteractiveShell:
        """What ``get_ipython()`` returns in a kernel."""

    def display(value: Any) -> None:
        shown.append(value._repr_mimebundle_(include=["text/plain"], exclude=[])["text/plain"])

    module = ModuleType("IPython.display")
    module.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    terminal = Terminal()
    terminal.say("strategy  full [1e-3]")
    for done in (1, 2, 3):
        terminal.progress("train", done, 3)
    terminal.epoch(Epoch("full", 1, 0.5, 0.4, 0.9, 1e-3, 2.0))
    text = "".join(shown).splitlines()
    assert text[0] == "strategy  full [1e-3]"
    assert [line.partition("] ")[2] for line in text[1:]] == [
        "train: 3",
        "full epoch 1  train loss 0.500  valid loss 0.400  valid score 0.900",
    ]
