"""Was the model fine-tuned too much? Overfitting, a collapse to one class, epochs that were wasted, rates too high.

In: the history of a run, what became of valid after the best epoch, and, only where that looks bad, the score on a
sample of train. Out: findings. A train score above the valid score is normal in fine-tuning (train is often at 1.0). So
the gap alone is no finding: the loss on valid must have risen as well, on the same examples, more than by chance.

Rates that are too high are handled while the run trains (``training/harm.py``); ``rate_check`` looks for the rate at
which the loss explodes before anything is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, sqrt
from typing import Any

import numpy as np

from ghep.data.loading.batches import LabelledExamples
from ghep.features.frozen import FrozenPart
from ghep.messages import text_of
from ghep.model.transfer import TransferModel
from ghep.storage.text import plain
from ghep.strategy.base import Plan
from ghep.strategy.solve import solve_heads
from ghep.strategy.supply import Supply
from ghep.tasks.base import labelled
from ghep.training.adapted import adapted
from ghep.training.goal import LabelGoal
from ghep.training.harm import CODE, rate_of
from ghep.training.moving import copied
from ghep.training.precision import Precision
from ghep.training.range_test import MARGIN, RangeTest, batches_for, range_test
from ghep.training.stage import Stage
from ghep.training.state import Epoch
from ghep.types import Finding, Score

COLLAPSED = 0.95
"""Predictions have collapsed if at least this share of them is one class, and the labels are more varied."""
SURE = 1e-3
"""Largest p-value of an alarm."""
GAP = 0.05
"""Overfitting needs a train score above the valid score by more than this, at the low end of the interval."""
SAMPLE = 200
"""Most training examples that are scored."""
WASTED = 3
"""Fewest epochs after the best one that are reported; they must also be at least half of the stage."""
HIGHEST = 100.0
"""A range test before training goes up to this many times the plan's rates."""

TrainScores = Callable[[], Mapping[str, tuple[Score, Score]]]
"""Task -> primary score on a sample of train and on valid."""


@dataclass(frozen=True)
class Overtraining:
    """How far a run was trained too much."""

    findings: tuple[Finding, ...]
    summary: str
    """The measured numbers, with the values at which they are an alarm."""
    kept: Mapping[str, Any] | None
    """The row of the history whose weights are the result; None without valid."""
    tail: Mapping[str, Any] | None
    """What became of valid after the best epoch (``strategy.fit.tail_of``)."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        found = {"kept": self.kept, "tail": self.tail, "findings": [asdict(finding) for finding in self.findings]}
        return dict(plain(found))


@dataclass(frozen=True)
class RateCheck:
    """At which rate the loss explodes, before anything is trained."""

    findings: tuple[Finding, ...]
    summary: str
    lr: float
    """The plan's rate, of the last block."""
    tested: RangeTest

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        found = {"lr": self.lr, **asdict(self.tested), "findings": [asdict(finding) for finding in self.findings]}
        return dict(plain(found))


def overtraining(
    history: Sequence[Epoch],
    tail: Mapping[str, Any] | None,
    valid: LabelledExamples | None,
    train_scores: TrainScores,
    *,
    start_kept: bool = False,
) -> Overtraining:
    """Return findings on a finished run.

    ``history`` and ``tail`` are those of its ``Fitted``. ``start_kept``: whether training was undone. ``train_scores``
    is called only if the loss on valid has risen, because it costs a pass over a sample of train.
    """
    kept = _kept(history, tail, start_kept=start_kept)
    if valid is None or kept is None:
        return Overtraining((), text_of("overtraining-unknown"), None, tail)
    findings = (*_collapse(history, kept, valid), *(() if start_kept else _after_best(tail, train_scores)))
    parts = []
    if kept.answer_entropy is not None:
        found = {"entropy": kept.answer_entropy, "largest": kept.largest_answer, "bar": COLLAPSED}
        parts.append(text_of("overtraining-predictions", **found))
    if tail is not None:
        found = {"best_epoch": tail["best_epoch"], "epochs": tail["epochs"], "sure": SURE}
        parts.append(text_of("overtraining-tail", **found, rise=tail["loss"]["rise"], p=tail["loss"]["p"]))
    return Overtraining(findings, "; ".join(parts) or text_of("overtraining-unknown"), asdict(kept), tail)


def sample_of(train: LabelledExamples, valid: LabelledExamples) -> LabelledExamples:
    """Return as many examples of ``train`` as ``valid`` has, at most ``SAMPLE``: always the same ones."""
    count = min(len(train), len(valid), SAMPLE)
    return train.some(np.sort(np.random.default_rng(0).choice(len(train), count, replace=False)))


