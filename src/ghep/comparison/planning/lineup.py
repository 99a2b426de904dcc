"""The contenders of a comparison: which models run, with which seeds, at which learning rate and for how long.

In: strategies and backbones, the data, and the settings. Out: ``Entrants``, the models of one strategy on one backbone,
and the ``Lineup`` of all of them. For data with one task an entrant is one model. For several tasks there are a
single-task model for each task and one shared model, with comparable training lengths (``sharing/budget.py``). The
derived lengths are saved in the ledger, so that an interrupted comparison continues with the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ghep.comparison.execution.ground import Ground
from ghep.comparison.execution.ledger import Ledger
from ghep.comparison.planning.grid import Cell, arms, in_pairs, lines, on_fewer
from ghep.comparison.planning.pricing import Work, work_of
from ghep.comparison.planning.search import peak_rate
from ghep.comparison.planning.settings import ALL, Settings, run_options, settings_of_way
from ghep.comparison.record import RANDOM_FEATURES, Contender, RateChoice
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


@dataclass
class Lineup:
    """The contenders that can run, and how each of them trains."""

    settings: Settings
    contenders: list[Contender] = field(default_factory=list)
    lrs: dict[Contender, float] = field(default_factory=dict)
    """Contender -> derived learning rate of the last block; no entry if nothing is trained by gradients."""
    epochs: dict[Contender, int] = field(default_factory=dict)
    """Contender -> number of epochs, for models of several tasks that train longer or shorter than their plan."""
    rates: dict[Contender, RateChoice] = field(default_factory=dict)
    """Contender -> the result of its learning-rate search."""

    def enter(self, found: Entrants) -> None:
        """Add the models of one strategy on one backbone."""
        self.contenders += found.lengths
        self.lrs |= {contender: length.lr for contender, length in found.lengths.items() if length.lr > 0}
        self.epochs |= found.epochs

    def groups(self) -> list[tuple[Cell, ...]]:
        """Return the runs in groups; the runs of a group are made together or not at all."""
        found: list[tuple[Cell, ...]] = []
        for line in lines(self.contenders).values():
            # The shared model first: the others reuse its pass through frozen blocks, by one engine.
            models = sorted(line, key=lambda one: -len(one.tasks))
            for seed in range(self.settings.seeds):
                varying = [one for one in models if seed == 0 or self._varies(one)]
                found += [tuple(Cell(one, seed) for one in varying)] if varying else []
        fewer = [one for one in self.contenders if one.strategy != RANDOM_FEATURES]
        return found + [(cell,) for cell in on_fewer(fewer, self.settings.labels, self.settings.seeds)]

    def _varies(self, contender: Contender) -> bool:
        """Whether the contender's results depend on the seed.

        They do not for a head that is solved on pretrained features with all labels.
        """
        drawn = any(task in (contender.tasks or self.settings.limits) for task in self.settings.limits)
        return drawn or contender in self.lrs or contender.strategy == RANDOM_FEATURES

    def cells(self) -> Iterator[Cell]:
        """Yield every run that the comparison may have made, whether it is finished or not: all labels first."""
        for seed in range(self.settings.seeds):
            yield from (Cell(contender, seed) for contender in self.contenders)
        for labels in self.settings.labels:
            for draw in range(self.settings.seeds):
                yield from (Cell(contender, draw, labels, draw) for contender in self.contenders)

    def settings_of(self, cell: Cell) -> dict[str, Any]:
        """Return the settings of the run of ``cell`` that replace the values derived by its strategy."""
        default = with_default_sharing(cell.contender)
        given = {**augment_of(cell.contender, self.settings), **settings_of_way(cell.contender.sharing)}
        choice = self.rates.get(default)
        if choice is not None and choice.chosen != 1.0:
            given["lr"] = choice.chosen * self.lrs[default]
        if cell.labels is None and default in self.epochs:
            given["epochs"] = self.epochs[default]
        return given


def with_default_sharing(contender: Contender) -> Contender:
    """Return the same model with the default sharing strategy."""
    return replace(contender, sharing="")


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
    probe = "linear_probe" in (contender.plain_strategy, strategy_of(contender))
    given = settings.augment is not None and not probe
    return {"augment": settings.augment} if given else {}


def ratings_of(contender: Contender, settings: Settings) -> dict[str, Any]:
    """Return ``{"ratings": ...}`` with the ratings among the contender's tasks; empty if there are none."""
    named = settings.run.get("ratings", ())
    several = (named,) if isinstance(named, str) else named
    return {"ratings": tuple(name for name in several if name in (contender.tasks or several))} if named else {}
