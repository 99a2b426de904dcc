from __future__ import annotations

from ghep.guards.calibration import calibration_findings
from ghep.metrics.calibration import Calibration


def test_only_a_bound_and_too_few_examples_are_reported() -> None:
    fitted = {"a": Calibration(0.004, 90), "b": Calibration(31.0, 90, at_bound=True), "c": Calibration(1.0, 12)}
    bound, few = calibration_findings(fitted)
    assert (bound.code, bound.severity, bound.items) == ("temperature-at-bound", "warning", ("b",))
    assert "90 validation examples" in bound.message
    assert (few.code, few.severity, few.items) == ("not-calibrated", "info", ("c",))
    assert "12 validation examples have labels, and 20 are needed" in few.message
