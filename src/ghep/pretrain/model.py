"""The model in pretraining: a text backbone that outputs the state of every position, and the head of the objective."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Card
from ghep.backbone.text import TextBackbone, TextNet
from ghep.data.loading.padded import Inputs, Padded
from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess
from ghep.messages import text_of
from ghep.model.transfer import TransferModel
from ghep.pretrain.tokens import Tokens

HEAD = "pretraining"
"""Name of the head among the model's heads."""


class PretrainingModel(TransferModel):
    """A backbone with pooling ``none`` and one head; there are no tasks, and the objective computes the loss.

    The backbone is what is kept. The head must not register the parameters that it shares with the backbone, such as
    tied embeddings: each parameter is trained once.
    """

    backbone: TextBackbone

    def __init__(self, backbone: TextBackbone, head: nn.Module) -> None:
        super().__init__(backbone, ())
        self.heads[HEAD] = head

    @property
    def head(self) -> nn.Module:
        """The head of the objective."""
        return self.heads[HEAD]

    def from_features(self, features: Inputs) -> dict[str, torch.Tensor]:
        """Return the states (N, L, H) under the head's name: what the measurement of number formats differentiates."""
        return {HEAD: features.values if isinstance(features, Padded) else features}

    def state(self) -> dict[str, torch.Tensor]:
        """Return all tensors by name: ``backbone.*`` and ``heads.pretraining.*``."""
        head = {f"heads.{HEAD}.{name}": tensor for name, tensor in self.head.state_dict().items()}
        return {**super().state(), **head}

    def embedding(self) -> torch.Tensor:
        """Return the weight (V, H) of the token embedding."""
        return cast("torch.Tensor", self.transformer.get_input_embeddings().weight)  # type: ignore[operator]

    @property
    def transformer(self) -> nn.Module:
        """The Hugging Face network inside the backbone, without pooling."""
        return cast("nn.Module", self.backbone.net.model)


def unpooled(backbone: TextBackbone) -> TextBackbone:
    """Return a backbone of the same network and weights that outputs the state (N, L, H) of each position."""
    net = backbone.net
    if not isinstance(net, TextNet) or net.pooling == "none":
        return backbone
    arguments = {**backbone.architecture.arguments, "pooling": "none", "normalize": False}
    architecture = replace(backbone.architecture, arguments=arguments)
    plain = TextNet(net.model, "none", pad=net.pad)
    return TextBackbone(plain, architecture=architecture, preprocess=backbone.preprocess, card=backbone.card)


def scratch(architecture: Architecture, tokens: Tokens, length: int, *, seed: int) -> TextBackbone:
    """Return a backbone with random weights, drawn from ``seed``, that reads ``length`` tokens."""
    if architecture.builder == "bilm" and architecture.arguments.get("vocabulary") is None:
        preprocess: TokenPreprocess | CharacterPreprocess = CharacterPreprocess()
    else:
        preprocess = TokenPreprocess(tokens.content, length, tokens.unknown)
    card = Card(architecture.name, text_of("source-random"), pretrained=False)
    return TextBackbone(architecture.build(seed=seed), architecture=architecture, preprocess=preprocess, card=card)
