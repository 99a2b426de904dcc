"""A request for a backbone: its name and how to load it. The first family that matches a request loads the backbone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ghep.backbone.sentence_encoder import transformer_folder
from ghep.errors import BackboneError, ConfigError
from ghep.messages import Message
from ghep.storage.text import read_json


@dataclass(frozen=True)
class Request:
    """The arguments of one call of ``load_backbone``."""

    name: str
    random_weights: bool = False
    seed: int = 0
    image_size: int | None = None
    """Height and width of the images in pixels; None: the size of the pretraining."""

    @cached_property
    def path(self) -> Path | None:
        """Return the name as a path; None if it cannot be a path."""
        return Path(self.name).expanduser() if self.name.strip() and "\0" not in self.name else None

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """Return the content of config.json if the backbone's name is a folder, or of the file if it is a json file.

        Empty for other names, and for a folder without config.json.
        """
        return config_of(self.path) if self.path is not None else {}

    def refuse_image_size(self) -> None:
        """Raise ConfigError if an image size was given; families of text backbones call this."""
        if self.image_size is not None:
            raise ConfigError("image-size-for-texts", name=self.name)


def config_of(path: Path) -> Mapping[str, Any]:
    """Return the content of config.json in the folder ``path`` or of the json file ``path``; empty if there is none."""
    folder = transformer_folder(path)
    file = folder if folder.suffix == ".json" else folder / "config.json"
    if not file.is_file():
        return {}
    found = read_json(file, error=BackboneError, what=Message("named-backbone"))
    return found if isinstance(found, Mapping) else {}
