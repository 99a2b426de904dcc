"""Advice within a minute, without fine-tuning: which backbone and which strategy to try first.

In: the user's data and the backbones to choose from. Out: an ``Advice`` (``record.py``). In order: read and check the
data, draw a sample of the examples, score a linear head on every backbone's frozen features for a few hundred of them,
stop the clearly worse backbones, score the others on the whole sample, rank them, and choose a strategy from a table
(``rules.py``). Features are saved in the same store and under the same keys as in training, so a later linear probe
reuses them. The test split is read and checked like the other splits, and compared with them (``guards/splits.py``),
but never scored. Where the training images do not look like a backbone's source data (``guards/mismatch.py``), the
backbone also runs with BatchNorm statistics of these images.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from ghep.advice.candidates import backbones_at_choice, short_name, too_large
from ghep.advice.controls import linear_control, linear_findings, majority, majority_correct, random_features
from ghep.advice.features import Extractor, Features
from ghep.advice.keywords import AdviseKeywords
from ghep.advice.probe import probe
from ghep.advice.question import Listener, Question
from ghep.advice.race import clearly_worse, rounds
from ghep.advice.record import Advice, Asked, Candidate, EarlierBlock, LeftOut, Probed, Round, Scores
from ghep.advice.rules import Case, rule
from ghep.advice.sample import stratified
from ghep.advice.track_record import track_record
from ghep.backbone.leading import last_block, middle
from ghep.backbone.source_head import SourceHead, source_head
from ghep.cluster.connect import Cluster, on_cluster
from ghep.data.check import prepare
from ghep.data.dataset import Source
from ghep.data.sources.options import READ_OPTION_NAMES, READ_OPTIONS
from ghep.data.sources.tasks import Readable, source_from
from ghep.errors import ConfigError, UserError, did_you_mean
from ghep.features.options import FeatureOptions
from ghep.features.transferability import h_score, knn, leep, log_me, nce
from ghep.guards.features import against_control
from ghep.guards.mismatch import DomainMismatch
from ghep.guards.poor_features import POOR
from ghep.guards.splits import SAMPLED, SplitDifferences, split_differences
from ghep.messages import Message, number_text, remedy_of, text_of
from ghep.metrics.paired import paired
from ghep.setting import settings_of, with_signature
from ghep.tasks.classification import Classification
from ghep.tasks.regression import Regression
from ghep.team import refuse_team
from ghep.types import Example, Finding, Split

RANGES = 10
"""Classes that a number counts like, when there are "many" or "few" examples per class."""
MOST = {"train": 1000, "valid": 500}
"""Split -> largest number of its examples that are used."""
CHANCE = 0.05
"""A backbone is level with the best if McNemar's test of their probes has a p value above this; for
regression, if that of Student's paired test has."""
HELD_BYTES = 2**29
"""Limit of memory for backbone weights between rounds: the backbones beyond it are loaded again in the next round."""


