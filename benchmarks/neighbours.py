"""The distance of ``ghep similar``: which one finds examples of the same class, and how fast a search is.

    scripts/bench neighbours                                    # ../shared/data
    scripts/bench neighbours --most 400 --data pets

For each data set, the features of one backbone for at most ``--most`` examples, centred, standardised or neither; the
mean share of the ten nearest other examples that have the same label. Then the seconds of one exact search among random
features.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.loading.batches import LabelledExamples
from ghep.data.sources.tasks import source_from
from ghep.explanation.neighbours.index import TrainingIndex, features_of, nearest, unit
from ghep.reporter import Silent

SHARED = Path(__file__).parents[2] / "shared" / "data"
SETS = {
    "pets": "efficientnet-lite0",
    "flowers17": "efficientnet-lite0",
    "hymenoptera": "efficientnet-lite0",
    "trec": "minilm",
    "movie-polarity": "minilm",
    "zh-sentiment": "minilm",
}
K = 10


def features(place: Path, name: str, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features (N, D) and labels (N,) of at most ``most`` training examples."""
    backbone = load_backbone(name)
    store = backbone.preprocess.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES)
    dataset = prepare(source_from(place), seed=0, keep=store)
    task = dataset.tasks[0]
    order = np.random.default_rng(0).permutation(len(dataset.train))[:most]
    used = tuple(dataset.train[at] for at in sorted(order) if task in dataset.train[at].labels)
    data = LabelledExamples(used, {}, store, backbone.preprocess, dataset.digests, store.lengths(used))
    return features_of(backbone, data, workers=2, reporter=Silent()), np.array([one.labels[task] for one in used])


def agreement(distances: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean share of the ``K`` nearest other examples with the same label."""
    np.fill_diagonal(distances, np.inf)
    _, places = nearest(distances, K)
    return float((labels[places] == labels[:, None]).mean())


def distances(rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return name -> distances (N, N) of features (N, D)."""
    centred = rows - rows.mean(0)
    spread = np.where(rows.std(0) > 0, rows.std(0), 1)
    euclid = {"euclidean": rows, "euclidean, standardised": centred / spread}
    cosine = {"cosine": rows, "cosine, centred": centred, "cosine, standardised": centred / spread}
    found = {}
    for name, one in euclid.items():
        square = (one**2).sum(1)
        found[name] = square[:, None] + square - 2 * one @ one.T
    return found | {name: 1 - unit(one) @ unit(one).T for name, one in cosine.items()}


def search_seconds(count: int, dim: int, queries: int = 1) -> float:
    """Return the median seconds of the search for the nearest of ``count`` rows of ``dim`` features."""
    rng = np.random.default_rng(0)
    rows = unit(rng.standard_normal((count, dim), dtype=np.float32))
    none = ("",) * count
    index = TrainingIndex("", rows, np.zeros(dim, np.float32), none, ({},) * count, none, none)
    taken = []
    for _ in range(7):
        query = rng.standard_normal((queries, dim), dtype=np.float32)
        began = time.perf_counter()
        index.nearest(query, K)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--data", nargs="*", default=list(SETS))
    options = parser.parse_args()
    print(f"share of the {K} nearest with the same label")
    for name in options.data:
        rows, labels = features(SHARED / name, SETS[name], options.most)
        shares = {kind: agreement(one, labels) for kind, one in distances(rows).items()}
        print(f"{name} ({len(rows)} x {rows.shape[1]}): " + ", ".join(f"{k} {v:.3f}" for k, v in shares.items()))
    for count, dim in ((5_000, 1280), (50_000, 1280)):
        print(f"search in {count:,} x {dim}: {search_seconds(count, dim):.3f} s")


if __name__ == "__main__":
    main()
