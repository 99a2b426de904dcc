"""Wrong labels: how many of 5 % flipped labels are found, what is suspected on clean data, and what dropping brings.

    scripts/bench wrong_labels                                   # ../shared/data, 10 draws
    scripts/bench wrong_labels --data hymenoptera trec --draws 3 --first-draw 100

Every draw replaces a share of the labels by another class at random, in all splits, and asks ``ghep.suspects`` for the
suspects: recall and precision, as mean and range over the draws, and the bound of any method at the accuracy of these
heads (``guards/labels.py``). If cleanlab is installed, its filters judge the probabilities of the same heads.
"Suspected as given": the data set as it is; these are its own wrong labels, and false alarms.

The second table flips labels in train and valid only, and scores a head on the clean test split: with all labels, with
the suspects left out of train, with exactly the flipped labels left out, and without flips. Draws from 0 are reported;
settings were chosen on draws from 100 (--first-draw). Features are computed once and stored.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.loading.batches import LabelledExamples
from ghep.data.sources.tasks import source_from
from ghep.experiment.suspects import judged_by_heads
from ghep.explanation.neighbours.index import features_of
from ghep.features.probes import solve_head
from ghep.guards.labels import Doubts, findable
from ghep.reporter import Silent
from ghep.types import SPLITS

SHARED = Path(__file__).parents[2] / "shared" / "data"
SETS = {
    "hymenoptera": "efficientnet-lite0",
    "cats-dogs": "efficientnet-lite0",
    "flowers17": "efficientnet-lite0",
    "trec": "minilm",
    "movie-polarity": "minilm",
}
Filter = Callable[[Doubts, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Case:
    """A data set as features."""

    name: str
    features: np.ndarray
    targets: np.ndarray
    groups: np.ndarray
    splits: np.ndarray
    classes: int

    def flipped(self, share: float, draw: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the targets with ``share`` of those in ``rows`` (bool) replaced, and which these are (bool)."""
        rng, places = np.random.default_rng([draw, 22]), np.flatnonzero(rows)
        chosen = rng.choice(places, round(share * len(places)), replace=False)
        targets, wrong = self.targets.copy(), np.zeros(len(self.targets), bool)
        targets[chosen] = (targets[chosen] + rng.integers(1, self.classes, len(chosen))) % self.classes
        wrong[chosen] = True
        return targets, wrong


def case_of(name: str, backbone: str) -> Case:
    """Return the data set ``name`` as features of ``backbone``."""
    network = load_backbone(backbone)
    store = network.preprocess.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES)
    columns = {"label_columns": ["label"]} if network.preprocess.modality == "text" else {}
    dataset = prepare(source_from(SHARED / name, **columns), seed=0, keep=store)
    task = dataset.tasks[0]
    rows, targets, groups, splits = [], [], [], []
    for split in SPLITS:
        if used := dataset.examples(split):
            data = LabelledExamples(used, {}, store, network.preprocess, dataset.digests, store.lengths(used))
            rows.append(features_of(network, data, workers=2, reporter=Silent()))
            targets += [dataset.classes[task].index(one.labels[task]) for one in used]
            groups += [dataset.groups.get(one.id, one.id) for one in used]
            splits += [split] * len(used)
    return Case(
        name,
        np.concatenate(rows),
        np.array(targets),
        np.unique(groups, return_inverse=True)[1],
        np.array(splits),
        len(dataset.classes[task]),
    )


def filters() -> dict[str, Filter]:
    """Return name -> a function that returns which labels are suspects (N,), bool: ours, and those of cleanlab."""

    def ours(doubts: Doubts, targets: np.ndarray) -> np.ndarray:
        found = np.zeros(len(targets), bool)
        found[doubts.suspects] = True
        return found

    found: dict[str, Filter] = {"ghep": ours}
    try:
        from cleanlab.filter import find_label_issues
    except ImportError:
        print("cleanlab is not installed: pip install cleanlab\n")
        return found
    for kind in ("prune_by_noise_rate", "confident_learning"):
        found[f"cleanlab, {kind}"] = lambda doubts, targets, kind=kind: find_label_issues(
            targets, of_heads(doubts), filter_by=kind, n_jobs=1
        )
    return found


