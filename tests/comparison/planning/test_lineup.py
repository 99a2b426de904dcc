"""The models of a line: which there are, how long each trains, on which labels and with which options."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ghep.comparison.planning.lineup as lineup
from ghep.comparison.planning.lineup import entrants, options_for
from ghep.comparison.planning.pricing import Work
from ghep.comparison.planning.settings import settings_from
from ghep.comparison.record import Contender
from ghep.comparison.sharing.budget import Length

LINE = Contender("full", "a")
LENGTHS = {
    ("x",): Length(rows=1000, epochs=5, stages=1, lr=1e-3, batch_size=32),
    ("y",): Length(rows=200, epochs=20, stages=1, lr=1e-3, batch_size=16),
    ("z",): Length(rows=800, epochs=6, stages=1, lr=1e-3, batch_size=32),
    ("x", "y"): Length(rows=1200, epochs=5, stages=1, lr=1e-3, batch_size=32),
    ("x", "z"): Length(rows=1000, epochs=5, stages=1, lr=1e-3, batch_size=32),
    ("y", "z"): Length(rows=1000, epochs=5, stages=1, lr=1e-3, batch_size=32),
    ("x", "y", "z"): Length(rows=1200, epochs=5, stages=1, lr=1e-3, batch_size=32),
}
"""Every row of z is one of x too."""


class Known(dict[str, Any]):
    """A ledger in which all is decided."""

    def decided(self, name: str, make: Any) -> Any:
        return self[name] if name in self else make()


def known(tasks: tuple[str, ...], lengths: dict[tuple[str, ...], Length]) -> tuple[Any, Any]:
    ground = SimpleNamespace(tasks=dict.fromkeys(tasks))
    works = {"all": asdict(Work(train=100.0, scored=10.0)), "5": asdict(Work(train=7.0, stored=((4, 2),)))}
    names = {
        f"plan of {Contender('full', 'a', some).key}": {"length": asdict(one), "works": works}
        for some, one in lengths.items()
    }
    return ground, Known(names)


def test_one_task_is_one_model_with_the_length_of_its_plan() -> None:
    ground, ledger = known((), {(): LENGTHS["x",]})
    found = entrants(LINE, ground, settings_from(affinity="pairs"), ledger)
    assert found.lengths == {LINE: LENGTHS["x",]} and not found.epochs
    assert found.works == {(LINE, None): Work(100.0, 0.0, 10.0), (LINE, 5): Work(7.0, stored=((4, 2),))}


def test_several_tasks_are_one_model_for_each_and_one_for_all_and_pairs_if_they_are_wanted() -> None:
    ground, ledger = known(("x", "y", "z"), LENGTHS)
    found = entrants(LINE, ground, settings_from(), ledger)
    assert [arm.tasks for arm in found.lengths] == [("x",), ("y",), ("z",), ("x", "y", "z")]
    assert {arm.tasks: epochs for arm, epochs in found.epochs.items()} == {("x", "y", "z"): 12}  # 13,800 examples
    shared = Contender("full", "a", ("x", "y", "z"))
    assert found.works[shared, None].train == 100.0 * 12 / 5, "of its plan's 5 epochs"
    found = entrants(LINE, ground, settings_from(affinity="pairs"), ledger)
    assert [arm.tasks for arm in found.lengths][4:] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert {arm.tasks: epochs for arm, epochs in found.epochs.items() if len(arm.tasks) == 2} == {
        ("x", "y"): 8,
        ("x", "z"): 6,  # of 10 that the examples would allow: no more than the longer of the two
        ("y", "z"): 9,
    }


def test_a_budget_of_steps_trains_models_alone_as_many_steps_as_the_shared_one() -> None:
    ground, ledger = known(("x", "y", "z"), LENGTHS)
    found = entrants(LINE, ground, settings_from(budget="steps"), ledger)
    assert {"+".join(arm.tasks): epochs for arm, epochs in found.epochs.items()} == {
        **{"x+y+z": 12},  # 456 steps
        **{"x": 14, "y": 35, "z": 18},  # at 32, 13 and 25 steps a pass
    }
    ground, ledger = known((), {(): LENGTHS["x",]})
    assert not entrants(LINE, ground, settings_from(budget="steps"), ledger).epochs


def test_where_heads_are_solved_there_are_no_pairs_and_nothing_to_even_out() -> None:
    solved = {tasks: Length(one.rows, 0, 0, 0.0) for tasks, one in LENGTHS.items()}
    ground, ledger = known(("x", "y", "z"), solved)
    found = entrants(LINE, ground, settings_from(affinity="pairs", budget="steps"), ledger)
    assert len(found.lengths) == 4 and not found.epochs


def test_a_run_is_told_of_the_ratings_among_its_tasks() -> None:
    settings = settings_from(ratings=["stars", "care"])
    assert options_for(Contender("full", "a", ("stars", "tone")), settings).ratings == ("stars",)
    assert options_for(Contender("full", "a", ("tone",)), settings).ratings == ()
    assert options_for(LINE, settings).ratings == ("stars", "care")
    assert options_for(LINE, settings_from()).ratings == ()


def test_random_features_are_a_linear_probe_of_random_weights() -> None:
    assert lineup.strategy_of(Contender("random_features", "a")) == "linear_probe"
    assert lineup.strategy_of(LINE) == "full"


def test_one_task_with_all_its_labels_is_the_data_as_they_are(tmp_path: Path) -> None:
    whole = SimpleNamespace(dataset=None)
    ground: Any = SimpleNamespace(prepared={"a": whole})
    assert lineup.part_for(LINE, ground, settings_from()) is whole
