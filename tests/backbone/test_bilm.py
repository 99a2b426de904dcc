"""ELMo: directions and texts are independent, and blocks carry all that later ones need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from ghep.backbone.bag_of_vectors import BagOfVectors
from ghep.backbone.bilm import BiLM, BothWays, Highway, Mix
from ghep.backbone.blocks import find_blocks
from ghep.backbone.boundary import run_at
from ghep.data.loading.padded import Padded, pad
from ghep.data.text.word_bytes import word_bytes
from ghep.storage.tensors import write_tensors

H, V = 6, 20
KINDS = ("words", "letters", "projected")


def bilm(kind: str, seed: int = 0) -> BiLM:
    torch.manual_seed(seed)
    if kind == "letters":
        return BiLM(hidden=H, letter_dim=4, filters=[(1, 4), (2, 6), (3, 8)]).eval()
    return BiLM(V, hidden=H, cells=2 * H if kind == "projected" else None).eval()


def texts(kind: str, *lengths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    if kind == "letters":
        return [word_bytes([chr(97 + letter) * 3 for letter in rng.integers(0, 26, length)], 10) for length in lengths]
    return [rng.integers(0, V, length) for length in lengths]


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_alone_and_among_longer_ones_is_the_same(kind: str) -> None:
    net, sequences = bilm(kind), texts(kind, 4, 1, 9, 6)
    batch = pad(sequences)
    batch.values[~batch.mask] = 1  # padding must not be read
    together, layers = net(batch), net.layers(batch)
    assert together.shape == (4, 2 * H) and layers.shape == (4, 9, 6 * H)
    assert not layers[~batch.mask].any()
    for row, sequence in enumerate(sequences):
        torch.testing.assert_close(net(pad([sequence]))[0], together[row])
        torch.testing.assert_close(net.layers(pad([sequence]))[0], layers[row, : len(sequence)])


@pytest.mark.parametrize("kind", KINDS)
def test_neither_direction_sees_what_lies_ahead_of_it(kind: str) -> None:
    net, place = bilm(kind), 3
    (sequence,) = texts(kind, 7)
    changed = sequence.copy()
    changed[place] = texts(kind, 9)[0][8]
    before, after = (net.layers(pad([one]))[0].unflatten(1, (3, 2, H)) for one in (sequence, changed))
    differs = (before != after).any(-1)  # (L, layers, directions)
    for layer in range(3):
        spreads = layer > 0
        assert differs[:, layer, 0].tolist() == [at >= place if spreads else at == place for at in range(7)]
        assert differs[:, layer, 1].tolist() == [at <= place if spreads else at == place for at in range(7)]


def test_it_is_torch_s_own_lstm_both_ways() -> None:
    """Each direction of each layer against an LSTM over packed texts; the second layer adds what it reads."""
    net, batch = bilm("words"), pad(texts("words", 5, 2, 8))
    tokens, first, second = net.layers(batch).split(2 * H, dim=2)
    torch.testing.assert_close(first, packed(net.layer1, tokens, batch.lengths))
    torch.testing.assert_close(second, packed(net.layer2, first, batch.lengths) + first)


def packed(layer: BothWays, inputs: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Run both directions on packed sequences: the backward one as the reverse half of torch's bidirectional LSTM."""
    both = nn.LSTM(H, H, batch_first=True, bidirectional=True)
    ahead, back = layer.ahead.state_dict(), layer.back.state_dict()
    both.load_state_dict({**ahead, **{f"{name}_reverse": weight for name, weight in back.items()}})
    outputs = []
    for half in inputs.split(H, dim=2):
        sequences = nn.utils.rnn.pack_padded_sequence(half, lengths, batch_first=True, enforce_sorted=False)
        outputs.append(nn.utils.rnn.pad_packed_sequence(both(sequences)[0], batch_first=True)[0])
    return torch.cat([outputs[0][..., :H], outputs[1][..., H:]], dim=2)


def test_the_mix_is_the_mean_at_first_and_what_its_scalars_say_later() -> None:
    mix, values = Mix(3), torch.randn(2, 4, 15)
    layers = values.split(5, dim=2)
    torch.testing.assert_close(mix(values), sum(layers) / 3)
    with torch.no_grad():
        mix.scalars.copy_(torch.tensor([0.0, 50.0, 0.0]))
        mix.gamma.fill_(2.0)
    torch.testing.assert_close(mix(values), 2 * layers[1])


