"""The ledger: the state of a comparison on disk, saved after every step, so that a kill loses only the run in progress.

It is one JSON file, always replaced as a whole. Decisions that depend on measurements (learning rates, numbers of
epochs, contenders that are left out) are saved when they are made, and read when the comparison continues. So an
interrupted comparison ends with the same tables as an uninterrupted one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ghep.comparison.planning.grid import Cell
from ghep.comparison.planning.threads import threads_of_a_run
from ghep.errors import ConfigError
from ghep.experiment.folder import COMPARISON_STATE, DECISIONS, FILES
from ghep.features.decisions import Decisions, is_foreign
from ghep.messages import Message
from ghep.storage.text import read_json, write_json_atomic

FILE = COMPARISON_STATE
RUNS = "runs"
FIGURES = "figures"
WRITTEN = ("comparison.json", "report.html")
"""Files of a comparison other than its runs, figures, state and decisions."""


@dataclass
class Ledger:
    """The state of a comparison: its finished and failed runs, its estimates and decisions.

    Call ``save`` after each change.
    """

    folder: Path
    key: str
    """Hash of the settings."""
    data_key: str = ""
    """Hash of the examples, their labels and splits."""
    seconds: float = 0.0
    """Time of earlier calls of the same comparison."""
    done: dict[str, float] = field(default_factory=dict)
    """Name of a finished run -> its seconds."""
    estimates: dict[str, float] = field(default_factory=dict)
    """Name of a run -> the seconds that were estimated before the first run."""
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name of a run -> cause and remedy."""
    decisions: dict[str, Any] = field(default_factory=dict)
    """Name -> decision."""

    def save(self) -> None:
        """Write the state of the comparison to the ledger's file."""
        state = {name: value for name, value in vars(self).items() if name != "folder"}
        write_json_atomic(self.folder / FILE, state)

    def decided(self, name: str, make: Any) -> Any:
        """Return the saved decision ``name``; if there is none yet, call ``make()``, save its result and return it."""
        if name not in self.decisions:
            self.decisions[name] = make()
            self.save()
        return self.decisions[name]

    @property
    def measured(self) -> Decisions:
        """Return the decisions made by timing: engines and number formats, which all runs of the comparison share."""
        return Decisions(self.folder / DECISIONS)

    def run_folder(self, cell: Cell) -> Path:
        """Return the folder of the run of ``cell``."""
        return self.folder / RUNS / cell.name

    def finished(self, cell: Cell) -> bool:
        """Whether the run of ``cell`` is complete on disk. After a kill, ``done`` may lack a complete run."""
        return (self.run_folder(cell) / FILES[-1]).is_file()


def open_ledger(folder: Path, key: str, *, overwrite: bool) -> Ledger:
    """Return the ledger in ``folder``, or a new ledger if there is none.

    Raises ConfigError if the ledger belongs to a comparison with other settings, or if the folder has other files.
    """
    file = folder / FILE
    if overwrite and file.is_file():
        clear(folder)
    if not file.is_file():
        if (folder / "bundle").exists() or (folder / "checkpoints").exists():
            raise ConfigError("comparison-folder-holds-run", folder=folder)
        foreign = [name for name in (*WRITTEN, RUNS, FIGURES) if _would_be_overwritten(folder / name)]
        if is_foreign(folder / DECISIONS):
            foreign.append(DECISIONS)
        if foreign:
            raise ConfigError("comparison-folder-foreign", folder=folder, names=foreign)
        return Ledger(folder, key)
    state = read_json(file, error=ConfigError, what=Message("comparison-state"))
    if not isinstance(state, Mapping) or state.get("key") != key:
        raise ConfigError("comparison-settings-differ", folder=folder)
    known = {name: state[name] for name in vars(Ledger(folder, key)) if name in state}
    return Ledger(folder, **known)


def require_same_data(ledger: Ledger, data_key: str) -> None:
    """Raise ConfigError if the data have changed since the comparison began."""
    if ledger.data_key and ledger.data_key != data_key:
        raise ConfigError("comparison-data-changed", folder=ledger.folder)
    ledger.data_key = data_key


def require_same_weights(ledger: Ledger, backbone: str, fingerprint: str) -> None:
    """Raise ConfigError if the weights of ``backbone`` have changed since the comparison began."""
    if ledger.decided(f"weights {backbone}", lambda: fingerprint) != fingerprint:
        raise ConfigError("comparison-weights-changed", backbone=backbone, folder=ledger.folder)


def require_same_seeds(ledger: Ledger, seeds: int) -> None:
    """Raise ConfigError if the comparison began with another number of seeds.

    This can happen with the same settings, because the default depends on the number of tasks.
    """
    if ledger.decided("seeds", lambda: seeds) != seeds:
        raise ConfigError("comparison-seeds-differ", folder=ledger.folder, found=ledger.decisions["seeds"], seeds=seeds)


def threads_of_runs(ledger: Ledger, given: int | None) -> int:
    """Return the threads of each run: ``given``, or the default of the machine where the comparison began.

    The number of threads changes the last bits of results, so a comparison that continues elsewhere keeps it.
    """
    return int(ledger.decided("threads", lambda: given or threads_of_a_run()))


def clear(folder: Path) -> None:
    """Remove the files of a comparison from ``folder``, and no others."""
    for name in (RUNS, FIGURES):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (*WRITTEN, DECISIONS, FILE):  # the state last, so that clearing can be repeated after a kill
        (folder / name).unlink(missing_ok=True)


def _would_be_overwritten(path: Path) -> bool:
    """Whether ``path`` is an existing file or a folder that is not empty."""
    return any(path.iterdir()) if path.is_dir() else os.path.lexists(path)
