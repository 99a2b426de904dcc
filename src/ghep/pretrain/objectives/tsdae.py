"""TSDAE (arXiv:2104.06979): a decoder writes a whole text from one vector of what is left of it.

60 % of the tokens are deleted; what is left goes through the encoder and its pooling; the decoder sees nothing but that
vector and the tokens before the one that it predicts. So the vector has to hold what the text says. The decoder has the
weights of the encoder (the paper's section 3), and attention to the vector of its own. Only the encoder is saved.
"""

from __future__ import annotations

from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.huggingface import quiet
from ghep.backbone.sentence_encoder import read_sentence_files
from ghep.backbone.text import TextBackbone, pooled
from ghep.data.corruption import delete_tokens
from ghep.data.loading.padded import Padded
from ghep.errors import ConfigError
from ghep.pretrain.borrowed import Borrowing, losses_at, own_tensors, read_head
from ghep.pretrain.language_head import seeded
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Saved, Size, TokenLosses
from ghep.pretrain.objectives.mlm import bert
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.tokens import Tokens
from ghep.training.precision import Precision

RATIO = 0.6
POOLINGS = ("mean", "first", "max", "mean-sqrt")
"""Poolings to one vector of H features."""


class DenoisingAutoEncoder:
    """Write the text from the vector of its remains."""

    name = "tsdae"
    first: int | None = None

    def __init__(self, tokens: Tokens, options: PretrainOptions) -> None:
        self.tokens = tokens
        self.ratio = options.masking or RATIO

    def head(self, backbone: TextBackbone, *, seed: int, folder: Path | None) -> tuple[nn.Module, bool]:
        """Return the decoder; its attention to the vector is not trained unless an earlier pretraining wrote it."""
        from transformers import AutoConfig, AutoModelForCausalLM

        transformer: Any = backbone.net.model
        config = transformer.config
        pooling = (read_sentence_files(folder).pooling if folder is not None else None) or "mean"
        if pooling not in POOLINGS:
            raise ConfigError("pretrain-tsdae-pooling", pooling=pooling, poolings=POOLINGS)
        settings = {**config.to_dict(), "is_decoder": True, "add_cross_attention": True, "use_cache": False}
        with quiet(), seeded(seed):
            try:
                whole = AutoModelForCausalLM.from_config(AutoConfig.for_model(**settings), dtype=torch.float32)
                decoder = SentenceDecoder(whole, transformer, pooling)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise ConfigError("pretrain-tsdae-kind", name=backbone.card.name, kind=config.model_type) from error
        if not any("cross" in name for name, _ in decoder.named_parameters()):
            raise ConfigError("pretrain-tsdae-kind", name=backbone.card.name, kind=config.model_type)
        return decoder, read_head(decoder, folder) or folder is None

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids that are left (L1,), and the whole block (L,)."""
        return delete_tokens(ids, fixed, rng, ratio=self.ratio)

    def loss(
        self,
        model: PretrainingModel,
        ids: Padded,
        targets: torch.Tensor,
        precision: Precision,
        rng: np.random.Generator | None,  # noqa: ARG002 - all chance is in the corruption
    ) -> TokenLosses:
        """Return the loss of each token but the first, which the decoder starts from."""
        states, head = precision.features(model, ids), model.head
        assert isinstance(states, Padded) and isinstance(head, SentenceDecoder)
        targets = targets.to(states.device)
        with torch.autocast(states.device.type, torch.bfloat16, enabled=precision.bfloat16):
            vectors = pooled(states, head.pooling)
            assert isinstance(vectors, torch.Tensor)
            given = targets[:, :-1].clamp(min=0)
            written = head(given, encoder_hidden_states=vectors.unsqueeze(1))
            return losses_at(head.logits, written, targets[:, 1:])._replace(predicted=None)  # [SEP] counts as a token

    def architecture(self, size: Size) -> Architecture:
        """Return a BERT of this size."""
        return bert(self.tokens, size)

    def guessing(self) -> float:
        """Return ln V."""
        return log(self.tokens.size)

    def saved(self, model: PretrainingModel) -> Saved:
        """Return the encoder in the names of its own class, and the decoder's own weights as a head."""
        transformer: Any = model.transformer
        return Saved(
            type(transformer).__name__, transformer.state_dict(), transformer.config.to_dict(), own_tensors(model.head)
        )


class SentenceDecoder(Borrowing):
    """A decoder with the encoder's weights, and attention of its own to the vector that ``pooling`` makes."""

    def __init__(self, whole: nn.Module, transformer: nn.Module, pooling: str) -> None:
        super().__init__(whole, transformer, lambda _: True)
        self.pooling = pooling
