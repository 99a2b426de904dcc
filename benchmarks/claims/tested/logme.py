"""LogME and other scores without training: how many points does the backbone lose that such a score picks?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cells import VERSION, Lab
from claim import Claim, Row
from rows import over_seeds
from scipy.stats import kendalltau

from tested.larger_models import LABELS, SIZES, probes

IMAGES = ("flowers17", "signs", "hymenoptera", "pets")
BACKBONES = (*(name for name, _ in SIZES), "ResNet-20, CIFAR-10")
SCORES = {"LogME": "log_me", "H-score": "h_score", "k-NN": "knn", "LEEP": "leep", "the probe": "probe"}
"""``the probe``: a linear head scored on held-out labelled examples, by which ``ghep advise`` ranks."""
TAU = 0.5
"""Of two backbones, the score then names the better one three times in four."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    found = []
    names = BACKBONES
    for data in IMAGES:
        cells = {name: probes(data, name, seeds) for name in names}
        if not lab.has([cell for one in cells.values() for cell in one]):
            continue
        accuracy = np.array([[one.accuracy for one in lab.fits(cells[name])] for name in names])  # (backbones, seeds)
        n = len(next(iter(lab.fit(cells[names[0]][0]).right.values())))
        try:
            scores = [scores_of(lab, data, seed) for seed in seeds]
        except LookupError:  # fits may not be made, and these are missing
            continue
        for shown, field in SCORES.items():
            values = np.array([[one[name][field] for one in scores] for name in names])
            taus = [float(kendalltau(values[:, place], accuracy[:, place]).statistic) for place in range(len(seeds))]
            picked = [int(values[:, place].argmax()) for place in range(len(seeds))]
            regret = [accuracy[:, place].max() - accuracy[pick, place] for place, pick in enumerate(picked)]
            more = (("points lost by its pick", f"{100 * np.mean(regret):.1f}"),)
            counts = shown == "LogME"
            found += over_seeds(f"{shown}: {data}", taus, n, bar=TAU, counts=counts, more=more)
    return found


def scores_of(lab: Lab, data: str, seed: int) -> Mapping[str, Mapping[str, float]]:
    """Return backbone -> score -> value, from the labelled examples of a fit with ``seed``."""
    names = BACKBONES
    given = {"data": data, "labels": LABELS, "seed": seed, "backbones": list(names), "version": VERSION}
    scores: Mapping[str, Mapping[str, float]] = lab.kept("scores", lambda: computed(lab, data, seed, names), **given)
    return scores


def computed(lab: Lab, data: str, seed: int, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Compute what ``scores_of`` keeps; the features come from the store of the fits."""
    from ghep.advice.advise import question_about
    from ghep.advice.features import Extractor
    from ghep.advice.probe import probe
    from ghep.backbone.source_head import SourceHead, source_head
    from ghep.features.options import FeatureOptions
    from ghep.features.transferability import h_score, knn, leep, log_me

    question = question_about(
        lab.source(data, LABELS, seed), seed, FeatureOptions(cache_dir=lab.out / "store"), None, None
    )
    found = {}
    for name in names:
        extractor = Extractor(lab.backbone(name), question)
        features = extractor.over(question.used)
        rows, targets = features.both
        head = source_head(extractor.name, extractor.backbone)
        assert isinstance(head, SourceHead)
        found[name] = {
            "log_me": log_me(rows, targets),
            "h_score": h_score(rows, targets),
            "knn": knn(rows, targets),
            "leep": leep(head.probabilities(rows), targets),
            "probe": probe(features.train, features.valid, question.task.outputs, seed=seed).accuracy,
        }
    return found


CLAIM = Claim(
    name="logme",
    sentence="LogME ranks backbones",
    measure="Kendall's tau of score and test accuracy",
    rows=rows,
    digits=2,
)
