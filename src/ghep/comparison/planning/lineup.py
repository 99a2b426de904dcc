"""The models of a strategy on a backbone: the labels that each model uses, and how long each trains.

In: a strategy and a backbone, the data, and the settings. Out: ``Entrants``. For data with one task there is one model.
For several tasks there are a single-task model for each task and one shared model, with comparable training lengths
(``sharing/budget.py``). The derived lengths are saved in the ledger, so that an interrupted comparison continues with
the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.planning.grid import arms, in_pairs
from ghep.comparison.planning.pricing import Work, work_of
from ghep.comparison.planning.search import peak_rate
from ghep.comparison.planning.settings import ALL, Settings, run_options
from ghep.comparison.record import RANDOM_FEATURES, Contender
from ghep.comparison.sharing.budget import Length, alone_epochs, shared_epochs
from ghep.comparison.sharing.parts import limited, only
from ghep.experiment.graft import backbone_for, graft
from ghep.experiment.options import RunOptions
from ghep.experiment.prepared import Prepared
from ghep.reporter import Silent
from ghep.strategy.catalog import strategy_named


@dataclass(frozen=True)
class Entrants:
    """The models of one strategy on one backbone, with their training lengths and the work of their runs."""

    lengths: Mapping[Contender, Length]
    """Contender -> training length of its own plan, in order."""
    epochs: Mapping[Contender, int]
    """Contender -> its number of epochs, if that differs from its plan."""
    works: Mapping[tuple[Contender, int | None], Work]
    """(Contender, labels per class) -> the work of one run; None: all labels."""


def entrants(line: Contender, ground: Ground, settings: Settings, ledger: Ledger) -> Entrants:
    """Return the models of a strategy on a backbone (``line``), with their training lengths.

    Raises UserError or ValueError if the strategy has no plan for the backbone.
    """
    works: dict[tuple[Contender, int | None], Work] = {}

    def length(contender: Contender) -> Length:
        found = ledger.decided(f"plan of {contender.key}", lambda: _derived(contender, ground, settings))
        for labels, work in found["works"].items():
            stored = tuple((int(views), int(boundary)) for views, boundary in work["stored"])
            works[contender, None if labels == ALL else int(labels)] = Work(**{**work, "stored": stored})
        return Length(**found["length"])

    tasks = tuple(ground.tasks)
    lengths = {arm: length(arm) for arm in arms(line, tasks)}
    if settings.affinity == "pairs" and any(one.epochs for one in lengths.values()):
        lengths |= {arm: length(arm) for arm in in_pairs(line, tasks)}
    alone = {arm.tasks: one for arm, one in lengths.items()}
    epochs = {
        arm: shared_epochs([alone[task,] for task in arm.tasks], own)
        for arm, own in lengths.items()
        if len(arm.tasks) > 1 and own.epochs
    }
    if settings.budget == "steps":
        epochs |= dict(_as_many_steps(lengths, epochs, replace(line, tasks=tasks)))
    for arm, count in epochs.items():
        works[arm, None] = works[arm, None].times(count / lengths[arm].epochs)
    return Entrants(lengths, epochs, works)


def _as_many_steps(
    lengths: Mapping[Contender, Length], epochs: Mapping[Contender, int], whole: Contender
) -> Iterator[tuple[Contender, int]]:
    """Yield (model, number of epochs in which it takes as many optimiser steps as ``whole``).

    ``whole`` is the shared model of all tasks; the models are those of fewer tasks.
    """
    for arm, own in lengths.items():
        if arm != whole and own.epochs and whole in epochs:
            yield arm, alone_epochs(own, lengths[whole], epochs[whole])


def _derived(contender: Contender, ground: Ground, settings: Settings) -> dict[str, Any]:
    """Return ``{"length": ..., "works": ...}`` of the contender's own plan, as plain values.

    These are its training length, and its work for each number of labels per class.
    """
    strategy = strategy_named(strategy_of(contender), **augment_of(contender, settings))
    options = options_for(contender, settings)
    backbone = backbone_for(contender.backbone, strategy, options, seed=0)
    made = graft(part_for(contender, ground, settings), backbone, strategy, options, Silent())
    trained = [stage for stage in made.plan.stages if stage.head != "solve"]
    length = Length(
        rows=len(made.splits["train"]),
        epochs=sum(stage.epochs for stage in trained),
        stages=len(trained),
        lr=peak_rate(made.plan),
        batch_size=max((stage.batch_size for stage in trained), default=0),
    )
    limit = 0 if made.frozen.store is None else made.frozen.store.limit_bytes
    costs = made.frozen.costs(made.splits["train"])
    counts = {split: len(data) for split, data in made.splits.items()}
    works = {ALL: work_of(made.plan, costs, counts, limit_bytes=limit)}
    for labels, fewer in ground.fewer.items():
        few = replace(made.situation, num_train=fewer["train"], has_valid=bool(fewer.get("valid")))
        works[str(labels)] = work_of(strategy.plan(few), costs, fewer, limit_bytes=limit)
    return {"length": asdict(length), "works": {name: asdict(work) for name, work in works.items()}}


def strategy_of(contender: Contender) -> str:
    """Return the name of the strategy that the contender's runs use: ``linear_probe`` for random features."""
    return "linear_probe" if contender.strategy == RANDOM_FEATURES else contender.strategy


def part_for(contender: Contender, ground: Ground, settings: Settings, seed: int = 0) -> Prepared:
    """Return the data of a run of ``contender``: the labels of its tasks, at most ``settings.limits`` of each task."""
    prepared = ground.prepared[contender.backbone]
    if not (contender.tasks or settings.limits):
        return prepared
    dataset = limited(prepared.dataset, settings.limits, draw=seed)
    return prepared.holding(only(dataset, contender.tasks))


def options_for(contender: Contender, settings: Settings) -> RunOptions:
    """Return the options of the runs of ``contender``."""
    return run_options(settings, **ratings_of(contender, settings))


def augment_of(contender: Contender, settings: Settings) -> dict[str, Any]:
    """Return ``{"augment": ...}`` if augmentation was set and the contender takes gradient steps; else empty."""
    given = settings.augment is not None and strategy_of(contender) != "linear_probe"
    return {"augment": settings.augment} if given else {}


def ratings_of(contender: Contender, settings: Settings) -> dict[str, Any]:
    """Return ``{"ratings": ...}`` with the ratings among the contender's tasks; empty if there are none."""
    named = settings.run.get("ratings", ())
    several = (named,) if isinstance(named, str) else named
    return {"ratings": tuple(name for name in several if name in (contender.tasks or several))} if named else {}
