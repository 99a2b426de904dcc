"""Join a Ray cluster, or start one on this machine. In: an address. Out: a ``Cluster`` whose nodes can do ghep's work.

Ray is imported in functions only: without ``--ray`` it is never loaded. Every node has to run the same ghep and torch,
and the Python and Ray of this process, because results have to be those of one machine; ``connected`` checks this on
each node before any work is given to it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import isnan, nan
from pathlib import Path
from typing import Any, TypeVar

from ghep._version import __version__
from ghep.cpus import cores
from ghep.errors import ConfigError
from ghep.messages import VARIABLE, language_now
from ghep.setting import is_text, setting

AUTO = "auto"
LOCAL = "local"
"""Ray's address for a cluster that it starts in this process."""
CONNECT_SECONDS = 5.0
"""How long an address may take to accept a connection."""
NODE_SECONDS = 300.0
"""How long a node may take to answer the first question; it starts a Python process for it."""
WATCH_SECONDS = 1.0
PASSED_ON = ("GHEP_CACHE", "HF_HUB_OFFLINE")
"""Environment variables that processes on the nodes get from this process; none that holds a secret."""
DECIDING = ("torch", "numpy", "scipy", "scikit-learn", "timm", "transformers", "tokenizers", "openvino")
"""Packages whose version changes results."""
SOURCES = Path(__file__).resolve().parents[1]
R = TypeVar("R")


def ray_setting(*verbs: str) -> Any:
    """Return the declaration of the setting ``ray`` (``--ray auto|ADDRESS``) for the commands ``verbs``.

    Results do not depend on it, so it is part of no key.
    """
    return setting(None, is_address, metavar="auto|ADDRESS", verbs=verbs)


def is_address(value: Any) -> bool:
    """Whether ``value`` is ``auto`` or ``HOST:PORT``.

    ``ray://`` is not accepted: Ray's client can neither stream Ray Data nor request that an actor stops.
    """
    return is_text(value) and (value == AUTO or _host_and_port(value) is not None)


@dataclass(frozen=True)
class Node:
    """One machine of the cluster, as it registered with Ray."""

    id: str
    host: str
    cpus: int
    gpus: int
    memory_bytes: int
    """Memory that Ray may promise to work on this node."""

    def __str__(self) -> str:
        return f"{self.host} ({self.id[:8]})"