@with_signature({**settings_of(FeatureOptions), **READ_OPTIONS})
def advise(
    data: Readable,
    *,
    backbones: Sequence[str | Path] | str | None = None,
    shipped: bool = True,
    seed: int = 0,
    reporter: Listener | None = None,
    ray: str | None = None,
    **options: Unpack[AdviseKeywords],
) -> Advice:
    """Return an ``Advice``: the backbone and strategy to try first on ``data``, with the evidence.

    ``backbones`` are names of backbones, weight files or folders of weight files. The default backbone that ships with
    ghep is tried as well unless ``shipped`` is false. By default all backbones installed for this kind of data are
    tried (``ghep backbones`` lists them). ``options`` are the fields of FeatureOptions (``cache_dir``, ``workers``,
    ...) and the options for reading tables (``text_column``, ``label_columns``, ...), as in ``fit``; None means not
    given. A ``fit`` with the same ``seed`` has the same splits.

    With 600 examples or more, every backbone is first scored on 300 of them. Only the backbones that are not clearly
    worse than the leader are then scored on all examples (``advice/race.py``). Stopping does not depend on time.

    With ``ray`` ("auto" or HOST:PORT), the nodes of a Ray cluster read the data and compute the features. The advice
    does not depend on it.

    A backbone that cannot be used is left out and reported. Raises DataError or ConfigError for errors of the user,
    and BackboneError if no backbone can be used.

    >>> advice = advise("photos/", backbones=["weights/"])      # doctest: +SKIP
    >>> ghep.fit("photos/", backbone=advice.backbone, strategy=advice.strategy)  # doctest: +SKIP
    """
    refuse_team("advise")
    began = time.perf_counter()
    columns, known = _divided_options(options)
    source = source_from(data, **columns)
    named = [backbones] if isinstance(backbones, (str, Path)) else list(backbones or ())
    names = backbones_at_choice(named, source.modality, shipped=shipped)
    large = too_large(source.modality) if shipped and not named else {}
    with on_cluster(ray) as cluster:
        question = question_about(source, seed, known, reporter, cluster)
        return _answer(question, names, [_too_large(name, size) for name, size in large.items()], began=began)


def _answer(question: Question, names: Sequence[str], too_large: Sequence[LeftOut], *, began: float) -> Advice:
    """Score the backbones ``names`` and return the advice; ``too_large`` are those that were not tried."""
    candidates, left_out, features = _raced(names, question)
    best = candidates[0]
    random, dataset = random_features(best, question), question.dataset
    poor, earlier = _poor(best, random, question)
    differences = _split_differences(best, features, question)
    compared = best.rounds[0].probe.accuracy if len(best.rounds) > 1 else None
    (linear, unfitted), numeric = linear_control(best, question), isinstance(question.task, Regression)
    classes = RANGES if numeric else question.task.outputs
    constant = majority(question, best.probe)
    case = Case(len(dataset.train), classes, best.probe.accuracy, constant, random.accuracy, compared, numeric)
    asked = Asked(
        dataset.name,
        dataset.modality,
        question.task.name,
        {str(split): count for split, count in dataset.counts.items()},
        dict(zip(("train", "valid"), map(len, question.used), strict=True)),
    )
    return Advice(
        asked,
        candidates,
        case,
        rule(case),
        time.perf_counter() - began,
        question.seed,
        (*left_out, *too_large),
        (
            *(*_about(question), *_tried(candidates), *differences.findings, *dataset.findings),
            *(*poor, *linear_findings(linear, best), *unfitted),
        ),
        track_record(),
        earlier,
        linear,
    )


def _too_large(name: str, size: int) -> LeftOut:
    return LeftOut(name, text_of("backbone-too-large", size=size), remedy_of("backbone-too-large", size=size))


def _divided_options(options: Mapping[str, Any]) -> tuple[dict[str, Any], FeatureOptions]:
    """Divide ``options`` into those for reading data and those for features; raise ConfigError for unknown ones."""
    given = {name: value for name, value in options.items() if value is not None}
    of_reading, of_advice = READ_OPTION_NAMES, {field.name for field in dataclasses.fields(FeatureOptions)}
    unknown = [name for name in given if name not in of_reading and name not in of_advice]
    if unknown:
        hints = [did_you_mean(name, [*of_reading, *of_advice]) for name in unknown]
        raise ConfigError("advise-unknown-option", names=unknown, hints=hints)
    columns = {name: value for name, value in given.items() if name in of_reading}
    return columns, FeatureOptions(**{name: value for name, value in given.items() if name in of_advice})


