"""By how much do runs differ from seed to seed? What the prior of ``comparison/statistics.py`` rests on.

    scripts/bench seed_scatter DATA=BACKBONE ... [--strategies light,lp_ft,progressive] [--seeds 6] [--out F]

Compares the strategies, scratch and random features on each data set (``--limit``: at most so many rows or files of
each class and split) and prints the standard deviation between seeds of each contender on the scale of log odds, with
the noise of the test examples taken out. Then, for pretrained contenders and for those from random weights: s0, the
root of the mean variance, and d0, the degrees of freedom that the variances' own scatter shows
(``metrics/moderated.py``). The same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import ghep
from ghep.comparison.record import RANDOM_FEATURES, SCRATCH, Comparison, Contender
from ghep.comparison.statistics import right_answers


def main() -> None:
    arguments = _arguments()
    found: dict[str, list[tuple[float, float, int]]] = {"pretrained": [], SCRATCH: [], RANDOM_FEATURES: []}
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
            real = np.sqrt(max(variance - noise, 0.0))
            row = f"{100 * np.sqrt(variance):.1f}, {100 * real:.1f} of it real | {real / slope:.2f}"
            print(f"| {Path(data).name} | {contender} | {seeds} | {mean:.3f} | {row} |", flush=True)
            group = contender.strategy if contender.control else "pretrained"
            found[group].append((variance / slope**2, noise / slope**2, seeds - 1))
    for group, few in found.items():
        if few:
            total, noise = (np.array([one[k] for one in few]) for k in (0, 1))
            print(f"{group}: {len(few)} contenders, s0 = {np.sqrt(max((total - noise).mean(), 0)):.2f} on log odds")


def scatter(comparison: Comparison) -> dict[Contender, tuple[float, float, float, int]]:
    """Return mean, variance between seeds, the part that so few examples cause, and seeds, of what has several seeds."""
    told = {}
    for contender, right in right_answers(comparison).items():
        seeds, n = right.shape
        if seeds > 1 and (right != right[0]).any():
            within = right.var(axis=0, ddof=1)
            told[contender] = (float(right.mean()), float(right.mean(axis=1).var(ddof=1)), float(within.mean()) / n, seeds)
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
