"""Make predictions with a bundle. In: raw images or texts. Out: labels and calibrated probabilities.

The loader, preprocessing and forward pass are the same as when the scores in the bundle were measured.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ghep.backbone.forked import refuse_lost_threads
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.padded import Inputs
from ghep.errors import BundleError
from ghep.export.base_predictor import BasePredictor
from ghep.features.live import ENOUGH, exact_forward
from ghep.guards.familiarity import familiarity_from
from ghep.model.bundle import Bundle, load_bundle
from ghep.model.device import device_named
from ghep.model.predict import Forward, UseFeatures, plain_forward, predict_logits
from ghep.model.transfer import TransferModel
from ghep.types import Example, Finding


class Predictor(BasePredictor):
    """A loaded bundle. ``predict`` returns a list of predictions, ``predict_proba`` an array of probabilities.

    A Predictor is thread-safe. In a process that was forked after loading, it works only with a single torch thread and
    without engines. With more threads it would deadlock, so ``predict`` raises ConfigError.
    """

    def __init__(self, bundle: Bundle, *, engine: str = "auto") -> None:
        super().__init__(
            bundle.model.backbone.preprocess,
            bundle.model.tasks,
            bundle.calibration,
            columns=bundle.columns,
            familiarity=familiarity_from(bundle.familiarity),
        )
        self.bundle = bundle
        self.model = bundle.model
        self.engine = engine
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

    def logits(
        self,
        prepared: Sequence[np.ndarray],
        *,
        count: int | None = None,
        use_features: UseFeatures | None = None,
    ) -> dict[str, np.ndarray]:
        """Return task -> logits (N, K) of prepared inputs, by an engine if ``count`` inputs make it worthwhile."""
        refuse_lost_threads()
        if self._process != os.getpid():
            self._begin_after_fork()
        data = LabelledExamples(
            tuple(Example(str(place), place) for place in range(len(prepared))),
            {},
            lambda example: prepared[example.raw],
            self.preprocess,
            lengths=self._given.lengths(prepared),
        )
        count = len(prepared) if count is None else count
        with self._network:
            forward = self._forward
            if forward is None:
                forward = exact_forward(self.model, data, images=count, engine=self.engine)
                if forward is not plain_forward or count >= ENOUGH:
                    self._forward = forward
        try:
            forward = self._plain if forward is plain_forward else forward
            return predict_logits(self.model, data, forward=forward, use_features=use_features)
        except (IndexError, RuntimeError) as error:  # e.g. texts truncated later than the network allows
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise BundleError("predictor-network-failed", path=self.bundle.folder, error=f"{first:.200}") from error

    def pass_findings(self) -> tuple[Finding, ...]:
        """Return a finding if the inputs were computed in parts because the memory of the device ran out."""
        return self.model.at_once.findings(self.model.device)

    def _plain(self, model: TransferModel, inputs: Inputs, boundary: int = 0) -> Inputs:
        """Return features, computed by PyTorch. One thread at a time does so, because each run uses all cores."""
        with self._network:
            return plain_forward(model, inputs, boundary)


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
