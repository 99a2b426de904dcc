"""Do the tasks of a shared model fit together? Findings on unequal sizes, conflicting gradients, dominated tasks.

These are observations of one run. Only a comparison with a single-task model shows whether sharing hurt a task
(``ghep compare``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ghep.types import Finding, Severity

UNEQUAL = 10.0
"""Tasks are reported as unequal from this ratio of most to fewest labels on (docs/decisions/0013)."""
FEWEST_STEPS = 8
"""Conflicts are reported only if gradients were measured in at least this many steps."""
CONFLICT = -0.1
"""Two tasks conflict if the mean cosine of their gradients is this or lower; for unrelated tasks it is about 0."""
OFTEN = 0.75
"""Two tasks conflict only if the cosine is negative in at least this fraction of the steps."""
DOMINATED = 0.1
"""A task whose gradient norm is below this fraction of the largest one hardly affects the shared parameters."""


def size_findings(labels: Mapping[str, int], shares: Mapping[str, float]) -> tuple[Finding, ...]:
    """Return a finding if the tasks' numbers of ``labels`` are very unequal and mixing does not compensate for that.

    ``shares`` has each task's share of the rows after mixing.
    """
    counts = {task: count for task, count in labels.items() if count}
    if len(counts) < 2 or max(counts.values()) < UNEQUAL * min(counts.values()):
        return ()
    if max(shares[task] for task in counts) < UNEQUAL * min(shares[task] for task in counts):
        return ()  # mixing compensates for it
    large, small = (find(counts, key=lambda task: counts[task]) for find in (max, min))
    return (
        Finding.of(
            "tasks-unequal",
            "info",
            items=(large, small),
            large=large,
            small=small,
            large_labels=counts[large],
            small_labels=counts[small],
            large_share=shares[large],
            small_share=shares[small],
        ),
    )


def gradient_findings(seen: Mapping[str, Any] | None, *, surgery: str = "none") -> tuple[Finding, ...]:
    """Return findings on the gradients of the shared parameters; ``seen`` is a summary by ``multitask/gram.py``.

    The gradients were measured before ``surgery``, which removes conflicts: with surgery, a conflict is reported as
    information and not as a warning.
    """
    if seen is None or seen["steps"] < FEWEST_STEPS:
        return ()
    return (*_conflicts(seen, surgery), *_dominated(seen))


def _conflicts(seen: Mapping[str, Any], surgery: str) -> list[Finding]:
    tasks: Sequence[str] = seen["tasks"]
    pairs = [(i, j) for i in range(len(tasks)) for j in range(i)]
    found = []
    for i, j in pairs:
        cosine, often = seen["cosines"][i][j], seen["conflicting"][i][j]
        if cosine is None or cosine > CONFLICT or often < OFTEN:
            continue
        severity: Severity = "warning" if surgery == "none" else "info"
        pair = (tasks[j], tasks[i])
        found.append(
            Finding.of(
                "gradients-conflict",
                severity,
                items=pair,
                first=tasks[j],
                second=tasks[i],
                cosine=cosine,
                share=often,
                steps=seen["steps"],
                surgery=surgery,
            )
        )
    return found


def _dominated(seen: Mapping[str, Any]) -> list[Finding]:
    # A rare task may have no label in any measured step, and then it has no norm.
    norms = {task: norm for task, norm in zip(seen["tasks"], seen["norms"], strict=True) if norm is not None}
    largest = max(norms, key=lambda task: norms[task])
    return [
        Finding.of(
            "task-drowned", "warning", items=(task, largest), task=task, largest=largest, share=norm / norms[largest]
        )
        for task, norm in norms.items()
        if norm < DOMINATED * norms[largest]
    ]
