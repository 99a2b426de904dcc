"""The simulated comparisons of ``benchmarks/pretraining_verdict.py``, and changes to them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from ghep.comparison.pretraining.record import Sides
from ghep.comparison.record import Comparison, Measured

SIDES = Sides("before", "after")


@cache
def benchmark() -> ModuleType:
    path = Path(__file__).parents[3] / "benchmarks" / "pretraining_verdict.py"
    spec = importlib.util.spec_from_file_location("bench_pretraining_verdict", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def simulated(
    effect: float = 0.0, *, seed: int = 0, draws: int = 4, n: int = 300, words: float | None = None
) -> Comparison:
    bench = benchmark()
    found: Comparison = bench.simulated(bench.World(effect, draws=draws, n=n, words=words), seed)
    return found


def changed(comparison: Comparison, change: Callable[[Measured], Measured | None]) -> Comparison:
    """The comparison with every run as ``change`` returns it; None leaves it out."""
    return replace(comparison, runs=tuple(one for run in comparison.runs if (one := change(run)) is not None))


def answering(run: Measured, right: np.ndarray) -> Measured:
    """The run with other answers."""
    return replace(run, answers=replace(run.answers, predicted=np.where(right, 0, 1)))
