"""Features of many examples, by an engine that computes in float32 and agrees with plain PyTorch.

In: a model with its current weights, and examples. Out: a function that computes features, to which the heads are
applied; no activations are cached.
Predicting a thousand photos or scoring a fine-tuned model is the same work as running the frozen part in training, and
is done by the same engines. The engine is chosen by counting operations, not by timing, so that the same model and
examples give the same logits on a busy machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.padded import Inputs
from ghep.data.loading.views import PLAIN
from ghep.errors import ConfigError, did_you_mean
from ghep.features.costs import counted_seconds, typical_example
from ghep.features.engines.choose import CANDIDATES, choose_engine, exact_engine
from ghep.features.engines.choose import PLAIN as REFERENCE
from ghep.features.engines.engine import Engine
from ghep.model.predict import Forward, plain_forward
from ghep.model.transfer import TransferModel

ENOUGH = 64
"""Fewer examples are run by plain PyTorch: choosing an engine would take longer than it saves."""
SAMPLE = 16


def exact_forward(
    model: TransferModel, data: LabelledExamples, *, images: int, engine: str = "auto", scored_by: str = ""
) -> Forward:
    """Return the forward pass of the backbone for about ``images`` examples like those of ``data``.

    ``engine`` is ``auto`` or a name, as in ``choose_engine``; the name of an engine in half precision means ``auto``.
    ``scored_by`` is the engine that computed the model's scores; if it is given, ``auto`` means this engine. The
    forward pass is valid until the weights change. Raises ConfigError for an unknown engine.
    """
    backbone = model.backbone
    exact = [candidate for candidate in CANDIDATES if candidate.exact]
    inexact = {candidate.name for candidate in CANDIDATES} - {candidate.name for candidate in exact}
    wanted = "auto" if engine in inexact else engine
    if wanted not in (names := ("auto", REFERENCE, *(candidate.name for candidate in exact))):
        raise ConfigError("unknown-engine", name=engine, hint=did_you_mean(engine, [*names, *inexact]))
    last, decided = len(backbone.blocks()), scored_by
    if min(images, len(data)) == 0 or backbone.ragged_features:
        return plain_forward
    if wanted == "auto" and not decided:
        decided = REFERENCE if images < ENOUGH else _by_count(model, data, images)
    if REFERENCE in (wanted, decided):
        return plain_forward
    indices = np.unique(np.linspace(0, len(data) - 1, min(SAMPLE, len(data))).astype(int))
    sample = data.inputs(indices, [PLAIN] * len(indices))
    choice = choose_engine(backbone, sample, (last,), images=images, wanted=wanted, candidates=exact, decided=decided)
    return plain_forward if choice.engine.name == REFERENCE else _ByEngine(choice.engine)


def engine_of(forward: Forward) -> str:
    """Return the name of the engine that ``forward``, a result of ``exact_forward``, uses."""
    return forward.engine.name if isinstance(forward, _ByEngine) else REFERENCE


@dataclass(frozen=True)
class _ByEngine:
    """A forward pass whose features are computed by an engine."""

    engine: Engine

    def __call__(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> Inputs:
        if boundary:  # the inputs are activations, not examples
            return plain_forward(model, inputs, boundary)
        return self.engine(inputs)[0]


def _by_count(model: TransferModel, data: LabelledExamples, images: int) -> str:
    seconds = counted_seconds(model.backbone, typical_example(data))[-1]
    parameters = sum(parameter.numel() for parameter in model.backbone.parameters())
    return exact_engine(seconds, parameters, images=images, device=model.device.type)
