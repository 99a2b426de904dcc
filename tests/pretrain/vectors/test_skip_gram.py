"""Batches and the step: contexts within a window and a document, and the gradient of the loss as autograd finds it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from ghep.backbone.fasttext import ngrams
from ghep.pretrain.vectors import windows
from ghep.pretrain.vectors.judged import frequency_losses, gain_of, guessing, losses_of
from ghep.pretrain.vectors.skip_gram import SkipGram, Subwords
from ghep.pretrain.vectors.windows import BLOCK, NEGATIVES, Sampler, batches, pairs_of, parts_of, shuffled
from ghep.pretrain.vectors.words import Stream, Vocabulary

WORDS = tuple(f"word{place:03}" for place in range(300))


def vocabulary_of(count: int = 300) -> Vocabulary:
    counts = np.sort(np.random.default_rng(0).integers(5, 200, count))[::-1].copy()
    return Vocabulary(WORDS[:count], counts, (), 5)


def stream_of(words: int, *, documents: int = 7, vocabulary: int = 300, seed: int = 0) -> Stream:
    rng = np.random.default_rng(seed)
    owners = np.sort(rng.integers(0, documents, words)).astype(np.int32)
    return Stream(rng.integers(0, vocabulary, words).astype(np.int32), owners)


def test_batches_hold_exactly_the_pairs_within_a_window_and_a_document() -> None:
    vocabulary, stream = vocabulary_of(), stream_of(700)
    sampler = Sampler.of(vocabulary, window=3, negatives=5, sample=0.0)
    found: Counter[tuple[int, int]] = Counter()
    for batch in batches(stream, sampler, seed=1, epoch=0, part=0):
        for block, context, target in batch.positive.nonzero().tolist():
            found[int(batch.contexts[block, context]), int(batch.targets[block, target])] += 1
    rng = np.random.default_rng((1, windows.TRAINING, 0, 0))
    rng.random(700)  # which words are kept: all
    widths = rng.integers(1, 4, 700)
    expected: Counter[tuple[int, int]] = Counter()
    for place in range(700):
        for other in range(max(0, place - widths[place]), min(700, place + widths[place] + 1)):
            if other != place and stream.documents[other] == stream.documents[place]:
                expected[int(stream.words[other]), int(stream.words[place])] += 1
    assert found == expected and found.total() > 2000


def test_parts_divide_an_epoch_and_a_resumed_part_has_the_same_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "PART", 500)
    stream, sampler = stream_of(1200), Sampler.of(vocabulary_of(), window=2, negatives=5, sample=1e-3)
    assert parts_of(stream) == 3
    for part in range(3):
        every = list(batches(stream, sampler, seed=0, epoch=1, part=part))
        rest = list(batches(stream, sampler, seed=0, epoch=1, part=part, skip=1))
        assert every[-1].words == (500 if part < 2 else 200)
        assert len(rest) == len(every) - 1
        for one, other in zip(every[1:], rest, strict=True):
            assert all(torch.equal(a, b) for a, b in zip(one[:3], other[:3], strict=True))


def test_an_epoch_has_whole_documents_in_an_order_of_its_own() -> None:
    stream = stream_of(500, documents=9)
    first, second = (shuffled(stream, seed=0, epoch=epoch) for epoch in (0, 1))
    for one in (first, second):
        assert len(np.flatnonzero(np.diff(one.documents))) == 8
        for document in range(9):
            assert np.array_equal(one.words[one.documents == document], stream.words[stream.documents == document])
    assert not np.array_equal(first.documents, second.documents)
    assert not np.array_equal(first.documents, stream.documents)


def test_frequent_words_are_left_out_and_negatives_follow_the_power_of_counts() -> None:
    counts = np.array([90_000, 9_000, 900, 100], dtype=np.int64)
    sampler = Sampler.of(Vocabulary(WORDS[:4], counts, (), 5), window=5, negatives=5, sample=1e-3)
    share = counts / counts.sum()
    assert np.allclose(sampler.keep, np.minimum(1, np.sqrt(1e-3 / share) + 1e-3 / share))
    drawn = np.bincount(sampler.draw(np.random.default_rng(0), 200_000), minlength=4) / 200_000
    assert np.allclose(drawn, counts**0.75 / (counts**0.75).sum(), atol=0.004)
    assert sampler.blocks == 1  # a word that is half of all words: small batches


@pytest.mark.parametrize("ngram", [False, True])
def test_a_step_follows_the_gradient_of_the_loss(ngram: bool) -> None:
    vocabulary, stream = vocabulary_of(), stream_of(400)
    sampler = Sampler.of(vocabulary, window=5, negatives=5, sample=1e-2)
    subwords = Subwords.of(vocabulary.words, shortest=3, longest=4, buckets=50) if ngram else None
    model = SkipGram.initial(300, 8, seed=0, subwords=subwords)
    model.outputs.normal_(0, 0.3, generator=torch.Generator().manual_seed(0))
    batch = next(batches(stream, sampler, seed=0, epoch=0, part=0))
    inputs = model.vectors().clone().requires_grad_()
    outputs = model.outputs.clone().requires_grad_()
    loss = torch.zeros(())
    for contexts, targets, positive in zip(batch.contexts, batch.targets, batch.positive, strict=True):
        scores = inputs[contexts] @ outputs[targets].T
        weights = positive.sum(1, keepdim=True) * 5 / NEGATIVES
        loss = (
            loss - (positive * logsigmoid(scores[:, :BLOCK])).sum() - (weights * logsigmoid(-scores[:, BLOCK:])).sum()
        )
    loss.backward()
    assert inputs.grad is not None and outputs.grad is not None
    before = model.inputs.clone()
    measured = model.step(batch, lr=0.01, negatives=5, measured=True)
    assert measured == pytest.approx(float(loss.detach() / batch.positive.sum()), rel=1e-4)
    assert torch.allclose(model.outputs, outputs.detach() - 0.01 * outputs.grad, atol=1e-5)
    expected = before.clone()
    if subwords is None:
        expected -= 0.01 * inputs.grad
    else:
        rows, owner = subwords.of_words(torch.arange(300))
        expected.index_add_(0, rows, -0.01 * inputs.grad[owner])
    assert torch.allclose(model.inputs, expected, atol=1e-5)
    assert not torch.equal(model.inputs, before)


def test_rows_of_a_word_are_its_own_and_those_of_its_ngrams() -> None:
    subwords = Subwords.of(("ab", "abc"), shortest=3, longest=6, buckets=1000)
    rows, owner = subwords.of_words(torch.tensor([1, 0]))
    expected = {
        word: set((2 + ngrams([word], shortest=3, longest=6, buckets=1000)[1]).tolist()) for word in (b"ab", b"abc")
    }
    assert set(rows[owner == 0].tolist()) == {1} | expected[b"abc"]
    assert set(rows[owner == 1].tolist()) == {0} | expected[b"ab"]
    model = SkipGram.initial(2, 4, seed=0, subwords=subwords)
    unused = sorted(set(range(2, 1002)) - expected[b"ab"] - expected[b"abc"])
    assert not model.inputs[unused].any() and model.inputs[rows].all()


def test_untrained_vectors_guess_and_frequencies_are_the_best_constant() -> None:
    vocabulary, stream = vocabulary_of(), stream_of(3000)
    sampler = Sampler.of(vocabulary, window=5, negatives=5, sample=0.0)
    pairs = pairs_of(stream, sampler, seed=0, most=1000)
    assert len(pairs.targets) == 1000
    untrained = losses_of(SkipGram.initial(300, 8, seed=0), pairs)
    assert untrained == pytest.approx(guessing(5))
    by_hand = []
    target = vocabulary.counts / vocabulary.counts.sum()
    for own, others in zip(pairs.targets, pairs.negatives, strict=True):
        score = np.log(target / (5 * sampler.drawn))
        by_hand.append(np.log1p(np.exp(-score[own])) + np.log1p(np.exp(score[others])).sum())
    assert frequency_losses(vocabulary, sampler, pairs) == pytest.approx(np.array(by_hand))


def test_a_gain_counts_documents_and_not_pairs() -> None:
    documents = np.repeat(np.arange(10), 100)
    of_documents = np.random.default_rng(0).normal(0.1, 1, 10)
    gain = gain_of(np.zeros(1000), np.repeat(of_documents, 100), documents)
    assert gain.mean == pytest.approx(of_documents.mean())
    assert gain.standard_error == pytest.approx(of_documents.std(ddof=1) / np.sqrt(10))
    assert gain_of(np.zeros(5), np.ones(5), np.zeros(5)).clear
