"""Samples to read: text that a causal model writes, hidden words that a masked model fills in.

In: a trained model and held-out blocks. Out: plain values for ``pretraining.json``. Every draw has a fixed seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ghep.backbone.blocks import evaluating
from ghep.data.loading.batches import spaced
from ghep.data.loading.padded import Padded
from ghep.pretrain.blocks import Blocks
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.tokens import Tokens

COUNT = 4
"""Samples."""
PROMPT, WRITTEN = 12, 48
"""Tokens of the beginning that a model continues, and tokens that it writes."""
TEMPERATURE = 0.8
WINDOW = 40
"""Tokens of a filled-in text that are shown."""
Sample = Mapping[str, Any]


def written(model: PretrainingModel, tokens: Tokens, blocks: Blocks, *, seed: int) -> list[Sample]:
    """Return ``prompt`` and ``text``: the beginnings of held-out blocks, and how the model continues them.

    The next token is drawn from its distribution at ``TEMPERATURE``.
    """
    found: list[Sample] = []
    rng = np.random.default_rng([seed, 0x7772])
    with torch.no_grad(), evaluating(model):
        for place in spaced(len(blocks), COUNT):
            ids = blocks.block(int(place))[:PROMPT].tolist()
            prompt, limit = tokens.decode(ids), int(blocks.lengths.max()) - 1
            for _ in range(WRITTEN):
                logits = _logits(model, ids[-limit:])[-1].double().numpy() / TEMPERATURE
                shares = np.exp(logits - logits.max())
                ids.append(int(rng.choice(len(shares), p=shares / shares.sum())))
                if ids[-1] == tokens.end:
                    break
            found.append({"prompt": prompt, "text": tokens.decode(ids)[len(prompt) :]})
    return found


def filled_in(model: PretrainingModel, tokens: Tokens, blocks: Blocks) -> list[Sample]:
    """Return ``masked``, and ``filled``: pairs of what was hidden and the most probable token there.

    Shown is the middle of held-out blocks, with one word in eight hidden.
    """
    found: list[Sample] = []
    assert tokens.mask is not None
    with torch.no_grad(), evaluating(model):
        for place in spaced(len(blocks), COUNT):
            ids = blocks.block(int(place))[: WINDOW + 2]
            own = np.flatnonzero(~np.isin(ids, tokens.special))
            hidden = own[3::8]
            if not len(hidden):
                continue
            masked = ids.copy()
            masked[hidden] = tokens.mask
            logits = _logits(model, masked.tolist())
            best = [int(logits[spot].argmax()) for spot in hidden]
            pairs = [
                [tokens.name_of(int(ids[spot])), tokens.name_of(one)] for spot, one in zip(hidden, best, strict=True)
            ]
            found.append({"masked": tokens.decode_with_masks(masked.tolist()), "filled": pairs})
    return found


def _logits(model: PretrainingModel, ids: list[int]) -> torch.Tensor:
    """Return logits (L, V) of one text."""
    inputs = Padded(torch.tensor([ids], device=model.device), torch.tensor([len(ids)], device=model.device))
    states = model.backbone(inputs)
    assert isinstance(states, Padded)
    logits: torch.Tensor = model.head(states.values[0])
    return logits.float().cpu()
