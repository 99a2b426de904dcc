"""Runs on a Ray cluster: the nodes make them (``ray_worker.py``), and this process records them.

In: jobs. Out: their outcomes. Each run has as many threads as it would have on one machine, so it gives the same
predictions wherever it is made. A node makes as many runs at once as it has cores (or GPUs) and memory for; nodes may
join and leave. A node that sees the comparison's folder writes its runs there; the others return the files of a run,
and this process writes them. When this process ends for any reason, Ray ends the runs in progress.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import isnan, nan
from pathlib import Path
from typing import Any

from ghep.cluster.connect import Cluster, Node, first_line
from ghep.comparison.execution.executors import Job
from ghep.comparison.execution.handover import files_read_again, not_prepared, packed
from ghep.comparison.execution.parallel import POLL_SECONDS, Answer, Lost, ParallelRuns, Stopped
from ghep.comparison.execution.processes import THREAD_VARIABLES
from ghep.comparison.execution.ray_worker import LAST, Board, RunMaker
from ghep.comparison.planning.threads import WORKER_BYTES
from ghep.errors import ConfigError, GhepError
from ghep.experiment.folder import DECISIONS
from ghep.experiment.prepared import Prepared
from ghep.features.decisions import Decisions
from ghep.features.store import default_folder
from ghep.messages import Message, text_of
from ghep.storage.text import read_json, sync_folder, write_bytes_synced
from ghep.training.stop import StopRequest
from ghep.types import SPLITS

ROOM_SECONDS = 120.0
"""How long the comparison waits for a node when all have been lost."""
DOUBTFUL_SECONDS = 90.0
"""How long a node gets no run after a connection to it has ended; Ray needs about a minute to call it dead."""
STORED_BYTES = 2**18
"""Assumed size of a stored activation: a map of 7 x 7 x 1,280 in float32 has 245 KiB; final features have 5 KiB."""
PROBE_BYTES = 2**24
PATHS_ASKED = 20


@dataclass(frozen=True)
class Opening:
    """What a worker on a node has to know about the comparison."""

    folder: str
    """The folder of the comparison, absolute."""
    working_folder: str
    threads: int
    shared_folder: bool
    """Whether all nodes see the comparison's folder; then they write and resume runs there."""
    shared_store: bool
    """Whether all nodes use the store of activations of this process; otherwise each node has its own."""
    shared_data: bool
    """Whether all nodes can read the user's files."""
    needed: tuple[str, ...] = ()
    """Paths that a node has to have: files of backbones, and with ``shared_data`` some of the user's."""
    read_seconds: float = nan
    """Measured time to read one stored activation from the store; NaN: the nodes do not see it."""
    pass_seconds: float = nan
    """Measured time to compute it."""

    def lines(self) -> list[str]:
        """Return lines that say what is where, and why."""
        folder = text_of("ray-folder-shared" if self.shared_folder else "ray-folder-returned", folder=self.folder)
        data = [] if self.shared_data else [text_of("ray-files-sent")]
        if isnan(self.read_seconds):
            store = text_of("ray-store-per-node")
        else:
            shown = {"read": 1e3 * self.read_seconds, "computed": 1e3 * self.pass_seconds}
            store = text_of("ray-store-shared" if self.shared_store else "ray-store-slow", **shown)
        return [folder, *data, store]


