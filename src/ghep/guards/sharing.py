"""Do the tasks of one trunk get along? Sizes that are far apart, gradients that conflict, a task that is drowned.

What is said here is seen in one run. Whether sharing hurt a task only a comparison with a model of its own can say
(``ghep compare``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ghep.types import Finding, Severity

UNEQUAL = 10.0
"""Labels of the largest task over those of the smallest from which on it is said (docs/decisions/0013)."""
FEW_LOOKS = 8
"""Fewer steps than this say nothing of conflicts."""
CONFLICT = -0.1
"""Mean cosine of two tasks' gradients below which they pull apart; of unrelated tasks it is about 0."""
OFTEN = 0.75
"""Share of the steps in which they do."""
DROWNED = 0.1
"""Norm of a task's part of the gradient over that of the largest, below which it hardly moves the trunk."""


def size_findings(labels: Mapping[str, int], shares: Mapping[str, float]) -> tuple[Finding, ...]:
    """Say it when tasks have very unequal numbers of ``labels``; ``shares`` of the rows are what mixing makes of it."""
    there = {task: count for task, count in labels.items() if count}
    if len(there) < 2 or max(there.values()) < UNEQUAL * min(there.values()):
        return ()
    if max(shares[task] for task in there) < UNEQUAL * min(shares[task] for task in there):
        return ()  # mixing evens them out already
    large, small = (find(there, key=lambda task: there[task]) for find in (max, min))
    message = (
        f"{large} has {there[large]:,} training labels and {small} {there[small]:,}: of the labels that come "
        f"{100 * shares[large]:.0f} % are {large} and {100 * shares[small]:.1f} % {small}"
    )
    remedy = (
        "--mixing sqrt or temperature lets the small task come more often and the large one less, equal all of them "
        "alike; ghep compare says whether that, or a model of its own, is better for it"
    )
    return (Finding("tasks-unequal", "info", message, remedy, (large, small)),)


def gradient_findings(seen: Mapping[str, Any] | None, *, surgery: str = "none") -> tuple[Finding, ...]:
    """Return what the gradients at the trunk say; ``seen`` is a summary of ``multitask/gram.py``.

    They were looked at before ``surgery``: where there was some, a conflict is what it was there for.
    """
    if seen is None or seen["steps"] < FEW_LOOKS:
        return ()
    return (*_conflicts(seen, surgery), *_drowned(seen))


def _conflicts(seen: Mapping[str, Any], surgery: str) -> list[Finding]:
    tasks: Sequence[str] = seen["tasks"]
    pairs = [(i, j) for i in range(len(tasks)) for j in range(i)]
    found = []
    for i, j in pairs:
        cosine, often = seen["cosines"][i][j], seen["conflicting"][i][j]
        if cosine is None or cosine > CONFLICT or often < OFTEN:
            continue
        message = (
            f"the gradients of {tasks[j]} and {tasks[i]} conflict: mean cosine {cosine:.2f}, "
            f"{100 * often:.0f} % of {seen['steps']} steps below 0"
        )
        if surgery == "none":
            remedy = "--surgery pcgrad takes the conflict out; ghep compare says whether one of the two is hurt"
        else:
            remedy = f"surgery {surgery} was there for it; ghep compare says whether one of the two is hurt"
        severity: Severity = "warning" if surgery == "none" else "info"
        found.append(Finding("gradients-conflict", severity, message, remedy, (tasks[j], tasks[i])))
    return found


def _drowned(seen: Mapping[str, Any]) -> list[Finding]:
    # A rare task may be in none of the steps that were looked at: then there is no norm of it.
    norms = {task: norm for task, norm in zip(seen["tasks"], seen["norms"], strict=True) if norm is not None}
    largest = max(norms, key=lambda task: norms[task])
    found = []
    for task, norm in norms.items():
        if norm >= DROWNED * norms[largest]:
            continue
        message = (
            f"{task} is drowned: its part of the gradient at the trunk has {100 * norm / norms[largest]:.1f} % "
            f"of the size of that of {largest}"
        )
        remedy = f"--weighting gradnorm evens them out, --task-weight {task}=2 or --mixing equal helps it"
        found.append(Finding("task-drowned", "warning", message, remedy, (task, largest)))
    return found
