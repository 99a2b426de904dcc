"""False alarms of the divergence check on healthy training, and recovery from rates that are far too high.

    scripts/bench divergence [--runs 200] [--seed 0] [--backbone seedling]

Fits scanned digits (scikit-learn's). Strategy, optimiser, rate (0.3 to 10 times the derived one),
clipping, warm-up, batch size, number of labels and classes, share of wrong labels, augmentation, mixup and moving
average are drawn anew for each run. A healthy run that is rolled back is a false alarm. The largest loss of a step is
printed as a multiple of the usual one (``training/divergence.py``); the bound must stay above it. A run whose stage did
harm and began again (``training/harm.py``) is made once more without that remedy, and both are scored on new digits.
Then a tenth as many runs at 1e3 to 1e12 times the derived rate: all should learn, once the rates are reduced. (At 1e3
some do without.)
"""

from __future__ import annotations

import argparse
import platform
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits

import ghep.training.loop as loop
from ghep.backbone.catalog import load_backbone
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.preprocess import Preprocess
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.strategy.catalog import strategy_named
from ghep.strategy.derive import Situation, fine_tune_lr, scratch_lr
from ghep.strategy.fit import fit_plan
from ghep.tasks.classification import Classification
from ghep.training.divergence import TIMES
from ghep.training.harm import CODE, VIEWS
from ghep.training.options import TrainOptions
from ghep.training.session import Session
from ghep.types import Example

STRATEGIES = ("light", "full", "lp_ft", "progressive", "scratch")
HEALTHY = (0.3, 1.0, 3.0, 10.0)
SICK = (1e3, 1e6, 1e9, 1e12)
OTHERS = 300


