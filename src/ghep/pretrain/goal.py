"""The goal of a stage of pretraining: the objective's loss on blocks, judged on held-out blocks.

An epoch of the loop is a *round*: a bounded number of blocks, so that training on a large corpus is judged often. The
rounds go through the blocks in a random order, again and again. Held-out blocks are corrupted in the same way in every
evaluation, so two rounds are compared on the same predictions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import log

import numpy as np
import torch

from ghep.backbone.blocks import evaluating
from ghep.data.loading.batches import Batch, BatchSource, Rows, batches_in_order
from ghep.data.loading.padded import Padded
from ghep.model.transfer import TransferModel
from ghep.pretrain.blocks import Blocks, split
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Objective, TokenLosses
from ghep.training.goal import Measured
from ghep.training.objective import Losses, TaskLoss
from ghep.training.precision import Precision
from ghep.training.stage import Stage
from ghep.training.state import ValidResult
from ghep.training.validation import Each


@dataclass(frozen=True)
class Evaluation:
    """The losses of N blocks."""

    nats: np.ndarray
    """(N,): sum of the cross-entropy of the predicted tokens of each block."""
    tokens: np.ndarray
    """(N,): number of predicted tokens."""
    bytes: np.ndarray
    """(N,): bytes of text that the predicted tokens stand for, by the mean over all places of each token; 0: not
    counted."""
    extra: np.ndarray
    """(N,): what else the objective minimises."""
    own_nats: np.ndarray
    """(N,): ``nats`` of the predicted tokens that are no special ones, such as T5's sentinels."""
    own_tokens: np.ndarray
    """(N,): number of these."""

    @property
    def own_nats_per_token(self) -> float:
        """Mean cross-entropy of a predicted token that is no special one."""
        return float(self.own_nats.sum() / max(1, self.own_tokens.sum()))

    @property
    def nats_per_token(self) -> float:
        """Mean cross-entropy of a predicted token."""
        return float(self.nats.sum() / max(1, self.tokens.sum()))

    @property
    def bits_per_byte(self) -> float | None:
        """Bits that a byte of predicted text costs; None if bytes were not counted.

        Special tokens, such as T5's sentinels, stand for no text and do not count.
        """
        total = float(self.bytes.sum())
        return float(self.own_nats.sum()) / log(2) / total if total else None

    @property
    def loss(self) -> float:
        """What is minimised: nats per predicted token, and the rest per block."""
        return self.nats_per_token + float(self.extra.mean())


