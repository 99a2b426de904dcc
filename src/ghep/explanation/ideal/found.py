"""The images that ``ideal`` found and what was said about them, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ghep.errors import ConfigError
from ghep.explanation.ideal.judging import Answer, Variation
from ghep.explanation.ideal.request import IdealOptions
from ghep.types import Finding


@dataclass(frozen=True)
class IdealImage:
    """An image that was optimised for one label in one way."""

    label: str
    """The class; ``highest`` or ``lowest`` for a number."""
    way: str
    pixels: np.ndarray
    """uint8 (H, W, 3), of a size that the model's preprocessing only crops."""
    seen: np.ndarray
    """uint8 (h, w, 3), the part that the network sees."""
    own: Answer
    """What the model itself says about ``pixels``, rounded to 8 bits as in the saved file."""
    judged: Answer | None
    """What the judge says; None if no judge knows the label."""
    variation: float
    """Total variation of ``seen``: mean absolute difference of neighbours, down plus across, of 1."""
    ordinary: bool | None
    """Whether the total variation is that of ordinary photos; None without photos."""
    frames: tuple[np.ndarray, ...]
    """uint8 (h, w, 3), the way from noise to ``seen``."""
    steps: tuple[int, ...]
    """The number of steps before each frame."""
    by_frame: tuple[float, ...]
    """What the model itself says about each frame: ``Answer.value``."""
    objective: np.ndarray
    """float64 (steps,): what the ascent raised, a logit or a log probability, at each step."""

    def to_json(self) -> dict[str, Any]:
        """Return what is said about the image, as plain values."""
        judged = self.judged
        return {
            "label": self.label,
            "way": self.way,
            "steps": self.steps[-1],
            "own": _plain(self.own),
            "judge": None if judged is None else _plain(judged),
            "variation": self.variation,
            "ordinary": self.ordinary,
        }


@dataclass(frozen=True)
class Found:
    """The images of one model, with what was said about them."""

    subject: str
    options: IdealOptions
    images: tuple[IdealImage, ...]
    judge: str | None
    """The network that judged the images."""
    photos: Variation | None
    """The total variation of photos, if some were given."""
    device: str
    """The device that computed them."""
    number: bool
    """Whether the model predicts a number instead of classes."""
    findings: tuple[Finding, ...] = field(default=())

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels, each once."""
        return tuple(dict.fromkeys(one.label for one in self.images))

    @property
    def ways(self) -> tuple[str, ...]:
        """Return the ways, each once."""
        return tuple(dict.fromkeys(one.way for one in self.images))

    def image(self, label: str, way: str) -> IdealImage:
        """Return the image of a label and a way; raise ConfigError if there is none."""
        for one in self.images:
            if (one.label, one.way) == (label, way):
                return one
        raise ConfigError("ideal-no-such-image", label=label, way=way, labels=self.labels, ways=self.ways)

    def files(self) -> dict[str, IdealImage]:
        """Return the name of each image's files, without suffix -> the image; names are safe and differ."""
        found: dict[str, IdealImage] = {}
        for one in self.images:
            place = self.labels.index(one.label)
            word = "".join(letter if letter.isalnum() else "_" for letter in one.label.split(",")[0])[:40].strip("_")
            name = f"{word or 'label'}-{one.way}"
            found[name if name not in found else f"{word}_{place}-{one.way}"] = one
        return found

    def to_json(self) -> dict[str, Any]:
        """Return what is said about each image, the judge, the photos and the findings, as plain values."""
        photos = self.photos
        return {
            "subject": self.subject,
            "judge": self.judge,
            "photos": None if photos is None else {"low": photos.low, "high": photos.high, "count": photos.count},
            "images": [one.to_json() for one in self.images],
            "findings": [
                {"code": one.code, "severity": one.severity, "message": one.message, "items": list(one.items)}
                for one in self.findings
            ],
        }


def _plain(one: Answer) -> dict[str, Any]:
    return {"value": one.value, "answer": one.answer, "top": one.top}
