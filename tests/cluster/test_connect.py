"""Joining a Ray cluster: errors that say what to do, and nodes that can make what one machine makes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import ghep.cluster.connect as connect
from ghep.cluster.connect import Node, connected, is_address, require_alike, versions
from ghep.errors import ConfigError
from ray_nodes import ray_nodes

HERE = Node("0123456789abcdef", "second", 2, 0, 2**30)


def test_an_address_is_auto_or_host_and_port() -> None:
    good = ["auto", "10.0.0.1:6379", "head:6379", "[::1]:6379"]
    bad = ["", "head", "head:", ":6379", "head:99999", "http://head:80", "ray://head:10001", "head port:1", None, 6379]
    assert all(map(is_address, good)) and not any(map(is_address, bad))


class Started:
    """In place of Ray: keeps what a cluster is joined or started with."""

    def init(self, address: str, **given: Any) -> None:
        self.address, self.given = address, given


@pytest.mark.parametrize("named", [None, "auto", "local"])
def test_without_a_running_cluster_one_is_started(named: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ray._private.utils.read_ray_address", lambda: None)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    if named is not None:
        monkeypatch.setenv("RAY_ADDRESS", named)
    ray = Started()
    assert connect._join(ray, "auto") and ray.address == "local"
    assert not ray.given["include_dashboard"]
    assert ray.given["_system_config"] == {"worker_niceness": 0}  # it does not give way to other work


def test_a_running_cluster_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr("ray._private.utils.read_ray_address", lambda: address)
        shown: list[str] = []
        monkeypatch.setattr(connect, "_show_token", shown.append)
        ray = Started()
        for given in ("auto", address):
            assert not connect._join(ray, given) and ray.address == address and "num_cpus" not in ray.given
        assert len(shown) == 2
        monkeypatch.setenv("RAY_ADDRESS", address)
        monkeypatch.setattr("ray._private.utils.read_ray_address", lambda: "127.0.0.1:1")
        assert not connect._join(ray, "auto") and ray.address == address
        assert len(shown) == 2, "another machine could keep it"


def test_without_ray_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r'pip install "ghep\[cluster\]"'), connected("auto"):
        pass


@pytest.mark.slow
def test_ray_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, ghep.cluster.connect, ghep.comparison.compare; print('ray' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_an_address_where_nothing_listens_is_an_error_within_seconds() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    began = time.monotonic()
    with pytest.raises(ConfigError, match="no Ray cluster answers at"), connected(address):
        pass
    assert time.monotonic() - began < connect.CONNECT_SECONDS + 5


def test_a_node_with_another_version_is_refused_by_name() -> None:
    require_alike({HERE: versions()})
    with pytest.raises(ConfigError, match=r"torch on the node second \(01234567\) .* is 1\.0") as raised:
        require_alike({HERE: {**versions(), "torch": "1.0"}})
    assert "same version" in raised.value.remedy
    with pytest.raises(ConfigError, match="ghep is not installed on the node second"):
        require_alike({HERE: {}})


def test_the_version_of_ghep_changes_with_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = versions()
    connect._source_hash.cache_clear()
    monkeypatch.setattr(connect, "SOURCES", tmp_path)
    (tmp_path / "other.py").write_text("")
    assert {name for name, one in versions().items() if one != before[name]} == {"ghep"}
    connect._source_hash.cache_clear()


def test_secrets_do_not_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHEP_TOKEN", "secret")
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("GHEP_CACHE", "/cache")
    passed = connect.environment(OMP_NUM_THREADS="2")["env_vars"]
    assert passed["GHEP_CACHE"] == "/cache" and passed["OMP_NUM_THREADS"] == "2" and "secret" not in str(passed)


def test_nodes_speak_the_language_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "language_now", lambda: "vi")
    assert connect.environment()["env_vars"]["GHEP_LANG"] == "vi"


ORPHAN = """
import os, time
from ghep.cluster.connect import end_with_node
if os.fork() == 0:
    end_with_node()
    print("begun", flush=True)
    time.sleep(30)
    print("outlived", flush=True)
else:
    time.sleep(1)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
def test_a_worker_ends_with_its_node() -> None:
    """Or what is made again elsewhere has two writers."""
    found = subprocess.run([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)  # waits for both
    assert found.returncode == -signal.SIGKILL and found.stdout == "begun\n"


@contextmanager
def terminated_by(handler: Any) -> Iterator[Any]:
    before = signal.signal(signal.SIGTERM, handler)
    try:
        yield handler
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
def test_two_nodes_are_joined_asked_and_left(tmp_path: Path) -> None:
    with ray_nodes(2) as two, terminated_by(signal.default_int_handler) as handler, connected(two.address) as cluster:
        import ray
        from ray._common.usage import usage_lib

        assert signal.getsignal(signal.SIGTERM) is handler  # Ray sets one that ends the process
        assert not usage_lib.usage_stats_enabled()
        assert not cluster.started and len(cluster.nodes) == 2 and {node.cpus for node in cluster.nodes} == {1}
        assert cluster.each(lambda: 1).keys() == set(cluster.nodes)
        assert len(set(cluster.each(lambda: os.getpid()).values())) == 2
        assert cluster.sees(tmp_path) and list(tmp_path.iterdir()) == []
        with connected(two.address) as again:  # a connection that is there is used, and stays
            assert again == cluster
        assert ray.is_initialized()
        lost = next(iter(two.worker_nodes))
        two.remove_node(lost, allow_graceful=False)
        deadline = time.monotonic() + 60
        while len(cluster.nodes) > 1 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert len(cluster.each(lambda: os.getpid())) == 1
    assert not ray.is_initialized()


@pytest.mark.slow
@pytest.mark.parametrize("mode", [None, "disabled"])
def test_a_cluster_is_joined_with_a_token_and_without(mode: str | None, tmp_path: Path) -> None:
    """``ray start`` requires the token of its user as soon as there is one, and ``--ray auto`` once left one behind."""
    (tmp_path / "token").write_text("0123456789abcdef" * 4)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment |= {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "token")}
    of_head = {"RAY_AUTH_MODE": mode} if mode else {}
    command = [Path(sys.executable).parent / "ray", "start", "--head", "--block", "--port=0", "--num-cpus=1"]
    command += ["--include-dashboard=false", "--disable-usage-stats"]
    code = (
        "import os\nfrom ghep.cluster.connect import connected\nwith connected('auto') as cluster: "
        "print(cluster.started, len(cluster.each(lambda: os.getpid())))"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # Ray's sockets need a short path
        environment |= {"RAY_TMPDIR": short}
        with subprocess.Popen(command, env=environment | of_head, stdout=subprocess.PIPE, text=True) as head:
            assert head.stdout is not None and any("Ray runtime started" in line for line in head.stdout)
            found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
            head.terminate()
    assert found.stdout.strip() == "False 1" and not found.stderr, found.stderr


@pytest.mark.slow
def test_a_cluster_that_is_started_here_requires_a_token_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    psutil = pytest.importorskip("psutil")
    monkeypatch.setenv("RAY_ADDRESS", "local")
    before = set(psutil.Process().children(recursive=True))
    with terminated_by(signal.default_int_handler), connected("auto") as cluster:
        assert cluster.started and len(cluster.nodes) == 1
        assert set(cluster.each(lambda: os.nice(0)).values()) == {os.nice(0)}  # the priority of this process
        own = set(psutil.Process().children(recursive=True)) - before
        assert os.environ["RAY_AUTH_MODE"] == "token"  # its ports can be reached from other machines
    gone, alive = psutil.wait_procs(own, timeout=20)
    assert gone and not alive
