"""The settings of a comparison: their defaults, their checks, and the command line that repeats them.

In: the keyword arguments of ``compare``. Out: a ``Settings``, or one ConfigError that names all invalid arguments,
before any data are read.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ghep.cluster.connect import ray_setting
from ghep.comparison.record import RANDOM_FEATURES, SCRATCH
from ghep.data.image.augment import AUGMENTS
from ghep.data.sources.options import READ_OPTION_NAMES, READ_OPTIONS
from ghep.errors import ConfigError, did_you_mean
from ghep.experiment.drop_suspects import read_drop_list
from ghep.experiment.options import RunOptions
from ghep.messages import text_of
from ghep.setting import (
    COMMON,
    LEARNING,
    TASKS,
    Setting,
    above,
    is_bool,
    is_path,
    refusals,
    setting,
    settings_of,
    whole,
)
from ghep.strategy.catalog import STRATEGIES, strategy_named

ALL = "all"
AFFINITY = ("gradients", "pairs", "none")
BUDGETS = ("examples", "steps")
COMPARE = ("compare",)
AUTO, NONE = "auto", "none"
WAYS = ("mixing", "mixing_temperature", "weighting", "surgery")
"""The settings of a strategy that make up a sharing strategy."""
REMEDIES = ("surgery=pcgrad", "weighting=uncertainty", "mixing=equal")
"""Sharing strategies that are tried if the default one hurt a task, unless the user names others."""
SHARED_STRATEGIES = ("linear_probe", "light", "full")
SHARED_SEEDS = 3
"""Default number of seeds for several tasks. It is small because each seed of each strategy trains a single-task model
per task and a shared model."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The checked settings of a comparison, as plain values."""

    backbones: tuple[str, ...] = setting((), panel=COMMON, flags=("--backbones", "--backbone", "-b"), verbs=COMPARE)
    """Names of backbones; empty: the default backbone that is installed for this kind of data."""
    strategies: tuple[str, ...] = setting((), panel=COMMON, flags=("--strategies", "--strategy", "-s"), verbs=COMPARE)
    every: bool = True
    """Whether the user named no strategies. Then it is no warning if a strategy cannot be used and is left out."""
    named_controls: tuple[str, ...] = ()
    """The controls that the user named among the strategies. With several tasks no other control is trained."""
    seeds: int = setting(5, whole(1), panel=COMMON, verbs=COMPARE)
    labels: tuple[int, ...] = setting((), panel=COMMON, text=True, verbs=COMPARE)
    """Numbers of labels per class for the label curve. Runs on all labels are made in any case."""
    time_limit: float | None = setting(None, above(0), panel=COMMON, unit="seconds", verbs=COMPARE)
    search: bool = setting(True, is_bool, flags=("--search/--no-search",), verbs=COMPARE)
    """Whether to search each strategy's learning rate on valid."""
    controls: bool = setting(True, is_bool, flags=("--controls/--no-controls",), verbs=COMPARE)
    trained_controls: tuple[str, ...] | None = None
    """The backbones on whose architecture scratch and random features are trained; None: all."""
    keep: str = setting("best", choices=("best", "all"), verbs=COMPARE)
    """Which bundles are kept: for each contender the one with the best validation score, or all."""
    seeds_given: bool = False
    affinity: str = setting("gradients", choices=AFFINITY, panel=TASKS, verbs=COMPARE)
    """How to measure which task helps which: by gradients in the shared runs, by training each pair of tasks together,
    or not at all."""
    remedies: tuple[str, ...] = setting((), panel=TASKS, verbs=COMPARE)
    """Further sharing strategies that are tried in any case, written as in ``Contender.sharing``."""
    remedy: bool = True
    """Whether ``REMEDIES`` are tried if sharing hurt a task."""
    budget: str = setting("examples", choices=BUDGETS, panel=TASKS, verbs=COMPARE)
    """What a shared model and the single-task models have in equal number: training examples, or optimiser steps."""
    limits: Mapping[str, int] = setting(
        {}, flags=("--limit",), by_name=True, metavar="TASK=N", panel=TASKS, verbs=COMPARE
    )
    """Task -> largest number of its labels, train and valid together; each seed draws other labels."""
    jobs: int | None = setting(None, whole(1), flags=("--jobs", "-j"), text=True, verbs=COMPARE)
    """Number of runs made at once, each in its own process; None: chosen by the machine's cores and memory. Results do
    not depend on it."""
    ray: str | None = ray_setting("compare")
    """Address of the Ray cluster that makes the runs; None: this machine makes them. Results do not depend on it."""
    threads: int | None = setting(None, whole(1), verbs=COMPARE)
    """Number of threads of each run, however many runs are made at once; None: chosen by the machine's cores."""
    drop_suspects: str | None = setting(None, is_path, metavar="FILE", verbs=COMPARE)
    """A list of examples that are left out of train of every run; the data are without them when a run gets them."""
    augment: str | None = setting(None, choices=tuple(AUGMENTS), panel=LEARNING, verbs=COMPARE)
    """Augmentation of every strategy that takes gradient steps; None: each strategy's default."""
    run: Mapping[str, Any] = field(default_factory=dict)
    """Options that are passed to each run."""
    read: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return dataclasses.asdict(self)

    def key(self) -> str:
        """Return a hash of the settings that determine the results.

        It leaves out the settings that do not change a run's results: ``keep``, the cache, ``jobs``, ``ray`` and
        ``time_limit``.
        """
        free = ("keep", "seeds_given", "jobs", "ray", "time_limit")
        decides = {name: value for name, value in self.to_json().items() if name not in free}
        if self.threads is None:  # what they are then is in the ledger
            del decides["threads"]
        if self.augment is None:
            del decides["augment"]
        if self.trained_controls is None:
            del decides["trained_controls"]
        if self.drop_suspects is None:
            del decides["drop_suspects"]
        else:  # the list, not where it is
            decides["drop_suspects"] = read_drop_list(self.drop_suspects).sha256
        decides["run"] = {
            name: value
            for name, value in self.run.items()
            if name not in ("cache_dir", "cache_size", "workers", "report_to")
        }
        return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()


