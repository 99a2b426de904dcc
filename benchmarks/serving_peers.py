"""``ghep serve`` next to LitServe and plain FastAPI: the same exported model, the same photos, in turns.

    scripts/bench serving_peers EXPORT PHOTOS [--rounds 3] [--seconds 8] [--clients 1 16]

EXPORT is a folder that ``ghep export --to onnx`` wrote for images. All three servers load it with the same runtime, so
only the server differs. In each round each server is started, warmed up, and asked by wrk (if it is installed, else by
clients in this process) with one connection and with sixteen, each request a photo in base64 in JSON, which is what
LitServe takes. Prints answered photos per second, and each server's as a
share of ghep's in the same round. The clients use the same cores.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "peers")]

from install import environment  # noqa: E402

from serving import Served, answered, read  # noqa: E402

SERVERS = ("ghep", "fastapi", "litserve")
JSON = "application/json"


@contextmanager
def serving(name: str, export: Path) -> Iterator[tuple[str, int]]:
    """Start the server ``name``, and yield its address once it answers."""
    if name == "ghep":
        with Served(export, "--queue", "64") as server:
            yield server.address
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [environment("servers"), HERE / "peers" / f"{name}_server.py", export, str(port)]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen([str(one) for one in command], stdout=log, stderr=log, process_group=0)
        try:
            _wait_for(port, process, log)
            yield "127.0.0.1", port
        finally:
            subprocess.run(["pkill", "-TERM", "-g", str(process.pid)], check=False)
            process.wait()
            while subprocess.run(["pkill", "-KILL", "-g", str(process.pid)], check=False).returncode == 0:
                time.sleep(0.2)  # its workers would compute while the next server is measured


def _wait_for(port: int, process: subprocess.Popen[bytes], log: object) -> None:
    for _ in range(600):
        time.sleep(0.1)
        if process.poll() is not None:
            break
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
    log.seek(0)
    raise SystemExit(log.read())


def _same_answer(address: tuple[str, int], raw: bytes) -> str:
    request = urllib.request.Request(f"http://{address[0]}:{address[1]}/predict", raw, method="POST")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as reply:
        return re.search(r'"label": ?"([^"]*)"', reply.read().decode())[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16])
    given = parser.parse_args()
    raws = [json.dumps({"inputs": [base64.b64encode(one).decode()]}).encode() for one in read(given.photos)[:64]]
    print("clients:", "wrk" if shutil.which("wrk") else "this process", flush=True)
    rates: dict[tuple[str, int], list[float]] = {}
    labels = set()
    for number in range(given.rounds):
        for name in SERVERS[number % 3 :] + SERVERS[: number % 3]:
            with serving(name, given.export) as address:
                answered(address, raws, JSON, clients=4, seconds=2)
                labels.add(_same_answer(address, raws[0]))
                for clients in given.clients:
                    rate = answered(address, raws, JSON, clients=clients, seconds=given.seconds)
                    rates.setdefault((name, clients), []).append(rate)
                    print(f"round {number + 1}, {name:9} {clients:3} clients: {rate:.1f} per second", flush=True)
    if len(labels) != 1:
        raise SystemExit(f"the servers disagree: {labels}")
    print("\n| clients | server | per second, median (range) | share of ghep's in the same round |\n|---|---|---|---|")
    for clients in given.clients:
        own = rates["ghep", clients]
        for name in SERVERS:
            each = rates[name, clients]
            shares = [one / mine for one, mine in zip(each, own, strict=True)]
            told = f"{statistics.median(each):.1f} ({min(each):.1f} to {max(each):.1f})"
            print(
                f"| {clients} | {name} | {told} | "
                f"{statistics.median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f}, n {len(shares)}) |"
            )


if __name__ == "__main__":
    main()
