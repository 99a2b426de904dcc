"""Runs on a Ray cluster: the numbers of one process, also if a worker, a node or the driver is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ghep.cluster.connect import Cluster, Node, require_alike, versions
from ghep.comparison.compare import Compared, compare
from ghep.comparison.execution.ledger import FILE
from ghep.comparison.execution.ray_runs import Opening, RayRuns, opening_for, write_run
from ghep.comparison.execution.ray_worker import Board, read_run, store_of_node
from ghep.comparison.planning.settings import settings_from
from ghep.comparison.planning.threads import WORKER_BYTES
from ghep.errors import ConfigError, Interrupted
from ghep.experiment.folder import FILES
from ghep.features.decisions import Decisions
from ghep.reporter import Silent
from ghep.training.stop import StopRequest
from ghep.types import Example
from ray_nodes import NODE, ray_nodes

QUICK: dict[str, Any] = {
    "deterministic": True,
    "workers": 1,
    "seeds": 6,
    "threads": 1,
    "search": False,
    "controls": False,
}
RUNS = 7  # six seeds of light; a linear probe has one
OPENING = Opening("/out", "/", 2, shared_folder=True, shared_store=True, shared_data=True)


def node(cpus: int, gpus: int = 0, memory: int = 2**40) -> Node:
    return Node(f"{cpus:x}{gpus:x}{memory:x}", "host", cpus, gpus, memory)


def runs_on(*nodes: Node, **more: Any) -> RayRuns:
    cluster: Any = SimpleNamespace(nodes=nodes, is_alive=lambda one: one in nodes)
    given: dict[str, Any] = {"cluster": cluster, "opening": OPENING, "jobs": None, "gpu": False, "options": {}, **more}
    given = {"say": lambda line: None, **given}
    return RayRuns({}, Path("/out"), StopRequest(), **given)


class At:
    """A worker on a node."""

    def __init__(self, node: Node) -> None:
        self.node = node


def test_a_node_makes_as_many_runs_as_it_has_cores_and_memory_for() -> None:
    assert runs_on(node(4), node(3)).at_once == 3  # two threads each
    assert runs_on(node(64, memory=3 * WORKER_BYTES)).at_once == 3
    assert runs_on(node(4, memory=1)).at_once == 1
    assert runs_on(node(4), node(3), jobs=2).at_once == 2
    assert runs_on(node(16, gpus=2), node(8), gpu=True).at_once == 2
    with pytest.raises(ConfigError, match="no node of the cluster has room for a process that needs 2 CPUs"):
        runs_on(node(1))
    with pytest.raises(ConfigError, match="and a GPU"):
        runs_on(node(8), gpu=True)


def test_the_next_run_goes_where_most_is_free() -> None:
    large, small = node(8), node(4)
    found = runs_on(small, large)
    places = []
    while found._has_room():
        best = found._free()
        assert best is not None
        places.append(best.cpus)
        found._busy[At(best)] = None  # type: ignore[index, assignment]
    assert sorted(places) == [4, 4, 8, 8, 8, 8] and places[0] == 8


def test_a_node_that_joins_is_checked_before_it_gets_a_run() -> None:
    first, joined, said = node(4), node(8), list[str]()
    for fault in ("", "version", "folder", "file"):
        found = runs_on(first, say=said.append)

        def check(nodes: list[Node], fault: str = fault) -> None:
            if fault == "version":
                require_alike({nodes[0]: {**versions(), "torch": "1.0"}})

        cluster: Any = found.cluster
        cluster.check, cluster.nodes = check, (first, joined)
        cluster.sees = lambda folder, nodes, fault=fault: fault != "folder"
        cluster.missing = lambda paths, nodes, fault=fault: {joined: ["a.png"] * (fault == "file")}
        assert found._free() == (first if fault else joined) and found._free() is not None
    assert len(said) == 3 and all("gets no run" in line for line in said)
    assert "torch" in said[0] and "/out" in said[1] and "a.png" in said[2]


def test_a_node_that_cannot_be_reached_counts_as_lost_before_ray_calls_it_dead() -> None:
    ray = pytest.importorskip("ray")
    first, second = node(8), node(4)
    found = runs_on(first, second)
    at_first: Any = At(first)
    killed = found._lost(at_first, ray.exceptions.RayActorError())
    assert not killed.with_machine and found._free() == first
    gone = found._lost(at_first, ray.exceptions.ActorUnavailableError("Socket closed", None))
    assert gone.with_machine and found._free() == second
    found._idle = [at_first]
    assert found._has_room() and not found._idle


def test_a_worker_whose_node_is_lost_gets_no_run() -> None:
    lost, left = node(4), node(8)
    found = runs_on(lost, left)
    found._idle = [At(left), At(lost), At(lost)]  # type: ignore[list-item]
    found.cluster.nodes = (left,)  # type: ignore[misc]
    assert found._has_room() and [worker.node for worker in found._idle] == [left]


def test_a_cluster_that_has_gone_is_an_error_and_not_the_end_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    found = runs_on(node(4))
    found.cluster.nodes = ()  # type: ignore[misc]
    assert not found._has_room()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1000)
    with pytest.raises(ConfigError, match="the same command continues the comparison"):
        found._has_room()


def test_a_returned_run_is_complete_only_when_all_its_files_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    for name in (*FILES, "bundle/model.safetensors", "bundle/MANIFEST.json", "checkpoints/step-1/a"):
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        (there / name).write_text(name)
    (here / "checkpoints" / "step-9").mkdir(parents=True)  # of a run that was begun here
    written: list[str] = []

    def noted(path: Path, content: bytes) -> None:
        written.append(path.relative_to(here).as_posix())
        path.write_bytes(content)

    monkeypatch.setattr("ghep.comparison.execution.ray_runs.write_bytes_synced", noted)
    files = read_run(there)
    write_run(here, files)
    assert written[-1] == FILES[-1] and "checkpoints/step-1/a" not in written
    assert read_run(here) == files and not (here / "checkpoints").exists()


def test_the_first_decision_holds_for_all_nodes(tmp_path: Path) -> None:
    board = Board({"known": {"engine": "a"}})
    one, other = (Decisions(tmp_path / f"{name}.json", agreement=board) for name in ("one", "other"))
    assert one.get("known") == {"engine": "a"} and one.get("format") is None
    assert one.put("format", {"name": "bfloat16"}) == {"name": "bfloat16"}
    assert other.put("format", {"name": "float32"}) == {"name": "bfloat16"} == other.get("format")
    assert json.loads((tmp_path / "other.json").read_text()) == {"format": {"name": "bfloat16"}}
    assert board.everything().keys() == {"known", "format"}


def test_the_store_of_a_node_is_one_that_others_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own = store_of_node()
    assert store_of_node() == own and own.parent == tmp_path and own.stat().st_mode & 0o777 == 0o700
    own.chmod(0o777)  # as another user can make it
    other = store_of_node()
    assert other != own and other.stat().st_mode & 0o777 == 0o700
    own.rmdir()
    own.symlink_to(other)
    assert store_of_node() not in (own, other)


def test_the_address_is_no_part_of_what_is_compared() -> None:
    assert settings_from(ray="auto").key() == settings_from(ray="host:6379").key() == settings_from().key()
    with pytest.raises(ConfigError, match="HOST:PORT"):
        settings_from(ray="somewhere")


def test_what_is_where_depends_on_what_nodes_see_and_how_fast_they_read(tmp_path: Path) -> None:
    def opening(read: float, *, sees: bool, missing: list[str]) -> Opening:
        cluster: Any = SimpleNamespace(
            check=lambda: None,
            missing=lambda paths: {node(1): missing if list(paths) else []},
            seconds_to_read=lambda folder, size: read,
            sees=lambda folder: sees,
        )
        return opening_for(cluster, tmp_path, {}, threads=1, passes=0.01, cache=tmp_path / "store")

    fast, slow, none = opening(0.1, sees=True, missing=[]), opening(9, sees=True, missing=[]), float("nan")
    assert fast.shared_folder and fast.shared_store and not slow.shared_store
    assert "all nodes see" in fast.lines()[0] and "would take" in slow.lines()[-1]
    apart = opening(none, sees=False, missing=[])
    assert not apart.shared_folder and "starts again" in apart.lines()[0] and "own store" in apart.lines()[-1]


def test_images_that_are_read_in_every_epoch_have_to_be_seen_by_the_nodes(tmp_path: Path) -> None:
    missing: list[str] = []
    cluster: Any = SimpleNamespace(
        check=lambda: None,
        missing=lambda paths: {node(1): missing if list(paths) else []},
        seconds_to_read=lambda folder, size: float("nan"),
        sees=lambda folder: True,
    )
    store = SimpleNamespace(shared=lambda: (None, {"overflow": 3}))
    dataset = SimpleNamespace(examples=lambda split: [Example(split, Path(split))])
    data: Any = {"small": SimpleNamespace(store=store, dataset=dataset)}
    assert opening_for(cluster, tmp_path, data, threads=1, passes=0.01, cache=None).shared_data
    missing.append("train")
    with pytest.raises(ConfigError, match="3 images do not fit"):
        opening_for(cluster, tmp_path, data, threads=1, passes=0.01, cache=None)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Three nodes on this machine; the first, which nobody kills, is the driver's."""
    with ray_nodes(3) as found:
        yield found


