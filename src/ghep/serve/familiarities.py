"""How familiar the inputs of a server are: what it counts of them, and whether they drift away from the training data.

Each ``WINDOW`` inputs are tested as one batch, and every input is in one window only: of windows of inputs like the
validation examples, at most 1 in 1,000 is called drifted, however long the server runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from ghep.export.base_predictor import BasePredictor
from ghep.export.prediction import Prediction
from ghep.serve.logs import LOGGER
from ghep.serve.metrics import Metrics

WINDOW = 200


class Familiarities:
    """Counts the answers of one server; ``count`` is called by the thread that computes."""

    def __init__(self, predictor: BasePredictor, metrics: Metrics) -> None:
        self.predictor, self.metrics = predictor, metrics
        self._window: list[float] = []

    def count(self, rows: Sequence[Prediction]) -> None:
        """Count the predictions of a batch, for each input one per task."""
        for one in rows:
            if one.abstained:
                self.metrics.abstained.labels(one.task, one.abstained).inc()
        first = self.predictor.tasks[0]
        self._window += [one.familiarity for one in rows if one.task == first and one.familiarity is not None]
        while len(self._window) >= WINDOW:
            self._test(self._window[:WINDOW])
            del self._window[:WINDOW]

    def _test(self, values: Sequence[float]) -> None:
        found = self.predictor.drift(values)
        if found is None:
            return
        self.metrics.measured.inc(found.n)
        self.metrics.unusual.inc(found.unusual)
        self.metrics.drifted.set(found.seen)
        for finding in found.findings:
            LOGGER.warning(finding.code, extra={"fields": found.to_json()})
