"""The table of strategies: its four cells, where its lines lie, and the words for it."""

from __future__ import annotations

import dataclasses

import pytest

from ghep.advice.rules import Case, Rules, rule
from ghep.strategy.catalog import STRATEGIES

CELLS = {("few", "near"): "1", ("few", "far"): "2", ("many", "near"): "3", ("many", "far"): "4"}
RULES = Rules(many_per_class=100, near=0.9, gain=0.5, cells=CELLS)


def case(per_class: float = 10, accuracy: float = 0.99, random: float = 0.5) -> Case:
    return Case(num_train=int(4 * per_class), classes=4, accuracy=accuracy, majority=0.25, random_accuracy=random)


def test_closeness_and_gain_are_shares_of_what_is_open() -> None:
    one = Case(num_train=10, classes=2, accuracy=0.9, majority=0.6, random_accuracy=0.8)
    assert one.closeness == pytest.approx(0.75) and one.gain == pytest.approx(0.5)
    assert dataclasses.replace(one, accuracy=0.5).closeness == 0, "worse than the commonest answer"
    assert dataclasses.replace(one, accuracy=0.7).gain < 0
    certain = Case(num_train=10, classes=2, accuracy=1.0, majority=1.0, random_accuracy=1.0)
    assert certain.closeness == 0 and certain.gain == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (case(10, 0.99), "1"),
        (case(10, 0.6), "2"),
        (case(500, 0.99), "3"),
        (case(500, 0.6), "4"),
        (case(100, 0.99), "3"),
        (case(99.75, 0.99), "1"),
        (case(10, 0.93), "1"),
        (case(10, 0.92), "2"),
        (case(10, 0.99, random=0.99), "2"),
    ],
)
def test_the_cell(given: Case, expected: str) -> None:
    assert rule(given, RULES).strategy == expected


def test_every_cell_of_the_table_that_ships_is_a_strategy() -> None:
    assert set(Rules().cells) == set(CELLS)
    assert set(Rules().cells.values()) <= set(STRATEGIES)


def test_the_reasons_hold_the_numbers() -> None:
    ruling = rule(Case(num_train=244, classes=2, accuracy=0.96, majority=0.5, random_accuracy=0.6), RULES)
    assert (ruling.size, ruling.distance) == ("many", "near")
    size, distance = ruling.reasons
    assert "244 training examples of 2 classes, 122 per class" in size and "100 per class or more" in size
    assert "92 % of the errors of always predicting" in distance and "90 % of the errors with random" in distance
