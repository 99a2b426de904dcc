"""Checks of the run folder before training: it is writable, and files in it are replaced only on request."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ghep.data.dataset import Source
from ghep.errors import ConfigError
from ghep.experiment.folder import COMPARISON_STATE, DECISIONS, FILES
from ghep.experiment.options import RunOptions
from ghep.experiment.trackers import TENSORBOARD
from ghep.features.decisions import is_foreign
from ghep.messages import Message
from ghep.storage.folder import MANIFEST
from ghep.storage.paths import path_named
from ghep.storage.text import plain, read_json, reason
from ghep.training.checkpoint import NAME as CHECKPOINT


def refuse_inside_data(out: Path, data: Any) -> None:
    """Raise ConfigError if ``out`` is inside a data folder: the files of the run would be read as data next time."""
    places = data.values() if isinstance(data, Mapping) else [data.location if isinstance(data, Source) else data]
    for place in places:
        if (
            isinstance(place, str | Path)
            and Path(place).is_dir()
            and out.resolve().is_relative_to(Path(place).resolve())
        ):
            raise ConfigError("out-inside-data", out=out, data=place)


def make_folder(folder: Path) -> Path:
    """Create ``folder`` and return it; raise ConfigError if it cannot be written to."""
    path_named(folder, error=ConfigError, what="out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise ConfigError("out-not-created", folder=folder, cause=reason(cause)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError("out-not-writable", folder=folder)
    return folder


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Create ``folder`` for the block; remove it again if the block fails before anything was written to it."""
    new = not os.path.lexists(folder)
    make_folder(folder)
    try:
        yield
    except BaseException:
        if new:
            with suppress(OSError):
                folder.rmdir()  # fails unless empty
        raise


def refuse_finished(folder: Path, options: RunOptions) -> None:
    """Raise ConfigError if ``folder`` holds a run, finished or not, and ``options`` neither resume nor overwrite it.

    Files that are not from a run of ghep are never replaced, even with ``overwrite``.
    """
    bundle = folder / "bundle"
    foreign = [] if _is_run(folder) else _foreign(folder)
    if foreign:
        raise ConfigError("out-is-foreign", folder=folder, names=foreign)
    if bundle.exists() and not (bundle / MANIFEST).is_file():
        raise ConfigError("out-bundle-is-foreign", bundle=bundle)
    if (folder / COMPARISON_STATE).exists():
        raise ConfigError("out-holds-comparison", folder=folder)
    if options.resume and options.overwrite:
        raise ConfigError("resume-and-overwrite")
    held = bundle.exists() or any((folder / "checkpoints").glob("step-*"))
    if held and not options.resume and not options.overwrite:
        raise ConfigError("out-holds-run", folder=folder, finished=bundle.exists())


def _is_run(folder: Path) -> bool:
    """Whether ghep wrote ``folder`` as a run: config.json or plan.json has the keys of a run."""
    keys = {"config.json": {"data", "backbone", "strategy", "seed"}, "plan.json": {"strategy", "reasons", "stages"}}
    for name, expected in keys.items():
        with suppress(ConfigError):
            found = read_json(folder / name, error=ConfigError, what=name)
            if isinstance(found, Mapping) and expected <= set(found):
                return True
    return False


def _foreign(folder: Path) -> list[str]:
    """Return the names of files in ``folder`` that a run would replace and that are not from a run of ghep.

    Files that a run leaves when it is interrupted early are not included.
    """
    names = [name for name in FILES if name != DECISIONS and os.path.lexists(folder / name)]
    if is_foreign(folder / DECISIONS):
        names.append(DECISIONS)
    if (folder / MANIFEST).exists():
        names.append(MANIFEST)
    checkpoints = folder / "checkpoints"
    with suppress(OSError):
        names += [f"checkpoints/{path.name}" for path in checkpoints.iterdir() if not CHECKPOINT.match(path.name)][:1]
    return names


KEPT_BY_RESUME = ("precision", "engine", "deterministic", "drop_suspects_sha256")
"""Options that must be equal when a run is resumed, because they change the weights."""


def refuse_other_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Raise ConfigError if config.json in ``folder`` has other settings than ``settings``.

    The paths of data and backbone may have changed, because the checkpoint compares their content. For a finished run
    without a checkpoint, the paths are compared as well: otherwise it could be replaced by a run on other data.
    """
    try:
        begun = read_json(folder / "config.json", error=ConfigError, what="config.json of the run")
    except ConfigError:
        return
    if not isinstance(begun, Mapping):
        return
    unchecked = (folder / "bundle").exists() and not any((folder / "checkpoints").glob("step-*"))
    names = ["seed", "strategy", *(("data", "backbone") if unchecked else ())]
    before, after = dict(begun), plain(settings)
    pairs = [(name, before[name], after[name]) for name in names if name in before]
    parts = [("options", KEPT_BY_RESUME)]
    if before.get("strategy") == after["strategy"]:
        parts.append(("settings", tuple(after["settings"])))
    for part, its in parts:
        known = before[part] if isinstance(before.get(part), Mapping) else {}
        pairs += [(name, known[name], after[part][name]) for name in its if name in known]
    changed = [
        Message("resumed-setting-changed", {"name": name, "was": str(was), "now": str(now)})
        for name, was, now in pairs
        if was != now
    ]
    if changed:
        raise ConfigError("resumed-with-other-settings", folder=folder, changed=changed)


def clear(folder: Path) -> None:
    """Remove the files of an old run from ``folder``, and no others, so that they do not mix with the new run's."""
    for name in ("bundle", "checkpoints", TENSORBOARD):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
