"""Do the splits tell the same story? A model that is far better on valid than on test was chosen on the wrong examples.

The usual cause is a random split of frames from one film, of photos of one thing, or of texts by one author: valid then
resembles train more than anything new will. Copies are found by the audit; neighbours in a film are not copies.
"""

from __future__ import annotations

from collections.abc import Mapping

from ghep.types import Finding, Score


def split_findings(scores: Mapping[tuple[str, str], Score]) -> tuple[Finding, ...]:
    """Return what ``scores``, by (split, task), say of the splits: a gap of any task, or that valid had to serve twice.

    A split that chose the epoch or the regularisation, and is then reported, is a little too good.
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
        message = "every example was trained on: nothing says how good the model is"
        remedy = "add a valid or test folder, or more examples of each class, so that some can be set aside"
        return (Finding("nothing-held-out", "error", message, remedy),)
    return (
        Finding(
            "valid-reused",
            "info",
            "the scores are of the validation split, which also chose the epoch or the regularisation",
            "expect a little less on new data; add a test folder to know",
        ),
    )


def split_gap(valid: Score, test: Score, *, task: str = "") -> tuple[Finding, ...]:
    """Compare one score on valid and test; say so when their 95 % intervals do not overlap.

    Two intervals of 95 % that do not touch happen by chance in fewer than 1 in 100 healthy runs (p < 0.006 for equal n:
    Schenker and Gentleman 2001).
    """
    if valid.interval is None or test.interval is None:
        return ()
    apart = valid.interval.low > test.interval.high or valid.interval.high < test.interval.low
    if not apart:
        return ()
    name = f"{valid.name} of {task}" if task else valid.name
    message = f"{name} is {valid.value:.3f} on valid and {test.value:.3f} on test, further apart than chance allows"
    remedy = (
        "the splits are not alike: keep what belongs together (frames of one film, texts by one author) in one split "
        "(a split column)"
    )
    return (Finding("valid-and-test-differ", "warning", message, remedy, (task,) if task else ()),)
