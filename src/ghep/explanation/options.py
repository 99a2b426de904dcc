"""The settings of ``ghep explain``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from ghep.errors import ConfigError
from ghep.features.options import FeatureOptions
from ghep.setting import is_bool, is_path, is_text, refusals, setting, settings_of, whole

VERB = ("explain",)
_DEVICE = settings_of(FeatureOptions)["device"]


@dataclass(frozen=True, kw_only=True)
class ExplainOptions:
    """What is explained, and how."""

    target: str | None = setting(None, is_text, verbs=VERB)
    """The class to explain; None: the predicted one."""
    maps: bool = setting(False, is_bool, verbs=VERB)
    """Photos: also show the feature maps of early, middle and late blocks."""
    before: bool = setting(False, is_bool, verbs=VERB)
    """Photos: also compare with the backbone before fine-tuning."""
    before_backbone: str | Path | None = setting(None, is_path, verbs=VERB, text=True)
    """The backbone before fine-tuning; None: the one that the bundle names. Implies ``before``."""
    other_seed: str | Path | None = setting(None, is_path, verbs=VERB, text=True)
    """A bundle of the same training with another seed; None: looked for next to the bundle in a comparison."""
    seed: int = setting(0, whole(0, 2**32 - 1), verbs=VERB)
    """Seed of random maps and random weights."""
    device: str = setting("auto", _DEVICE.possible, wrong=_DEVICE.wrong, verbs=VERB)
    """auto (CUDA if there is one), cpu, cuda, mps."""


class ExplainKeywords(TypedDict, total=False):
    """The settings as keyword arguments. None means: not given."""

    target: str | None
    maps: bool | None
    before: bool | None
    before_backbone: str | Path | None
    other_seed: str | Path | None
    seed: int | None
    device: str | None


def options_from(values: Mapping[str, Any]) -> ExplainOptions:
    """Return the options with ``values``; None means not given. One ConfigError names all values that are refused."""
    given, settings = {name: value for name, value in values.items() if value is not None}, settings_of(ExplainOptions)
    unknown = [name for name in given if name not in settings]
    if unknown:
        raise ConfigError("explain-unknown-settings", names=unknown, known=list(settings))
    wrong = refusals(settings, given)
    if wrong:
        raise ConfigError("explain-settings-refused", wrong=wrong)
    return ExplainOptions(**given)
