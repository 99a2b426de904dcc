"""How often verdicts are right and how often they make false claims, on simulated runs with known truth.

    scripts/bench verdicts [--replications 2000] [--whole 200]

Comparisons are simulated as in ``coverage.py``. Three tables:

help     Whether pretrained weights help: the mean of K pretrained contenders against scratch, 3 seeds of each. "new
         seeds" claims it for other seeds, too; "these runs" claims it at least of these runs; "more seeds" is the
         claim for new seeds with up to 6 seeds of scratch, added by ``comparison/analysis/adaptive.py`` until
         p < 0.01. "known" is a z test that knows the true standard error: no test of 3 seeds with the same error rate
         can beat it.
winner   How often a contender is called the best: of equal ones (false), and where one is better (power).
whole    Kinds of whole verdicts, through the rules, with --whole comparisons each.

The mixture is that of ``coverage.py``'s default: contenders share most of what makes an example hard. A few minutes on
one core.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from coverage import World, batches
from scipy.stats import norm

from ghep.comparison.analysis.adaptive import SETTLED
from ghep.comparison.analysis.seeds import priors
from ghep.comparison.analysis.statistics import SIGNIFICANT, leaderboard, pairs
from ghep.comparison.analysis.verdict import verdict
from ghep.comparison.record import Answers, Comparison, Contender, Data, Measured
from ghep.metrics.crossed import Estimate, Runs, contrast

SEEDS, MOST = 3, 6
SCRATCH = Contender("scratch", "b")
Tables = dict[Contender, np.ndarray]


@dataclass(frozen=True)
class Help:
    """Pretrained contenders of one accuracy against scratch; scatter in points between seeds."""

    accuracy: float
    points: float
    scratch: float
    scratch_points: float
    contenders: int = 1
    n: int = 150


HELPS = (
    Help(0.9, 0, 0.7, 8),
    Help(0.9, 1, 0.7, 8, 3),
    Help(0.95, 1, 0.75, 8, 3),
    Help(0.9, 0, 0.8, 2),
    Help(0.9, 2, 0.8, 2, 3),
    Help(0.95, 1, 0.85, 2, 3),
    Help(0.9, 1, 0.85, 2, 3, n=500),
    Help(0.8, 1, 0.8, 8),
    Help(0.7, 1, 0.7, 8, 3),
    Help(0.9, 1, 0.9, 8, 3),
    Help(0.8, 1, 0.8, 4, 3),
    Help(0.9, 2, 0.9, 2),
    Help(0.9, 2, 0.9, 2, 3),
    Help(0.9, 0.5, 0.9, 0.5, 3),
    Help(0.7, 1, 0.7, 8, 3, n=600),
    Help(0.9, 2, 0.9, 2, 3, n=2000),
)
EQUALS = (
    (0.9, (0.5,) * 2, 150),
    (0.9, (2.0,) * 2, 150),
    (0.9, (2.0,) * 2, 500),
    (0.9, (2.0,) * 2, 2000),
    (0.96, (2.0,) * 2, 1500),
    (0.8, (2.0,) * 2, 500),
    (0.9, (4.0,) * 2, 500),
    (0.9, (0.5, 4.0), 500),
    (0.9, (0.5, 4.0), 2000),
    (0.9, (2.0,) * 3, 500),
    (0.9, (0.5, 2.0, 4.0), 500),
    (0.9, (1.0,) * 6, 500),
)
"""Accuracy, points between seeds of each contender, n."""
BETTER = (
    (0.02, 0.5, 3, 500),
    (0.04, 0.5, 3, 500),
    (0.06, 0.5, 3, 500),
    (0.06, 0.5, 6, 500),
    (0.03, 0.5, 3, 1500),
    (0.06, 1.0, 3, 1500),
    (0.08, 2.0, 3, 500),
)
"""Lead of the best over the others, which have 0.9; points between seeds; contenders; n."""


def drawn(rng: np.random.Generator, worlds: Sequence[World], common: np.ndarray, seeds: int) -> Tables:
    """Return a table (R, seeds, n) for each world."""
    return {Contender(f"p{k}", "b"): world.answers(rng, common, seeds)[0] for k, world in enumerate(worlds)}


def compared(right: Tables, a: Sequence[Contender], b: Sequence[Contender]) -> Estimate:
    """Return the contrast as in a comparison."""
    known = priors(right)
    return contrast([Runs(right[one], known[one]) for one in a], [Runs(right[one], known[one]) for one in b])


def help_rates(cell: Help, replications: int, seed: int = 0) -> tuple[float, float, float, float, float]:
    """Return how often help is claimed (new seeds, these runs at least, more seeds), how often harm, and "known".

    Harm is claimed if scratch is better than every contender, as in the verdict with two controls.
    """
    rng, sums, values = np.random.default_rng(seed), np.zeros(4), []
    pretrained = World(cell.accuracy, cell.points)
    for common in batches(rng, replications, cell.n, SEEDS * cell.contenders + MOST):
        models = drawn(rng, [pretrained] * cell.contenders, common, SEEDS)
        if not cell.points:  # a solved head: one run
            models = {Contender("linear_probe", "b"): next(iter(models.values()))[:, :1]}
        scratch = World(cell.scratch, cell.scratch_points).answers(rng, common, MOST)[0]
        first = {**models, SCRATCH: scratch[:, :SEEDS]}
        found = compared(first, tuple(models), (SCRATCH,))
        values.append(found.value)
        new = (found.p_value < SIGNIFICANT) & (found.value > 0)
        runs = (found.p_these_runs < SIGNIFICANT) & (found.value > 0)
        each = [compared(first, (one,), (SCRATCH,)) for one in models]
        harm = np.all([(one.p_value < SIGNIFICANT / 2) & (one.value < 0) for one in each], axis=0)
        more, settled = new, found.p_value < SETTLED
        for seeds in range(SEEDS + 1, MOST + 1):
            later = compared({**models, SCRATCH: scratch[:, :seeds]}, tuple(models), (SCRATCH,))
            more = np.where(settled, more, (later.p_value < SIGNIFICANT) & (later.value > 0))
            settled |= later.p_value < SETTLED
        sums += [new.sum(), (new | runs).sum(), more.sum(), harm.sum()]
    new_seeds, these_runs, more_seeds, hurts = (sums / replications).tolist()
    gains = np.concatenate(values)
    return new_seeds, these_runs, more_seeds, hurts, float((gains > norm.ppf(0.975) * gains.std()).mean())


def winner_rates(worlds: Sequence[World], n: int, replications: int, seed: int = 0) -> tuple[float, float]:
    """Return how often any contender, and how often the first, is better than every other."""
    rng, sums = np.random.default_rng(seed), np.zeros(2)
    for common in batches(rng, replications, n, SEEDS * len(worlds)):
        right = drawn(rng, worlds, common, SEEDS)
        names = tuple(right)
        beats = np.zeros((len(names), len(names), len(common)), dtype=bool)
        for a, b in combinations(range(len(names)), 2):
            found = compared(right, (names[a],), (names[b],))
            sure = found.p_value < SIGNIFICANT
            beats[a, b], beats[b, a] = sure & (found.value > 0), sure & (found.value < 0)
        wins = beats.sum(axis=1) == len(names) - 1
        sums += [wins.any(axis=0).sum(), wins[0].sum()]
    return float(sums[0] / replications), float(sums[1] / replications)


WHOLE: dict[str, tuple[dict[str, World], int, int]] = {
    "one better by 12 points": (
        {"full": World(0.95, 0.5), "light": World(0.83, 0.5), "scratch": World(0.65, 2)},
        153,
        3,
    ),
    "one better by 6 points, scratch scatters": (
        {**dict.fromkeys(("light", "lora"), World(0.9, 0.5)), "full": World(0.96, 0.5), "scratch": World(0.7, 8)},
        500,
        3,
    ),
    "a backbone and its twin, solved heads": (
        {
            "linear_probe": World(0.97, 0, 0.9, 0.08),
            "linear_probe of a twin": World(0.97, 0, 0.9, 0.08),
            "scratch": World(0.6, 4),
        },
        1500,
        1,
    ),
    "three equal ones above scratch": (
        {**dict.fromkeys(("full", "light", "lora"), World(0.92, 0.5)), "scratch": World(0.65, 2)},
        153,
        3,
    ),
    "all equal, two controls too": (
        dict.fromkeys(("full", "light", "lora", "scratch", "random_features"), World(0.92, 0.5)),
        153,
        3,
    ),
    "shuffled: worse than scratch by 20 points": (
        {"full": World(0.7, 1), "light": World(0.66, 1), "scratch": World(0.9, 2), "random_features": World(0.5, 2)},
        200,
        3,
    ),
    "blind: worse than scratch by 8 points": (
        {
            "linear_probe": World(0.8),
            "light": World(0.82, 1),
            "scratch": World(0.9, 2),
            "random_features": World(0.6, 2),
        },
        200,
        3,
    ),
}
"""Contenders, n, seeds."""


def whole(worlds: dict[str, World], n: int, seeds: int, replications: int, seed: int = 0) -> Counter[str]:
    """Return the rate of each kind of verdict, and ``helps`` where scratch is called worse."""
    rng, kinds = np.random.default_rng(seed), Counter[str]()
    for _ in range(replications):
        common = rng.standard_normal((1, 1, n), dtype=np.float32)
        runs = [
            _run(Contender(name.split(" of ")[0], "b" if " of " not in name else "twin"), number, row)
            for name, world in worlds.items()
            for number, row in enumerate(world.answers(rng, common, 1 if "probe" in name else max(seeds, 3))[0][0])
        ]
        comparison = Comparison(Data("made up", "", "image", "label", ("a", "b"), {}, "test"), tuple(runs), Path())
        found = verdict(comparison, leaderboard(comparison), pairs(comparison))
        kinds[found.kind] += 1
        kinds["helps"] += found.questions[0].answer == "yes" and found.questions[0].about == "new-seeds"
    return kinds


def _run(contender: Contender, seed: int, right: np.ndarray) -> Measured:
    n = len(right)
    targets = np.zeros(n, dtype=np.int64)
    predicted, sure = np.where(right > 0, 0, 1), np.full(n, 0.9)
    answers = Answers(tuple(map(str, range(n))), targets, predicted, sure, np.where(right > 0, 0.9, 0.1))
    return Measured(contender, seed, None, 0, 100, answers, 0.5, (), 1.0, 0.0, 0, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--whole", type=int, default=200)
    arguments = parser.parse_args()
    _row(
        "pretrained", "scratch", "true difference", "K", "n", "new seeds", "these runs", "more seeds", "hurts", "known"
    )
    _row(*["---"] * 10)
    for cell in HELPS:
        rates = help_rates(cell, arguments.replications if cell.n < 2000 else arguments.replications // 5)
        left, right = f"{cell.accuracy} ± {cell.points}", f"{cell.scratch} ± {cell.scratch_points}"
        _row(left, right, f"{100 * (cell.accuracy - cell.scratch):.0f}", cell.contenders, cell.n, *_rounded(rates))
    print()
    _row("equal contenders", "points between seeds", "n", "a winner")
    _row(*["---"] * 4)
    for share, points, n in EQUALS:
        any_one, _ = winner_rates([World(share, one) for one in points], n, arguments.replications * 150 // n + 400)
        _row(f"{len(points)} of {share}", ", ".join(f"{one:g}" for one in points), n, *_rounded([any_one]))
    print()
    _row("lead of the best", "points between seeds", "K", "n", "it wins")
    _row(*["---"] * 5)
    for lead, scatter, contenders, n in BETTER:
        worlds = [World(0.9 + lead, scatter), *[World(0.9, scatter)] * (contenders - 1)]
        _, first = winner_rates(worlds, n, arguments.replications * 150 // n + 200)
        _row(f"{100 * lead:.0f}", scatter, contenders, n, *_rounded([first]))
    print()
    _row("truth", "n", "verdicts", "helps compared with scratch")
    _row(*["---"] * 4)
    for name, (worlds, n, seeds) in WHOLE.items():
        kinds = whole(worlds, n, seeds, arguments.whole)
        helps = kinds.pop("helps")
        said = ", ".join(f"{kind} {count / arguments.whole:.3f}" for kind, count in kinds.most_common())
        _row(name, n, said, f"{helps / arguments.whole:.3f}")


def _rounded(rates: Sequence[float]) -> list[str]:
    return [f"{rate:.3f}" for rate in rates]


def _row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
