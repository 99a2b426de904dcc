"""Score a model on splits. In: a model and labelled splits. Out: predictions and scores with 95 % intervals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ghep.data.loading.batches import BatchSource, LabelledExamples
from ghep.errors import BrokenPromise
from ghep.experiment.results import SplitResult
from ghep.features.frozen import FrozenPart
from ghep.features.live import exact_forward
from ghep.features.store import StoreFullError
from ghep.guards.majority import majority_findings
from ghep.messages import text_of
from ghep.metrics.calibration import Calibrated
from ghep.model.predict import Forward, UseFeatures, plain_forward, predict_logits
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Classifier, Task, labelled
from ghep.tasks.regression import Regression
from ghep.team import Team
from ghep.types import Finding

FEW = 4
"""Examples per split that ``prove_scored`` compares. A few are enough, because every weight affects each example."""
FAR = 0.02
"""Largest difference between two predictions that counts as equal: of probabilities, or of standardised numbers.
Exact engines differ by about 1e-6, and by more for a confident model near a tie, but never by this much."""

Progress = Callable[[str, int, int], None]


def scored_from(
    frozen: FrozenPart, splits: Mapping[str, LabelledExamples], *, stored: Collection[int], team: Team | None = None
) -> Mapping[str, BatchSource]:
    """Return the input for scoring each split: activations of the frozen blocks, or the examples themselves.

    ``stored`` are the boundaries at which training cached activations; features are small enough to cache in any case.
    Activations before most of the network are not used: the exact engine runs all of it in less time.
    Activations are exact (float32), so that the deployed model, in plain float32, gives the same scores. The processes
    of a ``team`` all call this, and each computes a part of them for the first one, which scores.
    """
    team = team or Team()
    boundary, images = frozen.unmoved(), sum(map(len, splits.values()))
    cached = boundary in {*stored, len(frozen.backbone.blocks())}
    longest = max(splits.values(), key=len, default=None)
    if cached and longest:
        cached = frozen.shortens_scoring(longest, boundary, images=images)
    # As the first one decides: only it may have rounded the weights, or have had no space for activations.
    boundary, cached = team.told((boundary, cached))
    if not cached:
        return splits
    for split, data in splits.items():
        frozen.share(team, data, [boundary], exact=True, what=split)
    if not team.first:
        return splits
    try:
        return {
            split: frozen.activations(data, [boundary], exact=True, what=split)[boundary]
            for split, data in splits.items()
        }
    except StoreFullError:
        return splits


def first_few(data: LabelledExamples) -> LabelledExamples:
    """Return the first ``FEW`` examples of ``data``."""
    targets = {task: targets[:FEW] for task, targets in data.targets.items()}
    return replace(data, examples=data.examples[:FEW], targets=targets)


def prove_scored(
    tasks: Sequence[Task],
    plain: Mapping[str, Mapping[str, np.ndarray]],
    scored: Sequence[SplitResult],
    calibration: Mapping[str, float],
) -> float:
    """Return the largest difference between the scored predictions and those of the deployed model.

    Numbers of a regression task are standardised first.

    The first ``FEW`` examples of each split are compared. ``plain`` are the model's logits for them in plain float32,
    split -> task -> (n, K). The scored predictions may come from activations that another engine computed. Raises
    BrokenPromise if a difference exceeds ``FAR``.
    """
    far = 0.0
    for result in scored:
        task = next(task for task in tasks if task.name == result.task)
        found = task.predict(plain[result.split][task.name], calibration.get(task.name))
        unit = task.spread if isinstance(task, Regression) else 1.0
        far = max(far, float(np.nanmax(np.abs(found - result.predictions[:FEW]))) / unit)
    if not far <= FAR:
        raise BrokenPromise("scored-not-as-deployed", difference=far)
    return far


def forward_for(
    model: TransferModel, splits: Mapping[str, BatchSource], *, engine: str = "auto", scored_by: str = ""
) -> Forward:
    """Return the function that computes logits for ``splits``; options are as in ``features.live.exact_forward``."""
    live = [data for data in splits.values() if isinstance(data, LabelledExamples) and len(data)]
    if not live:
        return plain_forward
    return exact_forward(model, live[0], images=sum(map(len, live)), engine=engine, scored_by=scored_by)


def split_logits(
    model: TransferModel,
    splits: Mapping[str, BatchSource],
    forward: Forward = plain_forward,
    *,
    workers: int = 2,
    progress: Progress | None = None,
    use_features: Mapping[str, UseFeatures] | None = None,
) -> dict[str, dict[str, np.ndarray]]:
    """Return split -> task -> logits (N, K) in float32.

    ``use_features``: split -> what gets the features of its batches, as in ``predict_logits``.
    """
    using = use_features or {}

    def report(split: str) -> Callable[[int, int], None] | None:
        return (
            None
            if progress is None
            else lambda done, total: progress(text_of("phase-predict-split", split=split), done, total)
        )

    return {
        split: predict_logits(
            model, data, workers=workers, forward=forward, progress=report(split), use_features=using.get(split)
        )
        for split, data in splits.items()
    }


def calibrations(
    model: TransferModel, logits: Mapping[str, np.ndarray], data: LabelledExamples
) -> dict[str, Calibrated]:
    """Return task -> calibration, fitted on labelled validation examples with ``logits``, task -> (N, K)."""
    return {task.name: task.calibrate(logits[task.name], data.targets[task.name]) for task in model.tasks}


def below_majority(scored: Sequence[SplitResult], tasks: Sequence[Task]) -> tuple[Finding, ...]:
    """Return a finding for each task that scores below the majority class, or the mean, on test (else on valid)."""
    last = {result.task: result for result in scored}
    return tuple(
        finding
        for task in tasks
        if (result := last.get(task.name)) is not None
        for finding in majority_findings(
            task, result.split, result.score(task.primary), result.constant, result.targets, result.predictions
        )
    )


def results(
    model: TransferModel,
    logits: Mapping[str, Mapping[str, np.ndarray]],
    splits: Mapping[str, LabelledExamples],
    calibration: Mapping[str, float],
    *,
    seed: int = 0,
    skip_uniform: bool = False,
) -> tuple[SplitResult, ...]:
    """Return one result per split and task that has labels.

    With ``skip_uniform``, a task with classes is left out on a split where all labels are equal: a model that always
    predicts that label would score 1.
    """
    found = []
    for split, data in splits.items():
        for task in model.tasks:
            targets = data.targets[task.name]
            given = targets[labelled(targets)]
            if not len(given) or (skip_uniform and isinstance(task, Classifier) and (given == given[0]).all()):
                continue
            predictions = task.predict(logits[split][task.name], calibration.get(task.name))
            scores = task.score(targets, predictions, seed=seed)
            found.append(
                SplitResult(split, task.name, data.examples, targets, predictions, scores, task.constant(targets))
            )
    return tuple(found)
