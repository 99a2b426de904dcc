"""A small learning-rate search, the same for every strategy: three rates on part of train, scored on valid, never test.

In: a contender (strategy and backbone), and the data. Out: the trials (``Rate``) and the chosen rate (``RateChoice``).

The derived rate is the one that the strategy sets by default. A trial trains by the strategy's own plan for all labels
(with its batch size and frozen blocks), but on part of the training examples. Three rates are tried: the derived rate,
a third of it, and three times it. As in successive halving (Jamieson and Talwalkar 2016, arXiv:1502.07943), all three
first get a third of the plan's epochs, but enough steps to move away from the start. Only if another rate is better
than the derived one, these two are trained for all epochs. "Better" means by more than one standard error of the
validation score, the rule for pruning trees (Breiman et al. 1984, section 3.4.3): with fifty valid examples, the best
of three scores is mostly the luckiest of three.

Training on part of train takes fewer steps, which favours higher rates. So a lower rate that wins is used at once, but
a higher rate must win again, against the derived rate on all of train. Trials never exclude a strategy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ghep.comparison.record import Contender, Rate, RateChoice
from ghep.data.dataset import Dataset
from ghep.data.loading.batches import LabelledExamples
from ghep.data.splitting.splits import deal
from ghep.experiment.graft import backbone_for, graft
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import Prepared
from ghep.features.decisions import Decisions
from ghep.messages import text_of
from ghep.reporter import OnlyProgress, Reporter
from ghep.strategy.base import Plan
from ghep.strategy.catalog import strategy_named
from ghep.strategy.fit import fit_plan, judged_by, standard_error
from ghep.tasks.base import MISSING
from ghep.training.harm import CODE as HARM
from ghep.training.session import Session
from ghep.training.stop import StopRequest

FACTORS = (1.0, 1 / 3, 3.0)
"""Multiples of the derived rate."""
SHARE = 0.25
FEWEST = 50
MOST = 1_000
"""A trial trains on this fraction of the training examples (a quarter), but on at least FEWEST and at most MOST."""
RUNG, ENOUGH_STEPS = 1 / 3, 50
"""Fraction of the plan's epochs in the first rung of the search, and the least number of steps."""


@dataclass(frozen=True)
class Bench:
    """The data and options that all trials of a learning-rate search have in common."""

    prepared: Prepared
    options: RunOptions
    reporter: Reporter
    stop: StopRequest
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the strategy, except its learning rate."""
    decisions: Decisions = field(default_factory=Decisions)
    """Decisions made by measuring (engines, number formats), shared with the runs."""


def peak_rate(plan: Plan) -> float:
    """Return the plan's learning rate: that of the last block, the highest of all stages; 0 if no stage trains."""
    return max((stage.lrs[-1] for stage in plan.stages if stage.head != "solve"), default=0.0)


def trial(bench: Bench, contender: Contender, factor: float, *, rung: int = 1) -> Rate:
    """Train at ``factor`` times the derived rate, and return the trial with its validation score.

    Rung 0: part of train, some of the epochs. Rung 1: part of train, all epochs. Rung 2: all of train, all epochs.
    """
    strategy = strategy_named(contender.strategy, **bench.settings)
    backbone = backbone_for(contender.backbone, strategy, bench.options, seed=0)
    made = graft(bench.prepared, backbone, strategy, bench.options, bench.reporter)
    made.frozen.decisions = bench.decisions
    train, valid = made.splits["train"], made.splits["valid"]
    few = train if rung == 2 else part_of(train)
    lr = factor * peak_rate(made.plan)
    given: dict[str, Any] = {} if factor == 1 else {"lr": lr}
    if rung == 0:
        given |= {"epochs": first_epochs(made.plan, len(few))}
    plan = replace(strategy, **given).plan(made.situation) if given else made.plan
    plan = replace(plan, interpolation=None)  # the trial is scored by its epochs
    session = Session(options=bench.options, reporter=OnlyProgress(bench.reporter), stop=bench.stop)
    fitted = fit_plan(made.model, plan, few, valid, session, made.frozen, source=made.source_head)
    judged = [(row.valid_score, -(row.valid_loss or 0.0)) for row in fitted.history if row.valid_score is not None]
    if any(finding.code == HARM for finding in fitted.findings):
        judged = []  # the rate did harm; what a lower rate made of the trial does not speak for it
    score, loss = max(judged, default=(math.nan, math.nan))
    trained = sum(row.epoch > 0 for row in fitted.history)
    return Rate(factor, lr, trained, float(score), -float(loss), fitted.phases.get("train", 0.0), len(few), rung)


