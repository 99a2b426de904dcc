"""A bidirectional language model (ELMo, arXiv:1802.05365): each word from those before it, and from those after it.

A forward and a backward LSTM predict the next word and the previous one, with one softmax over the most frequent words.
Words enter by their vectors, or (``vocabulary_kind=characters``) by their spelling, so that the backbone reads words
that the corpus does not have. The softmax is thrown away; what is left has the form that ``backbone/bilm.py`` reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from math import log
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ghep.backbone.architecture import Architecture
from ghep.backbone.bilm import BiLM
from ghep.backbone.text import TextBackbone
from ghep.backbone.weights import read_weights
from ghep.data.corruption import NO_TARGET
from ghep.data.loading.padded import Padded
from ghep.data.text.word_bytes import word_bytes
from ghep.data.text.word_tokens import UNKNOWN, split_words, word_tokenizer_json
from ghep.errors import ConfigError
from ghep.pretrain.borrowed import own_tensors, read_head
from ghep.pretrain.cross_entropy import cross_entropy
from ghep.pretrain.folder import HEAD_FILE
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.objectives import Saved, Size, TokenLosses
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.tokens import Tokens
from ghep.pretrain.vocabulary import HasText
from ghep.training.precision import Precision

UNKNOWN_ID = 0
MOST_WORDS = 200_000
"""Words of the corpus that a network that reads spelling learns from; only the frequent ones are predicted."""


class BidirectionalLanguageModel:
    """Predict the next word and the previous one."""

    name = "bilm"
    first: int | None = None
    float32 = True
    """LSTMs are not faster in other formats."""

    def __init__(self, tokens: Tokens, options: PretrainOptions) -> None:
        self.tokens = tokens
        self.spelling = options.vocabulary_kind == "characters"
        self.predicted = min(tokens.size, options.vocabulary or tokens.size) if self.spelling else tokens.size
        """Ids below this are predicted as they are, others as the unknown word."""

    @staticmethod
    def vocabulary(documents: Sequence[HasText], options: PretrainOptions) -> str:
        """Return a vocabulary of words; of all of them if the network reads spelling."""
        size = MOST_WORDS if options.vocabulary_kind == "characters" else options.vocabulary or MOST_WORDS
        return word_vocabulary([document.text for document in documents], size=size)

    @cached_property
    def letters(self) -> torch.Tensor:
        """The spelling (V, C) int64 of each id."""
        words = [self.tokens.name_of(place) for place in range(self.tokens.size)]
        return torch.from_numpy(word_bytes(words).astype(np.int64))

    def head(self, backbone: TextBackbone, *, seed: int, folder: Path | None) -> tuple[nn.Module, bool]:
        """Return the softmax layer that both directions share; its weights start at zero.

        That of an earlier pretraining in ``folder`` has as many words as were predicted there.
        """
        del seed
        if not isinstance(backbone.net, BiLM):
            raise ConfigError("pretrain-bilm-of-other-kind", name=backbone.card.name)
        if folder is not None and (folder / HEAD_FILE).is_file():
            bias = read_weights(folder / HEAD_FILE).get("bias")
            self.predicted = self.predicted if bias is None else min(self.tokens.size, len(bias))
        head = nn.Linear(backbone.net.layer1.hidden, self.predicted)
        nn.init.zeros_(head.weight)
        nn.init.zeros_(head.bias)
        return head, read_head(head, folder) or folder is None

    def corrupt(self, ids: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:  # noqa: ARG002
        """Return the ids, and what is predicted of them: every word, if there is another one next to it."""
        return ids, self.known(ids) if len(ids) > 1 else np.full(len(ids), NO_TARGET)

    def known(self, ids: np.ndarray) -> np.ndarray:
        """Return ``ids`` (L,) with the unknown word in place of words that are not predicted."""
        return np.where(ids < self.predicted, ids, UNKNOWN_ID)

    def loss(
        self,
        model: PretrainingModel,
        ids: Padded,
        targets: torch.Tensor,
        precision: Precision,
        rng: np.random.Generator | None,  # noqa: ARG002 - nothing is drawn
    ) -> TokenLosses:
        """Return the loss of each word: the mean of the two directions; at the ends of a block, that of one."""
        net = cast("BiLM", model.backbone.net)
        ids, targets = ids.to(model.device), targets.to(model.device)
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=precision.bfloat16):
            hidden, words = net.layer1.hidden, self.words(net, ids)
            states = net.layer2(net.layer1(words, ids.lengths), ids.lengths)
            ahead, back = states[:, : targets.shape[1], -2 * hidden :].split(hidden, dim=2)
            pair = (targets[:, 1:] >= 0) & (targets[:, :-1] >= 0)
            both = torch.cat([ahead[:, :-1][pair], back[:, 1:][pair]])
            wanted = torch.cat([targets[:, 1:][pair], targets[:, :-1][pair]])
            next_word, previous = cross_entropy(model.head, both, wanted).chunk(2)
        nats = next_word.new_zeros(targets.shape)
        nats = nats + _placed(next_word, functional.pad(pair, (1, 0))) + _placed(previous, functional.pad(pair, (0, 1)))
        times = functional.pad(pair, (1, 0)).int() + functional.pad(pair, (0, 1)).int()
        rows, places = (times > 0).nonzero(as_tuple=True)
        return TokenLosses(nats[rows, places] / times[rows, places], rows)

    def words(self, net: BiLM, ids: Padded) -> torch.Tensor:
        """Return the vectors (N, L, 2H) of words; a word that a batch has twice is spelt once."""
        if not self.spelling:
            return cast("torch.Tensor", net.tokens(ids.values, ids.lengths))
        different, place = torch.unique(ids.values, return_inverse=True)
        letters = self.letters.to(different.device)[different].unsqueeze(1)
        vectors = net.tokens(letters, torch.ones_like(different))[:, 0]
        return cast("torch.Tensor", vectors[place] * ids.mask.unsqueeze(-1))

    def architecture(self, size: Size) -> Architecture:
        """Return a BiLM with two layers of this width."""
        words = {} if self.spelling else {"vocabulary": self.tokens.size}
        return Architecture("bilm", "bilm", {**words, "hidden": size.width})

    def guessing(self) -> float:
        """Return ln V."""
        return log(self.predicted)

    def saved(self, model: PretrainingModel) -> Saved:
        """Return the network in ghep's own form, and the softmax as a head."""
        architecture = model.backbone.architecture
        config = {"builder": architecture.builder, "arguments": dict(architecture.arguments)}
        return Saved("BiLM", model.backbone.net.state_dict(), config, own_tensors(model.head))


def word_vocabulary(texts: Sequence[str], *, size: int) -> str:
    """Return a ``tokenizer.json`` of the ``size`` most frequent words of ``texts``, in lower case, by frequency."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(split_words(text.lower()))
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return word_tokenizer_json([UNKNOWN, *(word for word in ordered if word != UNKNOWN)][:size])


def _placed(values: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Return (N, L) with ``values`` (M,) where ``places`` is True, zero elsewhere."""
    return torch.zeros(places.shape, device=values.device, dtype=values.dtype).masked_scatter(places, values)
