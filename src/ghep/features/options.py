"""The settings that all commands with a backbone share: how frozen blocks are run and their activations cached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.image.preprocess import MAX_SIDE
from ghep.data.text.tokens import TRUNCATE
from ghep.errors import ConfigError
from ghep.messages import text_of
from ghep.setting import is_bool, is_path, setting, whole

ALL = ("fit", "compare", "advise", "doctor")
ENGINES = ("torch-float32", "openvino-bfloat16", "torch-bfloat16", "openvino-float32")


def _is_device(value: Any) -> bool:
    return isinstance(value, str) and _no_device(value) is None


def _no_device(value: Any) -> str | None:
    """Return a text that says why a device cannot be used; None if it can, or if the value has the wrong type."""
    from ghep.model.device import device_named

    try:
        device_named(value)
    except ConfigError as error:
        return text_of("device-unusable", cause=error.cause, hint=error.remedy)
    except TypeError:
        pass
    return None


@dataclass(frozen=True, kw_only=True)
class FeatureOptions:
    """Settings of how features are computed and cached."""

    image_size: int | None = setting(None, whole(1, MAX_SIDE), verbs=ALL)
    """Height and width of the backbone's input images in pixels; None: the size it was pretrained at."""
    max_length: int | None = setting(None, whole(1), verbs=ALL)
    """Texts: most tokens per text, with special ones; None: the backbone's limit."""
    truncate: str | None = setting(None, choices=TRUNCATE, verbs=ALL)
    """Texts: which part of a longer text is kept; None: head."""
    strict: bool = setting(False, is_bool, verbs=ALL)
    """Stop at the first unusable file instead of leaving it out."""
    device: str = setting("auto", _is_device, wrong=_no_device, verbs=ALL)
    """auto (CUDA if there is one), cpu, cuda, mps."""
    deterministic: bool = setting(False, is_bool, verbs=ALL)
    """Make no decision by measuring time: the same call gives a bit-identical model, also on a busy machine.

    Then ``precision`` auto is float32, ``engine`` auto is chosen by counted operations, and ``time_limit`` is refused.
    """
    workers: int = setting(2, whole(0), verbs=ALL)
    """Threads that decode and augment."""
    cache: bool = setting(True, is_bool, flags=("--cache/--no-cache",), verbs=ALL)
    """Cache the activations of frozen blocks for later epochs and runs; False: run the blocks in every epoch."""
    cache_dir: Path | str | None = setting(None, is_path, verbs=ALL)
    """Folder of the store; None: GHEP_CACHE, or ghep/activations in the user's cache folder."""
    cache_size: int = setting(DEFAULT_LIMIT_BYTES, whole(0), unit="bytes", verbs=ALL)
    """Most bytes of cached activations, and of decoded images during the run."""
    engine: str = setting("auto", choices=("auto", *ENGINES), verbs=ALL)
    """The engine of frozen blocks: a name, or auto, the fastest that agrees with torch-float32.

    auto is measured for training rows and saved in decisions.json, and chosen by counted operations for scored splits.
    """