def question_about(
    source: Source, seed: int, options: FeatureOptions, listener: Listener | None, cluster: Cluster | None
) -> Question:
    """Read and check ``source``, draw a sample and return it as a Question; raise DataError or ConfigError."""

    def progress(done: int, total: int) -> None:
        if listener is not None:
            listener.progress("read", done, total)

    dataset = prepare(source, seed=seed, strict=options.strict, progress=progress, cluster=cluster)
    if dataset.tasks[0] in dataset.multi_label:
        raise ConfigError("advise-multi-label", task=dataset.tasks[0])
    name = dataset.tasks[0]
    task: Classification | Regression = Classification(name, dataset.classes[name])
    if name in dataset.regression:
        task = Regression.of(name, [one.labels[name] for one in dataset.train if name in one.labels])
    labelled = {
        split: [example for example in dataset.examples(split) if task.name in example.labels]
        for split in ("train", "valid")
    }
    drawn = {split: stratified(examples, MOST[split], seed=seed) for split, examples in labelled.items()}
    races = rounds(drawn["train"], drawn["valid"], classes=task.outputs, seed=seed)
    return Question(dataset, task, races, seed, options, listener, cluster)


def _about(question: Question) -> tuple[Finding, ...]:
    """Return the findings on the part of the data that the advice uses."""
    dataset, found = question.dataset, []
    if isinstance(question.task, Regression):
        found.append(Finding.of("advice-for-numbers", "info", task=question.task.name))
    if len(dataset.tasks) > 1:
        found.append(Finding.of("one-task", "info", task=question.task.name, count=len(dataset.tasks)))
    used, total = sum(map(len, question.used)), len(dataset.train) + len(dataset.valid)
    if used < total:
        found.append(Finding.of("sampled", "info", used=used, total=total))
    return tuple(found)


@dataclass
class _Runner:
    """One backbone in the race, with the results of the rounds that it has completed."""

    extractor: Extractor
    rounds: list[Round] = field(default_factory=list)
    stopped: str = ""
    source: str = ""
    head: SourceHead | Message | None = None
    """The classifier of the backbone's source task, or a message why it has none; None before the first round."""
    poor: tuple[Finding, ...] = ()
    """Findings on poor features, from the first round."""
    mismatch: DomainMismatch | None = None
    features: Features | None = None
    """Those of the last round."""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def name(self) -> str:
        name = short_name(self.extractor.name)
        return text_of("advice-reestimated-name", backbone=name) if self.extractor.reestimated else name

    @property
    def probe(self) -> Probed:
        return self.rounds[-1].probe

    def run(self, number: int) -> None:
        """Compute features, probe and transferability scores for round ``number``, and append them to ``rounds``."""
        began, question = time.perf_counter(), self.extractor.question
        found = self.features = self.extractor.over(question.rounds[number])
        if not self.rounds:
            self.mismatch = None if self.extractor.reestimated else self.extractor.mismatch()
            backbone, self.poor = self.extractor.backbone, self.extractor.poor(found.both[0])
            self.source, self.head = backbone.card.source, source_head(self.extractor.name, backbone)
        probed = probe(found.train, found.valid, question.task.outputs, seed=question.seed)
        features, targets = found.both
        self.rounds.append(Round(len(targets), probed, _scores(features, targets, self.head)))
        of_images = () if self.mismatch is None else self.mismatch.findings
        self.findings = (*self.extractor.findings(), *of_images, *self.poor)
        self.seconds += time.perf_counter() - began

    def candidate(self, *, level: bool) -> Candidate:
        rounds, name = tuple(self.rounds), self.extractor.name
        batch_norm = "reestimate" if self.extractor.reestimated else "auto"
        mismatch = None if self.mismatch is None else self.mismatch.to_json()
        return Candidate(
            *(name, self.name, self.source, rounds, self.seconds, self.findings, level, self.stopped),
            batch_norm=batch_norm,
            mismatch=mismatch,
        )


