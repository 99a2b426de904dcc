"""The strategies. Each one's ``plan`` is its definition: read it as a table of who moves when."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ghep.errors import ConfigError
from ghep.model.targets import ATTENTION, is_named, matching
from ghep.setting import LEARNING, above, are_names, setting, whole, within
from ghep.strategy import derive
from ghep.strategy.base import SCHEDULES, Plan, Reasons, Strategy, build, discriminative, fine_tune_values, solve_stage
from ghep.strategy.derive import Situation
from ghep.training.stage import Adapters
from ghep.types import Finding


@dataclass(frozen=True, kw_only=True)
class LinearProbe(Strategy):
    """Freeze everything; solve a linear head on the features. One pass over the data."""

    name: ClassVar[str] = "linear_probe"
    aliases: ClassVar[tuple[str, ...]] = ("feature_extraction", "probe", "freeze")
    summary: ClassVar[str] = "all blocks frozen, a linear head solved on their features"

    def plan(self, situation: Situation) -> Plan:
        """One stage, no epochs."""
        stage = solve_stage(len(situation.blocks), class_weights=self.class_weights)
        reason = "the head is a convex problem: solved to convergence, its regularisation chosen on valid"
        return Plan(self.name, (stage,), (reason,), self._unused())

    def _unused(self) -> tuple[Finding, ...]:
        """Name the settings of gradient training that were given: there is none here."""
        given = [
            field.name
            for field in dataclasses.fields(self)
            if field.name != "class_weights" and getattr(self, field.name) != field.default
        ]
        if not given:
            return ()
        message = f"linear_probe solves its head and takes no steps: {', '.join(given)} had no effect"
        return (Finding("settings-unused", "warning", message, "leave them out, or choose light, full or lp_ft"),)


@dataclass(frozen=True, kw_only=True)
class Light(Strategy):
    """Freeze the first blocks, fine-tune the last ones and the head."""

    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """How many leading blocks stand still; derived: all but the last quarter."""

    name: ClassVar[str] = "light"
    aliases: ClassVar[tuple[str, ...]] = ("light_fine_tuning", "partial")
    summary: ClassVar[str] = "the first blocks frozen, the last quarter and the head fine-tuned"

    def plan(self, situation: Situation) -> Plan:
        """One stage with k leading blocks at rate 0."""
        reasons, count = Reasons(), len(situation.blocks)
        tuned = reasons.take(
            None if self.frozen_blocks is None else count - self.frozen_blocks,
            derive.blocks_to_tune(situation),
            "moving blocks",
        )
        frozen = count - int(tuned)
        if not 0 <= frozen <= count:
            raise ConfigError(
                f"frozen_blocks={self.frozen_blocks}, but the backbone has {count} blocks",
                remedy=f"choose 0 to {count}",
            )
        size, lr, head_lr, decay = fine_tune_values(self, situation, reasons, frozen_blocks=frozen)
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=160, fewest=4, most=30), "epochs"))
        lrs = discriminative(lr, decay, count, frozen=frozen)
        return Plan(
            self.name,
            (self.stage("light", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size),),
            tuple(reasons.lines),
            self.unfollowed(situation),
        )


@dataclass(frozen=True, kw_only=True)
class Full(Strategy):
    """Fine-tune everything at once, each block at its own rate."""

    name: ClassVar[str] = "full"
    aliases: ClassVar[tuple[str, ...]] = ("full_fine_tuning", "fine_tune")
    summary: ClassVar[str] = "all blocks fine-tuned together, nearer to the input slower"

    def plan(self, situation: Situation) -> Plan:
        """One stage, nothing frozen."""
        reasons = Reasons()
        size, lr, head_lr, decay = fine_tune_values(self, situation, reasons)
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=160, fewest=3, most=30), "epochs"))
        lrs = discriminative(lr, decay, len(situation.blocks))
        return Plan(
            self.name,
            (self.stage("full", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size),),
            tuple(reasons.lines),
            self.unfollowed(situation),
        )


@dataclass(frozen=True, kw_only=True)
class Progressive(Strategy):
    """Solve the head, then thaw one more block per stage, from the head down.

    ULMFiT (Howard and Ruder 2018, arXiv:1801.06146, section 3.3) with two differences: the head is solved instead of
    trained first, and each block moves at ``layer_decay`` of the next one's rate, derived, where theirs is 1 / 2.6.
    """

    schedule: Literal["cosine", "triangular", "constant"] = setting("triangular", choices=SCHEDULES, panel=LEARNING)
    """Theirs: each stage rises and falls once."""
    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """How many leading blocks never thaw; derived."""

    name: ClassVar[str] = "progressive"
    aliases: ClassVar[tuple[str, ...]] = ("gradual", "progressive_unfreezing")
    summary: ClassVar[str] = "the head first, then one more block per stage"
    solves_first: ClassVar[bool] = True

    def plan(self, situation: Situation) -> Plan:
        """One epoch per stage, what is left of the epochs in the last stage, with all thawed that ever is."""
        reasons, count = Reasons(), len(situation.blocks)
        still = _still(self.frozen_blocks, situation, reasons)
        moving = count - still
        size, lr, _, decay = fine_tune_values(self, situation, reasons, frozen_blocks=still)
        # The head is solved already: it moves at the last block's rate, not at four times that, as from zero.
        head_lr = self.head_lr if self.head_lr is not None else lr
        total = int(
            reasons.take(
                self.epochs, derive.epochs(situation, size, steps=160, fewest=moving + 1, most=moving + 4), "epochs"
            )
        )
        stages = [solve_stage(count, class_weights=self.class_weights)]
        for thawed in range(1, moving + 1):
            epochs = 1 if thawed < moving else max(1, total - (moving - 1))
            lrs = discriminative(lr, decay, count, frozen=count - thawed)
            stages.append(
                self.stage(f"thaw {thawed}", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size)
            )
        reasons.lines.append(f"{moving} stages of one epoch, each thaws one more block; the last one takes the rest")
        findings = (*_too_few(total, moving), *self.unfollowed(situation))
        return Plan(self.name, tuple(stages), tuple(reasons.lines), findings)


def _still(given: int | None, situation: Situation, reasons: Reasons) -> int:
    """Return how many leading blocks never move after a solved head."""
    still = int(reasons.take(given, derive.blocks_left_frozen(situation), "blocks left frozen"))
    count = len(situation.blocks)
    if still >= count:
        raise ConfigError(
            f"frozen_blocks={still} leaves none of {count} blocks to fine-tune", remedy=f"choose 0 to {count - 1}"
        )
    return still


def _too_few(epochs: int, blocks: int) -> tuple[Finding, ...]:
    if epochs >= blocks:
        return ()
    message = f"progressive needs an epoch for each of {blocks} blocks: it takes {blocks} epochs instead of {epochs}"
    return (Finding("epochs-too-few", "warning", message, "choose light or lp_ft for a shorter run"),)


@dataclass(frozen=True, kw_only=True)
class ProbeThenTune(Strategy):
    """Solve the head, then fine-tune gently (LP-FT, Kumar et al. 2022, arXiv:2202.10054: there every block)."""

    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """How many leading blocks stand still all the same; derived."""

    name: ClassVar[str] = "lp_ft"
    aliases: ClassVar[tuple[str, ...]] = ("probe_then_tune", "lpft")
    summary: ClassVar[str] = "the head solved first, then fine-tuned gently with the blocks under it"
    solves_first: ClassVar[bool] = True

    def plan(self, situation: Situation) -> Plan:
        """Two stages: solve, then all that ever thaws at half the rate of ``full``."""
        reasons = Reasons()
        still = _still(self.frozen_blocks, situation, reasons)
        size, lr, _, decay = fine_tune_values(self, situation, reasons, frozen_blocks=still)
        lr = lr if self.lr is not None else lr / 2
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=120, fewest=3, most=8), "epochs"))
        reasons.lines.append(
            "a solved head needs no large steps: half the rate of full fine-tuning, the head at that rate too"
        )
        lrs = discriminative(lr, decay, len(situation.blocks), frozen=still)
        head_lr = self.head_lr if self.head_lr is not None else lr
        stages = (
            solve_stage(len(situation.blocks), class_weights=self.class_weights),
            self.stage("tune", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size),
        )
        return Plan(self.name, stages, tuple(reasons.lines), self.unfollowed(situation))


@dataclass(frozen=True, kw_only=True)
class LowRank(Strategy):
    """Leave every weight as it is and learn changes of low rank beside some of them (LoRA, arXiv:2106.09685).

    Beside the attention's, as in the paper; in a convolutional network that has none, beside every linear layer of the
    last blocks and every convolution but for depthwise and other grouped ones.

    The head starts from zero, as in the paper, and is not solved first: a zero head sends no gradient down in its first
    step, so it has begun to make sense before the adapters move, and both then settle together.
    """

    rank: int = setting(8, whole(1), panel=LEARNING)
    """Of the two matrices; the paper finds 4 to 8 as good as 64 (section 7.2)."""
    alpha: float = setting(16.0, above(0), panel=LEARNING)
    """Changes count ``alpha / rank`` times."""
    targets: Sequence[str] | str | None = setting(None, are_names, flags=("--target",), several=True, panel=LEARNING)
    """Names of the layers to adapt, linear or convolutional; derived: the attention's queries and values, under the
    names that families give them, or all that a convolutional network has in its last blocks."""
    dropout: float = setting(0.0, within(0, 1, without=(1,)), panel=LEARNING)
    """Of what goes into an adapter."""
    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """How many leading blocks get no adapters; derived: none beside attention, as in lp_ft beside convolutions."""

    name: ClassVar[str] = "lora"
    aliases: ClassVar[tuple[str, ...]] = ("low_rank", "adapters")
    summary: ClassVar[str] = "every weight frozen; changes of low rank beside attention or convolutions, and the head"

    def plan(self, situation: Situation) -> Plan:
        """One stage; blocks before the first layer that is adapted are frozen ones like any other's."""
        reasons, count = Reasons(), len(situation.blocks)
        frozen, targets = self._adapted(situation, reasons)
        size = int(reasons.take(self.batch_size, derive.batch_size(situation, frozen_blocks=frozen), "batch size"))
        lr = reasons.take(self.lr, derive.lora_lr(self.optimizer), "rate")
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=240, fewest=4, most=15), "epochs"))
        lrs = discriminative(lr, 1.0 if self.layer_decay is None else self.layer_decay, count, frozen=frozen)
        head_lr = self.head_lr if self.head_lr is not None else 4 * lr
        stage = self.stage("lora", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size)
        stage = dataclasses.replace(stage, adapters=Adapters(self.rank, self.alpha, targets, self.dropout))
        return Plan(self.name, (stage,), tuple(reasons.lines), self.unfollowed(situation))

    def _adapted(self, situation: Situation, reasons: Reasons) -> tuple[int, tuple[str, ...]]:
        """Return how many blocks come before the first with an adapter, and the names that match."""
        count, layers = len(situation.blocks), situation.linear_layers
        still, targets = self._looked_for(situation, reasons)
        if still >= count:
            raise ConfigError(
                f"frozen_blocks={still} leaves none of {count} blocks to adapt", remedy=f"choose 0 to {count - 1}"
            )
        if layers is None:
            return still, targets
        matched = matching(layers[still:], targets)
        first = still + next(index for index, paths in enumerate(matched) if paths)
        paths = [path for block in matched for path in block]
        found = tuple(target for target in targets if any(is_named(path, target) for path in paths))
        reasons.lines.append(
            f"rank {self.rank} beside {len(paths)} layers ({', '.join(found)}), from block {first + 1} of {count} on"
        )
        return first, found

    def _looked_for(self, situation: Situation, reasons: Reasons) -> tuple[int, tuple[str, ...]]:
        """Return how many blocks are left out from the start, and the names to look for in the others."""
        still, layers = self.frozen_blocks or 0, situation.linear_layers or ()
        if isinstance(self.targets, str):
            return still, tuple(name.strip() for name in self.targets.split(","))
        if self.targets is not None:
            return still, tuple(self.targets)
        if not situation.convolutional or any(
            is_named(path, name) for block in layers for path in block for name in ATTENTION
        ):
            return still, ATTENTION
        still = int(reasons.take(self.frozen_blocks, derive.blocks_without_adapters(situation), "blocks left frozen"))
        ends = (path.rpartition(".")[2] for block in layers[still:] for path in block)
        return still, tuple(dict.fromkeys(ends)) or ATTENTION


