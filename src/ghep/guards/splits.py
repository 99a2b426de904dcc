"""Do train, valid and test agree? If valid and test differ, scores on valid say little about test, and about new data.

The usual cause is a random split of frames of one film, photos of one object, or texts by one author: valid then
resembles train more than new data will. The audit finds copies, but neighbouring frames are not copies.

Two tests. Before training, ``split_differences`` asks whether a linear classifier can tell from frozen features which
split an example is in. In: features of each split. After training, ``split_findings`` compares scores. In: scores.

The classifier is ridge regression on the split, cross-validated; its area under the ROC curve (AUC) is compared with
those after permuting the splits of the examples within each class, so that different shares of the classes, which
``label-shares-differ`` reports, are no difference here. Examples of one group (copies, ``--group``) are in one fold and
are permuted together. Lopez-Paz and Oquab 2017 (arXiv:1610.06545) test two samples by a classifier; the permutations
replace their normal approximation, which is too optimistic for cross-validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.batches import LabelledExamples, batches_in_order, spaced
from ghep.messages import Message, text_of
from ghep.types import SPLITS, Finding, Score, Split

MOST = 256
"""Examples of each split that are compared."""
SAMPLED = 128
"""Examples of each split whose features are computed for the comparison, where they are not at hand."""
BATCH = 32
FEWEST = 12
"""Groups of examples of each split, in classes that both splits have, below which two splits are not compared."""
FOLDS = 5
PERMUTATIONS = 999
STRENGTHS = (0.3, 0.03)
"""Strengths of the ridge penalty, as a share of the number of examples. The larger AUC counts, in the data as in each
permutation of them."""
FALSE_ALARMS = 0.01
"""Share of healthy splits in which one of the three pairs of splits is reported."""
QUANTILES = 4
"""For regression, the splits are permuted within ranges of the numbers: as many as this."""


@dataclass(frozen=True)
class SplitDifference:
    """How well a linear classifier distinguishes the examples of two splits by their frozen features."""

    first: str
    second: str
    counts: tuple[int, int]
    """Number of compared examples of each."""
    auc: float | None = None
    """Cross-validated area under the ROC curve: 0.5 for equal splits, 1 for splits that share nothing. None: too few
    examples."""
    p_value: float | None = None
    """Share of the permutations with at least this AUC."""


@dataclass(frozen=True)
class SplitDifferences:
    """The differences between each two of the splits."""

    pairs: tuple[SplitDifference, ...]

    @property
    def bar(self) -> float:
        """Return the p value from which two splits are reported as different: Bonferroni's, for all pairs together."""
        return FALSE_ALARMS / max(1, sum(pair.p_value is not None for pair in self.pairs))

    @property
    def alarms(self) -> tuple[SplitDifference, ...]:
        """Return the pairs of splits that differ."""
        return tuple(one for one in self.pairs if one.p_value is not None and one.p_value <= self.bar)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return a finding if valid and test differ, and one if train differs from one of them."""
        found = []
        for one in self.alarms:
            both = (one.first, one.second)
            code = "valid-and-test-differ" if both == ("valid", "test") else "train-differs"
            params: dict[str, Any] = {"first": one.first, "second": one.second, "auc": one.auc, "p": one.p_value}
            params["count"] = sum(one.counts)
            found.append(Finding.of(code, "warning", message="splits-differ", items=both, **params))
        return tuple(found)

    @property
    def summary(self) -> str:
        """Return one sentence with the AUC and p value of each pair, and the p value at which a pair is reported."""
        judged = [
            Message("split-pair", {"first": one.first, "second": one.second, "auc": one.auc, "p": one.p_value})
            for one in self.pairs
            if one.auc is not None
        ]
        return text_of("splits-summary", pairs=judged, count=len(judged), bar=self.bar)

    def to_json(self) -> dict[str, Any]:
        """Return the pairs and the bar as plain values for JSON."""
        return {"pairs": [asdict(one) for one in self.pairs], "p_value_bar": self.bar}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> SplitDifferences:
        """Return the differences that ``to_json`` returned."""
        return cls(tuple(SplitDifference(**{**one, "counts": tuple(one["counts"])}) for one in values["pairs"]))


def split_differences(
    features: Mapping[str, NDArray[np.float32]],
    data: Mapping[Split, LabelledExamples],
    groups: Mapping[str, str],
    *,
    seed: int = 0,
) -> SplitDifferences:
    """Compare each two of the splits in ``features`` (split -> frozen features (N, D)) by a linear classifier.

    ``data`` has the examples of each split in the same order; ``groups`` (example id -> group) are those of the data
    set: their examples stay together. Labels only say which examples may exchange their splits. At most ``MOST``
    examples of each split are used. Examples of a group that is in both splits, which the audit reports, are left out.
    """
    rng = np.random.default_rng(seed)
    used = {}
    for split in SPLITS:
        if split in features:
            chosen = np.sort(rng.permutation(len(features[split]))[:MOST])
            names = [data[split].examples[at].id for at in chosen]
            units = [groups.get(name, name) for name in names]
            used[split] = _Sample(features[split][chosen], units, _strata(data[split].targets, chosen))
    pairs = combinations([split for split in SPLITS if split in used], 2)
    return SplitDifferences(tuple(_difference(one, two, used[one], used[two], rng) for one, two in pairs))


def compared_splits(
    backbone: Backbone, data: Mapping[Split, LabelledExamples], groups: Mapping[str, str], *, most: int = SAMPLED
) -> SplitDifferences:
    """Compare each two of the splits in ``data``, with features that are computed here.

    At most ``most`` examples of each split, evenly spaced, are run through the network in eval mode, in float32. The
    splits of a backbone whose features are sequences are not compared.
    """
    if backbone.ragged_features:
        return SplitDifferences(())
    device, features = next(backbone.parameters()).device, dict[str, NDArray[np.float32]]()
    used: dict[Split, LabelledExamples] = {}
    for split, examples in data.items():
        places = spaced(len(examples), most)
        used[split] = examples.some(places)
        rows = np.empty((len(places), backbone.feature_dim), np.float32)
        with evaluating(backbone), torch.no_grad():
            for batch in batches_in_order(used[split], batch_size=BATCH):
                rows[batch.indices] = backbone(batch.inputs.to(device)).float().cpu().numpy()
        features[split] = rows
    return split_differences(features, used, groups)


@dataclass(frozen=True)
class _Sample:
    features: NDArray[np.float32]
    """(n, D)."""
    units: Sequence[str]
    """Group of each example; its id if it is in none."""
    strata: Sequence[Any]
    """Class of each example, or range of numbers."""


def _strata(targets: Mapping[str, NDArray[Any]], places: NDArray[Any]) -> list[Any]:
    """Return a value for each of the examples at ``places`` that is equal for examples of one class of the first task.

    Numbers are ranked within the split, so that ranges have equal shares in each split.
    """
    if not targets:
        return [0] * len(places)
    of = next(iter(targets.values()))[places]
    if of.dtype.kind == "f":
        ranks = np.argsort(np.argsort(of))
        return [int(rank * QUANTILES // len(of)) for rank in ranks]
    return [one.tobytes() for one in of] if of.ndim > 1 else of.tolist()


def _difference(first: str, second: str, one: _Sample, two: _Sample, rng: np.random.Generator) -> SplitDifference:
    crossing = set(one.units) & set(two.units)
    kept = [[at for at, unit in enumerate(sample.units) if unit not in crossing] for sample in (one, two)]
    units = [sample.units[at] for sample, places in zip((one, two), kept, strict=True) for at in places]
    names, first_row, unit_of = np.unique(units, return_index=True, return_inverse=True)
    strata = [sample.strata[at] for sample, places in zip((one, two), kept, strict=True) for at in places]
    side = np.repeat([False, True], [len(kept[0]), len(kept[1])])
    counts = (len(kept[0]), len(kept[1]))
    if not len(names):
        return SplitDifference(first, second, counts)
    sides, classes = side[first_row], [strata[at] for at in first_row]  # of each unit
    exchangeable = _blocks(classes, sides)
    positive = sum(int(sides[block].sum()) for block in exchangeable)
    if min(positive, sum(map(len, exchangeable)) - positive) < FEWEST:
        return SplitDifference(first, second, counts)
    labels = np.column_stack([sides, *_permuted(sides, exchangeable, rng)])[unit_of]  # (n, 1 + PERMUTATIONS)
    rows = np.concatenate([one.features[kept[0]], two.features[kept[1]]])
    folds = (rng.permutation(len(names)) % FOLDS)[unit_of]
    aucs = _aucs(rows, labels, folds)
    p_value = float((aucs >= aucs[0] - 1e-9).mean())
    return SplitDifference(first, second, counts, float(aucs[0]), p_value)


def _blocks(classes: Sequence[Any], sides: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the places of the units of each class that both splits have: these may exchange their splits."""
    by_class: dict[Any, list[int]] = {}
    for place, name in enumerate(classes):
        by_class.setdefault(name, []).append(place)
    blocks = [np.array(places) for places in by_class.values()]
    return [block for block in blocks if 0 < sides[block].sum() < len(block)]


