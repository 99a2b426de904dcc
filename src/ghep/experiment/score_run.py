"""Score a trained model on its held-out splits, next to the controls.

In: a graft after training. Out: predictions and scores, calibration, and the findings about them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ghep.data.loading.batches import BatchSource, LabelledExamples
from ghep.experiment.controls import control_findings, with_controls
from ghep.experiment.familiar import bank_of, familiarity_of
from ghep.experiment.graft import Graft
from ghep.experiment.options import RunOptions
from ghep.experiment.results import SplitResult
from ghep.experiment.scoring import below_majority, calibrations, forward_for, results, scored_from, split_logits
from ghep.experiment.unseen import with_unseen
from ghep.features.frozen import StoredActivations, passes_in_json
from ghep.features.live import engine_of
from ghep.guards.calibration import calibration_findings
from ghep.guards.familiarity import Familiarity
from ghep.guards.overtraining import overtraining, sample_of
from ghep.guards.splits import split_differences, split_findings
from ghep.model.predict import predict_logits
from ghep.strategy.progress import Fitted
from ghep.tasks.base import labelled
from ghep.team import Team
from ghep.training.memory import give_back_freed_memory
from ghep.types import Finding, Score


@dataclass(frozen=True)
class Scored:
    """Predictions and scores of a trained model on the held-out splits."""

    results: tuple[SplitResult, ...]
    calibration: Mapping[str, float]
    """Task -> temperature, or half width of the prediction intervals (``Task.calibrate``)."""
    findings: tuple[Finding, ...]
    engine: str
    """Name of the engine that computed the logits."""
    familiarity: Familiarity | None = None
    """By which unfamiliar inputs are recognised; None without valid, or if it was switched off."""


def score_run(
    made: Graft,
    fitted: Fitted,
    options: RunOptions,
    *,
    seed: int,
    phases: dict[str, float],
    progress: Callable[[str, int, int], None],
    team: Team | None = None,
) -> Scored:
    """Score the model of ``made`` on all splits but train, and release its cached activations.

    ``phases`` gets the seconds of ``evaluate``, with the part of it for ``familiarity``, and of ``control``. The other
    processes of ``team`` call ``scored_from`` at the same time, and compute a part of the activations.
    """
    model, dataset, began = made.model, made.dataset, time.perf_counter()
    held_out: dict[str, LabelledExamples] = {split: data for split, data in made.splits.items() if split != "train"}
    sources = scored_from(made.frozen, held_out, stored=fitted.stored, team=team)
    forward = forward_for(model, sources, engine=options.engine)
    distances, bank = np.full(len(held_out.get("valid", ())), np.nan), None
    if options.familiarity and "valid" in sources:
        started, seen = time.perf_counter(), fitted.examples_seen
        bank = bank_of(made, sources["valid"], forward, options, examples_seen=seen, seed=seed)
        phases["familiarity"] = time.perf_counter() - started

    def measure(places: np.ndarray, features: np.ndarray) -> None:
        assert bank is not None
        distances[places] = bank.distances(features)

    using = {} if bank is None else {"valid": measure}
    logits = split_logits(model, sources, forward, workers=options.workers, progress=progress, use_features=using)
    if fitted.chosen_on is not None:
        logits["valid"] = dict(fitted.chosen_on)
    stored = any(isinstance(one, StoredActivations) for one in sources.values())
    engine = made.frozen.exact_engine if stored else engine_of(forward)
    differences = _differences(made, sources, seed=seed)
    fitted.frozen = passes_in_json(made.frozen)
    made.frozen.release(exact=True)
    give_back_freed_memory()
    calibrated = calibrations(model, logits["valid"], made.splits["valid"]) if "valid" in logits else {}
    calibration = {task: one.value for task, one in calibrated.items() if one.value is not None}
    known = None if bank is None else familiarity_of(made, bank, distances, logits["valid"], calibration)
    scored = results(model, logits, held_out, calibration, seed=seed, skip_uniform=True)
    phases["evaluate"] = time.perf_counter() - began
    labels = {one.id: one.labels for one in (*dataset.train, *dataset.valid)}
    copies = {one: [labels.get(copy) for copy in there] for one, there in dataset.seen_copies.items()}
    scored, copied = with_unseen(scored, model.tasks, copies, seed=seed)
    unfitted: tuple[Finding, ...] = ()
    if options.control:
        began = time.perf_counter()
        scored, unfitted = with_controls(scored, made.splits, model.tasks, seed=seed)
        phases["control"] = time.perf_counter() - began
    trained = overtraining(
        *(fitted.history, fitted.tail, made.splits.get("valid")),
        lambda: _train_scores(made, scored, calibration, workers=options.workers, seed=seed),
        start_kept=fitted.start_kept,
    )
    findings = (
        *calibration_findings(calibrated),
        *differences,
        *split_findings({(one.split, one.task): one.primary for one in scored}),
        *copied,
        *below_majority(scored, model.tasks),
        *unfitted,
        *control_findings(scored),
        *trained.findings,
    )
    return Scored(scored, calibration, findings, engine, known)


def _train_scores(
    made: Graft, scored: Sequence[SplitResult], calibration: Mapping[str, float], *, workers: int, seed: int
) -> dict[str, tuple[Score, Score]]:
    """Return task -> its primary score on a sample of train and on valid."""
    sample = sample_of(made.splits["train"], made.splits["valid"])
    logits, found = predict_logits(made.model, sample, workers=workers), {}
    for result in scored:
        task = next(task for task in made.model.tasks if task.name == result.task)
        targets = sample.targets[task.name]
        if result.split == "valid" and labelled(targets).any():
            predictions = task.predict(logits[task.name], calibration.get(task.name))
            found[task.name] = (task.score(targets, predictions, seed=seed)[0], result.primary)
    return found


def _differences(made: Graft, sources: Mapping[str, BatchSource], *, seed: int) -> tuple[Finding, ...]:
    """Return a finding if valid and test differ in their frozen features; none if a run did not need these features.

    Features of train may be from an engine of lower precision, which a classifier could notice.
    """
    last = len(made.backbone.blocks())
    features = {
        split: one.matrix()
        for split, one in sources.items()
        if isinstance(one, StoredActivations) and one.boundary == last and made.backbone.card.pretrained
    }
    return split_differences(features, made.splits, made.dataset.groups, seed=seed).findings
