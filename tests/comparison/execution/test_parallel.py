"""Which run is repeated, and how, when its worker or the worker's whole machine is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ghep.comparison.execution.executors import Job
from ghep.comparison.execution.parallel import MOST_MACHINES, Answer, Lost, ParallelRuns
from ghep.errors import Interrupted
from ghep.messages import Message
from ghep.training.stop import StopRequest

KILLED = Lost(Message("worker-killed", {"signal": "SIGKILL"}))
GONE = Lost(Message("worker-killed", {"signal": "SIGKILL"}), with_machine=True)


class Worker:
    """A worker that only notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def begin(self, job: Job) -> None:
        self.told.append(job.name)

    def ask_to_stop(self) -> None:
        self.told.append("stop")

    def end(self) -> None:
        self.told.append("end")

    kill = end


class Played(ParallelRuns[Worker]):
    """Answers are played from a script: job name -> the answer of each attempt; without one the run succeeds."""

    def __init__(self, script: dict[str, list[Any]], room: Iterator[bool] | None = None) -> None:
        super().__init__(StopRequest(), 2)
        self.script, self.room = script, room
        self.begun: list[tuple[str, ...]] = []
        """The names of the jobs in progress after each answer."""

    def _has_room(self) -> bool:
        return len(self._busy) < self.at_once and (self.room is None or next(self.room))

    def _started(self) -> Worker:
        return Worker()

    def _answers(self) -> Iterator[tuple[Worker, Answer]]:
        self.begun.append(tuple(job.name for job in self._busy.values()))
        for worker, job in list(self._busy.items())[:1]:
            attempts = self.script.get(job.name, [])
            yield worker, attempts.pop(0) if attempts else {"seconds": 1.0}


def jobs(tmp_path: Path, names: str) -> Iterator[Job]:
    for name in names:
        yield Job(name, tmp_path / name, "a", "light", 0)


def test_a_killed_run_is_repeated_alone_and_fails_the_second_time(tmp_path: Path) -> None:
    played = Played({"a": [KILLED], "b": [KILLED, KILLED]})
    found = {one.job.name: one.cause for one in played.outcomes(jobs(tmp_path, "abcd"))}
    assert found.keys() == set("abcd") and [name for name, cause in found.items() if cause] == ["b"]
    assert "ended twice" in found["b"] and "SIGKILL" in found["b"]
    assert played.begun == [("a", "b"), ("b",), ("a",), ("b",), ("c", "d"), ("d",)]  # the second time alone


def test_a_lost_machine_is_no_fault_of_its_run(tmp_path: Path) -> None:
    played = Played({"a": [GONE] * (MOST_MACHINES - 1), "b": [GONE, KILLED]})
    found = [(one.job.name, one.cause) for one in played.outcomes(jobs(tmp_path, "abc"))]
    assert sorted(found) == [("a", ""), ("b", ""), ("c", "")]


def test_a_run_that_takes_machine_after_machine_down_fails(tmp_path: Path) -> None:
    played = Played({"a": [GONE] * (MOST_MACHINES + 1)})
    (found,) = played.outcomes(jobs(tmp_path, "a"))
    assert "ended twice" in found.cause and played.script["a"] == []


def test_without_room_it_waits_and_takes_no_job_early(tmp_path: Path) -> None:
    taken: list[str] = []

    def noted() -> Iterator[Job]:
        for job in jobs(tmp_path, "ab"):
            taken.append(job.name)
            yield job

    rooms = [False, False, True, *[True] * 20]
    played = Played({}, room=iter(rooms))
    outcomes = played.outcomes(noted())
    assert next(outcomes).job.name == "a" and played.begun[:2] == [(), ()]
    assert [one.job.name for one in outcomes] == ["b"] and taken == ["a", "b"]


def test_a_run_that_waits_for_a_machine_is_interrupted_by_a_stop(tmp_path: Path) -> None:
    played = Played({"a": [GONE]}, room=iter([True, *[False] * 5]))
    played.at_once = 1
    original = played._answers

    def then_stopped() -> Iterator[tuple[Worker, Answer]]:
        yield from original()
        played.stop.ask()

    played._answers = then_stopped  # type: ignore[method-assign]
    with pytest.raises(Interrupted):
        list(played.outcomes(jobs(tmp_path, "a")))