def compare_settings() -> dict[str, Setting]:
    """Return name -> setting of ``compare``: its own, those that it passes to each run, and those for reading data."""
    run = settings_of(RunOptions)
    folder = {name: replace(run[name], verbs=COMPARE) for name in ("out", "overwrite")}
    return {**settings_of(Settings), **folder, **{name: run[name] for name in passed_on()}, **READ_OPTIONS}


def settings_from(**options: Any) -> Settings:
    """Check the keyword arguments of ``compare`` and return them as Settings, before any data are read.

    Lists may be given as one string with commas. None means: not given. Raises one ConfigError that names everything
    that is wrong.
    """
    given = {name: value for name, value in options.items() if value is not None}
    known = compare_settings()
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ConfigError(
            "compare-unknown-settings", names=unknown, hints=[str(did_you_mean(n, known)) for n in unknown]
        )
    counts, wrong = _counts(given.get("labels", ()))
    together, wrong_sharing = _sharing(**{name: given[name] for name in SHARING if name in given})
    jobs = given.get("jobs")
    given["jobs"] = None if jobs == AUTO else int(jobs) if isinstance(jobs, str) and jobs.isdecimal() else jobs
    wrong += [*refusals(known, {**given, **dict.fromkeys(("labels", *SHARING))}), *wrong_sharing]
    if given.get("deterministic") is True and given.get("time_limit") is not None:
        wrong.append(text_of("deterministic-time-limit"))
    if counts and together["limits"]:
        wrong.append(text_of("labels-and-limits", labels=list(counts), limits=f"{dict(together['limits'])}"))
    if wrong:
        raise ConfigError("compare-settings-refused", wrong=wrong)
    names = _listed(given.get("strategies", ALL))
    every = names == [ALL] or not names
    controls = given.get("controls", True)
    named = [name if name == RANDOM_FEATURES else strategy_named(name).called for name in names if not every]
    chosen = tuple(STRATEGIES if every else dict.fromkeys(named))
    own = {name: given[name] for name in PLAIN if given.get(name) is not None}
    if "drop_suspects" in own:
        own["drop_suspects"] = str(own["drop_suspects"])
    limit = given.get("time_limit")
    return Settings(
        backbones=tuple(dict.fromkeys(str(name) for name in _listed(given.get("backbones")))),
        strategies=tuple(name for name in chosen if name != RANDOM_FEATURES and (name != SCRATCH or not controls)),
        every=every,
        named_controls=tuple(name for name in chosen if name in (RANDOM_FEATURES, SCRATCH) and not every),
        seeds_given="seeds" in given,
        labels=counts,
        time_limit=None if limit is None else float(limit),
        **own,
        **together,
        run={name: given[name] for name in passed_on() if name in given},
        read={name: given[name] for name in READ_OPTION_NAMES if name in given},
    )


def passed_on() -> tuple[str, ...]:
    """Return the names of the options of ``fit`` that ``compare`` takes and passes on to each run."""
    return tuple(name for name, one in settings_of(RunOptions).items() if "compare" in one.verbs)


PLAIN = ("seeds", "search", "controls", "keep", "jobs", "ray", "threads", "drop_suspects", "augment")
"""Settings that are used as given, without conversion."""
SHARING = ("affinity", "remedies", "limits", "budget")


def _sharing(
    *,
    affinity: str = "gradients",
    remedies: Sequence[str] | str = AUTO,
    limits: Mapping[str, int] | None = None,
    budget: str = "examples",
) -> tuple[dict[str, Any], list[str]]:
    """Return the checked settings that only matter for several tasks, and a list of error messages."""
    wrong, ways, limits = list[str](), _listed(remedies), limits or {}
    given = {"affinity": affinity, "budget": budget}
    own = settings_of(Settings)
    wrong += refusals({name: own[name] for name in given}, given)
    named = tuple(dict.fromkeys(str(way) for way in ways if way not in (AUTO, NONE)))
    for way in named:
        try:
            strategy_named("full", **settings_of_way(way))
        except (ConfigError, ValueError):
            wrong.append(own["remedies"].refused(way))
    if not (isinstance(limits, Mapping) and all(limits) and all(map(whole(2), limits.values()))):
        wrong.append(own["limits"].refused(limits))
    remedy = AUTO in ways
    whole_limits = dict(limits) if isinstance(limits, Mapping) else {}
    found = {"affinity": affinity, "remedies": named, "remedy": remedy, "limits": whole_limits, "budget": budget}
    return found, wrong


