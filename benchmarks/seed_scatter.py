"""Scatter of runs between seeds: the evidence for the prior of ``comparison/analysis/seeds.py``.

    scripts/bench seed_scatter DATA=BACKBONE ... [--strategies light,lp_ft,progressive] [--seeds 6] [--out FOLDER]

Compares the strategies, scratch and random features on each data set and prints the standard deviation between seeds of
each contender on the scale of log odds, without the noise of the test examples; then the median and the root mean
square for pretrained contenders, scratch and random features. For learning curves it prints the scatter of the first
score on valid, and the variation of scores from epoch to epoch in the second half of a run, divided by the standard
deviation of n valid examples (``comparison/analysis/transfer_benefits.py``). The same command continues where it was
stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import ghep
from ghep.comparison.analysis.statistics import right_answers
from ghep.comparison.record import RANDOM_FEATURES, SCRATCH, Comparison, Contender


def main() -> None:
    arguments = _arguments()
    found: dict[str, list[tuple[float, float]]] = {"pretrained": [], SCRATCH: [], RANDOM_FEATURES: []}
    print("| data | contender | seeds | accuracy | points between seeds | on log odds |\n|---|---|---|---|---|---|")
    for number, (data, backbone) in enumerate(arguments.data):
        comparison = ghep.compare(
            data,
            backbones=backbone,
            strategies=arguments.strategies,
            seeds=arguments.seeds,
            search=False,
            out=arguments.out / f"{number}-{Path(data).name}",
        ).comparison
        for contender, (mean, variance, noise, seeds) in scatter(comparison).items():
            slope = max(mean * (1 - mean), 0.01)
            real = float(np.sqrt(max(variance - noise, 0.0)))
            row = f"{100 * np.sqrt(variance):.1f}, {100 * real:.1f} of it real | {real / slope:.2f}"
            print(f"| {Path(data).name} | {contender} | {seeds} | {mean:.3f} | {row} |", flush=True)
            group = contender.strategy if contender.control else "pretrained"
            found[group].append((variance / slope**2, noise / slope**2))
        for contender, (start, noise) in over_epochs(comparison).items():
            print(f"{Path(data).name}, {contender}: start {start:.2f} on log odds, epochs {noise:.2f} of the examples'")
    for group, few in found.items():
        if few:
            total, noise = (np.array([one[k] for one in few]) for k in (0, 1))
            real = np.maximum(total - noise, 0.0)
            middle, mean = np.sqrt(np.median(real)), np.sqrt(real.mean())
            print(
                f"{group}: {len(few)} contenders, on log odds {middle:.2f} in the median, {mean:.2f} root mean square"
            )


def scatter(comparison: Comparison) -> dict[Contender, tuple[float, float, float, int]]:
    """Return for each contender with several seeds: mean, variance, its part due to few examples, and seeds."""
    told: dict[Contender, tuple[float, float, float, int]] = {}
    for contender, right in right_answers(comparison).items():
        seeds, n = right.shape
        if seeds > 1 and (right != right[0]).any():
            variance = float(right.mean(axis=1).var(ddof=1))
            noise = (float(right.var(axis=0, ddof=1).mean()) - variance) / n
            told[contender] = float(right.mean()), variance, noise, seeds
    return told


def over_epochs(comparison: Comparison) -> dict[Contender, tuple[float, float]]:
    """Return the scatter of the first score on valid between seeds, on log odds, and the noise between epochs."""
    n, told = sum(comparison.data.counts["valid"].values()), {}
    for contender in comparison.contenders:
        curves = [
            [row.valid_score for row in run.history if row.valid_score is not None]
            for run in comparison.full_runs
            if run.contender == contender
        ]
        if min(map(len, curves)) < 4:
            continue
        starts, ends = np.array([curve[0] for curve in curves]), np.array([curve[-1] for curve in curves])
        steps = np.concatenate([np.diff(curve[len(curve) // 2 :]) for curve in curves])
        first, last = (max(mean * (1 - mean), 1 / (4 * n)) for mean in (starts.mean(), ends.mean()))
        noise = np.sqrt((steps**2).mean() / 2)  # each score has half of the difference's variance
        told[contender] = float(starts.std(ddof=1) / first), float(noise / np.sqrt(last / n))
    return told


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=lambda text: tuple(text.split("=", 1)))
    parser.add_argument("--strategies", default="light,lp_ft,progressive")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "seed_scatter")
    return parser.parse_args()


if __name__ == "__main__":
    main()
