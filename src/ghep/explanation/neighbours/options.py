"""The settings of ``ghep similar``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ghep.features.options import FeatureOptions
from ghep.setting import is_path, setting, settings_of, whole

VERB = ("similar",)
_DEVICE = settings_of(FeatureOptions)["device"]


@dataclass(frozen=True, kw_only=True)
class SimilarOptions:
    """Which examples are searched, and how many neighbours are returned."""

    data: str | Path | None = setting(None, is_path, verbs=VERB, text=True)
    """Location of the training data; None: the one in the record of the run."""
    neighbours: int = setting(10, whole(1, 1000), flags=("--neighbours", "-k"), verbs=VERB)
    """Neighbours per example, copies not counted."""
    workers: int = setting(2, whole(0), verbs=VERB)
    """Threads that decode."""
    device: str = setting("auto", _DEVICE.possible, wrong=_DEVICE.wrong, verbs=VERB)
    """auto (CUDA if there is one), cpu, cuda, mps."""
