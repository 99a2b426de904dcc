"""A file of word vectors: GloVe, word2vec or fastText, pooled by the mean or weighted by tf-idf (``@tfidf``).

A folder that ``ghep pretrain`` wrote is its file ``vectors.txt``.
"""

from __future__ import annotations

from pathlib import Path

import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.bag_of_vectors import BagOfVectors
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blueprint import Family
from ghep.backbone.request import Request
from ghep.backbone.text import LONGEST, TextBackbone
from ghep.backbone.word_vectors import read_word_vectors
from ghep.data.text.tokens import TokenPreprocess
from ghep.data.text.word_tokens import word_tokenizer_json
from ghep.messages import text_of

SUFFIXES = (".txt", ".vec", ".bin")
IN_FOLDER = "vectors.txt"
"""Name of the vectors in a folder of pretrained ones."""
POOLINGS = ("mean", "tfidf")
TORCH = (b"PK", b"\x80")
"""First bytes of PyTorch's weight files, which may also be called .bin."""


def matches(request: Request) -> bool:
    """Whether the name is a file that may have word vectors, or their folder, with or without ``@tfidf`` at its end."""
    return request.path is not None and is_vector_file(file_of(_pooling_named(request.path)[0]))


def load(request: Request) -> Backbone:
    """Return the backbone that pools the word vectors in the file."""
    request.refuse_image_size()
    assert request.path is not None
    file, pooling = _pooling_named(request.path)
    return load_vectors(file, pooling=pooling, random_weights=request.random_weights, seed=request.seed)


def file_of(path: Path) -> Path:
    """Return the file of word vectors in the folder ``path``; ``path`` itself if it is no folder."""
    return path / IN_FOLDER if path.is_dir() else path


def _pooling_named(path: Path) -> tuple[Path, str]:
    """Split ``vectors.txt@tfidf`` into the file and the pooling, which is "mean" by default."""
    name, _, pooling = str(path).rpartition("@")
    return (Path(name), pooling) if name and pooling in POOLINGS else (path, "mean")


def is_vector_file(path: Path) -> bool:
    """Whether ``path`` may have word vectors, by its suffix and first bytes."""
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as file:
        return not file.read(2).startswith(TORCH)


def load_vectors(path: Path, *, pooling: str, random_weights: bool, seed: int) -> TextBackbone:
    """Return a backbone with one block that pools the word vectors in ``path``, a file or a folder with one."""
    file = file_of(path)
    name = path.stem if file == path else path.resolve().name
    vectors = read_word_vectors(file)
    vocabulary, dim = vectors.vectors.shape
    arguments = {"vocabulary": vocabulary, "dim": dim, "pooling": pooling}
    architecture = Architecture("bag-of-vectors", name, arguments)
    net = architecture.build(seed=seed)
    assert isinstance(net, BagOfVectors)
    if not random_weights:
        with torch.no_grad():
            net.vectors.weight.copy_(torch.from_numpy(vectors.vectors))
    if random_weights:
        source = text_of("source-random")
    else:
        source = text_of("source-word-vectors", file=file.name, words=vocabulary - 1, format=vectors.format)
    card = Card(name, source, pretrained=not random_weights)
    preprocess = TokenPreprocess(word_tokenizer_json(vectors.words), LONGEST, 0)
    return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card)


FAMILY = Family(matches, load_itself=load)
