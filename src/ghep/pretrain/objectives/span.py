"""Span corruption (T5, arXiv:1910.10683, section 3.1.4): spans are cut out of a text, and a decoder writes them.

The encoder is the backbone, the decoder its head. Both are saved, in the names of ``T5ForConditionalGeneration``: a
backbone reads the encoder, ``text2text/FOLDER`` also the decoder.
"""

from __future__ import annotations

from itertools import takewhile
from math import log
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.huggingface import BUILDER, quiet
from ghep.backbone.text import TextBackbone
from ghep.data.corruption import corrupt_spans
from ghep.data.loading.padded import Padded
from ghep.errors import ConfigError
from ghep.pretrain.borrowed import losses_at, mask_of
from ghep.pretrain.language_head import keep_own, seeded
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Saved, Size, TokenLosses
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.tokens import Tokens
from ghep.pretrain.vocabulary import SENTINELS
from ghep.training.precision import Precision

KINDS = ("t5", "mt5", "umt5")
DENSITY = 0.15
SMALLER = 0.02
"""Factor of the embeddings from scratch, whose standard deviation is then that of BERT's."""


class SpanCorruption:
    """Write the spans that were cut out."""

    name = "span"
    first: int | None = None

    def __init__(self, tokens: Tokens, options: PretrainOptions) -> None:
        known = [tokens.id_of((name,)) for name in SENTINELS]
        self.sentinels = np.array(list(takewhile(lambda one: one is not None, known)), dtype=np.int64)
        if len(self.sentinels) < 2 or tokens.end is None:
            raise ConfigError("pretrain-no-sentinels", found=len(self.sentinels))
        self.tokens, self.end = tokens, tokens.end
        self.density = options.masking or DENSITY

    def head(self, backbone: TextBackbone, *, seed: int, folder: Path | None) -> tuple[nn.Module, bool]:
        """Return the decoder with its output layer; it uses the embeddings of the encoder.

        From scratch, T5 draws embeddings with a standard deviation of 1. As outputs they would give logits of sqrt(H),
        largest for repeating the input; so they are made smaller, and the loss starts near ln V.
        """
        transformer: Any = backbone.net.model
        kind = transformer.config.model_type
        if kind not in KINDS:
            raise ConfigError("pretrain-span-of-other-kind", name=backbone.card.name, kind=kind, kinds=KINDS)
        from transformers import AutoModelForSeq2SeqLM

        with quiet(), seeded(seed):
            if folder is None:
                whole = AutoModelForSeq2SeqLM.from_config(transformer.config, dtype=torch.float32)
                with torch.no_grad():
                    transformer.get_input_embeddings().weight.mul_(SMALLER)
                return SpanDecoder(whole, transformer), True
            whole, info = AutoModelForSeq2SeqLM.from_pretrained(
                folder,
                config=transformer.config,
                dtype=torch.float32,
                output_loading_info=True,
                local_files_only=True,
                trust_remote_code=False,
            )
        head = SpanDecoder(whole, transformer)
        own = {name.removeprefix("whole.") for name, _ in head.named_parameters()}
        return head, not own & set(map(str, info["missing_keys"]))

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids with sentinels (L1,), and the spans with theirs (L2,)."""
        return corrupt_spans(ids, fixed, rng, sentinels=self.sentinels, end=self.end, density=self.density)

    def loss(
        self,
        model: PretrainingModel,
        ids: Padded,
        targets: torch.Tensor,
        precision: Precision,
        rng: np.random.Generator | None,  # noqa: ARG002 - all chance is in the corruption
    ) -> TokenLosses:
        """Return the losses of the tokens that the decoder should write."""
        states = precision.features(model, ids)
        head = model.head
        assert isinstance(states, Padded) and isinstance(head, SpanDecoder)
        targets = targets.to(states.device)
        with torch.autocast(states.device.type, torch.bfloat16, enabled=precision.bfloat16):
            return losses_at(head.logits, head(states, targets), targets)

    def architecture(self, size: Size) -> Architecture:
        """Return a T5 of this size, with half as many layers in the decoder as in the encoder.

        Its outputs are not scaled by 1 / sqrt(H), as in T5 1.1: with AdamW, a scaled output layer takes a thousand
        steps to learn which tokens are frequent.
        """
        config = {
            "vocab_size": self.tokens.size,
            "d_model": size.width,
            "d_kv": size.width // size.heads,
            "d_ff": 4 * size.width,
            "num_layers": size.layers,
            "num_decoder_layers": max(1, size.layers // 2),
            "num_heads": size.heads,
            "dropout_rate": size.dropout,
            "pad_token_id": self.tokens.pad,
            "eos_token_id": self.end,
            "decoder_start_token_id": self.tokens.pad,
            "n_positions": size.length,
            "tie_word_embeddings": False,
        }
        return Architecture(BUILDER, "t5", {"config": config, "pooling": "none"})

    def guessing(self) -> float:
        """Return ln V."""
        return log(self.tokens.size)

    def saved(self, model: PretrainingModel) -> Saved:
        """Return encoder and decoder in the names of transformers' class, shared embeddings once."""
        head = model.head
        assert isinstance(head, SpanDecoder)
        encoder = {name: one for name, one in model.transformer.state_dict().items() if name != EMBEDDING}
        tensors = {
            "shared.weight": model.embedding().detach(),
            **{f"encoder.{name}": one for name, one in encoder.items()},
            **{name: one.detach() for name, one in head.whole.named_parameters()},
        }
        return Saved(type(head.whole).__name__, tensors, cast("Any", head.whole).config.to_dict())


EMBEDDING = "embed_tokens.weight"


class SpanDecoder(nn.Module):
    """States of the encoder, and the targets -> states of the decoder; embeddings are the encoder's."""

    def __init__(self, whole: nn.Module, transformer: nn.Module) -> None:
        super().__init__()
        of_t5: Any = whole
        embedding = cast("Any", transformer).get_input_embeddings().weight
        of_t5.encoder = None
        of_t5.shared.weight = of_t5.decoder.embed_tokens.weight = embedding
        if of_t5.config.tie_word_embeddings:
            of_t5.lm_head.weight = embedding
        self.whole = whole
        keep_own(self, transformer)

    def forward(self, states: Padded, targets: torch.Tensor) -> torch.Tensor:
        """Return the state (N, L2, H) from which each target (N, L2) is predicted, given those before it."""
        whole: Any = self.whole
        start = torch.full_like(targets[:, :1], int(whole.config.decoder_start_token_id or 0))
        given = torch.cat([start, targets[:, :-1].clamp(min=0)], dim=1)
        out = whole.decoder(
            input_ids=given,
            encoder_hidden_states=states.values,
            encoder_attention_mask=mask_of(states),
            use_cache=False,
        )
        return cast("torch.Tensor", out.last_hidden_state)

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Return logits (M, V) of states (M, H)."""
        whole: Any = self.whole
        scaled = states * whole.config.d_model**-0.5 if whole.config.scale_decoder_outputs else states
        return cast("torch.Tensor", whole.lm_head(scaled))
