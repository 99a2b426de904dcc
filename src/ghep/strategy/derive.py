"""Rates and lengths from the number of labels and the backbone, each with its reason in words.

BiT's hyper-rule (Kolesnikov et al. 2019, arXiv:1912.11370, section 3.3) showed that one rule by data-set size serves
well from ten labels to a million; these are in its spirit, with the constants chosen on small sets and small machines
(docs/decisions/0003-derived-hyper-parameters.md has the measurements).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Situation:
    """What the rules look at."""

    num_train: int
    """Labelled training examples."""
    blocks: tuple[str, ...]
    """Names of the backbone's blocks, input side first."""
    batch_norm: bool
    """Whether the backbone normalises by batch statistics (convolutional networks) or not (transformers, ConvNeXt)."""
    has_valid: bool
    shallow: bool = False
    """Whether it is word vectors, or recurrent: nothing in it amplifies a large step."""
    width: int | None = None
    """Of the states a transformer over texts works on."""
    views: bool = True
    """Whether examples can be looked at in augmented views."""
    blends: bool = True
    """Whether inputs can be blended with one another: mixup, cutmix."""
    linear_layers: tuple[tuple[str, ...], ...] | None = None
    """Paths of the layers in each block that LoRA can adapt, linear ones and convolutions; None: nobody has looked."""
    convolutional: bool = False
    """Whether there are convolutions over pictures in it."""
    tasks: tuple[str, ...] = ()
    """Names of the tasks."""
    activation_bytes: Callable[[int], int] | None = None
    """From the number of frozen leading blocks to the bytes that training keeps of one example, the longest, between
    the forward and the backward pass; None: not counted."""


VIEWS = 4
"""Augmented views of an example that are kept while blocks are frozen."""

MANY_LABELS = 2_000
"""From here on a strategy that solves the head first thaws everything (docs/decisions/0003)."""

ACTIVATION_BYTES = 3 * 2**30
"""What the activations of a batch may take: half of a machine with 8 GB. It does not depend on the memory that is free,
so that the same command trains the same model on every machine."""

_NO_NORM = "networks without BatchNorm forget at higher ones"


@dataclass(frozen=True)
class Derived:
    """A value and why it is what it is."""

    value: float
    reason: str


def batch_size(situation: Situation, *, frozen_blocks: int = 0, scratch: bool = False) -> Derived:
    """Return about an eighth of the data, between 8 and 32 (scratch: 128), or less where that takes too much memory.

    The memory is that of the activations behind ``frozen_blocks``; a batch shrinks to 2 at least, for BatchNorm. Rates
    do not depend on the size of the batch, neither here nor between 8 and 128.
    """
    most = 128 if scratch else 32
    size = 8
    while size * 2 <= min(most, situation.num_train / 8):
        size *= 2
    rule = f"about an eighth of {situation.num_train} labels, within 8 to {most}"
    if situation.activation_bytes is None:
        return Derived(size, f"batches of {size}: {rule}")
    each, fit = situation.activation_bytes(frozen_blocks), size
    while fit > 2 and fit * each > ACTIVATION_BYTES:
        fit //= 2
    if fit == size:
        return Derived(size, f"batches of {size}: {rule}; {_memory(size * each)} of activations")
    reason = f"batches of {fit}: {_memory(fit * each)} of activations, within {_memory(ACTIVATION_BYTES)}"
    return Derived(fit, f"{reason}; {size} ({rule}) would take {_memory(size * each)}")


def _memory(value: float) -> str:
    return f"{value / 2**20:.3g} MiB" if value < 2**30 else f"{value / 2**30:.1f} GiB"


