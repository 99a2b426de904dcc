"""From a bundle to predictions: raw image or text in, label and calibrated probabilities out.

The same loader, preprocessing and forward pass that measured the bundle's scores. An input that cannot be used gets a
prediction that says why, and costs the others nothing.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from ghep.model.bundle import Bundle, load_bundle
from ghep.model.device import device_named
from ghep.model.predict import Forward, plain_forward, predict_logits
from ghep.model.transfer import TransferModel
from ghep.types import Example, Finding, Modality, Raw


class Predictor:
    """A loaded bundle. ``predict`` gives labels, ``predict_proba`` an array.

    Several threads may use one Predictor at once. A process that is forked after the bundle was loaded may use it only
    with one thread of torch, and then without engines; with more it would hang, and ``predict`` raises ConfigError.
    """

    def __init__(self, bundle: Bundle, *, engine: str = "auto") -> None:
        self.bundle = bundle
        self.model = bundle.model
        self.engine = engine
        self.chunk = self._given.chunk
        """Inputs prepared together: bounds memory, whatever the number of files."""
        self._forward: Forward | None = None
        """What many inputs go through, once there were many."""
        self._begin()

    def _begin(self) -> None:
        """Set what belongs to one process."""
        self._process = os.getpid()
        self._network = threading.Lock()
        """Held while the PyTorch network runs: choosing an engine puts hooks on it that would catch a call in another
        thread."""

    def _begin_after_fork(self) -> None:
        """Go on with PyTorch in one thread: an engine cannot be used here, nor taken apart, nor made."""
        self._begin()
        self._of_parent, self._forward = self._forward, plain_forward

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to one process."""
        return {"bundle": self.bundle, "engine": self.engine, "chunk": self.chunk}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        """Begin in another process, or as a copy."""
        self.__init__(state["bundle"], engine=state["engine"])  # type: ignore[misc]
        self.chunk = state["chunk"]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks the bundle answers."""
        return tuple(task.name for task in self.model.tasks)

    @property
    def modality(self) -> Modality:
        """What it takes."""
        return self.model.backbone.preprocess.modality

    def exclusive(self, task: str) -> bool:
        """Return whether each input has exactly one class of ``task``; else any number of them."""
        return next(one.exclusive for one in self.model.tasks if one.name == task)

    def classes(self, task: str | None = None) -> tuple[str, ...]:
        """Return the classes of ``task`` (the first one unless named); raise ConfigError for an unknown one."""
        wanted = task or self.tasks[0]
        if wanted not in self.tasks:
            raise ConfigError(f'the bundle has no task "{wanted}"', remedy=did_you_mean(wanted, self.tasks))
        return next(one.classes for one in self.model.tasks if one.name == wanted)

    def predict(
        self,
        inputs: Iterable[Raw],
        *,
        names: Sequence[str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        report: Callable[[Finding], None] | None = None,
    ) -> Predictions:
        """Return one prediction per input and task, in order; ``names`` (N) are what to call the inputs.

        ``inputs`` is a list, tuple, Series, iterator or array of images or of texts. Images are paths (also as str),
        bytes, PIL images, arrays or tensors; an array of them is (N, H, W) or (N, H, W, 1 | 3 | 4), a tensor may have
        its channels first. Texts are str, paths of UTF-8 files or bytes. An input that comes twice is answered twice.
        What is wrong with all of them taken together, such as images of 12 bits for a model of 16, is a Finding that
        ``report`` is called with; without it, it is a UserWarning.
        Raises InputsError for a single input that is in no list, for a set or a table, and for an array of another
        shape; ConfigError for ``names`` of another number.
        """
        refuse_lost_threads()
        if self._process != os.getpid():
            self._begin_after_fork()
        inputs = self._given.sequence(inputs)
        names = [_name(raw, place) for place, raw in enumerate(inputs)] if names is None else names
        if len(names) != len(inputs):
            raise ConfigError(f"there are {len(inputs)} inputs and {len(names)} names", remedy="name each, or none")
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
            warnings.warn(findings_in_words(findings), UserWarning, stacklevel=2)
        return out

    def predict_proba(self, inputs: Iterable[Raw], *, task: str | None = None) -> np.ndarray:
        """Return calibrated probabilities (N, K) of one task; raise BadExample for the first unusable input."""
        wanted, classes = task or self.tasks[0], self.classes(task)
        findings: list[Finding] = []
        rows = [one for one in self.predict(inputs, report=findings.append) if one.task == wanted]
        if findings:
            warnings.warn(findings_in_words(findings), UserWarning, stacklevel=2)
        for place, row in enumerate(rows):
            if row.problem:
                reason, _, detail = row.problem.partition(": ")
                raise self._given.bad(reason, f"{shortened(row.input) or f'input {place}'}: {detail}")
        return np.array([list(row.probabilities.values()) for row in rows]).reshape(-1, len(classes))

    @property
    def _given(self) -> Given:
        return modality_named(self.modality).given

    def _logits(self, data: LabelledExamples, count: int) -> dict[str, np.ndarray]:
        """Return the logits for ``data``, a part of ``count`` inputs."""
        with self._network:
            forward = self._forward
            if forward is None:
                forward = exact_forward(self.model, data, images=count, engine=self.engine)
                if forward is not plain_forward or count >= ENOUGH:
                    self._forward = forward
        try:
            return predict_logits(self.model, data, forward=self._plain if forward is plain_forward else forward)
        except (
            IndexError,
            RuntimeError,
        ) as error:  # such as a tokenizer that cuts texts later than the network can take
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise BundleError(
                f"the network of {self.bundle.folder} cannot answer these inputs: {first:.200}",
                remedy="if memory is full, pass fewer inputs at a time; else save the bundle again",
            ) from error

    def _plain(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> dict[str, torch.Tensor]:
        """Run the PyTorch network for one thread at a time: each run uses all cores already."""
        with self._network:
            return plain_forward(model, inputs, boundary)

    def _chunk(
        self, inputs: Sequence[Raw], names: Sequence[str], measured: dict[str, Any], *, count: int
    ) -> list[Prediction]:
        """Return the answers for some of ``count`` inputs; what was measured on them goes into ``measured``."""
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
            probabilities = task.probabilities(known, self.bundle.temperatures.get(task.name, 1.0))
            answers = task.answers(probabilities)
            said = zip(task.written(answers), map(float, task.likelihood(answers, probabilities)), strict=True)
            for place, (label, likely), row, usable in zip(prepared, said, probabilities, finite, strict=True):
                if not usable:
                    problems[place] = "not-finite: the model's outputs for this input are NaN or infinite"
                    continue
                each = dict(zip(task.classes, map(float, row), strict=True))
                found[place, task.name] = Prediction(names[place], task.name, label, likely, each)
        return [
            found.get((place, task), Prediction(names[place], task, None, None, {}, problems.get(place, "")))
            for place in range(len(inputs))
            for task in self.tasks
        ]


def findings_in_words(findings: Sequence[Finding]) -> str:
    """Return findings as the text of one warning."""
    return "; ".join(f"{one.message} [{one.code}]; {one.remedy}" for one in findings)


def load(bundle: str | Path, *, device: str = "auto", engine: str = "auto") -> Predictor:
    """Load a bundle folder and return a Predictor; raise BundleError when it is damaged, incomplete or foreign.

    ``engine`` runs the backbone for many inputs: ``auto`` is chosen by counted operations and agrees with plain
    PyTorch in float32 (to about 1e-5 of a probability), ``torch-float32`` that itself.

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
    return str(raw) if isinstance(raw, str | Path) else f"input {place}"
