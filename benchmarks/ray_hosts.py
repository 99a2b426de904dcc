"""Does recipes/cluster/ray-node make a cluster of several hosts, with the predictions of one, also if one is cut off?

    scripts/bench ray_hosts DATA [--hosts 3] [--seeds 2] [--strategies A,B] [--backbone NAME] [--more "..."]

Needs Linux, root and ``ip``. Hosts are network namespaces on one bridge: each has its own address, its own loopback, a
folder for Ray's files, and one CPU of this machine. With ``nft`` (nftables) each lets others in at the ports that
recipes/cluster/README.md names, and at no other. The comparison is made in one process; then on the cluster, by
``ghep compare --ray auto`` on the first host; then once more, and the cable of the last host is unplugged when two
runs are finished. Prints for each the seconds, the runs, and how many predictions files equal those of one process byte
for byte. Exits with 1 unless all are.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ray_comparison import predictions, times

RECIPE = Path(__file__).parents[1] / "recipes" / "cluster"
BRIDGE, NETWORK = "ghep-bench", "10.213.77"
RULES = """
table inet ghep {{
  chain input {{
    type filter hook input priority 0; policy drop;
    iif lo accept
    ct state established,related accept
    icmp type echo-request accept
    tcp dport {{ {ports} }} accept
  }}
}}
"""


@dataclass(frozen=True)
class Host:
    """A network namespace with a mount namespace, which live as long as ``process``."""

    number: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"{NETWORK}.{self.number + 1}"

    @property
    def inside(self) -> list[str]:
        """The start of a command line that runs in the host."""
        return ["nsenter", f"--target={self.process.pid}", "--net", "--mount"]

    @property
    def cable(self) -> str:
        """The end of its cable at the bridge."""
        return f"{BRIDGE}-{self.number}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--strategies", default="linear_probe,light,full,progressive,lp_ft,lora,scratch")
    parser.add_argument("--backbone", default="")
    parser.add_argument("--more", default="", help="further arguments of ghep compare")
    given = parser.parse_args()
    if os.geteuid() or not all(map(shutil.which, ("ip", "nsenter", "unshare"))):
        raise SystemExit("needs root, ip (iproute2), nsenter and unshare (util-linux)")
    command = [sys.executable, "-m", "ghep", "compare", str(given.data.resolve()), "--strategies", given.strategies]
    command += ["--seeds", str(given.seeds), "--threads", "1", "--deterministic", *given.more.split()]
    backbone = Path(given.backbone)  # hosts have other working folders
    command += ["--backbones", str(backbone.resolve()) if backbone.is_file() else given.backbone] * bool(given.backbone)
    with tempfile.TemporaryDirectory(prefix="ghep-hosts-") as root:
        folder = Path(root)
        print(f"firewall: {'ports of the README only' if shutil.which('nft') else 'none, nft is missing'}")
        print(f"{'':26}seconds  runs  equal", flush=True)
        expected = compared("one process", [*command, "--jobs", "1"], folder / "one", {})
        wrong = False
        for name, cut in ((f"{given.hosts} hosts", False), (f"{given.hosts} hosts, one cut off", True)):
            with cluster(given.hosts, folder) as hosts:
                on_first = [*hosts[0].inside, *command, "--ray", "auto"]
                out = folder / ("cut" if cut else "all")
                wrong |= compared(name, on_first, out, expected, hosts[-1] if cut else None) != expected
    raise SystemExit(int(wrong))


def compared(
    name: str, command: list[str], out: Path, expected: dict[str, str], cut: Host | None = None
) -> dict[str, str]:
    """Make the comparison, unplug the host ``cut`` after two runs, print a line and return the predictions."""
    environment = {**os.environ, "GHEP_CACHE": f"{out}-store", "OMP_NUM_THREADS": "1", "RAY_USAGE_STATS_ENABLED": "0"}
    began, log = time.perf_counter(), out.with_suffix(".log")
    with log.open("w") as opened:
        child = subprocess.Popen([*command, "--out", str(out)], env=environment, stdout=opened, stderr=opened)
        while child.poll() is None:
            time.sleep(0.2)
            if cut is not None and len(times(out)) >= 2:
                run("ip", "link", "set", cut.cable, "down")
                cut = None
    if child.returncode not in (0, 1) or cut is not None:  # 1: it has a finding
        raise SystemExit(f"{name}: ghep compare ended with {child.returncode}\n{log.read_text()[-3000:]}")
    found = predictions(out)
    equal = f"{sum(found.get(one) == text for one, text in expected.items()):7}" if expected else ""
    print(f"{name:24}{time.perf_counter() - began:9.0f}{len(found):6}{equal}", flush=True)
    return found


@contextmanager
def cluster(count: int, folder: Path) -> Iterator[list[Host]]:
    """Start ``count`` hosts, and on each a node of one cluster by the recipe's script."""
    with network(count, folder) as hosts:
        environment = {**os.environ, "RAY_OVERRIDE_RESOURCES": '{"CPU": 1}', "RAY_worker_niceness": "0"}
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        nodes: list[subprocess.Popen[bytes]] = []
        try:
            for host in hosts:
                log = (folder / f"node-{host.number}.log").open("wb")
                join = ("join", hosts[0].address) if nodes else ("head",)
                started = [*host.inside, str(RECIPE / "ray-node"), *join, host.address]
                nodes.append(subprocess.Popen(started, env=environment, stdout=log, stderr=log, start_new_session=True))
                until_joined(host, folder)
            yield hosts
        finally:
            for node in nodes:
                with suppress(ProcessLookupError):
                    os.killpg(node.pid, signal.SIGTERM)
            for node in nodes:
                node.wait(60)