def opening_for(
    cluster: Cluster, folder: Path, prepared: Mapping[str, Prepared], *, threads: int, passes: float, cache: Any
) -> Opening:
    """Ask the nodes what they see, measure how fast they read the store, and return where everything will be.

    ``passes``: seconds in which one stored activation is computed; ``cache``: the folder of the store, None: the
    default. Raises ConfigError if a backbone's file is missing on a node, or if the nodes cannot read files that they
    would need.
    """
    cluster.check()  # nodes may have joined while the data were read
    datasets = [one.dataset for one in prepared.values()]
    raws = [one.raw for dataset in datasets for split in SPLITS for one in dataset.examples(split)]
    files = [raw for raw in raws if isinstance(raw, Path)]
    step = -(-len(files) // PATHS_ASKED) or 1
    backbones = [Path(name) for name in prepared if Path(name).exists()]
    for node, missing in cluster.missing(backbones).items():
        if missing:
            raise ConfigError("cluster-node-without-backbone", node=node, path=missing[0])
    shared_data = not any(cluster.missing(files[::step]).values())
    if not shared_data and (count := not_prepared(prepared)):
        raise ConfigError("ray-data-too-large", count=count)
    store = Path(cache) if cache is not None else default_folder()
    read = cluster.seconds_to_read(store, size=PROBE_BYTES) * STORED_BYTES / PROBE_BYTES
    return Opening(
        folder=str(folder.absolute()),
        working_folder=str(Path.cwd()),
        threads=threads,
        shared_folder=cluster.sees(folder),
        shared_store=not read > passes,  # also without a store that all see: then each node uses its own at this path
        shared_data=shared_data,
        needed=tuple(str(path.absolute()) for path in (*backbones, *(files[::step] if shared_data else ()))),
        read_seconds=read,
        pass_seconds=passes,
    )


class RayRuns(ParallelRuns["_Actor"]):
    """An executor whose runs are made on the nodes of a Ray cluster, with the same number of threads each."""

    def __init__(
        self,
        prepared: Mapping[str, Prepared],
        folder: Path,
        stop: StopRequest,
        *,
        cluster: Cluster,
        opening: Opening,
        jobs: int | None,
        gpu: bool,
        options: Mapping[str, Any],
        say: Callable[[str], None],
    ) -> None:
        """``jobs``: most runs at once on all nodes; ``gpu``: each run has a GPU; ``options``: those of the runs.

        ``say`` gets a line for a node that joins and cannot be used. Raises ConfigError if no node has room for a run.
        """
        self.cluster, self.opening, self.folder = cluster, opening, folder
        self.prepared, self.options, self.gpu = prepared, options, gpu
        self.jobs, self.say = jobs or 2**31, say
        self._fits = {node.id: True for node in cluster.nodes}
        """Id of a node -> whether it can be used; those that are there now have been checked."""
        self._doubtful: dict[str, float] = {}
        """Id of a node that a worker was lost on -> until when it gets no run, unless Ray calls it dead before."""
        self._handed: list[Any] = []
        """References to the data in Ray's object store, from which every worker gets them without a copy per run."""
        self._board: Any = None
        self._lost_room = 0.0
        """Time since when no node has room; 0: there is room."""
        slots = sum(map(self.slots, cluster.nodes))
        if not slots:
            raise ConfigError("cluster-too-small", threads=opening.threads, gpu="yes" if gpu else "no")
        super().__init__(stop, min(self.jobs, slots))

    def slots(self, node: Node) -> int:
        """Return how many runs ``node`` makes at once."""
        by_cores = node.cpus // self.opening.threads
        return min(by_cores, node.gpus if self.gpu else max(1, node.memory_bytes // WORKER_BYTES))

    def close(self) -> None:
        """End the workers; Ray frees the data that they shared."""
        self._end_idle()
        self._handed.clear()
        if self._board is not None:
            _kill(self._board)
            self._board = None

    def _has_room(self) -> bool:
        """Whether a run can start now. Raises ConfigError if all nodes have been lost and none comes back."""
        if len(self._busy) >= self.jobs:
            return False
        alive = {node.id for node in self.cluster.nodes}
        alive -= {name for name, until in self._doubtful.items() if time.monotonic() < until}
        self._idle = [worker for worker in self._idle if worker.node.id in alive]  # the others are lost
        if self._idle or self._free() is not None:
            self._lost_room = 0.0
            return True
        if not self._busy:
            self._lost_room = self._lost_room or time.monotonic()
            if time.monotonic() - self._lost_room > ROOM_SECONDS:
                raise ConfigError("cluster-lost", seconds=ROOM_SECONDS)
        return False

    def _free(self) -> Node | None:
        """Return the node with the most free slots; None if there is none."""
        used = Counter(worker.node.id for worker in (*self._busy, *self._idle))
        free = {node: self.slots(node) - used[node.id] for node in self.cluster.nodes if self._is_usable(node)}
        best = max(free, key=lambda node: free[node], default=None)
        return best if best is not None and free[best] > 0 else None

    def _is_usable(self, node: Node) -> bool:
        """Whether ``node`` can make runs; a node that has joined is checked as the others were at the beginning."""
        if time.monotonic() < self._doubtful.get(node.id, 0.0):
            return False
        if node.id not in self._fits:
            self._fits[node.id] = False
            try:
                self.cluster.check([node])
                unseen = self.cluster.missing(map(Path, self.opening.needed), [node]).get(node, [])
                if self.opening.shared_folder and not self.cluster.sees(self.folder, [node]):
                    unseen = [self.opening.folder, *unseen]
                if unseen:
                    raise ConfigError("cluster-file-not-seen", path=unseen[0], host=node.host, count=1)
                self._fits[node.id] = True
            except ConfigError as error:
                self.say("  " + text_of("ray-node-unused", node=node, cause=error.cause))
        return self._fits[node.id]

    def _started(self) -> _Actor:
        import ray

        if not self._handed:
            content, arrays = packed(self.prepared, self.options)
            self._handed = [ray.put(content), *map(ray.put, arrays)]
        if self._board is None and not self.opening.shared_folder:
            known = read_json(self.folder / DECISIONS, error=ConfigError, what=DECISIONS) if self._decided else {}
            self._board = ray.remote(num_cpus=0)(Board).options(**self.cluster.on(self._here())).remote(known)
        node = self._free()
        assert node is not None  # _has_room
        return _Actor(self.cluster, node, self.opening, self._board, self._handed, self._files, gpu=self.gpu)

    def _files(self, job: Job) -> dict[str, bytes]:
        """Return the user's files that the run of ``job`` reads, path -> content; none if the nodes see them."""
        if self.opening.shared_data or job.search is not None:
            return {}
        try:
            return files_read_again(job.part.of(self.prepared[job.backbone]).dataset)
        except GhepError:  # the run will fail in the same way, and say why
            return {}

    @property
    def _decided(self) -> bool:
        return (self.folder / DECISIONS).is_file()

    def _here(self) -> Node:
        """Return the node of this process, which lives as long as the comparison does."""
        import ray

        own = ray.get_runtime_context().get_node_id()
        return next((node for node in self.cluster.nodes if node.id == own), self.cluster.nodes[0])

    def _answers(self) -> Iterator[tuple[_Actor, Answer]]:
        import ray

        running = {worker.running: worker for worker in self._busy}
        if not running:
            time.sleep(POLL_SECONDS)
            return
        done, _ = ray.wait(list(running), num_returns=1, timeout=POLL_SECONDS)
        for reference in done:
            worker = running[reference]
            try:
                found = ray.get(reference)
            except ray.exceptions.RayError as error:
                worker.kill()
                yield worker, Stopped if worker.dropped else self._lost(worker, error)
                continue
            worker.running = None
            if found and found["files"] is not None:
                write_run(self._busy[worker].folder, found["files"])
                self._note_decisions()
            yield worker, found.get("outcome", Stopped)

    def _lost(self, worker: _Actor, error: Exception) -> Lost:
        """Return what was lost. A process that is killed is reported by its node; a connection that ends is not.

        Ray calls a node dead about a minute after it was lost; until then it would be given the same run again.
        """
        import ray

        unreachable = isinstance(error, ray.exceptions.ActorUnavailableError)
        if unreachable:
            self._doubtful[worker.node.id] = time.monotonic() + DOUBTFUL_SECONDS
        how = Message("ray-worker-lost", {"node": worker.node, "cause": first_line(error)})
        return Lost(how, with_machine=unreachable or not self.cluster.is_alive(worker.node))

    def _note_decisions(self) -> None:
        """Save the decisions of the runs that cannot see the comparison's folder."""
        import ray

        saved = Decisions(self.folder / DECISIONS)
        for name, content in ray.get(self._board.everything.remote()).items():
            saved.put(name, content)


def write_run(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a finished run, name -> content, in place of what an unfinished one left in ``folder``.

    The file that makes a run complete is written last, so that a kill leaves an unfinished run.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in sorted(files, key=LAST.__eq__):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_synced(path, files[name])
    sync_folder(folder)


class _Actor:
    """A worker on a node: one process, as Ray calls it an actor."""

    def __init__(
        self,
        cluster: Cluster,
        node: Node,
        opening: Opening,
        board: Any,
        handed: list[Any],
        files: Callable[[Job], dict[str, bytes]],
        *,
        gpu: bool,
    ) -> None:
        """``board`` and ``handed`` are given to ``RunMaker``, and what ``files`` returns for a job to its ``run``."""
        import ray

        self.node, self.running, self._files = node, None, files
        self.dropped = False
        """Whether it was killed before its run had begun, because the comparison stops."""
        kind = ray.remote(num_cpus=opening.threads, num_gpus=int(gpu), max_restarts=0, concurrency_groups={"stop": 1})
        threads = dict.fromkeys(THREAD_VARIABLES, str(opening.threads))
        self._handle = kind(RunMaker).options(**cluster.on(node, **threads)).remote(asdict(opening), board, *handed)
        self._ready = self._handle.__ray_ready__.remote()

    def begin(self, job: Job) -> None:
        """Start the run of ``job``."""
        self.running = self._handle.run.remote(json.dumps(job.to_json()), self._files(job))

    def ask_to_stop(self) -> None:
        """Request that the run in progress is saved and stops; a worker that has not started yet is killed."""
        import ray

        if ray.wait([self._ready], timeout=0)[0]:
            self._handle.ask_to_stop.options(concurrency_group="stop").remote()
        else:
            self.dropped = True
            self.kill()

    def end(self) -> None:
        """End the worker."""
        self.kill()

    def kill(self) -> None:
        """Kill the worker with its run."""
        _kill(self._handle)


def _kill(handle: Any) -> None:
    import ray

    with suppress(ray.exceptions.RayError):
        ray.kill(handle)
