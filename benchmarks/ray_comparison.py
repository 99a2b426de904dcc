"""Does a comparison on a Ray cluster give the predictions of one process, also if processes of it are killed?

    scripts/bench ray_comparison DATA [--nodes 3] [--seeds 2] [--strategies A,B] [--backbone NAME] [--kill worker,node]

The comparison is made in one process, then on a cluster of so many nodes with one CPU each on this machine, then once
more on it while a worker, a whole node (its raylet) and the driver are killed with SIGKILL; the driver is started again
with the same command. Every comparison has its own folder; all have their own store. Prints for each the seconds, the
number of runs, how many predictions files equal those of one process byte for byte, and how many runs that were
finished before the driver was killed are missing or were made again. Exits with 1 unless all are equal and none is.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
KILLS = ("worker", "node", "driver")
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--strategies", default="linear_probe,light,full,progressive,lp_ft,lora,scratch")
    parser.add_argument("--backbone", default="")
    parser.add_argument("--kill", default=",".join(KILLS), help="what is killed, in this order")
    parser.add_argument("--more", default="", help="further arguments of ghep compare")
    given = parser.parse_args()
    kills = [one for one in given.kill.split(",") if one]
    assert set(kills) <= set(KILLS), KILLS
    with tempfile.TemporaryDirectory(prefix="ghep-ray-") as root:
        folder = Path(root)
        command = [sys.executable, "-m", "ghep", "compare", given.data, "--strategies", given.strategies]
        command += ["--seeds", str(given.seeds), "--threads", "1", "--deterministic", *given.more.split()]
        command += ["--backbones", given.backbone] if given.backbone else []
        print(f"{'':26}seconds  runs  equal  lost or repeated", flush=True)
        expected = finished_after("one process", [*command, "--jobs", "1"], folder / "one", {}, [])
        with nodes(given.nodes) as cluster:
            ray = [*command, "--ray", cluster.address]
            wrong = finished_after(f"{given.nodes} nodes", ray, folder / "nodes", expected, []) != expected
            for count in range(bool(kills)):
                name = f"{given.nodes} nodes, killed: {'+'.join(kills)}"
                wrong |= finished_after(name, ray, folder / f"kills-{count}", expected, kills, cluster) != expected
    raise SystemExit(int(wrong))


def finished_after(
    name: str, command: Sequence[str], out: Path, expected: dict[str, str], kills: Sequence[str], cluster: Any = None
) -> dict[str, str]:
    """Make the comparison, killing one of ``kills`` after each further two finished runs; return the predictions."""
    environment = {**os.environ, "GHEP_CACHE": str(out.parent / f"store-{out.name}"), "OMP_NUM_THREADS": "1"}
    began, waiting, before = time.perf_counter(), list(kills), dict[str, int]()
    while True:
        child = subprocess.Popen([*command, "--out", str(out)], env=environment, stdout=subprocess.DEVNULL)
        while child.poll() is None:
            time.sleep(0.2)
            if waiting and len(times(out)) >= 2 * (len(kills) - len(waiting) + 1):
                killed = waiting.pop(0)
                if killed == "driver":
                    child.kill()
                    child.wait()
                    before = times(out)
                elif not kill(killed, cluster):
                    waiting.insert(0, killed)  # its processes are just starting
        if child.returncode >= 0:
            break
    if child.returncode:
        raise SystemExit(f"{name}: ghep compare ended with {child.returncode}")
    found, after = predictions(out), times(out)
    equal = sum(found.get(run) == text for run, text in expected.items())
    lost = sum(after.get(run) != made for run, made in before.items())
    shown = f"{equal:5}  {lost:4} of {len(before)}" if expected else f"{'':5}"
    print(f"{name:24}{time.perf_counter() - began:9.0f}{len(found):6}  {shown}", flush=True)
    return {**found, **{f"lost {n}": "" for n in range(lost)}}


def kill(what: str, cluster: Any) -> bool:
    """Kill a worker that makes a run, or a whole node, with SIGKILL; not the first node, where the driver is."""
    for node in list(cluster.worker_nodes):
        raylet = node.all_processes["raylet"][0].process.pid
        found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(raylet)], capture_output=True, text=True).stdout
        makers = [int(line.split()[0]) for line in found.splitlines() if "RunMaker" in line]
        if what == "worker" and makers:
            os.kill(makers[0], signal.SIGKILL)
            return True
        if what == "node":
            os.kill(raylet, signal.SIGKILL)
            cluster.remove_node(node, allow_graceful=False)
            return True
    return False


@contextmanager
def nodes(count: int) -> Iterator[Any]:
    """Start a cluster of so many nodes on this machine for the block."""
    from ray.cluster_utils import Cluster

    head = {**NODE, "_system_config": {"worker_niceness": 0}}  # by default they give way to all others
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        for _ in range(count - 1):
            cluster.add_node(**NODE)
        yield cluster
    finally:
        cluster.shutdown()


def predictions(out: Path) -> dict[str, str]:
    return {file.parent.name: file.read_text() for file in out.glob("runs/*/predictions.csv")}


def times(out: Path) -> dict[str, int]:
    """Return the name of each finished run -> when its predictions were written."""
    return {
        file.parent.name: (file.parent / "predictions.csv").stat().st_mtime_ns
        for file in out.glob("runs/*/quarantine.csv")
    }


if __name__ == "__main__":
    main()
