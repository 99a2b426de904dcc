"""Unfamiliar inputs: AUROC of the distance and of the probability, answers withheld on test, and notices of drift.

    scripts/bench unfamiliar                          # ../shared/data, both tables
    scripts/bench unfamiliar --draws 3 --only trec hymenoptera

Features of a frozen backbone are computed once per data set and stored. Each draw splits train into train and valid
anew (hymenoptera: its 153 held-out photos into valid and test; pets: also which 7 breeds are not in train), solves a
linear head, calibrates its temperature, and makes a ``Familiarity`` as a run does. Rows are printed as soon as they are
measured.

AUROC: how well a score tells inputs of another data set from test, 0.5 is chance. "Distance" is that of a bundle: one
minus the mean of the cosines to the nearest training example and to the nearest mean of a class; kNN is one minus the
cosine to the k-th nearest example, k = sqrt(n) / 2 (Sun et al. 2022); MSP is one minus the largest probability. The
range over draws is no confidence interval of other data: draws share the backbone and most examples.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.loading.batches import LabelledExamples
from ghep.data.sources.tasks import source_from
from ghep.explanation.neighbours.index import features_of
from ghep.features.probes import LinearHead, solve_head
from ghep.guards.familiarity import Bank, Familiarity, drawn, drift_in, familiarity, withheld
from ghep.metrics.classification import auroc
from ghep.reporter import Silent
from ghep.tasks.classification import Classification

SHARED = Path(__file__).parents[2] / "shared" / "data"
IMAGES, TEXTS = "efficientnet-lite0", "minilm"
SETS = {
    "hymenoptera": IMAGES,
    "flowers17": IMAGES,
    "pets": IMAGES,
    "cats-dogs": IMAGES,
    "trec": TEXTS,
    "movie-polarity": TEXTS,
}
PAIRS = (
    ("hymenoptera", "road/cars"),
    ("hymenoptera", "road/signs"),
    ("hymenoptera", "road/pedestrians"),
    ("hymenoptera", "flowers17"),
    ("trec", "movie-polarity"),
    ("flowers17", "hymenoptera"),
    ("movie-polarity", "trec"),
)
HELD_OUT = 7
RATE = 0.05
VALID = 0.2
BATCHES = 500


@dataclass(frozen=True)
class Split:
    """Features (n, D) and labels (n,) of the splits of one draw, and of what is foreign to it."""

    train: tuple[np.ndarray, np.ndarray]
    valid: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Fitted:
    """The model of one draw: temperature-scaled probabilities of its linear head, and its familiarity."""

    known: Familiarity
    head: LinearHead
    temperature: float | None
    classes: tuple[str, ...]

    def likeliest(self, features: np.ndarray) -> np.ndarray:
        """Return the largest probability (N,)."""
        task = Classification("label", self.classes)
        return task.predict(self.head(features), self.temperature).max(axis=1)


class Features:
    """Features of data sets, computed once each."""

    def __init__(self) -> None:
        self.backbones: dict[str, Backbone] = {}
        self.found: dict[tuple[str, str, bool], dict[str, tuple[np.ndarray, np.ndarray]]] = {}

    def of(self, name: str, backbone: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return split -> features (N, D) and labels (N,) of a data set."""
        return self._of(name, backbone, foreign=False)

    def foreign(self, name: str, backbone: str) -> np.ndarray:
        """Return the features (N, D) of a data set's test split, or of its valid split if it has no other."""
        return next(iter(self._of(name, backbone, foreign=True).values()))[0]

    def _of(self, name: str, backbone: str, *, foreign: bool) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        key = name, backbone, foreign
        if key not in self.found:
            model = self.backbones.setdefault(backbone, load_backbone(backbone))
            store = model.preprocess.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES)
            columns = {"label_columns": ("label",)} if (SHARED / name / "train.csv").exists() else {}
            dataset = prepare(source_from(SHARED / name, **columns), seed=0, keep=store)
            task, splits = dataset.tasks[0], {}
            for split in ("test" if dataset.test else "valid",) if foreign else dataset.counts:
                used = dataset.examples(split)
                if used:
                    data = LabelledExamples(used, {}, store, model.preprocess, dataset.digests, store.lengths(used))
                    rows = features_of(model, data, workers=2, reporter=Silent())
                    splits[split] = rows, np.array([one.labels[task] for one in used])
            self.found[key] = splits
        return self.found[key]


