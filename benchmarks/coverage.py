"""Coverage of the 95 % intervals of a comparison, on simulated runs with known truth.

    scripts/bench coverage [--replications 1000] [--sizes 150,500,2000] [--cells] [--sharing]

Whole comparisons are simulated from a model with known answers: run s is right on example i where

    skill + common[i] + own[i] + seed[s] + noise[s, i] > 0,

all normal. ``common`` makes an example hard for both contenders, ``own`` for one of them, ``noise`` is the difference
between one run and the next seed; the variances of the three sum to 1. ``seed`` shifts a whole run. Truth: the accuracy
over all possible seeds and examples. With one seed it is the accuracy of that one run on all examples.

The scatter between seeds is estimated with the prior of ``comparison/analysis/seeds.py``, without other contenders.
``verdicts.py`` has the error rates and the power of the claims.

The grid: accuracies 0.6, 0.8, 0.9, 0.96; seeds of 0, 0.5, 2, 4 points (standard deviation); four mixtures, from nearly
identical contenders to contenders with little in common. Prints the lowest, mean and highest coverage over the grid, by
n test examples and S seeds; --cells prints every cell.

--sharing prints the verdicts on three tasks trained together, each compared with its single-task model, where the first
truly lost some points and the others nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.stats import norm

from ghep.comparison.analysis.seeds import KNOWN, PRETRAINED
from ghep.comparison.sharing.kinds import MARGIN, gain_kind
from ghep.comparison.sharing.statistics import p_among_several
from ghep.metrics.crossed import Estimate, Runs, accuracy, contrast, difference
from ghep.metrics.multiple import holm
from ghep.types import Interval

ACCURACIES = (0.6, 0.8, 0.9, 0.96)
SEED_POINTS = (0.0, 0.5, 2.0, 4.0)
MIXTURES = ((0.9, 0.08), (0.9, 0.02), (0.6, 0.3), (0.5, 0.1))
"""(common, noise)."""
BEHIND = (0.02,)
"""Lead in accuracy of the first of a pair."""
TARGET = (0.935, 0.965)
ELEMENTS = 4_000_000
"""Answers per batch."""


@dataclass(frozen=True)
class World:
    """Contenders that are right with probability ``accuracy``, and how much they differ between runs and contenders."""

    accuracy: float
    seed_points: float = 0.0
    common: float = 0.6
    noise: float = 0.1

    def behind(self, gap: float) -> World:
        """Return the same, less often right."""
        return World(self.accuracy - gap, self.seed_points, self.common, self.noise)

    @property
    def seed_scale(self) -> float:
        """Standard deviation of ``seed`` that gives ``seed_points`` points of accuracy, to first order."""
        return self.seed_points / 100 / float(norm.pdf(norm.ppf(self.accuracy)))

    def answers(self, rng: np.random.Generator, common: np.ndarray, seeds: int) -> tuple[np.ndarray, np.ndarray]:
        """Return float32 (R, S, n) of ones and zeros, and the true accuracy (R,), given ``common`` (R, 1, n)."""
        replications, _, n = common.shape
        own = max(1 - self.common - self.noise, 0.0)
        seed = self.seed_scale * rng.standard_normal((replications, seeds, 1), dtype=np.float32)
        skill = norm.ppf(self.accuracy) * np.sqrt(1 + self.seed_scale**2)
        noise = np.sqrt(self.noise) * rng.standard_normal((replications, seeds, n), dtype=np.float32)
        fixed = np.sqrt(own) * rng.standard_normal((replications, 1, n), dtype=np.float32)
        right = (np.sqrt(self.common) * common + fixed + noise + seed + np.float32(skill) > 0).astype(np.float32)
        of_this_run = norm.cdf(skill + seed[:, 0, 0])
        return right, of_this_run if seeds == 1 else np.full(replications, self.accuracy)


def batches(rng: np.random.Generator, replications: int, n: int, seeds: int) -> Iterator[np.ndarray]:
    """Yield ``common`` (r, 1, n), ``replications`` rows in all."""
    size = max(1, ELEMENTS // (n * seeds))
    for start in range(0, replications, size):
        yield rng.standard_normal((min(size, replications - start), 1, n), dtype=np.float32)


def accuracy_coverage(world: World, n: int, seeds: int, replications: int, seed: int = 0) -> float:
    """Return the coverage of the intervals of a mean accuracy."""
    rng, hits = np.random.default_rng(seed), 0
    for common in batches(rng, replications, n, seeds):
        right, truth = world.answers(rng, common, seeds)
        hits += _held(accuracy(right, prior=KNOWN[PRETRAINED]), truth)
    return hits / replications


def difference_coverage(
    worlds: tuple[World, World], n: int, seeds: tuple[int, int], replications: int, seed: int = 0
) -> tuple[float, float]:
    """Return the coverage of the intervals of a difference, and the rate at which two runs disagree."""
    rng, hits, disagreements = np.random.default_rng(seed), 0, 0.0
    for common in batches(rng, replications, n, sum(seeds)):
        (a, truth_a), (b, truth_b) = (
            world.answers(rng, common, count) for world, count in zip(worlds, seeds, strict=True)
        )
        hits += _held(contrast([Runs(a, KNOWN[PRETRAINED])], [Runs(b, KNOWN[PRETRAINED])]), truth_a - truth_b)
        disagreements += float((a[:, 0] != b[:, 0]).mean(axis=1).sum())
    return hits / replications, disagreements / replications


def said_of_tasks(
    lost: float, world: World, n: int, seeds: int, replications: int, *, tasks: int = 3, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the verdict on each task (replications, tasks), and whether each surely loses less than the margin.

    The first task loses ``lost`` accuracy when trained together, the others nothing; each task has its own examples.
    """
    rng = np.random.default_rng(seed)
    values, p_values, lows, highs = (np.empty((replications, tasks)) for _ in range(4))
    for task in range(tasks):
        done = 0
        for common in batches(rng, replications, n, 2 * seeds):
            now = slice(done, done := done + len(common))
            alone, _ = world.answers(rng, common, seeds)
            together, _ = world.behind(0.0 if task else lost).answers(rng, common, seeds)
            found = difference(together, alone)
            values[now, task], p_values[now, task] = found.value, p_among_several(found, n, seeds)
            lows[now, task], highs[now, task] = found.low, found.high
    said = [
        [gain_kind(value, Interval(low, high), p) for value, low, high, p in zip(*row, strict=True)]
        for row in zip(values, lows, highs, [holm(row.tolist()) for row in p_values], strict=True)
    ]
    return np.array(said), lows >= -MARGIN


