from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.comparison.planted import measured, planted, right

from ghep.comparison.analysis.seeds import priors
from ghep.comparison.analysis.statistics import against, better_half, leaderboard, pairs, right_answers, turned
from ghep.comparison.record import Comparison, Contender
from ghep.errors import DataError
from ghep.metrics.crossed import Runs, accuracy, contrast
from ghep.metrics.multiple import holm
from ghep.types import Finding

N = 200
FULL = np.stack([right(N, wrong=range(seed, 12 + seed)) for seed in (0, 2, 9)])
PROBE = right(N, wrong=range(0, 24))
SCRATCH = np.stack([right(N, wrong=range(20 + 3 * seed, 80)) for seed in range(2)])
MAJORITY = right(N, wrong=range(60, 160))


def compared() -> Comparison:
    return planted({"linear_probe": PROBE, "scratch": SCRATCH, "full": FULL, "majority": MAJORITY})


def test_a_line_for_each_best_first() -> None:
    board = leaderboard(compared())
    assert [place.contender.strategy for place in board] == ["full", "linear_probe", "scratch", "majority"]
    full = board[0]
    found = accuracy(FULL, prior=priors(right_answers(compared()))[full.contender])
    assert (full.accuracy, full.interval) == (found.value, found.interval())
    assert (full.parts.seed, full.parts.test, full.parts.draw) == (found.errors.seed, found.errors.test, None)
    assert (full.seeds, full.n, full.seconds, full.spent_seconds) == (3, N, 100, 50)
    assert (full.peak_memory_bytes, full.trained_parameters, full.valid_score) == (7, 8, pytest.approx(0.81))
    assert [place.seeds for place in board] == [3, 1, 2, 1]


def test_of_equals_the_cheaper_comes_first() -> None:
    board = leaderboard(planted({"full": PROBE, "light": PROBE, "lora": PROBE}, full=9.0, light=3.0, lora=6.0))
    assert [place.contender.strategy for place in board] == ["light", "lora", "full"]


def test_only_runs_on_all_labels_count() -> None:
    few = replace(measured("full", 7, MAJORITY), labels=8)
    comparison = compared()
    with_few = replace(comparison, runs=(few, *comparison.runs, replace(few, contender=Contender("lora"))))
    assert leaderboard(with_few) == leaderboard(comparison)
    assert pairs(with_few) == pairs(comparison)


def test_the_order_of_runs_has_no_say() -> None:
    comparison = compared()
    assert leaderboard(replace(comparison, runs=comparison.runs[::-1])) == leaderboard(comparison)


def test_every_pair_once_the_better_one_first() -> None:
    found = pairs(compared())
    assert [(pair.a.strategy, pair.b.strategy) for pair in found] == [
        ("full", "linear_probe"),
        ("full", "scratch"),
        ("full", "majority"),
        ("linear_probe", "scratch"),
        ("linear_probe", "majority"),
        ("scratch", "majority"),
    ]
    assert all(pair.difference >= 0 for pair in found)
    assert [pair.adjusted for pair in found] == pytest.approx(holm([pair.p_value for pair in found]))
    known = priors(right_answers(compared()))
    estimate = contrast([Runs(FULL, known[found[0].a])], [Runs(PROBE[None])])
    assert (found[0].difference, found[0].interval) == (estimate.value, estimate.interval())
    assert found[0].p_value == estimate.p_value


def test_what_it_takes_to_settle_a_difference() -> None:
    a, b = right(N, wrong=range(20, 26)), right(N, wrong=range(10))
    (open_pair,) = pairs(planted({"full": a, "light": b}))
    assert open_pair.p_value > 0.05
    assert open_pair.detectable > open_pair.difference > 0
    assert open_pair.needed is not None and open_pair.needed > N
    assert open_pair.seeds_needed is None
    longer = planted({"full": np.tile(a, 40), "light": np.tile(b, 40)})
    (settled,) = pairs(longer)
    assert (settled.p_value < 0.05, settled.needed) == (True, None)
    (same,) = pairs(planted({"full": a, "light": a}))
    assert (same.difference, same.p_value, same.needed) == (0, 1, None)


def test_where_seeds_scatter_it_takes_seeds() -> None:
    n = 4000
    scattered = np.stack([right(n, wrong=range(count)) for count in (20, 150, 330)])
    steady = right(n, wrong=range(400))
    (pair,) = pairs(planted({"full": scattered, "linear_probe": steady}))
    assert (pair.p_value > 0.05, pair.needed) == (True, None)
    assert pair.seeds_needed is not None and pair.seeds_needed > 3


