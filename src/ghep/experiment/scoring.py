"""Score a model on splits: logits, temperature, probabilities, scores with intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ghep.data.loader import LabelledExamples
from ghep.experiment.record import SplitResult
from ghep.metrics.calibration import fit_temperature
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel

Progress = Callable[[str, int, int], None]


def split_logits(
    model: TransferModel, splits: Mapping[str, LabelledExamples], *, workers: int = 2, progress: Progress | None = None
) -> dict[str, dict[str, np.ndarray]]:
    """Return split -> task -> logits (N, K)."""

    def report(split: str) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, total: progress(f"predict {split}", done, total)

    return {
        split: predict_logits(model, data, workers=workers, progress=report(split)) for split, data in splits.items()
    }


def temperatures(model: TransferModel, logits: Mapping[str, np.ndarray], data: LabelledExamples) -> dict[str, float]:
    """Return one temperature per task, fitted on labelled validation examples."""
    fitted = {}
    for task in model.tasks:
        labelled = data.targets[task.name] >= 0
        fitted[task.name] = fit_temperature(logits[task.name][labelled], data.targets[task.name][labelled])
    return fitted


def results(
    model: TransferModel,
    logits: Mapping[str, Mapping[str, np.ndarray]],
    splits: Mapping[str, LabelledExamples],
    temperature: Mapping[str, float],
    *,
    seed: int = 0,
) -> tuple[SplitResult, ...]:
    """Return one result per split and task that has labels."""
    found = []
    for split, data in splits.items():
        for task in model.tasks:
            targets = data.targets[task.name]
            if not (targets >= 0).any():
                continue
            probabilities = task.probabilities(logits[split][task.name], temperature.get(task.name, 1.0))
            scores = task.score(targets, probabilities, seed=seed)
            found.append(
                SplitResult(split, task.name, data.examples, targets, probabilities, scores, task.majority(targets))
            )
    return tuple(found)
