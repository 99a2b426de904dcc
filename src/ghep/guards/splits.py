"""Do valid and test agree? If a model is far better on valid than on test, valid is not representative of new data.

The usual cause is a random split of frames of one film, photos of one object, or texts by one author: valid then
resembles train more than new data will. The audit finds copies, but neighbouring frames are not copies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghep.types import Finding, Score


def split_findings(scores: Mapping[tuple[str, str], Score]) -> tuple[Finding, ...]:
    """Return findings on ``scores`` by (split, task): a gap between valid and test, or no test split.

    Scores on valid are slightly too good, because valid also chose the epoch or the regularisation.
    """
    if "test" in {split for split, _ in scores}:
        several = len({task for _, task in scores}) > 1
        found: list[Finding] = []
        for (split, task), test in scores.items():
            valid = scores.get(("valid", task))
            if split == "test" and valid is not None:
                found += split_gap(valid, test, task=task if several else "")
        return tuple(found)
    if not scores:
        return (Finding.of("nothing-held-out", "error"),)
    return (Finding.of("valid-reused", "info"),)


def split_gap(valid: Score, test: Score, *, task: str = "") -> tuple[Finding, ...]:
    """Return a finding if the 95 % intervals of a score on valid and on test do not overlap.

    By chance, that happens in fewer than 1 of 100 healthy runs (p < 0.006 for equal n: Schenker and Gentleman 2001).
    """
    if valid.interval is None or test.interval is None:
        return ()
    overlap = valid.interval.low <= test.interval.high and test.interval.low <= valid.interval.high
    if overlap:
        return ()
    found: dict[str, Any] = {"score": valid.name, "valid": valid.value, "test": test.value}
    if task:
        message = "valid-and-test-differ-by-task"
        return (Finding.of("valid-and-test-differ", "warning", message=message, items=(task,), task=task, **found),)
    return (Finding.of("valid-and-test-differ", "warning", **found),)
