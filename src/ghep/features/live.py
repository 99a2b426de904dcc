"""Logits of the whole model for many examples, by an engine that computes in float32 and agrees with plain PyTorch.

In: a model as it is now and examples; nothing is stored. Out: the forward pass to predict with. Predicting a thousand
photos and scoring a fine-tuned model are the same work as the frozen part of training, and the same engines do it.
Which one is counted, not timed: the same model and examples have the same answers on a busy machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

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
"""Fewer examples are not worth a look at engines."""
SAMPLE = 16


def exact_forward(
    model: TransferModel, data: LabelledExamples, *, images: int, engine: str = "auto", scored_by: str = ""
) -> Forward:
    """Return the forward pass for about ``images`` examples like those of ``data``: features by an engine, then heads.

    ``engine`` is ``auto`` or a name, as in ``choose_engine``; one of half precision counts as ``auto``. ``scored_by``
    is the name of the engine by which the model was scored: ``auto`` takes it, however few the examples are. The
    forward pass holds for the weights as they are. Raises ConfigError for an engine that is not there.
    """
    backbone = model.backbone
    exact = [candidate for candidate in CANDIDATES if candidate.exact]
    known = {candidate.name for candidate in CANDIDATES} - {candidate.name for candidate in exact}
    wanted = "auto" if engine in known else engine
    if wanted not in (names := ("auto", REFERENCE, *(candidate.name for candidate in exact))):
        raise ConfigError(f'no engine is called "{engine}"', remedy=did_you_mean(engine, [*names, *known]))
    last, decided = len(backbone.blocks()), scored_by
    if min(images, len(data)) == 0 or backbone.ragged_features:
        return plain_forward
    if wanted == "auto" and not decided:
        decided = REFERENCE if images < ENOUGH else _by_count(model, data, images)
    if REFERENCE in (wanted, decided):
        return plain_forward
    places = np.unique(np.linspace(0, len(data) - 1, min(SAMPLE, len(data))).astype(int))
    sample = data.inputs(places, [PLAIN] * len(places))
    choice = choose_engine(backbone, sample, (last,), images=images, wanted=wanted, candidates=exact, decided=decided)
    return plain_forward if choice.engine.name == REFERENCE else _Through(choice.engine)


def engine_of(forward: Forward) -> str:
    """Return the name of the engine that computes features in ``forward``, which ``exact_forward`` returned."""
    return forward.engine.name if isinstance(forward, _Through) else REFERENCE


@dataclass(frozen=True)
class _Through:
    """A forward pass whose features come from an engine."""

    engine: Engine

    def __call__(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        if boundary:  # of activations, not of examples
            return plain_forward(model, inputs, boundary)
        return model.from_features(self.engine(inputs)[0])


def _by_count(model: TransferModel, data: LabelledExamples, images: int) -> str:
    seconds = counted_seconds(model.backbone, typical_example(data))[-1]
    parameters = sum(parameter.numel() for parameter in model.backbone.parameters())
    return exact_engine(seconds, parameters, images=images, device=model.device.type)
