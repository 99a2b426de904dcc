"""Score a bundle on labelled data, with the same data loader, temperature and kinds of scores as in its training.

In: a bundle folder and a location of data. Out: an ``Evaluation``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ghep.cluster.connect import Cluster
from ghep.data.check import cannot_be_used, unknown_label_findings, without_unknown
from ghep.data.dataset import Source
from ghep.data.image.depths import depth_findings
from ghep.data.image.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.loading.batches import BatchSource, LabelledExamples
from ghep.data.modalities import modality_named, refuse_other, refuse_other_form
from ghep.data.numbers import with_numbers
from ghep.data.sources.labelled import labelled_as
from ghep.errors import ConfigError, DataError
from ghep.experiment.answered import with_answered
from ghep.experiment.results import SplitResult
from ghep.experiment.scoring import below_majority, forward_for, results, split_logits
from ghep.experiment.unseen import with_unseen
from ghep.export.base_predictor import least_rates, refuse_rate
from ghep.features.engines.choose import EXACT_ENGINES
from ghep.features.frozen import Engines, FrozenPart
from ghep.features.live import engine_of
from ghep.guards.familiarity import Familiarity, drift_in, familiarity_from
from ghep.guards.seen import seen_before, seen_findings
from ghep.model.bundle import load_bundle
from ghep.model.device import device_named
from ghep.model.predict import UseFeatures, plain_forward
from ghep.tasks.base import Classifier, Task, classes_of
from ghep.types import Example, Finding, LabelSet, Quarantined, as_one_class


@dataclass(frozen=True)
class Evaluation:
    """The result for each split and task, the examples left out, class names by task, and findings about the scores."""

    results: tuple[SplitResult, ...]
    quarantined: tuple[Quarantined, ...]
    classes: Mapping[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


def evaluate(
    bundle: str | Path,
    data: str | Path | Mapping[str, str | Path],
    *,
    split: str | None = None,
    seed: int = 0,
    workers: int = 2,
    progress: Callable[[str, int, int], None] | None = None,
    abstain: float | None = None,
    cluster: Cluster | None = None,
    **columns: Any,
) -> Evaluation:
    """Score ``bundle`` on ``data``: on ``split``, or by default on test, else valid, else all examples.

    ``data`` is one location, or a location for each task to score: some of the bundle's tasks are enough. Each task is
    then scored on its own test split, else valid, else all examples.

    Examples that were used to train or to choose the model in the bundle are scored like the others and reported in
    ``findings``. If a few labels are not classes of the bundle, they are left out with a finding. Examples that are
    farther from the training data than those of valid are reported as well.

    With ``abstain``, a rate, the results also have the scores of the answers that ``predict`` does not withhold at this
    rate. The nodes of ``cluster`` decode and compute features instead of this process; scores do not depend on it.

    Raises BundleError for a damaged bundle, DataError for unusable data or mostly unknown labels, ConfigError for an
    unknown task or split, or a rate at which the bundle cannot abstain.
    """
    loaded = load_bundle(bundle)
    known = familiarity_from(loaded.familiarity)
    if abstain is not None:
        refuse_rate(abstain, least_rates(loaded.model.tasks, known))
    model = loaded.model.to(device_named("auto"))
    tasks = {task.name: task for task in model.tasks}
    source = labelled_as(tuple(tasks), data, columns, loaded.columns)
    numeric = [name for name, task in tasks.items() if not isinstance(task, Classifier) and name in source.tasks]
    source = with_numbers(source, numeric)
    chosen = _choose(source, split)
    refuse_other(source.name, source.modality, model.backbone.preprocess.modality, who="bundle")
    refuse_other_form(source.name, source.examples, pairs=model.backbone.preprocess.pairs)
    store = model.backbone.preprocess.prepared_store(limit_bytes=DEFAULT_LIMIT_BYTES, measure=False)
    seen = modality_named(source.modality).audit.scan(
        tuple({example.id: example for part in chosen.values() for example in part}.values()),
        keep=store,
        workers=workers,
        progress=None if progress is None else lambda done, total: progress("read", done, total),
        **({} if cluster is None else {"cluster": cluster}),
    )
    bad = {one.id for one in seen.quarantined}
    labelled = {one.id for part in chosen.values() for one in part if set(one.labels) & set(tasks)}
    if labelled and labelled <= bad:
        audit = modality_named(source.modality).audit
        unusable = [one for one in seen.quarantined if one.id in labelled]
        cause = cannot_be_used(unusable, len(labelled), audit.files)
        raise DataError("no-usable-labelled-example", cause=cause, things=audit.things)
    usable = {name: tuple(one for one in part if one.id not in bad) for name, part in chosen.items()}
    if not labelled:
        raise DataError(
            "no-label-for-tasks",
            data=source.name if isinstance(data, Mapping) else data,
            tasks=list(tasks),
            things=modality_named(source.modality).audit.things,
        )
    usable, unknown = _known_labels(usable, tasks)
    splits = {}
    for name, examples in usable.items():
        if not examples:
            continue
        targets = {task: tasks[task].encode([example.labels for example in examples]) for task in tasks}
        lengths = store.lengths(examples)
        splits[name] = LabelledExamples(examples, targets, store, model.backbone.preprocess, lengths=lengths)
    # With the engine that scored the run: another engine differs in the last digits.
    scored_by = loaded.config.get("training", {}).get("scored_by", "")
    forward = forward_for(model, splits, scored_by=scored_by if scored_by in EXACT_ENGINES else "")
    familiar = {name: np.full(len(part), np.nan) for name, part in splits.items()}
    using = {} if known is None else {name: _measure(known, values) for name, values in familiar.items()}
    inputs: Mapping[str, BatchSource] = splits
    if cluster is not None:
        count, engines = sum(map(len, splits.values())), Engines(engine_of(forward))
        part = FrozenPart(
            model.backbone, engines=engines, workers=workers, expected=count, progress=progress, cluster=cluster
        )
        last = len(model.backbone.blocks())
        inputs = {name: part.activations(one, [last], exact=True, what=name)[last] for name, one in splits.items()}
        forward = plain_forward
    logits = split_logits(model, inputs, forward, workers=workers, progress=progress, use_features=using)
    scored = results(model, logits, splits, loaded.calibration, seed=seed)
    digests = {fact.id: fact.digest.hex() for fact in seen.facts}
    # The findings are dropped: seen_findings reports the same examples.
    scored, _ = with_unseen(scored, model.tasks, {one: [None] for one in seen_before(loaded.seen, digests)}, seed=seed)
    if abstain is not None and known is not None:
        scored = with_answered(scored, model.tasks, known, familiar, rate=abstain, seed=seed)
    findings = (
        *model.at_once.findings(model.device),
        *seen_findings(loaded.seen, digests),
        *unknown_label_findings(
            unknown, [one for part in chosen.values() for one in part], _classes(tasks), tuple(tasks), of_bundle=True
        ),
        *below_majority(scored, model.tasks),
        *(one for values in familiar.values() for one in _drift(known, values)),
        *seen.findings,
        *depth_findings(
            modality_named(source.modality).audit.depths(seen.facts),
            {"train": (), "valid": (), "test": [one for part in usable.values() for one in part]},
            tuple(tasks),
        ),
        *source.findings,
    )
    classes = {name: classes_of(task) for name, task in tasks.items()}
    return Evaluation(scored, (*seen.quarantined, *unknown), classes, findings)


def _measure(known: Familiarity, values: np.ndarray) -> UseFeatures:
    """Return a function that writes the p-values of a batch into ``values`` (N,)."""

    def measure(places: np.ndarray, features: np.ndarray) -> None:
        values[places] = known.of_features(features)

    return measure


def _drift(known: Familiarity | None, familiar: np.ndarray) -> tuple[Finding, ...]:
    found = None if known is None else drift_in(familiar, known.n)
    return () if found is None else found.findings


def _classes(tasks: Mapping[str, Task]) -> list[Example]:
    """Return a made-up example for each class of the bundle, labelled with that class."""
    return [
        Example("", None, {name: one if task.exclusive else LabelSet(one)})
        for name, task in tasks.items()
        if isinstance(task, Classifier)
        for one in task.classes
    ]


def _known_labels(
    parts: Mapping[str, tuple[Example, ...]], tasks: Mapping[str, Task]
) -> tuple[dict[str, tuple[Example, ...]], list[Quarantined]]:
    """Return the examples of each split without labels that are not classes of the bundle, and the examples left out.

    An example is left out if it has no other label. If most labels of a split are unknown, they are probably misspelt:
    they are kept, and ``encode`` refuses them with the likely spelling.
    """
    known = _classes(tasks)
    kept: dict[str, tuple[Example, ...]] = {}
    left_out: list[Quarantined] = []
    for name, examples in parts.items():
        mine = [replace(one, labels=_as_tasks_read(one.labels, tasks)) for one in examples]
        usable, unknown = without_unknown(mine, known, tuple(tasks), name, of_bundle=True)
        if 2 * len(unknown) > sum(bool(one.labels) for one in mine):
            kept[name] = examples
        else:
            kept[name] = tuple(usable)
            left_out += unknown
    return kept, left_out


def _as_tasks_read(labels: Mapping[str, str], tasks: Mapping[str, Task]) -> dict[str, str]:
    """Return the labels for ``tasks``; in a task with one class per example, a label with bars is one class name."""
    return {
        name: as_one_class(label) if isinstance(task, Classifier) and task.exclusive else label
        for name, label in labels.items()
        if (task := tasks.get(name)) is not None
    }


def _choose(source: Source, wanted: str | None) -> dict[str, tuple[Example, ...]]:
    """Return split -> examples to score. If several data sets were joined, the split is chosen for each data set.

    An example of joined data sets keeps only the labels of the data sets that are scored on the split it is in.
    """
    if not source.parts:
        name = _split_to_score(source.examples, source.splits, wanted)
        return {name: tuple(one for one in source.examples if name == "all" or source.splits.get(one.id) == name)}
    labels: dict[str, dict[str, dict[str, str]]] = {}
    for part in source.parts:
        own = tuple(one for one in source.examples if not one.labels.keys().isdisjoint(part.tasks))
        name = _split_to_score(own, part.splits, wanted, part=part.name)
        for one in own:
            if name in ("all", part.splits.get(one.id)):
                mine = {task: label for task, label in one.labels.items() if task in part.tasks}
                labels.setdefault(name, {}).setdefault(one.id, {}).update(mine)
    raw = {one.id: one.raw for one in source.examples}
    return {
        name: tuple(Example(identity, raw[identity], mine) for identity, mine in of_split.items())
        for name, of_split in labels.items()
    }


def _split_to_score(
    examples: Sequence[Example], splits: Mapping[str, str], wanted: str | None, *, part: str = ""
) -> str:
    present = {splits.get(example.id, "all") for example in examples}
    if wanted is not None and wanted not in {*present, "all"}:
        known = [*sorted(present - {"all"}), "all"]
        raise ConfigError("unknown-split", split=wanted, part=part, joined=bool(part), known=known)
    return wanted or next((one for one in ("test", "valid") if one in present), "all")
