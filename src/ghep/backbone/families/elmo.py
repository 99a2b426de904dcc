"""ELMo networks: a folder with weights and ``"builder": "bilm"`` in its config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blueprint import BEFORE_LOADING, Family, refuse_errors
from ghep.backbone.request import Request
from ghep.backbone.text import LONGEST, TextBackbone, refuse_other_vocabulary
from ghep.backbone.weight_check import check_arrival, snapshot
from ghep.backbone.weights import load_weights, read_weights
from ghep.data.text.tokens import TOKENIZER_FILE, CharacterPreprocess, TokenPreprocess, read_tokenizer
from ghep.errors import BackboneError
from ghep.messages import Message, text_of
from ghep.storage.text import read_json


def matches(request: Request) -> bool:
    """Whether the name is a folder or json file of an ELMo network."""
    return is_bilm(request.config)


def load(request: Request) -> Backbone:
    """Return the backbone in a folder; if the name is a json file, the backbone it describes, with random weights."""
    request.refuse_image_size()
    assert request.path is not None
    name = request.path.resolve().stem
    return load_bilm(request.path, name=name, random_weights=request.random_weights, seed=request.seed)


def is_bilm(config: Any) -> bool:
    """Whether a config describes an ELMo network."""
    return isinstance(config, Mapping) and config.get("builder") == "bilm"


def load_bilm(path: Path, *, name: str, random_weights: bool, seed: int) -> TextBackbone:
    """Return the backbone in the folder ``path``; if ``path`` is a json file, its network with random weights."""
    folder = path if path.is_dir() else path.parent
    config = read_json(
        path / "config.json" if path.is_dir() else path, error=BackboneError, what=Message("named-backbone")
    )
    architecture = Architecture.from_json({"name": path.stem, **config})
    letters = architecture.arguments.get("vocabulary") is None
    preprocess = CharacterPreprocess() if letters else TokenPreprocess(_tokenizer(folder), LONGEST, 0)
    weights = None if random_weights or not path.is_dir() else folder / "model.safetensors"
    net = architecture.build(seed=seed if weights is None else BEFORE_LOADING)
    if isinstance(preprocess, TokenPreprocess):
        refuse_other_vocabulary(preprocess, int(architecture.arguments["vocabulary"]), name=name)
    if weights is None:
        card = Card(name, text_of("source-random"), pretrained=False)
        return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card)
    inputs = preprocess.sample(4, 12)
    before = snapshot(net, inputs)
    load_weights(net, read_weights(weights), backbone_name=name)
    findings = check_arrival(net, before, inputs, name=name, rebuild=architecture.build)
    refuse_errors(findings)
    card = Card(name, str(config.get("source", folder.name)), str(config.get("licence", "unknown")))
    return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)


def _tokenizer(folder: Path) -> str:
    file = folder / TOKENIZER_FILE
    if not file.is_file():
        raise BackboneError("word-tokenizer-missing", path=folder, file=TOKENIZER_FILE)
    return read_tokenizer(file)


FAMILY = Family(matches, load_itself=load)
