"""What a comparison has done so far, on disk after every step: a kill costs the run that was under way, no other.

One JSON file, replaced as a whole. Decisions that rest on measured time (rates that were searched, epochs that were
allowed, who was stopped) are written down when they are made and taken over when the comparison goes on, so that a
comparison which was cut off ends with the tables of one that was not.
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
from ghep.storage.text import read_json, write_json_atomic

FILE = COMPARISON_STATE
RUNS = "runs"
FIGURES = "figures"
WRITTEN = ("comparison.json", "report.html")
"""What a comparison writes besides its runs, its figures, its state and what was decided."""


@dataclass
class Ledger:
    """The state of a comparison; ``save`` after each change."""

    folder: Path
    key: str
    """Of the settings."""
    data_key: str = ""
    """Of the examples, their labels and splits."""
    seconds: float = 0.0
    """Spent in sessions before this one."""
    done: dict[str, float] = field(default_factory=dict)
    """Name of a finished run -> its seconds."""
    estimates: dict[str, float] = field(default_factory=dict)
    """Name of a run -> the seconds that were expected before the comparison began."""
    failed: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name of a run -> cause and remedy."""
    decisions: dict[str, Any] = field(default_factory=dict)
    """By name, whatever was decided."""

    def save(self) -> None:
        """Replace the file."""
        state = {name: value for name, value in vars(self).items() if name != "folder"}
        write_json_atomic(self.folder / FILE, state)

    def decided(self, name: str, make: Any) -> Any:
        """Return the decision called ``name``, made by ``make()`` and written down if it was not made before."""
        if name not in self.decisions:
            self.decisions[name] = make()
            self.save()
        return self.decisions[name]

    @property
    def measured(self) -> Decisions:
        """Return what was decided by measuring: engines and number formats, the same for all runs of a kind."""
        return Decisions(self.folder / DECISIONS)

    def run_folder(self, cell: Cell) -> Path:
        """Return where the run of ``cell`` lies."""
        return self.folder / RUNS / cell.name

    def finished(self, cell: Cell) -> bool:
        """Whether the run is whole on disk: noted here or not, if the kill came between the two."""
        return (self.run_folder(cell) / FILES[-1]).is_file()


def open_ledger(folder: Path, key: str, *, overwrite: bool) -> Ledger:
    """Return the ledger in ``folder``, a new one if there is none; raise ConfigError for that of other settings."""
    file = folder / FILE
    if overwrite and file.is_file():
        clear(folder)
    if not file.is_file():
        if (folder / "bundle").exists() or (folder / "checkpoints").exists():
            raise ConfigError(
                f"{folder} holds a run, and a comparison would mix its files in", remedy="choose another --out (out)"
            )
        in_the_way = [name for name in (*WRITTEN, RUNS, FIGURES) if _is_there(folder / name)]
        if is_foreign(folder / DECISIONS):
            in_the_way.append(DECISIONS)
        if in_the_way:
            raise ConfigError(
                f"{folder} is not the folder of a comparison, and one would write into its {', '.join(in_the_way)}",
                remedy="choose another --out (out): a new or an empty folder",
            )
        return Ledger(folder, key)
    state = read_json(file, error=ConfigError, what="the comparison's state")
    if not isinstance(state, Mapping) or state.get("key") != key:
        raise ConfigError(
            f"{folder} holds a comparison with other settings",
            remedy="choose another --out (out), or pass --overwrite (overwrite=True) to replace it",
        )
    known = {name: state[name] for name in vars(Ledger(folder, key)) if name in state}
    return Ledger(folder, **known)


def hold_to(ledger: Ledger, data_key: str) -> None:
    """Raise ConfigError if the data are not those that the comparison began with."""
    if ledger.data_key and ledger.data_key != data_key:
        raise ConfigError(
            f"the data have changed since the comparison in {ledger.folder} began",
            remedy="choose another --out (out), or pass --overwrite (overwrite=True) to begin anew",
        )
    ledger.data_key = data_key


def hold_to_weights(ledger: Ledger, backbone: str, fingerprint: str) -> None:
    """Raise ConfigError if ``backbone`` is not what it was when the comparison began: a file that was replaced."""
    if ledger.decided(f"weights {backbone}", lambda: fingerprint) != fingerprint:
        raise ConfigError(
            f"the weights of {backbone} have changed since the comparison in {ledger.folder} began",
            remedy="choose another --out (out), or pass --overwrite (overwrite=True) to begin anew",
        )


def hold_to_seeds(ledger: Ledger, seeds: int) -> None:
    """Raise ConfigError if the comparison began with another number: what is usual differs for several tasks."""
    if ledger.decided("seeds", lambda: seeds) != seeds:
        raise ConfigError(
            f"{ledger.folder} holds a comparison with {ledger.decisions['seeds']} seeds, not {seeds}",
            remedy="choose another --out (out), or pass --overwrite (overwrite=True) to replace it",
        )


def hold_to_threads(ledger: Ledger, given: int | None) -> int:
    """Return the threads of each run: ``given``, or as many as were usual where the comparison began.

    They change the last bits of numbers, so a comparison that goes on elsewhere keeps them.
    """
    return int(ledger.decided("threads", lambda: given or threads_of_a_run()))


def clear(folder: Path) -> None:
    """Remove what a comparison wrote into ``folder``, and nothing else."""
    for name in (RUNS, FIGURES):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (*WRITTEN, DECISIONS, FILE):  # the state last: a kill in between leaves it to clear again
        (folder / name).unlink(missing_ok=True)


def _is_there(path: Path) -> bool:
    """Whether something would be written over: a file, or a folder that is not empty."""
    return any(path.iterdir()) if path.is_dir() else os.path.lexists(path)
