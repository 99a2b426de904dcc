"""Checkpoints: where a run stood after a step, one folder each, written aside, hashed, renamed into place.

    checkpoints/step-00000160/    state.safetensors   what can move, best weights, average, optimiser, random state
                                  state.json          everything else
                                  MANIFEST.json       size and SHA-256 of both

Named after the optimiser steps of the whole run. The newest two are kept, so that there is one to fall back on should
the other be damaged. No pickle: optimiser state is tensors by parameter index.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from ghep.errors import BundleError, ConfigError
from ghep.storage.folder import MANIFEST, recover, verify_folder, write_folder
from ghep.storage.tensors import write_tensors
from ghep.storage.text import read_json, reason, write_json_atomic
from ghep.training.loop import Epoch, Standing, TaskEpoch
from ghep.training.moving import State
from ghep.types import Finding

KEPT = 2
TRAINING_PER_WRITING = 10.0
"""Training gets at least this many seconds for each that writing took: a slow disk costs at most a tenth."""
PARTS = ("model_state", "best_state", "average_state", "together_state")
NAME = re.compile(r"^\.?(step-\d{8,})(\..*)?$")


@dataclass(frozen=True)
class Checkpoint:
    """A run between two steps: the stage that is under way, and what the plan has to remember of the others."""

    run: Mapping[str, Any]
    """Plain values; ``key`` says what run this belongs to."""
    standing: Standing
    earlier: State = field(default_factory=dict)
    """What moved in earlier stages and stands still in this one."""
    kept: State = field(default_factory=dict)
    """The best weights of the stages before, which the plan may come back to."""


@dataclass
class Checkpoints:
    """The checkpoints of a run, in ``folder``, one in ``seconds``; 0: after every step."""

    folder: Path
    seconds: float = 30.0
    findings: list[Finding] = field(default_factory=list)
    """What could not be written, once; what was damaged."""

    def __post_init__(self) -> None:
        self._last = time.perf_counter()
        self._took = 0.0
        self._good: list[Path] = []

    def due(self) -> bool:
        """Whether it is time for the next one."""
        wanted = max(self.seconds, TRAINING_PER_WRITING * self._took) if self.seconds else 0.0
        return time.perf_counter() - self._last >= wanted

    def save(self, checkpoint: Checkpoint) -> bool:
        """Write ``checkpoint`` and remove all but the newest two; False, and a finding, if the disk does not let us.

        A full disk is no reason to end a training that may be hours old: it goes on, and the last good one stays.
        """
        began = time.perf_counter()
        target = self.folder / f"step-{checkpoint.standing.steps:08d}"
        try:
            if target.is_dir() and not (target / MANIFEST).exists():
                shutil.rmtree(target)  # a damaged one, whose step was taken again
            write_checkpoint(target, checkpoint)
        except OSError as cause:
            self._say_once(cause)
            return False
        finally:
            self._last = time.perf_counter()
            self._took = self._last - began
        self._good = [*(one for one in self._good if one != target), target][-KEPT:]
        self._sweep()
        return True

    def newest(self, key: str) -> Checkpoint | None:
        """Return the newest checkpoint of the run ``key`` that is whole; None if there is none.

        Raises ConfigError when there are whole ones and all belong to other runs. A damaged one is a finding.
        """
        others, damaged = [], []
        for path in reversed(self._all()):
            try:
                found = read_checkpoint(path)
            except BundleError as error:
                damaged.append(error.cause)
                continue
            if found.run.get("key") == key:
                self._good = [path]
                self._say_damaged(damaged, f"the one before it, {path.name}, is resumed")
                return found
            others.append(path)
        if others:
            raise ConfigError(
                f"the checkpoint in {others[0]} belongs to other data, backbone, strategy, settings or seed",
                remedy="resume with what it was started with, or start anew in another --out",
            )
        self._say_damaged(damaged, "the run starts again from the beginning")
        return None

    def keep_newest(self) -> None:
        """Remove all but the newest: for a run that is finished."""
        self._good = self._all()[-1:]
        self._sweep()

    def _all(self) -> list[Path]:
        """Every checkpoint, oldest first, after what killed writers left was mended."""
        if not self.folder.is_dir():
            return []
        names = {found[1] for path in self.folder.iterdir() if (found := NAME.match(path.name))}
        for name in names:
            recover(self.folder / name)
        whole = [self.folder / name for name in names if (self.folder / name).is_dir()]
        return sorted(whole, key=lambda path: int(path.name.partition("-")[2]))

    def _sweep(self) -> None:
        for path in self._all():
            if path not in self._good:
                shutil.rmtree(path, ignore_errors=True)

    def _say_once(self, cause: OSError) -> None:
        if not any(finding.code == "checkpoint-not-written" for finding in self.findings):
            last = f"the last good one is {self._good[-1].name}" if self._good else "there is none yet"
            message = f"a checkpoint could not be written to {self.folder} ({reason(cause)}): {last}; training goes on"
            remedy = "make space there; the next one is tried when it is due"
            self.findings.append(Finding("checkpoint-not-written", "warning", message, remedy))

    def _say_damaged(self, causes: list[str], instead: str) -> None:
        self.findings += [Finding("checkpoint-skipped", "warning", cause, instead) for cause in causes]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write ``folder``, whole or not at all."""
    now, good = checkpoint.standing, checkpoint.standing.good
    parts = {"now": _tensors(now), "good": _tensors(good), "earlier": checkpoint.earlier, "kept": checkpoint.kept}
    tensors = {f"{part}/{name}": tensor for part, state in parts.items() for name, tensor in state.items()}
    plain = {"run": dict(checkpoint.run), "standing": _plain(now), "good": _plain(good) if good else None}
    with write_folder(folder) as temporary:
        write_tensors(temporary / "state.safetensors", _apart(tensors))
        write_json_atomic(temporary / "state.json", plain)


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read what ``write_checkpoint`` wrote; raise BundleError when it is damaged or of another version."""
    from safetensors.torch import load_file

    verify_folder(folder, error=BundleError, what="checkpoint", required=("state.safetensors", "state.json"))
    saved = read_json(folder / "state.json", error=BundleError, what="checkpoint")
    tensors = load_file(folder / "state.safetensors")
    try:
        standing = _standing(saved["standing"], _part(tensors, "now"))
        standing.good = _standing(saved["good"], _part(tensors, "good")) if saved["good"] else None
        return Checkpoint(dict(saved["run"]), standing, _part(tensors, "earlier"), _part(tensors, "kept"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # whole, and of another version
        raise BundleError(
            f"the checkpoint {folder} is not of this version of ghep ({type(error).__name__}: {error})",
            remedy="finish the run with the version that began it, or begin again",
        ) from error


def _apart(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Copy what shares memory: the best weights may be those of an earlier stage, and safetensors refuses that."""
    seen: set[int] = set()
    apart = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        apart[name] = tensor.clone() if place in seen else tensor
        seen.add(place)
    return apart