def print_sharing(sizes: list[int], replications: int) -> None:
    """Print the rates of verdicts, the mean over accuracies and mixtures, and for errors also the highest."""
    print(f"sharing: three tasks, {replications} comparisons a cell\n")
    head = ("n, S, seeds' points", "first lost", "hurt", "no difference", "cannot tell", "false of any", "share")
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    for n, seeds, points, lost in product(sizes, (3, 5), SEED_POINTS[:3], (0.0, 0.01, 0.02, 0.03, 0.05)):
        cells = []
        for cell, (share, (common, noise)) in enumerate(product((0.8, 0.9, 0.96), MIXTURES[:3])):
            said, safe = said_of_tasks(lost, World(share, points, common, noise), n, seeds, replications, seed=cell)
            wrong = np.isin(said[:, 1 if lost else 0 :], ("helped", "hurt")).any(axis=1).mean()
            first = [(said[:, 0] == kind).mean() for kind in ("hurt", "no-difference", "cannot-tell")]
            cells.append([*first, wrong, safe.all(axis=1).mean()])
        mean, most = np.mean(cells, axis=0), np.max(cells, axis=0)
        told = [f"{one:.3f}" for one in mean[:3]] + [f"{mean[k]:.3f}, most {most[k]:.3f}" for k in (3, 4)]
        print(f"| {n}, {seeds}, {points} | {100 * lost:.0f} | {' | '.join(told)} |", flush=True)


def _held(estimate: Estimate, truth: np.ndarray) -> int:
    return int(((estimate.low <= truth) & (truth <= estimate.high)).sum())


def accuracies(n: int, seeds: int, replications: int) -> Iterator[tuple[str, float]]:
    """Yield (what, coverage) of a mean accuracy over the grid."""
    for cell, (share, points, (common, noise)) in enumerate(product(ACCURACIES, SEED_POINTS, MIXTURES[1:3])):
        world = World(share, points, common, noise)
        what = f"accuracy {share}, seeds {points} points, noise {noise}"
        yield what, accuracy_coverage(world, n, seeds, replications, cell)


def differences(n: int, seeds: tuple[int, int], replications: int) -> Iterator[tuple[str, float]]:
    """Yield (what, coverage) of a difference over those cells of the grid where 2 to 30 % of answers differ."""
    grid = product(ACCURACIES, SEED_POINTS, MIXTURES, BEHIND)
    for cell, (share, points, (common, noise), gap) in enumerate(grid):
        world = World(share, points, common, noise)
        held, apart = difference_coverage((world, world.behind(gap)), n, seeds, replications, cell)
        if 0.02 <= apart <= 0.3:
            what = f"accuracy {share} and {share - gap:.2f}, seeds {points} points, common {common}, noise {noise}"
            yield f"{what}: {100 * apart:.0f} % differ, {n * apart:.0f} examples", held


def line(first: str, cells: list[tuple[str, float]], show: bool) -> None:
    """Print a row of the table: lowest, mean, highest, and how many lie below, in and above the target."""
    found = np.array([held for _, held in cells])
    below, above = int((found < TARGET[0]).sum()), int((found > TARGET[1]).sum())
    print(
        f"| {first} | {found.min():.3f} | {found.mean():.3f} | {found.max():.3f} "
        f"| {below} | {len(found) - below - above} | {above} |",
        flush=True,
    )
    for what, held in cells:
        if show:
            print(f"    {held:.3f}  {what}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--sizes", default="150,500,2000")
    parser.add_argument("--cells", action="store_true")
    parser.add_argument("--sharing", action="store_true")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    if arguments.sharing:
        print_sharing(sizes, arguments.replications)
        return
    head = "| n, S | least | mean | largest | below 0.935 | within | above 0.965 |\n|---|---|---|---|---|---|---|"
    print(f"coverage of the 95 % interval, {arguments.replications} replications a cell\n\naccuracy\n{head}")
    for n, seeds in product(sizes, (1, 3)):
        line(f"{n}, {seeds}", list(accuracies(n, seeds, arguments.replications)), arguments.cells)
    print(f"\ndifference\n{head}")
    for n, seeds in product(sizes, ((1, 1), (3, 3), (1, 3))):
        name = f"{n}, {seeds[0]}" if seeds[0] == seeds[1] else f"{n}, {seeds[0]} and {seeds[1]}"
        line(name, list(differences(n, seeds, arguments.replications)), arguments.cells)


if __name__ == "__main__":
    main()
