"""A bidirectional language model (ELMo): independent forward and backward LSTMs, and a learned mean of the layers.

Peters et al. 2018 (arXiv:1802.05365); tokens from characters as in Jozefowicz et al. 2016 (arXiv:1602.02410). The
forward state at position t depends only on tokens up to t, the backward state only on tokens from t on, so that both
can be trained to predict the next word.

A block receives only the output of the previous block, but the final mix needs the outputs of all layers. So each block
outputs all layers so far, concatenated. Shapes, with ``hidden`` = H features per direction:

    tokens   ids (N, L) or characters (N, L, C)   -> (N, L, 2H)     the word vector (H) twice, once per direction
    layer1   (N, L, 2H)                           -> (N, L, 4H)     the tokens, and the output of the first LSTMs
    layer2   (N, L, 4H)                           -> (N, L, 6H)     with a residual connection, as in ELMo
    mix      (N, L, 6H)                           -> (N, L, 2H)     gamma * sum of softmax(scalars)_j layer_j
    the mean over the tokens of each text         -> (N, 2H)

Padding is zero everywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from ghep.data.loading.padded import Padded
from ghep.data.text.word_bytes import NUM_BYTES

LAYERS = 3  # tokens, layer1, layer2
FILTERS = ((1, 32), (2, 32), (3, 64), (4, 128), (5, 256))
"""(width in characters, number of filters). ELMo adds (6, 512) and (7, 1024), with eight times the weights of these."""


class BiLM(nn.Module):
    """Token ids (N, L), or characters (N, L, C) if ``vocabulary`` is None -> features (N, 2H).

    ``cells`` is the size of the LSTMs' cell state. If it is larger than ``hidden`` = H, the LSTMs project their outputs
    to H features (ELMo: 4096 to 512).
    """

    shallow = True
    layer_paths = ("layer1", "layer2")
    """Paths of the layers, for splitting the network into blocks."""

    def __init__(
        self,
        vocabulary: int | None = None,
        *,
        hidden: int = 256,
        cells: int | None = None,
        letter_dim: int = 16,
        filters: Sequence[Sequence[int]] = FILTERS,
        highways: int = 1,
    ) -> None:
        super().__init__()
        cells = hidden if cells is None else cells
        if cells < hidden:
            raise ValueError(f"cells ({cells}) must be at least hidden ({hidden}): states are projected down, not up")
        self.tokens: WordTokens | LetterTokens
        if vocabulary is None:
            self.tokens = LetterTokens(hidden, letter_dim=letter_dim, filters=filters, highways=highways)
        else:
            self.tokens = WordTokens(vocabulary, hidden)
        self.layer1 = BothWays(hidden, cells, residual=False)
        self.layer2 = BothWays(hidden, cells, residual=True)
        self.mix = Mix(LAYERS)

    def layers(self, inputs: Padded) -> torch.Tensor:
        """Return all three layers concatenated, (N, L, 6H); each has H forward channels, then H backward ones.

        A language model predicts token t + 1 from the forward half of the last layer and t - 1 from the backward half.
        """
        tokens = self.tokens(inputs.values, inputs.lengths)
        first = self.layer1(tokens, inputs.lengths)
        both: torch.Tensor = self.layer2(first, inputs.lengths)
        return both

    def states(self, inputs: Padded) -> torch.Tensor:
        """Return the weighted mean of the layers at each token, (N, L, 2H)."""
        mixed: torch.Tensor = self.mix(self.layers(inputs))
        return mixed

    def forward(self, inputs: Padded) -> torch.Tensor:
        """Return the mean over each text's tokens, (N, 2H)."""
        return self.states(inputs).sum(1) / inputs.lengths[:, None]


