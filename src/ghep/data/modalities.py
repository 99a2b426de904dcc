"""The registry of modalities: everything that differs between images and texts, one row each.

A row is a ``Kind``: how to audit examples, what ``predict`` accepts, which preprocessing a bundle may name, how to show
one example, and the default backbones. The rows for images and texts are in ``image/modality.py`` and
``text/modality.py`` and are imported on first use; ``register`` adds another row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ghep.data.image.audit import Scan
from ghep.data.loading.preprocess import Preprocess
from ghep.data.shortcuts import Trait
from ghep.data.splitting.copies import Pair
from ghep.data.text.loader import wrong_form
from ghep.errors import BadExample, BundleError, DataError
from ghep.messages import Message
from ghep.types import Example, Finding, Modality, Raw


@dataclass(frozen=True, slots=True)
class Audit:
    """How to check the examples of one modality; a ``fact`` is what its ``scan`` returns for one example."""

    scan: Callable[..., Scan]
    """``scan(examples, *, keep, workers, progress)``."""
    alike: Callable[[Sequence[Any]], dict[Pair, float]]
    """Facts -> pairs of ids of near copies (not equal), with their distance."""
    alike_among_tasks: Callable[[Sequence[Any]], dict[Pair, float]]
    """The same for joined data sets of several tasks, which may have been prepared differently."""
    findings: Callable[[Sequence[Any], Sequence[Example]], list[Finding]]
    """Facts and labelled examples -> findings on single examples."""
    size: Callable[[Any], tuple[int, ...]]
    """Fact -> the size of the example, in ``unit``."""
    shown: Callable[[Any], str]
    """Fact -> the name of the example in a finding."""
    traits: Callable[[Sequence[Any]], dict[str, Mapping[str, Trait]]]
    """Facts -> traits that should not predict the class: id -> name -> value."""
    depths: Callable[[Sequence[Any]], Mapping[str, str]]
    """Facts -> the bit depth of files with more than 8 bits, by id."""
    unit: str
    things: str
    """Noun for usable examples: images or texts. Messages select on it."""
    files: str
    """Noun for all examples, which may be no images at all: files or texts. Messages select on it."""


@dataclass(frozen=True, slots=True)
class Given:
    """How the examples of one modality that a user passes to ``predict`` are read and prepared."""

    thing: str
    things: str
    pipeline_tag: str
    """Hugging Face's name of the classification task."""
    example: str
    """An example in a line of Python."""
    others: Message
    """An example of none of the classes."""
    bad: type[BadExample]
    sequence: Callable[..., list[Raw]]
    """A list, array, tensor, Series or iterator -> raws; raises InputsError for anything else (``inputs.py``)."""
    prepare: Callable[[Any, Sequence[Raw]], list[tuple[np.ndarray | BadExample, Any]]]
    """A preprocess and raws -> for each raw its prepared form, or why there is none, and its measurements, or None.
    Many at a time are cheaper."""
    findings: Callable[[Any, Mapping[str, Any]], list[Finding]]
    """A preprocess and the measurements of raws, by name -> findings on all of them together."""
    chunk: int
    """Number of examples prepared at a time, longest first: a larger chunk has more of similar length, and needs more
    memory."""
    lengths: Callable[[Sequence[np.ndarray]], np.ndarray | None]
    """Prepared examples -> the positions (N,) that each takes in a batch; None if all have one size."""
    files_in: Callable[[Path], list[Path]]
    """Folder -> the files that training would read from it."""
    of_file: Callable[[Path, str | None], Raw]
    """A file, and the encoding given or None -> raw."""
    of_bytes: Callable[[bytes, str | None], Raw]
    """The content of a file, and the encoding given or None -> raw."""
    of_line: Callable[[str, bool], Raw]
    """One line of a list -> raw; True: the model reads pairs of texts, separated by a tab."""
    of_json: Callable[[Any], Raw]
    """A value of a JSON document -> raw: a text, a list of two texts, or the content of a file in base64. Raises
    InputsError for any other value."""
    amount: Callable[[Raw], int]
    """Raw -> how much work it is to prepare, in the unit of the audit: pixels, read from the header of a file, or
    characters. 0 if the raw cannot be used."""
    trial: Callable[[bool], Raw]
    """A small raw to try a model with; True: the model reads pairs of texts."""
    remedy: Message
    """For an argument that is not a file."""
    restored: Callable[[Any], Any] = lambda measurement: measurement
    """A measurement of ``prepare`` as it was read from JSON -> the measurement."""


