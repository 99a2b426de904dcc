"""Text-to-text classification: a decoder scores the text of each label (T5, arXiv:1910.10683).

    blocks   the encoder: embeddings, layers                     Padded ids (N, L) -> Padded states (N, L, H)
    head     the decoder and its output layer, per task          states -> log-probability of each label's text (N, K)

The decoder scores the tokens of each of the K labels instead of generating a text, so no other label can be predicted.
The scores are the logits, so loss, calibration and metrics are those of any classifier. Activations of a frozen encoder
are cached like those of any frozen blocks.
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
from ghep.tasks.base import Classifier, Task
from ghep.types import Finding

LONGEST_LABEL = 512
"""Maximum number of tokens of a label, independent of ``max_length`` for texts."""


class TextToTextBackbone(TextBackbone):
    """An encoder, and the decoder from which heads are copied."""

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
        # In a list, so that its weights are not registered: each task's head has its own copy.
        self._writer = [writer if writer is not None else writer_of(net, seed=seed)]

    @property
    def ragged_features(self) -> bool:
        """Return True: the features have one row per position, because the decoder reads every position."""
        return True

    def head_for(self, task: Task) -> nn.Module:
        """Return a decoder that scores the texts of the classes of ``task``.

        Raises BackboneError for a multi-label or regression task, and for labels with the same tokens.
        """
        if not isinstance(task, Classifier):
            raise BackboneError("text2text-regression", name=self.card.name, task=task.name)
        if not task.exclusive:
            raise BackboneError("text2text-multi-label", name=self.card.name, task=task.name)
        written = replace(self.preprocess, max_length=LONGEST_LABEL, truncate="head").encode(task.classes)
        if len({tuple(ids.tolist()) for ids in written}) < len(written):
            labels = ", ".join(task.classes)[:200]
            raise BackboneError("text2text-same-tokens", name=self.card.name, task=task.name, labels=labels)
        return LabelWriter(copy.deepcopy(self._writer[0]), [torch.from_numpy(ids).long() for ids in written])


class LabelWriter(nn.Module):
    """A head: states (N, L, H) -> log-probability (N, K) of each label's tokens, including the end-of-text token."""

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
        """Return the log-probabilities (N, K); the decoder runs once per label, over all texts of the batch."""
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
    """Return the encoder-decoder of ``net``'s config without the encoder, with random weights from ``seed``."""
    assert isinstance(net, TextNet)
    from transformers import AutoModelForSeq2SeqLM

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return without_encoder(AutoModelForSeq2SeqLM.from_config(net.model.config, dtype=torch.float32))


def without_encoder(model: nn.Module) -> nn.Module:
    """Return ``model`` without its encoder; the result is called with the states that an encoder has computed.

    Raises BackboneError if the model has no attribute ``encoder``.
    """
    if not isinstance(getattr(model, "encoder", None), nn.Module):
        raise BackboneError("text2text-unknown-encoder", network=type(model).__name__)
    model.encoder = None  # type: ignore[assignment]
    return model
