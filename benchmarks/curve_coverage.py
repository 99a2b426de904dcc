"""Coverage and width of the 95 % intervals of label curves and of asymptotes, on simulated runs.

    scripts/bench curve_coverage [--replications 1000] [--sizes 150,500] [--what points,differences,saved,asymptotes]

Simulated from a model with known answers, as in ``coverage.py``: the model of draw d is right on example i where

    skill + common[i] + own[i] + draw[d] + noise[d, i] > 0.

The standard deviation of ``draw`` is 0, 0.1, 0.2, 0.3 or 0.45 on log odds (``draw_scatter.py`` measured 0 to 0.4).
Draws correlate between contenders, and between numbers of labels, as measured there. Prints the mean and the lowest
coverage over the grid, the mean for each scatter, and the mean width. For points and differences it also prints the
width of Student's t on the draws' means (D - 1 degrees of freedom, the same test examples).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import norm, t

from ghep.comparison.analysis.draw_scatter import CORRELATION, known_scatter
from ghep.comparison.analysis.label_curves import _Reader, label_curves, labels_saved
from ghep.comparison.analysis.transfer_benefits import highers
from ghep.comparison.record import Answers, Comparison, Contender, Data, EpochRow, LabelsSaved, Measured
from ghep.metrics.crossed import accuracy, paired_contrast

ACCURACIES = (0.4, 0.6, 0.8, 0.9, 0.96)
SCATTERS = (0.0, 0.1, 0.2, 0.3, 0.45)
MIXTURES = ((0.5, 0.2), (0.7, 0.1))
"""(common, noise)."""
PROBE, WORDS, LIGHT = (Contender(*who) for who in (("linear_probe", "b"), ("linear_ngrams",), ("light", "b")))
SHOTS_OF_ALL = 500
ELEMENTS = 2_000_000


@dataclass(frozen=True)
class World:
    """Contenders of one accuracy or of several, whose draws scatter by ``scatter`` on log odds."""

    accuracies: tuple[float, ...]
    scatter: float
    common: float
    noise: float

    def answers(self, rng: np.random.Generator, replications: int, draws: int, n: int) -> list[np.ndarray]:
        """Return for each contender float32 (R, D, n) of ones and zeros."""
        common = rng.standard_normal((replications, 1, n), dtype=np.float32)
        luck = rng.standard_normal((replications, draws, 1), dtype=np.float32)
        told = []
        for share in self.accuracies:
            sd = self.scatter * share * (1 - share) / float(norm.pdf(norm.ppf(share)))
            own = rng.standard_normal((replications, draws, 1), dtype=np.float32)
            draw = sd * (np.sqrt(CORRELATION) * luck + np.sqrt(1 - CORRELATION) * own)
            fixed = rng.standard_normal((replications, 1, n), dtype=np.float32)
            noise = rng.standard_normal((replications, draws, n), dtype=np.float32)
            skill = np.float32(norm.ppf(share) * np.sqrt(1 + sd**2))
            latent = np.sqrt(self.common) * common + np.sqrt(self.noise) * noise + draw + skill
            latent += np.sqrt(1 - self.common - self.noise) * fixed
            told.append((latent > 0).astype(np.float32))
        return told


def points(n: int, draws: int, replications: int) -> Iterator[tuple[float, float, float, float]]:
    """Yield (scatter, coverage, width, width of Student's t) of a curve's point over the grid."""
    prior = known_scatter(PROBE, 20)
    for cell, (share, scatter, mixture) in enumerate(product(ACCURACIES, SCATTERS, MIXTURES)):
        (right,) = World((share,), scatter, *mixture).answers(np.random.default_rng(cell), replications, draws, n)
        found = accuracy(right, prior=prior)
        held = (found.low <= share) & (share <= found.high)
        yield scatter, float(held.mean()), float((found.high - found.low).mean()), _student(right.mean(axis=-1))


def differences(n: int, draws: int, replications: int) -> Iterator[tuple[float, float, float, float]]:
    """Yield the same of the difference of two curves at a point."""
    prior = known_scatter(PROBE, 20)
    from ghep.comparison.analysis.draw_scatter import prior_of_difference

    for cell, (share, scatter, mixture) in enumerate(product(ACCURACIES, SCATTERS, MIXTURES)):
        lower = share - 0.1
        a, b = World((share, lower), scatter, *mixture).answers(np.random.default_rng(cell), replications, draws, n)
        known = prior_of_difference(a, b, prior, prior)
        found = paired_contrast(a, b, known)
        held = (found.low <= 0.1) & (found.high >= 0.1)
        student = _student(a.mean(axis=-1) - b.mean(axis=-1), low=-1.0)
        yield scatter, float(held.mean()), float((found.high - found.low).mean()), student


def saved(n: int, draws: int, replications: int) -> Iterator[tuple[float, float, float, float]]:
    """Yield (scatter, coverage, width, share of intervals without an upper end) of the labels saved.

    The width is the factor from the lower to the upper end, as a power of 2; an open one ends at the largest number of
    labels.
    """
    for cell, (scatter, saving, mixture) in enumerate(product(SCATTERS[1:], (2.0, 8.0), MIXTURES)):
        rng, hits, widths, opened = np.random.default_rng(cell), [], [], []
        for _ in range(max(replications // 20, 1)):
            for found, needed in _saved_once(rng, World((), scatter, *mixture), saving, draws, n):
                low, high = found.interval or (found.fewest, None)
                end = found.most if high is None else high
                hits.append(low <= needed and (end >= needed or high is None))
                widths.append(np.log2(end / low))
                opened.append(high is None)
        yield scatter, float(np.mean(hits)), float(np.mean(widths)), float(np.mean(opened))


def _saved_once(
    rng: np.random.Generator, world: World, saving: float, draws: int, n: int
) -> Iterator[tuple[LabelsSaved, float]]:
    """Simulate one comparison of a probe and its control; yield (the labels saved at a point, the true number)."""
    shots, power = (5, 10, 20, 40, 80, None), 0.4
    labels = np.array([2 * (count or SHOTS_OF_ALL) for count in shots], dtype=float)
    levels = [0.97 - 0.5 * (times * labels / 5) ** -power for times in (saving, 1.0)]
    common, luck = rng.standard_normal(n), rng.standard_normal(draws)
    by_shots = rng.standard_normal((len(shots), draws))
    runs = []
    for contender, shares in zip((PROBE, WORDS), levels, strict=True):
        fixed, own = rng.standard_normal(n), rng.standard_normal(draws)
        for place, (count, share) in enumerate(zip(shots, shares, strict=True)):
            sd = world.scatter * share * (1 - share) / float(norm.pdf(norm.ppf(share)))
            rest, rho = rng.standard_normal(draws), CORRELATION
            # Correlation rho for the same labels, for the same model, rho**2 for neither.
            draw = rho * luck + np.sqrt(rho - rho**2) * (own + by_shots[place]) + (1 - rho) * rest
            for d in range(draws if count else 1):
                skill = norm.ppf(share) * np.sqrt(1 + sd**2 * (count is not None))
                latent = np.sqrt(world.common) * common + np.sqrt(1 - world.common - world.noise) * fixed + skill
                latent += np.sqrt(world.noise) * rng.standard_normal(n) + sd * draw[d] * (count is not None)
                runs.append(_run(contender, count, d, latent > 0))
    counts = {split: {"a": number, "b": number} for split, number in (("train", 400), ("valid", 100))}
    data = Data("made up", "", "text", "label", ("a", "b"), counts, "test")
    comparison = Comparison(data, tuple(runs), Path())
    reading = _Reader(labels, np.ones(len(labels)))
    truth = dict(zip(labels, reading.needed(levels[0], np.tile(levels[1], (len(labels), 1))), strict=True))
    for found in labels_saved(comparison, label_curves(comparison)):
        if found.num_labels < labels[-1]:
            yield found, float(truth[found.num_labels])


def asymptotes(n: int, seeds: int, replications: int) -> Iterator[tuple[float, float, float, float]]:
    """Yield (scatter between seeds, coverage, width, share of intervals wider than half of 0 to 1) of asymptotes.

    Curves of 5 or 12 epochs that rise or are flat; scores vary between epochs by 0.5 of the standard deviation of
    ``n`` examples of valid. Curves that still have half of their way to go at the end are left out.
    """
    shapes = ((0.9, 0.3, 0.6), (0.9, 0.1, 0.3), (0.6, 0.2, 0.4), (0.35, 0.0, 0.5))
    for cell, ((a, b, c), scatter, epochs) in enumerate(product(shapes, SCATTERS[:4], (5, 12))):
        rng, hits, widths = np.random.default_rng(cell), [], []
        spread = np.sqrt(a * (1 - a) / n)
        for _ in range(max(replications // 10, 1)):
            shift, runs = spread * rng.standard_normal(), []
            for seed in range(seeds):
                level = a + shift + scatter * a * (1 - a) * rng.standard_normal()
                scores = level - b * np.exp(-c * np.arange(epochs)) + 0.5 * spread * rng.standard_normal(epochs)
                scores = np.round(np.clip(scores, 0, 1) * n) / n
                history = tuple(EpochRow("tune", at, None, None, float(one), 1.0) for at, one in enumerate(scores))
                runs.append(replace(_run(LIGHT, None, seed, np.ones(1)), history=history))
            data = Data("made up", "", "image", "label", ("a", "b"), {"valid": {"a": n // 2, "b": n - n // 2}}, "test")
            (found,) = highers(Comparison(data, tuple(runs), Path()))
            interval = found.asymptote_interval
            hits.append(interval.low <= a <= interval.high)
            widths.append(interval.high - interval.low)
        yield scatter, float(np.mean(hits)), float(np.mean(widths)), float((np.array(widths) > 0.5).mean())


def _run(contender: Contender, labels: int | None, draw: int, right: np.ndarray) -> Measured:
    n, zeros = len(right), np.zeros(len(right), dtype=np.int64)
    answers = Answers(tuple(map(str, range(n))), zeros, 1 - right.astype(np.int64), np.ones(n), np.ones(n))
    return Measured(contender, draw, labels, draw, 1, answers, None, (), 1.0, 0.0, 0, 0, 0)


def _student(means: np.ndarray, low: float = 0.0) -> float:
    """Return the mean width of the t interval over draws, inside [low, 1]."""
    draws = means.shape[-1]
    half = t.ppf(0.975, draws - 1) * means.std(axis=-1, ddof=1) / np.sqrt(draws)
    middle = means.mean(axis=-1)
    return float((np.minimum(middle + half, 1.0) - np.maximum(middle - half, low)).mean())


def main() -> None:
    kinds = {"points": points, "differences": differences, "saved": saved, "asymptotes": asymptotes}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--sizes", default="150,500")
    parser.add_argument("--what", default=",".join(kinds))
    arguments = parser.parse_args()
    last = {"saved": "open above", "asymptotes": "wider than 0.5"}
    for what in arguments.what.split(","):
        few, beside = "seeds" if what == "asymptotes" else "draws", last.get(what, "width of Student's t")
        head = ("n, " + few, "coverage, mean", "least", "by scatter", "width", beside)
        print(f"\n{what}\n| {' | '.join(head)} |\n{'|---' * len(head)}|")
        for n, count in product(map(int, arguments.sizes.split(",")), (2, 3, 5)):
            cells = np.array(list(kinds[what](n, count, arguments.replications)))
            by_scatter = [f"{cells[cells[:, 0] == one, 1].mean():.3f}" for one in SCATTERS if one in cells[:, 0]]
            mean = cells.mean(axis=0)
            told = f"{mean[1]:.3f} | {cells[:, 1].min():.3f} | {' '.join(by_scatter)} | {mean[2]:.3f} | {mean[3]:.3f}"
            print(f"| {n}, {count} | {told} |", flush=True)


if __name__ == "__main__":
    main()
