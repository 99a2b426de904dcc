"""Rates that are too high: noticed, remedied, and the score after the remedy; false alarms at the derived rate.

    scripts/bench too_high_rate [--data FOLDER] [--backbone NAME] [--seeds 3] [--factors 1 10 100 1000] [--without]

Every strategy is fitted with AdamW and SGD at multiples of its derived rate, on 100 training examples, drawn anew for
each seed, of scanned digits (scikit-learn's) or of the data in FOLDER. At x 1 every alarm is a false one. ``score`` is
that on test of a run with its remedies, ``without`` that of the same run with ``on_divergence=stop``. Rows are printed
as they are measured, so the table can be stopped.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ghep
from ghep.data.sources import read
from ghep.strategy.catalog import strategy_named

STRATEGIES = ("light", "full", "lp_ft", "progressive", "lora")
ALARMS = ("learning-rate-too-high", "diverged")
"""Findings that notice a rate that is too high."""
COUNTS = {"train": 100, "valid": 60, "test": 200}
OTHERS = ("predictions-collapsed", "overfitted", "best-epoch-early", "start-kept")


@dataclass
class Outcome:
    """A run on test."""

    score: float
    noticed: bool
    codes: list[str] = field(default_factory=list)
    trained: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/bench too_high_rate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="digits")
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--factors", type=float, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES))
    parser.add_argument("--optimizers", nargs="+", default=["adamw", "sgd"])
    parser.add_argument("--without", action="store_true", help="also run without the remedy")
    parser.add_argument("--epochs", type=int, default=None)
    arguments = parser.parse_args()
    began = time.perf_counter()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {platform.machine()}, 1 thread, {arguments.seeds} seeds, {arguments.data}")
    print(f"{'strategy':<12}{'optimizer':<10}{'rate x':>7}  {'noticed':>8}  {'score':>6}  {'without':>7}  findings")
    alarms = runs = 0
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(arguments, Path(folder)):
            strategy, optimizer, factor, found, without = row
            noticed = sum(one.noticed for one in found)
            if factor == 1:
                alarms, runs = alarms + noticed, runs + len(found)
            score = np.mean([one.score for one in found])
            plain = f"{np.mean([one.score for one in without]):.3f}" if without else ""
            codes = sorted({code for one in found for code in one.codes})
            counts = ", ".join(f"{code} {sum(code in one.codes for one in found)}" for code in codes)
            print(
                f"{strategy:<12}{optimizer:<10}{factor:>7g}  {noticed:>4} / {len(found):<2} {score:>6.3f}  {plain:>7}"
                f"  {counts}",
                flush=True,
            )
    print(f"false alarms at the derived rate: {alarms} of {runs}; {time.perf_counter() - began:.0f} s")


def rows(arguments: argparse.Namespace, folder: Path) -> Iterator[tuple[str, str, float, list[Outcome], list[Outcome]]]:
    """Yield strategy, optimiser, factor, and the runs with and without the remedy, one per seed."""
    for strategy in arguments.strategies:
        for optimizer in arguments.optimizers:
            for factor in arguments.factors:
                seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
                given = (strategy, optimizer, factor, arguments, folder)
                found = [outcome(*given, seed, "retry") for seed in seeds]
                without = [outcome(*given, seed, "stop") for seed in seeds] if arguments.without else []
                yield strategy, optimizer, factor, found, without


def outcome(
    strategy: str, optimizer: str, factor: float, arguments: argparse.Namespace, folder: Path, seed: int, retry: str
) -> Outcome:
    """Fit once, at ``factor`` times the rate that the strategy derives."""
    data, backbone = data_for(arguments.data, seed), arguments.backbone
    options: dict[str, Any] = {
        **{"backbone": backbone, "strategy": strategy, "seed": seed, "precision": "float32", "workers": 1},
        **{"optimizer": optimizer, "control": False, "overwrite": True, "cache_dir": folder / "cache"},
    }
    if arguments.epochs:
        options["epochs"] = arguments.epochs
    if factor != 1:
        options["lr"] = factor * derived_rate(strategy, optimizer, data, backbone)
    run = ghep.fit(data, out=folder / "run", on_divergence=retry, **options)
    codes = [finding.code for finding in run.findings if finding.code in (*ALARMS, *OTHERS)]
    return Outcome(run.primary.value, bool({*codes} & {*ALARMS}), codes, run.cost.phases.get("train", 0.0))


def derived_rate(strategy: str, optimizer: str, data: Any, backbone: str) -> float:
    """Return the rate of the last block that the strategy derives for the backbone."""
    from ghep.backbone.catalog import load_backbone
    from ghep.experiment.graft import graft
    from ghep.experiment.options import RunOptions
    from ghep.experiment.prepared import prepared_for, source_of
    from ghep.reporter import Silent

    loaded = load_backbone(backbone, random_weights=False, seed=0)
    prepared = prepared_for(source_of(data, {}), loaded.preprocess, seed=0, limit_bytes=2**30)
    made = graft(
        prepared,
        loaded,
        strategy_named(strategy, optimizer=optimizer),
        RunOptions(cache=False, control=False),
        Silent(),
    )
    return max(stage.lrs[-1] or stage.head_lr for stage in made.plan.stages if stage.head != "solve")


def data_for(name: str, seed: int) -> Any:
    """Return ``COUNTS`` examples drawn anew for the seed, of digits or of the data in ``name``."""
    rng = np.random.default_rng(seed)
    if name != "digits":
        source, kept = read(name), []
        for split, count in COUNTS.items():
            mine = [one for one in source.examples if source.splits.get(one.id, "train") == split]
            kept += [mine[place] for place in sorted(rng.permutation(len(mine))[:count])]
        return replace(source, examples=tuple(kept))
    from PIL import Image
    from sklearn.datasets import load_digits

    scans, labels = load_digits(return_X_y=True)
    places, splits, start = rng.permutation(len(scans)), {}, 0
    for split, count in COUNTS.items():
        mine = places[start : start + count]
        start += count
        grey = np.repeat(np.repeat((scans[mine].reshape(-1, 8, 8) * 15.9).astype(np.uint8), 8, axis=1), 8, axis=2)
        images = [Image.fromarray(one).convert("RGB") for one in grey]
        splits[split] = {"image": images, "label": [str(label) for label in labels[mine]]}
    return splits


if __name__ == "__main__":
    main()
