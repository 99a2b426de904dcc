"""How a run is carried out, and everything about it that can be refused before the work. In: what ``fit`` was given,
out: plain values that hold, and a folder that can be written to.

A wrong value is found here, before the backbone is loaded and the data are read: not after an hour, when it is used.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Literal

from ghep.data.dataset import Source
from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.image.preprocess import MAX_SIDE
from ghep.data.sources.in_memory import is_in_memory
from ghep.data.sources.options import READ_OPTIONS, are_columns, is_text
from ghep.data.text.tokens import TRUNCATE
from ghep.errors import ConfigError
from ghep.experiment.folder import COMPARISON_STATE, DECISIONS, FILES
from ghep.experiment.prepared import Prepared
from ghep.experiment.trackers import NAMES as TRACKER_NAMES
from ghep.experiment.trackers import TENSORBOARD, wrong_trackers
from ghep.features.decisions import is_foreign
from ghep.features.engines.choose import CANDIDATES
from ghep.model.bundle import DTYPES
from ghep.model.device import device_named
from ghep.storage.folder import MANIFEST
from ghep.storage.paths import path_named
from ghep.storage.text import plain, read_json, reason
from ghep.strategy.base import Strategy, is_bool, whole, within
from ghep.training.checkpoint import NAME as CHECKPOINT
from ghep.training.precision import NAMES as PRECISIONS

ENGINES = ("torch-float32", *(candidate.name for candidate in CANDIDATES))


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a run is carried out, beside what is trained from what."""

    out: Path | str | None = None
    """Run folder; derived from data, backbone, strategy and time unless given."""
    overwrite: bool = False
    """Replace the finished run in ``out``; without it one is never replaced."""
    random_weights: bool = False
    """Take the backbone's architecture with random weights: a control."""
    image_size: int | None = None
    """Height and width of the images that the backbone is given, in pixels; None: those it was pretrained at."""
    resume: bool = False
    """Go on from the last checkpoint in ``out``."""
    checkpoint_seconds: float = 30.0
    """Time between two checkpoints; 0 writes one after every step."""
    on_divergence: Literal["retry", "stop"] = "retry"
    """retry goes back to the last good weights and on at lower rates, up to 5 times; stop ends training there."""
    time_limit: float | None = None
    """Seconds of training; the schedule runs out with it."""
    device: str = "auto"
    """auto (CUDA if there is one), cpu, cuda, mps."""
    precision: str = "auto"
    """auto is the number format that trains fastest here: measured, noted in decisions.json, kept when resumed."""
    deterministic: bool = False
    """Decide nothing by measuring time: the same call gives the same model, bit for bit, however busy the machine is.

    Then ``precision`` auto is float32, ``engine`` auto is chosen by counted operations, and ``time_limit`` is refused.
    """
    workers: int = 2
    strict: bool = False
    """Stop at the first unusable file instead of leaving it out."""
    cache: bool = True
    """Keep what frozen blocks put out, for later epochs and later runs; False runs them in every epoch."""
    cache_dir: Path | str | None = None
    """Where; unless given, the folder in GHEP_CACHE, or ghep/activations in the user's cache folder."""
    cache_size: int = DEFAULT_LIMIT_BYTES
    """Bytes of stored activations, and of decoded images while the run lasts."""
    engine: str = "auto"
    """What runs frozen blocks: a name, or auto, the fastest that agrees with torch-float32.

    Measured for training rows, and noted in decisions.json; chosen by counted operations for what is scored.
    """
    save_dtype: str = "float32"
    max_length: int | None = None
    """Texts: positions (tokens, special ones included) that are read of each; the backbone's own limit unless given."""
    truncate: str | None = None
    """Texts: what is kept of a longer one, head (unless given), tail or head+tail."""
    control: bool = True
    """Fit a linear model without a network for comparison, where such data have one (texts: n-grams)."""
    refit: bool = False
    """Solve the heads of a frozen backbone once more on train and valid, with the strength that valid chose. The score
    on valid stays that of the heads it chose."""
    ratings: tuple[str, ...] = ()
    """Tasks whose labels are numbers in order: scored by how far off an answer is, too."""
    report_to: tuple[str, ...] = ()
    """Experiment trackers: tensorboard, mlflow, wandb (``trackers.py``)."""
    read: Mapping[str, Any] = field(default_factory=dict)
    """How data are read: the options of ``data/sources/options.py``."""


