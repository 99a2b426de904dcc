"""Causal language modelling (GPT): every token is predicted from those before it."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.huggingface import BUILDER, is_causal
from ghep.backbone.text import TextBackbone, TextNet
from ghep.data.loading.padded import Padded
from ghep.data.text.tokens import TokenPreprocess
from ghep.errors import ConfigError
from ghep.pretrain.language_head import LanguageHead, language_head, predict_tokens
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Saved, Size, TokenLosses
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.tokens import Tokens
from ghep.training.precision import Precision


class CausalLanguageModel:
    """Predict the next token. The end of a text is not among them: a backbone reads texts that have ended."""

    name = "clm"

    def __init__(self, tokens: Tokens, options: PretrainOptions) -> None:  # noqa: ARG002 - all objectives take both
        self.tokens = tokens
        before, _ = tokens.around
        self.first = None if len(before) else tokens.end
        """The token before a document, from which its first token is predicted."""

    def head(self, backbone: TextBackbone, *, seed: int, folder: Path | None) -> tuple[nn.Module, bool]:
        """Return the head of ``GPT2LMHeadModel`` and its like."""
        from transformers import AutoModelForCausalLM

        assert isinstance(backbone.net, TextNet) and isinstance(backbone.preprocess, TokenPreprocess)
        if not is_causal(backbone.net, backbone.preprocess.sample(1, 6)):
            raise ConfigError("pretrain-clm-of-bidirectional", name=backbone.card.name)
        return language_head(backbone.net.model, AutoModelForCausalLM, seed=seed, folder=folder, objective=self.name)

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG002
        """Return all ids but the last, and all but the first."""
        return ids[:-1], ids[1:]

    def loss(
        self,
        model: PretrainingModel,
        ids: Padded,
        targets: torch.Tensor,
        precision: Precision,
        rng: np.random.Generator | None,  # noqa: ARG002 - nothing is drawn
    ) -> TokenLosses:
        """Return the loss of each next token."""
        states = precision.features(model, ids)
        assert isinstance(states, Padded)
        return predict_tokens(model, states, targets.to(states.device), precision)

    def architecture(self, size: Size) -> Architecture:
        """Return a GPT-2 of this size."""
        end = self.tokens.end
        config = {
            "vocab_size": self.tokens.size,
            "n_embd": size.width,
            "n_layer": size.layers,
            "n_head": size.heads,
            "n_positions": size.length,
            "resid_pdrop": size.dropout,
            "embd_pdrop": size.dropout,
            "attn_pdrop": size.dropout,
            "activation_function": "gelu_pytorch_tanh",  # gelu_new in one kernel
            "bos_token_id": end,
            "eos_token_id": end,
        }
        return Architecture(BUILDER, "gpt2", {"config": config, "pooling": "none"})

    def guessing(self) -> float:
        """Return ln V."""
        return log(self.tokens.size)

    def saved(self, model: PretrainingModel) -> Saved:
        """Return backbone and head in the names of transformers' class."""
        assert isinstance(model.head, LanguageHead)
        return model.head.saved(model)
