"""How often a verdict is right and how often it is not: cells of the table in docs/decisions/0010.

`scripts/bench verdicts` has all of them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def verdicts() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks"))
        for name in ("coverage", "verdicts"):
            patch.delitem(sys.modules, name, raising=False)
        yield importlib.import_module("verdicts")


@pytest.mark.parametrize(
    ("truth", "new_seeds", "more_seeds"),
    [
        ((0.9, 0, 0.7, 8, 1), 0.90, 0.98),
        ((0.9, 1, 0.7, 8, 3), 0.93, 0.98),
        ((0.9, 2, 0.8, 2, 3), 0.88, 0.96),
    ],
)
def test_help_is_seen(verdicts: ModuleType, truth: tuple[float, ...], new_seeds: float, more_seeds: float) -> None:
    found = verdicts.help_rates(verdicts.Help(*truth), 2000)
    assert found[0] > new_seeds and found[2] > more_seeds
    assert found[3] == 0  # harm


@pytest.mark.parametrize("truth", [(0.7, 1, 0.7, 8, 3), (0.8, 1, 0.8, 4, 3), (0.9, 2, 0.9, 2, 1)])
def test_help_is_seldom_claimed_where_there_is_none(verdicts: ModuleType, truth: tuple[float, ...]) -> None:
    new_seeds, _, more_seeds, harm, _ = verdicts.help_rates(verdicts.Help(*truth), 2000)
    assert max(new_seeds, more_seeds, harm) < 0.035  # 0.025, and chance of the simulation: three standard errors


@pytest.mark.parametrize("points", [(2.0,) * 2, (4.0,) * 2, (1.0,) * 6])
def test_equals_seldom_get_a_winner(verdicts: ModuleType, points: tuple[float, ...]) -> None:
    any_one, _ = verdicts.winner_rates([verdicts.World(0.9, one) for one in points], 500, 1500)
    assert any_one < 0.067  # 0.05, and three standard errors


def test_the_best_is_found(verdicts: ModuleType) -> None:
    worlds = [verdicts.World(0.96, 0.5), verdicts.World(0.9, 0.5), verdicts.World(0.9, 0.5)]
    _, first = verdicts.winner_rates(worlds, 500, 500)
    assert first > 0.96
