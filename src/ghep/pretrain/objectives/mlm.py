"""Masked language modelling (BERT, arXiv:1810.04805): hidden tokens are predicted from the text on both sides.

Of the hidden tokens 80 % become the mask token, 10 % a random token, 10 % stay.
"""

from __future__ import annotations

from functools import cached_property
from math import log
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.huggingface import BUILDER, is_causal
from ghep.backbone.text import TextBackbone, TextNet
from ghep.data.corruption import mask_tokens
from ghep.data.loading.padded import Padded
from ghep.data.text.tokens import TokenPreprocess
from ghep.errors import ConfigError
from ghep.pretrain.language_head import LanguageHead, language_head, predict_tokens
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Saved, Size, TokenLosses
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.tokens import Tokens
from ghep.training.precision import Precision


class MaskedLanguageModel:
    """Predict hidden tokens."""

    name = "mlm"
    first: int | None = None

    def __init__(self, tokens: Tokens, options: PretrainOptions) -> None:
        if tokens.mask is None:
            raise ConfigError("pretrain-no-mask-token", objective=self.name)
        self.tokens, self.mask = tokens, tokens.mask
        self.share = options.masking or 0.15

    @cached_property
    def ordinary(self) -> np.ndarray:
        """Ids that may replace a hidden token."""
        return np.setdiff1d(np.arange(self.tokens.size), self.tokens.special)

    def head(self, backbone: TextBackbone, *, seed: int, folder: Path | None) -> tuple[nn.Module, bool]:
        """Return the head of ``BertForMaskedLM`` and its like."""
        from transformers import AutoModelForMaskedLM

        assert isinstance(backbone.net, TextNet) and isinstance(backbone.preprocess, TokenPreprocess)
        if is_causal(backbone.net, backbone.preprocess.sample(1, 6)):
            raise ConfigError("pretrain-mlm-of-causal", name=backbone.card.name)
        return language_head(backbone.net.model, AutoModelForMaskedLM, seed=seed, folder=folder, objective=self.name)

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids with hidden tokens, and the targets (L,)."""
        return mask_tokens(ids, fixed, rng, mask=self.mask, ordinary=self.ordinary, share=self.share)

    def loss(
        self,
        model: PretrainingModel,
        ids: Padded,
        targets: torch.Tensor,
        precision: Precision,
        rng: np.random.Generator | None,  # noqa: ARG002 - all chance is in the corruption
    ) -> TokenLosses:
        """Return the losses at the hidden places."""
        states = precision.features(model, ids)
        assert isinstance(states, Padded)
        return predict_tokens(model, states, targets.to(states.device), precision)

    def architecture(self, size: Size) -> Architecture:
        """Return a ModernBERT of this size."""
        return modern_bert(self.tokens, size)

    def guessing(self) -> float:
        """Return ln V."""
        return log(self.tokens.size)

    def saved(self, model: PretrainingModel) -> Saved:
        """Return backbone and head in the names of transformers' class."""
        assert isinstance(model.head, LanguageHead)
        return model.head.saved(model)


def modern_bert(tokens: Tokens, size: Size) -> Architecture:
    """Return a ModernBERT of this size (arXiv:2412.13663), with full attention in every layer.

    Its positions are rotations, so a layer can look at a neighbour from the start. A BERT has to learn what its
    position embeddings mean, and with a small corpus that takes longer than the whole training (docs/LOG.md).
    """
    before, after = tokens.around
    first, last = (int(ids[0]) if len(ids) else None for ids in (before, after))
    config = {
        "vocab_size": tokens.size,
        "hidden_size": size.width,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": 16 * round(8 / 3 * size.width / 16),  # gated: as many weights as BERT's 4 times the width
        "max_position_embeddings": size.length,
        "layer_types": ["full_attention"] * size.layers,
        "rope_parameters": {
            kind: {"rope_type": "default", "rope_theta": 10_000.0} for kind in ("full_attention", "sliding_attention")
        },
        "attention_dropout": size.dropout,
        "embedding_dropout": size.dropout,
        "mlp_dropout": size.dropout,
        "pad_token_id": tokens.pad,
        **{f"{name}_token_id": first for name in ("cls", "bos")},
        **{f"{name}_token_id": last for name in ("sep", "eos")},
    }
    return Architecture(BUILDER, "modernbert", {"config": config, "pooling": "none"})


def bert(tokens: Tokens, size: Size) -> Architecture:
    """Return a BERT of this size, which can also be a decoder."""
    config = {
        "vocab_size": tokens.size,
        "hidden_size": size.width,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": 4 * size.width,
        "max_position_embeddings": size.length,
        "hidden_dropout_prob": size.dropout,
        "attention_probs_dropout_prob": size.dropout,
        "pad_token_id": tokens.pad,
    }
    return Architecture(BUILDER, "bert", {"config": config, "pooling": "none"})
