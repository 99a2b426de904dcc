"""The guards that ``ghep doctor`` runs, in the order in which a person would ask. Each is a function of a patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ghep.advice.advise import advise
from ghep.experiment.doctor.diagnosis import Examination
from ghep.experiment.doctor.patient import Patient
from ghep.experiment.familiar import groups_of
from ghep.experiment.suspects import suspects_by_features
from ghep.guards.familiarity import Bank, drawn, drift_in, familiarity
from ghep.guards.features import check_features
from ghep.guards.mismatch import domain_mismatch
from ghep.guards.overtraining import rate_check
from ghep.guards.preprocessing import check_preprocessing
from ghep.guards.splits import split_differences
from ghep.guards.weight_structure import check_weights
from ghep.messages import text_of
from ghep.strategy.catalog import strategy_named
from ghep.types import Finding

Guard = Callable[[Patient], Examination]
TRIED = {"batch-norm-tried", "earlier-block-better", "earlier-blocks-no-better"}
"""Codes of findings that say what a remedy brought."""
OF_SPLITS = {"train-differs", "valid-and-test-differ"}
"""Codes of findings of another guard."""
FORGOTTEN = {"forgot-source"}


class Checked(Protocol):
    """The result of a guard."""

    @property
    def findings(self) -> Sequence[Finding]:
        """Empty if nothing is wrong."""

    @property
    def summary(self) -> str:
        """One sentence with what was measured, and where it alarms."""

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""


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


def weights(patient: Patient) -> Examination:
    """Weights in a random order, or random where pretrained ones should be."""
    backbone = patient.made.backbone
    if not backbone.card.pretrained:
        return _skipped("weights", "random-weights")
    return _of("weights", check_weights(backbone))


def preprocessing(patient: Patient) -> Examination:
    """Inputs on another scale than those of pretraining."""
    backbone = patient.made.backbone
    if not backbone.card.pretrained:
        return _skipped("preprocessing", "random-weights")
    return _of("preprocessing", check_preprocessing(backbone, patient.splits["train"]))


def domain(patient: Patient) -> Examination:
    """Training examples that do not look like what the backbone was pretrained on."""
    return _of("domain", domain_mismatch(patient.made.backbone, patient.splits["train"]))


def splits(patient: Patient) -> Examination:
    """Splits that a linear classifier on their features distinguishes."""
    made = patient.made
    if made.backbone.ragged_features:
        return _skipped("splits", "features-by-position")
    return _of("splits", split_differences(patient.features, made.splits, made.dataset.groups, seed=patient.seed))


def features(patient: Patient) -> Examination:
    """Features that are constant, all alike, or of low rank."""
    if patient.made.backbone.ragged_features:
        return _skipped("features", "features-by-position")
    return _of("features", check_features(patient.features["train"], name=patient.made.backbone.card.name))


def probe(patient: Patient) -> Examination:
    """A linear head no better than on random features; then earlier blocks and other remedies are tried."""
    dataset, backbone = patient.made.dataset, patient.made.backbone
    if backbone.ragged_features:
        return _skipped("probe", "features-by-position")
    if dataset.tasks[0] in dataset.multi_label:
        return _skipped("probe", "multi-label")
    if patient.boundary:
        return _skipped("probe", "earlier-block")
    advice = advise(
        patient.source, backbones=[patient.backbone_name], shipped=False, seed=patient.seed, **patient.given
    )
    known = {one.code for one in dataset.findings} | {"advice-for-numbers", "one-task", "sampled", *OF_SPLITS}
    found = tuple(one for one in advice.findings if one.code not in known)
    case = advice.case
    summary = text_of(
        "doctor-probe",
        accuracy=case.accuracy,
        majority=case.majority,
        random=case.random_accuracy,
        count=advice.candidates[0].probe.n,
    )
    tried = tuple(one.message for one in found if one.code in TRIED)
    return Examination("probe", summary, found, advice.to_json()["candidates"][0], tried)


def labels(patient: Patient) -> Examination:
    """Labels that heads on the features, solved without the example, contradict."""
    made = patient.made
    if made.backbone.ragged_features:
        return _skipped("labels", "features-by-position")
    features = {split: patient.features[str(split)] for split in made.splits}
    name, tasks = made.backbone.card.name, made.model.tasks
    return _of("labels", suspects_by_features(made.dataset, name, tasks, made.splits, features, seed=patient.seed))


def unfamiliar(patient: Patient) -> Examination:
    """Test examples farther from the training data than validation examples are."""
    if not {"train", "valid", "test"} <= patient.splits.keys():
        return _skipped("unfamiliar", "no-three-splits")
    found, train, valid = patient.features, patient.splits["train"], patient.splits["valid"]
    if found["train"].ndim != 2:
        return _skipped("unfamiliar", "features-by-position")
    groups = groups_of(train.examples, patient.made.model.tasks)
    places = drawn(groups, seed=patient.seed)
    bank = Bank.of(found["train"][places], [groups[place] for place in places])
    copies = np.array([one.id in patient.made.dataset.seen_copies for one in valid.examples])
    known = familiarity(bank, bank.distances(found["valid"]), {}, without=copies)
    drift = None if known is None else drift_in(known.of_features(found["test"]), known.n)
    return _skipped("unfamiliar", "too-few") if drift is None else _of("unfamiliar", drift)


def rate(patient: Patient) -> Examination:
    """The learning rate of the run, or of light fine-tuning, compared with the one at which the loss explodes."""
    run, made = patient.run, patient.made
    if run is None or run.settings["strategy"] == "linear_probe":
        # Without augmentation one view of each example is enough: its activation is computed once and stored.
        strategy = strategy_named("light", augment="none")
    else:
        given = {name: value for name, value in run.settings["settings"].items() if value is not None}
        strategy = strategy_named(run.settings["strategy"], **given)
        if not strategy.uses_pretrained:
            return _skipped("rate", "random-weights")
    plan, valid = strategy.plan(made.situation), made.splits.get("valid")
    found = rate_check(made.model, plan, made.splits["train"], valid, made.frozen, seed=patient.seed)
    return _skipped("rate", "solved") if found is None else _of("rate", found)


def training(patient: Patient) -> Examination:
    """What the run itself reported: divergence, overfitting, a score below the controls, splits that differ."""
    run = patient.run
    assert run is not None
    here = {one.code for one in (*patient.made.dataset.findings, *patient.made.backbone.findings)}
    found = tuple(_read(one) for one in run.findings if one["code"] not in here | FORGOTTEN)
    summary = text_of(
        "doctor-training",
        strategy=str(run.settings["strategy"]),
        seconds=float(run.metrics["cost"]["seconds"]),
        findings=len(found),
    )
    return Examination("training", summary, found, {"scores": run.metrics.get("scores", [])})


def forgotten(patient: Patient) -> Examination:
    """How much of what the backbone knew is left after the training of the run."""
    run = patient.run
    assert run is not None
    measured = run.metrics.get("forgetting")
    if not measured:
        return _skipped("forgotten", "not-measured")
    found = tuple(_read(one) for one in run.findings if one["code"] in FORGOTTEN)
    if not measured["moved"]:
        return Examination("forgotten", text_of("forgetting-none"), found, measured)
    summary = text_of(
        "doctor-forgotten",
        kept=measured["kept"],
        by=measured["measure"],
        inputs=measured["inputs"],
        bar=measured["bar"],
    )
    return Examination("forgotten", summary, found, measured)


def _of(name: str, result: Checked) -> Examination:
    """Return the result of a guard as an examination."""
    return Examination(name, result.summary, tuple(result.findings), result.to_json())


def _skipped(name: str, why: str) -> Examination:
    """Return the examination of a guard that does not apply, with the reason."""
    return Examination(name, text_of("doctor-skipped", why=why), skipped=True)


def _read(one: Mapping[str, Any]) -> Finding:
    """Return a finding from findings.json."""
    return Finding.read(one)


OF_DATA: tuple[Guard, ...] = (
    data,
    splits,
    labels,
    backbone,
    weights,
    preprocessing,
    domain,
    features,
    probe,
    unfamiliar,
    rate,
)
"""Guards that need data and a backbone."""
OF_RUN: tuple[Guard, ...] = (training, forgotten)
"""Guards that need the record of a run as well."""