def test_a_highway_is_its_formula() -> None:
    highway, inputs = Highway(5), torch.randn(3, 5)
    new, gate = (inputs @ highway.linear.weight.T + highway.linear.bias).split(5, dim=1)
    gate = torch.sigmoid(gate)
    torch.testing.assert_close(highway(inputs), gate * inputs + (1 - gate) * new.clamp(min=0))


@pytest.mark.parametrize("kind", KINDS)
def test_it_splits_into_blocks_that_carry_all_that_follows(kind: str) -> None:
    net, batch = bilm(kind), pad(texts(kind, 4, 9))
    blocks = find_blocks(net, batch)  # type: ignore[arg-type]
    assert [block.modules for block in blocks] == [("tokens",), ("layer1",), ("layer2", "mix")]
    assert sorted(name for block in blocks for name in block.parameters) == sorted(dict(net.named_parameters()))
    whole = net(batch)
    first, second = run_at(net, blocks, batch, (1, 2))  # type: ignore[arg-type]
    assert first.shape == (2, 9, 2 * H) and second.shape == (2, 9, 4 * H)
    for k, activation in ((1, first), (2, second)):
        assert torch.equal(run_on(net, activation, batch.lengths, k), whole)


def run_on(net: BiLM, activation: torch.Tensor, lengths: torch.Tensor, k: int) -> torch.Tensor:
    """Run the network's forward with its first k blocks replaced: the last returns the activation, the others NaN."""
    nothing = torch.full((*activation.shape[:2], 1), torch.nan)
    modules = [net.tokens, net.layer1][:k]
    for module, output in zip(modules, [nothing] * (k - 1) + [activation], strict=True):
        module.forward = lambda *_, output=output: output  # type: ignore[method-assign]
    try:
        return net(Padded(nothing, lengths))  # type: ignore[no-any-return]
    finally:
        for module in modules:
            del module.forward


@pytest.mark.parametrize("kind", KINDS)
def test_weights_come_back_from_a_file(kind: str, tmp_path: Path) -> None:
    net, batch = bilm(kind), pad(texts(kind, 4, 9))
    write_tensors(tmp_path / "w.safetensors", net.state_dict())
    other = bilm(kind, seed=1)
    assert not torch.equal(other(batch), net(batch))
    other.load_state_dict(load_file(tmp_path / "w.safetensors"))
    assert torch.equal(other(batch), net(batch))


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_gets_a_gradient(kind: str) -> None:
    net = bilm(kind)
    net(pad(texts(kind, 9, 4))).square().sum().backward()
    assert not [name for name, weight in net.named_parameters() if weight.grad is None or not weight.grad.any()]


@pytest.mark.slow
def test_it_learns_an_order_of_words_that_a_bag_cannot_see() -> None:
    """The order of two words decides the class; both texts of a pair have the same words."""
    train, test = ordered(256, seed=0), ordered(200, seed=1)
    assert accuracy(BiLM(V, hidden=16), train, test) > 0.95
    assert 0.3 < accuracy(BagOfVectors(V, 32), train, test) < 0.7


def ordered(n: int, *, seed: int) -> tuple[Padded, torch.Tensor]:
    """Return texts of 4 to 8 words that contain 1 and 2; in class 0 the 1 is first."""
    rng = np.random.default_rng(seed)
    sequences, targets = [], []
    for number in range(n):
        text = rng.integers(3, V, rng.integers(4, 9))
        first, second = sorted(rng.choice(len(text), 2, replace=False))
        target = number % 2
        text[first], text[second] = (2, 1) if target else (1, 2)
        sequences.append(text)
        targets.append(target)
    return pad(sequences), torch.tensor(targets)


def accuracy(net: nn.Module, train: tuple[Padded, torch.Tensor], test: tuple[Padded, torch.Tensor]) -> float:
    torch.manual_seed(0)
    for weight in net.parameters():
        nn.init.normal_(weight, std=0.3)
    head = nn.Linear(32, 2)
    optimizer = torch.optim.Adam([*net.parameters(), *head.parameters()], lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(head(net(train[0])), train[1]).backward()
        optimizer.step()
    with torch.no_grad():
        return (head(net(test[0])).argmax(1) == test[1]).float().mean().item()


def test_states_are_not_projected_up() -> None:
    with pytest.raises(ValueError, match="at least hidden"):
        BiLM(V, hidden=8, cells=4)
