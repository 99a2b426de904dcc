"""The folder of a run, before the work: it can be written to, and nothing that is kept there is replaced unasked."""

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
from ghep.storage.folder import MANIFEST
from ghep.storage.paths import path_named
from ghep.storage.text import plain, read_json, reason
from ghep.training.checkpoint import NAME as CHECKPOINT


def refuse_inside_data(out: Path, data: Any) -> None:
    """Raise ConfigError if ``out`` lies in a folder of data: what is written there would be read as data next time."""
    places = data.values() if isinstance(data, Mapping) else [data.location if isinstance(data, Source) else data]
    for place in places:
        if (
            isinstance(place, str | Path)
            and Path(place).is_dir()
            and out.resolve().is_relative_to(Path(place).resolve())
        ):
            raise ConfigError(
                f"{out} lies in the data folder {place}: its files would be read as data next time",
                remedy="choose a folder outside of the data: out (--out)",
            )


def make_folder(folder: Path) -> Path:
    """Make ``folder``, before the work that is to be saved in it; raise ConfigError if it cannot be written to."""
    path_named(folder, error=ConfigError, what="out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise ConfigError(f"cannot make the folder {folder} ({reason(cause)})", remedy="choose another out") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"cannot write to {folder}", remedy="choose another out, or change its permissions")
    return folder


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Make ``folder`` for the block; a block that fails before it wrote anything there leaves no empty folder."""
    new = not os.path.lexists(folder)
    make_folder(folder)
    try:
        yield
    except BaseException:
        if new:
            with suppress(OSError):
                folder.rmdir()  # only an empty one goes
        raise


def refuse_finished(folder: Path, options: RunOptions) -> None:
    """Raise ConfigError if ``folder`` holds a run, finished or not, that is neither gone on with nor overwritten.

    Files that ghep did not write as a run are never replaced, ``overwrite`` or not.
    """
    bundle = folder / "bundle"
    in_the_way = [] if _is_run(folder) else _foreign(folder)
    if in_the_way:
        raise ConfigError(
            f"{folder} is not the folder of a run, and a run would replace its {', '.join(in_the_way)}",
            remedy="choose another out (--out): a new or an empty folder",
        )
    if bundle.exists() and not (bundle / MANIFEST).is_file():
        raise ConfigError(f"{bundle} is in the way, and not from ghep", remedy="choose another out, or move it away")
    if (folder / COMPARISON_STATE).exists():
        raise ConfigError(f"{folder} holds a comparison, and a run would mix its files in", remedy="choose another out")
    if options.resume and options.overwrite:
        raise ConfigError(
            "resume and overwrite came together", remedy="choose one: go on with the run, or replace it by another"
        )
    kind = "finished run" if bundle.exists() else "run that was cut off"
    held = bundle.exists() or any((folder / "checkpoints").glob("step-*"))
    if held and not options.resume and not options.overwrite:
        raise ConfigError(
            f"{folder} holds a {kind}",
            remedy="choose another out, pass --overwrite (overwrite=True) to replace it, or --resume to go on with it",
        )


def _is_run(folder: Path) -> bool:
    """Whether ghep wrote ``folder`` as a run: its config.json, or its plan.json, says so."""
    keys = {"config.json": {"data", "backbone", "strategy", "seed"}, "plan.json": {"strategy", "reasons", "stages"}}
    for name, expected in keys.items():
        with suppress(ConfigError):
            found = read_json(folder / name, error=ConfigError, what=name)
            if isinstance(found, Mapping) and expected <= set(found):
                return True
    return False


def _foreign(folder: Path) -> list[str]:
    """Return what a run would replace in a folder that is none; what a run leaves that was cut off early is not."""
    names = [name for name in FILES if name != DECISIONS and os.path.lexists(folder / name)]
    if is_foreign(folder / DECISIONS):
        names.append(DECISIONS)
    if (folder / MANIFEST).exists():
        names.append(MANIFEST)
    checkpoints = folder / "checkpoints"
    with suppress(OSError):
        names += [f"checkpoints/{path.name}" for path in checkpoints.iterdir() if not CHECKPOINT.match(path.name)][:1]
    return names


KEPT_BY_RESUME = ("precision", "engine", "deterministic")
"""Options that a resumed run shares with the one that was cut off: they change the weights."""


def refuse_other_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Raise ConfigError if the run in ``folder`` was begun with other settings, as far as its config.json says.

    Where data and backbone lie may have changed: what they hold is compared with the checkpoint. Without a checkpoint
    a finished run would be replaced by one on other data, so their names are compared as well.
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
    changed = [f"{name} was {was}, now {now}" for name, was, now in pairs if was != now]
    if changed:
        raise ConfigError(
            f"the run in {folder} was begun with other settings: {'; '.join(changed)}",
            remedy="resume with what it was started with, or start anew in another --out",
        )


def clear(folder: Path) -> None:
    """Remove what an old run wrote into ``folder``, and nothing else: no file of it may pass for one of the new run."""
    for name in ("bundle", "checkpoints", TENSORBOARD):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
