"""Findings about tasks that share a trunk."""

from __future__ import annotations

from typing import Any

from ghep.guards.sharing import gradient_findings, size_findings


def seen(**changes: Any) -> dict[str, Any]:
    """Two tasks that get along."""
    plain = {
        "tasks": ("a", "b"),
        "steps": 16,
        "cosines": ((1.0, 0.02), (0.02, 1.0)),
        "conflicting": ((0.0, 0.45), (0.45, 0.0)),
        "norms": (1.0, 0.5),
        "affinity": ((1.0, 0.01), (0.04, 1.0)),
    }
    return {**plain, **changes}


def test_tasks_of_about_equal_size_are_nothing_to_speak_of() -> None:
    assert size_findings({"a": 900, "b": 100}, {"a": 0.9, "b": 0.1}) == ()
    assert size_findings({"a": 900}, {"a": 1.0}) == ()


def test_very_unequal_tasks_are_named_with_what_mixing_makes_of_them() -> None:
    (found,) = size_findings({"a": 5000, "b": 50, "c": 700}, {"a": 0.87, "b": 0.009, "c": 0.121})
    assert found.code == "tasks-unequal" and found.items == ("a", "b")
    assert "5,000" in found.message and "87% of" in found.message and "0.9% for b" in found.message
    assert "temperature" in found.remedy


def test_tasks_that_get_along_give_no_finding() -> None:
    assert gradient_findings(seen()) == ()
    assert gradient_findings(None) == ()


def test_conflict_is_named_with_its_numbers() -> None:
    (found,) = gradient_findings(seen(cosines=((1.0, -0.4), (-0.4, 1.0)), conflicting=((0.0, 0.9), (0.9, 0.0))))
    assert found.code == "gradients-conflict" and found.items == ("a", "b")
    assert "-0.40" in found.message and "90% of 16 steps" in found.message and "pcgrad" in found.remedy


def test_a_conflict_that_surgery_was_there_for_asks_for_none() -> None:
    at_odds = seen(cosines=((1.0, -0.4), (-0.4, 1.0)), conflicting=((0.0, 0.9), (0.9, 0.0)))
    (found,) = gradient_findings(at_odds, surgery="cagrad")
    assert found.severity == "info" and "cagrad" in found.remedy and "--surgery" not in found.remedy


def test_a_conflict_in_every_other_step_is_chance() -> None:
    assert gradient_findings(seen(cosines=((1.0, -0.2), (-0.2, 1.0)), conflicting=((0.0, 0.6), (0.6, 0.0)))) == ()


def test_few_looks_say_nothing() -> None:
    assert gradient_findings(seen(steps=7, norms=(1.0, 0.01))) == ()


def test_a_drowned_task_is_named() -> None:
    (found,) = gradient_findings(seen(norms=(1.0, 0.05)))
    assert found.code == "task-drowned" and found.items == ("b", "a")
    assert "is 5% of that of" in found.message and "gradnorm" in found.remedy


def test_a_task_that_no_look_caught_is_not_judged() -> None:
    """Ten labels in ten thousand rows: JSON has null for its norm and its cosines."""
    unknown = {"cosines": ((1.0, None), (None, None)), "conflicting": ((0.0, None), (None, None))}
    assert gradient_findings(seen(norms=(1.0, None), **unknown)) == ()
