"""What is different in auditing pictures and texts, in one table: how they are scanned, what makes two of them alike,
what is odd about one, and what they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ghep.data.dataset import place
from ghep.data.image.audit import Fact, Scan, image_findings, scan
from ghep.data.image.depths import RANGE, depths_used
from ghep.data.shortcuts import Trait
from ghep.data.splitting.copies import CopyWords, Pair, near_pairs
from ghep.data.text.audit import TextFact, alike_texts, alike_unspaced_texts, scan_texts, text_findings
from ghep.data.text.loader import wrong_form
from ghep.errors import DataError
from ghep.types import Example, Finding, Modality

GREY = 0.5
"""Levels of 255 by which the mean channels of a grey image may differ."""
LOSSLESS = 101.0
"""What an image that is no JPEG counts as in JPEG quality."""


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
    copies: CopyWords


def _image_size(fact: Fact) -> tuple[int, ...]:
    return fact.width, fact.height


def _image_shown(fact: Fact) -> str:
    return place(fact.id)


def _text_shown(fact: TextFact) -> str:
    return f'{place(fact.id)} "{fact.beginning}"'


def _image_depths(facts: Sequence[Fact]) -> dict[str, str]:
    return depths_used({fact.id: fact.extent for fact in facts if fact.extent is not None})


def _no_depths(facts: Sequence[TextFact]) -> dict[str, str]:  # noqa: ARG001
    return {}


def _image_traits(facts: Sequence[Fact]) -> dict[str, Mapping[str, Trait]]:
    depths = _image_depths(facts)
    depth = "range of values" if any(one.startswith(RANGE) for one in depths.values()) else "bit depth"
    return {
        fact.id: {
            "file format": fact.format,
            depth: depths.get(fact.id, "8 bits"),
            "grey or colour": "grey" if max(fact.colour) - min(fact.colour) < GREY else "colour",
            "image size": f"{fact.width} x {fact.height}",
            "image width": float(fact.width),
            "image height": float(fact.height),
            "number of pixels": float(fact.width * fact.height),
            "aspect ratio": fact.width / fact.height,
            "JPEG quality": LOSSLESS if fact.quality is None else fact.quality,
        }
        for fact in facts
    }


def _text_traits(facts: Sequence[TextFact]) -> dict[str, Mapping[str, Trait]]:
    return {
        fact.id: {"length in characters": float(fact.characters), "length in words": float(fact.words)}
        for fact in facts
    }


def _text_size(fact: TextFact) -> tuple[int, ...]:
    return (fact.characters,)


AUDITS: Mapping[Modality, Audit] = {
    "image": Audit(
        scan=scan,
        alike=near_pairs,
        alike_among_tasks=near_pairs,
        findings=image_findings,
        size=_image_size,
        shown=_image_shown,
        traits=_image_traits,
        depths=_image_depths,
        unit="pixels",
        things="images",
        files="files",
        copies=CopyWords(
            "images", "equal files", "different files that show the same image", "(saved again or resized)"
        ),
    ),
    "text": Audit(
        scan=scan_texts,
        alike=alike_texts,
        alike_among_tasks=alike_unspaced_texts,
        findings=text_findings,
        size=_text_size,
        shown=_text_shown,
        traits=_text_traits,
        depths=_no_depths,
        unit="characters",
        things="texts",
        files="texts",
        copies=CopyWords(
            "texts", "equal texts", "texts that differ only in case, spaces, punctuation, links or mentions"
        ),
    ),
}


def refuse_other(
    name: str, holds: Modality, takes: Modality, *, who: str = "the backbone", one: str = "see ghep backbones"
) -> None:
    """Raise DataError unless the data called ``name`` are of the kind that ``who`` takes; ``one`` is what would."""
    if holds != takes:
        raise DataError(
            f"{name} holds {AUDITS[holds].things}, but {who} takes {AUDITS[takes].things}",
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
