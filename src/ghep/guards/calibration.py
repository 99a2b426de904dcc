"""Are the probabilities calibrated? Findings on the temperature, and on the prediction intervals of regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghep.metrics.calibration import MIN_EXAMPLES, Calibrated, Calibration
from ghep.metrics.conformal import FEWEST
from ghep.types import Finding


def calibration_findings(fitted: Mapping[str, Calibrated]) -> tuple[Finding, ...]:
    """Return findings on ``fitted``, task -> calibration: a temperature at its bound, or too few valid examples."""
    found = []
    for task, calibration in fitted.items():
        if not isinstance(calibration, Calibration):
            if calibration.value is None:
                params: dict[str, Any] = {"task": task, "count": calibration.n, "needed": FEWEST}
                found.append(Finding.of("no-prediction-intervals", "info", items=(task,), **params))
        elif calibration.at_bound:
            found.append(
                Finding.of(
                    "temperature-at-bound",
                    "warning",
                    items=(task,),
                    task=task,
                    temperature=calibration.temperature,
                    count=calibration.n,
                )
            )
        elif not calibration.fitted:
            found.append(
                Finding.of("not-calibrated", "info", items=(task,), task=task, count=calibration.n, needed=MIN_EXAMPLES)
            )
    return tuple(found)
