"""Text networks in Hugging Face's format: ``minilm``, ``hf/NAME``, ``text2text/NAME``, and folders."""

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
from ghep.messages import Message


def matches(request: Request) -> bool:
    """Whether the name is a text network or a folder with one."""
    if request.name == "minilm" or request.name.startswith(("text2text/", "hf/")):
        return True
    config = request.config
    return "model_type" in config and "ghep" not in config and not is_image_kind(config)


def load(request: Request) -> Backbone:
    """Return the backbone; raise BackboneError if it is an image network, or if text2text/NAME has no decoder."""
    from ghep.backbone.huggingface import load_folder

    request.refuse_image_size()
    name = request.name
    text_to_text, name_of_folder = name.startswith("text2text/"), name.removeprefix("text2text/")
    folder = folder_of(name_of_folder)
    config = config_of(folder)
    if name.startswith("hf/") and is_image_kind(config):
        raise BackboneError("hub-name-is-image-network", name=name, folder=folder)
    if "model_type" not in config or "ghep" in config or is_image_kind(config):
        raise BackboneError("folder-not-text2text" if text_to_text else "folder-without-text-network", path=folder)
    known = name_of_folder == "minilm" or name_of_folder.startswith("hf/")
    card_name = name if known else folder.resolve().name  # bundles are copied elsewhere, so no local paths in the name
    source = MINILM.source if name_of_folder == "minilm" else None
    return load_folder(
        folder,
        name=card_name,
        text_to_text=text_to_text,
        source=source,
        random_weights=request.random_weights,
        seed=request.seed,
    )


def folder_of(name: str) -> Path:
    """Return the folder of ``minilm``, of ``hf/NAME``, or of a path."""
    if name == "minilm":
        return MINILM.file().parent
    if name.startswith("hf/timm/"):
        hint = Message("did-you-mean", {"names": [f'"{name.removeprefix("hf/")}"']})
        raise BackboneError("hub-name-is-timm", name=name, hint=hint)
    if name.startswith("hf/"):
        return hub_folder(name.removeprefix("hf/"), offline=offline_hint())
    return Path(name).expanduser()


FAMILY = Family(matches, load_itself=load)