def _tensors(standing: Standing | None) -> State:
    """All tensors of ``standing`` by name."""
    if standing is None:
        return {}
    states = {part: getattr(standing, part) or {} for part in PARTS}
    states |= {f"optimizer/{index}": slots for index, slots in (standing.optimizer_state or {}).items()}
    states |= {"rng": {"torch": standing.torch_rng}} if standing.torch_rng is not None else {}
    return {f"{part}/{name}": tensor for part, state in states.items() for name, tensor in state.items()}


def _plain(standing: Standing) -> dict[str, Any]:
    """Everything in ``standing`` but its tensors and the one to roll back to."""
    apart = (*PARTS, "optimizer_state", "torch_rng", "good")
    plain = {field.name: getattr(standing, field.name) for field in fields(Standing) if field.name not in apart}
    return {
        **plain,
        "history": [asdict(row) for row in standing.history],
        "findings": [asdict(finding) for finding in standing.findings],
    }


def _standing(plain: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Standing:
    expected = set(_plain(Standing()))
    if set(plain) != expected:
        raise ValueError(f"{', '.join(sorted(set(plain) ^ expected))}")
    values = {
        **plain,
        "history": [epoch_from(row) for row in plain["history"]],
        "best": tuple(plain["best"]) if plain["best"] else None,
        "findings": [finding_from(row) for row in plain["findings"]],
        "left_out": tuple(plain["left_out"]),
        **{part: _part(tensors, part) or None for part in PARTS},
        "optimizer_state": _optimizer(tensors),
        "torch_rng": tensors.get("rng/torch"),
    }
    return Standing(**values)


def epoch_from(row: Mapping[str, Any]) -> Epoch:
    """Read a row of the history from JSON, which has no word for NaN: a ``train_loss`` of null is one."""
    tasks = tuple(TaskEpoch(**one) for one in row["tasks"])
    return Epoch(
        **{**row, "tasks": tasks, "train_loss": float("nan") if row["train_loss"] is None else row["train_loss"]}
    )


def finding_from(row: Mapping[str, Any]) -> Finding:
    """Read a finding from JSON."""
    return Finding(**{**row, "items": tuple(row["items"])})


def _part(tensors: Mapping[str, torch.Tensor], part: str) -> State:
    return {name.removeprefix(f"{part}/"): tensor for name, tensor in tensors.items() if name.startswith(f"{part}/")}


def _optimizer(tensors: Mapping[str, torch.Tensor]) -> dict[int, State] | None:
    slots: dict[int, State] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, index, key = name.split("/", 2)
            slots.setdefault(int(index), {})[key] = tensor
    return slots or None
