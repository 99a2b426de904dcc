"""What a batch that several processes share needs in common: features, BatchNorm's statistics, dropout's masks.

In: the rows of this process. Out: the features of the whole batch, with the gradient of this process's rows. Each
process runs the backbone on its rows; heads and losses see all rows in every process, which costs little. So the loss,
the weights of tasks and classes, and mixup are those of one process, and all processes know them. The gradients of the
heads are whole; those of the backbone are parts of a sum, which the training loop adds up.

BatchNorm normalises by the mean and variance of the whole batch (as SyncBatchNorm does, which is for GPUs only). A
dropout mask is drawn for the whole batch from the generator that all processes seed alike, and each takes its rows: the
result does not depend on the number of processes. Exceptions: attention dropout on a GPU, inside a fused kernel, and
layers whose first axis is not that of the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ghep.data.loading.batches import Batch
from ghep.data.loading.padded import Inputs, padded_to, parts, whole
from ghep.model.transfer import TransferModel
from ghep.team import Team
from ghep.training.precision import Precision


def features_of(model: TransferModel, batch: Batch, precision: Precision, team: Team) -> Inputs:
    """Return the features (N, D) of all N rows of ``batch``, of which this process computes its part."""
    total = len(batch.indices)
    if team.size == 1:
        return precision.features(model, batch.inputs, batch.boundary)
    if not team.divides(total):
        features = precision.features(model, batch.inputs, batch.boundary)
        return whole([_Divided.apply(one, team.size) for one in parts(features)])
    mine = team.rows(total) if batch.mine is None else batch.mine
    inputs = batch.inputs[mine] if batch.mine is None else batch.inputs
    with WholeBatch(team, mine, total):
        features = precision.features(model, inputs, batch.boundary).float()
    if model.backbone.ragged_features:
        features = padded_to(features, max(team.collected(parts(features)[0].shape[1])))
    return whole([_Gathered.apply(one, mine, total, team) for one in parts(features)])


class _Gathered(torch.autograd.Function):
    """Rows of one process (n, ...) -> rows of all (total, ...). The gradient is that of the own rows."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, mine: slice, total: int, team: Team) -> torch.Tensor:
        ctx.mine = mine
        rows_of_all = rows.new_zeros((total, *rows.shape[1:]))
        rows_of_all[mine] = rows
        return team.sum(rows_of_all)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return gradients[0][ctx.mine], None, None, None


class _Divided(torch.autograd.Function):
    """The same tensor, with the gradient divided by ``size``: of a batch that ``size`` processes all compute."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, size: int) -> torch.Tensor:
        ctx.size = size
        return rows.view_as(rows)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return gradients[0] / ctx.size, None


class WholeBatch(TorchFunctionMode):
    """Context in which BatchNorm and dropout work as if the rows ``mine`` were computed with all ``total`` rows."""

    def __init__(self, team: Team, mine: slice, total: int) -> None:
        super().__init__()
        self.team, self.mine, self.total = team, mine, total
        self.rows = mine.stop - mine.start
        self.known: dict[Any, Callable[..., Any]] = {
            functional.batch_norm: self._batch_norm,
            functional.dropout: self._dropout,
            functional.scaled_dot_product_attention: self._attention,
            torch.Tensor.bernoulli_: self._bernoulli,
        }

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Replace the functions that depend on other rows; call every other function as it is."""
        return self.known.get(func, func)(*args, **(kwargs or {}))

    def _batch_norm(
        self,
        inputs: torch.Tensor,
        mean: torch.Tensor | None,
        variance: torch.Tensor | None,
        weight: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> torch.Tensor:
        if not training:
            return functional.batch_norm(inputs, mean, variance, weight, bias, False, momentum, eps)
        ones = inputs.new_ones(inputs.shape[1], dtype=torch.float32)
        normed: torch.Tensor = _BatchNorm.apply(
            *(inputs, ones if weight is None else weight, 0 * ones if bias is None else bias),
            *(mean, variance, momentum, eps, self.team),
        )
        return normed

    def _dropout(
        self, inputs: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> torch.Tensor:
        if not training or not 0 < p < 1:
            return functional.dropout(inputs, p, training, inplace)
        noise = self._bernoulli(torch.empty_like(inputs), 1 - p).div_(1 - p)
        return inputs.mul_(noise) if inplace else inputs * noise

    def _bernoulli(self, tensor: torch.Tensor, p: Any = 0.5, **more: Any) -> torch.Tensor:
        """Fill ``tensor`` from a draw for the whole batch; its first axis is that of the rows, or several per row."""
        if tensor.ndim == 0 or len(tensor) % self.rows or more.get("generator") is not None or torch.is_tensor(p):
            return tensor.bernoulli_(p, **more)
        each = len(tensor) // self.rows
        last = tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
        layout = torch.channels_last if last and not tensor.is_contiguous() else torch.contiguous_format
        shape = (self.total * each, *tensor.shape[1:])
        drawn = torch.empty(shape, dtype=tensor.dtype, device=tensor.device, memory_format=layout).bernoulli_(p)
        return tensor.copy_(drawn[self.mine.start * each : self.mine.stop * each])

    def _attention(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        **more: Any,
    ) -> torch.Tensor:
        """Return attention whose dropout is drawn for the whole batch; on a GPU the fused kernel draws its own."""
        if dropout_p == 0 or query.device.type != "cpu" or more.get("enable_gqa"):
            return functional.scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, **more)
        scale = more.get("scale") or query.shape[-1] ** -0.5
        scores = (query * scale) @ key.transpose(-2, -1)
        if is_causal:
            attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=query.device).tril()
        if attn_mask is not None:
            boolean = attn_mask.dtype == torch.bool
            scores = scores.masked_fill(~attn_mask, -torch.inf) if boolean else scores + attn_mask
        return self._dropout(scores.softmax(-1), dropout_p) @ value


