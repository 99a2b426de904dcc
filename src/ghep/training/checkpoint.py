"""Checkpoints: the state of a run after a step, one folder each, written to a temporary name, hashed, then renamed.

    checkpoints/step-00000160/    state.safetensors   trained tensors, best weights, average, optimiser, random state
                                  state.json          everything else
                                  MANIFEST.json       size and SHA-256 of both

The number counts the optimiser steps of the whole run. The newest two are kept: if the newest is damaged, training
resumes from the other. No pickle: optimiser state is tensors by parameter index.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from ghep.errors import BundleError, ConfigError
from ghep.storage.folder import MANIFEST, recover, verify_folder, write_folder
from ghep.storage.tensors import write_tensors
from ghep.storage.text import read_json, reason, write_json_atomic
from ghep.training.moving import State
from ghep.training.state import Epoch, TaskEpoch, TrainingState, ValidResult
from ghep.types import Finding

KEPT = 2
TRAINING_PER_WRITING = 10.0
"""Train at least this many seconds per second of writing, so that a slow disk costs at most a tenth."""
OTHERS = ("earlier", "kept", "solved")
"""Tensors of a checkpoint that are not in the state of the current stage."""
PARTS = ("model_state", "best_state", "average_state", "together_state", "start_each", "best_each", "last_each")
NESTED = ("good", "begin")
"""Fields of a state that are states themselves: those that training may return to."""
ADDED = {"restarts", "begin", "rows_at_once"}
"""Fields that checkpoints of earlier versions lack."""
NAME = re.compile(r"^\.?(step-\d{8,})(\..*)?$")


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after a step: that of the current stage, and the weights needed from earlier stages."""

    run: Mapping[str, Any]
    """Plain values; ``key`` identifies the run."""
    state: TrainingState
    earlier: State = field(default_factory=dict)
    """Tensors that earlier stages trained and this one does not."""
    kept: State = field(default_factory=dict)
    """The best weights of earlier stages, to which the plan may return."""
    solved: State = field(default_factory=dict)
    """The heads solved before training, if the plan ends by interpolating between them and the trained ones."""


@dataclass
class Checkpoints:
    """The checkpoints of a run in ``folder``, one every ``seconds`` (0: one after every step)."""

    folder: Path
    seconds: float = 30.0
    key: str = ""
    """Identifies the run; checkpoints with another key are refused."""
    findings: list[Finding] = field(default_factory=list)
    """The first checkpoint that could not be written, and the damaged ones."""

    def __post_init__(self) -> None:
        self._last = time.perf_counter()
        self._took = 0.0
        self._good: list[Path] = []

    def due(self) -> bool:
        """Whether it is time for the next checkpoint."""
        wanted = max(self.seconds, TRAINING_PER_WRITING * self._took) if self.seconds else 0.0
        return time.perf_counter() - self._last >= wanted

    def save(self, checkpoint: Checkpoint, say: Callable[[str], None] | None = None) -> bool:
        """Write ``checkpoint`` and remove all but the newest two; return whether ``checkpoint`` was written.

        If it cannot be written (a full disk), training continues, the last good checkpoint stays, and a finding reports
        the problem, the first time. ``say`` is given its message at once: hours may pass before findings are shown.
        """
        began = time.perf_counter()
        target = self.folder / f"step-{checkpoint.state.steps:08d}"
        try:
            if target.is_dir() and not (target / MANIFEST).exists():
                shutil.rmtree(target)  # damaged; training has reached its step again
            write_checkpoint(target, checkpoint)
        except OSError as cause:
            self._report_once(cause, say)
            return False
        finally:
            self._last = time.perf_counter()
            self._took = self._last - began
        self._good = [*(one for one in self._good if one != target), target][-KEPT:]
        self._sweep()
        return True

    def newest(self) -> Checkpoint | None:
        """Return the newest intact checkpoint of the run; None, and a finding, if there is none.

        Raises ConfigError if all intact checkpoints belong to other runs. Damaged ones are skipped and reported as
        findings.
        """
        others, damaged = [], []
        for path in reversed(self._all()):
            try:
                found = read_checkpoint(path)
            except BundleError as error:
                damaged.append(error.cause)
                continue
            if found.run.get("key") == self.key:
                self._good = [path]
                self._report_damaged(damaged, path.name)
                return found
            others.append(path)
        if others:
            raise ConfigError("checkpoint-of-another-run", path=others[0])
        self._report_damaged(damaged, "")
        if not damaged:
            self.findings.append(Finding.of("nothing-to-resume", "warning", folder=self.folder))
        return None

    def keep_newest(self) -> None:
        """Remove all but the newest checkpoint, once the run has finished."""
        self._good = self._all()[-1:]
        self._sweep()

    def _all(self) -> list[Path]:
        """Return all checkpoints, oldest first, after recovering what interrupted writers left."""
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

    def _report_once(self, cause: OSError, say: Callable[[str], None] | None) -> None:
        if not any(finding.code == "checkpoint-not-written" for finding in self.findings):
            last = self._good[-1].name if self._good else ""
            found: dict[str, Any] = {"folder": self.folder, "cause": reason(cause), "last": last}
            self.findings.append(Finding.of("checkpoint-not-written", "warning", **found, good=len(self._good)))
            if say is not None:
                say(self.findings[-1].message)

    def _report_damaged(self, causes: list[str], resumed: str) -> None:
        """Report damaged checkpoints; ``resumed`` names the intact one that is used instead, empty for none."""
        intact = len(self._good)
        self.findings += [
            Finding.of("checkpoint-skipped", "warning", cause=cause, intact=intact, resumed=resumed) for cause in causes
        ]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Write ``checkpoint`` to ``folder``, completely or not at all."""
    states = {"now": checkpoint.state, **{name: getattr(checkpoint.state, name) for name in NESTED}}
    parts = {name: _tensors(state) for name, state in states.items()}
    parts |= {name: getattr(checkpoint, name) for name in OTHERS}
    tensors = {f"{part}/{name}": tensor for part, state in parts.items() for name, tensor in state.items()}
    plain = {name: None if state is None else _plain(state) for name, state in states.items()}
    plain["run"] = dict(checkpoint.run)
    with write_folder(folder) as temporary:
        write_tensors(temporary / "state.safetensors", _unshared(tensors))
        write_json_atomic(temporary / "state.json", plain)


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read what ``write_checkpoint`` wrote; raise BundleError if it is damaged or was written by another version."""
    from safetensors.torch import load_file

    verify_folder(folder, error=BundleError, what="checkpoint", required=("state.safetensors", "state.json"))
    saved = read_json(folder / "state.json", error=BundleError, what="checkpoint")
    tensors = load_file(folder / "state.safetensors")
    try:
        state = _state_from(saved["now"], _part(tensors, "now"))
        for name in NESTED:
            found = saved.get(name) if name in ADDED else saved[name]
            setattr(state, name, _state_from(found, _part(tensors, name)) if found else None)
        return Checkpoint(dict(saved["run"]), state, **{name: _part(tensors, name) for name in OTHERS})
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # intact, but of another version
        detail = f"{type(error).__name__}: {error}"
        raise BundleError("checkpoint-of-another-version", folder=folder, detail=detail) from error


