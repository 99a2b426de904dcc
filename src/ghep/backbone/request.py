"""What a user asked for: the name of a backbone, and how it is to be loaded. Families match on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ghep.backbone.sentence_encoder import transformer_folder
from ghep.errors import BackboneError, ConfigError
from ghep.storage.text import read_json


@dataclass(frozen=True)
class Request:
    """One call of ``load_backbone``."""

    name: str
    random_weights: bool = False
    seed: int = 0
    image_size: int | None = None
    """Height and width of the images in pixels; None: those it was pretrained at."""

    @cached_property
    def path(self) -> Path | None:
        """Return the name as a path; None where it cannot be one."""
        return Path(self.name).expanduser() if self.name.strip() and "\0" not in self.name else None

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """Return what the config.json of a folder, or a json file, says; empty if there is none."""
        return config_of(self.path) if self.path is not None else {}

    def refuse_image_size(self) -> None:
        """Raise ConfigError if an image size was given: for backbones that take no images."""
        if self.image_size is not None:
            raise ConfigError(f"{self.name} takes texts, which have no image_size", remedy="leave --image-size out")


def config_of(path: Path) -> Mapping[str, Any]:
    """Return what the config of a folder, or a json file, says; empty if there is none."""
    folder = transformer_folder(path)
    file = folder if folder.suffix == ".json" else folder / "config.json"
    if not file.is_file():
        return {}
    found = read_json(file, error=BackboneError, what="backbone")
    return found if isinstance(found, Mapping) else {}
