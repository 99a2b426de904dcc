from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.comparison.planted import planted, right

from ghep.comparison.analysis.adaptive import next_seed
from ghep.comparison.record import Contender

N = 1000
SCRATCH, FULL, LIGHT = (Contender(name, "seedling") for name in ("scratch", "full", "light"))


def scattered(*wrong: int) -> np.ndarray:
    return np.stack([right(N, wrong=range(count)) for count in wrong])


def asked(candidates: list[Contender] | None = None, **rows: np.ndarray) -> Contender | None:
    comparison = planted(rows)
    return next_seed(comparison, comparison.contenders if candidates is None else candidates)


def test_scratch_gets_the_next_seed_while_it_hides_whether_transfer_helps() -> None:
    rows = {"full": scattered(95, 100, 105), "light": scattered(60, 62, 64), "scratch": scattered(80, 250, 420)}
    assert asked(**rows) == SCRATCH
    assert asked([FULL, LIGHT], **rows) in (FULL, LIGHT)
    assert asked([], **rows) is None


def test_no_seed_for_what_is_settled() -> None:
    assert asked(full=scattered(20, 21, 22), light=scattered(200, 201, 202), scratch=scattered(500, 505, 510)) is None


def test_then_whoever_scatters_among_those_that_may_be_the_best() -> None:
    rows = {"full": scattered(95, 100, 105), "light": scattered(60, 100, 170), "scratch": scattered(600, 605, 610)}
    assert asked(**rows) == LIGHT


def test_a_single_run_counts_with_the_scatter_of_its_kind() -> None:
    rows = {"full": scattered(100), "light": scattered(60, 62, 64), "scratch": scattered(600, 605, 610)}
    assert asked(**rows) == FULL


def test_where_the_examples_decide_more_seeds_are_of_no_use() -> None:
    a, b = np.tile(np.arange(60) % 7 > 0, (3, 1)), np.tile(np.arange(60) % 9 > 0, (3, 1))
    assert asked(full=a, light=b, scratch=scattered_few(30)) is None


def scattered_few(wrong: int) -> np.ndarray:
    return np.tile(right(60, wrong=range(wrong)), (3, 1))


def test_the_probe_has_no_seed() -> None:
    rows = {"linear_probe": right(N, wrong=range(100)), "scratch": scattered(80, 250, 420)}
    assert asked([Contender("linear_probe", "seedling")], **rows) is None


def test_without_a_run() -> None:
    assert next_seed(replace(planted({"full": scattered(1)}), runs=()), [FULL]) is None
