"""The gap between valid and test: found when it is there, silent when it is chance."""

from __future__ import annotations

import numpy as np

from ghep.guards.splits import split_findings, split_gap
from ghep.metrics.intervals import wilson
from ghep.types import Score


def accuracy(right: int, n: int) -> Score:
    return Score("accuracy", right / n, wilson(right, n), n)


def test_a_gap_is_a_finding_in_either_direction() -> None:
    for valid, test in (((150, 258), (195, 516)), ((40, 100), (80, 100))):
        (finding,) = split_gap(accuracy(*valid), accuracy(*test))
        assert finding.code == "valid-and-test-differ" and finding.remedy
    assert split_gap(accuracy(90, 100), accuracy(85, 100)) == ()
    assert split_gap(Score("accuracy", 0.9, None, 3), accuracy(1, 100)) == ()


def test_gaps_are_found_task_by_task_and_a_reused_split_is_said() -> None:
    low, high = accuracy(40, 100), accuracy(80, 100)
    scores = {("valid", "a"): low, ("test", "a"): high, ("valid", "b"): low, ("test", "b"): low, ("test", "c"): high}
    assert [finding.code for finding in split_findings(scores)] == ["valid-and-test-differ"]
    assert [finding.code for finding in split_findings({("valid", "a"): low})] == ["valid-reused"]
    assert [(one.code, one.severity) for one in split_findings({})] == [("nothing-held-out", "error")]


def test_false_alarms_on_healthy_runs_are_rare() -> None:
    rng = np.random.default_rng(0)
    draws = [(rng.binomial(150, p), rng.binomial(300, p)) for p in rng.uniform(0.3, 0.95, 2000)]
    alarms = sum(bool(split_gap(accuracy(int(v), 150), accuracy(int(t), 300))) for v, t in draws)
    assert alarms / len(draws) < 0.012


def test_with_several_tasks_a_gap_names_its_task() -> None:
    right = {("valid", "a"): 90, ("test", "a"): 90, ("valid", "b"): 90, ("test", "b"): 50}
    (found,) = split_findings({key: accuracy(count, 100) for key, count in right.items()})
    assert "of b is 0.900 on valid and 0.500 on test" in found.message
