"""Samples to read: text that a causal model writes, hidden words that a masked model fills in, spans that T5 writes.

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
from ghep.pretrain.objectives.span import SpanCorruption
from ghep.pretrain.tokens import Tokens

COUNT = 4
"""Samples."""
PROMPT, WRITTEN = 12, 48
"""Tokens of the beginning that a model continues, and tokens that it writes."""
TEMPERATURE = 0.8
WINDOW = 40
"""Tokens of a filled-in text that are shown."""
SPANS, GAP = 4, -2
"""Spans of a text that are shown; a mark for a place where one was."""
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

    Shown is the beginning of held-out blocks, with one token in eight hidden.
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


def filled_spans(model: PretrainingModel, objective: SpanCorruption, blocks: Blocks) -> list[Sample]:
    """Return ``masked``, and ``filled``: a span that was cut out of a held-out block, and what is written there.

    The decoder writes the most probable token at each step, up to the length of the original.
    """
    tokens, end = objective.tokens, objective.end
    found: list[Sample] = []
    with torch.no_grad(), evaluating(model):
        for place in spaced(len(blocks), COUNT):
            ids, targets = blocks.corrupted(int(place))
            written = _spans_written(model, ids, len(targets), end)
            texts = [_by_sentinel(one, objective.sentinels, tokens) for one in (targets, written)]
            cut = [one for one in objective.sentinels.tolist() if one in ids][:SPANS]
            if cut:
                last = int(np.flatnonzero(ids == cut[-1])[0]) + WINDOW // 4
                masked = np.where(np.isin(ids, objective.sentinels), GAP, ids)[:last]
                parts = np.split(masked, np.flatnonzero(masked == GAP))
                text = " ___ ".join(tokens.decode([one for one in part if one != GAP]) for part in parts)
                pairs = [[texts[0].get(one, ""), texts[1].get(one, "")] for one in cut]
                found.append({"masked": text.strip(), "filled": pairs})
    return found


def _spans_written(model: PretrainingModel, ids: np.ndarray, limit: int, end: int) -> np.ndarray:
    """Return the ids that the decoder writes for ``ids`` (L,), at most ``limit``."""
    head: Any = model.head
    inputs = Padded(torch.from_numpy(ids)[None].to(model.device), torch.tensor([len(ids)], device=model.device))
    states, written = model.backbone(inputs), torch.zeros((1, 1), dtype=torch.long, device=model.device)
    for step in range(limit):
        written[0, step] = head.logits(head(states, written)[0, -1:])[0].argmax()
        if written[0, step] == end:
            break
        written = torch.cat([written, torch.zeros_like(written[:, :1])], dim=1)
    return written[0].cpu().numpy()


def _by_sentinel(ids: np.ndarray, sentinels: np.ndarray, tokens: Tokens) -> dict[int, str]:
    """Return sentinel -> the text after it, up to the next one."""
    places = np.flatnonzero(np.isin(ids, sentinels))
    return {int(part[0]): tokens.decode(part[1:].tolist()) for part in np.split(ids, places)[1:]}


def _logits(model: PretrainingModel, ids: list[int]) -> torch.Tensor:
    """Return logits (L, V) of one text."""
    inputs = Padded(torch.tensor([ids], device=model.device), torch.tensor([len(ids)], device=model.device))
    states = model.backbone(inputs)
    assert isinstance(states, Padded)
    logits: torch.Tensor = model.head(states.values[0])
    return logits.float().cpu()
