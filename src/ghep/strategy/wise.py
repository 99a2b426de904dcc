"""Interpolation between the pretrained and the fine-tuned weights (WiSE-FT, Wortsman et al. 2021, arXiv:2109.01903).

In: the tensors of two models on one backbone: the solved head on the pretrained blocks (alpha 0), and the fine-tuned
blocks and heads (alpha 1). Out: a model in between. It costs no training. Alpha is 0.5, which the paper recommends
where nothing else is known, or the nearest alpha that is as good on valid as the best, up to one standard error of the
paired difference: on 100 examples smaller differences are noise, and either end gives up much of what the other knows.

Both ends are exact, bit for bit. In between every tensor is interpolated; one that training did not change stays as it
is, and integers (counters) are those of the fine-tuned end.

BatchNorm statistics are interpolated too. Averages of networks that are far apart need statistics that are measured
anew (Izmailov et al. 2018, arXiv:1803.05407), but these two have one start, and the solved head was fitted to features
that the pretrained statistics normalise: statistics measured on the target inputs cost accuracy on both target and
source (docs/guards.md). Should an interpolated network collapse all the same, it is not the best on valid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from ghep.data.loading.batches import BatchSource
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.tasks.base import labelled
from ghep.team import Team
from ghep.training.moving import State, copied, moving, put
from ghep.training.precision import Precision
from ghep.training.state import ValidResult
from ghep.training.validation import each_example, valid_result
from ghep.types import Finding

ALPHAS = tuple(step / 10 for step in range(11))
MIDDLE = 0.5
"""Alpha without labels in valid, and where valid shows no other to be better."""


class Tried(NamedTuple):
    """One alpha, its score and loss on valid, and what else was measured there."""

    alpha: float
    result: ValidResult
    more: Mapping[str, float]
    each: torch.Tensor
    """Score of each labelled example (n,)."""


@dataclass(frozen=True)
class Interpolated:
    """Where the model is between the two ends, and how each alpha scored."""

    alpha: float
    tried: tuple[Tried, ...] = ()
    """Empty if alpha was not chosen on valid."""

    def to_json(self) -> dict[str, Any]:
        """Return the record of the run: ``alpha``, and a row for each alpha that was tried on valid."""
        rows = [
            {"alpha": one.alpha, "score": one.result.score, "loss": one.result.loss, **one.more} for one in self.tried
        ]
        return {"alpha": self.alpha, "valid": rows}

    def finding(self, *, given: bool) -> Finding:
        """Return what was chosen and why; ``given``: by the user."""
        if given:
            return Finding.of("wise", "info", message="wise-given", alpha=self.alpha)
        if not self.tried:
            return Finding.of("wise-without-valid", "warning", alpha=self.alpha)
        scores = {one.alpha: one.result.score for one in self.tried}
        probe, tuned = scores[0.0], scores[max(scores)]
        return Finding.of("wise", "info", alpha=self.alpha, score=scores[self.alpha], probe=probe, tuned=tuned)


def interpolate(
    model: TransferModel,
    start: Mapping[str, torch.Tensor],
    *,
    unchanged: int,
    alpha: float | None,
    valid: BatchSource | None,
    class_weights: Mapping[str, torch.Tensor],
    precision: Precision,
    workers: int = 2,
    inspect: Callable[[], Mapping[str, float]] | None = None,
    team: Team | None = None,
) -> Interpolated:
    """Put ``model``, which is fine-tuned, between ``start`` and its own weights.

    ``start`` has all tensors outside the first ``unchanged`` blocks, by their names in ``TransferModel.state``. If
    ``alpha`` is None, ``chosen`` chooses it on ``valid``; without labels there it is ``MIDDLE``. ``class_weights``
    (task -> weights) count in the score as in training. ``inspect`` measures the model at each alpha that is tried.
    The processes of a ``team`` share the passes over ``valid``.
    """
    live = moving(model, unchanged)
    end = copied(live)
    if valid is not None and not any(labelled(targets).any() for targets in valid.targets.values()):
        valid = None
    tried: list[Tried] = []
    if alpha is None and valid is not None:
        same = all(torch.equal(start[name], tensor) for name, tensor in end.items())
        for one in (0.0,) if same else ALPHAS:
            put(live, between(start, end, one))
            logits = predict_logits(model, valid, forward=precision.features, workers=workers, team=team)
            result = valid_result(model.tasks, logits, valid.targets, class_weights)
            each = each_example(model.tasks, logits, valid.targets)["score"]
            tried.append(Tried(one, result, {} if inspect is None else inspect(), each))
        alpha = chosen(tried)
    alpha = MIDDLE if alpha is None else alpha
    put(live, between(start, end, alpha))
    model.eval()
    return Interpolated(alpha, tuple(tried))


def chosen(tried: Sequence[Tried]) -> float:
    """Return the alpha nearest to ``MIDDLE`` of those that are as good as the best, the smaller of two.

    As good is a score that is lower by at most one standard error of the paired difference.
    """
    best = max(tried, key=lambda one: (one.result.score, -one.result.loss))

    def as_good(one: Tried) -> bool:
        error = float((best.each - one.each).double().std() / len(one.each) ** 0.5) if len(one.each) > 1 else 0.0
        worse = best.result.score - one.result.score > error + 1e-9  # one example that differs is one error exactly
        return not worse  # an error of NaN, of numbers that are all equal, rules nothing out

    return min((one.alpha for one in tried if as_good(one)), key=lambda alpha: (abs(alpha - MIDDLE), alpha))


def between(start: Mapping[str, torch.Tensor], end: Mapping[str, torch.Tensor], alpha: float) -> State:
    """Return (1 - alpha) ``start`` + alpha ``end`` of each tensor in ``end``; exactly one of the two at 0 and 1."""
    if alpha in (0, 1):
        return copied({name: start[name] if alpha == 0 else tensor for name, tensor in end.items()})
    return {
        name: torch.lerp(start[name], tensor, alpha)
        if tensor.is_floating_point() and not torch.equal(start[name], tensor)
        else tensor.clone()
        for name, tensor in end.items()
    }
