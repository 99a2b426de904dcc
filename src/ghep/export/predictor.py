"""Make predictions with a bundle. In: raw images or texts. Out: labels and calibrated probabilities.

The loader, preprocessing and forward pass are the same as when the scores in the bundle were measured. An unusable
input gets a prediction without a label but with the reason; the other inputs are not affected.
"""

from __future__ import annotations

import math
import os
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ghep.backbone.forked import refuse_lost_threads
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.inputs import shortened
from ghep.data.loading.padded import Inputs
from ghep.data.modalities import Given, modality_named
from ghep.errors import BadExample, BundleError, ConfigError, did_you_mean
from ghep.export.prediction import Prediction, Predictions
from ghep.features.live import ENOUGH, exact_forward
from ghep.messages import text_of
from ghep.metrics.conformal import LEVEL
from ghep.model.bundle import Bundle, load_bundle
from ghep.model.device import device_named
from ghep.model.predict import Forward, plain_forward, predict_logits
from ghep.model.transfer import TransferModel
from ghep.tasks.base import Classifier, Task, classes_of
from ghep.tasks.regression import Regression
from ghep.types import Example, Finding, Interval, Modality, Raw


class Predictor:
    """A loaded bundle. ``predict`` returns a list of predictions, ``predict_proba`` an array of probabilities.

    A Predictor is thread-safe. In a process that was forked after loading, it works only with a single torch thread and
    without engines. With more threads it would deadlock, so ``predict`` raises ConfigError.
    """

    def __init__(self, bundle: Bundle, *, engine: str = "auto") -> None:
        self.bundle = bundle
        self.model = bundle.model
        self.engine = engine
        self.chunk = self._given.chunk
        """Number of inputs prepared at a time, which bounds memory."""
        self._forward: Forward | None = None
        """Forward pass for large numbers of inputs; None until one was chosen."""
        self._begin()

    def _begin(self) -> None:
        """Initialise what each process needs anew: the lock, and the choice of an engine."""
        self._process = os.getpid()
        self._network = threading.Lock()
        """Held while the PyTorch network runs: choosing an engine adds hooks that would intercept other threads'
        calls."""

    def _begin_after_fork(self) -> None:
        """Use PyTorch in one thread, because a forked process can neither use, free nor create an engine."""
        self._begin()
        self._parent_forward, self._forward = self._forward, plain_forward

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields to copy or pickle, without the lock and the engine of this process."""
        return {"bundle": self.bundle, "engine": self.engine, "chunk": self.chunk}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Restore the fields of a copy, possibly in another process."""
        self.__init__(state["bundle"], engine=state["engine"])  # type: ignore[misc]
        self.chunk = state["chunk"]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the bundle's tasks."""
        return tuple(task.name for task in self.model.tasks)

    @property
    def modality(self) -> Modality:
        """Modality of the inputs."""
        return self.model.backbone.preprocess.modality

    def exclusive(self, task: str) -> bool:
        """Return whether each input has exactly one class of ``task``; False for multi-label tasks and regression."""
        found = next(one for one in self.model.tasks if one.name == task)
        return isinstance(found, Classifier) and found.exclusive

    def classes(self, task: str | None = None) -> tuple[str, ...]:
        """Return the classes of ``task``, by default the first task; empty for regression.

        Raises ConfigError for an unknown task.
        """
        wanted = task or self.tasks[0]
        if wanted not in self.tasks:
            hint = did_you_mean(wanted, self.tasks)
            raise ConfigError("predictor-unknown-task", name=wanted, hint=hint)
        return next(classes_of(one) for one in self.model.tasks if one.name == wanted)

    def predict(
        self,
        inputs: Iterable[Raw],
        *,
        names: Sequence[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        report: Callable[[Finding], None] | None = None,
    ) -> Predictions:
        """Return one prediction per input and task, in order; ``names`` (N) replace the names of the inputs.

        ``inputs`` is a list, tuple, Series, iterator or array of images or of texts. Images are paths (also as str),
        bytes, PIL images, arrays or tensors; an array of images is (N, H, W) or (N, H, W, 1 | 3 | 4), a tensor may be
        channels first. Texts are str, paths of UTF-8 files or bytes. Duplicate inputs get a prediction each.
        Problems of the inputs as a whole, such as 12-bit images for a model trained on 16-bit images, are passed to
        ``report`` as a Finding, or issued as a UserWarning if ``report`` is None.
        Raises InputsError for a single input that is not in a list, for a set or a table, and for an array of another
        shape; ConfigError if the number of ``names`` differs from that of ``inputs``.
        """
        refuse_lost_threads()
        if self._process != os.getpid():
            self._begin_after_fork()
        inputs = self._given.sequence(inputs)
        names = [_name(raw, place) for place, raw in enumerate(inputs)] if names is None else names
        if len(names) != len(inputs):
            raise ConfigError("predictor-names-count", inputs=len(inputs), names=len(names))
        out = Predictions()
        measured: dict[str, Any] = {}
        for start in range(0, len(inputs), self.chunk):
            part = slice(start, start + self.chunk)
            out += self._chunk(inputs[part], names[part], measured, count=len(inputs))
            if progress is not None:
                progress(min(start + self.chunk, len(inputs)), len(inputs))
        findings = self._given.findings(self.model.backbone.preprocess, measured)
        for finding in findings:
            if report is not None:
                report(finding)
        if findings and report is None:
            warnings.warn(findings_text(findings), UserWarning, stacklevel=2)
        return out

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

    @property
    def _given(self) -> Given:
        return modality_named(self.modality).given

    def _logits(self, data: LabelledExamples, count: int) -> dict[str, np.ndarray]:
        """Return task -> logits (N, K) of ``data``, one chunk of all ``count`` inputs, with an engine if worthwhile."""
        with self._network:
            forward = self._forward
            if forward is None:
                forward = exact_forward(self.model, data, images=count, engine=self.engine)
                if forward is not plain_forward or count >= ENOUGH:
                    self._forward = forward
        try:
            return predict_logits(self.model, data, forward=self._plain if forward is plain_forward else forward)
        except (IndexError, RuntimeError) as error:  # e.g. texts truncated later than the network allows
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise BundleError("predictor-network-failed", path=self.bundle.folder, error=f"{first:.200}") from error

    def _plain(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        """Return task -> logits, computed by PyTorch. One thread at a time does so, because each run uses all cores."""
        with self._network:
            return plain_forward(model, inputs, boundary)

    def _chunk(
        self, inputs: Sequence[Raw], names: Sequence[str], measured: dict[str, Any], *, count: int
    ) -> list[Prediction]:
        """Return the predictions for ``inputs``, a chunk of all ``count`` inputs.

        What the preprocessing measured of each input (such as its bit depth) is added to ``measured``, by name.
        """
        results = self._given.prepare(self.model.backbone.preprocess, inputs)
        prepared = {place: one for place, (one, _) in enumerate(results) if not isinstance(one, BadExample)}
        problems = {place: one.cause for place, (one, _) in enumerate(results) if isinstance(one, BadExample)}
        for name, (_, seen) in zip(names, results, strict=True):
            if seen is not None:
                measured[name if name not in measured else f"{name} ({len(measured)})"] = seen
        data = LabelledExamples(
            tuple(Example(str(place), place) for place in prepared),
            {},
            lambda example: prepared[example.raw],
            self.model.backbone.preprocess,
            lengths=self._given.lengths(list(prepared.values())),
        )
        logits = self._logits(data, count)
        found: dict[tuple[int, str], Prediction] = {}
        for task in self.model.tasks:
            finite = np.isfinite(logits[task.name]).all(axis=1)
            known = np.where(finite[:, None], logits[task.name], 0)
            predictions = task.predict(known, self.bundle.calibration.get(task.name))
            rows = zip(prepared, _answers(task, predictions), finite, strict=True)
            for place, answer, usable in rows:
                if not usable:
                    problems[place] = BadExample("not-finite", "outputs-not-finite").cause
                    continue
                found[place, task.name] = Prediction(names[place], task.name, **answer)
        return [
            found.get((place, task), Prediction(names[place], task, None, None, {}, problems.get(place, "")))
            for place in range(len(inputs))
            for task in self.tasks
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


def findings_text(findings: Sequence[Finding]) -> str:
    """Return several findings as the text of one warning."""
    return "; ".join(
        text_of("finding-in-warning", text=one.message, finding=one.code, fix=one.remedy) for one in findings
    )


def load(bundle: str | Path, *, device: str = "auto", engine: str = "auto") -> Predictor:
    """Load a bundle folder and return a Predictor; raise BundleError if it is damaged, incomplete or not a bundle.

    ``engine`` computes the backbone for large numbers of inputs. ``auto`` chooses it by the number of operations; its
    probabilities agree with PyTorch in float32 to about 1e-5. ``torch-float32`` is PyTorch in float32.

    >>> predictor = load("runs/ants/bundle")                     # doctest: +SKIP
    >>> predictor.predict(["new.jpg"])[0].label                  # doctest: +SKIP
    'ant'
    >>> load("runs/reviews/bundle").predict(["What a film!"])[0].label   # doctest: +SKIP
    'good'
    """
    loaded = load_bundle(bundle)
    loaded.model.to(device_named(device))
    return Predictor(loaded, engine=engine)


def _name(raw: Raw, place: int) -> str:
    return str(raw) if isinstance(raw, str | Path) else text_of("unnamed-input", place=place)
