"""The answer to a file: photos are saved as PNG and read, decoded and preprocessed as ``ghep predict`` does it.

Most attacks that fail in practice succeed on an array in memory and die when it is saved: rounding to 8 bits, another
resize, another crop. So only these answers count.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BadExample
from ghep.explanation.subject import Subject
from ghep.export.predictor import Predictor
from ghep.tasks.base import Classifier
from ghep.types import BAR, Raw

AT_ONCE = 32
TOP = 5


@dataclass(frozen=True)
class Answer:
    """What a model says of one file."""

    label: str
    """For classes that are not exclusive, those above one half, separated by bars."""
    probability: float
    top: tuple[tuple[str, float], ...]
    """The most likely classes and their probabilities."""

    def says(self, label: str) -> bool:
        """Whether the answer is ``label``, or contains it if classes are not exclusive."""
        return label == self.label or label in self.label.split(BAR)


def png_of(pixels: np.ndarray) -> bytes:
    """Return uint8 (H, W, 3) as the bytes of a PNG file."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, format="png")
    return data.getvalue()


def answers(subject: Subject, files: Sequence[Raw]) -> list[Answer]:
    """Return the answer of ``subject`` to each of ``files``, paths or bytes; raise BadExample for an unusable file."""
    if subject.bundle is None:
        return [_answer(subject.labels, row) for row in _of_backbone(subject, files)]
    assert subject.task is not None
    found = []
    predicted = Predictor(subject.bundle).predict(list(files), report=lambda _: None)
    for one in predicted:
        if one.task != subject.task.name:
            continue
        if one.label is None:
            raise BadExample("unusable-input", "attack-no-answer", name=one.input, why=one.problem)
        found.append(_named(one.label, one.probability or 0.0, one.probabilities))
    return found


def exclusive(subject: Subject) -> bool:
    """Return whether exactly one class is right for a photo."""
    return not isinstance(subject.task, Classifier) or subject.task.exclusive


def _of_backbone(subject: Subject, files: Sequence[Raw]) -> np.ndarray[Any, Any]:
    preprocess = subject.backbone.preprocess
    assert isinstance(preprocess, ImagePreprocess)
    device = next(subject.backbone.parameters()).device
    parts = []
    with subject.in_use(), torch.no_grad():
        for start in range(0, len(files), AT_ONCE):
            views = [preprocess.view(preprocess.decode(one)) for one in files[start : start + AT_ONCE]]
            parts.append(subject.probabilities(subject.logits(preprocess.collate(views).to(device))).cpu().numpy())
    return np.concatenate(parts) if parts else np.zeros((0, len(subject.labels)))


def _answer(labels: Sequence[str], row: np.ndarray[Any, Any]) -> Answer:
    best = int(row.argmax())
    return _named(labels[best], float(row[best]), dict(zip(labels, map(float, row), strict=True)))


def _named(label: str, probability: float, of: dict[str, float]) -> Answer:
    top = sorted(of.items(), key=lambda one: -one[1])[:TOP]
    return Answer(label, probability, tuple(top))