def of_heads(doubts: Doubts) -> np.ndarray:
    """Return the probabilities (N, K) as the heads give them, without the temperature."""
    plain = doubts.probabilities**doubts.temperature
    found: np.ndarray = plain / plain.sum(1, keepdims=True)
    return found


def found_labels(cases: list[Case], draws: range, share: float) -> None:
    """Print what is found of flipped labels, and what is suspected in the data as given."""
    ways = filters()
    columns = "recall, range", "precision, range", "suspected as given", "bound of recall"
    print(f"| data | n, classes | accuracy as given | method | {' | '.join(columns)} |\n{'|---' * 8}|", flush=True)
    for case in cases:
        clean = judged_by_heads(case.features, case.targets, case.classes, case.groups)
        scores: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        everywhere = np.ones(len(case.targets), bool)
        for draw in draws:
            targets, wrong = case.flipped(share, draw, everywhere)
            doubts = judged_by_heads(case.features, targets, case.classes, case.groups, seed=draw)
            for name, suspected in ways.items():
                flagged = suspected(doubts, targets)
                right = (flagged & wrong).sum()
                scores[name].append((right / wrong.sum(), right / max(1, flagged.sum())))
        bound = findable(clean.accuracy, case.classes, wrong=share)
        for name, each in scores.items():
            recall, precision = np.array(each).T
            first = f"{case.name} | {len(case.targets):,}, {case.classes} | {clean.accuracy:.3f}"
            as_given = ways[name](clean, case.targets).mean()
            print(
                f"| {first} | {name} | {spread(recall)} | {spread(precision)} | {as_given:.1%} | {bound:.2f} |",
                flush=True,
            )


def scores_after_dropping(cases: list[Case], draws: range, share: float) -> None:
    """Print the accuracy on clean test of heads that were solved on flipped labels, with and without suspects."""
    columns = "no flips", "all labels", "suspects dropped", "flipped ones dropped", "gain of dropping, points"
    print(f"\n| data | n train, test | {' | '.join(columns)} |\n{'|---' * 7}|", flush=True)
    for case in cases:
        test, valid = case.splits == "test", case.splits == "valid"
        train = ~test & ~valid
        if not test.any():
            test, valid = valid, np.zeros(len(test), bool)  # a data set without test is scored on valid
        scores = []
        for draw in draws:
            targets, wrong = case.flipped(share, draw, ~test)
            doubts = judged_by_heads(case.features, targets, case.classes, case.groups, seed=draw)
            dropped = np.zeros(len(targets), bool)
            dropped[doubts.suspects] = True
            scores.append(
                [
                    _accuracy(case, labels, train & ~without, valid, test)
                    for labels, without in (
                        (case.targets, np.zeros(len(targets), bool)),
                        (targets, np.zeros(len(targets), bool)),
                        (targets, dropped),
                        (targets, wrong),
                    )
                ]
            )
        means = np.mean(scores, axis=0)
        gains = 100 * (np.array(scores)[:, 2] - np.array(scores)[:, 1])
        error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else float("nan")
        shown = " | ".join(f"{one:.3f}" for one in means)
        print(
            f"| {case.name} | {train.sum():,}, {test.sum():,} | {shown} | {gains.mean():+.2f} ± {error:.2f} (s.e.) |",
            flush=True,
        )


def _accuracy(case: Case, targets: np.ndarray, train: np.ndarray, valid: np.ndarray, test: np.ndarray) -> float:
    held_out = (case.features[valid], targets[valid]) if valid.any() else None
    head = solve_head(case.features[train], targets[train], case.classes, valid=held_out, coarse=True)
    return float((head(case.features[test]).argmax(1) == case.targets[test]).mean())


def spread(values: np.ndarray) -> str:
    return f"{values.mean():.2f} ({values.min():.2f} to {values.max():.2f})"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="*", default=list(SETS))
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--first-draw", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--scores", action=argparse.BooleanOptionalAction, default=True, help="the second table")
    parser.add_argument("--backbone", help="for all data sets, in place of the default one")
    options = parser.parse_args()
    began = time.perf_counter()
    cases = [case_of(name, options.backbone or SETS[name]) for name in options.data]
    draws = range(options.first_draw, options.first_draw + options.draws)
    print(f"{options.share:.0%} of the labels flipped, {options.draws} draws from {options.first_draw}\n")
    found_labels(cases, draws, options.share)
    if options.scores:
        scores_after_dropping(cases, draws, options.share)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
