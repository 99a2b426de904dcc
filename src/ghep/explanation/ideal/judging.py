"""What is said about an image: by the model it was made for, by a network that it was not made for, and by photos.

A model assigns nearly every image that was optimised for it to the class, whatever the image looks like. Therefore a
second network, whose weights were not used, answers too, and the total variation is compared with that of photos.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ghep.backbone.catalog import find
from ghep.backbone.installed import at_hand
from ghep.data.image.loader import load_image
from ghep.data.image.preprocess import ImagePreprocess, Pixels
from ghep.errors import BadImage, ConfigError, DataError, GhepError
from ghep.explanation.output import bundle_name
from ghep.explanation.subject import Subject, subject_of
from ghep.storage.hashing import fingerprint_arrays
from ghep.types import Finding

MOST_PHOTOS = 200
SMALLEST = 100
"""Values of a weight tensor that can show that two networks share weights; smaller ones may be equal by chance."""
RANGE = (2.5, 97.5)
"""Percentiles between which the total variation of a photo is ordinary."""


@dataclass(frozen=True)
class Answer:
    """What a model says about one image."""

    value: float
    """Probability of the class that the image was made for, or the predicted number."""
    answer: str
    """The most probable class; for a number, the number as text."""
    top: bool
    """Whether the most probable class is the one that the image was made for; False for numbers."""


@dataclass(frozen=True)
class Judge:
    """A model that did not take part in the optimisation."""

    subject: Subject
    indexes: Mapping[str, int]
    """Label -> the output of ``subject`` that has the same name; labels that it does not know are absent."""

    @property
    def name(self) -> str:
        """Return a short name for tables."""
        return bundle_name(self.subject.name).removesuffix(".safetensors")


@dataclass(frozen=True)
class Variation:
    """The total variation of photos, as the network sees them."""

    low: float
    high: float
    """The middle 95 % of the photos lie between ``low`` and ``high``."""
    count: int

    def includes(self, value: float) -> bool:
        """Whether ``value`` is in the range."""
        return self.low <= value <= self.high


def answers(subject: Subject, index: int, images: Sequence[np.ndarray], device: torch.device) -> list[Answer]:
    """Return what ``subject``, in use on ``device``, says about ``images``, uint8 (H, W, 3), as ``ghep predict`` would.

    ``index`` is the output that the images were made for.
    """
    preprocess = subject.images().preprocess
    views = [preprocess.view(preprocess.decode(Image.fromarray(one))) for one in images]
    with torch.no_grad():
        logits = subject.logits(preprocess.collate(views).to(device))
    found = subject.probabilities(logits.cpu()).numpy()
    if subject.classes:
        best = found.argmax(axis=1)
        return [
            Answer(float(row[index]), subject.labels[top], bool(top == index))
            for row, top in zip(found, best, strict=True)
        ]
    assert subject.task is not None
    return [Answer(float(row[0]), text, top=False) for row, text in zip(found, subject.task.decode(found), strict=True)]


def variation_of(view: np.ndarray) -> float:
    """Return the total variation of uint8 (H, W, 3), in units of black to white per pixel and colour."""
    levels = view.astype(np.float32) / 255
    return float((np.abs(np.diff(levels, axis=0)).sum() + np.abs(np.diff(levels, axis=1)).sum()) / levels.size)


def view_of(preprocess: ImagePreprocess, image: np.ndarray) -> Pixels:
    """Return the part of ``image``, uint8 (H, W, 3), that the network sees, in its own pixels."""
    return preprocess.view(preprocess.decode(Image.fromarray(image)))


def read_photos(
    preprocess: ImagePreprocess, folder: Path, size: tuple[int, int]
) -> tuple[list[np.ndarray], Finding | None]:
    """Return up to ``MOST_PHOTOS`` photos of ``folder`` as uint8 (H, W, 3) of one ``size``, and those left out.

    They are spread evenly over the sorted files. Raises DataError if there are none.
    """
    from ghep.data.sources.folders.class_folders import images_in

    if not folder.is_dir():
        raise DataError("ideal-photos-no-folder", folder=folder)
    files = images_in(folder)
    chosen = [files[round(place)] for place in np.linspace(0, len(files) - 1, min(len(files), MOST_PHOTOS))]
    whole, photos, bad = replace(preprocess, height=size[0], width=size[1]), list[np.ndarray](), list[str]()
    for file in chosen:
        try:
            photos.append(whole.view(whole.prepare(load_image(file, at_least=preprocess.at_least))))
        except (BadImage, OSError) as error:
            bad.append(f"{file}: {getattr(error, 'cause', error)}")
    if not photos:
        raise DataError("ideal-no-photos", folder=folder, count=len(bad))
    finding = Finding.of("ideal-photos-unreadable", "warning", items=bad, count=len(bad)) if bad else None
    return photos, finding


def variation_of_photos(preprocess: ImagePreprocess, photos: Sequence[np.ndarray]) -> Variation:
    """Return the range of the total variation of ``photos``, each as the network sees it."""
    low, high = np.percentile([variation_of(view_of(preprocess, one)) for one in photos], RANGE)
    return Variation(float(low), float(high), len(photos))


def judge_for(subject: Subject, labels: Sequence[str], wanted: str | Path | None) -> tuple[Judge | None, list[Finding]]:
    """Return the judge called ``wanted``, by default a network at hand that knows one of ``labels``, and findings.

    A default judge shares no weights with ``subject``. Without one the first element is None, and a finding says so.
    Raises ConfigError if ``wanted`` knows none of the labels, or has the weights of ``subject``.
    """
    if wanted is not None:
        return _judge_named(subject, labels, wanted)
    for name in _candidates(subject):
        judge = _if_useful(subject, labels, name)
        if judge is not None:
            return judge, _unknown(judge, labels)
    if not subject.classes:
        return None, [Finding.of("ideal-no-judge-of-numbers", "info", task=subject.labels[0])]
    return None, [Finding.of("ideal-no-judge", "info", labels=list(labels))]


def _judge_named(subject: Subject, labels: Sequence[str], wanted: str | Path) -> tuple[Judge, list[Finding]]:
    other = subject_of(wanted, task=subject.task.name if subject.task is not None and not subject.classes else None)
    judge = Judge(other, _indexes(subject, other, labels))
    if not judge.indexes:
        raise ConfigError("ideal-judge-unknown-labels", name=wanted, labels=list(labels))
    shared = _shared(subject, other)
    if shared == 1:
        raise ConfigError("ideal-judge-is-subject", name=wanted)
    found = _unknown(judge, labels)
    if shared:
        found.append(Finding.of("ideal-judge-shares-weights", "warning", name=judge.name, share=shared))
    return judge, found


def _unknown(judge: Judge, labels: Sequence[str]) -> list[Finding]:
    left = [label for label in labels if label not in judge.indexes]
    return [Finding.of("ideal-judge-lacks-labels", "info", name=judge.name, labels=left)] if left else []


def _candidates(subject: Subject) -> Iterator[str]:
    """Yield names of image backbones with a classifier: those installed, then the files next to that of ``subject``."""
    if not subject.classes:
        return
    yield from at_hand("image")
    own = Path(subject.name)
    if own.is_file():
        yield from (
            str(file) for file in sorted(own.parent.glob("*.safetensors")) if file.with_suffix(".json").is_file()
        )


def _if_useful(subject: Subject, labels: Sequence[str], name: str) -> Judge | None:
    """Return the candidate as a judge; None if it cannot be loaded, knows no label, or shares weights."""
    try:
        blueprint = find(name)
        if blueprint is None or not any(_index_in(blueprint.card.source_labels, label) is not None for label in labels):
            return None
        other = subject_of(name)
    except GhepError:
        return None
    indexes = _indexes(subject, other, labels)
    return Judge(other, indexes) if indexes and not _shared(subject, other) else None


def _indexes(subject: Subject, other: Subject, labels: Sequence[str]) -> dict[str, int]:
    if not subject.classes:
        return dict.fromkeys(labels, 0) if not other.classes else {}
    found = {label: _index_in(other.classes, label) for label in labels}
    return {label: index for label, index in found.items() if index is not None}


def _index_in(names: Sequence[str], label: str) -> int | None:
    """Return the only one of ``names`` that is ``label``, or shares a synonym with it (``tabby, tabby cat``)."""
    if label in names:
        return list(names).index(label)
    wanted = _synonyms(label)
    found = [index for index, name in enumerate(names) if wanted & _synonyms(name)]
    return found[0] if len(found) == 1 else None


def _synonyms(label: str) -> set[str]:
    return {part.strip().lower() for part in label.split(",")}


def _shared(one: Subject, other: Subject) -> float:
    """Return the share of the large weight tensors of ``one``'s backbone that ``other``'s backbone has too."""
    first, second = (_fingerprints(subject) for subject in (one, other))
    return len(first & second) / max(1, len(first))


def _fingerprints(subject: Subject) -> set[str]:
    tensors = [one.detach().cpu().numpy() for one in subject.backbone.parameters() if one.numel() >= SMALLEST]
    return {fingerprint_arrays({"": one}) for one in tensors if one.ndim > 1 or one.std() > 0}
