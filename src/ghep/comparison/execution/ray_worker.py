"""What runs on the nodes of a Ray cluster: ``RunMaker`` makes runs, ``Board`` has the decisions that they share.

In: jobs as JSON. Out: outcomes as plain values, and the files of a run where the nodes cannot see its folder. Ray makes
actors of these two classes (``ray_runs.py``); they do not import it themselves, except to ask the board.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ghep.cluster.connect import end_with_node
from ghep.comparison.execution.executors import Job, read_outcome, run_job
from ghep.comparison.execution.handover import unpacked, with_files
from ghep.comparison.planning.threads import fixed_threads
from ghep.errors import Interrupted
from ghep.experiment.folder import FILES
from ghep.experiment.prepared import Prepared
from ghep.features.decisions import Agreement
from ghep.storage.folder import temporary_folder
from ghep.storage.lock import FILE as LOCK
from ghep.storage.lock import one_at_a_time
from ghep.training.stop import StopRequest

LAST = FILES[-1]
"""The file that makes a run complete: it is written last."""


class RunMaker:
    """Makes runs on one node, one after the other; keeps its data and its last backbone between them."""

    def __init__(self, opening: Mapping[str, Any], board: Any, content: str, *arrays: np.ndarray) -> None:
        """``opening``: the values of ``ray_runs.Opening``; ``board``: the actor ``Board``, None with a shared folder.

        ``content`` and ``arrays`` are what ``handover.packed`` returned.
        """
        end_with_node()  # another one will make its run again
        self.opening, self.stop = opening, StopRequest()
        self.agreement: Agreement | None = None if board is None else _Agreement(board)
        self.data = unpacked(content, arrays)
        with suppress(OSError):  # relative paths mean what they mean to the driver, where it can be
            os.chdir(opening["working_folder"])
        if not opening["shared_store"]:
            os.environ["GHEP_CACHE"] = str(store_of_node())

    def run(self, values: str, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Make the run of a job in JSON; ``files``: path -> content of the user's files that it could not read here.

        Returns ``{"outcome": ..., "files": ...}``, or an empty dict if the run was asked to stop. ``files``: name ->
        content of each file of the run if its folder is not shared, else None.
        """
        job = Job.from_json(json.loads(values))
        if not self.opening["shared_store"]:
            job = replace(job, options={**job.options, "cache_dir": None})
        try:
            with fixed_threads(self.opening["threads"]):
                if self.opening["shared_folder"]:
                    return self._made(job, Path(self.opening["folder"]), files)
                with temporary_folder(f"ghep-run-{os.getuid()}") as local:
                    return self._made(replace(job, folder=local / "runs" / "run"), local, files, returned=True)
        except Interrupted:
            return {}

    def _made(self, job: Job, folder: Path, files: Mapping[str, bytes], *, returned: bool = False) -> dict[str, Any]:
        def prepared(backbone: str) -> Prepared:
            return with_files(self.data.of(backbone), files)

        with one_at_a_time(job.folder / LOCK) as waited:  # of a process that outlives its node or its driver
            pass
        if waited and job.search is None and job.finished:
            return {"outcome": {**asdict(read_outcome(job)), "job": job.name}, "files": None}
        outcome = run_job(job, prepared, folder, self.stop, self.agreement)
        written = read_run(job.folder) if returned and not outcome.cause and job.search is None else None
        return {"outcome": {**asdict(outcome), "job": job.name}, "files": written}

    def ask_to_stop(self) -> None:
        """Request that the run in progress saves its training state and stops."""
        self.stop.ask()


def store_of_node() -> Path:
    """Return the folder of this node's own store, the same for all runs of this user; no one else can write there."""
    path = Path(tempfile.gettempdir()) / f"ghep-activations-{os.getuid()}"
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
    return path if own else Path(tempfile.mkdtemp(prefix="ghep-activations-"))  # another user has made it


def read_run(folder: Path) -> dict[str, bytes]:
    """Return the files of a finished run, by their path in its folder; checkpoints are left out."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return {name.as_posix(): (folder / name).read_bytes() for name in found if name.parts[0] != "checkpoints"}


class Board:
    """The decisions of a comparison whose runs share no disk, in one process of the cluster."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = dict(known)

    def get(self, name: str) -> Any:
        """Return the decision ``name``; None if there is none."""
        return self._known.get(name)

    def first(self, name: str, content: Any) -> Any:
        """Save a decision unless there is one, and return the decision that is saved."""
        return self._known.setdefault(name, content)

    def everything(self) -> dict[str, Any]:
        """Return all decisions."""
        return self._known


class _Agreement:
    """The board, as a run sees it."""

    def __init__(self, board: Any) -> None:
        self._board = board

    def get(self, name: str) -> Any:
        import ray

        return ray.get(self._board.get.remote(name))

    def first(self, name: str, content: Any) -> Any:
        import ray

        return ray.get(self._board.first.remote(name, content))
