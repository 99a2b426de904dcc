"""Objectives of pretraining: what is hidden from a text, which head predicts it, and the loss.

    mlm       masked tokens from both sides                (BERT)
    clm       the next token from those before it          (GPT)
    span      spans, written by a decoder                  (T5)
    tsdae     the whole text, from one vector of its remains
    electra   which tokens a small generator replaced
    bilm      the next word, in both directions            (ELMo)

An objective is one class in a module of its own, found by its name in ``OBJECTIVES``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import torch
from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.text import TextBackbone
from ghep.data.loading.padded import Padded
from ghep.errors import ConfigError, did_you_mean
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.tokens import Tokens
from ghep.pretrain.vocabulary import HasText, train_vocabulary
from ghep.training.precision import Precision

if TYPE_CHECKING:
    from ghep.pretrain.options import PretrainOptions

OBJECTIVES = {
    "mlm": "ghep.pretrain.objectives.mlm:MaskedLanguageModel",
    "clm": "ghep.pretrain.objectives.clm:CausalLanguageModel",
    "span": "ghep.pretrain.objectives.span:SpanCorruption",
    "tsdae": "ghep.pretrain.objectives.tsdae:DenoisingAutoEncoder",
    "electra": "ghep.pretrain.objectives.electra:ReplacedTokens",
    "bilm": "ghep.pretrain.objectives.bilm:BidirectionalLanguageModel",
}
"""Name -> ``module:class``; the class is called with ``tokens`` and ``options``."""


class TokenLosses(NamedTuple):
    """The losses of a batch of N blocks, of which M tokens are predicted."""

    nats: torch.Tensor
    """(M,) float32, with the autograd graph: cross-entropy of each predicted token."""
    rows: torch.Tensor
    """(M,) int64: the row of the batch that each predicted token belongs to, in ascending order."""
    extra: torch.Tensor | None = None
    """(N,) float32: what else is minimised in each block, such as the loss of ELECTRA's detector."""
    predicted: torch.Tensor | None = None
    """(M,) int64: the ids of the predicted tokens, where special ones may be among them; None: there are none."""


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a network from scratch."""

    layers: int
    width: int
    """H."""
    length: int
    """Positions of a block, special tokens included."""
    dropout: float = 0.0

    @property
    def heads(self) -> int:
        """Attention heads: of 32 to 64 features, as many as divide the width."""
        return next(n for n in range(max(1, self.width // 64), self.width + 1) if self.width % n == 0)


@dataclass(frozen=True)
class Saved:
    """What is written of a model, in the names of a class of transformers."""

    architecture: str
    """Name of the class of transformers that reads ``tensors``."""
    tensors: Mapping[str, torch.Tensor]
    config: Mapping[str, Any]
    """config.json without ``architectures``."""
    head: Mapping[str, torch.Tensor] = field(default_factory=dict)
    """Tensors of the head that this class has no place for: ``pretraining_head.safetensors``."""


class Objective(Protocol):
    """What is hidden from a block, which head predicts it, and the loss."""

    name: str
    first: int | None
    """The id before the first token of a document, for objectives that predict the next token; None: none."""

    def head(self, backbone: TextBackbone, *, seed: int, folder: Path | None) -> tuple[nn.Module, bool]:
        """Return the head, and whether it is trained: read from ``folder``, or tied to the embeddings throughout.

        ``backbone`` outputs the state of every position; ``folder`` has the weights it was read from; None: random
        weights. A head that is not trained is trained alone first. Raises ConfigError if the objective does not fit
        the kind of backbone.
        """

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the input ids (L1,) and the targets (L2,), -1 where nothing is predicted, of a block ``ids`` (L,).

        ``fixed`` (L,) marks special tokens, which are never changed. Called from several threads.
        """

    def loss(
        self,
        model: PretrainingModel,
        ids: Padded,
        targets: torch.Tensor,
        precision: Precision,
        rng: np.random.Generator | None,
    ) -> TokenLosses:
        """Return the losses of blocks ``ids`` (N, L1) with ``targets`` (N, L2); ``rng`` is None on held-out blocks."""

    def architecture(self, size: Size) -> Architecture:
        """Return the architecture of a backbone from scratch, with the vocabulary of this objective."""

    def guessing(self) -> float:
        """Return the loss of knowing nothing: ln V, with what is minimised besides."""

    def saved(self, model: PretrainingModel) -> Saved:
        """Return what is written of ``model``."""


def objective_named(name: str, tokens: Tokens, options: PretrainOptions) -> Objective:
    """Return the objective called ``name``; raise ConfigError for an unknown name."""
    module, _, kind = class_of(name).partition(":")
    made: Objective = getattr(import_module(module), kind)(tokens, options)
    return made


def vocabulary_for(name: str, documents: Sequence[HasText], options: PretrainOptions) -> str:
    """Return the content of a ``tokenizer.json`` for the objective ``name`` from scratch.

    A class of an objective may have its own ``vocabulary(documents, options)``.
    """
    module, _, kind = class_of(name).partition(":")
    own: Callable[[Sequence[HasText], PretrainOptions], str] | None
    own = getattr(getattr(import_module(module), kind), "vocabulary", None)
    if own is not None:
        content: str = own(documents, options)
        return content
    made = options.vocabulary_kind
    assert options.vocabulary is not None and made is not None and made != "words"
    return train_vocabulary(documents, kind=made, size=options.vocabulary)


def class_of(name: str) -> str:
    """Return ``module:class`` of the objective ``name``; raise ConfigError for an unknown name."""
    if name not in OBJECTIVES:
        raise ConfigError("pretrain-objective-unknown", name=name, hint=did_you_mean(name, OBJECTIVES))
    return OBJECTIVES[name]
