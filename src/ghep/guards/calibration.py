"""Are the probabilities calibrated? Findings on the fit of the temperature."""

from __future__ import annotations

from collections.abc import Mapping

from ghep.metrics.calibration import MIN_EXAMPLES, Calibration
from ghep.types import Finding


def calibration_findings(fitted: Mapping[str, Calibration]) -> tuple[Finding, ...]:
    """Return findings on ``fitted`` (by task): a temperature at its bound, or too few examples to fit one."""
    found = []
    for task, calibration in fitted.items():
        if calibration.at_bound:
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
