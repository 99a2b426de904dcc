"""Text backbones: a network over token ids, pooled to one feature vector per text.

    TextNet(model, pooling)    Padded ids (N, L) -> features (N, D)
    TextBackbone               the same with blocks, preprocessing and card

Pooling, over the real tokens:

    mean            the default; most sentence encoders were trained with it
    first           the first token, BERT's [CLS]
    last            the last real token, the only position at which a GPT has read the whole text
    max             the maximum of each feature
    mean-sqrt       the sum divided by the square root of the number of tokens
    weighted-mean   the mean with weights 1, 2, 3, ... (for GPT kinds: SGPT, arXiv:2202.08904)
    mean+max, ...   several of these, concatenated
    none            all positions, for heads that read them
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ghep.backbone.architecture import Architecture
from ghep.backbone.bag_of_vectors import count_documents
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blocks import evaluating
from ghep.backbone.layers import find_layers, run_at, run_from
from ghep.data.loading.padded import Inputs, Padded
from ghep.data.text.tokens import SECOND, CharacterPreprocess, TokenPreprocess
from ghep.errors import BackboneError, ConfigError
from ghep.types import Example, Finding

USUAL_LENGTH = 512
"""Positions of BERT, the usual limit of a text."""
SPEED = 50e9
"""FLOP/s of two CPU cores in float32, for a rough estimate in minutes."""
LONG_PASS = 60.0
"""Seconds of one pass over the texts above which the cost is reported."""
LONGEST = 512
"""Maximum number of words that word models read of a text."""
TIED = ("gpt2", "gpt_neo", "opt")
"""Kinds of causal language models whose logits are the last states times the input embedding, if that is tied."""
POOLINGS = ("mean", "first", "last", "max", "mean-sqrt", "weighted-mean")


class TextNet(nn.Module):
    """A Hugging Face transformer with pooling."""

    def __init__(self, model: nn.Module, pooling: str, *, pad: int = 0, normalize: bool = False) -> None:
        super().__init__()
        if pooling != "none" and not set(pooling.split("+")) <= set(POOLINGS):
            raise BackboneError("unknown-pooling", name=pooling, known=POOLINGS)
        self.model = model
        self.pooling = pooling
        self.pad = pad
        self.normalize = normalize
        """Whether features are scaled to unit length, as in sentence encoders trained for cosine similarity."""
        types = getattr(getattr(model, "config", None), "type_vocab_size", 0) or 0
        self.segments = types > 1 and "token_type_ids" in inspect.signature(model.forward).parameters
        """Whether the network has segment embeddings for pairs of texts (BERT, not RoBERTa)."""

    def forward(self, inputs: Padded) -> Inputs:
        """Token ids (N, L) -> features (N, D). In a pair of texts, the ids of the second text have ``SECOND`` added."""
        mask = inputs.mask
        ids = inputs.values.masked_fill(~mask, self.pad)
        types = {}
        if self.segments:
            second = (ids >= SECOND).long()
            ids, types = ids - SECOND * second, {"token_type_ids": second}
        out = self.model(input_ids=ids, attention_mask=mask.long(), **types).last_hidden_state
        features = pooled(Padded(out, inputs.lengths), self.pooling)
        return functional.normalize(features, dim=1) if self.normalize else features  # type: ignore[arg-type]


def pooled(states: Padded, pooling: str) -> Inputs:
    """Pool ``states`` (N, L, H) to (N, H), or to (N, P * H) for P poolings joined by ``+``; ``none``: unchanged."""
    if pooling == "none":
        return states
    parts = [_pooled(states, one) for one in pooling.split("+")]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


def _pooled(states: Padded, pooling: str) -> torch.Tensor:
    if pooling == "first":
        return states.values[:, 0]
    if pooling == "last":
        return states.values[torch.arange(len(states), device=states.device), states.lengths - 1]
    padding = ~states.mask.unsqueeze(-1)
    if pooling == "max":
        return states.values.masked_fill(padding, -torch.inf).amax(1)
    # masked_fill, not values * mask: padded positions may hold any value, including infinity.
    real = states.values.masked_fill(padding, 0.0).float()
    count = states.lengths.unsqueeze(-1)
    if pooling == "weighted-mean":
        weights = torch.arange(1, real.shape[1] + 1, device=states.device, dtype=real.dtype)
        return ((real * weights[:, None]).sum(1) / (count * (count + 1) / 2)).to(states.values.dtype)
    return (real.sum(1) / (count.sqrt() if pooling == "mean-sqrt" else count)).to(states.values.dtype)


def refuse_other_vocabulary(preprocess: TokenPreprocess, rows: int, *, name: str) -> None:
    """Raise BackboneError if the tokenizer has more tokens than the embedding has ``rows``."""
    tokens = preprocess.vocabulary_size()
    if tokens > rows:
        raise BackboneError("tokenizer-of-other-model", name=name, tokens=tokens, rows=rows)


class TextBackbone(Backbone):
    """A backbone for texts; ``forward``: Padded ids (N, L) -> features (N, D)."""

    preprocess: TokenPreprocess | CharacterPreprocess

    def __init__(
        self,
        net: nn.Module,
        *,
        architecture: Architecture,
        preprocess: TokenPreprocess | CharacterPreprocess,
        card: Card,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        if isinstance(preprocess, TokenPreprocess):
            preprocess = replace(preprocess, segments=isinstance(net, TextNet) and net.segments)
        super().__init__(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
        self._layers = find_layers(net, preprocess.sample(2, 5))
        self._blocks = self._layers.blocks
        with torch.no_grad(), evaluating(net):
            features = net(preprocess.sample(1, 3))
        self.feature_dim = int((features.values if isinstance(features, Padded) else features).shape[-1])

    def forward_at(self, inputs: Inputs, boundaries: Sequence[int]) -> list[Inputs]:
        """Return the activation at each of ``boundaries``, Padded (N, L, H); at the last boundary, the features."""
        assert isinstance(inputs, Padded)
        return run_at(self.net, self._layers, inputs, [self._checked(k) for k in boundaries])

    def forward_from(self, activation: Inputs, k: int) -> Inputs:
        """Run the blocks after boundary ``k`` on its activation; return the features (N, D).

        At the last boundary, the activation is the features.
        """
        if self._checked(k) == len(self._blocks):
            return activation
        assert isinstance(activation, Padded)
        features: Inputs = run_from(self.net, self._layers, activation, k)
        return features

    def next_token_loss(self, inputs: Inputs) -> torch.Tensor | None:
        """Return the cross-entropy (M,) in nats of each token but the first of each text, given those before it.

        The output layer of the kinds in ``TIED`` is their input embedding. None for all others: their output layer is
        not loaded with the network.
        """
        config = getattr(getattr(self.net, "model", None), "config", None)
        tied = getattr(config, "model_type", "") in TIED and getattr(config, "tie_word_embeddings", False)
        if not tied or not isinstance(self.net, TextNet) or self.net.pooling == "none":
            return None
        assert isinstance(inputs, Padded)
        model: Any = self.net.model
        states = TextNet(model, "none", pad=self.net.pad)(inputs)
        weight = model.get_input_embeddings().weight
        losses = [
            functional.cross_entropy(functional.linear(state[:-1].float(), weight), ids[1:], reduction="none")
            for state, ids in zip(states.rows(), inputs.rows(), strict=True)
        ]
        return torch.cat(losses)

    def summands(self, inputs: Padded) -> Padded | None:
        """Return the part (N, L, D) that each position has in the features, if they are a sum; None for other networks.

        The sum over L is the features (N, D).
        """
        parts: Callable[[Padded], Padded] | None = getattr(self.net, "summands", None)
        return None if parts is None else parts(inputs)

    def limit_texts(self, max_length: int | None, truncate: str | None) -> None:
        """Set how many positions of a text are read, and whether longer texts keep ``head``, ``tail`` or both.

        Raises ConfigError if the network cannot read that many positions, or if the special tokens take all of them.
        """
        limit = max_length or self.preprocess.max_length
        if limit > self.preprocess.max_length:
            self._refuse_beyond(limit)
        self.preprocess = replace(self.preprocess, max_length=limit, truncate=truncate or self.preprocess.truncate)
        if isinstance(self.preprocess, TokenPreprocess) and limit <= self.preprocess.special_tokens():
            special = self.preprocess.special_tokens()
            raise ConfigError("max-length-too-short", limit=limit, special=special, name=self.card.name)

    def _refuse_beyond(self, limit: int) -> None:
        """Run the network on a text of ``limit`` positions; raise ConfigError if it fails."""
        try:
            with torch.no_grad(), evaluating(self.net):
                self.net(self.preprocess.sample(1, limit))
        except (IndexError, RuntimeError, ValueError) as error:
            most = self.preprocess.max_length
            raise ConfigError("max-length-too-long", limit=limit, name=self.card.name, most=most) from error

    def cost_findings(self, lengths: np.ndarray | None) -> tuple[Finding, ...]:
        """Return a warning if one pass over the training texts takes minutes; it gives the time with truncation too.

        ``lengths`` (N,) are the numbers of tokens of the texts.
        """
        if lengths is None or self.width is None:
            return ()
        weights = sum(p.numel() for k in range(1, len(self._blocks)) for p in self.block_parameters(k).values())
        layers = len(self._blocks) - 1

        def operations(positions: np.ndarray) -> float:
            """Return the FLOP of a forward pass over texts with ``positions`` (N,) tokens.

            These are 2 per weight and token, and 4 H (H: hidden size) per pair of tokens in each layer's attention.
            """
            return float((2.0 * weights * positions + 4.0 * layers * (self.width or 0) * positions**2).sum())

        whole, cut = operations(lengths.astype(float)), operations(np.minimum(lengths, USUAL_LENGTH).astype(float))
        if whole < LONG_PASS * SPEED or whole < 2 * cut:
            return ()
        return (
            Finding.of(
                "long-texts-slow",
                "warning",
                long=int((lengths > USUAL_LENGTH).sum()),
                count=len(lengths),
                limit=USUAL_LENGTH,
                longest=int(lengths.max()),
                tflop=whole / 1e12,
                minutes=whole / SPEED / 60,
                gflops=SPEED / 1e9,
                cut_tflop=cut / 1e12,
                cut_minutes=cut / SPEED / 60,
            ),
        )

    fixed_size = False

    @property
    def shallow(self) -> bool:
        """Whether the network is word vectors or recurrent."""
        return bool(getattr(self.net, "shallow", False))

    @property
    def width(self) -> int | None:
        """Return the hidden size H (of the first layer's input); None for a network without layers (word vectors)."""
        return self._layers.widths[0] if self._layers.widths else None

    def example(self, count: int) -> Padded:
        """Return a batch of ``count`` synthetic sequences of different lengths."""
        sample = self.preprocess.sample(count, 3 + 4 * count)
        lengths = sample.lengths - 2 * torch.arange(count)
        return Padded(sample.values * (torch.arange(sample.values.shape[1]) < lengths[:, None]), lengths)

    def row_elements(self, k: int) -> int:
        """Return the number of elements of an activation: D at the last boundary, else H, those of one position."""
        return self.feature_dim if k == len(self._blocks) else self._layers.widths[k - 1]

    def look_at(self, prepared: Callable[[Example], np.ndarray], examples: Sequence[Example]) -> None:
        """If the network weights words by tf-idf, compute the weights from the training ``examples`` (``set_idf``).

        ``prepared`` returns the token ids of an example.
        """
        if getattr(self.net, "idf", None) is not None:
            net: Any = self.net
            counts = count_documents(map(prepared, examples), vocabulary=len(net.idf))
            net.set_idf(counts, len(examples))