@pytest.fixture(scope="module")
def call(photos: Path, small_backbone: str) -> dict[str, Any]:
    return {"data": photos, "backbones": small_backbone, "strategies": "linear_probe,light", **QUICK}


@pytest.fixture(scope="module")
def alone(call: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """The same comparison in this process."""
    found = compare(**call, out=tmp_path_factory.mktemp("alone") / "out", jobs=1)
    assert isinstance(found, Compared)
    return found


class Steps(Silent):
    """Calls a function when so many runs are finished; keeps what was said."""

    def __init__(self, **steps: Callable[[], None]) -> None:
        self.steps, self.said = {int(name[1:]): step for name, step in steps.items()}, list[str]()

    def say(self, text: str) -> None:
        self.said.append(text)

    def progress(self, phase: str, done: int, total: int) -> None:
        if phase == "runs" and done in self.steps:
            self.steps.pop(done)()


def predictions(folder: Path) -> dict[str, str]:
    return {file.parent.name: file.read_text() for file in sorted(folder.glob("runs/*/predictions.csv"))}


def times(folder: Path) -> dict[str, int]:
    done = [file.parent for file in sorted(folder.glob(f"runs/*/{FILES[-1]}"))]
    return {run.name: (run / "predictions.csv").stat().st_mtime_ns for run in done}


def makers(raylet: int) -> list[int]:
    """The processes of a node that make runs."""
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(raylet)], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "RunMaker" in line]


