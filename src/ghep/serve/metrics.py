"""What a server counts, in Prometheus' text format. Labels are templates of routes, never paths that a client chose."""

from __future__ import annotations

import platform
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.process_collector import ProcessCollector

from ghep._version import __version__

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """The metrics of one server, in a registry of its own."""

    def __init__(self, *, model: str, version: str) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "http_requests", "Requests answered.", ("route", "method", "code"), registry=self.registry
        )
        self.seconds = Histogram(
            "http_request_duration_seconds",
            "Seconds from the header of a request to its answer.",
            ("route", "method"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.inference = Histogram(
            "ghep_inference_seconds", "Seconds that a batch took to compute.", buckets=SECONDS, registry=self.registry
        )
        self.batch = Histogram("ghep_batch_size", "Inputs in a batch.", buckets=SIZES, registry=self.registry)
        self.rejected = Counter("ghep_rejected", "Requests refused.", ("reason",), registry=self.registry)
        self.dropped = Counter(
            "ghep_dropped_inputs", "Inputs not computed because their client had left.", registry=self.registry
        )
        self.abstained = Counter("ghep_abstained", "Answers withheld.", ("task", "reason"), registry=self.registry)
        self.measured = Counter("ghep_familiarity_inputs", "Inputs in complete windows of 200.", registry=self.registry)
        self.unusual = Counter("ghep_unusual_inputs", "Those whose p-value is at most 0.05.", registry=self.registry)
        self.drifted = Gauge(
            "ghep_inputs_drifted",
            "1 if the last window has too many unusual inputs for chance.",
            registry=self.registry,
        )
        self._queue = Gauge("ghep_queue_depth", "Inputs that wait or are computed.", registry=self.registry)
        self._connections = Gauge("ghep_connections", "Open connections.", registry=self.registry)
        self._ready = Gauge("ghep_ready", "1 if the server takes requests.", registry=self.registry)
        Info("ghep_build", "Versions.", registry=self.registry).info(
            {"version": __version__, "model": model, "model_version": version, "python": platform.python_version()}
        )

    def measure(
        self, *, queue: Callable[[], float], connections: Callable[[], float], ready: Callable[[], float]
    ) -> None:
        """Read the gauges from these functions whenever metrics are asked for."""
        self._queue.set_function(queue)
        self._connections.set_function(connections)
        self._ready.set_function(ready)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