def epochs(situation: Situation, size: int, *, steps: int, fewest: int, most: int) -> Derived:
    """Return as many epochs as make ``steps`` steps, between ``fewest`` and ``most``."""
    per_epoch = max(1, -(-situation.num_train // size))
    count = min(most, max(fewest, round(steps / per_epoch)))
    return Derived(count, f"{count} epochs: {steps} steps at {per_epoch} a pass, within {fewest} to {most} epochs")


def fine_tune_lr(situation: Situation, optimizer: str) -> Derived:
    """Return the rate for the last block. SGD's is larger: its steps are not divided by the size of the gradient."""
    if situation.batch_norm:
        rate, why = 2e-4, "BatchNorm keeps convolutional networks steady"
    elif situation.shallow:
        rate, why = 1e-3, "word vectors and recurrent networks bear it: nothing in them amplifies a step"
    elif situation.width:
        # Adam's rate for a matrix goes with one over its width (Yang et al. 2022, arXiv:2203.03466); 2e-4 at 384 was
        # measured (docs/decisions/0003), which makes 1e-4 for BERT base.
        rate, why = (
            round(2e-4 * min(1.0, 384 / situation.width), 7),
            f"2e-4 at a width of 384, less as it grows ({situation.width})",
        )
    else:
        rate, why = 5e-5, _NO_NORM
    if optimizer == "sgd":
        rate *= 20
    return Derived(rate, f"rate {rate:g} ({optimizer}) for the last block: {why}")


def layer_decay(situation: Situation) -> Derived:
    """Return the factor per block such that the first block moves at a tenth of the last one's rate."""
    factor = round(0.1 ** (1 / max(1, len(situation.blocks) - 1)), 3)
    return Derived(
        factor, f"each block nearer to the input moves at {factor} of the rate of the next: the first at a tenth"
    )


def scratch_lr(situation: Situation, optimizer: str) -> Derived:
    """Return the rate for random weights.

    A transformer's residual branches amplify what a large early step does to them (Liu et al. 2020, arXiv:2004.08249):
    at a rate that a network with BatchNorm likes it diverges, or ends on a plateau from which it does not come back.
    """
    rate = 0.05 if optimizer == "sgd" else 2e-3
    why = "nothing is pretrained, so nothing can be forgotten"
    if not situation.batch_norm:
        rate /= 4
        why += "; a quarter of the usual, for networks without BatchNorm stick at it"
    return Derived(rate, f"rate {rate:g} ({optimizer}) everywhere: {why}")


def lora_lr(optimizer: str) -> Derived:
    """Return the rate for adapters: ten times that of a transformer's own weights.

    The change is a product of which one factor starts at zero, so early steps move the weight by less than the rate
    says; Hu et al. 2021 (arXiv:2106.09685, table 9) use 4e-4 to 5e-4 for RoBERTa base. Beside
    convolutions 2e-4 to 2e-3 could not be told apart by accuracy, and 5e-3 was too high (docs/decisions/0003).
    """
    rate = 1e-2 if optimizer == "sgd" else 5e-4
    return Derived(
        rate, f"rate {rate:g} ({optimizer}) for all adapters: they start at zero, and have nothing to forget"
    )


def weight_decay(optimizer: str) -> float:
    """Return the usual decay: AdamW's is apart from the gradient (arXiv:1711.05101), SGD's is part of it."""
    return 1e-4 if optimizer == "sgd" else 0.05


def blocks_to_tune(situation: Situation) -> Derived:
    """Return how many of the last blocks light fine-tuning moves: a quarter."""
    count = max(1, round(len(situation.blocks) / 4))
    return Derived(count, f"the last {count} of {len(situation.blocks)} blocks move: a quarter")


def blocks_left_frozen(situation: Situation) -> Derived:
    """Return how many leading blocks a strategy that solves first leaves as they are: two thirds if labels are few."""
    count = len(situation.blocks)
    if situation.num_train >= MANY_LABELS:
        return Derived(0, f"every block thaws from {MANY_LABELS:,} labels on")
    still = count * 2 // 3
    return Derived(
        still,
        f"the first {still} of {count} blocks stay frozen: below {MANY_LABELS:,} labels thawing them costs several "
        "times as much and gains little, unless the data are far from the backbone's",
    )


def blocks_without_adapters(situation: Situation) -> Derived:
    """Return how many leading blocks of a convolutional network LoRA passes over: those lp_ft leaves, and the stem."""
    count = len(situation.blocks)
    still = max(int(blocks_left_frozen(situation).value), min(1, count - 1))
    return Derived(
        still, f"the first {still} of {count} blocks stay as they are: those lp_ft leaves frozen, and the stem"
    )


def mixing(situation: Situation) -> Derived:
    """Return mixup's alpha for training from scratch."""
    if not situation.blends:
        return Derived(0.0, "no mixup: these inputs cannot be blended")
    if situation.num_train < 20_000:
        return Derived(0.0, "no mixup below 20,000 labels (BiT's rule)")
    return Derived(0.1, "mixup 0.1 from 20,000 labels on (BiT's rule)")
