"""Vocabularies of a corpus: the same in every process, and what networks of each kind expect."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ghep.data.corpus import Document
from ghep.pretrain.vocabulary import BERT, GPT, SENTINELS, Kind, train_vocabulary

tokenizers = pytest.importorskip("tokenizers")

KINDS: tuple[Kind, ...] = ("wordpiece", "bytes", "unigram", "characters")
STEMS = ("ban", "lo", "kri", "vu", "sem", "ta", "đẹp", "ốm", "zer", "flo")


def corpus(documents: int = 100, seed: int = 0) -> list[Document]:
    """Return documents of words of one to four syllables, some in capitals, with punctuation."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(documents):
        words = ["".join(rng.choice(STEMS, int(rng.integers(1, 5)))) for _ in range(40)]
        made.append(Document(str(number), " ".join(words).capitalize() + " , fine - film !"))
    return made


def trained(kind: Kind, size: int = 600) -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer.from_str(train_vocabulary(corpus(), kind=kind, size=size))


SCRIPT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from pretrain.test_vocabulary import KINDS, corpus
from ghep.pretrain.vocabulary import train_vocabulary
for kind in KINDS:
    print(hashlib.sha256(train_vocabulary(corpus(), kind=kind, size=600).encode()).hexdigest())
"""


@pytest.mark.slow
def test_two_processes_equal_bytes() -> None:
    """The trainer of WordPiece gives another vocabulary each time (tokenizers#1794), that of Unigram too."""
    tests = str(Path(__file__).parents[1])
    processes = []
    for seed, threads in (("1", "1"), ("2", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads}
        command = [sys.executable, "-c", SCRIPT, tests]
        processes.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
    digests = [process.communicate()[0] for process in processes]
    here = "".join(
        hashlib.sha256(train_vocabulary(corpus(), kind=kind, size=600).encode()).hexdigest() + "\n" for kind in KINDS
    )
    assert digests == [here, here]


@pytest.mark.slow
def test_the_order_of_documents_does_not_matter() -> None:
    for kind in KINDS:
        one, other = (train_vocabulary(texts, kind=kind, size=600) for texts in (corpus(), corpus()[::-1]))
        assert one == other, kind


def test_special_tokens_of_bert() -> None:
    tokenizer = trained("wordpiece")
    assert [tokenizer.id_to_token(place) for place in range(5)] == list(BERT)
    assert [one["content"] for one in json.loads(tokenizer.to_str())["added_tokens"]] == list(BERT)
    made = tokenizer.encode("Ban lo", "vu ta")
    assert made.tokens == ["[CLS]", "ban", "lo", "[SEP]", "vu", "ta", "[SEP]"]
    assert made.type_ids == [0, 0, 0, 0, 1, 1, 1]


def test_wordpiece_has_no_case_and_keeps_accents() -> None:
    tokenizer = trained("wordpiece")
    assert tokenizer.encode("ĐẸP").ids == tokenizer.encode("đẹp").ids != tokenizer.encode("dep").ids
    composed, apart = "\u1ed1m", "o\u0302\u0301m"
    assert tokenizer.encode(composed).ids == tokenizer.encode(apart).ids


def test_accents_that_the_language_has_not_are_dropped() -> None:
    documents = [Document(str(at), "a naive cafe and a film of films " * 5) for at in range(30)]
    documents += [Document("foreign", "a café")]
    tokenizer = tokenizers.Tokenizer.from_str(train_vocabulary(documents, kind="wordpiece", size=200))
    assert tokenizer.encode("naïve café").ids == tokenizer.encode("naive cafe").ids
    assert "[UNK]" not in tokenizer.encode("naïve café").tokens


def test_every_text_can_be_written_in_bytes() -> None:
    tokenizer = trained("bytes")
    text = "Ban\n lo đẹp 你好 \U0001f600"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
    assert [tokenizer.id_to_token(place) for place in range(3)] == list(GPT)


def test_sentinels_of_t5() -> None:
    """``<extra_id_0>`` has the highest id (transformers#14282 was about their order)."""
    tokenizer = trained("unigram")
    ids = [tokenizer.token_to_id(name) for name in SENTINELS]
    assert ids == list(range(tokenizer.get_vocab_size() - 1, tokenizer.get_vocab_size() - 101, -1))
    assert [tokenizer.token_to_id(name) for name in ("<pad>", "</s>", "<unk>")] == [0, 1, 2]
    made = tokenizer.encode("banlo <extra_id_0> vu")
    assert made.tokens[-1] == "</s>"
    assert "<extra_id_0>" in made.tokens
    text = "ban lovu đẹp , fine - film !"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_unigram_segments_by_probability() -> None:
    """Frequent stems are pieces, and a text takes the pieces whose probabilities have the largest product."""
    tokenizer = trained("unigram", 200)
    scores = dict(json.loads(tokenizer.to_str())["model"]["vocab"])
    assert sum(np.exp(score) for score in scores.values() if score < 0) == pytest.approx(1, abs=1e-3)
    best = sum(scores[one] for one in tokenizer.encode("banlovu", add_special_tokens=False).tokens)
    letters = sum(scores[one] for one in "\u2581banlovu")
    assert best > letters


def test_characters() -> None:
    tokenizer = trained("characters")
    text = "Ban , lo"
    made = tokenizer.encode(text)
    assert made.tokens == list(text)
    assert tokenizer.decode(made.ids) == text
    assert tokenizer.encode("你").tokens == ["<unk>"]
    assert tokenizer.get_vocab_size() < 60


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_sizes(kind: Kind) -> None:
    """The size is a limit, also where a corpus is too small for it: 4,500 words are too few."""
    assert trained(kind, 400).get_vocab_size() <= 400
    assert trained(kind, 30_000).get_vocab_size() <= 512
    tiny = tokenizers.Tokenizer.from_str(train_vocabulary([Document("a", "One text.")], kind=kind, size=8192))
    assert 0 < tiny.get_vocab_size() < 300


def test_rare_letters_are_unknown_where_there_are_thousands() -> None:
    """Chinese: the most frequent characters are tokens, and words of others are unknown."""
    rng = np.random.default_rng(0)
    ranks = np.minimum(rng.zipf(1.3, 10_000), 3000)
    letters = [chr(0x4E00 + rank) for rank in ranks]
    documents = [Document(str(at), "".join(letters[at : at + 100])) for at in range(0, 10_000, 100)]
    for kind in ("wordpiece", "unigram", "characters"):
        tokenizer = tokenizers.Tokenizer.from_str(train_vocabulary(documents, kind=kind, size=600))  # type: ignore[arg-type]
        assert tokenizer.get_vocab_size() <= 600
        made = tokenizer.encode(documents[0].text, add_special_tokens=False)
        unknown = made.ids.count(tokenizer.token_to_id("[UNK]" if kind == "wordpiece" else "<unk>"))
        assert 0 < unknown < 0.4 * len(made.ids), kind
