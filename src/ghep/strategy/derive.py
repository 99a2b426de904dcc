"""Derive hyper-parameters from the number of labels and the backbone, each with its reason.

BiT's hyper-rule (Kolesnikov et al. 2019, arXiv:1912.11370, section 3.3) showed that one rule by data-set size works
well from ten labels to a million. These rules follow it, with constants chosen on small data sets and small machines
(measurements in docs/decisions/0003-derived-hyper-parameters.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ghep.messages import Message, text_of


@dataclass(frozen=True)
class Situation:
    """The properties of data and backbone that the rules use."""

    num_train: int
    """Labelled training examples."""
    blocks: tuple[str, ...]
    """Names of the backbone's blocks, input first."""
    batch_norm: bool
    """Whether the backbone has BatchNorm (most convolutional networks) or not (transformers, ConvNeXt)."""
    has_valid: bool
    shallow: bool = False
    """Whether the backbone is word vectors or recurrent: such backbones tolerate a larger rate than deep ones."""
    width: int | None = None
    """Hidden size of a text transformer; None for other backbones."""
    views: bool = True
    """Whether examples can be augmented."""
    blends: bool = True
    """Whether inputs can be blended by mixup and cutmix."""
    linear_layers: tuple[tuple[str, ...], ...] | None = None
    """Per block, the module paths of the linear and convolutional layers that LoRA can adapt; None: unknown."""
    convolutional: bool = False
    """Whether the backbone has 2-d convolutions."""
    tasks: tuple[str, ...] = ()
    """Names of the tasks."""
    pretrained: bool = True
    """Whether the backbone's weights are pretrained, not random."""
    linear_heads: bool = True
    """Whether the heads are linear, so that they can be solved."""
    activation_bytes: Callable[[int], int] | None = None
    """Maps the number of frozen leading blocks to the bytes of activations that training keeps for the backward pass,
    for the longest example; None: unknown."""


VIEWS = 4
"""Augmented views per example while blocks are frozen."""

MANY_LABELS = 2_000
"""From this many labels on, a strategy that solves the head first trains all blocks (docs/decisions/0003)."""

MIXUP_LABELS = 20_000
"""From this many labels on, training from scratch uses mixup (BiT's rule)."""

ACTIVATION_BYTES = 3 * 2**30
"""Most bytes of activations of a batch: under half of a machine with 8 GB. It does not depend on free memory, so that
the same command trains the same model on every machine."""


@dataclass(frozen=True)
class Derived:
    """A derived value, and a sentence that gives the reason for it."""

    value: float
    reason: str


def batch_size(situation: Situation, *, frozen_blocks: int = 0, scratch: bool = False) -> Derived:
    """Return the batch size: about an eighth of the data, between 8 and 32 (scratch: 128), less if memory is short.

    Memory is that of the activations after ``frozen_blocks``, limited by ``ACTIVATION_BYTES``. The batch size is never
    reduced below 2, because of BatchNorm. Learning rates do not depend on the batch size.
    """
    most = 128 if scratch else 32
    size = 8
    while size * 2 <= min(most, situation.num_train / 8):
        size *= 2
    rule = Message("reason-batch-rule", {"labels": situation.num_train, "most": most})
    if situation.activation_bytes is None:
        return Derived(size, text_of("reason-batch", size=size, rule=rule))
    each, fit = situation.activation_bytes(frozen_blocks), size
    while fit > 2 and fit * each > ACTIVATION_BYTES:
        fit //= 2
    if fit == size:
        return Derived(size, text_of("reason-batch-memory", size=size, rule=rule, bytes=size * each))
    reason = text_of(
        "reason-batch-reduced",
        size=fit,
        bytes=fit * each,
        limit=ACTIVATION_BYTES,
        usual=size,
        rule=rule,
        usual_bytes=size * each,
    )
    return Derived(fit, reason)


