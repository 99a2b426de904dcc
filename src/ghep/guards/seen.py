"""Is the model scored on its training data? The bundle holds a digest of every example of train and valid.

Digests are of the content as given, so a renamed or moved file is recognised, but not one that was encoded again.
In: the digests in the bundle, and those of the examples to be scored. Out: findings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ghep.data.dataset import Dataset
from ghep.types import Finding, Split

DIGITS = 16
"""Hexadecimal digits per digest (64 bits): two of a million examples collide in one of 37 million data sets."""

Seen = Mapping[str, Sequence[str]]
"""``train`` and ``valid`` -> sorted digests, as ``seen.json`` of a bundle holds them."""


def seen_by_training(dataset: Dataset) -> Seen:
    """Return the digests of the examples that a model fitted on ``dataset`` has used.

    ``train`` was used for training, ``valid`` for choices such as the regularisation.
    """
    parts: tuple[Split, ...] = ("train", "valid")
    return {
        split: sorted(
            {dataset.digests[one.id][:DIGITS] for one in dataset.examples(split) if one.id in dataset.digests}
        )
        for split in parts
    }


def seen_before(seen: Seen, digests: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids in ``digests`` (id -> digest) of examples that were used to train or to choose the model."""
    known = {one for split in ("train", "valid") for one in seen.get(split, ())}
    return tuple(one for one, digest in digests.items() if digest[:DIGITS] in known)


def seen_findings(seen: Seen, digests: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return findings if examples to be scored (id -> digest) were used to train or to choose the model."""
    if not seen:
        return (Finding.of("seen-unknown", "info"),)
    known = {split: set(seen.get(split, ())) for split in ("train", "valid")}
    trained = tuple(one for one, digest in digests.items() if digest[:DIGITS] in known["train"])
    chosen = tuple(one for one, digest in digests.items() if digest[:DIGITS] in known["valid"] - known["train"])
    found, total = [], len(digests)
    if trained:
        found.append(Finding.of("scored-on-training-data", "error", items=trained, count=len(trained), total=total))
    if chosen:
        found.append(Finding.of("scored-on-validation-data", "warning", items=chosen, count=len(chosen), total=total))
    return tuple(found)
