"""Explain a model's answers for photos: what it answers, where the evidence is, and whether the map can be trusted.

In: a ``Subject`` and photos. Out: a ``PhotoExplanation`` for each photo that can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from PIL import Image

from ghep.data.image.differentiable import PixelTransform
from ghep.data.image.loader import load_image
from ghep.errors import BadImage
from ghep.explanation.maps.cam import has_positive, signed_cam
from ghep.explanation.maps.channels import Channels, channels_of
from ghep.explanation.maps.curves import Curves, curves_of
from ghep.explanation.maps.randomised import agreement
from ghep.explanation.subject import Subject
from ghep.tasks.base import Classifier
from ghep.types import Number, Raw

TINY = 1e-6
"""Numbers that differ by less are equal."""


@dataclass(frozen=True, eq=False)
class PhotoExplanation:
    """One photo, what the model answers, and where the evidence for its answer is."""

    name: str
    image: Image.Image
    """The photo, RGB, upright, at its own size."""
    transform: PixelTransform
    answer: str
    """As ``ghep predict`` gives it."""
    probabilities: dict[str, float]
    """Class -> probability, in the order of the classes; empty for a number."""
    explained: tuple[str, ...]
    """The class explained, then the runner-up; the name of the task for a number."""
    path: str
    """The module whose output the maps are on."""
    maps: np.ndarray
    """(T, h, w) float32: for each of ``explained``, evidence for (above 0) and against it, in units of the logit."""
    curves: Curves | None = None
    """None if the prediction is the same for the photo and for its mean colour, or if no curves were computed."""
    randomised: tuple[float, ...] = ()
    """Rank correlation of the first map with that of the same network with random weights, for each draw."""
    channels: tuple[Channels, ...] = ()

    @cached_property
    def on_photo(self) -> np.ndarray:
        """Return ``maps`` on the photo, (T, H, W); NaN where the network does not see it."""
        return np.stack([self.transform.on_photo(one) for one in self.maps])

    @property
    def positive(self) -> tuple[bool, ...]:
        """Whether there is evidence for each of ``explained``; always for a number, which evidence only moves."""
        return tuple(not self.probabilities or has_positive(one) for one in self.maps)

    @property
    def top(self) -> list[tuple[str, float]]:
        """Return classes and their probabilities, the most probable first."""
        return sorted(self.probabilities.items(), key=lambda one: -one[1])


class Explainer:
    """Explains photos with one model, which must be ``in_use``."""

    def __init__(
        self,
        subject: Subject,
        *,
        target: str | None = None,
        maps: bool = False,
        curves: bool = True,
        randomised: tuple[Subject, ...] = (),
        seed: int = 0,
    ) -> None:
        self.subject, self.maps, self.curves, self.randomised, self.seed = subject, maps, curves, randomised, seed
        self.target = None if target is None else subject.index_of(target)
        self.device = next(subject.head.parameters()).device

    def inputs(self, raw: Raw) -> torch.Tensor:
        """Return the network's input (1, 3, H, W), the same as ``ghep predict`` computes; raise BadImage."""
        preprocess = self.subject.images().preprocess
        return preprocess.collate([preprocess.view(preprocess.decode(raw))]).contiguous().to(self.device)

    def explain(self, raw: Raw, name: str) -> PhotoExplanation:
        """Return the explanation of one photo; raise BadImage if it is unreadable, or its outputs not finite."""
        subject, preprocess = self.subject, self.subject.images().preprocess
        inputs = self.inputs(raw)
        image = load_image(raw, levels=preprocess.levels)
        with torch.no_grad():
            logits = subject.logits(inputs)
        if not bool(logits.isfinite().all()):
            raise BadImage("not-finite", "outputs-not-finite")
        answer, probabilities = answer_of(subject, logits)
        targets = self._targets(probabilities)
        cam = signed_cam(subject, inputs, targets)
        value = value_of(subject, targets[0], inputs) if self.curves else None
        rng = np.random.default_rng(self.seed)
        return PhotoExplanation(
            name,
            image,
            PixelTransform(preprocess, image.height, image.width),
            answer,
            dict(zip(subject.labels, probabilities.tolist(), strict=True)) if subject.classes else {},
            tuple(subject.labels[k] for k in targets),
            cam.path,
            cam.maps,
            None if value is None else curves_of(value, inputs, cam.maps[0], rng),
            agreement(self.randomised, inputs, targets[0], cam.maps[0]),
            tuple(channels_of(subject.images(), inputs)) if self.maps else (),
        )

    def _targets(self, probabilities: np.ndarray) -> list[int]:
        """Return the index of the class to explain and of the most probable other class."""
        if not self.subject.classes:
            return [0]
        ranked = [int(k) for k in np.argsort(-probabilities, kind="stable")]
        first = ranked[0] if self.target is None else self.target
        return [first, *[k for k in ranked if k != first][:1]]


def answer_of(subject: Subject, logits: torch.Tensor) -> tuple[str, np.ndarray]:
    """Return the answer for logits (1, K) as text, and the probabilities (K,) or the number (1,)."""
    found = subject.probabilities(logits).cpu().double().numpy()
    if subject.task is not None and isinstance(subject.task, Classifier):
        return subject.task.decode(found)[0], found[0]
    if not subject.classes:
        return str(Number.of(float(found[0, 0]))), found[0]
    return subject.labels[int(found[0].argmax())], found[0]


def value_of(subject: Subject, target: int, inputs: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """Return a function from preprocessed photos (N, 3, H, W) to the prediction (N,) that deletion curves follow.

    It is the probability of the class ``target``; a number is rescaled to 0 for the mean colour of ``inputs`` and 1 for
    ``inputs``. None if these two numbers are equal, so that there is nothing to explain.
    """

    def plain(pixels: torch.Tensor) -> torch.Tensor:
        return subject.probabilities(subject.logits(pixels))[:, target]

    if subject.classes:
        return plain
    with torch.no_grad():
        whole, blank = plain(torch.cat([inputs, inputs.mean((2, 3), keepdim=True).expand_as(inputs)])).tolist()
    span = whole - blank
    return None if abs(span) < TINY else lambda pixels: (plain(pixels) - blank) / span
