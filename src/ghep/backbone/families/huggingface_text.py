"""Text networks in Hugging Face's form: ``minilm``, ``hf/NAME``, ``text2text/NAME``, and folders of them."""

from __future__ import annotations

from pathlib import Path

from ghep.backbone.base import Backbone
from ghep.backbone.blueprint import Family
from ghep.backbone.hub import hub_folder
from ghep.backbone.huggingface_image import is_image_kind
from ghep.backbone.packages import MINILM
from ghep.backbone.request import Request, config_of
from ghep.backbone.suggestions import offline_hint
from ghep.errors import BackboneError


def matches(request: Request) -> bool:
    """Whether the name is that of a text network, or a folder that holds one."""
    if request.name == "minilm" or request.name.startswith(("text2text/", "hf/")):
        return True
    config = request.config
    return "model_type" in config and "ghep" not in config and not is_image_kind(config)


def load(request: Request) -> Backbone:
    """Load the folder; raise BackboneError for an image network, and for text2text/ without a decoder."""
    from ghep.backbone.huggingface import load_folder

    request.refuse_image_size()
    name = request.name
    writes, name_of_folder = name.startswith("text2text/"), name.removeprefix("text2text/")
    folder = _folder(name_of_folder)
    config = config_of(folder)
    if name.startswith("hf/") and is_image_kind(config):
        raise BackboneError(
            f"{name} is an image network, and hf/ names backbones for texts",
            remedy=f"pass the folder it was fetched to, {folder}, or timm/<name> for the same network of timm",
        )
    if "model_type" not in config or "ghep" in config or is_image_kind(config):
        raise BackboneError(
            f"{folder} is no encoder-decoder in Hugging Face's form" if writes else f"{folder} holds no text network",
            remedy="pass a T5's folder or name" if writes else "pass a folder with config.json, weights and tokenizer",
        )
    known = name_of_folder == "minilm" or name_of_folder.startswith("hf/")
    called = name if known else folder.resolve().name  # a bundle travels: where a folder lay is not its name
    source = MINILM.source if name_of_folder == "minilm" else None
    return load_folder(
        folder, name=called, writes=writes, source=source, random_weights=request.random_weights, seed=request.seed
    )


def _folder(name: str) -> Path:
    if name == "minilm":
        return MINILM.file().parent
    if name.startswith("hf/timm/"):
        raise BackboneError(f"{name} is one of timm's networks", remedy=f'did you mean "{name.removeprefix("hf/")}"?')
    if name.startswith("hf/"):
        return hub_folder(name.removeprefix("hf/"), at_hand=offline_hint(""))
    return Path(name).expanduser()


FAMILY = Family(matches, load_itself=load)