def until_joined(host: Host, folder: Path, seconds: float = 120) -> None:
    """Wait until Ray's own log says that the node of ``host`` runs."""
    began, log = time.perf_counter(), folder / f"node-{host.number}.log"
    while "Ray runtime started" not in log.read_text():
        if time.perf_counter() - began > seconds:
            raise SystemExit(log.read_text())
        time.sleep(0.5)


@contextmanager
def network(count: int, folder: Path) -> Iterator[list[Host]]:
    """Make ``count`` hosts on a bridge."""
    table = (RECIPE / "README.md").read_text(encoding="utf-8").split("| port |")[1].split("\n\n")[0]
    ports = re.sub(r"(\d+) to (\d+)", r"\1-\2", table)
    hosts = []
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    try:
        run("ip", "link", "set", BRIDGE, "up")
        for number in range(count):
            host = Host(number, subprocess.Popen(["unshare", "--net", "--mount", "sleep", "infinity"]))
            hosts.append(host)
            time.sleep(0.5)  # until it has left this machine's namespaces
            own = Path(tempfile.mkdtemp(dir=folder))
            Path("/tmp/ray").mkdir(exist_ok=True)
            run(*host.inside, "mount", "--bind", str(own), "/tmp/ray")
            run("ip", "link", "add", host.cable, "type", "veth", "peer", "name", "eth0", "netns", str(host.process.pid))
            run("ip", "link", "set", host.cable, "master", BRIDGE, "up")
            run(*host.inside, "ip", "address", "add", f"{host.address}/24", "dev", "eth0")
            for link in ("lo", "eth0"):
                run(*host.inside, "ip", "link", "set", link, "up")
            if shutil.which("nft"):
                rules = RULES.format(ports=", ".join(re.findall(r"\d{4,5}(?:-\d{5})?", ports)))
                subprocess.run([*host.inside, "nft", "-f", "-"], input=rules, text=True, check=True)
        yield hosts
    finally:
        for host in hosts:
            host.process.kill()
            host.process.wait()
        run("ip", "link", "delete", BRIDGE)


def run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