@dataclass(frozen=True)
class Cluster:
    """The Ray cluster that this process is connected to."""

    address: str
    started: bool
    """Whether this process started it; then it ends with the connection."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes that are alive now, in a fixed order."""
        import ray

        found = []
        for one in ray.nodes():
            has = one["Resources"]
            if one["Alive"]:
                sizes = (int(has.get(name, 0)) for name in ("CPU", "GPU", "memory"))
                found.append(Node(one["NodeID"], one["NodeManagerHostname"], *sizes))
        return tuple(sorted(found, key=lambda node: (node.host, node.id)))

    def is_alive(self, node: Node) -> bool:
        """Whether ``node`` is still part of the cluster."""
        return node.id in {one.id for one in self.nodes}

    def on(self, node: Node, **variables: str) -> dict[str, Any]:
        """Return the Ray options by which a task or an actor runs on ``node`` and imports this ghep.

        ``variables`` are further environment variables of its process.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        strategy = NodeAffinitySchedulingStrategy(node.id, soft=False)
        return {"scheduling_strategy": strategy, "runtime_env": environment(**variables)}

    def check(self, nodes: Sequence[Node] | None = None) -> None:
        """Raise ConfigError if one of ``nodes`` (None: all) has another version of what results depend on."""
        require_alike(self.each(_versions_probe(), nodes=nodes))

    def each(self, function: Callable[..., R], *arguments: Any, nodes: Sequence[Node] | None = None) -> dict[Node, R]:
        """Call ``function(*arguments)`` once on each of ``nodes`` (None: all), at the same time; return node -> result.

        Nodes that are lost meanwhile are left out. Raises ConfigError if a node does not answer.
        """
        import ray

        task = ray.remote(max_retries=0, num_cpus=0)(function)
        nodes = self.nodes if nodes is None else nodes
        asked = {node: task.options(**self.on(node)).remote(*arguments) for node in nodes}
        ray.wait(list(asked.values()), num_returns=len(asked), timeout=NODE_SECONDS)
        found = {}
        for node, answer in asked.items():
            try:
                found[node] = ray.get(answer, timeout=0)
            except ray.exceptions.GetTimeoutError:
                raise ConfigError("cluster-node-silent", node=node, seconds=NODE_SECONDS) from None
            except (ray.exceptions.RaySystemError, ray.exceptions.TaskUnschedulableError):
                if self.is_alive(node):
                    raise
            except ray.exceptions.RayError as error:
                if self.is_alive(node):
                    raise ConfigError("cluster-node-failed", node=node, cause=first_line(error)) from error
        return found

    def sees(self, folder: Path, nodes: Sequence[Node] | None = None) -> bool:
        """Whether each of ``nodes`` (None: all) has ``folder``, with the files that this process writes into it."""
        token = folder / f".ghep-seen-{secrets.token_hex(8)}"
        token.touch()
        try:
            return not any(self.missing([token], nodes).values())
        finally:
            token.unlink(missing_ok=True)

    def missing(self, paths: Iterable[Path], nodes: Sequence[Node] | None = None) -> dict[Node, list[str]]:
        """Return node -> those of ``paths`` that it does not have."""
        return self.each(_missing, [str(path.absolute()) for path in paths], nodes=nodes)

    def seconds_to_read(self, folder: Path, *, size: int) -> float:
        """Return the seconds in which the slowest node reads ``size`` bytes that this process wrote into ``folder``.

        Returns NaN if a node does not see the folder, or if this process cannot write there.
        """
        probe = folder / f".ghep-probe-{secrets.token_hex(8)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(secrets.token_bytes(size))
            found = list(self.each(_seconds_to_read, str(probe.absolute())).values())
        except OSError:
            return nan
        finally:
            with suppress(OSError):
                probe.unlink()
        return nan if any(map(isnan, found)) else max(found, default=nan)


def environment(**variables: str) -> dict[str, Any]:
    """Return the ``runtime_env`` of tasks and actors: they speak the language of this process.

    They import the ghep of this process if its path is shared.
    """
    path = os.pathsep.join(filter(None, [str(SOURCES.parent), os.environ.get("PYTHONPATH")]))
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {"env_vars": {"PYTHONPATH": path, VARIABLE: language_now(), **passed, **variables}}


def end_with_node() -> None:
    """Let this process, a worker on a node, end with its node: its work will be given to another one.

    Ray's workers outlive the Ray of their node as long as they are busy, and could write what another one writes.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Connect to the cluster at ``address`` for the block, and yield it.

    ``auto`` joins the cluster in ``RAY_ADDRESS`` or the one that ``ray start`` runs on this machine, and without
    either starts one whose only node is this machine; Ray listens on all of its network interfaces and accepts only
    those who have its token. Other addresses are ``HOST:PORT``; this machine has to be a node of that cluster. If the
    process is connected to a cluster already, that one is used and stays connected.

    Raises ConfigError if Ray is not installed, if the cluster cannot be joined, or if a node has another version of
    what results depend on.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reads it when it is imported
    try:
        import ray
    except ImportError as error:
        raise ConfigError("ray-not-installed") from error
    own = not ray.is_initialized()
    try:
        started = own and _join(ray, address)
        cluster = Cluster(str(ray.get_runtime_context().gcs_address), started)
        cluster.check()
        yield cluster
    finally:
        if own:
            ray.shutdown()


def on_cluster(address: str | None) -> AbstractContextManager[Cluster | None]:
    """Return ``connected(address)``, or without an address a context manager that does nothing and yields None."""
    return nullcontext() if address is None else connected(address)


def _join(ray: Any, address: str) -> bool:
    """Connect to the cluster at ``address``; return whether it was started here."""
    of_start: dict[str, Any] = {}
    here = _cluster_of_this_machine()
    if address == AUTO:
        address = os.environ.get("RAY_ADDRESS") or AUTO  # as for Ray, it may also be auto, or local for a new cluster
    if address == AUTO:
        address = here if here is not None and _accepts(here) else LOCAL
    if address == LOCAL:
        # A cluster runs any code that it is sent: on one that it starts so, Ray requires its token (RAY_AUTH_MODE).
        of_start = {"num_cpus": cores(), "include_dashboard": False}
        # With the priority of this process; Ray's workers would give way to all other processes of the machine.
        of_start["_system_config"] = {"worker_niceness": 0}
    elif not _accepts(address):
        raise ConfigError("ray-no-answer", address=address, seconds=CONNECT_SECONDS)
    elif address == here:  # not to another machine, which could keep it
        _show_token(address)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with quiet("ray"):
            ray.init(address, **of_start, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, ImportError, OSError) as error:
        raise ConfigError("ray-join-failed", address=address, cause=first_line(error)) from error
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():  # Ray's would end the process without saving anything
                signal.signal(number, handler)
    return address == LOCAL


