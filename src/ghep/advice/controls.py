"""The controls of advice: random features, a constant answer, and a linear model without a network.

In: the best backbone and the question. Out: the score of each control on examples that the backbone's probe was scored
on, so that they can be compared example by example.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from ghep.advice.features import Extractor
from ghep.advice.probe import FOLDS, probe, stratified_folds
from ghep.advice.question import Question
from ghep.advice.record import Candidate, Linear, Probed
from ghep.data.loading.preprocess import FitsControl
from ghep.errors import DataError
from ghep.metrics.crossed import accuracy
from ghep.metrics.intervals import wilson
from ghep.metrics.paired import paired
from ghep.tasks.regression import Regression, credit
from ghep.types import Example, Finding


def random_features(best: Candidate, question: Question) -> Probed:
    """Return the result of a linear head on the features of ``best``'s architecture with random weights.

    It is scored on the examples of the first round.
    """
    found = Extractor(best.backbone, question, random_weights=True).over(question.rounds[0])
    return probe(found.train, found.valid, question.task.outputs, seed=question.seed)


def majority(question: Question, probed: Probed) -> float:
    """Return the accuracy of always predicting the most frequent class, on the examples that ``probed`` scored.

    For regression this is 0, R² of always predicting the mean.
    """
    if isinstance(question.task, Regression):
        return 0.0
    train, valid = question.used
    targets = question.targets((*train, *valid) if probed.folds else valid)
    return float(np.bincount(targets).max() / len(targets))


def majority_correct(question: Question, probed: Probed) -> np.ndarray:
    """Return for each example that ``probed`` scored in the first round whether the majority class is right, (n,)."""
    if isinstance(question.task, Regression):
        return np.zeros(probed.n)
    train, valid = question.rounds[0]
    targets = question.targets((*train, *valid) if probed.folds else valid)
    return np.asarray(targets == np.bincount(targets).argmax())


def linear_control(best: Candidate, question: Question) -> tuple[Linear | None, tuple[Finding, ...]]:
    """Return a linear model on n-grams (texts) or on gradients and colours (images), on the examples of ``best.probe``.

    It is fitted to the examples that the probe's head was solved on, in the same folds. If it cannot be fitted, as to
    texts without words, the result is None and a finding that says why.
    """
    began, (train, valid) = time.perf_counter(), question.used
    extractor = Extractor(best.backbone, question)
    backbone = extractor.backbone
    control = backbone.preprocess.linear_control(extractor.data(train, backbone).prepared)
    extractor.release()
    try:
        if not best.probe.folds:
            name, outputs = _outputs(control, question, train, valid)
            scored: Sequence[Example] = valid
        else:
            scored = (*train, *valid)
            folds = stratified_folds(question.targets(scored), FOLDS, seed=question.seed)
            outputs = np.empty((len(scored), question.task.outputs))
            for fold in range(FOLDS):
                others, held_out = (
                    [scored[i] for i in np.flatnonzero(which)] for which in (folds != fold, folds == fold)
                )
                name, outputs[folds == fold] = _outputs(control, question, others, held_out)
    except DataError as error:
        found = {"task": question.task.name, "cause": error.cause, "cure": error.remedy or "none"}
        return None, (Finding.of("no-control", "info", **found),)
    targets = question.targets(scored)
    if isinstance(question.task, Regression):
        correct = credit(targets.astype(np.float64), outputs[:, 0])
        interval = accuracy(correct[None]).interval()
    else:
        correct = outputs.argmax(1) == targets
        interval = wilson(int(correct.sum()), len(correct))
    probed = Probed(correct, interval, best.probe.folds)
    return Linear(name, probed, paired(correct, best.probe.correct), time.perf_counter() - began), ()


def _outputs(
    control: FitsControl, question: Question, train: Sequence[Example], held_out: Sequence[Example]
) -> tuple[str, np.ndarray]:
    """Return the name of ``control`` and its outputs (n, K) for ``held_out``, fitted to ``train``."""
    fitted = control(train, question.targets(train), question.task.outputs)
    return fitted.name, fitted.outputs(held_out)


def linear_findings(linear: Linear | None, best: Candidate) -> tuple[Finding, ...]:
    """Return a finding if the linear model is better than the best probe, beyond chance."""
    if linear is None or linear.against_best.interval.low <= 0:
        return ()
    against = linear.against_best
    found = Finding.of(
        "linear-control-ahead",
        "warning",
        control=linear.name,
        name=best.name,
        value=linear.probe.accuracy,
        probe=best.probe.accuracy,
        low=against.interval.low,
        high=against.interval.high,
        count=linear.probe.n,
    )
    return (found,)
