"""The settings of ``ghep serve``: where it listens, who may use it, and the limits of a request and of all together."""

from __future__ import annotations

from dataclasses import dataclass

from ghep.setting import COMMON, are_names, is_bool, is_text, setting, whole, within

VERB = ("serve",)
MIB = 2**20
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """Checked by ``serve``; every limit has a default that a machine with 2 GB of memory can keep."""

    host: str = setting("127.0.0.1", is_text, panel=COMMON, verbs=VERB)
    port: int = setting(8000, whole(0, 65535), panel=COMMON, flags=("--port", "-p"), verbs=VERB)
    """0 means any free port."""
    name: str | None = setting(None, is_text, panel=COMMON, verbs=VERB)
    """Name of the model in answers and addresses; None: the name of its folder."""
    token: str | None = setting(None, is_text, panel=COMMON, verbs=VERB)
    no_token: bool = setting(False, is_bool, panel=COMMON, flags=("--no-token",), verbs=VERB)
    allow_host: list[str] | None = setting(None, are_names, several=True, panel=COMMON, verbs=VERB)
    """Names in the ``Host`` header that are accepted besides addresses, ``localhost`` and ``host``."""
    drain_delay: float = setting(1.0, within(0, 600), unit="seconds", panel=COMMON, verbs=VERB)
    """Seconds in which a server that was asked to stop reports that it is not ready and still answers."""
    log_requests: bool = setting(True, is_bool, panel=COMMON, flags=("--log-requests/--no-log-requests",), verbs=VERB)
    abstain: float | None = setting(None, within(0, 1, without=(0, 1)), panel=COMMON, verbs=VERB)
    """Rate at which answers are withheld (``Predictor.predict``); None: none are."""
    engine: str = setting("auto", choices=("auto", "torch-float32", "openvino-float32"), verbs=VERB)
    threads: int | None = setting(None, whole(1, 1024), verbs=VERB)
    """None: the cores that this process may use (``cpus.cores``)."""
    queue: int = setting(64, whole(1, 100_000), verbs=VERB)
    """Inputs that may wait or be computed at the same time."""
    batch: int = setting(8, whole(1, 1024), verbs=VERB)
    """Most inputs in one forward pass."""
    max_body: int = setting(20 * MIB, whole(1), unit="bytes", verbs=VERB)
    files: int = setting(16, whole(1, 100_000), verbs=VERB)
    """Most inputs of a request."""
    max_characters: int = setting(100_000, whole(1), verbs=VERB)
    """Most characters of a text."""
    max_pixels: int = setting(64_000_000, whole(1), verbs=VERB)
    """Pixels that are decoded at the same time, of all requests together."""
    connections: int = setting(512, whole(1, 100_000), verbs=VERB)
    header_timeout: float = setting(10.0, within(0.01, 3600), unit="seconds", verbs=VERB)
    """Seconds until the header of a request must be complete."""
    request_timeout: float = setting(60.0, within(0.01, 3600), unit="seconds", verbs=VERB)
    """Seconds until a request must be received and answered."""