def test_hurt_is_clearly_worse_than_a_control() -> None:
    rows = {"full": PROBE, "lora": right(N, wrong=range(170)), "scratch": SCRATCH, "light": right(N, wrong=range(62))}
    assert {place.contender.strategy: place.hurt for place in leaderboard(planted(rows))} == {
        "full": False,
        "scratch": False,
        "light": False,  # lower than scratch, by less than chance may do
        "lora": True,
    }


def test_hurt_is_corrected_for_all_such_comparisons() -> None:
    """Worse at p = 0.02: clear if nothing else was asked, by chance among many."""
    control, worse = right(N, wrong=range(20, 24)), right(N, wrong=range(0, 15))
    alone = planted({"full": worse, "scratch": control})
    assert 0.01 < pairs(alone)[0].p_value < 0.05
    assert leaderboard(alone)[1].hurt
    more = dict.fromkeys(("light", "lora", "lp_ft", "progressive"), control)
    assert not any(place.hurt for place in leaderboard(planted({"full": worse, "scratch": control, **more})))


def test_together_against_a_control() -> None:
    right = right_answers(compared())
    full, probe, scratch = (Contender(name, "seedling") for name in ("full", "linear_probe", "scratch"))
    found = against(right, (full, probe), scratch)
    assert found.difference == pytest.approx((FULL.mean() + PROBE.mean()) / 2 - SCRATCH.mean())
    assert found.accuracy == pytest.approx((FULL.mean() + PROBE.mean()) / 2)
    assert found.interval.low < found.difference < found.interval.high
    assert found.p_these_runs < found.p_value < 0.05
    assert found.new_seeds
    once = right_answers(planted({"full": FULL[:1], "scratch": SCRATCH}))
    assert not against(once, (full,), scratch).new_seeds


def test_the_better_half_on_valid() -> None:
    board = leaderboard(planted(dict.fromkeys(("full", "light", "lora", "lp_ft", "linear_probe"), PROBE)))
    scored = [replace(place, valid_score=score) for place, score in zip(board, (0.5, 0.9, 0.7, 0.8, 0.6), strict=True)]
    assert better_half(scored) == tuple(board[k].contender for k in (1, 2, 3))
    assert better_half([*scored[:4], replace(board[4], valid_score=None)]) == tuple(one.contender for one in board)
    assert better_half([replace(place, valid_score=0.5) for place in board]) == tuple(one.contender for one in board)


def test_what_went_back_to_its_head_is_the_probe() -> None:
    comparison = planted({"linear_probe": PROBE, "lp_ft": np.tile(PROBE, (2, 1)), "light": PROBE, "full": FULL})
    kept = Finding("start-kept", "info", "kept")
    runs = [
        replace(run, findings=(kept,)) if run.contender.strategy in ("lp_ft", "full") else run
        for run in comparison.runs
    ]
    same = {place.contender.strategy: place.same_as for place in leaderboard(replace(comparison, runs=tuple(runs)))}
    assert same == {
        "linear_probe": None,
        "lp_ft": Contender("linear_probe", "seedling"),
        "light": None,  # alike by chance: it was trained
        "full": None,  # it answers otherwise
    }
    first = [run for run in runs if not (run.contender.strategy == "lp_ft" and run.seed == 1)]
    trained = replace(comparison.runs[2], seed=1, findings=())
    assert all(place.same_as is None for place in leaderboard(replace(comparison, runs=(*first, trained))))


def test_a_run_has_its_price_where_there_is_one() -> None:
    comparison = planted({"full": PROBE}, full=100.0)
    runs = tuple(replace(run, price_seconds=42.0) for run in comparison.runs)
    assert leaderboard(replace(comparison, runs=runs))[0].seconds == 42.0


def test_a_pair_turned_twice_is_itself() -> None:
    pair = pairs(compared())[0]
    assert turned(pair).difference == -pair.difference
    assert turned(pair).interval.low == -pair.interval.high
    assert turned(turned(pair)) == pair


def test_runs_on_other_examples_are_refused() -> None:
    comparison = planted({"full": FULL, "light": PROBE})
    other = measured("lora", 0, PROBE)
    other = replace(other, answers=replace(other.answers, ids=tuple(f"x{index}" for index in range(N))))
    with pytest.raises(DataError, match="was scored on other examples than full") as caught:
        leaderboard(replace(comparison, runs=(*comparison.runs, other)))
    assert caught.value.remedy


def test_no_runs() -> None:
    empty = replace(compared(), runs=())
    assert (leaderboard(empty), pairs(empty)) == ((), ())


def test_a_run_without_a_valid_score() -> None:
    runs = [replace(measured("full", seed, PROBE), valid_score=score) for seed, score in enumerate((None, 0.5, np.nan))]
    assert leaderboard(replace(compared(), runs=tuple(runs)))[0].valid_score == 0.5
    assert leaderboard(replace(compared(), runs=tuple(runs[:1])))[0].valid_score is None
