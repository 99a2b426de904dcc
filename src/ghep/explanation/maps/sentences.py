"""Explained photos in sentences, for the terminal, the page and notebooks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ghep.display import html
from ghep.explanation.maps.curves import OWN, RANDOM
from ghep.explanation.maps.photo import PhotoExplanation
from ghep.messages import number_text, text_of
from ghep.types import three

TOP = 5
"""Classes that are listed for each photo."""
PAIRS = tuple(itertools.product(("deletion", "insertion"), (OWN, RANDOM)))


def summary(one: PhotoExplanation) -> list[str]:
    """Return the answer for one photo and what its map says, as sentences."""
    found = []
    if one.probabilities:
        best = one.top[:3]
        found.append(
            text_of("explain-top", classes=[f"{html.cut(name, 40)} {number_text(p, '.3f')}" for name, p in best])
        )
    else:
        found.append(text_of("explain-number", task=one.explained[0], value=three(float(one.answer))))
    for label, positive in zip(one.explained, one.positive, strict=True):
        if not positive:
            found.append(text_of("explain-no-positive", label=label))
    if one.curves is not None:
        numbers = {f"{way}_{kind}": number_text(one.curves.area(way, kind), ".3f") for way, kind in PAIRS}
        found.append(text_of("explain-areas", **numbers))
    if one.randomised:
        found.append(text_of("explain-randomised", correlation=number_text(np.mean(one.randomised), "+.2f")))
    return found


def together(photos: Sequence[PhotoExplanation]) -> list[str]:
    """Return the mean areas of several photos, as a sentence; empty for fewer than two."""
    count = len(areas(photos, "deletion", OWN))
    if count < 2:
        return []
    numbers = {f"{way}_{kind}": number_text(areas(photos, way, kind).mean(), ".3f") for way, kind in PAIRS}
    return [text_of("explain-mean-areas", count=count, **numbers)]


def areas(photos: Sequence[PhotoExplanation], way: str, kind: str) -> np.ndarray:
    """Return the areas under the curves (n,) of the photos that have curves."""
    return np.array([one.curves.area(way, kind) for one in photos if one.curves is not None])


def file_names(photos: Sequence[PhotoExplanation]) -> list[str]:
    """Return a name of a file for each photo: its number and the letters and digits of its own name."""
    stems = ("".join(c if c.isalnum() and c.isascii() else "-" for c in Path(one.name).stem) for one in photos)
    return [f"{number:03d}-{stem[:40].strip('-')}".strip("-") for number, stem in enumerate(stems, 1)]
