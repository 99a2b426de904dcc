"""Logits of the whole model for many examples, by the fastest engine that computes in float32 and agrees with it.

In: a model as it is now and examples; nothing is stored. Out: the forward pass to predict with. Predicting a thousand
photos and scoring a fine-tuned model are the same work as the frozen part of training, and the same engines do it.
"""

from __future__ import annotations

import numpy as np
import torch

from ghep.data.loader import LabelledExamples
from ghep.data.padded import Inputs
from ghep.data.views import PLAIN
from ghep.errors import ConfigError, did_you_mean
from ghep.features.engines.choose import CANDIDATES, choose_engine
from ghep.features.engines.choose import PLAIN as REFERENCE
from ghep.model.predict import Forward, plain_forward
from ghep.model.transfer import TransferModel

ENOUGH = 64
"""Fewer examples are not worth a look at engines."""
SAMPLE = 16


def exact_forward(model: TransferModel, data: LabelledExamples, *, images: int, engine: str = "auto") -> Forward:
    """Return the forward pass for about ``images`` examples like those of ``data``: features by an engine, then heads.

    ``engine`` is ``auto`` or a name, as in ``choose_engine``; one of half precision counts as ``auto``. The forward
    pass holds for the weights as they are. Raises ConfigError for an engine that is not there.
    """
    backbone = model.backbone
    exact = [candidate for candidate in CANDIDATES if candidate.exact]
    known = {candidate.name for candidate in CANDIDATES} - {candidate.name for candidate in exact}
    wanted = "auto" if engine in known else engine
    if wanted not in (names := ("auto", REFERENCE, *(candidate.name for candidate in exact))):
        raise ConfigError(f'no engine is called "{engine}"', remedy=did_you_mean(engine, [*names, *known]))
    few = min(images, len(data)) == 0 or (wanted == "auto" and images < ENOUGH)
    if few or wanted == REFERENCE or backbone.ragged_features:
        return plain_forward
    places = np.unique(np.linspace(0, len(data) - 1, min(SAMPLE, len(data))).astype(int))
    sample = data.inputs(places, [PLAIN] * len(places))
    last = len(backbone.blocks())
    choice = choose_engine(backbone, sample, (last,), images=images, wanted=wanted, candidates=exact)
    if choice.engine.name == REFERENCE:
        return plain_forward

    def forward(model: TransferModel, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        if boundary:  # of activations, not of examples
            return plain_forward(model, inputs, boundary)
        return model.from_features(choice.engine(inputs)[0])

    return forward
