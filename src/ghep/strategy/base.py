"""The contract of a strategy: hyper-parameters in, a plan (a list of stages, with reasons) out.

Fields left at None are derived from the data and the backbone (``derive.py``). The plan's reasons list every derived
value; given values are used unchanged.
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
from ghep.messages import text_of
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
from ghep.training.stage import Keep, ObjectiveSettings, OptimSettings, Stage
from ghep.types import Finding

MOST_STAGES = 20
"""Most stages of a plan that a notebook shows."""


@dataclass(frozen=True)
class Interpolation:
    """Between the solved head on the pretrained blocks and the fine-tuned weights, after training (``wise.py``)."""

    solve: Stage
    """The stage that solves the head."""
    alpha: float | None = None
    """Where between the two: 0 is the solved head, 1 the fine-tuned weights; None: chosen on valid."""

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return {"alpha": self.alpha, "class_weights": self.solve.objective.class_weights}


@dataclass(frozen=True)
class Plan:
    """The stages that a strategy makes for this data and backbone, before anything runs."""

    strategy: str
    stages: tuple[Stage, ...]
    reasons: tuple[str, ...]
    """Sentences that say where each value is from: given by the user, or derived by a rule."""
    findings: tuple[Finding, ...] = ()
    """Findings about settings that have no effect for this data and backbone."""
    interpolation: Interpolation | None = None
    """What follows the last stage; None: nothing."""

    def _repr_html_(self) -> str:
        return html.or_text(_plan_html, self)


def _plan_html(plan: Plan) -> str:
    """Return HTML for a notebook: the stages as a table, the reasons and the findings."""
    header = tuple(
        text and text_of(text)
        for text in (
            "",
            "plan-column-stage",
            "plan-column-frozen",
            "",
            "plan-column-rates",
            "plan-column-head",
            "plan-column-epochs",
            "plan-column-batch-size",
        )
    )
    rows = [(number, *_cells(stage)) for number, stage in enumerate(plan.stages[:MOST_STAGES], 1)]
    left = len(plan.stages) - len(rows)
    return html.frame(
        html.heading(plan.strategy, text_of("plan-stages", count=len(plan.stages))),
        html.table(header, rows, numbers=(0, 2, 6, 7), wrapped=(4,)),
        html.faint(text_of("plan-more-stages", count=left)) if left else "",
        html.bullets(plan.reasons),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in plan.findings),
    )


def _cells(stage: Stage) -> tuple[object, ...]:
    blocks = len(stage.lrs)
    frozen = text_of("plan-frozen", frozen=stage.frozen_blocks, blocks=blocks)
    bar = html.bar(stage.frozen_blocks / blocks) if blocks else ""
    if stage.head == "solve":
        return stage.name, frozen, bar, "", text_of("plan-head-solved"), "", ""
    rates = [lr for lr in stage.lrs if lr > 0]
    text = _between(min(rates), max(rates)) if rates else ""
    if stage.adapters is not None:
        text = text_of("plan-adapters", rank=stage.adapters.rank, rates=text)
    return stage.name, frozen, bar, text, f"{stage.head_lr:.1e}", stage.epochs, stage.batch_size


def _between(low: float, high: float) -> str:
    return f"{low:.1e}" if low == high else text_of("plan-rates", low=f"{low:.1e}", high=f"{high:.1e}")


SCHEDULES = ("cosine", "triangular", "constant")
BATCH_NORM = ("auto", "keep", "update", "reestimate")
KEEP = ("none", "wise", "l2sp", "lwf")
KEEP_WEIGHTS = {"l2sp": 0.01, "lwf": 1.0}
"""Usual weights of the terms that are added to the loss: those of the papers (``training/keep.py``)."""
VARIANTS = {**{keep: ("keep", keep) for keep in KEEP[1:]}, "reestimate": ("batch_norm", "reestimate")}
"""What may follow the name of a strategy after a plus sign, with the setting it stands for: ``full+wise``. So one
comparison can have a strategy with several values of a setting."""
REESTIMATE = "+reestimate"
SHARED = ("mixing", "weighting", "task_weights", "surgery")
"""Settings that have an effect only with several tasks."""


@dataclass(frozen=True, kw_only=True)
class Strategy(ABC):
    """The hyper-parameters that all strategies share; None means that the value is derived."""

    epochs: int | None = setting(None, whole(1), panel=COMMON)
    """Passes over the training data, in all stages together."""
    batch_size: int | None = setting(None, whole(1), panel=LEARNING)
    lr: float | None = setting(None, above(0), panel=COMMON)
    """Peak learning rate of the last block; each earlier block has ``layer_decay`` times the rate of the next."""
    head_lr: float | None = setting(None, above(0), panel=LEARNING)
    """Peak learning rate of the head; 4 times ``lr`` unless given, because the head starts from zero."""
    layer_decay: float | None = setting(None, within(0, 1, without=(0,)), panel=LEARNING)
    optimizer: Literal["adamw", "sgd"] = setting("adamw", choices=("adamw", "sgd"), panel=LEARNING)
    weight_decay: float | None = setting(None, within(0, without=(inf,)), panel=LEARNING)
    momentum: float = setting(0.9, within(0, 1, without=(1,)), panel=LEARNING)
    warmup: float = setting(0.1, within(0, 1), panel=LEARNING)
    schedule: Literal["cosine", "triangular", "constant"] = setting("cosine", choices=SCHEDULES, panel=LEARNING)
    """``triangular`` rises and falls linearly (Howard and Ruder 2018, arXiv:1801.06146, section 3.3)."""
    clip_norm: float = setting(1.0, within(0), panel=LEARNING)
    ema_decay: float = setting(0.0, within(0, 1, without=(1,)), panel=LEARNING)
    label_smoothing: float = setting(0.0, within(0, 1, without=(1,)), panel=LEARNING)
    mixup: float | None = setting(None, within(0, without=(inf,)), panel=LEARNING)
    cutmix: float = setting(0.0, within(0, without=(inf,)), panel=LEARNING)
    class_weights: bool = setting(False, is_bool, panel=LEARNING)
    batch_norm: Literal["auto", "keep", "update", "reestimate"] = setting("auto", choices=BATCH_NORM, panel=LEARNING)
    """BatchNorm statistics in trained blocks: keep the pretrained ones, or normalise by each batch and update them.
    auto keeps the pretrained statistics if the head was solved first, because the head was solved on features that were
    normalised by them, and with ``keep="lwf"``, because the answers to be kept were. reestimate replaces the statistics
    of all blocks by those of the training images before anything else (``guards/mismatch.py``); from then on it is
    auto, with the new statistics in place of the pretrained ones."""
    augment: str | None = setting(None, choices=tuple(AUGMENTS), panel=LEARNING)
    """Augmentation; derived: ``usual_augment``, or none if examples have one view only, as texts do."""
    views: int | None = setting(None, whole(0), panel=LEARNING)
    """With frozen blocks: augmented views of each example, used in turn; 0: a new one in every epoch."""
    patience: int | None = setting(None, whole(0), panel=LEARNING)
    keep: Literal["none", "wise", "l2sp", "lwf"] = setting("none", choices=KEEP, panel=LEARNING)
    """How fine-tuning keeps what the backbone learnt from its source data. wise interpolates between the solved head on
    the pretrained blocks and the fine-tuned weights (``wise.py``); l2sp and lwf add a term to the loss
    (``training/keep.py``)."""
    keep_alpha: float | None = setting(None, within(0, 1), panel=LEARNING)
    """With wise: 0 is the solved head on the pretrained blocks, 1 the fine-tuned weights; None: chosen on valid."""
    keep_weight: float | None = setting(None, above(0), panel=LEARNING)
    """Weight of the term of l2sp or lwf; None: ``KEEP_WEIGHTS``."""
    mixing: Mixing = setting("proportional", choices=get_args(Mixing), panel=TASKS)
    """With several tasks: how the share of rows grows with a task's n labels: n, 1, n^(1/2) or n^(1/temperature)."""
    mixing_temperature: float = setting(2.0, within(1, without=(inf,)), panel=TASKS)
    weighting: Weighting = setting("fixed", choices=get_args(Weighting), panel=TASKS)
    """How the tasks' losses are weighted; ``multitask/`` has one file per method, with its paper."""
    task_weights: Mapping[str, float] | None = setting(
        None, numbers_by_name, flags=("--task-weight",), by_name=True, metavar="NAME=NUMBER", panel=TASKS
    )
    """Weights of the fixed weighting; 1 for a task that is not named."""
    surgery: Surgery = setting("none", choices=get_args(Surgery), panel=TASKS)
    """How the tasks' gradients of the shared parameters are changed before they are summed."""

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    uses_pretrained: ClassVar[bool] = True
    solves_first: ClassVar[bool] = False
    """Whether the plan begins with a solved head."""
    usual_augment: ClassVar[str] = "light"
    keeps: ClassVar[tuple[str, ...]] = ("wise", "l2sp", "lwf")
    """The values of ``keep`` that the strategy can carry out."""

    def __post_init__(self) -> None:
        wrong = refusals(settings_of(type(self)), vars(self))
        if wrong:
            raise ConfigError("strategy-settings-refused", strategy=self.name, wrong=wrong)
        if self.keep not in ("none", *self.keeps):
            raise ConfigError("keep-not-with-strategy", keep=self.keep, strategy=self.name)
        if self.keep == "lwf" and (self.mixup or self.cutmix):
            raise ConfigError("keep-lwf-blends")

    @property
    def called(self) -> str:
        """The name with the ``VARIANTS`` that the settings amount to, such as ``full+wise``."""
        variants = [name for name, (setting, value) in VARIANTS.items() if getattr(self, setting) == value]
        return "+".join((self.name, *variants))

    @property
    def summary(self) -> str:
        """A one-line description of the strategy."""
        return text_of("strategy-summary", strategy=self.name)

    @abstractmethod
    def plan(self, situation: Situation) -> Plan:
        """Return the stages for ``situation``, with reasons. Raises ConfigError for settings that cannot be used."""

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
            keep=Keep(self.keep, self._keep_weight) if self.keep in ("l2sp", "lwf") else None,
        )

    def planned(
        self, stages: Sequence[Stage], reasons: Reasons, situation: Situation, *, findings: Sequence[Finding] = ()
    ) -> Plan:
        """Return the plan of ``stages`` and of what follows them (``keep``), with all reasons and findings."""
        interpolation = self._interpolation(situation, reasons)
        found = (*findings, *self.unused(situation))
        return Plan(self.name, tuple(stages), tuple(reasons.lines), found, interpolation)

    def _interpolation(self, situation: Situation, reasons: Reasons) -> Interpolation | None:
        """Return what follows the last stage with ``keep=wise``, else None; add the reason of ``keep`` to ``reasons``.

        Raises ConfigError where nothing can be kept: random weights, or a head that cannot be solved.
        """
        if self.keep == "none":
            return None
        if not situation.pretrained:
            raise ConfigError("keep-random-weights", keep=self.keep)
        if self.keep == "wise" and not situation.linear_heads:
            raise ConfigError("keep-wise-needs-linear-head")
        values = {"weight": self._keep_weight, "alpha": self.keep_alpha or 0.0}
        given = "no" if self.keep_alpha is None else "yes"
        reasons.lines.append(text_of("reason-keep", method=self.keep, given=given, **values))
        solve = solve_stage(len(situation.blocks), class_weights=self.class_weights)
        return Interpolation(solve, self.keep_alpha) if self.keep == "wise" else None

    @property
    def _keep_weight(self) -> float:
        return KEEP_WEIGHTS.get(self.keep, 0.0) if self.keep_weight is None else self.keep_weight

    def unused(self, situation: Situation) -> tuple[Finding, ...]:
        """Return findings that name the given settings without effect in ``situation``."""
        found = []
        views = {"augment": (self.augment or "none") != "none", "views": bool(self.views)}
        if not situation.views and any(views.values()):
            given = [f"{name}={getattr(self, name)}" for name in views if views[name]]
            found.append(_settings_unused(given, "views"))
        blends = {"mixup": bool(self.mixup), "cutmix": self.cutmix > 0}
        if not situation.blends and any(blends.values()):
            given = [f"{name}={getattr(self, name):g}" for name in blends if blends[name]]
            found.append(_settings_unused(given, "blends"))
        if self.batch_norm == "reestimate" and not situation.batch_norm:
            found.append(_settings_unused(["batch_norm=reestimate"], "no-batch-norm"))
        shared = [name for name in SHARED if getattr(self, name) != getattr(type(self), name)]
        if shared and len(situation.tasks) < 2:
            found.append(_settings_unused([f"{name}={getattr(self, name)}" for name in shared], "tasks"))
        kept = {"keep_alpha": self.keep != "wise", "keep_weight": self.keep not in KEEP_WEIGHTS}
        given = [f"{name}={getattr(self, name):g}" for name in kept if kept[name] and getattr(self, name) is not None]
        if given:
            unused = {"settings": given, "keep": self.keep}
            found.append(Finding.of("settings-unused", "warning", message="keep-settings-unused", **unused))
        return tuple(found)

    def _sharing(self, situation: Situation) -> Sharing:
        if len(situation.tasks) < 2:
            return Sharing()
        weights = self.task_weights or {}
        unknown = [task for task in weights if task not in situation.tasks]
        if unknown:
            hint = did_you_mean(unknown[0], situation.tasks)
            raise ConfigError("task-weights-unknown-task", tasks=unknown, count=len(unknown), hint=hint)
        if weights and self.weighting != "fixed":
            raise ConfigError("task-weights-not-fixed", weighting=self.weighting)
        ordered = tuple((task, float(weights[task])) for task in situation.tasks if task in weights)
        return Sharing(self.mixing, self.mixing_temperature, self.weighting, ordered, self.surgery)

    def _augment(self, situation: Situation) -> str:
        wanted = self.usual_augment if self.augment is None else self.augment
        return wanted if situation.views else "none"

    def _keeps_statistics(self, situation: Situation) -> bool:
        by_strategy = self.batch_norm in ("auto", "reestimate")
        keep = (self.solves_first or self.keep == "lwf") if by_strategy else self.batch_norm == "keep"
        return keep and situation.batch_norm

    def _views(self, lrs: Sequence[float]) -> int:
        """Return the number of cached views of a stage: 0 if no block is frozen, because nothing can be cached then."""
        if lrs[0] > 0:
            return 0
        return derive.VIEWS if self.views is None else self.views