class WordTokens(nn.Module):
    """An embedding table with one vector per word of the vocabulary; id 0 is the unknown word."""

    def __init__(self, vocabulary: int, hidden: int) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, hidden)

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Token ids (N, L) -> word vectors (N, L, 2H)."""
        return _ended(_twice(self.words(values)), lengths)


class LetterTokens(nn.Module):
    """Convolutions over a word's characters, max pooling per filter, highway layers, and a projection to H.

    The padding of short words is convolved too, as in ELMo.
    """

    def __init__(self, hidden: int, *, letter_dim: int, filters: Sequence[Sequence[int]], highways: int) -> None:
        super().__init__()
        self.letters = nn.Embedding(NUM_BYTES, letter_dim)
        self.filters = nn.ModuleList(nn.Conv1d(letter_dim, count, width) for width, count in filters)
        size = sum(count for _, count in filters)
        self.highways = nn.Sequential(*(Highway(size) for _ in range(highways)))
        self.project = nn.Linear(size, hidden)

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Characters (N, L, C) of each word -> word vectors (N, L, 2H)."""
        letters = self.letters(values.flatten(0, 1)).transpose(1, 2)  # (N L, letter_dim, C)
        found = torch.cat([functional.relu(conv(letters).amax(2)) for conv in self.filters], dim=1)
        words = self.project(self.highways(found))
        return _ended(_twice(words.reshape(*values.shape[:2], -1)), lengths)


class Highway(nn.Module):
    """A highway layer (arXiv:1505.00387): g x + (1 - g) relu(W x) for an input x, with a trained weight W and gate g.

    The gate is initialised so that it mostly passes x.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.linear = nn.Linear(size, 2 * size)  # W and the gate in one matrix
        nn.init.ones_(self.linear.bias[size:].detach())

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Apply the highway layer: vectors (N, size) -> vectors (N, size)."""
        new, gate = self.linear(inputs).chunk(2, dim=1)
        return torch.lerp(functional.relu(new), inputs, gate.sigmoid())


class BothWays(nn.Module):
    """A forward and a backward LSTM; each reads the half of the previous layer that has the same direction."""

    def __init__(self, hidden: int, cells: int, *, residual: bool) -> None:
        super().__init__()
        projection = hidden if cells > hidden else 0
        self.hidden = hidden
        self.residual = residual
        self.ahead = nn.LSTM(hidden, cells, batch_first=True, proj_size=projection)
        self.back = nn.LSTM(hidden, cells, batch_first=True, proj_size=projection)

    def forward(self, values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Append the outputs of the two LSTMs: (N, L, C) -> (N, L, C + 2H).

        ``values`` are the outputs of all layers so far, concatenated; the last 2H channels are the previous layer's.
        """
        ahead, back = values[..., -2 * self.hidden :].chunk(2, dim=2)
        # Padding follows the text, and reversing within the length keeps it there, so it never affects the tokens and
        # packed sequences are not needed.
        turned = _states(self.back, _turned(back, lengths))
        out = torch.cat([_states(self.ahead, ahead), _turned(turned, lengths)], dim=2)
        if self.residual:
            out = out + torch.cat([ahead, back], dim=2)
        return torch.cat([values, _ended(out, lengths)], dim=2)


class Mix(nn.Module):
    """The weighted mean of the layers times gamma, with trained weights softmax(scalars); initially the plain mean."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.scalars = nn.Parameter(torch.zeros(layers))
        self.gamma = nn.Parameter(torch.ones(1))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Concatenated layers (N, L, layers * C) -> gamma times the weighted mean of the layers (N, L, C)."""
        layers = values.reshape(*values.shape[:2], len(self.scalars), -1)
        mixed: torch.Tensor = self.gamma * torch.einsum("j,nljc->nlc", self.scalars.softmax(0), layers)
        return mixed


def _states(lstm: nn.LSTM, values: torch.Tensor) -> torch.Tensor:
    with warnings.catch_warnings():
        # The warning appears on every CPU and cannot be acted on: oneDNN has no LSTM with projections.
        warnings.filterwarnings("ignore", "LSTM with projections is not supported with oneDNN")
        states: torch.Tensor = lstm(values)[0]
    return states


def _twice(words: torch.Tensor) -> torch.Tensor:
    return torch.cat([words, words], dim=2)


def _ended(values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return ``values`` (N, L, C) with zeros in the padding of each text."""
    return values.masked_fill(~Padded(values, lengths).mask[..., None], 0)


def _turned(values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return ``values`` (N, L, C) with the tokens of each text in reverse order; the padding stays at the end."""
    places = torch.arange(values.shape[1], device=values.device).expand(values.shape[:2])
    last = lengths[:, None] - 1
    order = torch.where(places <= last, last - places, places)
    return values.gather(1, order[..., None].expand_as(values))


def build(name: str, arguments: Mapping[str, Any]) -> nn.Module:  # noqa: ARG001
    """Return a BiLM with random weights; ``arguments`` are those of its constructor, ``name`` is not used."""
    return BiLM(**arguments)