def evaluate(
    model: PretrainingModel,
    objective: Objective,
    blocks: Blocks,
    precision: Precision,
    *,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Return the losses of ``blocks``, corrupted at their fixed addresses; the model's modes are as before."""
    nats, tokens, stood_for, extra, own_nats, own_tokens = (np.zeros(len(blocks)) for _ in range(6))
    table = bytes_by_token(blocks)
    done = 0
    gradients: AbstractContextManager[object] = torch.no_grad() if torch.is_grad_enabled() else nullcontext()
    with gradients, evaluating(model):
        for batch in batches_in_order(blocks, batch_size=16, workers=workers):
            assert isinstance(batch.inputs, Padded)
            ids, targets = split(batch.inputs)
            found = objective.loss(model, ids, targets, precision, None)
            rows = batch.indices[found.rows.cpu().numpy()]
            each = found.nats.double().cpu().numpy()
            np.add.at(nats, rows, each)
            np.add.at(tokens, rows, 1)
            own = np.ones(len(rows), dtype=bool)
            if found.predicted is not None:
                own = ~np.isin(found.predicted.cpu().numpy(), blocks.special)
            np.add.at(own_nats, rows[own], each[own])
            np.add.at(own_tokens, rows[own], 1)
            if found.extra is not None:
                extra[batch.indices] = found.extra.double().cpu().numpy()
            if table is not None:
                predicted = targets.numpy()
                stood_for[batch.indices] = np.where(
                    predicted >= 0, table[np.minimum(predicted, len(table) - 1)], 0.0
                ).sum(1)
            done += len(batch.indices)
            if progress is not None:
                progress(done, len(blocks))
    return Evaluation(nats, tokens, stood_for, extra, own_nats, own_tokens)


def bytes_by_token(blocks: Blocks) -> np.ndarray | None:
    """Return the mean number of bytes of text (V,) that each id of ``blocks`` stands for; None if not counted."""
    if blocks.bytes is None:
        return None
    size = int(max(blocks.ids.max(initial=0), blocks.special.max(initial=0))) + 1
    own = blocks.bytes >= 0
    counts = np.bincount(blocks.ids[own], minlength=size)
    return np.asarray(np.bincount(blocks.ids[own], blocks.bytes[own], size) / np.maximum(1, counts))


def bits_factor(held_out: Evaluation) -> float | None:
    """Return bits per byte for a loss of one nat per predicted token of the held-out blocks.

    None if bytes were not counted, or if the loss has other parts: another goal, or that of special tokens.
    """
    stood_for, tokens = float(held_out.bytes.sum()), float(held_out.tokens.sum())
    if not stood_for or held_out.extra.any() or held_out.own_tokens.sum() != tokens:
        return None
    return tokens / log(2) / stood_for


class PretrainingGoal:
    """The loss of an objective.

    ``round_blocks``: blocks of a round, None: all of them. ``start``: the held-out blocks before training, if known.
    """

    def __init__(
        self, objective: Objective, precision: Precision, round_blocks: int | None = None, start: Each | None = None
    ) -> None:
        self.objective, self.precision, self.round_blocks, self.start = objective, precision, round_blocks, start

    def losses(self, model: TransferModel, batch: Batch, precision: Precision, rng: np.random.Generator) -> Losses:
        """Return the mean loss of the predicted tokens of ``batch``."""
        assert isinstance(batch.inputs, Padded) and isinstance(model, PretrainingModel)
        ids, targets = split(batch.inputs)
        mean = mean_loss(self.objective.loss(model, ids, targets, precision, rng))
        return Losses((TaskLoss(mean, len(batch.indices)),), len(batch.indices))

    def measure(
        self,
        model: TransferModel,
        valid: BatchSource,
        precision: Precision,
        *,
        workers: int,
        progress: Callable[[int, int], None],
    ) -> Measured:
        """Return the loss on held-out blocks; the score is its negative."""
        assert isinstance(valid, Blocks) and isinstance(model, PretrainingModel)
        found = evaluate(model, self.objective, valid, precision, workers=workers, progress=progress)
        return Measured(ValidResult(-found.loss, found.loss), each_block(found), {})

    def guessing(self, weights: Sequence[float]) -> float:  # noqa: ARG002 - there is one loss
        """Return the loss of knowing nothing, ln V."""
        return self.objective.guessing()

    def can_judge(self, valid: BatchSource) -> bool:
        """Whether there are held-out blocks."""
        return len(valid) > 0

    def augments(self, stage: Stage) -> bool:  # noqa: ARG002 - no stage differs
        """Return False: held-out blocks are corrupted in the same way."""
        return False

    def start_each(self, model: TransferModel, train: BatchSource, valid: BatchSource) -> Each | None:  # noqa: ARG002
        """Return the loss of each held-out block before training."""
        assert isinstance(valid, Blocks) and isinstance(model, PretrainingModel)
        return self.start or each_block(evaluate(model, self.objective, valid, self.precision))

    def rows(self, train: BatchSource, stage: Stage, *, seed: int, epoch: int) -> Rows | None:  # noqa: ARG002
        """Return the blocks of round ``epoch``: the next ones of the order of this pass, then of the next pass."""
        if self.round_blocks is None:
            return None
        places = np.arange(epoch * self.round_blocks, (epoch + 1) * self.round_blocks)
        passes, within = np.divmod(places, len(train))
        orders = {int(one): np.random.default_rng([seed, int(one), 4]).permutation(len(train)) for one in set(passes)}
        found = np.array([orders[int(one)][place] for one, place in zip(passes, within, strict=True)])
        return Rows(found, passes)


def mean_loss(found: TokenLosses) -> torch.Tensor:
    """Return the scalar that is minimised: the mean of the predicted tokens, and of what else each block has."""
    mean = found.nats.mean() if len(found.nats) else found.nats.sum()
    return mean if found.extra is None else mean + found.extra.mean()


def each_block(found: Evaluation) -> Each:
    """Return the loss of each block in which a token is predicted; the score is its negative."""
    some = found.tokens > 0
    loss = torch.from_numpy((found.nats[some] / found.tokens[some] + found.extra[some]).astype(np.float32))
    return {"loss": loss, "score": -loss}