def _cluster_of_this_machine() -> str | None:
    """Return the address of the cluster that ``ray start`` has made this machine a node of; None: it has not.

    Ray has it from a file, which may be left from an earlier cluster.
    """
    from ray._private.utils import read_ray_address

    found: str | None = read_ray_address()
    return found


def _show_token(address: str) -> None:
    """Show this user's token to the cluster if it requires one, unless RAY_AUTH_MODE says otherwise.

    ``ray start`` requires the token as soon as the user has one, which an earlier cluster has written, but ``ray.init``
    shows it only if it is told no address. A process that shows it requires it of others, too, so the nodes of a
    cluster without a token could not answer it.
    """
    if "RAY_AUTH_MODE" in os.environ:
        return
    from ray._private.authentication.authentication_token_setup import maybe_enable_token_auth_if_token_available
    from ray._raylet import GcsClient  # type: ignore[attr-defined]
    from ray.exceptions import AuthenticationError

    try:
        with _silent():
            GcsClient(address=address)
    except AuthenticationError:
        with quiet("ray"):
            maybe_enable_token_auth_if_token_available(warn_if_disabled=False)
    except Exception:
        return  # the connection itself reports what is wrong


@contextmanager
def _silent() -> Iterator[None]:
    """Discard what native code writes to stderr during the block."""
    before = os.dup(2)
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def _accepts(address: str) -> bool:
    """Whether a process accepts connections at ``address``."""
    where = _host_and_port(address)
    if where is None:
        return False
    with suppress(OSError), socket.create_connection(where, timeout=CONNECT_SECONDS):
        return True
    return False


def _host_and_port(address: str) -> tuple[str, int] | None:
    """Return host and port of ``HOST:PORT``; None if ``address`` has another form."""
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 2**16) or "/" in host or " " in host:
        return None
    return host.strip("[]"), int(port)


@contextmanager
def quiet(name: str) -> Iterator[None]:
    """Silence what Ray's logger ``name`` reports, except errors, for the block."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def require_alike(found: Mapping[Any, Mapping[str, str]], expected: Mapping[str, str] | None = None) -> None:
    """Raise ConfigError if a node has other versions than ``expected``, by default those of this process."""
    here = versions() if expected is None else expected
    for node, there in found.items():
        if not there:
            raise ConfigError("cluster-node-without-ghep", node=node, version=__version__, path=SOURCES.parent)
        for name, one in here.items():
            if there[name] != one:
                raise ConfigError("cluster-node-differs", node=node, name=name, found=there[name], expected=one)


def versions() -> dict[str, str]:
    """Return name -> version of what results depend on; ghep's is followed by a hash of its source files."""
    own = {"python": ".".join(platform.python_version_tuple()[:2]), "ghep": f"{__version__} {_source_hash()}"}
    return {**own, **{name: _version(name) for name in DECIDING}}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"


@cache
def _source_hash() -> str:
    digest = hashlib.sha256()
    for file in sorted(SOURCES.rglob("*.py")):
        digest.update(file.relative_to(SOURCES).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _versions_probe() -> Callable[[], dict[str, str]]:
    """Return a function that Ray sends as code, so that it also runs where ghep is not installed."""

    def probe() -> dict[str, str]:
        try:
            from ghep.cluster.connect import versions
        except ImportError:
            return {}
        return versions()

    return probe


def _missing(paths: list[str]) -> list[str]:
    return [path for path in paths if not Path(path).exists()]


def _seconds_to_read(path: str) -> float:
    began = time.perf_counter()
    try:
        Path(path).read_bytes()
    except OSError:
        return nan
    return time.perf_counter() - began


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text that is not empty; the name of its type if it has no text."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
