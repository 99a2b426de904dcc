"""Do the probabilities mean anything? What the fit of the temperature says of them."""

from __future__ import annotations

from collections.abc import Mapping

from ghep.metrics.calibration import MIN_EXAMPLES, Calibration
from ghep.types import Finding


def calibration_findings(fitted: Mapping[str, Calibration]) -> tuple[Finding, ...]:
    """Return findings on ``fitted``, by task: a temperature at its bound, or too few examples to fit one."""
    found = []
    for task, calibration in fitted.items():
        if calibration.at_bound:
            message = (
                f"the temperature of {task} is at its bound ({calibration.temperature:.3g}): on {calibration.n} "
                "validation examples, confident answers are right no more often than others"
            )
            remedy = (
                "do not rely on the probabilities; check the labels of valid, or train longer or more of the backbone"
            )
            found.append(Finding("temperature-at-bound", "warning", message, remedy, (task,)))
        elif not calibration.fitted:
            message = (
                f"the probabilities of {task} are not calibrated: {calibration.n} labelled validation examples, "
                f"{MIN_EXAMPLES} are needed to fit a temperature"
            )
            remedy = "do not read much into them; more validation examples make them mean what they say"
            found.append(Finding("not-calibrated", "info", message, remedy, (task,)))
    return tuple(found)
