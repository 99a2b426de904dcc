"""Text-to-text: the label is written by a decoder and scored over the labels there are (T5, arXiv:1910.10683).

    blocks   the encoder: embeddings, layers                     Padded ids (N, L) -> Padded states (N, L, H)
    head     the decoder and its output layer, per task          states -> log-probability of each label's text (N, K)

A label is never anything outside the set: each label's tokens are scored, not searched for, and the scores of the K
labels are the logits. So loss, calibration and scores are those of every other classifier, and a frozen encoder is
stored like every other frozen part.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Card
from ghep.backbone.text import TextBackbone, TextNet
from ghep.data.loading.padded import Padded
from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess
from ghep.errors import BackboneError
from ghep.tasks.base import Task
from ghep.types import Finding

LONGEST_LABEL = 512
"""Tokens of a label: it is not cut where texts are."""


class TextToTextBackbone(TextBackbone):
    """An encoder, and the decoder that heads are made of."""

    def __init__(
        self,
        net: nn.Module,
        *,
        architecture: Architecture,
        preprocess: TokenPreprocess | CharacterPreprocess,
        card: Card,
        findings: tuple[Finding, ...] = (),
        writer: nn.Module | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
        # In a list, so that its weights are not the backbone's: each task's head has a copy of its own.
        self._writer = [writer if writer is not None else writer_of(net, seed=seed)]

    @property
    def ragged_features(self) -> bool:
        """Return True: the decoder reads every position."""
        return True

    def head_for(self, task: Task) -> nn.Module:
        """Return a decoder that scores the classes of ``task``, as they are written; BackboneError for sets of them."""
        if not task.exclusive:
            raise BackboneError(
                f"{self.card.name} writes one label, and {task.name} is multi-label: an example may have several",
                remedy="choose a backbone with linear heads, such as minilm",
            )
        written = replace(self.preprocess, max_length=LONGEST_LABEL, truncate="head").encode(task.classes)
        if len({tuple(ids.tolist()) for ids in written}) < len(written):
            raise BackboneError(
                f"{self.card.name} writes two labels of {task.name} alike: {', '.join(task.classes)[:200]}",
                remedy="rename them so that its tokenizer can tell them apart",
            )
        return LabelWriter(copy.deepcopy(self._writer[0]), [torch.from_numpy(ids).long() for ids in written])


class LabelWriter(nn.Module):
    """States (N, L, H) -> log-probability (N, K) of each label's tokens, end of text included."""

    labels: torch.Tensor
    places: torch.Tensor

    def __init__(self, model: nn.Module, labels: list[torch.Tensor]) -> None:
        super().__init__()
        self.model = model
        longest = max(len(label) for label in labels)
        ids = torch.zeros(len(labels), longest, dtype=torch.long)
        real = torch.zeros(len(labels), longest, dtype=torch.bool)
        for row, label in enumerate(labels):
            ids[row, : len(label)], real[row, : len(label)] = label, True
        self.register_buffer("labels", ids)  # (K, T)
        self.register_buffer("places", real)

    def forward(self, states: Padded) -> torch.Tensor:
        """One pass of the decoder per label, over all texts of the batch."""
        return torch.stack([self._score(states, row) for row in range(len(self.labels))], dim=1)

    def _score(self, states: Padded, row: int) -> torch.Tensor:
        from transformers.modeling_outputs import BaseModelOutput

        length = int(self.places[row].sum())
        label = self.labels[row, :length].expand(len(states), -1)
        model: Any = self.model
        start = torch.full_like(label[:, :1], int(model.config.decoder_start_token_id or 0))
        out = model(
            encoder_outputs=BaseModelOutput(last_hidden_state=states.values),
            attention_mask=states.mask.long(),
            decoder_input_ids=torch.cat([start, label[:, :-1]], dim=1),
        )
        scores = out.logits.float().log_softmax(-1).gather(2, label.unsqueeze(-1)).squeeze(-1)
        total: torch.Tensor = scores.sum(1)
        return total


def writer_of(net: nn.Module, *, seed: int) -> nn.Module:
    """Return the whole model of ``net``'s config without its encoder, with random weights drawn from ``seed``."""
    assert isinstance(net, TextNet)
    from transformers import AutoModelForSeq2SeqLM

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return without_encoder(AutoModelForSeq2SeqLM.from_config(net.model.config, dtype=torch.float32))


def without_encoder(model: nn.Module) -> nn.Module:
    """Return ``model`` with its encoder taken out: what is left takes encoder states."""
    if not isinstance(getattr(model, "encoder", None), nn.Module):
        raise BackboneError(
            f"{type(model).__name__} keeps its encoder in a place ghep does not know",
            remedy="T5 and its kin (mT5, UMT5) can be used text-to-text",
        )
    model.encoder = None  # type: ignore[assignment]
    return model
