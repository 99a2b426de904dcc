"""Coverage of the 95 % intervals of R² and of the difference of two, on simulated test sets.

    scripts/bench regression_coverage [--trials 2000]

Labels are normal with variance 1. Predictions are 0.7 times the label plus an error of standard deviation 0.5 or 0.7,
normal or with Student's t distribution with 4 degrees of freedom. The true R² are those of the population.
"""

from __future__ import annotations

import argparse

import numpy as np

from ghep.metrics.crossed import Runs, accuracy, contrast
from ghep.tasks.regression import credit

SLOPE, SPREADS = 0.7, (0.5, 0.7)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000)
    given = parser.parse_args()
    truth = [1 - ((1 - SLOPE) ** 2 + spread**2) for spread in SPREADS]
    print("| test examples | errors | R² | a difference of two |", "|---|---|---|---|", sep="\n")
    for errors in ("normal", "t with 4 degrees of freedom"):
        for count in (30, 60, 120, 500):
            rng = np.random.default_rng(1)
            found = np.array([_covered(rng, errors, count, truth) for _ in range(given.trials)]).mean(axis=0)
            print(f"| {count} | {errors} | {found[0]:.3f} | {found[1]:.3f} |")


def _covered(rng: np.random.Generator, errors: str, count: int, truth: list[float]) -> tuple[bool, bool]:
    labels = rng.normal(size=count)
    noise = rng.normal(size=(2, count)) if errors == "normal" else rng.standard_t(4, size=(2, count)) / np.sqrt(2)
    one, other = (credit(labels, SLOPE * labels + spread * row) for spread, row in zip(SPREADS, noise, strict=True))
    score, difference = accuracy(one[None]), contrast([Runs(one[None])], [Runs(other[None])])
    return (
        bool(score.low <= truth[0] <= score.high),
        bool(difference.low <= truth[0] - truth[1] <= difference.high),
    )


if __name__ == "__main__":
    main()