def _settings_unused(given: list[str], cause: str) -> Finding:
    return Finding.of("settings-unused", "warning", settings=given, cause=cause)


class Reasons:
    """Collects where each value of a plan is from: given by the user, or derived."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def take(self, given: float | None, derived: Derived, setting: str) -> float:
        """Return ``given``, or the derived value if ``given`` is None; add the reason to ``lines``.

        ``setting`` is a key of the message ``reason-given``.
        """
        reason = derived.reason if given is None else text_of("reason-given", setting=setting, value=given)
        self.lines.append(reason)
        return derived.value if given is None else given


def discriminative(lr: float, decay: float, blocks: int, *, frozen: int = 0) -> list[float]:
    """Return one learning rate per block, input first: 0 for the first ``frozen`` blocks, ``lr`` for the last block.

    Each block between them has ``decay`` times the rate of the block after it.

    Howard and Ruder 2018 (arXiv:1801.06146), section 3.2.
    """
    return [0.0 if index < frozen else lr * decay ** (blocks - 1 - index) for index in range(blocks)]


def solve_stage(blocks: int, *, class_weights: bool, name: str = "probe") -> Stage:
    """Return the stage in which all blocks are frozen and the head is solved to convergence."""
    return Stage(name, (0.0,) * blocks, head="solve", objective=ObjectiveSettings(class_weights=class_weights))


def fine_tune_values(
    strategy: Strategy, situation: Situation, reasons: Reasons, *, frozen_blocks: int = 0
) -> tuple[int, float, float, float]:
    """Return (batch size, lr, head lr, layer decay) for a strategy that trains the blocks after ``frozen_blocks``."""
    derived = derive.batch_size(situation, frozen_blocks=frozen_blocks)
    size = int(reasons.take(strategy.batch_size, derived, "batch-size"))
    lr = reasons.take(strategy.lr, derive.fine_tune_lr(situation, strategy.optimizer), "lr")
    decay = reasons.take(strategy.layer_decay, derive.layer_decay(situation, frozen_blocks), "layer-decay")
    head_lr = strategy.head_lr if strategy.head_lr is not None else 4 * lr
    return size, lr, head_lr, decay


def build(strategies: dict[str, type[Strategy]], name: str, settings: dict[str, Any]) -> Strategy:
    """Return the strategy ``name`` (or an alias) with ``settings``, and those that its ``VARIANTS`` stand for.

    Raises ConfigError for an unknown name, variant or setting, and for a setting that differs from a variant's.
    """
    by_name = {alias: kind for kind in strategies.values() for alias in (kind.name, *kind.aliases)}
    key, *variants = name.replace("-", "_").lower().split("+")
    for variant in variants:
        if variant not in VARIANTS:
            raise ConfigError("unknown-variant", name=name, variant=variant, hint=did_you_mean(variant, VARIANTS))
        setting, value = VARIANTS[variant]
        if settings.get(setting, value) != value:
            raise ConfigError("variant-and-setting", name=name, setting=setting, value=settings[setting])
        settings = {**settings, setting: value}
    if key not in by_name:
        raise ConfigError("unknown-strategy", name=name, hint=did_you_mean(key, by_name))
    kind = by_name[key]
    fields = {field.name for field in dataclasses.fields(kind)}
    unknown = [setting for setting in settings if setting not in fields]
    if unknown:
        hints = [str(did_you_mean(one, sorted(fields))) for one in unknown]
        raise ConfigError(
            "unknown-strategy-settings", strategy=kind.name, settings=unknown, count=len(unknown), hints=hints
        )
    return kind(**settings)