class _BatchNorm(torch.autograd.Function):
    """BatchNorm of (n, C, ...) with the mean and variance (C,) of the rows of all processes.

    ``running_mean`` and ``running_variance`` move by ``momentum`` in place, as in one process. With
    x' = (x - mean) / std and N values per channel in all processes, the gradient of x is
    weight / std (dy - sum(dy) / N - x' sum(dy x') / N), with both sums over all processes; those of weight and bias are
    the parts of this process.
    """

    @staticmethod
    def forward(
        ctx: Any,
        inputs: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        running_mean: torch.Tensor | None,
        running_variance: torch.Tensor | None,
        momentum: float,
        eps: float,
        team: Team,
    ) -> torch.Tensor:
        axes, channels = [axis for axis in range(inputs.ndim) if axis != 1], inputs.shape[1]
        own_variance, own_mean = torch.var_mean(inputs.float(), axes, correction=0)
        # One row per process: sums of squares around each own mean lose no digits, unlike those around zero.
        each = torch.zeros((team.size, 2 * channels + 1), dtype=torch.float64, device=inputs.device)
        each[team.rank] = torch.cat([own_mean, own_variance, own_mean.new_tensor([inputs.numel() // channels])])
        means, variances, counts = team.sum(each).split_with_sizes([channels, channels, 1], dim=1)
        total = counts.sum()
        mean = (counts * means).sum(0) / total
        variance = (counts * (variances + (means - mean).square())).sum(0) / total
        if running_mean is not None and running_variance is not None:
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
            running_variance.lerp_((variance * total / (total - 1)).to(running_variance.dtype), momentum)
        mean, variance, ctx.eps, ctx.team, ctx.total = mean.float(), variance.float(), eps, team, total.float()
        ctx.save_for_backward(inputs, weight, mean, variance)
        return functional.batch_norm(inputs, mean, variance, weight, bias, False, 0.0, eps)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        inputs, weight, mean, variance = ctx.saved_tensors
        scaled, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
            gradients[0].contiguous(memory_format=_layout(inputs)),
            *(inputs, weight, mean, variance, None, None, False, ctx.eps, [True, True, True]),
        )
        if not ctx.needs_input_grad[0]:
            return None, of_weight, of_bias, None, None, None, None, None
        along, offset = ctx.team.sum(torch.stack([of_weight, of_bias]).float()) / ctx.total
        std = (variance + ctx.eps).sqrt()
        slope = weight / std * along / std
        shift = slope * mean - weight / std * offset
        shape = (1, -1, *[1] * (inputs.ndim - 2))
        of_inputs = scaled - (slope.view(shape) * inputs - shift.view(shape)).to(scaled.dtype)
        return of_inputs, of_weight, of_bias, None, None, None, None, None


def _layout(tensor: torch.Tensor) -> torch.memory_format:
    last = tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if last else torch.contiguous_format
