"""The settings of ``ghep pretrain --then``: which task judges the pretraining, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ghep.cluster.connect import ray_setting
from ghep.comparison.sharing.kinds import MARGIN
from ghep.data.sources.options import READ_OPTIONS
from ghep.setting import COMMON, RUNNING, Setting, above, is_bool, is_path, setting, settings_of, whole, within

VERB = ("pretrain",)
LABELS, SEEDS, STRATEGIES = "16,64,all", 5, "linear_probe,light"

SHARED = "encoding"
"""The setting that holds for the corpus and for the labelled data."""


@dataclass(frozen=True, kw_only=True)
class ThenOptions:
    """How a task judges a pretraining; ``pretraining_benefit`` has them as keyword arguments."""

    then: str | Path | None = setting(None, is_path, panel=COMMON, metavar="DATA", verbs=VERB)
    """The labelled data; without it no other of these can be given."""
    labels: str = setting(LABELS, panel=COMMON, text=True, verbs=VERB)
    seeds: int = setting(SEEDS, whole(1), panel=COMMON, verbs=VERB)
    strategies: str = setting(STRATEGIES, panel=COMMON, flags=("--strategies", "--strategy"), verbs=VERB)
    vectors: str | Path | None = setting(None, is_path, panel=COMMON, metavar="FILE", verbs=VERB)
    scratch: bool = setting(False, is_bool, panel=COMMON, verbs=VERB)
    margin: float = setting(MARGIN, within(0, 0.5), panel=COMMON, verbs=VERB)
    then_time_limit: float | None = setting(None, above(0), panel=COMMON, unit="seconds", verbs=VERB)
    jobs: int | None = setting(None, whole(1), flags=("--jobs", "-j"), text=True, panel=RUNNING, verbs=VERB)
    ray: str | None = ray_setting("pretrain")


def then_settings() -> dict[str, Setting]:
    """Return name -> setting of ``--then``: its own, and those for reading tables that the corpus has none of."""
    read = {name: replace(one, verbs=VERB) for name, one in READ_OPTIONS.items() if name != SHARED}
    return {**settings_of(ThenOptions), **read}


def for_compare(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of ``then_settings`` without ``then``, as keyword arguments of ``pretraining_benefit``."""
    renamed = {"then_time_limit": "time_limit"}
    return {renamed.get(name, name): value for name, value in given.items() if name != "then"}
