"""Advice in seconds to a minute: every backbone runs once over some of the examples, and nothing is fine-tuned.

The story, straight down: read and check the data, draw a sample, let each backbone say what its frozen features make
of it, put them in order, and look the strategy up. Features come through the store that training uses, under the same
keys: a linear probe that follows finds them there. The test split is read and checked like the rest, and never looked
at.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ghep.advice.at_choice import backbones_at_choice, short_name
from ghep.advice.probe import probe
from ghep.advice.record import Advice, Asked, Candidate, LeftOut, Probed, Scores
from ghep.advice.rules import Case, rule
from ghep.advice.sample import stratified
from ghep.advice.source_head import source_head
from ghep.advice.track import track_record
from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.dataset import Dataset, Source
from ghep.data.loader import LabelledExamples
from ghep.data.modalities import refuse_other
from ghep.data.pixels import DEFAULT_LIMIT_BYTES
from ghep.data.sources.options import READ_OPTION_NAMES
from ghep.data.sources.tasks import Readable, source_from
from ghep.errors import BackboneError, ConfigError, DataError, UserError, did_you_mean
from ghep.features.frozen import Engines, FrozenPart
from ghep.features.store import StoreFullError, opened_store
from ghep.features.transferability import h_score, knn, leep, log_me, nce
from ghep.metrics.paired import mcnemar
from ghep.model.device import device_named
from ghep.tasks.classification import Classification
from ghep.types import Example, Finding

MOST = {"train": 1000, "valid": 500}
"""Examples that are looked at."""
CHANCE = 0.05
"""A difference that is this likely between equally good backbones is none that can be told."""


class Listener(Protocol):
    """Where progress goes; every reporter of ``fit`` is one."""

    def say(self, text: str) -> None:
        """Take one line."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Take ``done`` of ``total`` in ``phase``."""


@dataclass(frozen=True, kw_only=True)
class AdviceOptions:
    """How advice is come by, beside what it is about. Names and meanings are those of ``fit``."""

    image_size: int | None = None
    strict: bool = False
    device: str = "auto"
    workers: int = 2
    cache: bool = True
    cache_dir: Path | str | None = None
    cache_size: int = DEFAULT_LIMIT_BYTES
    engine: str = "auto"
    deterministic: bool = False


@dataclass(frozen=True)
class _Question:
    """The examples that are looked at, and what is asked of them."""

    dataset: Dataset
    task: Classification
    train: tuple[Example, ...]
    valid: tuple[Example, ...]
    seed: int
    options: AdviceOptions
    listener: Listener | None

    def targets(self, examples: Sequence[Example]) -> np.ndarray:
        return np.asarray(self.task.encode([example.labels for example in examples]))


@dataclass(frozen=True)
class _Features:
    """What a frozen backbone makes of the examples: (n, D) and (n,) of each split, and what was found on the way."""

    train: tuple[np.ndarray, np.ndarray]
    valid: tuple[np.ndarray, np.ndarray]
    findings: tuple[Finding, ...]

    @property
    def both(self) -> tuple[np.ndarray, np.ndarray]:
        features, targets = (np.concatenate(parts) for parts in zip(self.train, self.valid, strict=True))
        return features, targets


