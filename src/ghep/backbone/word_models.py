"""Backbones made of words: a file of word vectors, and networks of ELMo's kind in a folder of ghep's own form.

vectors.txt | .vec | .bin [@tfidf]    GloVe, word2vec, fastText; pooled by the mean, or weighted by tf-idf
<folder>                              config.json with "builder": "bilm", its arguments, model.safetensors, and
                                      tokenizer.json if it reads words and not letters
<file>.json                           such a config alone: random weights
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.bag_of_vectors import BagOfVectors
from ghep.backbone.base import Card
from ghep.backbone.text import TextBackbone, refuse_other_vocabulary
from ghep.backbone.weight_check import check_arrival, snapshot
from ghep.backbone.weights import load_weights, read_weights
from ghep.backbone.word_vectors import read_word_vectors
from ghep.data.text.tokens import TOKENIZER_FILE, CharacterPreprocess, TokenPreprocess, read_tokenizer
from ghep.data.text.word_tokens import word_tokenizer_json
from ghep.errors import BackboneError
from ghep.storage.text import read_json

LONGEST = 512
"""Words of a text that are looked at."""
SUFFIXES = (".txt", ".vec", ".bin")
POOLINGS = ("mean", "tfidf")
TORCH = (b"PK", b"\x80")
"""What a weight file of PyTorch begins with; it may be called .bin, too."""
BEFORE_LOADING = 0x67686570


def is_vector_file(path: Path) -> bool:
    """Whether ``path`` may hold word vectors: by its name, and a .bin by its first bytes."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        return not file.read(2).startswith(TORCH)


def load_vectors(path: Path, *, pooling: str, random_weights: bool, seed: int) -> TextBackbone:
    """Return a backbone that pools the vectors of the words in ``path``; one block."""
    vectors = read_word_vectors(path)
    vocabulary, dim = vectors.vectors.shape
    arguments = {"vocabulary": vocabulary, "dim": dim, "pooling": pooling}
    architecture = Architecture("bag-of-vectors", path.stem, arguments)
    net = architecture.build(seed=seed)
    assert isinstance(net, BagOfVectors)
    if not random_weights:
        with torch.no_grad():
            net.vectors.weight.copy_(torch.from_numpy(vectors.vectors))
    source = "random weights" if random_weights else f"{path.name}: {vocabulary - 1:,} words ({vectors.format})"
    card = Card(path.stem, source, pretrained=not random_weights)
    preprocess = TokenPreprocess(word_tokenizer_json(vectors.words), LONGEST, 0)
    return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card)


def is_bilm(config: Any) -> bool:
    """Whether a json names a network of ELMo's kind."""
    return isinstance(config, Mapping) and config.get("builder") == "bilm"


def load_bilm(path: Path, *, name: str, random_weights: bool, seed: int) -> TextBackbone:
    """Return the network in a folder, or with random weights the one that a json describes."""
    folder = path if path.is_dir() else path.parent
    config = read_json(path / "config.json" if path.is_dir() else path, error=BackboneError, what="backbone")
    architecture = Architecture.from_json({"name": path.stem, **config})
    letters = architecture.arguments.get("vocabulary") is None
    preprocess = CharacterPreprocess() if letters else TokenPreprocess(_tokenizer(folder), LONGEST, 0)
    weights = None if random_weights or not path.is_dir() else folder / "model.safetensors"
    net = architecture.build(seed=seed if weights is None else BEFORE_LOADING)
    if isinstance(preprocess, TokenPreprocess):
        refuse_other_vocabulary(preprocess, int(architecture.arguments["vocabulary"]), name=name)
    if weights is None:
        card = Card(name, "random weights", pretrained=False)
        return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card)
    inputs = preprocess.sample(4, 12)
    before = snapshot(net, inputs)
    load_weights(net, read_weights(weights), what=name)
    findings = check_arrival(net, before, inputs, name=name, again=architecture.build)
    for finding in findings:
        if finding.severity == "error":
            raise BackboneError(finding.message, remedy=finding.remedy)
    card = Card(name, str(config.get("source", folder.name)), str(config.get("licence", "unknown")))
    return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)


def _tokenizer(folder: Path) -> str:
    file = folder / TOKENIZER_FILE
    if not file.is_file():
        raise BackboneError(
            f"{folder} has no {TOKENIZER_FILE}, and its network reads words", remedy="put its tokenizer beside it"
        )
    return read_tokenizer(file)
