"""The order of the runs and what fits into a time: most worth per second first, everybody once before anybody twice."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.schedule import LATER, Unit, cannot_win, in_order, unlimited, within
from ghep.comparison.record import Contender

SECONDS = {"linear_probe": 4.0, "light": 15.0, "lora": 60.0, "full": 105.0, "scratch": 100.0}


def unit(strategy: str, seed: int = 0, labels: int | None = None, factor: float = 1.0) -> Unit:
    return Unit((Cell(Contender(strategy, "a"), seed, labels, seed if labels else 0),), SECONDS[strategy], factor)


def names(units: list[Unit]) -> list[str]:
    return [f"{one.contender.strategy} {one.repeat}" + (f" {one.labels}" if one.labels else "") for one in units]


EVERY = [unit(strategy, seed) for strategy in SECONDS for seed in range(2)]
CURVE = [unit(strategy, draw, 8) for strategy in SECONDS for draw in range(2)]


def test_probes_and_their_curve_come_first_and_scratch_and_full_last() -> None:
    found = names(in_order(EVERY + CURVE))
    assert found[:5] == ["linear_probe 0", "linear_probe 0 8", "linear_probe 1", "linear_probe 1 8", "light 0"]
    assert found.index("light 0 8") < found.index("lora 0") < found.index("full 0")
    assert set(found[-3:]) <= {"lora 1 8", "full 1", "full 1 8", "scratch 1", "scratch 1 8"}


def test_one_that_cannot_win_comes_last_but_is_not_dropped() -> None:
    found = names(in_order([unit("light", 1, factor=LATER), unit("lora", 1), unit("full", 1)]))
    assert found == ["lora 1", "full 1", "light 1"]


def test_everybody_once_before_anybody_twice_scratch_last_of_all() -> None:
    assert set(names(within(EVERY + CURVE, 290.0))) >= {f"{strategy} 0" for strategy in SECONDS}
    assert "scratch 0" not in names(within(EVERY + CURVE, 280.0))
    assert "full 0" in names(within(EVERY + CURVE, 190.0)), "what scratch would take goes to those that can win"
    found = names(within(EVERY + CURVE, 400.0))
    assert found[:4] == ["linear_probe 0", "linear_probe 0 8", "linear_probe 1", "linear_probe 1 8"]
    assert found[4:8] == ["light 0", "lora 0", "full 0", "scratch 0"]


def test_where_nothing_ends_them_everybody_is_run_once_and_then_two_processes_end_together() -> None:
    units = [unit(strategy, seed) for strategy in SECONDS for seed in range(3)]
    ordered = unlimited(units)
    assert names(ordered)[3:8] == ["light 0", "lora 0", "scratch 0", "full 0", "full 1"]
    assert names(ordered)[-1] == "light 2"
    free = [0.0, 0.0]
    for one in ordered:
        free[free.index(min(free))] += one.seconds
    assert max(free) < 1.05 * sum(one.seconds for one in units) / 2
    assert sorted(names(ordered)) == sorted(names(units))


def test_two_at_once_get_twice_as_much_done_but_no_run_is_shorter() -> None:
    assert names(within([unit("full"), unit("scratch")], 104.0, at_once=2)) == ["scratch 0"]
    assert len(within([unit("full"), unit("scratch")], 106.0, at_once=2)) == 2
    assert len(within([unit("full"), unit("scratch")], 106.0)) == 1


def test_one_that_takes_most_of_the_time_begins_at_once_where_another_is_free_for_the_probes() -> None:
    units = [unit("linear_probe"), unit("light"), unit("lora"), unit("full"), unit("scratch")]
    assert names(within(units, 150.0, at_once=2))[:3] == ["full 0", "linear_probe 0", "light 0"]
    assert names(within(units, 150.0))[0] == "linear_probe 0"
    assert names(within(units, 150.0, at_once=2, busy=[80.0]))[0] == "linear_probe 0", "one place is for the short ones"
    assert names(within(units, 1000.0, at_once=2))[0] == "linear_probe 0", "there is time enough"
    assert names(within(units, 110.0, at_once=2))[:2] == ["lora 0", "linear_probe 0"], "full may not end"


def test_a_long_second_run_begins_before_short_ones_that_would_leave_it_no_time() -> None:
    """Ten minutes of the ants and bees: after the short runs and two of ``full`` scratch had no time for a second."""
    units = [unit("light", 1), unit("light", 2), unit("lora", 1), unit("scratch", 1)]
    assert names(within(units, 150.0, at_once=2)) == ["scratch 1", "light 1", "light 2", "lora 1"]
    assert names(within([unit("linear_probe"), *units], 150.0, at_once=2))[0] == "linear_probe 0", (
        "first runs come first"
    )
    scratch = replace(unit("scratch", 1), factor=LATER)
    assert names(within([*units[:3], scratch], 150.0, at_once=2))[0] == "light 1", "it cannot win"
    assert names(within([unit("light"), unit("scratch")], 150.0, at_once=2))[0] == "light 0", "a control's first run"


def test_an_expensive_contender_does_not_take_the_time_of_two_others() -> None:
    """Nine minutes of movie-polarity: ``progressive`` was begun first, and ``lp_ft`` and ``full`` had no time left."""
    seconds = {"linear_probe": 27.0, "light": 97.0, "lora": 150.0, "full": 205.0, "lp_ft": 206.0, "progressive": 352.0}
    units = [Unit((Cell(Contender(name, "a"), 0, None, 0),), each) for name, each in seconds.items()]
    found = names(within(units, 496.0, at_once=2))
    assert found == ["linear_probe 0", "light 0", "lora 0", "full 0", "lp_ft 0"]


def test_the_curve_of_the_cheapest_fine_tuning_comes_with_the_first_runs() -> None:
    """It takes the time of an expensive contender; without it, no fine-tuning had a label curve."""
    points = [replace(unit("light", labels=labels), early=True) for labels in (8, 32)]
    units = [unit("linear_probe"), unit("light"), unit("full"), unit("light", 1), unit("lora", labels=8), *points]
    left = sum(one.seconds for one in (units[0], units[1], *points)) + 0.9 * unit("full").seconds
    found = within(units, left)
    assert set(points) < set(found) and units[2] not in found
    assert found.index(units[0]) == 0 and max(map(found.index, points)) < found.index(unit("light", 1))


def test_runs_that_are_being_made_leave_less_time_for_others() -> None:
    units = [unit("lora"), unit("full"), unit("light")]
    assert names(within(units, 110.0, at_once=2)) == ["lora 0", "light 0", "full 0"]
    assert names(within(units, 110.0, at_once=2, busy=[4.0])) == ["lora 0", "light 0", "full 0"]
    assert names(within(units, 110.0, at_once=2, busy=[80.0])) == ["light 0", "lora 0"]
    assert names(within(units, 70.0, at_once=2, busy=[200.0])) == ["light 0"]


@given(st.floats(0, 1000), st.permutations(EVERY + CURVE))
def test_what_is_chosen_fits_and_nothing_else_would(seconds: float, units: list[Unit]) -> None:
    chosen = within(units, seconds)
    left = seconds - sum(one.seconds for one in chosen)
    assert left >= -1e-9
    assert all(one.seconds > left for one in units if one not in chosen)
    assert names(chosen) == names(within(list(reversed(units)), seconds)), "whatever order they come in"


def test_clearly_below_the_best_on_valid() -> None:
    probe, light, full = (Contender(strategy, "a") for strategy in ("linear_probe", "light", "full"))
    scores = {probe: 0.90, light: 0.85, full: 0.60}
    assert cannot_win(scores, 100) == {full}  # two standard errors of 0.9 of 100 are 0.06
    assert cannot_win(scores, 1000) == {light, full}
    assert cannot_win({}, 100) == cannot_win(scores, 0) == set()