def advise(
    data: Readable,
    *,
    backbones: Sequence[str | Path] | str | None = None,
    shipped: bool = True,
    seed: int = 0,
    reporter: Listener | None = None,
    **options: Any,
) -> Advice:
    """Return which backbone and which strategy to try first on ``data``, and what that rests on.

    ``backbones`` are names, files or folders of them, beside what ships with ghep for such data; without that where
    ``shipped`` is false and some are named. ``options`` are fields
    of AdviceOptions (``cache_dir``, ``workers``, ...) or what is said of a table (``text_column``, ``label_columns``,
    ...), as ``fit`` takes them; None is not given. With the same ``seed`` a ``fit`` that follows has the same splits.
    A backbone that cannot be used is left out and named. Raises DataError, BackboneError (none can be used),
    ConfigError for what the user can mend.

    >>> advice = advise("photos/", backbones=["weights/"])      # doctest: +SKIP
    >>> ghep.fit("photos/", backbone=advice.backbone, strategy=advice.strategy)  # doctest: +SKIP
    """
    began = time.perf_counter()
    columns, known = _sorted(options)
    source = source_from(data, **columns)
    named = [backbones] if isinstance(backbones, (str, Path)) else list(backbones or ())
    names = backbones_at_choice(named, source.modality, shipped=shipped)
    question = _question(source, seed, known, reporter)
    candidates, left_out = _measured(names, question)
    best = candidates[0]
    random = _random_accuracy(best, question)
    dataset = question.dataset
    majority = _majority(question, best.probe)
    case = Case(len(dataset.train), question.task.outputs, best.probe.accuracy, majority, random)
    asked = Asked(
        dataset.name,
        dataset.modality,
        question.task.name,
        {str(split): count for split, count in dataset.counts.items()},
        {"train": len(question.train), "valid": len(question.valid)},
    )
    return Advice(
        asked,
        candidates,
        case,
        rule(case),
        time.perf_counter() - began,
        seed,
        left_out,
        (*_about(question), *dataset.findings),
        track_record(),
    )


def _sorted(options: Mapping[str, Any]) -> tuple[dict[str, Any], AdviceOptions]:
    """Divide what was given into how data are read and how advice is come by; ConfigError for anything else."""
    given = {name: value for name, value in options.items() if value is not None}
    of_reading, of_advice = READ_OPTION_NAMES, {field.name for field in dataclasses.fields(AdviceOptions)}
    unknown = [name for name in given if name not in of_reading and name not in of_advice]
    if unknown:
        raise ConfigError(
            f"advise knows no {', '.join(unknown)}",
            remedy="; ".join(did_you_mean(name, [*of_reading, *of_advice]) for name in unknown),
        )
    columns = {name: value for name, value in given.items() if name in of_reading}
    return columns, AdviceOptions(**{name: value for name, value in given.items() if name in of_advice})


def _question(source: Source, seed: int, options: AdviceOptions, listener: Listener | None) -> _Question:
    def progress(done: int, total: int) -> None:
        if listener is not None:
            listener.progress("read", done, total)

    dataset = prepare(source, seed=seed, strict=options.strict, progress=progress)
    if dataset.tasks[0] in dataset.multi_label:
        raise ConfigError(
            f"{dataset.tasks[0]} is multi-label, with bars between the classes of a label: advise knows one class each",
            remedy="name another column with --label (label_columns), or compare backbones: ghep compare",
        )
    task = Classification(dataset.tasks[0], dataset.classes[dataset.tasks[0]])
    labelled = {
        split: [example for example in dataset.examples(split) if task.name in example.labels]
        for split in ("train", "valid")
    }
    drawn = {split: stratified(examples, MOST[split], seed=seed) for split, examples in labelled.items()}
    return _Question(dataset, task, drawn["train"], drawn["valid"], seed, options, listener)


def _about(question: _Question) -> tuple[Finding, ...]:
    """Say what part of the data the advice rests on."""
    dataset, found = question.dataset, []
    if len(dataset.tasks) > 1:
        message = f"the advice is about {question.task.name}, the first of {len(dataset.tasks)} tasks"
        found.append(Finding("one-task", "info", message, "name another with --label (label_columns)"))
    used, there = len(question.train) + len(question.valid), len(dataset.train) + len(dataset.valid)
    if used < there:
        message = f"the advice rests on {used} of {there} examples, drawn so that each class has its share"
        found.append(Finding("sampled", "info", message))
    return tuple(found)


def _measured(names: Sequence[str], question: _Question) -> tuple[tuple[Candidate, ...], tuple[LeftOut, ...]]:
    """Return the backbones best first, and those that cannot be used."""
    candidates, left_out = [], []
    errors: list[UserError] = []
    for name in names:
        try:
            candidates.append(_candidate(name, question))
        except (BackboneError, DataError) as error:
            left_out.append(LeftOut(name, error.cause, error.remedy))
            errors.append(error)
        else:
            _say(question, f"{candidates[-1].name}: {candidates[-1].probe.accuracy:.3f}")
    if not candidates:
        raise errors[0]
    candidates.sort(key=lambda one: (-one.probe.accuracy, -one.scores.log_me))
    best = candidates[0].probe.correct
    ranked = (dataclasses.replace(one, level=mcnemar(best, one.probe.correct).p_value > CHANCE) for one in candidates)
    return tuple(ranked), tuple(left_out)


