"""Advice in seconds to a minute: backbones race over some of the examples, and nothing is fine-tuned.

The story, straight down: read and check the data, draw a sample, let every backbone show what a linear head makes of
its frozen features on a few hundred examples, stop those that are clearly worse, show the others all of the sample,
rank them, and look the strategy up. Features come through the store that training uses, under the same keys: a linear
probe that follows finds them there. The test split is read and checked like the rest, and never used.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from ghep.advice.candidates import backbones_at_choice, short_name, too_large
from ghep.advice.features import Extractor
from ghep.advice.keywords import AdviseKeywords
from ghep.advice.probe import probe
from ghep.advice.question import Listener, Question
from ghep.advice.race import clearly_worse, rounds
from ghep.advice.record import Advice, Asked, Candidate, LeftOut, Probed, Round, Scores
from ghep.advice.rules import Case, rule
from ghep.advice.sample import stratified
from ghep.advice.source_head import SourceHead, source_head
from ghep.advice.track_record import track_record
from ghep.data.check import prepare
from ghep.data.dataset import Source
from ghep.data.sources.options import READ_OPTION_NAMES, READ_OPTIONS
from ghep.data.sources.tasks import Readable, source_from
from ghep.errors import ConfigError, UserError, did_you_mean
from ghep.features.options import FeatureOptions
from ghep.features.transferability import h_score, knn, leep, log_me, nce
from ghep.metrics.paired import mcnemar
from ghep.setting import settings_of, with_signature
from ghep.tasks.classification import Classification
from ghep.types import Finding

MOST = {"train": 1000, "valid": 500}
"""Examples that are used."""
CHANCE = 0.05
"""Backbones whose probes differ with a p value above this are level."""
HELD_BYTES = 2**29
"""Weights that are kept in memory between rounds; more are loaded again."""


@with_signature({**settings_of(FeatureOptions), **READ_OPTIONS})
def advise(
    data: Readable,
    *,
    backbones: Sequence[str | Path] | str | None = None,
    shipped: bool = True,
    seed: int = 0,
    reporter: Listener | None = None,
    **options: Unpack[AdviseKeywords],
) -> Advice:
    """Return which backbone and which strategy to try first on ``data``, and the evidence.

    ``backbones`` are names, files or folders of them, tried along with what ships with ghep unless ``shipped`` is
    false. Unless given, everything that is installed for such data is tried (``ghep backbones`` lists it).
    ``options`` are fields of FeatureOptions (``cache_dir``, ``workers``, ...) or of how a table is read
    (``text_column``, ``label_columns``, ...), as ``fit`` takes them; None is not given. With the same
    ``seed`` a ``fit`` that follows has the same splits.

    Where there are 600 examples or more, every backbone sees 300 of them first, and only those that are not clearly
    worse than the leader see the rest (``advice/race.py``). No clock has a say in who is stopped.

    A backbone that cannot be used is left out and named. Raises DataError, BackboneError (none can be used) or
    ConfigError for what the user can correct.

    >>> advice = advise("photos/", backbones=["weights/"])      # doctest: +SKIP
    >>> ghep.fit("photos/", backbone=advice.backbone, strategy=advice.strategy)  # doctest: +SKIP
    """
    began = time.perf_counter()
    columns, known = _sorted(options)
    source = source_from(data, **columns)
    named = [backbones] if isinstance(backbones, (str, Path)) else list(backbones or ())
    names = backbones_at_choice(named, source.modality, shipped=shipped)
    question = question_about(source, seed, known, reporter)
    candidates, left_out = _raced(names, question)
    best = candidates[0]
    random, dataset = _random(best, question), question.dataset
    compared = best.rounds[0].probe.accuracy if len(best.rounds) > 1 else None
    majority = _majority(question, best.probe)
    case = Case(len(dataset.train), question.task.outputs, best.probe.accuracy, majority, random.accuracy, compared)
    asked = Asked(
        dataset.name,
        dataset.modality,
        question.task.name,
        {str(split): count for split, count in dataset.counts.items()},
        dict(zip(("train", "valid"), map(len, question.used), strict=True)),
    )
    large = too_large(source.modality) if shipped and not named else ()
    return Advice(
        asked,
        candidates,
        case,
        rule(case),
        time.perf_counter() - began,
        seed,
        (*left_out, *(LeftOut(name, why, "name it: --backbones (backbones=[...])") for name, why in large)),
        (*_about(question), *dataset.findings),
        track_record(),
    )


def _sorted(options: Mapping[str, Any]) -> tuple[dict[str, Any], FeatureOptions]:
    """Divide what was given into how data are read and how features are made; ConfigError for anything else."""
    given = {name: value for name, value in options.items() if value is not None}
    of_reading, of_advice = READ_OPTION_NAMES, {field.name for field in dataclasses.fields(FeatureOptions)}
    unknown = [name for name in given if name not in of_reading and name not in of_advice]
    if unknown:
        raise ConfigError(
            f"advise knows no {', '.join(unknown)}",
            remedy="; ".join(str(did_you_mean(name, [*of_reading, *of_advice])) for name in unknown),
        )
    columns = {name: value for name, value in given.items() if name in of_reading}
    return columns, FeatureOptions(**{name: value for name, value in given.items() if name in of_advice})


def question_about(source: Source, seed: int, options: FeatureOptions, listener: Listener | None) -> Question:
    """Read and check ``source``, draw a sample and divide it into rounds; DataError or ConfigError where that fails."""

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
    races = rounds(drawn["train"], drawn["valid"], classes=task.outputs, seed=seed)
    return Question(dataset, task, races, seed, options, listener)


def _about(question: Question) -> tuple[Finding, ...]:
    """Report which part of the data the advice rests on."""
    dataset, found = question.dataset, []
    if len(dataset.tasks) > 1:
        message = f"the advice is about {question.task.name}, the first of {len(dataset.tasks)} tasks"
        found.append(Finding("one-task", "info", message, "name another with --label (label_columns)"))
    used, there = sum(map(len, question.used)), len(dataset.train) + len(dataset.valid)
    if used < there:
        message = f"the advice rests on {used} of {there} examples, drawn so that each class has its share"
        found.append(Finding("sampled", "info", message))
    return tuple(found)


@dataclass
class _Runner:
    """A backbone in the race."""

    extractor: Extractor
    rounds: list[Round] = field(default_factory=list)
    stopped: str = ""
    source: str = ""
    head: SourceHead | str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return short_name(self.extractor.name)

    @property
    def probe(self) -> Probed:
        return self.rounds[-1].probe

    def run(self, number: int) -> None:
        """Run round ``number``: features of its examples, a probe, scores."""
        began, question = time.perf_counter(), self.extractor.question
        found = self.extractor.over(question.rounds[number])
        if not self.rounds:
            backbone = self.extractor.backbone
            self.source, self.head = backbone.card.source, source_head(self.extractor.name, backbone)
        probed = probe(found.train, found.valid, question.task.outputs, seed=question.seed)
        features, targets = found.both
        self.rounds.append(Round(len(targets), probed, _scores(features, targets, self.head)))
        self.findings = self.extractor.findings()
        self.seconds += time.perf_counter() - began

    def candidate(self, *, level: bool) -> Candidate:
        rounds, name = tuple(self.rounds), self.extractor.name
        return Candidate(name, self.name, self.source, rounds, self.seconds, self.findings, level, self.stopped)


def _raced(names: Sequence[str], question: Question) -> tuple[tuple[Candidate, ...], tuple[LeftOut, ...]]:
    """Return the backbones, best first and those that were stopped last, and those that cannot be used."""
    left_out: dict[str, UserError] = {}
    running = _round(0, [_Runner(Extractor(name, question)) for name in names], question, left_out)
    stopped: list[_Runner] = []
    for number in range(1, len(question.rounds)):
        running, worse = _divided(running, question)
        running = _round(number, running, question, left_out)
        if not running:  # whoever was ahead failed on the further examples
            running, worse = _round(number, worse, question, left_out), []
        stopped = [*worse, *stopped]
    if not running:
        raise next(iter(left_out.values()))
    best = running[0].probe.correct
    candidates = [one.candidate(level=mcnemar(best, one.probe.correct).p_value > CHANCE) for one in running]
    candidates += [one.candidate(level=False) for one in stopped]
    return tuple(candidates), tuple(LeftOut(name, error.cause, error.remedy) for name, error in left_out.items())


def _round(
    number: int, runners: Sequence[_Runner], question: Question, left_out: dict[str, UserError]
) -> list[_Runner]:
    """Run one round and return the runners best first; those that fail go to ``left_out``."""
    finished, held = [], 0
    for runner in runners:
        try:
            runner.run(number)
        except UserError as error:
            left_out[runner.extractor.name] = error
            continue
        question.say(f"{runner.name}: {runner.probe.accuracy:.3f} on {runner.rounds[-1].examples} examples")
        runner.stopped = ""
        finished.append(runner)
        held += runner.extractor.weight_bytes()
        if held > HELD_BYTES or number + 1 == len(question.rounds):
            runner.extractor.release()
    return sorted(finished, key=lambda one: (-one.probe.accuracy, -one.rounds[-1].scores.log_me))


def _divided(runners: Sequence[_Runner], question: Question) -> tuple[list[_Runner], list[_Runner]]:
    """Return those that run on and those that are clearly worse than the first, which stop."""
    running, worse = list(runners[:1]), []
    for one in runners[1:]:
        first = running[0]
        if not clearly_worse(first.probe.correct, one.probe.correct):
            running.append(one)
            continue
        accuracies = f"{one.probe.accuracy:.3f} against {first.probe.accuracy:.3f}"
        one.stopped = f"clearly worse than {first.name} on {one.rounds[-1].examples} examples: {accuracies}"
        one.extractor.release()
        worse.append(one)
    if worse:
        names = ", ".join(one.name for one in worse)
        question.say(f"clearly worse on {worse[0].rounds[-1].examples} examples, so stopped: {names}")
    return running, worse


def _scores(features: np.ndarray, targets: np.ndarray, head: SourceHead | str) -> Scores:
    of_features = (log_me(features, targets), h_score(features, targets), knn(features, targets))
    if isinstance(head, str):
        return Scores(*of_features, no_leep=head)
    source = head.probabilities(features)
    return Scores(*of_features, leep(source, targets), nce(source.argmax(1), targets))


def _majority(question: Question, probed: Probed) -> float:
    """Return how often the commonest answer is right among the examples that were scored."""
    train, valid = question.used
    targets = question.targets((*train, *valid) if probed.folds else valid)
    return float(np.bincount(targets).max() / len(targets))


def _random(best: Candidate, question: Question) -> Probed:
    """Return what the probe of ``best`` would have been without its weights, on the examples of the first round."""
    found = Extractor(best.backbone, question, random_weights=True).over(question.rounds[0])
    return probe(found.train, found.valid, question.task.outputs, seed=question.seed)
