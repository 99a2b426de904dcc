"""Find traits that predict the label without the content: image size, format, JPEG quality, bit depth, text length.

In: the traits and labels of each example. Out: findings. File size is not used as a trait: among files that were saved
in the same way, it depends on the content.

If X-rays of ill people come from one clinic and those of healthy people from another, their image size may reveal the
class, and a network learns what is easiest (Geirhos et al., arXiv 2004.07780). So ghep tests how well each trait alone
predicts each class against the others. Values are binned. The score of an example is the share of the class in its bin,
estimated on the other four fifths of the data. The AUC is the probability that an example of the class has a larger
score than another example; its lower bound follows Hanley and McNeil (Radiology 143, 1982).

The threshold ``BAR`` for this lower bound was set on sixteen data sets without shortcuts. Their highest lower bound was
0.84 (text length, questions in 50 classes); all others were below 0.75.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from ghep.messages import Message, number_text, text_of
from ghep.types import Example, Finding, classes_in

Trait = float | str

BAR = 0.90
"""Lower bound of the AUC from which a trait is a shortcut."""
DEVIATIONS = 3.0
"""Standard errors between an AUC and its lower bound: with 50 classes and 7 traits, fewer than 0.5 false alarms are
expected.
"""
FEWEST = 12
"""Minimum number of examples of a class, and of the others."""
CLEARLY = 0.005
"""A later trait replaces an earlier one only if its lower bound is larger by this."""
FOLDS = 5
BINS = 12
CATEGORIES = 63
"""Most frequent values of a categorical trait that get their own bin; the others share one."""


class _Shortcut(NamedTuple):
    low: float
    auc: float
    trait: str
    label: str
    members: int


def shortcut_findings(
    traits: Mapping[str, Mapping[str, Trait]], examples: Sequence[Example], tasks: Sequence[str]
) -> list[Finding]:
    """Return a finding for each trait that predicts a class of ``examples``; ``traits``: id -> name -> value.

    If several traits predict a class, the best is reported; of equally good ones, the first.
    """
    findings = []
    for task in tasks:
        mine = sorted((one for one in examples if task in one.labels), key=lambda one: one.id)
        best: dict[str, _Shortcut] = {}
        for name in dict.fromkeys(name for one in mine for name in traits[one.id]):
            for found in _shortcuts(name, [traits[one.id][name] for one in mine], _members(mine, task), len(mine)):
                if found.label not in best or found.low > best[found.label].low + CLEARLY:
                    best[found.label] = found
        by_trait: dict[str, list[_Shortcut]] = defaultdict(list)
        for found in sorted(best.values(), reverse=True):
            by_trait[found.trait].append(found)
        findings += [
            _finding(found, {one.id: traits[one.id][trait] for one in mine}, mine, task, len(tasks))
            for trait, found in by_trait.items()
        ]
    return findings


def _members(examples: Sequence[Example], task: str) -> dict[str, np.ndarray]:
    """Return a dict: class of ``task`` -> the indices (n,) of its examples in ``examples``."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        for name in classes_in(example.labels[task]):
            places[name].append(place)
    return {name: np.array(found) for name, found in sorted(places.items())}


def _shortcuts(trait: str, values: Sequence[Trait], members: Mapping[str, np.ndarray], total: int) -> list[_Shortcut]:
    if len(set(values)) < 2:
        return []
    folds = np.random.default_rng(0).permutation(total) % FOLDS
    bins = _bins(values)
    width = int(bins.max()) + 1
    cells = folds * width + bins  # (N,)
    everyone = np.bincount(cells, minlength=FOLDS * width).reshape(FOLDS, width)
    found = []
    for label, places in members.items():
        if min(len(places), total - len(places)) < FEWEST:
            continue
        mine = np.bincount(cells[places], minlength=FOLDS * width).reshape(FOLDS, width)
        share = len(places) / total
        scores = (mine.sum(0) - mine + share) / (everyone.sum(0) - everyone + 1)  # (FOLDS, width), from the other folds
        auc = _auc(scores.ravel(), mine.ravel(), (everyone - mine).ravel())
        low = _lower_bound(auc, len(places), total - len(places))
        if low >= BAR:
            found.append(_Shortcut(low, auc, trait, label, len(places)))
    return found


def _bins(values: Sequence[Trait]) -> np.ndarray:
    """Return the bin (N,) of each value: numbers by quantile, categories by value."""
    if isinstance(values[0], str):
        names, codes, counts = np.unique(np.array(values), return_inverse=True, return_counts=True)
        rank = np.empty(len(names), dtype=np.int64)
        rank[np.argsort(-counts, kind="stable")] = np.arange(len(names))
        return np.asarray(np.minimum(rank[codes.ravel()], CATEGORIES))
    numbers = np.array(values, dtype=float)
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1]))
    below, upto = (np.searchsorted(edges, numbers, side=side) for side in ("left", "right"))
    return np.asarray(below + upto)  # a value equal to an edge is frequent and gets its own bin


def _auc(scores: np.ndarray, mine: np.ndarray, others: np.ndarray) -> float:
    """Return the AUC; bin i has the score ``scores[i]``, ``mine[i]`` examples of the class and ``others[i]`` others.

    Ties count half.
    """
    names, level = np.unique(scores, return_inverse=True)
    positive = np.bincount(level.ravel(), weights=mine, minlength=len(names))
    negative = np.bincount(level.ravel(), weights=others, minlength=len(names))
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))


def _lower_bound(auc: float, mine: int, others: int) -> float:
    """Return a lower bound of the AUC: ``DEVIATIONS`` standard errors below it.

    The AUC is first moved towards 0.5, by one more example with an AUC of 0.5: a perfect AUC of a few examples does not
    prove a shortcut. ``mine`` and ``others`` are the numbers of examples of the class and of all other classes.
    """
    fewer = min(mine, others)
    value = (auc * fewer + 0.5) / (fewer + 1)
    one, two = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (mine - 1) * (one - value**2) + (others - 1) * (two - value**2)
    return value - DEVIATIONS * sqrt(max(0.0, variance) / (mine * others))


def _finding(
    found: Sequence[_Shortcut], values: Mapping[str, Trait], examples: Sequence[Example], task: str, tasks: int
) -> Finding:
    items = []
    for one in found:
        mine = [values[example.id] for example in examples if one.label in classes_in(example.labels[task])]
        others = [values[example.id] for example in examples if one.label not in classes_in(example.labels[task])]
        items.append(text_of("shortcut-values", label=one.label, mine=_typical(mine), others=_typical(others)))
    return Finding.of(
        "shortcut",
        "warning",
        items=items,
        trait=found[0].trait,
        task=task,
        tasks=tasks,
        labels=[f"{one.label!r} (AUC {one.auc:.2f})" for one in found[:3]],
        more=max(0, len(found) - 3),
    )


def _typical(values: Sequence[Any]) -> Message:
    """Return a message: the first and third quartile of numbers, or the most frequent text with its share."""
    if isinstance(values[0], str):
        names, counts = np.unique(np.array(values), return_counts=True)
        name = str(names[counts.argmax()])
        return Message("most-frequent-value", {"value": name, "share": float(counts.max() / len(values))})
    low, high = np.quantile(np.array(values, dtype=float), (0.25, 0.75))
    return Message("middle-half", {"low": _number(low), "high": _number(high), "equal": bool(low == high)})


def _number(value: float) -> str:
    return number_text(value, ",.0f") if value >= 100 else number_text(value, ".3g")