@dataclass(frozen=True)
class Shown:
    """How to show an example in a report: exactly one of the fields is filled."""

    image: str = ""
    """A data: URI."""
    text: str = ""
    missing: str = ""
    """Why the example cannot be shown."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the registry: all that ghep knows about one modality."""

    name: Modality
    audit: Audit
    given: Given
    shown: Callable[..., Shown]
    """``shown(raw, small=False)``: a text, or the path or content of a file -> how a report shows it; ``small``: as one
    of many."""
    processors: Mapping[str, Callable[[Mapping[str, Any], Callable[[str], str]], Preprocess]]
    """Name in ``preprocessor_config.json`` -> builds the preprocessing from the config and its files."""
    backbone: str
    """``module:class`` of the backbones that take this modality."""
    default_backbones: tuple[str, ...]
    """Names in the catalog; the default is the first one that is installed."""
    packages: tuple[str, ...] = ()
    """Packages that preparing an example needs, besides numpy and Pillow."""


_ROWS: dict[Modality, str | Kind] = {
    "image": "ghep.data.image.modality:IMAGE",
    "text": "ghep.data.text.modality:TEXT",
}
"""A row, or the ``module:attribute`` that holds it."""


def modality_named(name: Modality) -> Kind:
    """Return the row of the modality ``name``. Raises KeyError for a modality that is not registered."""
    row = _ROWS[name]
    if isinstance(row, str):
        module, _, attribute = row.partition(":")
        row = _ROWS[name] = getattr(import_module(module), attribute)
    assert isinstance(row, Kind)
    return row


def modalities() -> tuple[Modality, ...]:
    """Return the names of all registered modalities."""
    return tuple(_ROWS)


def register(row: Kind) -> None:
    """Add a modality, or replace the one of the same name."""
    _ROWS[row.name] = row


def preprocess_from(config: Mapping[str, Any], read: Callable[[str], str]) -> Preprocess:
    """Return the preprocessing with the config that ``Preprocess.to_json`` wrote; ``read``: file name -> its content.

    Raises BundleError if the config is not an object.
    """
    if not isinstance(config, Mapping):
        raise BundleError("preprocessor-config-not-object", value=f"{config!r:.80}")
    names = {config.get(key) for key in ("processor_class", "image_processor_type")}
    for kind in map(modality_named, modalities()):
        for name, build in kind.processors.items():
            if name in names:
                return build(config, read)
    return modality_named("image").processors["ghep.ImagePreprocess"](config, read)


def reader_of(files: Mapping[str, bytes]) -> Callable[[str], str]:
    """Return the function that ``preprocess_from`` reads with: the name of one of ``files`` -> its content as text.

    The function raises BundleError if the file is missing or is not UTF-8.
    """

    def read(name: str) -> str:
        try:
            return files[name].decode()
        except (KeyError, UnicodeDecodeError) as cause:
            raise BundleError("bundle-file-unreadable", name=name) from cause

    return read


def refuse_other(name: str, holds: Modality, takes: Modality, *, who: str = "backbone", one: str = "any") -> None:
    """Raise DataError unless ``holds``, the modality of the data called ``name``, is ``takes``, that of the model.

    For the message: ``who`` is the name of a backbone, or ``backbone`` or ``bundle``; ``one`` is the option that
    chooses a fitting backbone.
    """
    if holds != takes:
        given, wanted = modality_named(holds).audit.things, modality_named(takes).audit.things
        raise DataError("other-modality", name=name, holds=given, takes=wanted, who=who, one=one)


def refuse_other_form(name: str, examples: Sequence[Example], *, pairs: bool) -> None:
    """Raise DataError for single texts if the bundle was trained on ``pairs`` of texts, and for pairs if it was not."""
    if any(wrong_form(one.raw, pairs=pairs) for one in examples):
        raise DataError("other-text-form", name=name, pairs=pairs)