def rate_check(
    model: TransferModel,
    plan: Plan,
    train: LabelledExamples,
    valid: LabelledExamples | None,
    frozen: FrozenPart,
    *,
    seed: int = 0,
    workers: int = 2,
) -> RateCheck | None:
    """Look for the rate at which the loss of the last stage of ``plan`` explodes; None if it trains by no gradient.

    A head that the plan solves first is solved first. The model is left as it was. Activations are read from the store
    of ``frozen`` where the plan would do so. The steps are in float32.
    """
    limit = 0 if frozen.store is None else frozen.store.limit_bytes
    stage, supply = plan.stages[-1], Supply(plan.stages, train, valid, frozen, limit)
    if stage.head == "solve":
        return None
    blocks, statistics, heads = model.frozen_blocks, model.keep_statistics, copied(dict(model.heads.state_dict()))
    if plan.stages[0].head == "solve":
        solve_heads(model, plan.stages[0], supply.features(0), train, valid)
    source, _ = supply.sources(len(plan.stages) - 1)
    with adapted(model.backbone, stage, seed=seed):
        model.freeze(stage.still_blocks, keep_statistics=stage.keep_statistics)
        batches = batches_for(stage, source, seed=seed, workers=workers)
        tested = range_test(
            model, stage, batches, LabelGoal(stage, model.tasks, train), Precision(), highest=HIGHEST, seed=seed
        )
    model.heads.load_state_dict(heads)
    model.freeze(blocks, keep_statistics=statistics)
    return _rate_check(stage, tested)


def _rate_check(stage: Stage, tested: RangeTest) -> RateCheck:
    """Return the check of ``stage``; a finding if the loss exploded at its rate or a lower one."""
    lr = rate_of(stage)
    if tested.exploded is None:
        summary = text_of("rates-never-explode", stage=stage.name, lr=lr, highest=lr * HIGHEST, times=HIGHEST)
        return RateCheck((), summary, lr, tested)
    exploded = lr * tested.exploded
    summary = text_of("rates-explode-at", stage=stage.name, lr=lr, exploded=exploded, times=tested.exploded)
    found: tuple[Finding, ...] = ()
    if tested.exploded <= 1:
        safe = exploded / MARGIN
        found = (Finding.of(CODE, "warning", message="rate-explodes", lr=lr, exploded=exploded, safe=safe),)
    return RateCheck(found, summary, lr, tested)


def _kept(history: Sequence[Epoch], tail: Mapping[str, Any] | None, *, start_kept: bool) -> Epoch | None:
    """Return the row of the history whose weights are the result; None if nothing was measured on valid."""
    measured = [row for row in history if row.valid_score is not None]
    if not measured or start_kept or tail is None:
        return measured[0] if measured else None
    return next((row for row in measured if (row.stage, row.epoch) == (tail["stage"], tail["best_epoch"])), None)


def _collapse(history: Sequence[Epoch], kept: Epoch, valid: LabelledExamples) -> tuple[Finding, ...]:
    """Return a finding if nearly all predictions are one class: in the ``kept`` epoch, or else in the last one."""
    from scipy.stats import binom

    given = [values[labelled(values)] for values in valid.targets.values() if values.dtype.kind != "f"]
    given = [values for values in given if len(values)]
    if not given:
        return ()
    counts = [np.unique(values, axis=0, return_counts=True)[1] for values in given]
    labels, n = max(float(count.max() / count.sum()) for count in counts), min(map(len, given))
    last = [row for row in history if row.valid_score is not None][-1]
    for row in (kept, last):
        share = row.largest_answer
        if share is None or share < COLLAPSED:
            continue
        # Would labels this varied give so few examples of other classes by chance?
        if binom.cdf(round(n * (1 - share)), n, 1 - labels) < SURE:
            told: dict[str, Any] = {"epoch": row.epoch, "stage": row.stage, "largest": share, "labels": labels}
            severity, is_kept = ("warning", "yes") if row is kept else ("info", "no")
            return (Finding.of("predictions-collapsed", severity, **told, kept=is_kept),)  # type: ignore[arg-type]
    return ()


def _after_best(tail: Mapping[str, Any] | None, train_scores: TrainScores) -> tuple[Finding, ...]:
    """Return a finding if the epochs after the best one overfitted, or else if they were wasted."""
    if tail is None or tail["best_epoch"] >= tail["epochs"]:
        return ()
    found: dict[str, Any] = {name: tail[name] for name in ("stage", "best_epoch", "epochs")}
    if tail["loss"]["rise"] > 0 and tail["loss"]["p"] < SURE:
        scores = train_scores()
        task = max(scores, key=lambda name: _low_end_of_gap(*scores[name]), default=None)
        if task is not None and _low_end_of_gap(*scores[task]) > GAP:
            train, valid = scores[task]
            told: dict[str, Any] = {"task": task, "score": train.name, "train": train.value, "valid": valid.value}
            told |= {"rise": tail["loss"]["rise"], "p": tail["loss"]["p"]}
            return (Finding.of("overfitted", "info", **found, **told),)
    if tail["epochs"] - tail["best_epoch"] >= max(WASTED, ceil(tail["epochs"] / 2)):
        return (Finding.of("best-epoch-early", "info", **found, seconds=tail["seconds"]),)
    return ()


def _low_end_of_gap(train: Score, valid: Score) -> float:
    """Return the low end of the interval of the score on train minus that on valid; minus infinity if unknown.

    The distances of both scores to the ends of their intervals are combined (Newcombe 1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10).
    """
    if train.interval is None or valid.interval is None:
        return -np.inf
    down, up = train.value - train.interval.low, valid.interval.high - valid.value
    return train.value - valid.value - sqrt(down**2 + up**2)