def settings_of_way(way: str) -> dict[str, Any]:
    """Return name -> value of the settings in ``way``, a text such as ``mixing=temperature+mixing_temperature=5``.

    Raises ValueError if the text does not describe a sharing strategy.
    """
    found: dict[str, Any] = {}
    for part in way.split("+") if way else ():
        name, equals, value = part.partition("=")
        if not equals or name not in WAYS:
            raise ValueError(f"{part!r} is not a setting of sharing")
        found[name] = float(value) if name == "mixing_temperature" else value
    return found


def for_tasks(settings: Settings, count: int) -> Settings:
    """Return ``settings`` with the defaults for several tasks where the user gave none; unchanged for one task.

    ``count`` is the number of tasks. Raises ConfigError if ``labels`` (a label curve) are given for several tasks.
    """
    if count < 2:
        return settings
    if settings.labels:
        raise ConfigError("labels-of-several-tasks", count=count)
    strategies = SHARED_STRATEGIES if settings.every else settings.strategies
    return replace(settings, strategies=strategies, seeds=settings.seeds if settings.seeds_given else SHARED_SEEDS)


def run_options(settings: Settings, **more: Any) -> RunOptions:
    """Return the options of one run: those in ``settings``, updated by ``more``."""
    return RunOptions(**{**settings.run, "control": False, "read": dict(settings.read), **more})


def command_line(data: str | Mapping[str, str], settings: Settings) -> str:
    """Return the shell command, ``ghep compare ...``, of a comparison of ``data`` with ``settings``."""
    plain = Settings()
    own = {"backbones": ",".join(settings.backbones)}
    # The default number of seeds for several tasks is left out: the user did not give it.
    own |= {"seeds": str(settings.seeds)} if settings.seeds_given or settings.seeds == plain.seeds else {}
    own |= {} if settings.every else {"strategies": ",".join((*settings.strategies, *settings.named_controls))}
    own |= {"labels": ",".join(map(str, (*settings.labels, ALL)))} if settings.labels else {}
    own |= {"time-limit": f"{settings.time_limit:g}s"} if settings.time_limit is not None else {}
    own |= {"keep": settings.keep} if settings.keep != plain.keep else {}
    own |= {"threads": str(settings.threads)} if settings.threads is not None else {}
    own |= {"augment": settings.augment} if settings.augment is not None else {}
    own |= {"drop-suspects": str(settings.drop_suspects)} if settings.drop_suspects is not None else {}
    where = [data] if isinstance(data, str) else [part for one in data.items() for part in ("--task", "=".join(one))]
    words = [
        "ghep",
        "compare",
        *where,
        *(part for name, value in own.items() if value for part in (f"--{name}", value)),
    ]
    own_ways = (*((AUTO,) if settings.remedy else ()), *settings.remedies) or (NONE,)
    words += ["--affinity", settings.affinity] if settings.affinity != plain.affinity else []
    words += ["--budget", settings.budget] if settings.budget != plain.budget else []
    words += ["--remedies", ",".join(own_ways)] if own_ways != (AUTO,) else []
    words += [part for task, most in settings.limits.items() for part in ("--limit", f"{task}={most}")]
    for name, value in {"search": settings.search, "controls": settings.controls, **settings.run}.items():
        words += _flag(name, value)
    for name, value in settings.read.items():
        words += _repeated(READ_OPTIONS[name].flag, value)
    return shlex.join(words)


def _flag(name: str, value: Any) -> list[str]:
    """Return a setting as words of a command line, such as ``--device cpu``; none if it has its default value."""
    flag = f"--{ {'ratings': 'rating'}.get(name, name).replace('_', '-') }"
    if value is True:
        return [] if name in ("search", "controls", "cache") else [flag]
    if value is False:
        return [f"--no-{name.replace('_', '-')}"] if name in ("search", "controls", "cache") else []
    return _repeated(flag, value)


def _repeated(flag: str, value: Any) -> list[str]:
    several = [value] if isinstance(value, str | Path | int | float) else list(value)
    return [part for one in several for part in (flag, str(one))]


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, str):
        return [part.strip() for part in given.split(",") if part.strip()]
    return [given] if isinstance(given, Path) else list(given)


def _counts(given: Any) -> tuple[tuple[int, ...], list[str]]:
    """Return the numbers of labels per class, ascending and without "all", and a list of error messages."""
    counts, wrong = set(), []
    for one in [given] if isinstance(given, int) and not isinstance(given, bool) else _listed(given):
        text = str(one).strip().lower()
        if text == ALL:
            continue
        if text.isdigit() and int(text) >= 1:
            counts.add(int(text))
        else:
            wrong.append(settings_of(Settings)["labels"].refused(one))
    return tuple(sorted(counts)), wrong
