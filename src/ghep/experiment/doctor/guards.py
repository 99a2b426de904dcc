"""The guards that ``ghep doctor`` runs, in the order in which a person would ask. Each is a function of a patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ghep.experiment.doctor.diagnosis import Examination
from ghep.experiment.doctor.patient import Patient
from ghep.experiment.doctor.poor_features import features
from ghep.messages import text_of
from ghep.types import Finding

Guard = Callable[[Patient], Examination]


def data(patient: Patient) -> Examination:
    """Copies across splits, unusable files, odd labels: what ``ghep check`` reports."""
    dataset = patient.made.dataset
    counts = {str(split): count for split, count in dataset.counts.items()}
    summary = text_of(
        "doctor-data",
        examples=sum(counts.values()),
        counts=" + ".join(map(str, counts.values())),
        left_out=len(dataset.quarantined),
    )
    return Examination("data", summary, dataset.findings, {"examples": counts, "left_out": len(dataset.quarantined)})


def backbone(patient: Patient) -> Examination:
    """Weights that were missing in the file, preprocessing that was assumed, inputs that fit the network badly."""
    made = patient.made
    card = made.backbone.card
    summary = text_of(
        "doctor-backbone",
        name=card.name,
        source=card.source,
        blocks=len(made.backbone.blocks()),
        width=made.backbone.feature_dim,
        pretrained="yes" if card.pretrained else "no",
    )
    found = [one for one in (*made.backbone.findings, *made.findings) if one.code != "source-head-left-out"]
    return Examination("backbone", summary, tuple(found), {"name": card.name, "pretrained": card.pretrained})


def training(patient: Patient) -> Examination:
    """What the run itself reported: divergence, overfitting, a score below the controls, splits that differ."""
    run = patient.run
    assert run is not None
    here = {one.code for one in (*patient.made.dataset.findings, *patient.made.backbone.findings)}
    found = tuple(_read(one) for one in run.findings if one["code"] not in here)
    summary = text_of(
        "doctor-training",
        strategy=str(run.settings["strategy"]),
        seconds=float(run.metrics["cost"]["seconds"]),
        findings=len(found),
    )
    return Examination("training", summary, found, {"scores": run.metrics.get("scores", [])})


def _read(one: Mapping[str, Any]) -> Finding:
    """Return a finding from findings.json."""
    return Finding(**{**one, "items": tuple(one["items"])})


OF_DATA: tuple[Guard, ...] = (data, backbone, features)
"""Guards that need data and a backbone."""
OF_RUN: tuple[Guard, ...] = (training,)
"""Guards that need the record of a run as well."""