def _candidate(name: str, question: _Question) -> Candidate:
    began = time.perf_counter()
    backbone = load_backbone(name, seed=question.seed, image_size=question.options.image_size)
    found = _features(backbone, question)
    probed = probe(found.train, found.valid, question.task.outputs, seed=question.seed)
    features, targets = found.both
    head = source_head(name, backbone)
    if isinstance(head, str):
        scores = Scores(log_me(features, targets), h_score(features, targets), knn(features, targets), no_leep=head)
    else:
        said = head.probabilities(features)
        scores = Scores(
            log_me(features, targets),
            h_score(features, targets),
            knn(features, targets),
            leep(said, targets),
            nce(said.argmax(1), targets),
        )
    seconds = time.perf_counter() - began
    return Candidate(name, short_name(name), backbone.card.source, probed, scores, seconds, found.findings)


def _majority(question: _Question, probed: Probed) -> float:
    """Return how often the commonest answer is right among the examples that were scored."""
    targets = question.targets((*question.train, *question.valid) if probed.folds else question.valid)
    return float(np.bincount(targets).max() / len(targets))


def _random_accuracy(best: Candidate, question: _Question) -> float:
    """Return what the probe of ``best`` would have been without its weights."""
    size = question.options.image_size
    backbone = load_backbone(best.backbone, random_weights=True, seed=question.seed, image_size=size)
    found = _features(backbone, question)
    return probe(found.train, found.valid, question.task.outputs, seed=question.seed).accuracy


def _features(backbone: Backbone, question: _Question) -> _Features:
    """Run the frozen backbone over the sample, as a linear probe on all of the data would."""
    dataset, options = question.dataset, question.options
    preprocess = backbone.preprocess = backbone.preprocess.measured_on(dataset)
    refuse_other(dataset.name, dataset.modality, preprocess.modality, who=backbone.card.name)
    if backbone.ragged_features:
        raise BackboneError(
            f"{backbone.card.name} writes its labels: no linear head can be solved on it",
            remedy="compare it by fine-tuning it: ghep fit --strategy full",
        )
    store = preprocess.prepared_store(limit_bytes=options.cache_size, measure=False)
    backbone.look_at(store, dataset.train)
    backbone.to(device_named(options.device))
    kept, said = opened_store(options.cache_dir, limit_bytes=options.cache_size) if options.cache else (None, ())
    part = FrozenPart(
        backbone,
        store=kept,
        engines=Engines(options.engine, fixed=options.deterministic),
        workers=options.workers,
        progress=None if question.listener is None else question.listener.progress,
    )
    part.findings += said
    found = []
    for split, examples in (("train", question.train), ("valid", question.valid)):
        targets = question.targets(examples)
        data = LabelledExamples(
            examples, {question.task.name: targets}, store, preprocess, dataset.digests, store.lengths(examples)
        )
        found.append((_matrix(part, data, split), targets))
    findings = (*backbone.findings, *store.findings(question.train), *part.findings)
    return _Features(found[0], found[1], tuple(one for one in findings if one.code != "source-head-left-out"))


def _matrix(part: FrozenPart, data: LabelledExamples, split: str) -> np.ndarray:
    """Return the features (n, D). Exact: rows that the probe of a run may use for training and for scoring."""
    boundary = len(part.backbone.blocks())
    if not len(data):
        return np.zeros((0, part.backbone.feature_dim), np.float32)
    try:
        return part.activations(data, [boundary], exact=True, what=split)[boundary].matrix()
    except StoreFullError:  # features are small: they fit memory where they do not fit the bound
        return part.in_memory().activations(data, [boundary], exact=True, what=split)[boundary].matrix()


def _say(question: _Question, text: str) -> None:
    if question.listener is not None:
        question.listener.say(text)