def raylet_of(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


@pytest.mark.slow
def test_a_killed_worker_and_a_killed_node_cost_time_only(
    alone: Compared, call: dict[str, Any], nodes: Any, tmp_path: Path
) -> None:
    second, third = nodes.worker_nodes
    killed: list[int] = []

    def kill_worker() -> None:
        killed.extend(makers(raylet_of(second))[:1])
        os.kill(killed[0], signal.SIGKILL)

    def kill_node() -> None:
        killed.append(raylet_of(third))
        os.kill(killed[-1], signal.SIGKILL)

    reporter = Steps(_1=kill_worker, _2=kill_node)
    found = compare(**call, out=tmp_path / "out", ray=nodes.address, reporter=reporter)
    nodes.remove_node(third, allow_graceful=False)
    nodes.add_node(**NODE)
    assert isinstance(found, Compared) and not found.comparison.failures and len(killed) == 2
    assert predictions(found.folder) == predictions(alone.folder) and len(predictions(found.folder)) == RUNS
    assert found.evidence.verdict.kind == alone.evidence.verdict.kind
    assert any("3 runs at once, one thread each" in line for line in reporter.said)
    metrics = [json.loads(file.read_text()) for file in found.folder.glob("runs/*/metrics.json")]
    assert all(one["environment"]["threads"] == 1 for one in metrics)


@pytest.mark.slow
def test_a_killed_driver_is_started_again_and_loses_and_repeats_no_finished_run(
    alone: Compared, call: dict[str, Any], nodes: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "ghep", "compare", str(call["data"]), "--backbones", call["backbones"]]
    command += [
        "--out",
        str(out),
        "--strategies",
        call["strategies"],
        "--seeds",
        "6",
        "--no-search",
        "--threads",
        "1",
        "--no-controls",
    ]
    command += ["--deterministic", "--workers", "1", "--ray", nodes.address, "--jobs", "2"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None and len(times(out)) < 3:
        time.sleep(0.05)
    child.kill()
    child.wait()
    before = times(out)
    assert 3 <= len(before) < RUNS
    found = compare(**call, out=out, ray=nodes.address, jobs=2)
    assert before.items() <= times(out).items(), "a finished run was lost or made again"
    assert isinstance(found, Compared) and not found.comparison.failures
    assert predictions(out) == predictions(alone.folder)


@pytest.mark.slow
def test_nodes_that_share_no_folder_return_their_runs(
    alone: Compared, call: dict[str, Any], nodes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(self: Cluster, paths: Any, nodes: Any = None) -> dict[Node, list[str]]:
        paths = [str(path) for path in paths if str(path) != call["backbones"]]
        return dict.fromkeys(self.nodes if nodes is None else nodes, paths)

    monkeypatch.setattr(Cluster, "missing", missing)  # so they see neither the data nor the comparison's folder
    monkeypatch.setattr(Cluster, "seconds_to_read", lambda self, folder, size: float("nan"))
    reporter = Steps()
    found = compare(**call, out=tmp_path / "out", ray=nodes.address, jobs=2, reporter=reporter)
    assert any("returned by the nodes" in line for line in reporter.said)
    assert isinstance(found, Compared) and not found.comparison.failures
    assert predictions(found.folder) == predictions(alone.folder)
    kept = [
        sorted(path.relative_to(one.folder) for path in one.folder.glob("runs/*/bundle/*")) for one in (found, alone)
    ]
    assert kept[0] == kept[1] != []


@pytest.mark.slow
def test_a_stop_saves_what_the_nodes_are_making_and_one_machine_continues(
    alone: Compared, call: dict[str, Any], nodes: Any, tmp_path: Path
) -> None:
    stop, out = StopRequest(), tmp_path / "out"
    with pytest.raises(Interrupted, match="stopped"):
        compare(**call, out=out, ray=nodes.address, jobs=2, stop=stop, reporter=Steps(_2=stop.ask))
    assert 2 <= len(json.loads((out / FILE).read_text())["done"]) < RUNS
    before = times(out)
    compare(**call, out=out, jobs=1)
    assert predictions(out) == predictions(alone.folder) and before.items() <= times(out).items()
