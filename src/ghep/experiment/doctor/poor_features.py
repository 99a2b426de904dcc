"""The guard against poor features: rank and spread, the weights, what is fed in, and random features as a control.

In: a patient. Out: an ``Examination``. Besides the features of a probe it costs one pass of the same network with
random weights over at most ``MOST`` examples and, where features look poor, one of the blocks up to each of a few
boundaries in the middle: the features of earlier blocks are the remedy that costs no training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from ghep.advice.probe import probe
from ghep.advice.record import Probed
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Backbone
from ghep.backbone.leading import last_block, leading, middle
from ghep.data.loading.batches import LabelledExamples
from ghep.errors import BackboneError, ConfigError
from ghep.experiment.doctor.diagnosis import Examination
from ghep.experiment.doctor.patient import Patient
from ghep.features.frozen import FrozenPart
from ghep.guards.features import ControlCheck, against_control, check_features
from ghep.guards.poor_features import POOR
from ghep.guards.preprocessing import check_preprocessing
from ghep.guards.weight_structure import check_weights
from ghep.messages import text_of
from ghep.metrics.paired import paired
from ghep.tasks.base import Task, labelled
from ghep.types import Finding

MOST = {"train": 240, "valid": 120}
"""Split -> examples on which heads on the features are compared with controls, evenly spaced."""


def features(patient: Patient) -> Examination:
    """Constant or collapsed features, untrained weights, wrong preprocessing, a probe no better than a control."""
    backbone, train = patient.made.backbone, patient.made.splits["train"]
    if patient.features["train"].ndim != 2:
        return Examination("features", text_of("doctor-features-of-positions"), skipped=True)
    of_features = check_features(patient.features["train"], name=backbone.card.name)
    of_weights, of_pixels = check_weights(backbone), check_preprocessing(backbone, train)
    sample = _sample(patient)
    of_probe = _probed(sample, {split: patient.features[split][places] for split, (places, _) in sample.rows.items()})
    controls = list(_controls(patient, sample, of_probe))
    found = [*of_features.findings, *of_weights.findings, *of_pixels.findings]
    found += [finding for check in controls for finding in check.findings]
    tried: list[str] = []
    if of_probe is not None and any(finding.code in POOR for finding in found):
        tried = list(_earlier(patient, sample, of_probe, found))
    measured = (of_features.summary, of_weights.summary, of_pixels.summary, *(check.summary for check in controls))
    facts = {
        "features": of_features.to_json(),
        "weights": of_weights.to_json(),
        "preprocessing": of_pixels.to_json(),
        "controls": [check.to_json() for check in controls],
    }
    return Examination("features", "; ".join(measured), tuple(found), facts, tuple(tried))


@dataclasses.dataclass(frozen=True)
class _Sample:
    """The examples on which heads are compared, with the targets of the first task."""

    task: Task
    rows: Mapping[str, tuple[np.ndarray, LabelledExamples]]
    """Split -> indices in the split, and the examples there."""
    seed: int

    def targets(self, split: str) -> np.ndarray:
        """Return the targets (n,) of the examples of ``split``."""
        return np.asarray(self.rows[split][1].targets[self.task.name]) if split in self.rows else np.zeros(0, np.int64)


def _sample(patient: Patient) -> _Sample:
    task, rows = patient.made.model.tasks[0], {}
    for split, most in MOST.items():
        if split in patient.splits:
            data = patient.splits[split]
            given = np.flatnonzero(labelled(data.targets[task.name]))
            places = given[np.unique(np.linspace(0, len(given) - 1, min(most, len(given))).astype(int))]
            rows[split] = (places, _some(data, places))
    return _Sample(task, rows, patient.seed)


def _some(data: LabelledExamples, places: np.ndarray) -> LabelledExamples:
    return dataclasses.replace(
        data,
        examples=tuple(data.examples[place] for place in places),
        targets={task: targets[places] for task, targets in data.targets.items()},
        lengths=None if data.lengths is None else data.lengths[places],
        weights=None,
    )


def _probed(sample: _Sample, of_split: Mapping[str, np.ndarray]) -> Probed | None:
    """Return which held-out examples a head gets right; None for multi-label tasks, and without valid examples."""
    train, valid = sample.targets("train"), sample.targets("valid")
    if train.ndim != 1 or not len(valid) or (train.dtype.kind != "f" and len(np.unique(train)) < 2):
        return None
    halves = (of_split["train"], train), (of_split["valid"], valid)
    return probe(*halves, sample.task.outputs, seed=sample.seed)


def _controls(patient: Patient, sample: _Sample, of_probe: Probed | None) -> Iterator[ControlCheck]:
    backbone = patient.made.backbone
    if of_probe is None:
        return
    if backbone.card.pretrained:
        of_random = _probed(sample, _computed(patient, _random(backbone, patient.seed), sample))
        if of_random is not None:
            yield against_control(of_probe.correct, of_random.correct, "random", name=backbone.card.name)
    targets = np.concatenate([sample.targets("train"), sample.targets("valid")])
    targets = targets if of_probe.folds else sample.targets("valid")
    constant = np.zeros(len(targets)) if targets.dtype.kind == "f" else targets == np.bincount(targets).argmax()
    yield against_control(of_probe.correct, constant, "majority", name=backbone.card.name)


def _random(backbone: Backbone, seed: int) -> Backbone:
    """Return the network of ``backbone`` with random weights, fed in the same way."""
    net, card = backbone.architecture.build(seed=seed), dataclasses.replace(backbone.card, pretrained=False)
    return assemble(net, architecture=backbone.architecture, preprocess=backbone.preprocess, card=card)


def _computed(patient: Patient, backbone: Backbone, sample: _Sample) -> dict[str, np.ndarray]:
    """Return split -> features (n, D) of the sample, computed by ``backbone`` and not stored."""
    frozen, last = patient.made.frozen, len(backbone.blocks())
    backbone.to(next(patient.made.backbone.parameters()).device)
    part = FrozenPart(backbone, engines=frozen.engines, workers=frozen.workers, progress=frozen.progress)
    return {
        split: part.activations(data, [last], exact=True, what=split)[last].matrix()
        for split, (_, data) in sample.rows.items()
    }


def _earlier(patient: Patient, sample: _Sample, of_last: Probed, found: list[Finding]) -> Iterator[str]:
    """Yield a sentence for each middle block that was tried; add a finding to ``found`` if one is clearly better."""
    whole, best = patient.made.backbone, None
    for boundary in middle(whole):
        with suppress(BackboneError, ConfigError):  # the network cannot end there
            part = leading(whole, boundary)
            probed = _probed(sample, _computed(patient, part, sample))
            if probed is None:
                continue
            compared = paired(probed.correct, of_last.correct)
            numbers: dict[str, Any] = {"value": probed.accuracy, "last": of_last.accuracy, "count": probed.n}
            numbers |= {"low": compared.interval.low, "high": compared.interval.high}
            yield text_of("doctor-tried-block", block=last_block(part), number=boundary, **numbers)
            if compared.interval.low > 0 and (best is None or probed.accuracy > best):
                best = probed.accuracy
                found[:] = [one for one in found if one.code != "earlier-block-better"]
                params = {"name": whole.card.name, "block": last_block(part), "number": boundary, **numbers}
                found.append(Finding.of("earlier-block-better", "warning", **params))
