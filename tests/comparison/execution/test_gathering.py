"""Findings of runs: each once, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ghep.comparison.execution.gathering import findings_of, planned, runs_in_words
from ghep.comparison.planning.grid import Cell
from ghep.comparison.record import Answers, Contender, Measured, Planned
from ghep.types import Finding

NONE = Answers((), np.empty(0, int), np.empty(0, int), np.empty(0), np.empty(0))
LIGHT, FULL = Contender("light", "seedling"), Contender("full", "seedling")
DATA = Finding("copies", "warning", "2 images are in train and test")
SMALL = Finding("small-valid", "info", "30 examples to choose by")
KEPT = Finding("start-kept", "info", "no epoch was better than the solved head", "take the linear probe")


def run(contender: Contender, seed: int, findings: Sequence[Finding]) -> Measured:
    folder = Path(f"{contender.strategy}-{seed}")
    return Measured(
        contender, seed, None, 0, 80, NONE, None, (), 1.0, 0.0, 0, 0, 0, findings=tuple(findings), folder=folder
    )


def test_findings_of_some_runs_say_whose_they_are_and_those_of_all_do_not() -> None:
    runs = [
        run(LIGHT, 0, [DATA, SMALL, KEPT]),
        run(LIGHT, 1, [DATA, SMALL]),
        run(FULL, 0, [DATA, SMALL, KEPT]),
        run(FULL, 1, [DATA, SMALL, KEPT]),
    ]
    found = findings_of([DATA], runs)
    assert [one.message for one in found] == [
        DATA.message,
        SMALL.message,
        f"{KEPT.message} (light, seed 0; full, both seeds)",
    ]


def test_messages_that_differ_in_their_details_are_one_finding() -> None:
    worse = [Finding("loss-rose", "warning", f"the loss rose by {seed} points") for seed in range(3)]
    runs = [run(FULL, seed, [worse[seed]]) for seed in range(3)]
    (found,) = findings_of([], [*runs, run(LIGHT, 0, []), run(LIGHT, 1, [worse[1]])])
    assert found.message == (
        "the loss rose by 0 points (full, all 3 seeds; light, seed 1; the details are those of full, seed 0)"
    )


def test_a_finding_of_a_control_without_a_folder_counts_for_nobody_else() -> None:
    words = Measured(Contender("linear_ngrams"), 0, None, 0, 80, NONE, None, (), 1.0, 0.0, 0, 0, 0)
    (found,) = findings_of([], [run(LIGHT, 0, [SMALL]), words])
    assert found == SMALL


def test_seeds_are_named_where_not_all_of_them_are_meant() -> None:
    every = [(LIGHT, seed) for seed in range(3)] + [(FULL, 0)]
    assert runs_in_words([(LIGHT, 2), (LIGHT, 0)], every) == "light, seeds 0 and 2"
    assert runs_in_words([(FULL, 0)], every) == "full, seed 0"


def test_the_plan_sets_what_runs_took_against_what_was_expected_of_the_same_runs() -> None:
    cells = [Cell(LIGHT, 0), Cell(LIGHT, 1), Cell(LIGHT, 0, 5), Cell(FULL, 0)]
    ledger = SimpleNamespace(
        estimates={cell.name: 10.0 for cell in cells}, done={cells[0].name: 12.0, cells[2].name: 9.0}
    )
    driver: Any = SimpleNamespace(ledger=ledger, ground=SimpleNamespace(backbones=("seedling",)))
    assert list(planned(driver, cells)) == [
        Planned("light", 1, 10.0, 12.0),
        Planned("label curve", 1, 10.0, 9.0),
        Planned("light", 1, 10.0),
        Planned("full", 1, 10.0),
    ]
