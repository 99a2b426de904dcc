"""Measure a bundle on labelled data: the same loader, temperature and scores as when it was trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.data.audit import scan
from ghep.data.loader import LabelledExamples
from ghep.data.pixels import PixelStore
from ghep.data.sources import read
from ghep.errors import ConfigError, DataError
from ghep.experiment.record import SplitResult
from ghep.experiment.scoring import results, split_logits
from ghep.model.bundle import load_bundle
from ghep.model.device import device_named
from ghep.types import Example, Quarantined


@dataclass(frozen=True)
class Evaluation:
    """Results per task, and what could not be read."""

    results: tuple[SplitResult, ...]
    quarantined: tuple[Quarantined, ...]
    classes: Mapping[str, tuple[str, ...]]


def evaluate(
    bundle: str | Path,
    data: str | Path,
    *,
    split: str | None = None,
    seed: int = 0,
    workers: int = 2,
    progress: Callable[[str, int, int], None] | None = None,
    **columns: Any,
) -> Evaluation:
    """Score ``bundle`` on ``data``: its test split, else its valid split, else everything; ``split`` names another.

    Raises BundleError for a damaged bundle, DataError for data that cannot be used or has labels the model lacks.
    """
    loaded = load_bundle(bundle)
    model = loaded.model.to(device_named("auto"))
    source = read(data, **columns)
    name, chosen = _choose(source.examples, source.splits, split)
    store = PixelStore(model.backbone.preprocess)
    seen = scan(
        chosen,
        keep=store.keep,
        workers=workers,
        progress=None if progress is None else lambda done, total: progress("read", done, total),
    )
    bad = {one.id for one in seen.quarantined}
    examples = tuple(example for example in chosen if example.id not in bad)
    tasks = {task.name: task for task in model.tasks}
    if not any(set(example.labels) & set(tasks) for example in examples):
        raise DataError(
            f"{data} has no usable label for {', '.join(tasks)}",
            remedy="name the label column as the task is called, or pass labelled images that can be read",
        )
    targets = {name: task.encode([example.labels for example in examples]) for name, task in tasks.items()}
    splits = {name: LabelledExamples(examples, targets, store, store.preprocess)}
    logits = split_logits(model, splits, workers=workers, progress=progress)
    scored = results(model, logits, splits, loaded.temperatures, seed=seed)
    return Evaluation(scored, tuple(seen.quarantined), {name: task.classes for name, task in tasks.items()})


def _choose(
    examples: tuple[Example, ...], splits: Mapping[str, str], wanted: str | None
) -> tuple[str, tuple[Example, ...]]:
    """Return the name of the split that is measured, and its examples."""
    present = {splits.get(example.id, "all") for example in examples}
    if wanted is not None and wanted not in {*present, "all"}:
        raise ConfigError(f'there is no split "{wanted}"', remedy=f"choose {', '.join(sorted(present))} or all")
    name = wanted or next((one for one in ("test", "valid") if one in present), "all")
    return name, tuple(example for example in examples if name == "all" or splits.get(example.id) == name)
