"""Sharing out the time: one budget for all, fewer seeds before fewer contenders, controls always."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghep.comparison.record import Contender
from ghep.comparison.schedule import Need, allot, level, part_of_epochs, together

PROBE = Need(Contender("linear_probe", "a"), 5.0)
LIGHT = Need(Contender("light", "a"), 5.0, per_epoch=1.0, epochs=10, least_epochs=1)
FULL = Need(Contender("full", "a"), 5.0, per_epoch=10.0, epochs=10, least_epochs=1)
SCRATCH = Need(Contender("scratch", "a"), 5.0, per_epoch=10.0, epochs=20, least_epochs=1)
EVERY = [PROBE, LIGHT, FULL, SCRATCH]  # 5, 15, 105, 205 seconds


def test_nobody_is_cut_when_all_fits() -> None:
    found = allot(EVERY, {}, seeds=3, left=3 * 330.0)
    assert (found.budget, found.seeds, found.stopped) == (None, 3, ())
    assert len(found.kept) == 4


def test_dear_runs_are_cut_to_one_budget_and_cheap_ones_keep_what_they_need() -> None:
    # A round of 200 s: 5 and 15 as they need, the two dear ones 90 each.
    assert level(EVERY, 3, 600.0) == pytest.approx(90.0)
    found = allot(EVERY, {}, seeds=3, left=600.0)
    assert found.budget == pytest.approx(90.0) and found.seeds == 3
    assert [need.epochs_within(90.0) for need in EVERY] == [0, 10, 8, 8]


def test_seeds_are_given_up_before_a_strategy_gets_less_than_half_of_its_epochs() -> None:
    found = allot(EVERY, {}, seeds=3, left=300.0)  # a round of 100 leaves 40 each: 3 epochs of 10
    assert found.seeds == 2 and found.budget == pytest.approx(65.0)
    assert not found.stopped


def test_the_worst_are_stopped_where_even_one_seed_is_too_dear_but_never_a_control() -> None:
    dear = Need(Contender("progressive", "a"), 5.0, per_epoch=20.0, epochs=10, least_epochs=8)
    scores = {LIGHT.contender: 0.9, FULL.contender: 0.8, dear.contender: 0.95}
    found = allot([*EVERY, dear], scores, seeds=3, left=120.0)
    stopped = [contender.strategy for contender, _ in found.stopped]
    assert "full" in stopped and "scratch" not in stopped and "linear_probe" not in stopped
    assert "0.800 on valid, best 0.950" in {c.strategy: why for c, why in found.stopped}["full"]


def test_the_last_one_trained_is_never_stopped() -> None:
    found = allot([PROBE, FULL, SCRATCH], {FULL.contender: 0.5}, seeds=2, left=1.0)
    assert found.kept == (PROBE.contender, FULL.contender, SCRATCH.contender)


needs = st.builds(
    lambda fixed, each, epochs: Need(Contender("full", "a"), fixed, each, epochs, 1),
    st.floats(0, 50),
    st.floats(0.01, 20),
    st.integers(1, 30),
)


@given(st.lists(needs, min_size=1, max_size=6), st.integers(1, 5), st.floats(1, 5000))
def test_the_level_uses_the_time_up_and_no_more(these: list[Need], runs: int, left: float) -> None:
    budget = level(these, runs, left)
    spent = runs * sum(need.seconds if budget is None else min(need.seconds, budget) for need in these)
    assert spent <= left * (1 + 1e-9)
    if budget is not None:
        assert spent == pytest.approx(left)


def test_a_line_needs_what_its_arms_need_and_they_are_cut_alike() -> None:
    line = Contender("full", "a")
    alone, shared = Need(line, 4.0, 2.0, 10, 1), Need(line, 6.0, 3.0, 30, 2)
    whole = together(line, [alone, shared])
    assert whole.fixed == 10.0 and whole.seconds == alone.seconds + shared.seconds
    assert together(line, [alone]) == alone
    assert [part_of_epochs(one, whole, whole.seconds) for one in (alone, shared)] == [10, 30]
    half = 10.0 + 110.0 / 2
    assert [part_of_epochs(one, whole, half) for one in (alone, shared)] == [5, 15]
    assert [part_of_epochs(one, whole, 0.0) for one in (alone, shared)] == [1, 2]  # fewer a plan cannot have
    assert part_of_epochs(Need(line, 4.0), whole, half) == 0
