"""The strategies. The ``plan`` method of each says which blocks are trained in which stage, and at which rates."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ghep.errors import ConfigError
from ghep.messages import text_of
from ghep.model.targets import ATTENTION, is_named, matching
from ghep.setting import LEARNING, above, are_names, setting, whole, within
from ghep.strategy import derive
from ghep.strategy.base import (
    SCHEDULES,
    Plan,
    Reasons,
    Strategy,
    build,
    discriminative,
    fine_tune_values,
    solve_stage,
)
from ghep.strategy.derive import Situation
from ghep.training.stage import Adapters
from ghep.types import Finding


@dataclass(frozen=True, kw_only=True)
class LinearProbe(Strategy):
    """Freeze all blocks; solve a linear head on the features. One pass over the data."""

    name: ClassVar[str] = "linear_probe"
    aliases: ClassVar[tuple[str, ...]] = ("feature_extraction", "probe", "freeze")
    keeps: ClassVar[tuple[str, ...]] = ()

    def plan(self, situation: Situation) -> Plan:
        """Return a plan of one stage, in which the head is solved without epochs."""
        stage = solve_stage(len(situation.blocks), class_weights=self.class_weights)
        return Plan(self.name, (stage,), (text_of("reason-solved"),), self._unused(situation))

    def _unused(self, situation: Situation) -> tuple[Finding, ...]:
        """Return a finding that names the given settings of gradient training: they have no effect on a solved head."""
        used = {"class_weights"}
        if self.batch_norm == "reestimate" and situation.batch_norm:
            used.add("batch_norm")
        given = [
            field.name
            for field in dataclasses.fields(self)
            if field.name not in used and getattr(self, field.name) != field.default
        ]
        if not given:
            return ()
        return (Finding.of("settings-unused", "warning", settings=given, cause="solved"),)


@dataclass(frozen=True, kw_only=True)
class Light(Strategy):
    """Freeze the first blocks, fine-tune the last ones and the head."""

    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """Number of leading blocks that are frozen; derived: all but the last quarter."""

    name: ClassVar[str] = "light"
    aliases: ClassVar[tuple[str, ...]] = ("light_fine_tuning", "partial")

    def plan(self, situation: Situation) -> Plan:
        """Return a plan of one stage, with learning rate 0 for the frozen blocks."""
        reasons, count = Reasons(), len(situation.blocks)
        tuned = reasons.take(
            None if self.frozen_blocks is None else count - self.frozen_blocks,
            derive.blocks_to_tune(situation),
            "trained-blocks",
        )
        frozen = count - int(tuned)
        if not 0 <= frozen <= count:
            raise ConfigError("frozen-blocks-out-of-range", frozen=self.frozen_blocks, blocks=count)
        size, lr, head_lr, decay = fine_tune_values(self, situation, reasons, frozen_blocks=frozen)
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=160, fewest=4, most=30), "epochs"))
        lrs = discriminative(lr, decay, count, frozen=frozen)
        stage = self.stage("light", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size)
        return self.planned((stage,), reasons, situation)


@dataclass(frozen=True, kw_only=True)
class Full(Strategy):
    """Fine-tune all blocks at once, each at its own rate."""

    name: ClassVar[str] = "full"
    aliases: ClassVar[tuple[str, ...]] = ("full_fine_tuning", "fine_tune")

    def plan(self, situation: Situation) -> Plan:
        """Return a plan of one stage, in which no block is frozen."""
        reasons = Reasons()
        size, lr, head_lr, decay = fine_tune_values(self, situation, reasons)
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=160, fewest=3, most=30), "epochs"))
        lrs = discriminative(lr, decay, len(situation.blocks))
        stage = self.stage("full", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size)
        return self.planned((stage,), reasons, situation)


@dataclass(frozen=True, kw_only=True)
class Progressive(Strategy):
    """Solve the head, then unfreeze one more block per stage, from the head down.

    ULMFiT (Howard and Ruder 2018, arXiv:1801.06146, section 3.3) with two differences: the head is solved rather than
    trained first, and ``layer_decay`` is derived, where the paper uses 1 / 2.6.
    """

    schedule: Literal["cosine", "triangular", "constant"] = setting("triangular", choices=SCHEDULES, panel=LEARNING)
    """As in the paper: the rate rises and falls once per stage."""
    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """Number of leading blocks that stay frozen in all stages; derived."""

    name: ClassVar[str] = "progressive"
    aliases: ClassVar[tuple[str, ...]] = ("gradual", "progressive_unfreezing")
    solves_first: ClassVar[bool] = True

    def plan(self, situation: Situation) -> Plan:
        """Return a plan that solves the head and then has one stage per block to be trained.

        Each stage unfreezes one more block and has one epoch, except for the last, which trains all these blocks for
        the remaining epochs.
        """
        reasons, blocks = Reasons(), len(situation.blocks)
        frozen = _left_frozen(self.frozen_blocks, situation, reasons)
        trained = blocks - frozen
        size, lr, _, decay = fine_tune_values(self, situation, reasons, frozen_blocks=frozen)
        # The solved head has the last block's rate, not four times that, which is for a head that starts from zero.
        head_lr = self.head_lr if self.head_lr is not None else lr
        total = int(
            reasons.take(
                self.epochs, derive.epochs(situation, size, steps=160, fewest=trained + 1, most=trained + 4), "epochs"
            )
        )
        stages = [solve_stage(blocks, class_weights=self.class_weights)]
        for unfrozen in range(1, trained + 1):
            epochs = 1 if unfrozen < trained else max(1, total - (trained - 1))
            lrs = discriminative(lr, decay, blocks, frozen=blocks - unfrozen)
            name = f"unfreeze {unfrozen}"
            stages.append(self.stage(name, lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size))
        reasons.lines.append(text_of("reason-progressive", stages=trained))
        return self.planned(stages, reasons, situation, findings=_too_few(total, trained))


def _left_frozen(given: int | None, situation: Situation, reasons: Reasons) -> int:
    """Return how many leading blocks stay frozen after a solved head. Raises ConfigError if those are all blocks."""
    frozen = int(reasons.take(given, derive.blocks_left_frozen(situation), "frozen-blocks"))
    blocks = len(situation.blocks)
    if frozen >= blocks:
        raise ConfigError("no-blocks-to-tune", frozen=frozen, blocks=blocks, most=blocks - 1)
    return frozen


def _too_few(epochs: int, blocks: int) -> tuple[Finding, ...]:
    return () if epochs >= blocks else (Finding.of("epochs-too-few", "warning", epochs=epochs, blocks=blocks),)


@dataclass(frozen=True, kw_only=True)
class ProbeThenTune(Strategy):
    """Solve the head, then fine-tune at half the rate of ``full`` (LP-FT, Kumar et al. 2022, arXiv:2202.10054).

    The paper fine-tunes all blocks; here the leading ones stay frozen where labels are few.
    """

    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """Number of leading blocks that stay frozen; derived."""

    name: ClassVar[str] = "lp_ft"
    aliases: ClassVar[tuple[str, ...]] = ("probe_then_tune", "lpft")
    solves_first: ClassVar[bool] = True

    def plan(self, situation: Situation) -> Plan:
        """Return a plan of two stages: solve the head, then train head and unfrozen blocks at half the usual rate."""
        reasons = Reasons()
        frozen = _left_frozen(self.frozen_blocks, situation, reasons)
        size, lr, _, decay = fine_tune_values(self, situation, reasons, frozen_blocks=frozen)
        lr = lr if self.lr is not None else lr / 2
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=120, fewest=3, most=8), "epochs"))
        reasons.lines.append(text_of("reason-after-solved-head"))
        lrs = discriminative(lr, decay, len(situation.blocks), frozen=frozen)
        head_lr = self.head_lr if self.head_lr is not None else lr
        stages = (
            solve_stage(len(situation.blocks), class_weights=self.class_weights),
            self.stage("tune", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size),
        )
        return self.planned(stages, reasons, situation)


@dataclass(frozen=True, kw_only=True)
class LowRank(Strategy):
    """Freeze every weight and learn low-rank updates of some layers (LoRA, arXiv:2106.09685).

    Adapters are on the attention layers, as in the paper; in a convolutional network without attention, on every linear
    layer and every convolution of the last blocks, except depthwise and other grouped ones.

    The head starts from zero, as in the paper, and is not solved first. With a zero head, no gradient reaches the
    adapters in the first step, so the head learns something before the adapters change; then both converge together.
    """

    rank: int = setting(8, whole(1), panel=LEARNING)
    """Rank of the two matrices; the paper finds 4 to 8 as good as 64 (section 7.2)."""
    alpha: float = setting(16.0, above(0), panel=LEARNING)
    """Updates are multiplied by ``alpha / rank``."""
    targets: Sequence[str] | str | None = setting(None, are_names, flags=("--target",), several=True, panel=LEARNING)
    """Names of the linear or convolutional layers to adapt; derived: the attention's queries and values, by the names
    of each family, or all layers in the last blocks of a convolutional network."""
    dropout: float = setting(0.0, within(0, 1, without=(1,)), panel=LEARNING)
    """Dropout of the inputs of the adapters."""
    frozen_blocks: int | None = setting(None, whole(0), panel=LEARNING)
    """Number of leading blocks without adapters; derived: 0 with attention, as in lp_ft for convolutions."""

    name: ClassVar[str] = "lora"
    aliases: ClassVar[tuple[str, ...]] = ("low_rank", "adapters")
    keeps: ClassVar[tuple[str, ...]] = ("wise", "lwf")
    """Not l2sp: low-rank updates start at zero, so weight decay already holds them at the pretrained weights."""

    def plan(self, situation: Situation) -> Plan:
        """Return a plan of one stage; the blocks before the first adapted layer are frozen as in other strategies."""
        reasons, count = Reasons(), len(situation.blocks)
        frozen, targets = self._adapted(situation, reasons)
        size = int(reasons.take(self.batch_size, derive.batch_size(situation, frozen_blocks=frozen), "batch-size"))
        lr = reasons.take(self.lr, derive.lora_lr(self.optimizer), "lr")
        epochs = int(reasons.take(self.epochs, derive.epochs(situation, size, steps=240, fewest=4, most=15), "epochs"))
        lrs = discriminative(lr, 1.0 if self.layer_decay is None else self.layer_decay, count, frozen=frozen)
        head_lr = self.head_lr if self.head_lr is not None else 4 * lr
        stage = self.stage("lora", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size)
        stage = dataclasses.replace(stage, adapters=Adapters(self.rank, self.alpha, targets, self.dropout))
        return self.planned((stage,), reasons, situation)

    def _adapted(self, situation: Situation, reasons: Reasons) -> tuple[int, tuple[str, ...]]:
        """Return the number of blocks before the first adapter, and the names of targets that match a layer.

        Raises ConfigError if all blocks are frozen or no layer matches.
        """
        blocks, layers = len(situation.blocks), situation.linear_layers
        frozen, targets = self._candidates(situation, reasons)
        if frozen >= blocks:
            raise ConfigError("no-blocks-to-adapt", frozen=frozen, blocks=blocks, most=blocks - 1)
        if layers is None:
            return frozen, targets
        matched = matching(layers[frozen:], targets)
        first = frozen + next(index for index, paths in enumerate(matched) if paths)
        paths = [path for block in matched for path in block]
        names = tuple(target for target in targets if any(is_named(path, target) for path in paths))
        reasons.lines.append(
            text_of(
                "reason-adapters", rank=self.rank, layers=len(paths), names=list(names), first=first + 1, blocks=blocks
            )
        )
        return first, names

    def _candidates(self, situation: Situation, reasons: Reasons) -> tuple[int, tuple[str, ...]]:
        """Return the number of leading blocks without adapters, and the names of the layers that get one in the others.

        The reasons are added to ``reasons``.
        """
        frozen, layers = self.frozen_blocks or 0, situation.linear_layers or ()
        if isinstance(self.targets, str):
            return frozen, tuple(name.strip() for name in self.targets.split(","))
        if self.targets is not None:
            return frozen, tuple(self.targets)
        if not situation.convolutional or any(
            is_named(path, name) for block in layers for path in block for name in ATTENTION
        ):
            return frozen, ATTENTION
        frozen = int(reasons.take(self.frozen_blocks, derive.blocks_without_adapters(situation), "frozen-blocks"))
        ends = (path.rpartition(".")[2] for block in layers[frozen:] for path in block)
        return frozen, tuple(dict.fromkeys(ends)) or ATTENTION


@dataclass(frozen=True, kw_only=True)
class Scratch(Strategy):
    """Train the same architecture from random weights: the control that shows the value of pretraining."""

    usual_augment: ClassVar[str] = "standard"
    name: ClassVar[str] = "scratch"
    aliases: ClassVar[tuple[str, ...]] = ("from_scratch",)
    uses_pretrained: ClassVar[bool] = False
    keeps: ClassVar[tuple[str, ...]] = ()

    def plan(self, situation: Situation) -> Plan:
        """Return a plan of one stage, with the same learning rate for all blocks."""
        reasons = Reasons()
        size = int(reasons.take(self.batch_size, derive.batch_size(situation, scratch=True), "batch-size"))
        lr = reasons.take(self.lr, derive.scratch_lr(situation, self.optimizer), "lr")
        epochs = int(
            reasons.take(self.epochs, derive.epochs(situation, size, steps=1000, fewest=10, most=20), "epochs")
        )
        mixup = reasons.take(self.mixup, derive.mixing(situation), "mixup")
        decay = 1.0 if self.layer_decay is None else self.layer_decay
        lrs = discriminative(lr, decay, len(situation.blocks))
        head_lr = self.head_lr if self.head_lr is not None else lr
        mixing = dataclasses.replace(self, mixup=mixup)
        stage = mixing.stage("scratch", lrs, epochs=epochs, situation=situation, head_lr=head_lr, size=size)
        return self.planned((stage,), reasons, situation)


STRATEGIES: dict[str, type[Strategy]] = {
    kind.name: kind for kind in (LinearProbe, Light, Full, Progressive, ProbeThenTune, LowRank, Scratch)
}


def strategy_named(name: str, **settings: Any) -> Strategy:
    """Return a strategy by name or alias with the given settings; settings of None are derived.

    Raises ConfigError for an unknown name or setting.
    """
    return build(STRATEGIES, name, {key: value for key, value in settings.items() if value is not None})
