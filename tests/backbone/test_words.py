"""Word backbones: vectors at the index of their words, ELMo from a folder, and refused files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ghep
from ghep.backbone.bag_of_vectors import BagOfVectors
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.families.word_vectors import is_vector_file
from ghep.backbone.text import TextBackbone
from ghep.backbone.word_vectors import read_word_vectors
from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess
from ghep.data.text.word_tokens import UNKNOWN, word_tokenizer_json
from ghep.errors import BackboneError
from ghep.model.bundle import load_bundle
from tiny_texts import WORDS, H, texts, write_family, write_table


def features(backbone: Backbone, *said: str) -> torch.Tensor:
    with torch.no_grad():
        return backbone.eval()(backbone.preprocess.collate(backbone.preprocess.encode(said)))


@pytest.mark.parametrize("name", ["glove", "word2vec"])
def test_a_text_is_the_mean_of_its_words_vectors(name: str, tmp_path: Path) -> None:
    file = write_family(name, tmp_path)
    vectors = dict(zip(WORDS, read_word_vectors(Path(file)).vectors[1:], strict=True))
    backbone = load_backbone(file)
    found = features(backbone, "good film", "Good, good zebra!", "zebra")
    expected = [[vectors["good"], vectors["film"]], [vectors["good"], vectors[","], vectors["good"], vectors["!"]]]
    for row, words in zip(found[:2], expected, strict=True):
        np.testing.assert_allclose(row.numpy(), np.mean(words, axis=0), rtol=1e-5, atol=1e-6)
    assert not found[2].any(), "of an unknown word there is nothing to say"
    assert backbone.card.source == f"{Path(file).name}: {len(WORDS)} words ({read_word_vectors(Path(file)).format})"
    assert backbone.card.pretrained and backbone.feature_dim == H


def test_tfidf_weighs_words_by_the_training_texts(tmp_path: Path) -> None:
    file = write_family("tfidf", tmp_path)
    backbone, plain = load_backbone(file), load_backbone(file.removesuffix("@tfidf"))
    said = ["the film", "the plot", "the cast good"]
    assert torch.allclose(features(backbone, *said), features(plain, *said)), "before it has seen any, each weighs 1"
    made = backbone.preprocess.encode(said)
    backbone.look_at(made.__getitem__, range(len(made)))
    vectors = dict(zip(WORDS, read_word_vectors(Path(file.removesuffix("@tfidf"))).vectors[1:], strict=True))
    idf = {word: np.log(4 / (1 + count)) + 1 for word, count in {"the": 3, "film": 1, "bad": 0}.items()}
    expected = sum(idf[word] * vectors[word] for word in idf) / sum(idf.values())
    np.testing.assert_allclose(features(backbone, "the film bad")[0].numpy(), expected, rtol=1e-5, atol=1e-6)


def test_the_weights_of_words_travel_in_the_bundle(tmp_path: Path) -> None:
    table = write_table(tmp_path / "r.csv", {"train": texts(24), "valid": texts(8, seed=2), "test": texts(8, seed=1)})
    run = ghep.fit(table, backbone=write_family("tfidf", tmp_path / "v"), out=tmp_path / "run")
    net = load_bundle(run.bundle).model.backbone.net
    assert isinstance(net, BagOfVectors) and net.idf is not None and len(set(net.idf.tolist())) > 3
    assert net.idf.min() < net.idf.max() == pytest.approx(np.log(25) + 1), "a word that no training text has"


def test_random_vectors_come_from_the_seed(tmp_path: Path) -> None:
    file = write_family("glove", tmp_path)
    one, same, other = (load_backbone(file, random_weights=True, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(features(one, "good"), features(same, "good"))
    assert not torch.equal(features(one, "good"), features(other, "good")) and not one.card.pretrained


def test_a_file_is_told_by_its_name_and_a_bin_by_its_first_bytes(tmp_path: Path) -> None:
    for name, content, expected in (
        ("a.txt", b"the 1 2", True),
        ("a.VEC", b"1 2\n", True),
        ("a.bin", b"3 300\n", True),
        ("b.bin", b"PK\3\4", False),
        ("c.bin", b"\x80\2", False),
        ("a.csv", b"the 1 2", False),
    ):
        (tmp_path / name).write_bytes(content)
        assert is_vector_file(tmp_path / name) == expected, name
    assert not is_vector_file(tmp_path / "none.txt") and not is_vector_file(tmp_path)


@pytest.mark.parametrize("pooling", ["@max", "@", "@TFIDF"])
def test_an_unknown_pooling_is_no_backbone(pooling: str, tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="no backbone, file or folder"):
        load_backbone(write_family("glove", tmp_path) + pooling)


# ELMo


def test_letters_need_no_vocabulary_and_words_do(tmp_path: Path) -> None:
    letters = load_backbone(write_family("bilm-letters", tmp_path / "a"))
    words = load_backbone(write_family("bilm", tmp_path / "b"))
    assert isinstance(letters.preprocess, CharacterPreprocess) and isinstance(words.preprocess, TokenPreprocess)
    one, other = features(letters, "zebra film", "zebro film")
    assert not torch.allclose(one, other), "no word is unknown"
    one, other = features(words, "zebra film", "zebro film")
    assert torch.equal(one, other)
    (tmp_path / "b" / "tokenizer.json").unlink()
    with pytest.raises(BackboneError, match=r"has no tokenizer\.json, but its network needs a tokenizer"):
        load_backbone(str(tmp_path / "b"))


def test_a_json_alone_is_an_architecture_with_random_weights(tmp_path: Path) -> None:
    folder = Path(write_family("bilm-letters", tmp_path / "a"))
    (tmp_path / "elmo.json").write_bytes((folder / "config.json").read_bytes())
    one, other = (load_backbone(str(tmp_path / "elmo.json"), seed=seed) for seed in (0, 1))
    assert isinstance(one, TextBackbone) and not one.card.pretrained
    assert not torch.equal(features(one, "good"), features(other, "good"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"hidden": 4}, "model.safetensors|shape"),
        ({"hidden": 8, "vocabulary": 5}, "26 tokens, but its network has embeddings for 5"),
        ({"hidden": "wide"}, "cannot be built"),
        ({"hidden": 8, "vocabulary": "many"}, "cannot be built"),
        ({"hidden": 8, "depth": 3}, "cannot be built"),
    ],
    ids=str,
)
def test_a_config_that_does_not_belong_to_its_files_is_an_error(
    arguments: dict[str, Any], said: str, tmp_path: Path
) -> None:
    folder = Path(write_family("bilm", tmp_path))
    given = {"vocabulary": len(WORDS) + 1, **arguments}
    (folder / "config.json").write_text(json.dumps({"builder": "bilm", "name": "x", "arguments": given}))
    with pytest.raises(BackboneError, match=said):
        load_backbone(str(folder))


def test_weights_that_are_missing_or_damaged_are_an_error(tmp_path: Path) -> None:
    folder = Path(write_family("bilm", tmp_path))
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(BackboneError):
        load_backbone(str(folder))
    (folder / "model.safetensors").unlink()
    with pytest.raises(BackboneError, match=r"model\.safetensors"):
        load_backbone(str(folder))


def test_a_damaged_tokenizer_is_an_error(tmp_path: Path) -> None:
    folder = Path(write_family("bilm", tmp_path))
    for content in (b"{", b"\xff\xfe", word_tokenizer_json([UNKNOWN])[:-9].encode()):
        (folder / "tokenizer.json").write_bytes(content)
        with pytest.raises(BackboneError, match="cannot be read"):
            load_backbone(str(folder))
