"""Whether images made for one model change the answers of others.

In: photos and several models. Out: a matrix: for the images made for one model (rows), the share of photos whose answer
changes with another (columns), from the file. The last row is random noise within the same bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from ghep.explanation.attack.bounded import noisy
from ghep.explanation.attack.from_file import Answer, answers, png_of
from ghep.explanation.attack.victim import Photo, pixels_in
from ghep.explanation.subject import Subject


@dataclass(frozen=True)
class Transfer:
    """The transfer matrix of M models and n photos."""

    models: tuple[str, ...]
    """The first is the model under attack."""
    n: int
    changed: tuple[tuple[int, ...], ...]
    """(M + 1, M): photos whose answer changes; rows: made for this model, the last with random noise."""
    targeted: tuple[tuple[int, ...], ...]
    """As ``changed``: photos whose answer is the target. Empty for an untargeted attack."""


def transfer(
    subjects: Sequence[Subject],
    photos: Sequence[Photo],
    targets: Sequence[str],
    made: Callable[[Subject], list[bytes]],
    *,
    bound: int,
    seed: int,
) -> Transfer:
    """Return the matrix; ``made``: a model -> the attack's files for it."""
    drawn = torch.Generator().manual_seed(seed)
    files = [made(one) for one in subjects]
    random = noisy(photos, [bound] * len(photos), generator=drawn)
    files.append([png_of(pixels_in(one)) for one in random])
    clean = [png_of(one.pixels) for one in photos]
    before = [answers(one, clean) for one in subjects]
    after = [[answers(one, row) for one in subjects] for row in files]
    changed = tuple(
        tuple(
            sum(a.label != b.label for a, b in zip(now, then, strict=True))
            for now, then in zip(row, before, strict=True)
        )
        for row in after
    )
    targeted = tuple(tuple(sum(_says(one, targets) for one in now) for now in row) for row in after) if targets else ()
    return Transfer(tuple(one.name for one in subjects), len(photos), changed, targeted)


def _says(answer: Answer, targets: Sequence[str]) -> bool:
    return any(answer.says(one) for one in targets)
