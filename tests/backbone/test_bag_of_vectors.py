"""The mean of word vectors equals its definition, with scikit-learn's tf-idf weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.feature_extraction.text import TfidfVectorizer

from ghep.backbone.bag_of_vectors import BagOfVectors, count_documents
from ghep.backbone.blocks import find_blocks
from ghep.data.loading.padded import Padded, pad
from ghep.storage.tensors import write_tensors

V, D = 12, 6
RNG = np.random.default_rng(0)
TEXTS = [RNG.integers(0, V, length) for length in (5, 1, 9, 3, 7)]


def bag(pooling: str = "mean") -> BagOfVectors:
    torch.manual_seed(0)
    net = BagOfVectors(V, D, pooling)  # type: ignore[arg-type]
    if pooling == "tfidf":
        net.set_idf(count_documents(TEXTS, vocabulary=V), len(TEXTS))
    return net


@pytest.mark.parametrize("pooling", ["mean", "tfidf"])
def test_it_is_the_weighted_mean_of_the_known_words(pooling: str) -> None:
    net = bag(pooling)
    vectors = net.vectors.weight.detach().numpy()
    documents = [sum(word in text for text in TEXTS) for word in range(V)]
    weights = np.log((1 + len(TEXTS)) / (1 + np.array(documents))) + 1 if pooling == "tfidf" else np.ones(V)
    expected = []
    for text in TEXTS:
        known = [word for word in text if word != 0]
        total = sum(weights[word] for word in known)
        expected.append(sum((weights[word] / total * vectors[word] for word in known), start=np.zeros(D)))
    np.testing.assert_allclose(net(pad(TEXTS)).detach().numpy(), expected, atol=1e-6)


def test_the_weights_are_scikit_learn_s() -> None:
    net = bag("tfidf")
    vocabulary = {str(word): word - 1 for word in range(1, V)}
    vectorizer = TfidfVectorizer(vocabulary=vocabulary, norm="l1", token_pattern=r"\d+")
    counted = vectorizer.fit_transform([" ".join(map(str, text)) for text in TEXTS])
    assert net.idf is not None
    np.testing.assert_allclose(net.idf[1:].numpy(), vectorizer.idf_, rtol=1e-6)
    expected = counted @ net.vectors.weight.detach().numpy()[1:]
    np.testing.assert_allclose(net(pad(TEXTS)).detach().numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("pooling", ["mean", "tfidf"])
def test_what_fills_a_text_up_and_what_is_unknown_take_no_part(pooling: str) -> None:
    net = bag(pooling)
    alone = net(Padded(torch.tensor([[3, 4]]), torch.tensor([2])))
    padded = net(Padded(torch.tensor([[3, 0, 4, 5, 6]]), torch.tensor([3])))
    torch.testing.assert_close(alone, padded)


@pytest.mark.parametrize("pooling", ["mean", "tfidf"])
def test_a_text_without_a_known_word_is_zeros_with_gradients_of_zero(pooling: str) -> None:
    net = bag(pooling)
    out = net(Padded(torch.tensor([[0, 0, 3]]), torch.tensor([2])))
    assert torch.equal(out, torch.zeros(1, D))
    out.sum().backward()
    assert net.vectors.weight.grad is not None and not net.vectors.weight.grad.any()


def test_the_unknown_word_stays_at_zero_through_training() -> None:
    net = bag()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        net(pad(TEXTS)).square().sum().backward()
        optimizer.step()
    assert not net.vectors.weight[0].any()


def test_weights_have_their_names_and_come_back(tmp_path: Path) -> None:
    assert list(bag().state_dict()) == ["vectors.weight"]
    net = bag("tfidf")
    write_tensors(tmp_path / "w.safetensors", net.state_dict())
    other = BagOfVectors(V, D, "tfidf")
    other.load_state_dict(load_file(tmp_path / "w.safetensors"))
    assert torch.equal(other(pad(TEXTS)), net(pad(TEXTS)))


def test_it_is_one_block() -> None:
    blocks = find_blocks(bag("tfidf"), pad(TEXTS[:1]))  # type: ignore[arg-type]
    assert [(block.modules, block.parameters) for block in blocks] == [(("vectors",), ("vectors.weight",))]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="sum"):
        BagOfVectors(V, D, "sum")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="tfidf"):
        bag().set_idf(np.ones(V), 5)
