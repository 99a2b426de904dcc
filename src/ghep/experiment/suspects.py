"""``ghep.suspects``: which labels of a data set are probably wrong, by a linear head on a backbone's frozen features.

In: data and a backbone. Out: a ``Suspects`` (``suspects_record.py``). The features of all labelled examples come from
the store, or are computed as a linear probe computes them and stored. Five heads are solved, each without one fifth of
the examples; copies and named groups are in one fold, because a copy of an example would give its label away. Each
label is then judged by the head that has not seen it (``guards/labels.py``). Nothing is deleted or changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from ghep.advice.keywords import AdviseKeywords
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.installed import default_backbone
from ghep.data.check import check
from ghep.data.dataset import Dataset
from ghep.data.loading.batches import LabelledExamples
from ghep.data.modalities import refuse_other
from ghep.data.report import CheckReport
from ghep.data.sources.options import READ_OPTION_NAMES, READ_OPTIONS
from ghep.data.sources.tasks import Readable
from ghep.errors import BackboneError, ConfigError, did_you_mean
from ghep.experiment.prepared import Prepared, source_of, tasks_of
from ghep.experiment.suspects_record import Suspect, Suspects, TaskSuspects
from ghep.features.frozen import frozen_part
from ghep.features.options import FeatureOptions
from ghep.features.probes import out_of_fold, solve_head
from ghep.guards.labels import BAR, FEWEST, FOLDS, Doubts, doubtful, findable, folds_by_group
from ghep.model.device import device_named
from ghep.reporter import Reporter, Silent
from ghep.setting import refusals, settings_of, with_signature
from ghep.tasks.base import Classifier, Task, labelled
from ghep.tasks.rating import Rating
from ghep.types import Example, Finding, LabelSet, Split


@with_signature({**settings_of(FeatureOptions), **READ_OPTIONS})
def suspects(
    data: Readable,
    backbone: str | Path | None = None,
    *,
    ratings: Sequence[str] = (),
    seed: int = 0,
    reporter: Reporter | None = None,
    **options: Unpack[AdviseKeywords],
) -> Suspects:
    """Return the examples of ``data`` whose labels are probably wrong, most doubtful first; nothing is changed.

    ``backbone`` is a name or a path, as in ``fit``; the better a linear head on its features, the more wrong labels can
    be found. ``ratings`` are tasks whose labels are ordered numbers; these, and numbers, are not judged. ``seed`` is
    the seed of splits and folds. ``options`` are the fields of FeatureOptions (``cache_dir``, ``device``, ...) and the
    options of reading (``text_column``, ...).

    Raises ConfigError for unknown options, DataError and BackboneError as ``fit`` does.

    >>> found = ghep.suspects("photos/")                      # doctest: +SKIP
    >>> found.save("doubtful")         # suspects.csv and suspects.html     # doctest: +SKIP
    >>> ghep.fit("photos/", drop_suspects="doubtful/suspects.csv")  # doctest: +SKIP
    """
    return checked_suspects(data, backbone, ratings=ratings, seed=seed, reporter=reporter, options=options)[1]


def checked_suspects(
    data: Readable,
    backbone: str | Path | None = None,
    *,
    ratings: Sequence[str] = (),
    seed: int = 0,
    reporter: Reporter | None = None,
    options: Mapping[str, Any],
) -> tuple[CheckReport, Suspects]:
    """Return the report of ``ghep.check`` and the suspects, after reading ``data`` once.

    ``options`` are those of ``suspects``, as a mapping.
    """
    columns, known = _divided_options(options)
    reporter = reporter or Silent()
    source = source_of(data, columns, ratings)
    name = str(backbone) if backbone is not None else default_backbone(source.modality)
    network = load_backbone(name, image_size=known.image_size)
    network.limit_texts(known.max_length, known.truncate)
    one = f"--backbone {default_backbone(source.modality)}"
    refuse_other(source.name, source.modality, network.preprocess.modality, who=network.card.name, one=one)
    store = network.preprocess.prepared_store(limit_bytes=known.cache_size)
    report = check(
        source,
        seed=seed,
        strict=known.strict,
        keep=store,
        progress=lambda done, total: reporter.progress("read", done, total),
    )
    prepared = Prepared(report.dataset, store, network.preprocess.measured_on(report.dataset).identity())
    network.to(device_named(known.device))
    found = suspects_in(network, prepared, options=known, ratings=ratings, seed=seed, reporter=reporter)
    return report, found


def suspects_in(
    backbone: Backbone,
    prepared: Prepared,
    *,
    options: FeatureOptions | None = None,
    ratings: Sequence[str] = (),
    seed: int = 0,
    reporter: Reporter | None = None,
) -> Suspects:
    """Return the suspects of ``prepared``, which was prepared for ``backbone``.

    Raises BackboneError for a backbone whose features are not one vector for each example.
    """
    options, reporter, dataset = options or FeatureOptions(), reporter or Silent(), prepared.dataset
    backbone.preprocess = backbone.preprocess.measured_on(dataset)
    if backbone.ragged_features:
        raise BackboneError("backbone-generates-labels", backbone=backbone.card.name)
    backbone.look_at(prepared.store, dataset.train)
    tasks = tasks_of(dataset, ratings)
    splits = prepared.labelled(tasks, backbone.preprocess)
    features: dict[Split, np.ndarray] = {}
    said: list[Finding] = []
    if any(map(_is_judged, tasks)):
        features, said = _features(backbone, splits, options, reporter)
    found = suspects_by_features(dataset, backbone.card.name, tasks, splits, features, seed=seed)
    return replace(found, findings=(*said, *found.findings))


def suspects_by_features(
    dataset: Dataset,
    backbone: str,
    tasks: Sequence[Task],
    splits: Mapping[Split, LabelledExamples],
    features: Mapping[Split, np.ndarray],
    *,
    seed: int = 0,
) -> Suspects:
    """Return the suspects of ``dataset`` by the ``features`` (N, D) of each split; ``backbone`` is the name to show."""
    judged = [task for task in tasks if _is_judged(task)]
    skipped = [task.name for task in tasks if not _is_judged(task)]
    findings = [Finding.of("suspects-not-of-numbers", "info", tasks=skipped, count=len(skipped))] if skipped else []
    names: list[tuple[Split, Example]] = [(split, one) for split in splits for one in splits[split].examples]
    groups = np.unique([dataset.groups.get(one.id, one.id) for _, one in names], return_inverse=True)[1]
    rows = np.concatenate([features[split] for split in splits]) if judged else np.empty((0, 0))
    found = []
    for task in judged:
        assert isinstance(task, Classifier)
        targets = np.concatenate([splits[split].targets[task.name] for split in splits])
        judge = _judge_classes if task.exclusive else _judge_sets
        part, small = judge(task, rows, targets, groups, names, dataset.digests, seed)
        found.append(part)
        findings += _findings_on(part, small)
    return Suspects(dataset.name, backbone, dataset.modality, tuple(found), tuple(findings))


def _is_judged(task: Task) -> bool:
    """Whether the labels of ``task`` can be wrong as classes are: a neighbouring number is no wrong label."""
    return isinstance(task, Classifier) and not isinstance(task, Rating)


def _divided_options(options: Mapping[str, Any]) -> tuple[dict[str, Any], FeatureOptions]:
    """Divide ``options`` into those for reading data and those for features; raise ConfigError for any other."""
    given = {name: value for name, value in options.items() if value is not None}
    known = settings_of(FeatureOptions)
    unknown = [name for name in given if name not in READ_OPTION_NAMES and name not in known]
    wrong = refusals({**known, **READ_OPTIONS}, given)
    if unknown or wrong:
        hints = [did_you_mean(name, [*known, *READ_OPTION_NAMES]) for name in unknown]
        raise ConfigError("suspects-options-refused", names=unknown, count=len(unknown), hints=hints, wrong=wrong)
    columns = {name: value for name, value in given.items() if name in READ_OPTION_NAMES}
    return columns, FeatureOptions(**{name: value for name, value in given.items() if name in known})


def _features(
    backbone: Backbone, splits: Mapping[Split, LabelledExamples], options: FeatureOptions, reporter: Reporter
) -> tuple[dict[Split, np.ndarray], list[Finding]]:
    """Return split -> features (N, D), float32, and findings on the store; one pass for each split."""
    expected = sum(map(len, splits.values()))
    part = frozen_part(backbone, options, expected=expected, progress=reporter.progress)
    found = {split: part.features(data, what=split) for split, data in splits.items()}
    return found, part.findings


Names = Sequence[tuple[Split, Example]]


def _judge_classes(
    task: Classifier,
    features: np.ndarray,
    targets: np.ndarray,
    groups: np.ndarray,
    names: Names,
    digests: Mapping[str, str],
    seed: int,
) -> tuple[TaskSuspects, list[str]]:
    """Return the suspects of a task with one class per example, and the classes with too few examples to judge."""
    counts = np.bincount(targets[labelled(targets)], minlength=task.outputs)
    enough = np.flatnonzero(counts >= FEWEST)
    small = [task.classes[k] for k in np.flatnonzero((counts > 0) & (counts < FEWEST))]
    places = np.flatnonzero(np.isin(targets, enough))
    if len(enough) < 2:
        return TaskSuspects(task.name, 0, len(enough), float("nan"), float("nan"), (), None), small
    targets = np.searchsorted(enough, targets[places])
    doubts = judged_by_heads(features[places], targets, len(enough), groups[places], seed=seed)
    found = []
    for row in doubts.suspects.tolist():
        split, example = names[places[row]]
        likely = int(doubts.likely[row])
        found.append(
            Suspect(
                example.id,
                split,
                task.classes[enough[targets[row]]],
                task.classes[enough[likely]],
                float(doubts.probabilities[row, targets[row]]),
                float(doubts.probabilities[row, likely]),
                float(doubts.margins[row]),
                digests.get(example.id, ""),
                example.raw,
            )
        )
    bound = findable(doubts.accuracy, len(enough))
    part = TaskSuspects(task.name, len(places), len(enough), doubts.accuracy, doubts.wrong, tuple(found), bound)
    return part, small


def _judge_sets(
    task: Classifier,
    features: np.ndarray,
    targets: np.ndarray,
    groups: np.ndarray,
    names: Names,
    digests: Mapping[str, str],
    seed: int,
) -> tuple[TaskSuspects, list[str]]:
    """Return the suspects of a task with several classes per example: each class is a separate question, yes or no.

    An example is a suspect if the answer for one of its classes is; its most doubtful class counts.
    """
    places = np.flatnonzero(labelled(targets))
    targets = targets[places]
    worst: dict[int, tuple[float, int, float, float]] = {}
    accuracies, shares, small = [], [], []
    for k, name in enumerate(task.classes):
        if np.bincount(targets[:, k], minlength=2).min() < FEWEST:
            small.append(name)
            continue
        answers = targets[:, k].astype(np.int64)
        doubts = judged_by_heads(features[places], answers, 2, groups[places], seed=seed)
        accuracies.append(doubts.accuracy)
        shares.append(doubts.wrong)
        for row in doubts.suspects.tolist():
            given = answers[row]
            label, likely = doubts.probabilities[row, [given, 1 - given]].tolist()
            one = (float(doubts.margins[row]), k, label, likely)
            worst[row] = min(worst.get(row, one), one)
    found = []
    for row, (margin, k, label, likely) in sorted(worst.items(), key=lambda item: item[1]):
        split, example = names[places[row]]
        given = LabelSet(example.labels[task.name])
        changed = LabelSet.of(set(given.names) ^ {task.classes[k]})
        content = digests.get(example.id, "")
        found.append(Suspect(example.id, split, str(given), changed, label, likely, margin, content, example.raw))
    judged = len(places) if accuracies else 0
    accuracy, wrong = (float(np.mean(values)) if values else float("nan") for values in (accuracies, shares))
    return TaskSuspects(task.name, judged, len(accuracies), accuracy, wrong, tuple(found), None), small


def judged_by_heads(
    features: np.ndarray, targets: np.ndarray, classes: int, groups: np.ndarray, *, seed: int = 0
) -> Doubts:
    """Return the doubts about ``targets`` (N,) of heads on ``features`` (N, D) that have not seen the example.

    Rows with the same number in ``groups`` (N,) are in one fold. The regularisation is chosen as for a probe, with the
    first fold as valid.
    """
    folds = folds_by_group(targets, groups, FOLDS, seed=seed)
    first = folds == 0
    valid = features[first], targets[first]
    strength = solve_head(features[~first], targets[~first], classes, valid=valid, coarse=True).strength
    return doubtful(out_of_fold(features, targets, classes, folds, strength=strength), targets)


def _findings_on(part: TaskSuspects, small: Sequence[str]) -> Iterator[Finding]:
    if small:
        yield Finding.of(
            "classes-too-small-to-judge", "info", items=small, task=part.task, count=len(small), needed=FEWEST
        )
    if part.share > BAR:
        yield Finding.of(
            "wrong-labels",
            "warning",
            items=[one.id for one in part.suspects],
            task=part.task,
            count=len(part.suspects),
            total=part.judged,
            share=part.share,
            bar=BAR,
        )
