"""The contract of a strategy: hyper-parameters in, a plan (a list of stages with its reasons) out.

Fields left at None are derived from the data and the backbone (``derive.py``); what was derived is in the plan's
reasons, what was given is taken as it is.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, Literal, get_args

from ghep.data.image.augment import AUGMENTS
from ghep.display import html
from ghep.errors import ConfigError, did_you_mean
from ghep.multitask.settings import Mixing, Sharing, Surgery, Weighting
from ghep.setting import (
    COMMON,
    LEARNING,
    TASKS,
    above,
    is_bool,
    numbers_by_name,
    refusals,
    setting,
    settings_of,
    whole,
    within,
)
from ghep.strategy import derive
from ghep.strategy.derive import Derived, Situation
from ghep.training.stage import ObjectiveSettings, OptimSettings, Stage
from ghep.types import Finding

MOST_STAGES = 20
"""That a notebook shows of a plan."""


@dataclass(frozen=True)
class Plan:
    """What will be done, before it is done."""

    strategy: str
    stages: tuple[Stage, ...]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    """What of the settings could not be followed."""

    def _repr_html_(self) -> str:
        return html.or_text(_plan_html, self)


def _plan_html(plan: Plan) -> str:
    """Return what a notebook shows: the stages as a table, and the reasons."""
    count = f"{len(plan.stages)} {'stage' if len(plan.stages) == 1 else 'stages'}"
    header = ("", "stage", "frozen blocks", "", "learning rates", "head", "epochs", "batch size")
    rows = [(place, *_cells(stage)) for place, stage in enumerate(plan.stages[:MOST_STAGES], 1)]
    left = len(plan.stages) - len(rows)
    return html.frame(
        html.heading(plan.strategy, count),
        html.table(header, rows, numbers=(0, 2, 6, 7), wrapped=(4,)),
        html.faint(f"and {left} more stages") if left else "",
        html.bullets(plan.reasons),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in plan.findings),
    )


def _cells(stage: Stage) -> tuple[object, ...]:
    total = len(stage.lrs)
    frozen = f"{stage.frozen_blocks} of {total}", html.bar(stage.frozen_blocks / total) if total else ""
    if stage.head == "solve":
        return stage.name, *frozen, "", "solved on features", "", ""
    moving = [lr for lr in stage.lrs if lr > 0]
    rates = _between(min(moving), max(moving)) if moving else ""
    if stage.adapters is not None:
        rates = f"adapters of rank {stage.adapters.rank}, {rates}"
    return stage.name, *frozen, rates, f"{stage.head_lr:.1e}", stage.epochs, stage.batch_size


def _between(low: float, high: float) -> str:
    return f"{low:.1e}" if low == high else f"{low:.1e} to {high:.1e}"


SHARED = ("mixing", "weighting", "task_weights", "surgery")
"""Settings that say something only where there are several tasks."""


SCHEDULES = ("cosine", "triangular", "constant")
SHARED = ("mixing", "weighting", "task_weights", "surgery")
"""Settings that need several tasks."""


@dataclass(frozen=True, kw_only=True)
class Strategy(ABC):
    """Hyper-parameters every strategy knows; None is derived."""

    epochs: int | None = setting(None, whole(1), panel=COMMON)
    """Passes over the training data, all stages together."""
    batch_size: int | None = setting(None, whole(1), panel=LEARNING)
    lr: float | None = setting(None, above(0), panel=COMMON)
    """Peak rate of the last block; earlier blocks move at ``layer_decay`` of the next one's."""
    head_lr: float | None = setting(None, above(0), panel=LEARNING)
    """Peak rate of the head; 4 times ``lr`` unless given: the head starts from zero, the blocks do not."""
    layer_decay: float | None = setting(None, within(0, 1, without=(0,)), panel=LEARNING)
    optimizer: Literal["adamw", "sgd"] = setting("adamw", choices=("adamw", "sgd"), panel=LEARNING)
    weight_decay: float | None = setting(None, within(0, without=(inf,)), panel=LEARNING)
    momentum: float = setting(0.9, within(0, 1, without=(1,)), panel=LEARNING)
    warmup: float = setting(0.1, within(0, 1), panel=LEARNING)
    schedule: Literal["cosine", "triangular", "constant"] = setting("cosine", choices=SCHEDULES, panel=LEARNING)
    """``triangular`` rises and falls in straight lines (Howard and Ruder 2018, arXiv:1801.06146, section 3.3)."""
    clip_norm: float = setting(1.0, within(0), panel=LEARNING)
    ema_decay: float = setting(0.0, within(0, 1, without=(1,)), panel=LEARNING)
    label_smoothing: float = setting(0.0, within(0, 1, without=(1,)), panel=LEARNING)
    mixup: float | None = setting(None, within(0, without=(inf,)), panel=LEARNING)
    cutmix: float = setting(0.0, within(0, without=(inf,)), panel=LEARNING)
    class_weights: bool = setting(False, is_bool, panel=LEARNING)
    batch_norm: Literal["auto", "keep", "update"] = setting("auto", choices=("auto", "keep", "update"), panel=LEARNING)
    """Statistics of BatchNorm in thawed blocks: keep those it came with, or normalise by each batch and update them.
    auto keeps them after a solved head, which rests on features that were normalised by them."""
    augment: str | None = setting(None, choices=tuple(AUGMENTS), panel=LEARNING)
    """How views are drawn; derived: ``usual_augment``, or none where there is one view only, as of texts."""
    views: int | None = setting(None, whole(0), panel=LEARNING)
    """While blocks are frozen, this many augmented views of each example take turns; 0: a fresh one in every epoch."""
    patience: int | None = setting(None, whole(0), panel=LEARNING)
    mixing: Mixing = setting("proportional", choices=get_args(Mixing), panel=TASKS)
    """Of several tasks, whose rows come next: by their numbers of labels n, alike, by n^(1/2), by n^(1/temperature)."""
    mixing_temperature: float = setting(2.0, within(1, without=(inf,)), panel=TASKS)
    weighting: Weighting = setting("fixed", choices=get_args(Weighting), panel=TASKS)
    """How much each task's loss counts; ``multitask/`` has a file with the paper for each way."""
    task_weights: Mapping[str, float] | None = setting(
        None, numbers_by_name, flags=("--task-weight",), by_name=True, metavar="NAME=NUMBER", panel=TASKS
    )
    """Of fixed weighting; 1 for a task that is not named."""
    surgery: Surgery = setting("none", choices=get_args(Surgery), panel=TASKS)
    """What becomes of the tasks' gradients at the trunk before they are added."""

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    summary: ClassVar[str]
    uses_pretrained: ClassVar[bool] = True
    solves_first: ClassVar[bool] = False
    """Whether the plan begins with a solved head."""
    usual_augment: ClassVar[str] = "light"

    def __post_init__(self) -> None:
        wrong = refusals(settings_of(type(self)), vars(self))
        if wrong:
            raise ConfigError("strategy-settings-refused", strategy=self.name, wrong=wrong)

    @abstractmethod
    def plan(self, situation: Situation) -> Plan:
        """Return the stages for ``situation``, with reasons."""

    def stage(
        self, name: str, lrs: Sequence[float], *, epochs: int, situation: Situation, head_lr: float, size: int
    ) -> Stage:
        """Return a training stage with this strategy's settings."""
        return Stage(
            name=name,
            lrs=tuple(lrs),
            head_lr=head_lr,
            epochs=epochs,
            batch_size=size,
            augment=self._augment(situation),
            views=self._views(lrs) if situation.views else 0,
            keep_statistics=self._keeps_statistics(situation),
            patience=self.patience if self.patience is not None else max(5, epochs // 3) if situation.has_valid else 0,
            optim=OptimSettings(
                self.optimizer,
                derive.weight_decay(self.optimizer) if self.weight_decay is None else self.weight_decay,
                self.momentum,
                self.warmup,
                self.schedule,
                self.clip_norm,
                self.ema_decay,
            ),
            objective=ObjectiveSettings(
                self.label_smoothing,
                (self.mixup or 0.0) if situation.blends else 0.0,
                self.cutmix if situation.blends else 0.0,
                self.class_weights,
            ),
            sharing=self._sharing(situation),
        )

    def unfollowed(self, situation: Situation) -> tuple[Finding, ...]:
        """Name the settings that were given and that nothing can be done with here."""
        found = []
        views = {"augment": (self.augment or "none") != "none", "views": bool(self.views)}
        if not situation.views and any(views.values()):
            given = " and ".join(f"{name}={getattr(self, name)}" for name in views if views[name])
            message = f"{given} had no effect: the backbone's inputs have no augmented views"
            found.append(Finding("settings-unused", "warning", message, "leave it out, or choose augment=none"))
        blends = {"mixup": bool(self.mixup), "cutmix": self.cutmix > 0}
        if not situation.blends and any(blends.values()):
            given = " and ".join(f"{name}={getattr(self, name):g}" for name in blends if blends[name])
            message = f"{given} had no effect: the backbone's inputs cannot be blended with one another"
            found.append(Finding("settings-unused", "warning", message, "leave it out"))
        shared = [name for name in SHARED if getattr(self, name) != getattr(type(self), name)]
        if shared and len(situation.tasks) < 2:
            given = " and ".join(f"{name}={getattr(self, name)}" for name in shared)
            message = f"{given} had no effect: there is one task"
            found.append(Finding("settings-unused", "warning", message, "leave it out"))
        return tuple(found)

    def _sharing(self, situation: Situation) -> Sharing:
        if len(situation.tasks) < 2:
            return Sharing()
        weights = self.task_weights or {}
        unknown = [task for task in weights if task not in situation.tasks]
        if unknown:
            raise ConfigError(
                f"task_weights names {', '.join(unknown)}, and there is no such task",
                remedy=did_you_mean(unknown[0], situation.tasks),
            )
        if weights and self.weighting != "fixed":
            raise ConfigError(
                f"task_weights are fixed ones, and weighting={self.weighting} finds its own",
                remedy="leave one of the two out",
            )
        ordered = tuple((task, float(weights[task])) for task in situation.tasks if task in weights)
        return Sharing(self.mixing, self.mixing_temperature, self.weighting, ordered, self.surgery)

    def _augment(self, situation: Situation) -> str:
        wanted = self.usual_augment if self.augment is None else self.augment
        return wanted if situation.views else "none"

    def _keeps_statistics(self, situation: Situation) -> bool:
        keep = self.solves_first if self.batch_norm == "auto" else self.batch_norm == "keep"
        return keep and situation.batch_norm

    def _views(self, lrs: Sequence[float]) -> int:
        """Return how many views a stage keeps: none if nothing is frozen, for then there is nothing to save."""
        if lrs[0] > 0:
            return 0
        return derive.VIEWS if self.views is None else self.views


class Reasons:
    """Collects why each value is what it is: given by the user, or derived."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def take(self, given: float | None, derived: Derived, what: str) -> float:
        """Return ``given`` if there is one, else the derived value; note the reason."""
        self.lines.append(f"{what} {given:g}: given" if given is not None else derived.reason)
        return derived.value if given is None else given


def discriminative(lr: float, decay: float, blocks: int, *, frozen: int = 0) -> list[float]:
    """Return one rate per block, the last at ``lr``, each before it at ``decay`` of the next; frozen ones at 0.

    Howard and Ruder 2018 (arXiv:1801.06146), section 3.2.
    """
    return [0.0 if index < frozen else lr * decay ** (blocks - 1 - index) for index in range(blocks)]


def solve_stage(blocks: int, *, class_weights: bool, name: str = "probe") -> Stage:
    """Return the stage in which everything is frozen and the head is solved to convergence."""
    return Stage(name, (0.0,) * blocks, head="solve", objective=ObjectiveSettings(class_weights=class_weights))


def fine_tune_values(
    strategy: Strategy, situation: Situation, reasons: Reasons, *, frozen_blocks: int = 0
) -> tuple[int, float, float, float]:
    """Return (batch size, lr, head lr, layer decay) for a strategy that trains what follows ``frozen_blocks``."""
    derived = derive.batch_size(situation, frozen_blocks=frozen_blocks)
    size = int(reasons.take(strategy.batch_size, derived, "batch size"))
    lr = reasons.take(strategy.lr, derive.fine_tune_lr(situation, strategy.optimizer), "rate")
    decay = reasons.take(strategy.layer_decay, derive.layer_decay(situation), "layer decay")
    head_lr = strategy.head_lr if strategy.head_lr is not None else 4 * lr
    return size, lr, head_lr, decay


def build(strategies: dict[str, type[Strategy]], name: str, settings: dict[str, Any]) -> Strategy:
    """Return the strategy called ``name`` (or an alias) with ``settings``; unknown names and keys are errors."""
    by_name = {alias: kind for kind in strategies.values() for alias in (kind.name, *kind.aliases)}
    key = name.replace("-", "_").lower()
    if key not in by_name:
        raise ConfigError(f'no strategy is called "{name}"', remedy=did_you_mean(key, by_name))
    kind = by_name[key]
    fields = {field.name for field in dataclasses.fields(kind)}
    unknown = [setting for setting in settings if setting not in fields]
    if unknown:
        raise ConfigError(
            f"{kind.name} has no setting {', '.join(unknown)}",
            remedy="; ".join(str(did_you_mean(one, sorted(fields))) for one in unknown),
        )
    return kind(**settings)