def epochs(situation: Situation, size: int, *, steps: int, fewest: int, most: int) -> Derived:
    """Return the number of epochs that make ``steps`` optimiser steps with batches of ``size``, within the bounds.

    The bounds are ``fewest`` and ``most`` epochs.
    """
    per_epoch = max(1, -(-situation.num_train // size))
    count = min(most, max(fewest, round(steps / per_epoch)))
    reason = text_of("reason-epochs", epochs=count, steps=steps, per_epoch=per_epoch, fewest=fewest, most=most)
    return Derived(count, reason)


def fine_tune_lr(situation: Situation, optimizer: str) -> Derived:
    """Return the learning rate of the last block.

    The rate for SGD is larger than for AdamW, because SGD does not divide a step by the size of the gradient.
    """
    if situation.batch_norm:
        rate, why = 2e-4, Message("reason-lr-batch-norm")
    elif situation.shallow:
        rate, why = 1e-3, Message("reason-lr-shallow")
    elif situation.width:
        # Adam's rate for a matrix goes with one over its width (Yang et al. 2022, arXiv:2203.03466); 2e-4 at 384 was
        # measured (docs/decisions/0003), which makes 1e-4 for BERT base.
        rate = round(2e-4 * min(1.0, 384 / situation.width), 7)
        why = Message("reason-lr-width", {"width": str(situation.width)})
    else:
        rate, why = 5e-5, Message("reason-lr-no-batch-norm")
    if optimizer == "sgd":
        rate *= 20
    return Derived(rate, text_of("reason-lr", lr=rate, optimizer=optimizer, why=why))


def layer_decay(situation: Situation, frozen_blocks: int = 0) -> Derived:
    """Return the factor of the learning rate from each block to the block before it.

    It gives the first block of the backbone a tenth of the rate of the last one.
    """
    factor = round(0.1 ** (1 / max(1, len(situation.blocks) - 1)), 3)
    trained = len(situation.blocks) - frozen_blocks
    first = round(factor ** max(0, trained - 1), 2)
    return Derived(factor, text_of("reason-layer-decay", factor=factor, trained=trained, first=first))


def scratch_lr(situation: Situation, optimizer: str) -> Derived:
    """Return the learning rate for training from random weights.

    The residual branches of a transformer amplify large early steps (Liu et al. 2020, arXiv:2004.08249): at a rate that
    suits a network with BatchNorm, a transformer diverges or stays on a plateau.
    """
    rate = 0.05 if optimizer == "sgd" else 2e-3
    if not situation.batch_norm:
        rate /= 4
    norm = "batch-norm" if situation.batch_norm else "none"
    return Derived(rate, text_of("reason-lr-scratch", lr=rate, optimizer=optimizer, norm=norm))


def lora_lr(optimizer: str) -> Derived:
    """Return the learning rate of adapters: ten times that of a transformer's own weights.

    The update is the product of two matrices, of which one starts at zero, so early steps change the weight by less
    than the rate.
    Hu et al. 2021 (arXiv:2106.09685, table 9) use 4e-4 to 5e-4 for RoBERTa base. On convolutions the accuracies from
    2e-4 to 2e-3 could not be distinguished, and 5e-3 was too high (docs/decisions/0003).
    """
    rate = 1e-2 if optimizer == "sgd" else 5e-4
    return Derived(rate, text_of("reason-lr-adapters", lr=rate, optimizer=optimizer))


def weight_decay(optimizer: str) -> float:
    """Return the usual weight decay, which is larger for AdamW than for SGD.

    AdamW applies it separately from the gradient (arXiv:1711.05101); SGD adds it to the gradient.
    """
    return 1e-4 if optimizer == "sgd" else 0.05


def blocks_to_tune(situation: Situation) -> Derived:
    """Return how many of the last blocks light fine-tuning trains: a quarter."""
    count = max(1, round(len(situation.blocks) / 4))
    return Derived(count, text_of("reason-blocks-tuned", count=count, blocks=len(situation.blocks)))


def blocks_left_frozen(situation: Situation) -> Derived:
    """Return how many leading blocks stay frozen after a solved head: two thirds with few labels, else none.

    Labels are few below ``MANY_LABELS``.
    """
    blocks = len(situation.blocks)
    if situation.num_train >= MANY_LABELS:
        return Derived(0, text_of("reason-all-trained", many=MANY_LABELS))
    frozen = blocks * 2 // 3
    return Derived(frozen, text_of("reason-left-frozen", frozen=frozen, blocks=blocks, many=MANY_LABELS))


def blocks_without_adapters(situation: Situation) -> Derived:
    """Return how many leading blocks of a convolutional network get no adapters.

    These are the blocks that the strategy ``lp_ft`` freezes, and at least the first one, the stem.
    """
    blocks = len(situation.blocks)
    frozen = max(int(blocks_left_frozen(situation).value), min(1, blocks - 1))
    return Derived(frozen, text_of("reason-without-adapters", frozen=frozen, blocks=blocks))


def mixing(situation: Situation) -> Derived:
    """Return mixup's alpha for training from scratch."""
    if not situation.blends:
        return Derived(0.0, text_of("reason-no-mixup-inputs"))
    if situation.num_train < MIXUP_LABELS:
        return Derived(0.0, text_of("reason-no-mixup-labels", many=MIXUP_LABELS))
    return Derived(0.1, text_of("reason-mixup", alpha=0.1, many=MIXUP_LABELS))
