"""Is the model scored on what it was trained on? The bundle keeps a digest of every example it learnt or chose from.

Digests are of the content as given, so a renamed or moved file is known again; one that was saved anew is not. In: the
digests of both sides, out: findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ghep.data.dataset import Dataset
from ghep.types import Finding, Severity, Split

DIGITS = 16
"""Hexadecimal digits kept: 64 bits, two of a million different examples look alike once in 37 million data sets."""

Seen = Mapping[str, Sequence[str]]
"""``train`` and ``valid`` -> sorted digests, as ``seen.json`` of a bundle holds them."""


def seen_by_training(dataset: Dataset) -> Seen:
    """Return what a model trained on ``dataset`` has seen: train to learn from, valid to choose and calibrate by."""
    parts: tuple[Split, ...] = ("train", "valid")
    return {
        split: sorted(
            {dataset.digests[one.id][:DIGITS] for one in dataset.examples(split) if one.id in dataset.digests}
        )
        for split in parts
    }


def seen_before(seen: Seen, digests: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the examples, id -> digest, that the model was trained or chosen on."""
    known = {one for split in ("train", "valid") for one in seen.get(split, ())}
    return tuple(one for one, digest in digests.items() if digest[:DIGITS] in known)


def seen_findings(seen: Seen, digests: Mapping[str, str]) -> tuple[Finding, ...]:
    """Name those of the examples to be scored, id -> digest, that the model was trained or chosen on."""
    if not seen:
        message = "this bundle does not say what it was trained on: nothing shows whether it is scored on that"
        return (Finding("seen-unknown", "info", message, "score examples that were not there when it was trained"),)
    known = {split: set(seen.get(split, ())) for split in ("train", "valid")}
    trained = tuple(one for one, digest in digests.items() if digest[:DIGITS] in known["train"])
    chosen = tuple(one for one, digest in digests.items() if digest[:DIGITS] in known["valid"] - known["train"])
    return (
        *_finding(
            "scored-on-training-data", "error", trained, len(digests), "trained on: the scores say nothing of new"
        ),
        *_finding(
            "scored-on-validation-data", "warning", chosen, len(digests), "chosen by: the scores are too good for new"
        ),
    )


def _finding(code: str, severity: Severity, items: tuple[str, ...], total: int, why: str) -> tuple[Finding, ...]:
    if not items:
        return ()
    message = f"{len(items)} of the {total} examples scored are ones the model was {why} ones"
    return (Finding(code, severity, message, "score examples that it has never seen", items),)
