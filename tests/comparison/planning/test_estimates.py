"""What a run is expected to take: the cost model first, then what finished runs showed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ghep.comparison.planning.estimates import Estimates, Taken
from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.pricing import START_SECONDS, Prices, Work
from ghep.comparison.record import Contender

PRICES = Prices(overhead=2.0, train=0.1, passes=0.01, scored=0.02, read=4.0, setup=1.0)
LIGHT, PROGRESSIVE, FULL = (Contender(strategy, "a") for strategy in ("light", "progressive", "full"))
WORKS = {
    (LIGHT, None): Work(train=100, passes=1000, scored=50, stored=((4, 2),)),
    (LIGHT, 5): Work(train=20, passes=100, scored=50, stored=((4, 2),)),
    (FULL, None): Work(train=1000, scored=50),
}


@pytest.fixture
def estimates() -> Estimates:
    return Estimates({"a": PRICES}, dict(WORKS))


def test_rows_are_paid_for_once(estimates: Estimates) -> None:
    first, second, draw, full = Cell(LIGHT, 0), Cell(LIGHT, 1), Cell(LIGHT, 0, 5), Cell(FULL, 0)
    found = estimates.of_all([first, second, draw, full])
    assert found == pytest.approx({first: 2 + 10 + 10 + 1, second: 2 + 10 + 1, draw: 2 + 2 + 1, full: 2 + 100 + 1})
    assert estimates.seconds(first) == found[first], "asking changes nothing"


def test_the_rows_of_a_draw_are_a_few_of_all_and_those_of_random_weights_their_own(estimates: Estimates) -> None:
    random = Contender("random_features", "a")
    estimates.works[random, None] = WORKS[LIGHT, None]
    found = estimates.of_all([Cell(LIGHT, 0, 5), Cell(random, 0), Cell(LIGHT, 0), Cell(random, 1)])
    assert list(found.values()) == pytest.approx([2 + 1 + 2 + 1, 23, 23, 23])


def test_a_run_like_one_that_was_made_takes_as_long(estimates: Estimates) -> None:
    estimates.note(Cell(FULL, 0), Taken(50.0, training=40.0, overhead=5.0))
    assert estimates.seconds(Cell(FULL, 1)) == 50.0
    # Training took 0.4 times what was expected, a run without it 5 s instead of 2.
    assert estimates.seconds(Cell(LIGHT, 0)) == pytest.approx(5 + 10 + 0.4 * 10 + 1)


def test_runs_that_train_the_last_blocks_do_not_make_the_whole_network_look_fast(estimates: Estimates) -> None:
    estimates.works |= {(LIGHT, None): Work(train=100, depth=0.1), (PROGRESSIVE, None): Work(train=200, depth=0.15)}
    estimates.note(Cell(LIGHT, 0), Taken(9.0, training=5.0, overhead=2.0))
    assert estimates.seconds(Cell(PROGRESSIVE, 0)) == pytest.approx(2 + 0.5 * 20)
    assert estimates.seconds(Cell(FULL, 0)) == pytest.approx(2 + 100 + 1)
    estimates.note(Cell(LIGHT, 0), Taken(32.0, training=30.0, overhead=2.0))  # the machine is busy
    assert estimates.seconds(Cell(FULL, 0)) == pytest.approx(2 + 3 * 100 + 1)
    estimates.note(Cell(FULL, 0, 5), Taken(50.0, training=40.0, overhead=2.0))
    estimates.works[FULL, 5] = Work(train=500)
    assert estimates.seconds(Cell(FULL, 0)) == pytest.approx(2 + 0.8 * 100 + 1)


def test_patience_counts_in_the_announced_time_and_not_in_what_a_run_may_take(estimates: Estimates) -> None:
    cell = Cell(FULL, 0)
    estimates.works[FULL, None] = Work(train=1000, scored=50, likely=0.7)
    assert estimates.of_all([cell])[cell] == pytest.approx(2 + 70 + 1)
    assert estimates.seconds(cell) == pytest.approx(2 + 100 + 1)
    estimates.note(Cell(LIGHT, 0), Taken(82.0, training=8.0, overhead=2.0))
    assert estimates.of_all([cell])[cell] == pytest.approx(2 + 80 + 1), "finished runs say how far training goes"


def test_updates_are_part_of_training(estimates: Estimates) -> None:
    estimates.prices = {"a": Prices(overhead=2.0, train=0.1, passes=0.01, scored=0.02, update=0.5)}
    estimates.works[FULL, None] = Work(train=1000, scored=50, updates=100)
    assert estimates.seconds(Cell(FULL, 0)) == pytest.approx(2 + 100 + 50 + 1)
    estimates.note(Cell(FULL, 0), Taken(80.0, training=75.0, overhead=2.0))
    assert estimates.seconds(Cell(LIGHT, 0)) == pytest.approx(2 + 10 + 0.5 * 10 + 1)


def test_the_price_by_itself_does_not_depend_on_what_runs_took(estimates: Estimates) -> None:
    alone = START_SECONDS + 4 + 1 + 2 + 10 + 10 + 1
    assert estimates.by_itself(LIGHT, None) == pytest.approx(alone)
    estimates.note(Cell(LIGHT, 0), Taken(500.0, 400.0, 90.0))
    assert estimates.by_itself(LIGHT, None) == pytest.approx(alone)


def test_solved_heads_and_activations_of_scored_splits_have_their_price(estimates: Estimates) -> None:
    estimates.prices = {"a": replace(PRICES, head=0.05)}
    probe = Contender("linear_probe", "a")
    estimates.works[probe, None] = Work(passes=100, stored=((1, 8),), solved=40, scored_at=8, scored_passes=50)
    found = estimates.of_all([Cell(probe, 0), Cell(probe, 1)])
    assert list(found.values()) == pytest.approx([2 + 1 + 2 + 1, 2 + 2])
    assert estimates.by_itself(probe, None) == pytest.approx(START_SECONDS + 4 + 1 + 6)
