"""The registry of modalities: everything that differs between images and texts, one row each.

A row is a ``Kind``: how examples are audited, what may be passed to ``predict``, which preprocessing a bundle may name,
how one example is shown, and which backbones are the default. The rows of ghep are in ``image/modality.py`` and
``text/modality.py``, and are imported when they are first needed; ``register`` adds another.
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
from ghep.types import Example, Finding, Modality, Raw


@dataclass(frozen=True, slots=True)
class Audit:
    """How the examples of one modality are looked at; ``facts`` are those that its ``scan`` returns."""

    scan: Callable[..., Scan]
    """``scan(examples, *, keep, workers, progress)``."""
    alike: Callable[[Sequence[Any]], dict[Pair, float]]
    """From facts to the pairs of ids that are not equal and still copies, with how far apart they are."""
    alike_among_tasks: Callable[[Sequence[Any]], dict[Pair, float]]
    """The same where data sets of several tasks were joined: one may have been prepared otherwise than another."""
    findings: Callable[[Sequence[Any], Sequence[Example]], list[Finding]]
    """From facts and labelled examples to what is odd about the examples one by one."""
    size: Callable[[Any], tuple[int, ...]]
    """From a fact to how large the example is, in ``unit``."""
    shown: Callable[[Any], str]
    """From a fact to how a finding names the example."""
    traits: Callable[[Sequence[Any]], dict[str, Mapping[str, Trait]]]
    """From facts to what should not give the class away: id -> name -> value."""
    depths: Callable[[Sequence[Any]], Mapping[str, str]]
    """From facts to the depth that files of more than 8 bits use, by id."""
    unit: str
    things: str
    """What usable examples are called."""
    files: str
    """What the others are called: they may be no images at all."""


@dataclass(frozen=True, slots=True)
class Given:
    """What differs between images and texts that are passed one by one."""

    thing: str
    things: str
    pipeline_tag: str
    """What Hugging Face calls the job of classifying them."""
    example: str
    """One of them in a line of Python."""
    others: str
    """One that belongs to none of the classes."""
    bad: type[BadExample]
    sequence: Callable[..., list[Raw]]
    """From a list, array, tensor, Series or iterator to raws; InputsError for what is none (``inputs.py``)."""
    prepare: Callable[[Any, Sequence[Raw]], list[tuple[np.ndarray | BadExample, Any]]]
    """From a preprocess and raws to the prepared form of each, or why there is none, and what was measured on it, or
    None; many at a time is cheaper."""
    findings: Callable[[Any, Mapping[str, Any]], list[Finding]]
    """From a preprocess and what was measured on raws, by name, to what is wrong with them taken together."""
    chunk: int
    """So many are prepared before they are predicted, the longest first: more of about one length, more memory."""
    lengths: Callable[[Sequence[np.ndarray]], np.ndarray | None]
    """From prepared examples to the positions (N,) that each takes in a batch; None: all are of one size."""
    files_in: Callable[[Path], list[Path]]
    """From a folder to what training would take from it."""
    of_file: Callable[[Path, str | None], Raw]
    """From a file, and the encoding that was named, to a raw."""
    of_bytes: Callable[[bytes, str | None], Raw]
    """The same from its content."""
    of_line: Callable[[str, bool], Raw]
    """From one line of a list to a raw; True: the model reads pairs of texts, with a tab between."""
    remedy: str
    """For an argument that is no file."""


@dataclass(frozen=True)
class Shown:
    """An example as it is shown: one of three."""

    image: str = ""
    """A data: URI."""
    text: str = ""
    missing: str = ""
    """Why there is nothing to show."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One modality."""

    name: Modality
    audit: Audit
    given: Given
    shown: Callable[[str], Shown]
    """From a raw example, as text, to how a report shows it."""
    processors: Mapping[str, Callable[[Mapping[str, Any], Callable[[str], str]], Preprocess]]
    """Name in ``preprocessor_config.json`` -> builds that preprocessing from the config and its files."""
    backbone: str
    """``module:class`` of the backbones that take such examples."""
    default_backbones: tuple[str, ...]
    """Names in the catalog; the first one that is installed is the default."""


_ROWS: dict[Modality, str | Kind] = {
    "image": "ghep.data.image.modality:IMAGE",
    "text": "ghep.data.text.modality:TEXT",
}
"""A row, or where it is."""


def modality_named(name: Modality) -> Kind:
    """Return the row of a modality; KeyError for one that is not registered."""
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
    """Add a modality, or replace one of the same name."""
    _ROWS[row.name] = row


def preprocess_from(config: Mapping[str, Any], read: Callable[[str], str]) -> Preprocess:
    """Build what ``Preprocess.to_json`` described; ``read`` gives the content of one of its ``files``.

    Raises BundleError for a config that is no object, or that no modality can read.
    """
    if not isinstance(config, Mapping):
        raise BundleError(f"preprocessor_config.json is no object: {config!r:.80}", remedy="copy the bundle again")
    names = {config.get(key) for key in ("processor_class", "image_processor_type")}
    for kind in map(modality_named, modalities()):
        for name, build in kind.processors.items():
            if name in names:
                return build(config, read)
    return modality_named("image").processors["ghep.ImagePreprocess"](config, read)


def refuse_other(
    name: str, holds: Modality, takes: Modality, *, who: str = "the backbone", one: str = "see ghep backbones"
) -> None:
    """Raise DataError unless the data called ``name`` are of the kind that ``who`` takes; ``one`` is what would."""
    if holds != takes:
        raise DataError(
            f"{name} holds {modality_named(holds).audit.things}, but {who} takes {modality_named(takes).audit.things}",
            remedy=f"choose a backbone for them ({one}), or name the column: --text, --path-column",
        )


def refuse_other_form(name: str, examples: Sequence[Example], *, pairs: bool) -> None:
    """Raise DataError for single texts where the bundle reads ``pairs`` of texts, and the other way round."""
    if any(wrong_form(one.raw, pairs=pairs) for one in examples):
        holds, takes = ("single texts", "pairs of texts") if pairs else ("pairs of texts", "single texts")
        raise DataError(
            f"{name} holds {holds}, and the bundle was trained on {takes}",
            remedy=f"name the column{'s of both texts: --text A --text B' if pairs else ' of the text: --text A'}",
        )
