"""Measure a bundle on labelled data: the same loader, temperature and scores as when it was trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ghep.data.dataset import Source
from ghep.data.loader import LabelledExamples
from ghep.data.modalities import AUDITS, refuse_other
from ghep.data.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.sources import read
from ghep.errors import ConfigError, DataError
from ghep.experiment.record import SplitResult
from ghep.experiment.scoring import results, split_logits
from ghep.guards.seen import seen_findings
from ghep.model.bundle import load_bundle
from ghep.model.device import device_named
from ghep.types import Example, Finding, Quarantined


@dataclass(frozen=True)
class Evaluation:
    """Results per task, what could not be read, and what is to be said before a score is believed."""

    results: tuple[SplitResult, ...]
    quarantined: tuple[Quarantined, ...]
    classes: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


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

    Examples that the bundle was trained or chosen on are scored like the others, and named in ``findings``.
    Raises BundleError for a damaged bundle, DataError for data that cannot be used or has labels the model lacks.
    """
    loaded = load_bundle(bundle)
    model = loaded.model.to(device_named("auto"))
    source = _labelled_as(tuple(task.name for task in model.tasks), data, columns)
    name, chosen = _choose(source.examples, source.splits, split)
    refuse_other(source.name, source.modality, model.backbone.preprocess.modality, who="the bundle")
    store = model.backbone.preprocess.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES)
    seen = AUDITS[source.modality].scan(
        chosen,
        keep=store,
        workers=workers,
        progress=None if progress is None else lambda done, total: progress("read", done, total),
    )
    bad = {one.id for one in seen.quarantined}
    examples = tuple(example for example in chosen if example.id not in bad)
    tasks = {task.name: task for task in model.tasks}
    if not any(set(example.labels) & set(tasks) for example in examples):
        raise DataError(
            f"{data} has no usable label for {', '.join(tasks)}",
            remedy="name the label column as the task is called, or pass labelled "
            f"{AUDITS[source.modality].things} that can be read",
        )
    targets = {name: task.encode([example.labels for example in examples]) for name, task in tasks.items()}
    lengths = store.lengths(examples)
    splits = {name: LabelledExamples(examples, targets, store, model.backbone.preprocess, lengths=lengths)}
    logits = split_logits(model, splits, workers=workers, progress=progress)
    scored = results(model, logits, splits, loaded.temperatures, seed=seed)
    findings = (*seen_findings(loaded.seen, {fact.id: fact.digest.hex() for fact in seen.facts}), *source.findings)
    classes = {name: task.classes for name, task in tasks.items()}
    return Evaluation(scored, tuple(seen.quarantined), classes, findings)


def _labelled_as(tasks: tuple[str, ...], data: str | Path, columns: Mapping[str, Any]) -> Source:
    """Read ``data`` with labels under the bundle's task names: columns called so, else the one column there is."""
    try:
        source = read(data, **{**columns, "label_columns": columns.get("label_columns") or tasks})
    except DataError:  # not all of these columns are there: look for the usual ones
        source = read(data, **columns)
    if len(tasks) > 1 or len(source.tasks) > 1 or source.tasks == tasks:
        return source
    (task,), (column,) = tasks, source.tasks
    examples = tuple(
        replace(example, labels=dict(zip(tasks, example.labels.values(), strict=False))) for example in source.examples
    )
    message = f"the labels called {column!r} are scored as the bundle's only task, {task!r}"
    said = Finding("label-column-mapped", "info", message, "name another: label_columns (--label-column)")
    return replace(source, examples=examples, tasks=tasks, findings=(*source.findings, said))


def _choose(
    examples: tuple[Example, ...], splits: Mapping[str, str], wanted: str | None
) -> tuple[str, tuple[Example, ...]]:
    """Return the name of the split that is measured, and its examples."""
    present = {splits.get(example.id, "all") for example in examples}
    if wanted is not None and wanted not in {*present, "all"}:
        raise ConfigError(f'there is no split "{wanted}"', remedy=f"choose {_or_all(present)}")
    name = wanted or next((one for one in ("test", "valid") if one in present), "all")
    return name, tuple(example for example in examples if name == "all" or splits.get(example.id) == name)


def _or_all(present: set[str]) -> str:
    splits = sorted(present - {"all"})
    return f"{', '.join(splits)} or all" if splits else "all"
