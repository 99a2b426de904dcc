"""Texts in the registry of modalities (``data/modalities.py``): how they are audited, read, shown and prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ghep.data.dataset import place
from ghep.data.loading.inputs import is_pair, text_list
from ghep.data.modalities import Audit, Given, Kind, Shown
from ghep.data.shortcuts import Trait
from ghep.data.sources.folders.class_folders import texts_in
from ghep.data.text.audit import TextFact, alike_texts, alike_unspaced_texts, scan_texts, text_findings
from ghep.data.text.loader import Refused, TextPair, load_text, read_text, wrong_form
from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess
from ghep.errors import BadExample, BadText, InputsError
from ghep.messages import Message, text_of
from ghep.types import Finding, Raw

TOGETHER = 64
"""Texts tokenised in one call: a tokenizer needs about 100 bytes per token, before it cuts a book to 256 tokens."""
TEXT_CHARACTERS = 300
SMALL_CHARACTERS = 120
"""Maximum characters of a text in a report, and of one that is listed with others."""


def _text_shown(fact: TextFact) -> str:
    return f'{place(fact.id)} "{fact.beginning}"'


def _no_depths(facts: Sequence[TextFact]) -> dict[str, str]:  # noqa: ARG001
    return {}


def _text_traits(facts: Sequence[TextFact]) -> dict[str, Mapping[str, Trait]]:
    characters, words = text_of("trait-length-characters"), text_of("trait-length-words")
    return {fact.id: {characters: float(fact.characters), words: float(fact.words)} for fact in facts}


def _text_size(fact: TextFact) -> tuple[int, ...]:
    return (fact.characters,)


def _prepare_texts(preprocess: Any, raws: Sequence[Raw]) -> list[tuple[np.ndarray | BadExample, None]]:
    """Return (token ids or the error, None) for each of ``raws``, tokenised in threads, ``TOGETHER`` per call."""
    prepared: list[tuple[np.ndarray | BadExample, None]] = []
    for start in range(0, len(raws), TOGETHER):
        loaded = [_loaded(raw, pairs=preprocess.pairs) for raw in raws[start : start + TOGETHER]]
        made = iter(preprocess.encode([text for text in loaded if isinstance(text, str)]))
        prepared += [(next(made) if isinstance(text, str) else text, None) for text in loaded]
    return prepared


def _loaded(raw: Raw, *, pairs: bool) -> str | BadExample:
    if (wrong := wrong_form(raw, pairs=pairs)) is not None:
        return wrong
    try:
        return load_text(raw)
    except BadExample as error:
        return error


def _no_findings(preprocess: Any, measured: Mapping[str, Any]) -> list[Finding]:  # noqa: ARG001 - for images
    return []


def _positions(prepared: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([len(one) for one in prepared], dtype=np.int64)


def _text_file(path: Path, encoding: str | None) -> Raw:
    """Return the path, or if an encoding is given the content as bytes in UTF-8, because a path has no encoding."""
    if encoding is None:
        return path
    try:
        return read_text(path, encoding).encode()
    except BadText as error:
        return Refused(path, error.reason, error.detail)


def _text_bytes(data: bytes, encoding: str | None) -> Raw:
    if encoding is None:
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        detail = text_of("text-bytes-not-in-encoding", encoding=encoding, cause=error.reason)
        return Refused(Path("-"), "not-utf-8", detail)


def _text_of_line(line: str, pairs: bool) -> Raw:
    return TextPair(*line.split("\t")) if pairs and line.count("\t") == 1 else line


def _text_of_json(value: Any) -> Raw:
    if isinstance(value, str):
        return value
    if is_pair(value):
        return TextPair(*value)
    raise InputsError("text-not-in-json", found=type(value).__name__)


def _characters(raw: Raw) -> int:
    return len(raw) if isinstance(raw, str | bytes) else 0


def _trial(pairs: bool) -> Raw:
    return TextPair("a text", "another text") if pairs else "a text"


def _show(raw: Raw, *, small: bool = False) -> Shown:
    try:
        text = load_text(raw).strip()
    except BadText as problem:
        return Shown(missing=problem.reason)
    most = SMALL_CHARACTERS if small else TEXT_CHARACTERS
    return Shown(text=text if len(text) <= most else text[: most - 1].rstrip() + "…")


TEXT = Kind(
    name="text",
    audit=Audit(
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
    ),
    given=Given(
        thing="text",
        things="texts",
        pipeline_tag="text-classification",
        example="text",
        others=Message("other-text"),
        bad=BadText,
        sequence=text_list,
        prepare=_prepare_texts,
        findings=_no_findings,
        chunk=1024,
        lengths=_positions,
        files_in=texts_in,
        of_file=_text_file,
        of_bytes=_text_bytes,
        of_line=_text_of_line,
        of_json=_text_of_json,
        amount=_characters,
        trial=_trial,
        remedy=Message("predict-texts-remedy"),
    ),
    shown=_show,
    processors={
        "ghep.TokenPreprocess": TokenPreprocess.from_json,
        "ghep.CharacterPreprocess": lambda config, _read: CharacterPreprocess.from_json(config),
    },
    backbone="ghep.backbone.text:TextBackbone",
    default_backbones=("minilm",),
    packages=("tokenizers",),
)