def _raced(
    names: Sequence[str], question: Question
) -> tuple[tuple[Candidate, ...], tuple[LeftOut, ...], Features | None]:
    """Run all rounds; return the backbones (best first, stopped ones last) and those that cannot be used.

    Where the training images do not look like a backbone's source data, the backbone also runs with BatchNorm
    statistics of these images. The third value are the features of the best backbone.
    """
    left_out: dict[str, UserError] = {}
    running = _round(0, [_Runner(Extractor(name, question)) for name in names], question, left_out)
    far = [one.extractor.name for one in running if one.mismatch is not None and one.mismatch.alarm]
    running = _ranked(
        [
            *running,
            *_round(0, [_Runner(Extractor(name, question, reestimated=True)) for name in far], question, left_out),
        ]
    )
    stopped: list[_Runner] = []
    for number in range(1, len(question.rounds)):
        running, worse = _divided(running, question)
        running = _round(number, running, question, left_out)
        if not running:  # all that continued failed on the further examples
            running, worse = _round(number, worse, question, left_out), []
        stopped = [*worse, *stopped]
    if not running:
        raise next(iter(left_out.values()))
    best = running[0].probe.correct
    candidates = [one.candidate(level=paired(best, one.probe.correct).p_value > CHANCE) for one in running]
    candidates += [one.candidate(level=False) for one in stopped]
    without = tuple(LeftOut(name, error.cause, error.remedy) for name, error in left_out.items())
    return tuple(candidates), without, running[0].features


def _round(
    number: int, runners: Sequence[_Runner], question: Question, left_out: dict[str, UserError]
) -> list[_Runner]:
    """Run one round and return the runners, best first; those that fail are added to ``left_out``."""
    finished, held = [], 0
    for runner in runners:
        try:
            runner.run(number)
        except UserError as error:
            left_out[runner.extractor.name] = error
            continue
        seen = runner.rounds[-1].examples
        question.say(text_of("advice-probed", backbone=runner.name, accuracy=runner.probe.accuracy, count=seen))
        runner.stopped = ""
        finished.append(runner)
        held += runner.extractor.weight_bytes()
        if held > HELD_BYTES or number + 1 == len(question.rounds):
            runner.extractor.release()
    return _ranked(finished)


def _ranked(runners: Sequence[_Runner]) -> list[_Runner]:
    return sorted(runners, key=lambda one: (-one.probe.accuracy, -one.rounds[-1].scores.log_me))


def _divided(runners: Sequence[_Runner], question: Question) -> tuple[list[_Runner], list[_Runner]]:
    """Return two lists: the runners that continue, and those that stop, clearly worse than the first runner."""
    running, worse = list(runners[:1]), []
    for one in runners[1:]:
        first = running[0]
        if not clearly_worse(first.probe.correct, one.probe.correct):
            running.append(one)
            continue
        one.stopped = text_of(
            "advice-clearly-worse",
            best=first.name,
            count=one.rounds[-1].examples,
            accuracy=one.probe.accuracy,
            best_accuracy=first.probe.accuracy,
        )
        one.extractor.release()
        worse.append(one)
    if worse:
        names = [one.name for one in worse]
        question.say(text_of("advice-stopped", count=worse[0].rounds[-1].examples, backbones=names))
    return running, worse


def _scores(features: np.ndarray, targets: np.ndarray, head: SourceHead | Message | None) -> Scores:
    if targets.dtype.kind == "f":
        return Scores(log_me(features, targets), float("nan"), float("nan"), no_leep=text_of("no-leep-of-numbers"))
    of_features = (log_me(features, targets), h_score(features, targets), knn(features, targets))
    if not isinstance(head, SourceHead):
        return Scores(*of_features, no_leep="" if head is None else str(head))
    source = head.probabilities(features)
    return Scores(*of_features, leep(source, targets), nce(source.argmax(1), targets))


def _poor(best: Candidate, random: Probed, question: Question) -> tuple[tuple[Finding, ...], tuple[EarlierBlock, ...]]:
    """Return findings if the best features are poor, and then the probes on features of middle blocks.

    Probes are compared on the examples of the first round, on which random features were scored.
    """
    of_best = best.rounds[0].probe
    controls = (
        against_control(of_best.correct, random.correct, "random", name=best.name),
        against_control(of_best.correct, majority_correct(question, of_best), "majority", name=best.name),
    )
    found = [finding for check in controls for finding in check.findings]
    if not any(finding.code in POOR for finding in (*found, *best.findings)):
        return (), ()
    earlier = tuple(_earlier(best, question))
    if earlier:
        found.append(_about_earlier(best, earlier))
    return tuple(found), earlier


