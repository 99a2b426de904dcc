"""What all predictors share: raw inputs to prepared inputs, logits to answers. Loads no torch.

``ghep.load`` returns a ``Predictor``, which runs a bundle with PyTorch; ``ghep.export.runtime.load`` returns an
``ExportedPredictor``, which runs an export without PyTorch. Both prepare inputs and decode outputs with this code. An
unusable input gets a prediction without a label but with the reason; the other inputs are not affected.
"""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ghep.data.loading.inputs import shortened
from ghep.data.loading.preprocess import Preprocess
from ghep.data.modalities import Given, modality_named
from ghep.errors import BadExample, ConfigError, did_you_mean
from ghep.export.prediction import Prediction, Predictions, judged
from ghep.guards.familiarity import Drift, Familiarity, drift_in
from ghep.messages import text_of
from ghep.metrics.conformal import LEVEL
from ghep.tasks.base import Classifier, Task, classes_of
from ghep.tasks.regression import Regression
from ghep.types import Finding, Interval, Modality, Raw


class BasePredictor(ABC):
    """Predicts labels of raw images or texts; a subclass computes the logits."""

    def __init__(
        self,
        preprocess: Preprocess,
        tasks: Sequence[Task],
        calibration: Mapping[str, float],
        *,
        columns: Mapping[str, Any] | None = None,
        familiarity: Familiarity | None = None,
    ) -> None:
        self.preprocess = preprocess
        self.described_tasks = tuple(tasks)
        self.calibration = dict(calibration)
        """Task -> temperature, or for regression the half width of the prediction intervals, standardised."""
        self.columns = dict(columns or {})
        """Columns of the training table, as read options; empty for folders."""
        self.familiarity = familiarity
        """By which unfamiliar inputs are recognised; None if the model does not have it."""
        self.chunk = self._given.chunk
        """Number of inputs prepared at a time, which bounds memory."""

    @abstractmethod
    def logits(
        self,
        prepared: Sequence[np.ndarray],
        *,
        count: int | None = None,
        use_features: Callable[[np.ndarray, np.ndarray], None] | None = None,
    ) -> dict[str, np.ndarray]:
        """Return task -> logits (N, K) float32 of prepared inputs, a part of ``count`` inputs; None: all.

        ``use_features`` is called with the places (n,) and the features (n, D) of each batch. Only with a
        ``familiarity``, the model has such features.
        """

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks."""
        return tuple(task.name for task in self.described_tasks)

    @property
    def modality(self) -> Modality:
        """Modality of the inputs."""
        return self.preprocess.modality

    @property
    def pairs(self) -> bool:
        """Whether each input is a pair of texts."""
        return self.preprocess.pairs

    def exclusive(self, task: str) -> bool:
        """Return whether each input has exactly one class of ``task``; False for multi-label tasks and regression."""
        found = next(one for one in self.described_tasks if one.name == task)
        return isinstance(found, Classifier) and found.exclusive

    def classes(self, task: str | None = None) -> tuple[str, ...]:
        """Return the classes of ``task``, by default the first task; empty for regression.

        Raises ConfigError for an unknown task.
        """
        wanted = task or self.tasks[0]
        if wanted not in self.tasks:
            hint = did_you_mean(wanted, self.tasks)
            raise ConfigError("predictor-unknown-task", name=wanted, hint=hint)
        return next(classes_of(one) for one in self.described_tasks if one.name == wanted)

    def predict(
        self,
        inputs: Iterable[Raw],
        *,
        names: Sequence[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        report: Callable[[Finding], None] | None = None,
        abstain: float | None = None,
    ) -> Predictions:
        """Return one prediction per input and task, in order; ``names`` (N) replace the names of the inputs.

        ``inputs`` is a list, tuple, Series, iterator or array of images or of texts. Images are paths (also as str),
        bytes, PIL images, arrays or tensors; an array of images is (N, H, W) or (N, H, W, 1 | 3 | 4), a tensor may be
        channels first. Texts are str, paths of UTF-8 files or bytes. Duplicate inputs get a prediction each.
        Problems of the inputs as a whole, such as 12-bit images for a model trained on 16-bit images, or inputs farther
        from the training data than validation examples are, are passed to ``report`` as a Finding, or issued as a
        UserWarning if ``report`` is None.

        With ``abstain``, answers that should not be used say so (``Prediction.abstained``): of inputs like the
        validation examples about this share, half because the input is unfamiliar, half because the answer is
        undecided (``judged``). Label and probability are there all the same.

        Raises InputsError for a single input that is not in a list, for a set or a table, and for an array of another
        shape; ConfigError if the number of ``names`` differs from that of ``inputs``, or as ``refuse_rate`` does.
        """
        if abstain is not None:
            refuse_rate(abstain, self.least_rates())
        inputs = self._given.sequence(inputs)
        names = [_name(raw, place) for place, raw in enumerate(inputs)] if names is None else names
        if len(names) != len(inputs):
            raise ConfigError("predictor-names-count", inputs=len(inputs), names=len(names))
        out = Predictions()
        measured: dict[str, Any] = {}
        for start in range(0, len(inputs), self.chunk):
            part = slice(start, start + self.chunk)
            out += self.predict_part(inputs[part], names[part], measured, count=len(inputs))
            if progress is not None:
                progress(min(start + self.chunk, len(inputs)), len(inputs))
        familiarities = [one.familiarity for one in out if one.task == self.tasks[0]]
        findings = (*self.findings(measured, familiarities), *self.pass_findings())
        for finding in findings:
            if report is not None:
                report(finding)
        if findings and report is None:
            warnings.warn(findings_text(findings), UserWarning, stacklevel=2)
        return out if abstain is None else Predictions(judged(one, abstain) for one in out)

    def pass_findings(self) -> tuple[Finding, ...]:
        """Return what is to be said about how the network was run: nothing, unless a predictor knows better."""
        return ()

    def least_rates(self) -> dict[str, float | None]:
        """Return task -> the smallest rate at which its answers can be withheld; None if they cannot be."""
        return least_rates(self.described_tasks, self.familiarity)

    def drift(self, familiarities: Sequence[float]) -> Drift | None:
        """Return whether inputs with these p-values (``Prediction.familiarity``) are farther than chance allows.

        None for a model without familiarity and for fewer than ``LEAST_BATCH`` inputs.
        """
        return None if self.familiarity is None else drift_in(familiarities, self.familiarity.n)

    def predict_proba(self, inputs: Iterable[Raw], *, task: str | None = None) -> np.ndarray:
        """Return the calibrated probabilities (N, K) of one task; raise BadExample for the first unusable input.

        Raises ConfigError for a regression task, which has no probabilities.
        """
        wanted, classes = task or self.tasks[0], self.classes(task)
        if not classes:
            raise ConfigError("no-probabilities-of-regression", task=wanted)
        findings: list[Finding] = []
        rows = [one for one in self.predict(inputs, report=findings.append) if one.task == wanted]
        if findings:
            warnings.warn(findings_text(findings), UserWarning, stacklevel=2)
        for place, row in enumerate(rows):
            if row.problem:
                reason, _, detail = row.problem.partition(": ")
                name = shortened(row.input) or text_of("unnamed-input", place=place)
                raise self._given.bad(reason, "unusable-input", name=name, detail=detail)
        return np.array([list(row.probabilities.values()) for row in rows]).reshape(-1, len(classes))

    def prepare(self, raws: Sequence[Raw]) -> list[np.ndarray | BadExample]:
        """Return each input decoded and resized, or tokenised, or the reason why it cannot be used. Thread-safe."""
        return [one for one, _ in self._given.prepare(self.preprocess, raws)]

    def answer(
        self, prepared: Sequence[np.ndarray], names: Sequence[str], *, count: int | None = None
    ) -> list[Prediction]:
        """Return the predictions for prepared inputs, in order: for each input one per task.

        ``count`` is the number of all inputs, of which these are a part; None: these are all.
        """
        if not len(prepared):
            return []
        logits, familiar = self._logits_and_familiarity(prepared, count)
        rows: dict[str, list[Prediction]] = {}
        for task in self.described_tasks:
            finite = np.isfinite(logits[task.name]).all(axis=1)
            predictions = task.predict(np.where(finite[:, None], logits[task.name], 0), self.calibration.get(task.name))
            problem = BadExample("not-finite", "outputs-not-finite").cause
            rows[task.name] = [
                Prediction(name, task.name, **told) if usable else Prediction(name, task.name, None, None, {}, problem)
                for name, told, usable in zip(names, _answers(task, predictions), finite, strict=True)
            ]
            if familiar is not None:
                rows[task.name] = self._with_p_values(rows[task.name], familiar)
        return [rows[task][place] for place in range(len(prepared)) for task in self.tasks]

    def _logits_and_familiarity(
        self, prepared: Sequence[np.ndarray], count: int | None
    ) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
        """Return task -> logits (N, K), and the p-values (N,) of the inputs; None without a familiarity."""
        known = self.familiarity
        if known is None:
            return self.logits(prepared, count=count), None
        found = np.full(len(prepared), np.nan)

        def measure(places: np.ndarray, features: np.ndarray) -> None:
            found[places] = known.of_features(features)

        return self.logits(prepared, count=count, use_features=measure), found

    def _with_p_values(self, rows: Sequence[Prediction], familiar: np.ndarray) -> list[Prediction]:
        """Return the predictions ``rows`` (N) of one task with the p-values of the inputs and of the answers."""
        known = self.familiarity
        assert known is not None
        task, answers = rows[0].task, [None] * len(rows)
        if task in known.probabilities:
            answers = known.of_answers(task, np.array([row.probability for row in rows], dtype=float)).tolist()
        return [
            row if row.problem else replace(row, familiarity=familiarity, certainty=answer)
            for row, familiarity, answer in zip(rows, familiar.tolist(), answers, strict=True)
        ]

    def findings(self, measured: Mapping[str, Any], familiarities: Iterable[float | None]) -> tuple[Finding, ...]:
        """Return the findings about all inputs together: what was measured of each, by name, and their p-values."""
        found = self.drift([one for one in familiarities if one is not None])
        return (*self._given.findings(self.preprocess, measured), *(() if found is None else found.findings))

    @property
    def _given(self) -> Given:
        return modality_named(self.modality).given

    def predict_part(
        self, inputs: Sequence[Raw], names: Sequence[str], measured: dict[str, Any], *, count: int
    ) -> list[Prediction]:
        """Return the predictions for ``inputs``, at most ``chunk`` consecutive ones of all ``count`` inputs.

        What the preprocessing measured of each input (such as its bit depth) is added to ``measured``, by name.
        """
        results = self._given.prepare(self.preprocess, inputs)
        for name, (_, seen) in zip(names, results, strict=True):
            if seen is not None:
                measured[name if name not in measured else f"{name} ({len(measured)})"] = seen
        usable = [place for place, (one, _) in enumerate(results) if not isinstance(one, BadExample)]
        prepared = [one for one, _ in results if not isinstance(one, BadExample)]
        found = iter(self.answer(prepared, [names[place] for place in usable], count=count))
        answers = {place: [next(found) for _ in self.tasks] for place in usable}
        return [
            answer
            for place, (one, _) in enumerate(results)
            for answer in (
                [Prediction(names[place], task, None, None, {}, one.cause) for task in self.tasks]
                if isinstance(one, BadExample)
                else answers[place]
            )
        ]


def _answers(task: Task, predictions: np.ndarray) -> Iterator[dict[str, Any]]:
    """Yield the fields of ``Prediction`` for each row of ``predictions``, as from ``task.predict``."""
    if not isinstance(task, Classifier):
        rounded = task.rounded if isinstance(task, Regression) else float
        for label, (value, low, high) in zip(task.decode(predictions), predictions.tolist(), strict=True):
            interval = Interval(rounded(low), rounded(high), LEVEL) if math.isfinite(low) else None
            numbers = {"value": value, "interval": interval}
            yield {"label": label, "probability": None, "probabilities": {}, **numbers}
        return
    answers = task.answers(predictions)
    labelled = zip(task.written(answers), map(float, task.likelihood(answers, predictions)), strict=True)
    for (label, probability), row in zip(labelled, predictions, strict=True):
        by_class = dict(zip(task.classes, map(float, row), strict=True))
        yield {"label": label, "probability": probability, "probabilities": by_class}


def least_rates(tasks: Sequence[Task], known: Familiarity | None) -> dict[str, float | None]:
    """Return task -> the smallest rate at which its answers can be withheld; None if they cannot be."""
    return {
        task.name: None if known is None else known.least_rate(task.name, classes=isinstance(task, Classifier))
        for task in tasks
    }


def refuse_rate(rate: float, least: Mapping[str, float | None]) -> None:
    """Raise ConfigError if answers cannot be withheld at ``rate``; ``least`` are ``least_rates`` of a predictor."""
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < 1:
        raise ConfigError("abstain-not-a-rate", found=f"{rate!r:.40}")
    rates = {task: one for task, one in least.items() if one is not None and one < 1}
    if len(rates) < len(least):
        raise ConfigError("abstain-without-familiarity")
    task, needed = max(rates.items(), key=lambda one: one[1])
    if needed > rate:
        raise ConfigError(
            "abstain-rate-too-small", rate=rate, task=task, least=f"{math.ceil(needed * 1000) / 1000:.3f}"
        )


def findings_text(findings: Sequence[Finding]) -> str:
    """Return several findings as the text of one warning."""
    return "; ".join(
        text_of("finding-in-warning", text=one.message, finding=one.code, fix=one.remedy) for one in findings
    )


def _name(raw: Raw, place: int) -> str:
    return str(raw) if isinstance(raw, str | Path) else text_of("unnamed-input", place=place)