def draw(found: dict[str, tuple[np.ndarray, np.ndarray]], seed: int) -> Split:
    """Return the splits of draw ``seed``."""
    rng = np.random.default_rng(seed)
    if "test" not in found:
        one, other = halves(found["valid"], rng, 0.5)
        return Split(found["train"], one, other)
    pool = tuple(np.concatenate([found[split][part] for split in ("train", "valid")]) for part in (0, 1))
    valid, train = halves((pool[0], pool[1]), rng, VALID)
    return Split(train, valid, found["test"])


def halves(
    rows: tuple[np.ndarray, np.ndarray], rng: np.random.Generator, share: float
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return a random ``share`` of ``rows``, and the others; of each class the same share."""
    features, labels = rows
    taken = np.zeros(len(labels), dtype=bool)
    for one in np.unique(labels):
        places = rng.permutation(np.flatnonzero(labels == one))
        taken[places[: max(1, round(share * len(places)))]] = True
    return (features[taken], labels[taken]), (features[~taken], labels[~taken])


def fitted(split: Split, seed: int) -> Fitted:
    """Return the model of one draw."""
    classes = tuple(np.unique(split.train[1]).tolist())
    targets = {name: np.searchsorted(classes, labels) for name, (_, labels) in vars(split).items()}
    head = solve_head(
        split.train[0], targets["train"], len(classes), valid=(split.valid[0], targets["valid"]), coarse=True
    )
    task = Classification("label", classes)
    logits = head(split.valid[0])
    temperature = task.calibrate(logits, targets["valid"]).value
    places = drawn(split.train[1].tolist(), seed=seed)
    bank = Bank.of(split.train[0][places], split.train[1][places].tolist())
    likely = task.predict(logits, temperature).max(axis=1)
    without = np.zeros(len(likely), dtype=bool)
    known = familiarity(bank, bank.distances(split.valid[0]), {"label": likely}, without=without)
    assert known is not None
    return Fitted(known, head, temperature, classes)


def told_apart(known: np.ndarray, foreign: np.ndarray) -> float:
    """Return the AUROC of scores that are larger for foreign inputs."""
    targets = np.repeat([0, 1], [len(known), len(foreign)])
    scores = np.concatenate([known, foreign])
    return float(auroc(targets, np.stack([-scores, scores], axis=1))[0])


def aurocs(split: Split, model: Fitted, foreign: np.ndarray) -> list[float]:
    """Return the AUROC of the distance, kNN, and MSP."""
    test = split.test[0]
    return [
        told_apart(model.known.bank.distances(test), model.known.bank.distances(foreign)),
        told_apart(kth_distances(model, test), kth_distances(model, foreign)),
        told_apart(-model.likeliest(test), -model.likeliest(foreign)),
    ]


def kth_distances(model: Fitted, features: np.ndarray) -> np.ndarray:
    """Return one minus the cosine to the k-th nearest example in the bank, k = sqrt(n) / 2."""
    rows = model.known.bank.features.astype(np.float32)
    k = max(1, round(len(rows) ** 0.5 / 2))
    cosines = features @ rows.T / np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(1 - np.sort(cosines, axis=1)[:, -k])


def withheld_on(model: Fitted, features: np.ndarray) -> list[float]:
    """Return the share of inputs that is unfamiliar, and that is undecided."""
    certain = model.known.of_answers("label", model.likeliest(features))
    return [float(one.mean()) for one in withheld(model.known.of_features(features), certain, RATE)]


def notices(model: Fitted, features: np.ndarray, size: int, rng: np.random.Generator, foreign: np.ndarray) -> float:
    """Return the share of random batches of ``size`` inputs in which drift is seen.

    As many inputs of a batch are from ``foreign`` as it has rows for one batch.
    """
    p_values = model.known.of_features(features)
    others = model.known.of_features(foreign) if len(foreign) else np.empty(0)
    seen = 0
    for _ in range(BATCHES):
        of_others = rng.choice(others, min(len(others), size // 5), replace=False) if len(others) else others
        batch = np.concatenate([rng.choice(p_values, size - len(of_others), replace=False), of_others])
        found = drift_in(batch, model.known.n)
        seen += found is not None and found.seen
    return seen / BATCHES


def mean_and_range(values: list[float]) -> str:
    """Return the mean and the range of ``values`` as text."""
    return f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def auroc_rows(features: Features, draws: int, only: list[str]) -> Iterator[str]:
    """Yield the rows of the table of AUROCs."""
    for name, other in PAIRS:
        if only and name not in only:
            continue
        backbone = SETS[name]
        here, foreign = features.of(name, backbone), features.foreign(other, backbone)
        found = []
        for seed in range(draws):
            split = draw(here, seed)
            found.append(aurocs(split, fitted(split, seed), foreign))
        yield f"| {name} | {other} | {len(split.test[0])} | {len(foreign)} | {cells(found)} |"
    if not only or "pets" in only:
        found, counts = [], []
        for seed in range(draws):
            split, foreign = breeds_held_out(features.of("pets", IMAGES), seed)
            found.append(aurocs(split, fitted(split, seed), foreign))
            counts.append(len(foreign))
        n = f"{min(counts)} to {max(counts)}"
        yield f"| pets, 30 breeds | the other {HELD_OUT} breeds | {len(split.test[0])} | {n} | {cells(found)} |"


def cells(found: list[list[float]]) -> str:
    """Return the cells of several columns: mean and range."""
    return " | ".join(mean_and_range(list(column)) for column in zip(*found, strict=True))


def breeds_held_out(found: dict[str, tuple[np.ndarray, np.ndarray]], seed: int) -> tuple[Split, np.ndarray]:
    """Return the splits of pets without ``HELD_OUT`` random breeds, and the features of these breeds in test."""
    labels = np.unique(found["train"][1])
    out = np.random.default_rng([seed, 1]).choice(labels, HELD_OUT, replace=False)
    kept = {split: (rows[~np.isin(names, out)], names[~np.isin(names, out)]) for split, (rows, names) in found.items()}
    rows, names = found["test"]
    return draw(kept, seed), rows[np.isin(names, out)]


def withheld_rows(features: Features, draws: int, only: list[str]) -> Iterator[str]:
    """Yield the rows of the table of answers withheld, and of notices of drift."""
    for name, backbone in SETS.items():
        if only and name not in only:
            continue
        here = features.of(name, backbone)
        other = "movie-polarity" if name == "trec" else "trec" if backbone == TEXTS else "road/cars"
        foreign = features.foreign(other, backbone)
        shares, healthy, mixed = [], [], []
        for seed in range(draws):
            split, rng = draw(here, seed), np.random.default_rng(seed)
            model = fitted(split, seed)
            unfamiliar, undecided = withheld_on(model, split.test[0])
            shares.append([unfamiliar + undecided, unfamiliar, undecided])
            size = min(100, len(split.test[0]) // 2)
            healthy.append(notices(model, split.test[0], 20, rng, foreign[:0]))
            mixed.append(notices(model, split.test[0], size, rng, foreign))
        n = f"{len(split.valid[0])} | {len(split.test[0])}"
        rates = f"{np.mean(healthy):.4f} ({draws * BATCHES:,}) | {np.mean(mixed):.3f} ({size} inputs)"
        yield f"| {name} | {n} | {cells(shares)} | {rates} |"


def main() -> None:
    """Print both tables, row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[], choices=list(SETS))
    given = parser.parse_args()
    features = Features()
    print("AUROC: mean and range over draws")
    print(
        "| trained on | foreign | n test | n foreign | distance | kNN | MSP |",
        "|---|---|---|---|---|---|---|",
        sep="\n",
    )
    for row in auroc_rows(features, given.draws, given.only):
        print(row, flush=True)
    print(
        f"\nwithheld on test with --abstain {RATE}; drift in random batches of test, and with a fifth of foreign inputs"
    )
    print("| data | n valid | n test | withheld | unfamiliar | undecided | false notices (batches of 20) | notices |")
    print("|---|---|---|---|---|---|---|---|")
    for row in withheld_rows(features, given.draws, given.only):
        print(row, flush=True)


if __name__ == "__main__":
    main()