@dataclass
class Outcome:
    settings: str
    factor: float
    rolled_back: int
    harmed: str
    """The code of the finding that a stage did harm (``training/harm.py``); empty: none did."""
    stopped: str
    largest: float
    """Highest ratio in the run of the loss of a step to the usual loss."""
    accuracy: float
    chance: float
    test: float
    """Accuracy on ``OTHERS`` digits drawn anew."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench divergence", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--backbone", default="seedling")
    arguments = parser.parse_args()
    began = time.perf_counter()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {platform.machine()}, 1 thread, seed {arguments.seed}, bound {TIMES:g}")
    seeds = range(arguments.seed * 100_000, arguments.seed * 100_000 + arguments.runs)
    healthy = [_run(seed, HEALTHY, arguments.backbone) for seed in seeds]
    alarms = sum(outcome.rolled_back > 0 for outcome in healthy)
    print(f"healthy: {alarms} false alarms in {len(healthy)} runs")
    for factor in HEALTHY:
        of_factor = [(seed, one) for seed, one in zip(seeds, healthy, strict=True) if one.factor == factor]
        again = [(seed, one) for seed, one in of_factor if one.harmed == CODE]
        blamed = sum(one.harmed == VIEWS for _, one in of_factor)
        print(f"  rate x {factor:<4g} n={len(of_factor):<4} {len(again)} {CODE}, {blamed} {VIEWS}")
        gains = [100 * (one.test - _run(seed, HEALTHY, arguments.backbone, "stop").test) for seed, one in again]
        for gain, (_, one) in zip(gains, again, strict=True):
            print(f"    {gain:+5.1f} points by the remedy: {one.settings}")
        if len(gains) > 1:
            error = np.std(gains, ddof=1) / len(gains) ** 0.5
            print(f"    {np.mean(gains):+5.1f} +- {error:.1f} (standard error) in the mean")
    for factor in HEALTHY:
        largest = sorted(outcome.largest for outcome in healthy if outcome.factor == factor)
        if largest:
            print(
                f"  rate x {factor:<4g} n={len(largest):<4} loss over usual: median {np.median(largest):.2f}, "
                f"95 % below {np.quantile(largest, 0.95):.2f}, highest {largest[-1]:.2f}"
            )
    for outcome in sorted(healthy, key=lambda outcome: -outcome.largest)[:3]:
        print(f"  {outcome.largest:.1f}: {outcome.settings}")
    seeds = range(arguments.seed * 100_000 + 50_000, arguments.seed * 100_000 + 50_000 + max(4, arguments.runs // 10))
    sick = [_run(seed, SICK, arguments.backbone) for seed in seeds]
    noticed = sum(outcome.rolled_back > 0 for outcome in sick)
    ended = Counter(outcome.stopped or "to the end" for outcome in sick)
    learnt = sum(outcome.accuracy > outcome.chance for outcome in sick)
    print(
        f"too fast: {noticed} of {len(sick)} noticed; ended: {dict(ended)}; {learnt} better than chance on their labels"
    )
    print(f"{time.perf_counter() - began:.0f} s")


def _run(seed: int, factors: tuple[float, ...], backbone_name: str, on_divergence: str = "retry") -> Outcome:
    rng = np.random.default_rng(seed)

    def one(*choices: Any) -> Any:
        return choices[rng.integers(len(choices))]

    name, factor, optimizer = one(*STRATEGIES), float(one(*factors)), one("adamw", "adamw", "sgd")
    backbone = load_backbone(backbone_name, random_weights=name == "scratch", seed=seed)
    num_classes = one(2, 3, 5, 10)
    train = _digits(rng, one(16, 40, 100), num_classes, wrong=one(0.0, 0.1, 0.3), preprocess=backbone.preprocess)
    valid = _digits(rng, 30, num_classes, wrong=0.0, preprocess=backbone.preprocess)
    model = TransferModel(backbone, [Classification("digit", tuple(map(str, range(num_classes))))])
    blocks = tuple(block.name for block in backbone.blocks())
    situation = Situation(len(train), blocks, batch_norm=True, has_valid=True)
    derived = scratch_lr(situation, optimizer) if name == "scratch" else fine_tune_lr(situation, optimizer)
    settings = {
        "optimizer": optimizer,
        "lr": derived.value * factor,
        "epochs": one(2, 4),
        "batch_size": one(None, 4, 16),
        "clip_norm": one(0.0, 1.0, 1.0),
        "warmup": one(0.0, 0.1, 0.1),
        "augment": one("none", "light", "standard"),
        "mixup": one(0.0, 0.0, 0.4),
        "ema_decay": one(0.0, 0.0, 0.99),
    }
    strategy = strategy_named(name, **settings)
    ratios: list[float] = []
    session = Session(options=TrainOptions(precision="float32", workers=1, on_divergence=on_divergence), seed=seed)
    with _watched(ratios):
        fitted = fit_plan(model, strategy.plan(situation), train, valid, session)
    found = predict_logits(model, train, workers=1)["digit"].argmax(1)
    codes = [finding.code for finding in fitted.findings]
    right = float((found == train.targets["digit"]).mean())
    others = _digits(np.random.default_rng(seed), OTHERS, num_classes, wrong=0.0, preprocess=backbone.preprocess)
    test = float((predict_logits(model, others, workers=1)["digit"].argmax(1) == others.targets["digit"]).mean())
    harmed = next((code for code in (CODE, VIEWS) if code in codes), "")
    told = f"{name}, {len(train)} labels of {num_classes} classes, " + ", ".join(
        f"{key} {value}" for key, value in settings.items()
    )
    return Outcome(
        told, factor, codes.count("diverged"), harmed, fitted.stopped, max(ratios), right, 1 / num_classes, test
    )


class _watched:  # noqa: N801 - used as a word
    """Records the loss of every step as a multiple of the usual one."""

    def __init__(self, ratios: list[float]) -> None:
        self.ratios, self.plain = ratios, loop.check_loss

    def __enter__(self) -> None:
        def check_loss(loss: torch.Tensor, *arguments: Any, usual: float, **more: Any) -> float:
            self.ratios.append(loss.item() / usual)
            return self.plain(loss, *arguments, usual=usual, **more)

        loop.check_loss = check_loss  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        loop.check_loss = self.plain


def _digits(
    rng: np.random.Generator, count: int, num_classes: int, *, wrong: float, preprocess: Preprocess
) -> LabelledExamples:
    """Draw images of the first ``num_classes`` digits; a share ``wrong`` of the labels is wrong."""
    scans, digits = load_digits(return_X_y=True)
    places = rng.choice(np.flatnonzero(digits < num_classes), count, replace=False)
    grey = (scans[places].reshape(-1, 8, 8) * 15.9).astype(np.uint8)
    colour = np.repeat(np.repeat(grey, 8, axis=1), 8, axis=2)[..., None].repeat(3, axis=3)
    targets = digits[places].astype(np.int64)
    flipped = rng.random(count) < wrong
    targets[flipped] = rng.integers(0, num_classes, int(flipped.sum()))
    examples = tuple(
        Example(f"digit {place}", image, {"digit": str(target)})
        for place, image, target in zip(places, colour, targets, strict=True)
    )
    return LabelledExamples(examples, {"digit": targets}, lambda example: example.raw, preprocess)


if __name__ == "__main__":
    main()