def _is_path(value: Any) -> bool:
    return isinstance(value, Path) or is_text(value)


def _is_device(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(device_named(value))
    except ConfigError:
        return False


def _no_device(value: Any) -> str:
    """Say why a device cannot be used; what it may be, for a value of the wrong kind."""
    try:
        device_named(value)
    except ConfigError as error:
        return f"{error.cause}; {error.remedy}"
    except TypeError:
        pass
    return str(POSSIBLE["device"][1])


def _are_data(value: Any) -> bool:
    if is_in_memory(value):
        return True
    if isinstance(value, Mapping):
        return bool(value) and all(is_text(name) and _is_path(place) for name, place in value.items())
    return isinstance(value, Source | Prepared) or _is_path(value)


COLUMNS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    option.name: (option.possible, option.allowed) for option in READ_OPTIONS
}
POSSIBLE: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "data": (
        _are_data,
        "a path, a data frame, a dict of columns, a dataset of Hugging Face or torchvision, a Source, "
        "or a path for each task",
    ),
    "backbone": (lambda value: value is None or _is_path(value), "a name or a path, see ghep backbones"),
    "strategy": (lambda value: isinstance(value, Strategy) or is_text(value), "a name, or a Strategy"),
    "seed": (whole(0, 2**32 - 1), f"a whole number from 0 to {2**32 - 1}"),
    "out": (_is_path, "a path"),
    "overwrite": (is_bool, "true or false"),
    "random_weights": (is_bool, "true or false"),
    "image_size": (whole(1, MAX_SIDE), f"pixels, a whole number from 1 to {MAX_SIDE}"),
    "resume": (is_bool, "true or false"),
    "checkpoint_seconds": (within(0, inf), "seconds, from 0; in flags and files also 10m"),
    "on_divergence": (("retry", "stop").__contains__, "retry or stop"),
    "time_limit": (within(0, inf, without=(0, inf)), "seconds, above 0; in flags and files also 30m"),
    "device": (_is_device, "auto, cpu, cuda, cuda:1 or mps"),
    "precision": (("auto", *PRECISIONS).__contains__, f"auto, {', '.join(PRECISIONS)}"),
    "deterministic": (is_bool, "true or false"),
    "workers": (whole(0), "a whole number from 0"),
    "strict": (is_bool, "true or false"),
    "cache": (is_bool, "true or false"),
    "cache_dir": (_is_path, "a path"),
    "engine": (("auto", *ENGINES).__contains__, f"auto, {', '.join(ENGINES)}"),
    "cache_size": (whole(0), "bytes, a whole number from 0; in flags and files also 8G"),
    "max_length": (whole(1), "a whole number of tokens from 1"),
    "truncate": (TRUNCATE.__contains__, ", ".join(TRUNCATE)),
    "control": (is_bool, "true or false"),
    "refit": (is_bool, "true or false"),
    "ratings": (are_columns, "the name of a task, or a list of them"),
    "report_to": (lambda value: wrong_trackers(value) is None, ", ".join(TRACKER_NAMES)),
    "save_dtype": (tuple(DTYPES).__contains__, " or ".join(DTYPES)),
    "read": (lambda value: isinstance(value, Mapping) and set(value) <= set(COLUMNS), f"names: {', '.join(COLUMNS)}"),
    **COLUMNS,
}
"""What ``fit`` is given -> what it may be, and the same in words."""
REASONS: Mapping[str, Callable[[Any], str | None]] = {"device": _no_device, "report_to": wrong_trackers}
"""What says more of a value than which are possible."""
NEEDED = {"data", "backbone", "strategy", "seed"}
"""None of these is a mistake; for the others it means: not given."""


def wrong_values(values: Mapping[str, Any]) -> list[str]:
    """Return each value that cannot be, with what was expected: ``"seed=-1 (a whole number from 0 to ...)"``."""
    wrong = [
        f"{name}={value!r} ({REASONS[name](value) if name in REASONS else allowed})"
        for name, (possible, allowed) in POSSIBLE.items()
        if (value := values.get(name)) is not None or name in NEEDED & set(values)
        if not possible(value)
    ]
    if values.get("deterministic") is True and values.get("time_limit") is not None:
        wrong.append("time_limit with deterministic (what fits into a time depends on how busy the machine is)")
    return wrong


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
