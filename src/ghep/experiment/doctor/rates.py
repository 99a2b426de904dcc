"""At which learning rate does the loss explode? A range test of light fine-tuning, before anything is trained."""

from __future__ import annotations

from ghep.experiment.doctor.diagnosis import Examination
from ghep.experiment.doctor.patient import Patient
from ghep.guards.overtraining import rate_check
from ghep.strategy.catalog import strategy_named


def rates(patient: Patient) -> Examination:
    """Raise the rate of light fine-tuning over 40 steps until the loss explodes, and put the weights back.

    Inputs are not augmented, so that one view of each example is enough: its activation is computed once and stored.
    """
    made = patient.made
    plan = strategy_named("light", augment="none").plan(made.situation)
    splits = made.splits
    found = rate_check(made.model, plan, splits["train"], splits.get("valid"), made.frozen, seed=patient.seed)
    assert found is not None
    return Examination("rates", found.summary, found.findings, found.to_json())
