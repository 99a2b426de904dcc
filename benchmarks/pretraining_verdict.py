"""How often "did pretraining help?" is answered right, on simulated score tables with known answers.

    scripts/bench pretraining_verdict [--replications 400] [--draws 5]

Nothing is trained. A backbone before and after pretraining, each with a probe and with light, is "scored" with 16 and
64 labels per class in D draws, and with all labels (the probe once, light with D seeds). The model of draw d is right
on test example i where

    skill + common[i] + own[i] + draw[d] + noise[d, i] > 0,

as in ``curve_coverage.py``: draws scatter on log odds, correlated between the two backbones and between numbers of
labels; valid scores are the true score of the run plus the error of a small valid split. Strategies are chosen and
the verdict is made by the product's own code. For each true effect (points, the same with every number of labels) it
prints how often each verdict was given, and how often the 95 % interval covers the effect, and its half width in
points. With an effect of 0, "helped" is wrong; the promise is at most 2.5 %.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from ghep.comparison.analysis.draw_scatter import CORRELATION
from ghep.comparison.pretraining.record import PairedTest, Sides
from ghep.comparison.pretraining.statistics import pairs_of, primary_test
from ghep.comparison.record import NGRAMS, Answers, Comparison, Contender, Data, Measured
from ghep.comparison.sharing.kinds import MARGIN, gain_kind

SIDES = Sides("before", "after")
SHOTS: tuple[int | None, ...] = (16, 64, None)
ALL = 2000
"""Labels per class in the data."""
VALID = {16: 6, 64: 26, None: 800}
LIGHT = {16: -0.04, 64: 0.0, None: 0.02}
"""How much better light is than the probe: worse with few labels, as observed, so that the choice on valid matters."""
COMMON, OWN = 0.5, 0.3
"""Shares of the variance between examples that all models have in common, and that each has to itself."""


@dataclass(frozen=True)
class World:
    """Before and after pretraining, whose mean scores differ by ``effect`` with every number of labels."""

    effect: float = 0.0
    level: float = 0.75
    """Accuracy of the probe before pretraining, with all labels."""
    scatter: float = 0.2
    """Standard deviation between draws, on log odds."""
    together: float = CORRELATION
    """Correlation of that between two models on the same draws."""
    draws: int = 5
    n: int = 500
    strategies: Sequence[str] = ("linear_probe", "light")
    words: float | None = None
    """Accuracy of a linear model on n-grams with all labels; None: not run."""


NULL = tuple(
    World(0.0, level, scatter, together, n=n)
    for level, n in ((0.75, 500), (0.9, 2000))
    for scatter in (0.1, 0.3)
    for together in (CORRELATION, 0.9)
)
WORLDS = (
    *NULL,
    *(World(effect, 0.75, 0.2, together, n=n) for effect in (0.01, 0.02, 0.04) for together in (CORRELATION, 0.9)
      for n in (500, 2000)),
)  # fmt: skip


def simulated(world: World, seed: int) -> Comparison:
    """Return a comparison of ``world``, drawn from ``seed``."""
    rng = np.random.default_rng(seed)
    common, luck = rng.standard_normal(world.n), _lucks(rng, world.draws)
    runs: list[Measured] = []
    for backbone, strategy in product(("before", "after"), world.strategies):
        gain = world.effect if backbone == "after" else 0.0
        runs += _runs(world, rng, Contender(strategy, backbone), world.level + gain, common, luck)
    if world.words is not None:
        runs += _runs(world, rng, Contender(NGRAMS), world.words, common, luck)
    counts = {split: {"a": number, "b": number} for split, number in (("train", ALL * 4 // 5), ("valid", ALL // 5))}
    data = Data("simulated", "", "text", "label", ("a", "b"), counts, "test")
    return Comparison(data, tuple(runs), Path())


def _lucks(rng: np.random.Generator, draws: int) -> np.ndarray:
    """Return (numbers of labels, D) normal deviates; of nested draws they correlate as measured."""
    nested, each = rng.standard_normal((1, draws)), rng.standard_normal((len(SHOTS), draws))
    return np.asarray(np.sqrt(CORRELATION) * nested + np.sqrt(1 - CORRELATION) * each)


def _runs(
    world: World, rng: np.random.Generator, contender: Contender, level: float, common: np.ndarray, luck: np.ndarray
) -> Iterator[Measured]:
    own, of_model = rng.standard_normal(world.n), _lucks(rng, world.draws)
    for place, shots in enumerate(SHOTS):
        share = level - {16: 0.12, 64: 0.06, None: 0.0}[shots] + LIGHT[shots] * (contender.strategy == "light")
        draw = np.sqrt(world.together) * luck[place] + np.sqrt(1 - world.together) * of_model[place]
        seedless = contender.strategy in ("linear_probe", NGRAMS)
        sd = world.scatter * share * (1 - share) / float(_density(ndtri(share)))
        sd *= 1.0 if shots else 0.0 if seedless else 0.5
        for d in range(1 if shots is None and seedless else world.draws):
            latent = np.sqrt(COMMON) * common + np.sqrt(OWN) * own + sd * draw[d]
            latent += np.sqrt(1 - COMMON - OWN) * rng.standard_normal(world.n) + ndtri(share) * np.sqrt(1 + sd**2)
            truth = float(ndtr(ndtri(share) * np.sqrt(1 + sd**2) + sd * draw[d]))
            valid = rng.binomial(VALID[shots], truth) / VALID[shots]
            yield _run(contender, shots, d, latent > 0, valid)


def _run(contender: Contender, shots: int | None, draw: int, right: np.ndarray, valid: float) -> Measured:
    n = len(right)
    predicted = np.where(right, 0, 1)
    answers = Answers(tuple(map(str, range(n))), np.zeros(n, int), predicted, np.full(n, 0.7), np.full(n, 0.5))
    few = {"labels": shots, "draw": draw if shots else 0, "num_train": shots or ALL}
    return Measured(contender, draw, **few, answers=answers, valid_score=valid, history=(), seconds=1.0,
                    saved_seconds=0.0, peak_memory_bytes=0, trained_parameters=0, total_parameters=0)  # fmt: skip


def _density(z: float) -> float:
    """Return the density of the standard normal distribution."""
    return float(np.exp(-z * z / 2) / np.sqrt(2 * np.pi))


def verdicts(world: World, replications: int) -> Iterator[tuple[str, PairedTest]]:
    """Yield the verdict and the primary test of each of ``replications`` comparisons."""
    for seed in range(replications):
        test = primary_test(pairs_of(simulated(world, seed), SIDES))
        yield gain_kind(test.difference, test.interval, test.p_value, MARGIN), test


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=400)
    parser.add_argument("--draws", type=int, default=5)
    given = parser.parse_args()
    columns = "effect level scatter together n helped no-difference hurt cannot-tell coverage half-width"
    print("| " + " | ".join(columns.split()) + " |")
    print("|---" * 11 + "|")
    for world in WORLDS:
        world = replace(world, draws=given.draws)
        found = list(verdicts(world, given.replications))
        counts = Counter(kind for kind, _ in found)
        shares = [counts[kind] / len(found) for kind in ("helped", "no-difference", "hurt", "cannot-tell")]
        held = np.mean([test.interval.low <= world.effect <= test.interval.high for _, test in found])
        half = np.mean([(test.interval.high - test.interval.low) / 2 for _, test in found])
        given_of = (
            f"{world.effect:.2f}",
            f"{world.level:.2f}",
            f"{world.scatter:.1f}",
            f"{world.together:.1f}",
            str(world.n),
        )
        cells = (*given_of, *(f"{one:.3f}" for one in shares))
        print(f"| {' | '.join(cells)} | {held:.3f} | {100 * half:.1f} |", flush=True)


if __name__ == "__main__":
    main()