def _unshared(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return ``tensors`` with copies of those that share memory, which safetensors refuses.

    Tensors share memory where the best weights are those of an earlier stage.
    """
    seen: set[int] = set()
    unshared = {}
    for name, tensor in tensors.items():
        address = tensor.untyped_storage().data_ptr()
        unshared[name] = tensor.clone() if address in seen else tensor
        seen.add(address)
    return unshared


def _tensors(state: TrainingState | None) -> State:
    """Return all tensors of ``state`` by name."""
    if state is None:
        return {}
    states = {part: getattr(state, part) or {} for part in PARTS}
    states |= {f"optimizer/{index}": slots for index, slots in (state.optimizer_state or {}).items()}
    states |= {"rng": {"torch": state.torch_rng}} if state.torch_rng is not None else {}
    return {f"{part}/{name}": tensor for part, state in states.items() for name, tensor in state.items()}


def _plain(state: TrainingState) -> dict[str, Any]:
    """Return the fields of ``state`` as plain values, without its tensors and the state to roll back to."""
    others = (*PARTS, *NESTED, "optimizer_state", "torch_rng")
    plain = {field.name: getattr(state, field.name) for field in fields(TrainingState) if field.name not in others}
    return {
        **plain,
        "history": [asdict(row) for row in state.history],
        "findings": [asdict(finding) for finding in state.findings],
    }


def _state_from(plain: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> TrainingState:
    expected = set(_plain(TrainingState()))
    if wrong := (set(plain) ^ expected) - (ADDED - set(plain)):
        raise ValueError(", ".join(sorted(wrong)))
    values = {
        **plain,
        "history": [epoch_from(row) for row in plain["history"]],
        "best": ValidResult(*plain["best"]) if plain["best"] else None,
        "findings": [finding_from(row) for row in plain["findings"]],
        "left_out": tuple(plain["left_out"]),
        **{part: _part(tensors, part) or None for part in PARTS},
        "optimizer_state": _optimizer(tensors),
        "torch_rng": tensors.get("rng/torch"),
    }
    return TrainingState(**values)


def epoch_from(row: Mapping[str, Any]) -> Epoch:
    """Return a row of the history from JSON, where a ``train_loss`` of NaN is null."""
    tasks = tuple(TaskEpoch(**one) for one in row["tasks"])
    return Epoch(
        **{**row, "tasks": tasks, "train_loss": float("nan") if row["train_loss"] is None else row["train_loss"]}
    )


def finding_from(row: Mapping[str, Any]) -> Finding:
    """Return a finding from JSON."""
    return Finding.read(row)


def _part(tensors: Mapping[str, torch.Tensor], part: str) -> State:
    return {name.removeprefix(f"{part}/"): tensor for name, tensor in tensors.items() if name.startswith(f"{part}/")}


def _optimizer(tensors: Mapping[str, torch.Tensor]) -> dict[int, State] | None:
    slots: dict[int, State] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, index, key = name.split("/", 2)
            slots.setdefault(int(index), {})[key] = tensor
    return slots or None