def first_epochs(plan: Plan, rows: int) -> int:
    """Return the number of epochs of a trial in the first round of the search, on ``rows`` training examples.

    It is a third of the plan's epochs, but enough for ``ENOUGH_STEPS`` steps and at most as many as in the plan.
    """
    stages = [stage for stage in plan.stages if stage.head != "solve"]
    whole = sum(stage.epochs for stage in stages)
    steps = max(1, -(-rows // max(stage.batch_size for stage in stages)))
    return min(whole, max(len(stages), math.ceil(RUNG * whole), math.ceil(ENOUGH_STEPS / steps)))


def search(bench: Bench, contender: Contender, *, confirm: bool = True) -> list[Rate]:
    """Make the trials of ``contender`` and return them, the derived rate first.

    ``confirm``: whether a higher rate that wins is also tried on all of train. Only the derived rate is tried if its
    score is so high that even a score of 1 would not be better by more than one standard error.
    """
    valid = judges(bench.prepared.dataset)
    tried = [trial(bench, contender, FACTORS[0], rung=0)]
    if beyond_reach(tried[0], valid):
        return tried
    tried += [trial(bench, contender, factor, rung=0) for factor in FACTORS[1:]]
    for rung in (1, 2):
        leader = choose(contender, tried, valid).chosen
        if leader == 1 or (rung == 2 and not (confirm and leader > 1)):
            return tried
        tried += [trial(bench, contender, factor, rung=rung) for factor in (1.0, leader)]
    return tried


def search_share(rows: int) -> float:
    """Return the cost of a search, as a fraction of the training of one run on ``rows`` examples.

    It counts the first round of trials only: the later rounds are not needed if the derived rate is the best.
    """
    return len(FACTORS) * RUNG * min(1.0, max(FEWEST, min(MOST, SHARE * rows)) / max(1, rows))


def beyond_reach(derived: Rate, valid: int) -> bool:
    """Whether the score with the derived rate is within one standard error of 1, so that no other rate can be better.

    ``derived`` is the trial with this rate, ``valid`` the number of valid examples.
    """
    return derived.valid_score + standard_error(derived.valid_score, valid) >= 1


def judges(dataset: Dataset) -> int:
    """Return the number of valid examples that the score for choosing a rate is based on.

    With several tasks the score is a mean over tasks. The result is then the number of examples for which the score of
    one task would have the same standard error.
    """
    if len(dataset.tasks) == 1:
        return len(dataset.valid)
    return judged_by(sum(task in example.labels for example in dataset.valid) for task in dataset.tasks)


def choose(contender: Contender, tried: Sequence[Rate], valid: int) -> RateChoice:
    """Return the chosen rate with the reason: the derived rate, unless another is better by one standard error.

    ``valid`` is the number of valid examples. Only the trials of the last round (``Rate.rung``) are compared, because
    they are the longest.
    """
    last = max(rate.rung for rate in tried)
    decisive = [rate for rate in tried if rate.rung == last]
    derived, best = decisive[0], max(decisive, key=_merit)
    needed = standard_error(derived.valid_score, valid) if math.isfinite(derived.valid_score) else -math.inf
    gain = _merit(best)[0] - _merit(derived)[0]
    if best is not derived and gain > needed:
        reason = text_of("rate-other", factor=best.factor, gain=gain, error=needed)
        return RateChoice(contender, tuple(tried), best.factor, reason)
    if len(tried) < 2 and beyond_reach(derived, valid):
        reason = text_of("rate-out-of-reach", error=needed)
    elif len(tried) < 2:
        reason = text_of("rate-only")
    else:
        reason = text_of("rate-derived", error=needed)
    return RateChoice(contender, tuple(tried), 1.0, reason)


def confirmed(choice: RateChoice, num_train: int) -> RateChoice:
    """Return ``choice``; but the choice of the derived rate if a higher rate was tried on part of train only.

    ``num_train`` is the number of examples in all of train.
    """
    if choice.chosen <= 1 or max(rate.examples for rate in choice.tried) >= num_train:
        return choice
    reason = text_of("rate-unconfirmed", factor=choice.chosen)
    return RateChoice(choice.contender, choice.tried, 1.0, reason)


def _merit(rate: Rate) -> tuple[float, float]:
    """Return the sort key (validation score, -loss) of a trial; a trial without a finite score comes last."""
    known = math.isfinite(rate.valid_score)
    return (rate.valid_score, -rate.valid_loss) if known else (-1.0, 0.0)


def part_of(data: LabelledExamples) -> LabelledExamples:
    """Return a stratified quarter of ``data``, within ``FEWEST`` and ``MOST`` examples."""
    wanted = min(len(data), max(FEWEST, min(MOST, round(SHARE * len(data)))))
    if wanted == len(data):
        return data
    targets = next(iter(data.targets.values()))
    if len(data.targets) > 1 or targets.ndim > 1:
        return taken(data, _part_of_several(data, wanted))
    order = np.random.default_rng(0).permutation(len(data))
    # Sorted by relative rank within the class, so that every class contributes its share, and at least one example.
    ranks = np.empty(len(data), dtype=np.int64)
    seen: dict[int, int] = {}
    for place in order:
        target = int(targets[place])
        ranks[place] = seen.get(target, 0)
        seen[target] = seen.get(target, 0) + 1
    shares = np.array([ranks[place] / seen[int(targets[place])] for place in range(len(data))])
    places = sorted(range(len(data)), key=lambda place: (targets[place] == MISSING, shares[place]))[:wanted]
    return taken(data, places)


def _part_of_several(data: LabelledExamples, wanted: int) -> list[int]:
    """Return the positions of about ``wanted`` examples, stratified by the labels of every task."""
    share = wanted / len(data)
    dealt = deal(data.examples, {}, {"train": share, "valid": 1 - share}, seed=0)
    return [place for place, one in enumerate(data.examples) if dealt[one.id] == "train"]


def taken(data: LabelledExamples, places: Sequence[int]) -> LabelledExamples:
    """Return the examples of ``data`` at the positions ``places``, in the order of ``data``."""
    places = sorted(places)
    lengths = None if data.lengths is None else data.lengths[places]
    return replace(
        data,
        examples=tuple(data.examples[place] for place in places),
        targets={task: values[places] for task, values in data.targets.items()},
        lengths=lengths,
    )