@dataclass(frozen=True, kw_only=True)
class Scratch(Strategy):
    """Train the same architecture from random weights: the control that says what the pretrained weights are worth."""

    usual_augment: ClassVar[str] = "standard"
    name: ClassVar[str] = "scratch"
    aliases: ClassVar[tuple[str, ...]] = ("from_scratch",)
    summary: ClassVar[str] = "random weights, everything trained: the control"
    uses_pretrained: ClassVar[bool] = False

    def plan(self, situation: Situation) -> Plan:
        """One stage, one rate for all."""
        reasons = Reasons()
        size = int(reasons.take(self.batch_size, derive.batch_size(situation, scratch=True), "batch size"))
        lr = reasons.take(self.lr, derive.scratch_lr(situation, self.optimizer), "rate")
        epochs = int(
            reasons.take(self.epochs, derive.epochs(situation, size, steps=1000, fewest=10, most=20), "epochs")
        )
        mixup = reasons.take(self.mixup, derive.mixing(situation), "mixup")
        decay = 1.0 if self.layer_decay is None else self.layer_decay
        lrs = discriminative(lr, decay, len(situation.blocks))
        head_lr = self.head_lr if self.head_lr is not None else lr
        mixing = dataclasses.replace(self, mixup=mixup)
        stage = mixing.stage("scratch", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size)
        return Plan(self.name, (stage,), tuple(reasons.lines), self.unfollowed(situation))


STRATEGIES: dict[str, type[Strategy]] = {
    kind.name: kind for kind in (LinearProbe, Light, Full, Progressive, ProbeThenTune, LowRank, Scratch)
}


def strategy_named(name: str, **settings: Any) -> Strategy:
    """Return a strategy by name or alias, with settings that were given (None is left to be derived)."""
    return build(STRATEGIES, name, {key: value for key, value in settings.items() if value is not None})