def _permuted(
    sides: NDArray[np.bool_], blocks: Sequence[NDArray[np.int64]], rng: np.random.Generator
) -> Iterator[NDArray[np.bool_]]:
    for _ in range(PERMUTATIONS):
        permuted = sides.copy()
        for block in blocks:
            permuted[block] = sides[rng.permutation(block)]
        yield permuted


def _aucs(rows: NDArray[np.float32], labels: NDArray[np.bool_], folds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cross-validated AUC of ridge regression on ``rows`` (n, D) for each column of ``labels`` (n, B).

    A fold's predictions are linear in the labels of the other folds, so all columns cost one matrix product.
    """
    centred = rows.astype(np.float64) - rows.mean(0)
    kernel = centred @ centred.T
    kernel /= max(np.trace(kernel) / len(kernel), 1e-300)
    targets, best = labels.astype(np.float64), np.zeros(labels.shape[1])
    for strength in STRENGTHS:
        scores = np.zeros(labels.shape)
        for fold in range(FOLDS):
            held, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            mean = kernel[np.ix_(others, others)].mean(0)
            inner = kernel[np.ix_(others, others)] - mean - mean[:, None] + mean.mean()
            wanted = targets[others] - targets[others].mean(0)
            inner[np.diag_indices_from(inner)] += strength * len(others)
            scores[held] = (kernel[np.ix_(held, others)] - mean) @ np.linalg.solve(inner, wanted)
        ranks = rankdata(scores, axis=0)  # equal scores get their mean rank: constant features have an AUC of 0.5
        positive = labels.sum(0)
        pairs = np.maximum(positive * (len(labels) - positive), 1)
        best = np.maximum(best, ((ranks * labels).sum(0) - positive * (positive + 1) / 2) / pairs)
    return best


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