def _earlier(best: Candidate, question: Question) -> Iterator[EarlierBlock]:
    """Yield the probes on features of middle blocks of ``best``, on the examples of the first round."""
    whole = Extractor(best.backbone, question).backbone
    of_last = best.rounds[0].probe.correct
    for boundary in middle(whole):
        extractor = Extractor(best.backbone, question, boundary=boundary, reestimated=best.batch_norm == "reestimate")
        try:
            found = extractor.over(question.rounds[0])
        except UserError:  # the network cannot end there
            continue
        probed = probe(found.train, found.valid, question.task.outputs, seed=question.seed)
        block = EarlierBlock(last_block(extractor.backbone), boundary, probed, paired(probed.correct, of_last))
        question.say(text_of("advice-probed", backbone=block.block, accuracy=probed.accuracy, count=probed.n))
        yield block


def _about_earlier(best: Candidate, earlier: Sequence[EarlierBlock]) -> Finding:
    """Return a finding with the best of the earlier blocks, and whether it is better than the last."""
    first = max(earlier, key=lambda one: one.probe.accuracy)
    interval = first.against_last.interval
    better = interval.low > 0
    return Finding.of(
        "earlier-block-better" if better else "earlier-blocks-no-better",
        "warning" if better else "info",
        items=[f"{one.block}: {number_text(one.probe.accuracy, '.3f')}" for one in earlier],
        name=best.name,
        block=first.block,
        number=first.boundary,
        value=first.probe.accuracy,
        last=best.rounds[0].probe.accuracy,
        low=interval.low,
        high=interval.high,
        count=first.probe.n,
    )


def _tried(candidates: Sequence[Candidate]) -> tuple[Finding, ...]:
    """Return a finding for each backbone that was also tried with re-estimated BatchNorm statistics: did they help?"""
    found = []
    plain = {one.backbone: one for one in candidates if one.batch_norm == "auto"}
    for one in candidates:
        if one.batch_norm == "auto":
            continue
        base = plain[one.backbone]
        last = min(len(one.rounds), len(base.rounds)) - 1  # the last round that both were in
        after, before = one.rounds[last].probe, base.rounds[last].probe
        difference = paired(after.correct, before.correct)
        clear = difference.p_value <= CHANCE
        effect = "level" if not clear else "better" if difference.difference > 0 else "worse"
        params: dict[str, Any] = {"backbone": base.name, "effect": effect, "p": difference.p_value, "count": after.n}
        params |= {"after": after.accuracy, "before": before.accuracy}
        found.append(Finding.of("batch-norm-tried", "info", **params))
    return tuple(found)


def _split_differences(best: Candidate, features: Features | None, question: Question) -> SplitDifferences:
    """Return how far the splits differ in the features of the best backbone.

    Of the test split, the features of at most ``SAMPLED`` examples are compared; no prediction is scored.
    """
    extractor = Extractor(best.backbone, question, reestimated=best.batch_norm == "reestimate")
    assert features is not None
    found = {"train": features.train[0], "valid": features.valid[0]}
    examples: dict[Split, Sequence[Example]] = {"train": question.used[0], "valid": question.used[1]}
    name = question.task.name
    test = stratified([one for one in question.dataset.test if name in one.labels], SAMPLED, seed=question.seed)
    if test:
        examples["test"], found["test"] = test, extractor.of(test, "test")[0]
    found = {split: rows for split, rows in found.items() if len(rows)}
    data = {split: extractor.data(some, extractor.backbone) for split, some in examples.items() if split in found}
    extractor.release()
    return split_differences(found, data, question.dataset.groups, seed=question.seed)
