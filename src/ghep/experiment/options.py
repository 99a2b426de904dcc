"""How a run is carried out: its settings, and which values ``fit`` can use.

A wrong value is found here, before the backbone is loaded and the data are read. Importing this module does not import
torch: the command line and config files read the settings from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.cluster.connect import ray_setting
from ghep.data.dataset import Source
from ghep.data.sources.in_memory import is_in_memory
from ghep.data.sources.options import READ_OPTION_NAMES, READ_OPTIONS
from ghep.messages import text_of
from ghep.setting import (
    COMMON,
    Setting,
    are_texts,
    is_bool,
    is_path,
    is_text,
    refusals,
    setting,
    settings_of,
    whole,
    within,
)
from ghep.strategy.base import Strategy
from ghep.strategy.catalog import STRATEGIES, strategy_named
from ghep.training.options import BOTH, TrainOptions

SAVE_DTYPES = ("float32", "float16")
TRACKERS = ("tensorboard", "mlflow", "wandb")


def _are_data(value: Any) -> bool:
    if is_in_memory(value):
        return True
    if isinstance(value, Mapping):
        return bool(value) and all(is_text(name) and is_path(place) for name, place in value.items())
    return isinstance(value, Source) or hasattr(value, "dataset") or is_path(value)


def _wrong_trackers(value: Any) -> str | None:
    from ghep.experiment.trackers import wrong_trackers

    return wrong_trackers(value)


def _is_boundary(value: Any) -> bool:
    return is_text(value) or whole(1)(value)


def _are_read_options(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) <= set(READ_OPTION_NAMES)


@dataclass(frozen=True, kw_only=True)
class RunOptions(TrainOptions):
    """How a run is carried out: all its settings except data, backbone, strategy and seed."""

    out: Path | str | None = setting(None, is_path, panel=COMMON, flags=("--out", "-o"), metavar="FOLDER")
    """Run folder; derived from data, backbone, strategy and time unless given."""
    overwrite: bool = setting(False, is_bool, panel=COMMON)
    """Replace the finished run in ``out``. A finished run is never replaced without this setting."""
    resume: bool = setting(False, is_bool, panel=COMMON)
    """Continue from the last checkpoint in ``out``."""
    random_weights: bool = setting(False, is_bool)
    """Use the backbone's architecture with random weights, as a control."""
    boundary: int | str | None = setting(None, _is_boundary, text=True)
    """Block whose features are used instead of the last one's: its name, its number from 1, or auto."""
    checkpoint_seconds: float = setting(30.0, within(0), unit="seconds")
    """Time between two checkpoints; 0 writes one after every step."""
    save_dtype: str = setting("float32", choices=SAVE_DTYPES, verbs=BOTH)
    """Number format of the weights in the bundle."""
    control: bool = setting(True, is_bool, flags=("--control/--no-control",))
    """Also fit a linear model without a backbone for comparison, if there is one for such data (texts: n-grams)."""
    familiarity: bool = setting(True, is_bool, flags=("--familiarity/--no-familiarity",), verbs=BOTH)
    """Store features of training examples in the bundle, so that unfamiliar inputs are recognised."""
    ratings: tuple[str, ...] = setting((), are_texts, flags=("--rating",), several=True, verbs=BOTH)
    """Tasks whose labels are ordered numbers; they are also scored by the distance between prediction and label."""
    source_data: Path | str | None = setting(None, is_path, metavar="DATA", verbs=BOTH)
    """Labelled data like those of the pretraining; the backbone's accuracy on them is measured before and after."""
    drop_suspects: Path | str | None = setting(None, is_path, metavar="FILE")
    """A list of examples that are left out of train, such as suspects.csv of ``ghep check --labels``."""
    report_to: tuple[str, ...] = setting(
        (),
        lambda value: _wrong_trackers(value) is None,
        wrong=_wrong_trackers,
        several=True,
        metavar="TRACKER",
        verbs=BOTH,
    )
    """Experiment trackers: tensorboard, mlflow, wandb (``trackers.py``)."""
    ray: str | None = ray_setting("fit")
    """Ray cluster that reads the data and computes features: auto or an address. Results do not depend on it."""
    read: Mapping[str, Any] = setting({}, _are_read_options, verbs=())
    """How data are read: the options of ``data/sources/options.py``."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """The arguments of ``fit`` that are not options."""

    data: Any = setting(None, _are_data, verbs=())
    backbone: str | None = setting(None, is_path, panel=COMMON, flags=("--backbone", "-b"))
    strategy: str = setting(
        "linear_probe",
        lambda value: isinstance(value, Strategy) or is_text(value),
        panel=COMMON,
        flags=("--strategy", "-s"),
    )
    seed: int = setting(0, whole(0, 2**32 - 1), panel=COMMON)


def fit_settings(strategy: str = "auto") -> dict[str, Setting]:
    """Return name -> setting of ``fit``: of the run, of reading data, and of ``strategy`` (auto: of all strategies)."""
    kinds = STRATEGIES.values() if strategy == "auto" else [type(strategy_named(strategy))]
    learning: dict[str, Setting] = {}
    for kind in kinds:
        learning = {**settings_of(kind), **learning}
    return {**settings_of(Given), **settings_of(RunOptions), **learning, **READ_OPTIONS}


def wrong_values(values: Mapping[str, Any]) -> list[str]:
    """Return a text for each value that ``fit`` cannot use, such as ``"seed=-1 (a whole number from 0 to ...)"``."""
    settings = {**settings_of(Given), **settings_of(RunOptions), **READ_OPTIONS}
    wrong = refusals(settings, values)
    # None is "not given" for options; for these it is a value, and a wrong one.
    wrong += [settings[name].refusal(None) for name in ("data", "strategy", "seed") if values.get(name, "") is None]
    if values.get("deterministic") is True and values.get("time_limit") is not None:
        wrong.append(text_of("deterministic-time-limit"))
    return wrong
