"""What a comparison was asked for, with everything that can be refused before the work."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghep.comparison.record import SCRATCH
from ghep.errors import ConfigError, did_you_mean
from ghep.experiment.options import COLUMNS, RunOptions, wrong_values
from ghep.strategy.catalog import STRATEGIES, strategy_named

ALL = "all"
PASSED_ON = (
    "device",
    "precision",
    "workers",
    "strict",
    "cache",
    "cache_dir",
    "cache_size",
    "engine",
    "save_dtype",
    "ratings",
)
"""Options of a run that a comparison hands to each of its runs."""

OWN = ("backbones", "strategies", "seeds", "labels", "time_limit", "search", "controls", "keep")
KEYS = (*OWN, *PASSED_ON, *COLUMNS)
"""Every name that ``compare`` takes beside data and where it writes."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Plain values that hold."""

    backbones: tuple[str, ...] = ()
    """Empty: the one at hand for such data."""
    strategies: tuple[str, ...] = ()
    every: bool = True
    """Strategies were not named: one that cannot be used here is left out without an alarm."""
    seeds: int = 5
    labels: tuple[int, ...] = ()
    """A class; all of them are used in any case."""
    time_limit: float | None = None
    search: bool = True
    """Search each strategy's rate on valid."""
    controls: bool = True
    keep: str = "best"
    """Which bundles stay: of each contender the one that is best on valid, or all."""
    run: Mapping[str, Any] = field(default_factory=dict)
    """Options that each run is given."""
    read: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)

    def key(self) -> str:
        """Return a hash of what decides the numbers; where they are kept, and how fast, does not."""
        decides = {name: value for name, value in self.to_json().items() if name != "keep"}
        decides["run"] = {
            name: value for name, value in self.run.items() if name not in ("cache_dir", "cache_size", "workers")
        }
        return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()


def settings_from(
    *,
    backbones: Sequence[str | Path] | str | None = None,
    strategies: Sequence[str] | str = ALL,
    seeds: int = 5,
    labels: Sequence[int | str] | str | int = (),
    time_limit: float | None = None,
    search: bool = True,
    controls: bool = True,
    keep: str = "best",
    **options: Any,
) -> Settings:
    """Check what ``compare`` was given, all of it before anything is read; raise one ConfigError for all that is wrong.

    Lists may come as one text with commas. ``options`` are those of ``PASSED_ON`` and what is said of a table.
    """
    options = {name: value for name, value in options.items() if value is not None}
    unknown = [name for name in options if name not in (*PASSED_ON, *COLUMNS)]
    if unknown:
        raise ConfigError(
            f"compare has no setting {', '.join(unknown)}",
            remedy="; ".join(did_you_mean(name, KEYS) for name in unknown),
        )
    names = _listed(strategies)
    every = names == [ALL] or not names
    counts, wrong = _counts(labels)
    wrong += wrong_values({**options, "time_limit": time_limit})
    for name, value, lowest in (("seeds", seeds, 1),):
        if not isinstance(value, int) or isinstance(value, bool) or value < lowest:
            wrong.append(f"{name}={value!r} (a whole number from {lowest})")
    if keep not in ("best", "all"):
        wrong.append(f"keep={keep!r} (best or all)")
    if wrong:
        raise ConfigError(f"compare cannot have {'; '.join(wrong)}", remedy="correct these, or leave them out")
    chosen = tuple(STRATEGIES) if every else tuple(dict.fromkeys(strategy_named(name).name for name in names))
    return Settings(
        backbones=tuple(dict.fromkeys(str(name) for name in _listed(backbones))),
        strategies=tuple(name for name in chosen if name != SCRATCH or not controls),
        every=every,
        seeds=seeds,
        labels=counts,
        time_limit=None if time_limit is None else float(time_limit),
        search=search,
        controls=controls,
        keep=keep,
        run={name: options[name] for name in PASSED_ON if name in options},
        read={name: options[name] for name in COLUMNS if name in options},
    )


def run_options(settings: Settings, **more: Any) -> RunOptions:
    """Return the options of one run."""
    return RunOptions(**{**settings.run, "control": False, "read": dict(settings.read), **more})


def command_line(data: str, settings: Settings) -> str:
    """Return the command that asks for the same, for a shell."""
    plain = Settings()
    own = {"backbones": ",".join(settings.backbones), "seeds": str(settings.seeds)}
    own |= {} if settings.every else {"strategies": ",".join(settings.strategies)}
    own |= {"labels": ",".join(map(str, (*settings.labels, ALL)))} if settings.labels else {}
    own |= {"time-limit": f"{settings.time_limit:g}s"} if settings.time_limit is not None else {}
    own |= {"keep": settings.keep} if settings.keep != plain.keep else {}
    words = ["ghep", "compare", data, *(part for name, value in own.items() if value for part in (f"--{name}", value))]
    for name, value in {"search": settings.search, "controls": settings.controls, **settings.run}.items():
        words += _flag(name, value)
    for name, value in settings.read.items():
        words += _flag({"label_columns": "label"}.get(name, name), value)
    return shlex.join(words)


def _flag(name: str, value: Any) -> list[str]:
    """Return a flag as the command line takes it; nothing for what it does unless told."""
    flag = f"--{ {'ratings': 'rating'}.get(name, name).replace('_', '-') }"
    if value is True:
        return [] if name in ("search", "controls", "cache") else [flag]
    if value is False:
        return [f"--no-{name.replace('_', '-')}"] if name in ("search", "controls", "cache") else []
    several = [value] if isinstance(value, str | Path | int | float) else list(value)
    return [part for one in several for part in (flag, str(one))]


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, str):
        return [part.strip() for part in given.split(",") if part.strip()]
    return [given] if isinstance(given, Path) else list(given)


def _counts(given: Any) -> tuple[tuple[int, ...], list[str]]:
    """Return the numbers of labels a class, rising, and what is wrong with them; ``all`` goes without saying."""
    counts, wrong = set(), []
    for one in [given] if isinstance(given, int) and not isinstance(given, bool) else _listed(given):
        text = str(one).strip().lower()
        if text == ALL:
            continue
        if text.isdigit() and int(text) >= 1:
            counts.add(int(text))
        else:
            wrong.append(f"labels={one!r} (numbers of labels a class, from 1, and all)")
    return tuple(sorted(counts)), wrong
