"""A feature pass on a Ray cluster of this machine: equal bits, memory as images grow, a killed node, and throughput.

    scripts/bench ray_features [--images 20000] [--few 5000] [--nodes 3] [--backbone seedling]

Images are drawn by the benchmark (JPEG, 64 pixels). Every pass runs in a process of its own, with the engine
``torch-float32`` in one thread: in that process alone, and on a cluster with one CPU per node. In the pass over all
images on the cluster, one node is killed when half of them are computed. Rows are compared by a hash of all of them.
Printed are the peak memory of the process, the largest memory of an actor, and images per second: of the whole pass,
and from the first rows on (without starting actors).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}  # Ray would give way to all else
SIDE = 64
STORE_BYTES = 256 * 2**20


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench ray_features", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--few", type=int, default=5_000)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--address", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder is not None:
        _one_pass(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        _draw(Path(folder) / "images", arguments.images)
        serial = _passed(arguments, folder, arguments.images)
        print(f"one process, {arguments.images:,} images: {_described(serial)}", flush=True)
        few = _on_nodes(arguments, folder, arguments.few, kill=False)
        print(f"{arguments.nodes} nodes, {arguments.few:,} images: {_described(few)}", flush=True)
        many = _on_nodes(arguments, folder, arguments.images, kill=True)
        print(f"{arguments.nodes} nodes, {arguments.images:,} images, one node killed: {_described(many)}")
    print(f"rows equal bit for bit: {'yes' if many['hash'] == serial['hash'] else 'NO'}")
    growth = many["process_mib"] - few["process_mib"], many["actor_mib"] - few["actor_mib"]
    print(f"memory from {arguments.few:,} to {arguments.images:,} images: process {growth[0]:+.0f} MiB, ", end="")
    print(f"actor {growth[1]:+.0f} MiB")
    print(f"throughput of the nodes from the first rows on: {few['rate'] / serial['rate']:.2f} of one process's")


def _described(found: Mapping[str, Any]) -> str:
    text = f"{found['seconds']:.0f} s, {found['whole_rate']:.0f} images/s, {found['rate']:.0f} from the first rows on, "
    text += f"peak memory of the process {found['process_mib']:.0f} MiB"
    return text + (f", of an actor {found['actor_mib']:.0f} MiB" if found.get("actor_mib") else "")


def _draw(folder: Path, count: int) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        coarse = rng.integers(0, 255, (8, 8, 3)).astype(np.uint8)
        Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(folder / f"{number:06d}.jpg")


def _on_nodes(arguments: argparse.Namespace, folder: str, count: int, *, kill: bool) -> dict[str, Any]:
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        others = [cluster.add_node(**node) for _ in range(arguments.nodes - 1)]
        return _passed(arguments, folder, count, cluster, others[-1] if kill else None)
    finally:
        cluster.shutdown()


def _passed(
    arguments: argparse.Namespace, folder: str, count: int, cluster: Any = None, to_kill: Any = None
) -> dict[str, Any]:
    """Run one pass in a process of its own and return what it measured; kill a node when half of it is done."""
    command = [sys.executable, __file__, "--folder", folder, "--images", str(count), "--backbone", arguments.backbone]
    command += ["--address", cluster.address] if cluster is not None else []
    actor = 0.0
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert process.stdout is not None
    for line in process.stdout:
        if not line.startswith("{"):  # Ray reports the lost node here
            continue
        found: dict[str, Any] = json.loads(line)
        if cluster is not None and "hash" not in found:
            actor = max(actor, _largest_actor(cluster))
        if to_kill is not None and found.get("done", 0) >= count / 2:
            cluster.remove_node(to_kill, allow_graceful=False)
            to_kill = None
    if process.wait():
        raise SystemExit(f"the pass failed: {' '.join(command)}")
    return {**found, "actor_mib": actor}


def _largest_actor(cluster: Any) -> float:
    """Return the resident memory in MiB of the largest process that a node of ``cluster`` has started."""
    raylets = {process.process.pid for node in cluster.list_all_nodes() for process in node.all_processes["raylet"]}
    sizes = [0.0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except (OSError, ValueError):
            continue
        if int(facts.get("PPid", 0)) in raylets and "VmRSS" in facts:
            sizes.append(int(facts["VmRSS"].split()[0]) / 1024)
    return max(sizes)


def _one_pass(arguments: argparse.Namespace) -> None:
    """Compute the features of the first images and print what was measured as lines of JSON."""
    import torch

    from ghep.backbone.catalog import load_backbone
    from ghep.cluster.connect import connected
    from ghep.data.loading.batches import LabelledExamples
    from ghep.data.loading.views import PLAIN
    from ghep.features.frozen import Engines, FrozenPart
    from ghep.features.store import ActivationStore
    from ghep.types import Example

    torch.set_num_threads(1)
    backbone = load_backbone(arguments.backbone)
    files = sorted((arguments.folder / "images").iterdir())[: arguments.images]
    examples = tuple(Example(file.name, file) for file in files)
    data = LabelledExamples(examples, {}, lambda one: backbone.preprocess.decode(one.raw), backbone.preprocess)
    times: list[tuple[float, int]] = []

    def progress(_: str, done: int, total: int) -> None:
        times.append((time.perf_counter(), done))
        if done == total or done // 512 > (times[-2][1] if len(times) > 1 else 0) // 512:
            print(json.dumps({"done": done}), flush=True)

    with (
        tempfile.TemporaryDirectory() as store,
        connected(arguments.address) if arguments.address else nullcontext() as cluster,
    ):
        part = FrozenPart(
            backbone,
            store=ActivationStore(Path(store), limit_bytes=2**33),
            engines=Engines("torch-float32", fixed=True),
            progress=progress,
            cluster=cluster,
        )
        began, last = time.perf_counter(), len(backbone.blocks())
        found = part.activations(data, [last], exact=True)[last]
        seconds = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before all rows are read for the hash
        digest = hashlib.sha256()
        for key in found.digests:
            digest.update(np.ascontiguousarray(found.rows[PLAIN, key]))
    (first, at), (end, total) = times[0], times[-1]
    print(
        json.dumps(
            {
                "hash": digest.hexdigest(),
                "seconds": seconds,
                "whole_rate": total / seconds,
                "rate": (total - at) / max(1e-9, end - first),
                "process_mib": memory,
            }
        )
    )


if __name__ == "__main__":
    main()
