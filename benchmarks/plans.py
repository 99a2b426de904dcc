"""Derived plans against longer ones and larger rates: does three times the epochs, or the rate, reach more on test?

    scripts/bench plans [--sets flowers17,signs] [--strategies light,full] [--labels 100] [--data D] [--weights W]
        [--epochs 1 3] [--rates 1 3] [--to-the-end]

Each strategy with the plan that ghep derives, and with each of --epochs times as many epochs (patience is derived from
them) at each of --rates times the derived rate of the last block; with --to-the-end also the derived plan without
patience.
Test accuracy is compared with the derived plan's on the same draws, with a 95 % interval over
draws and test examples; the loss on train says whether a plan has converged. Fits are those of ``scripts/bench claims``
and kept in the same folder.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "claims"))

from cells import Cell, Fitted, Lab

RATES = {"light": 2e-4, "full": 2e-4, "lp_ft": 1e-4}
"""The rates of the last block that ghep derives with AdamW for networks with BatchNorm and for minilm."""


def main() -> None:
    """Fit and print a row for each set, strategy and change."""
    given = parsed()
    lab = Lab(given.data, given.weights, given.out)
    print("| data | strategy | plan | accuracy | epochs | last loss on train | against derived, points |")
    print("|---|---|---|---|---|---|---|")
    for data in given.sets.split(","):
        for strategy in given.strategies.split(","):
            cells = [Cell(data, given.backbone, strategy, seed, given.labels) for seed in range(given.seeds)]
            derived = lab.fits(cells)
            row(data, strategy, "derived", derived, "")
            epochs = max(len(one.history) for one in derived)
            others = [*plans(given.epochs, given.rates, epochs, RATES[strategy])]
            if given.to_the_end:
                others.insert(0, ("without patience", {"patience": 0}))
            for name, settings in others:
                other = [cell.but(**settings) for cell in cells]
                found = lab.difference(other, cells)
                points = [f"{100 * one:+.1f}" for one in (found.value, found.low, found.high)]
                row(data, strategy, name, lab.fits(other), f"{points[0]} ({points[1]} to {points[2]})")


def plans(
    times: Sequence[float], rates: Sequence[float], epochs: int, rate: float
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the settings of each plan but the derived one, of ``epochs`` epochs at ``rate``."""
    for larger, longer in itertools.product(rates, times):
        if (larger, longer) != (1, 1):
            settings = {"epochs": round(longer * epochs)} | ({} if larger == 1 else {"lr": round(larger * rate, 7)})
            yield (
                " and ".join(
                    filter(None, (longer != 1 and f"{longer:g} x epochs", larger != 1 and f"{larger:g} x rate"))
                ),
                settings,
            )


def row(data: str, strategy: str, plan: str, fits: Sequence[Fitted], difference: str) -> None:
    """Print one row of the table."""
    accuracy, loss = (np.mean(of) for of in zip(*((f.accuracy, f.train_loss) for f in fits), strict=True))
    epochs = ", ".join(str(len(one.history)) for one in fits)
    print(f"| {data} | {strategy} | {plan} | {accuracy:.3f} | {epochs} | {loss:.3f} | {difference} |", flush=True)


def parsed() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench plans", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="flowers17,pets3,hymenoptera,signs")
    parser.add_argument("--strategies", default="light,full")
    parser.add_argument("--backbone", default="MobileNetV1 0.25")
    parser.add_argument("--labels", type=int, help="labelled examples in all; default: all of the set")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=float, nargs="+", default=[1.0, 3.0])
    parser.add_argument("--rates", type=float, nargs="+", default=[1.0])
    parser.add_argument("--to-the-end", action="store_true", help="also without patience")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights"))
    parser.add_argument("--out", type=Path, default=Path("build/claims"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
