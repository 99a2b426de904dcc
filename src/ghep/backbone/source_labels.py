"""The classes of a backbone's source task: their names, and which of them a label means.

In: the names on the card, or the number of outputs; labels as a user or a data set writes them. Out: outputs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from ghep.backbone.packages import imagenet_labels, imagenet_synsets
from ghep.types import Finding

IMAGENET_CLASSES = 1000
SYNSET = re.compile(r"(n\d{8})(?:\W|_|$)")
"""A WordNet id at the beginning of a label: ``n01440764``, ``n01440764_tench``."""


def source_labels(model: str, names: Sequence[str], count: int) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the names of the ``count`` classes of ``model``, and a finding if they are not on its card (``names``).

    1,000 classes are assumed to be those of ImageNet, which torchvision, timm and Keras have in the same order. Others
    are called ``class 0`` and so on.
    """
    if len(names) == count:
        return tuple(names), ()
    if count == IMAGENET_CLASSES:
        return imagenet_labels(), (Finding.of("subject-imagenet-assumed", "info", name=model),)
    found = Finding.of("subject-classes-unnamed", "info", name=model, count=count)
    return tuple(f"class {index}" for index in range(count)), (found,)


def outputs_called(labels: Sequence[str], wanted: str) -> list[int]:
    """Return the outputs called ``wanted``, or that have it as a synonym, as in ``tiger cat, Felis tigris``.

    Names are compared without case, and with underscores as spaces. An equal name is preferred to a synonym.
    """
    equal = [index for index, name in enumerate(labels) if name == wanted]
    return equal or [index for index, name in enumerate(labels) if _plain(wanted) in _synonyms(name)]


def outputs_of_labels(labels: Sequence[str], given: Sequence[str]) -> dict[str, int]:
    """Return label -> output for each of ``given`` that means exactly one of the classes ``labels``.

    A label is a class's name, one of its synonyms, its WordNet id (``n01440764``, ``n01440764_tench``), or its index
    from 0. Labels that mean no class, or several (ImageNet has two cranes), are left out.
    """
    found = {label: outputs_called(labels, label) for label in dict.fromkeys(given)}
    synsets = _synset_outputs() if _are_imagenet(labels) else {}
    for label, outputs in found.items():
        synset = SYNSET.match(label)
        if synset is not None and synset[1] in synsets:
            outputs[:] = [synsets[synset[1]]]
        elif not outputs and label.isdecimal() and int(label) < len(labels):
            outputs[:] = [int(label)]
    return {label: outputs[0] for label, outputs in found.items() if len(outputs) == 1}


def _synonyms(name: str) -> set[str]:
    return {_plain(name), *(_plain(part) for part in name.split(","))}


def _plain(name: str) -> str:
    return name.replace("_", " ").strip().lower()


def _are_imagenet(labels: Sequence[str]) -> bool:
    """Whether ``labels`` are ImageNet's classes in the usual order; lists differ in a few synonyms."""
    ends = {0: "tench", IMAGENET_CLASSES - 1: "toilet tissue"}
    return len(labels) == IMAGENET_CLASSES and all(name in _synonyms(labels[place]) for place, name in ends.items())


@cache
def _synset_outputs() -> Mapping[str, int]:
    return {synset: index for index, synset in enumerate(imagenet_synsets())}
