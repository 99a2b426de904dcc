"""Read a corpus of unlabelled texts for pretraining. In: files and folders. Out: a ``Corpus`` of documents.

    documents.py   which parts of a file are documents
    files.py       text files, tables and folders
    leaks.py       test texts of a task that are in the corpus: equal letters (letters.py), or edited (edited_copies.py)

Exact copies of a document are used once. Some documents are held out, chosen by a hash of the seed and their text, so
the order and the names of the files do not matter.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ghep.data.corpus.documents import RULES, Document, Rule, last_space
from ghep.data.corpus.files import Read, read_files
from ghep.data.corpus.leaks import Leak, texts_to_exclude, without_leaks
from ghep.data.dataset import place
from ghep.data.text.loader import encoding_named
from ghep.data.text.ngrams import count_words
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.messages import text_of
from ghep.types import Finding

__all__ = ["Corpus", "Document", "Leak", "read_corpus"]

FEW = 20
"""Below this number of documents, the end of each is held out instead of whole documents."""
MOST = 0.2
"""Share of the characters that may be held out for the sake of one long document."""
SHORT_MEDIAN = 5
"""Median number of words of a document below which the lines are often not documents."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Unlabelled texts, each of them once: documents for training, held-out documents, and what was found."""

    train: tuple[Document, ...]
    held_out: tuple[Document, ...]
    findings: tuple[Finding, ...]
    dropped: tuple[Leak, ...]
    """The test texts of the task that were in the corpus."""
    words: int
    """Words between white space in all documents; in scripts without spaces between words, characters."""
    bytes: int
    """Bytes of all documents in UTF-8."""
    digest: str
    """SHA-256 of all documents, and of which are held out, in their order; not of where they are from."""
    sources: tuple[str, ...]
    """For the card: a line for each place that the user named, and one for the licence."""


def read_corpus(
    location: str | Path | Sequence[str | Path],
    *,
    column: str | None = None,
    seed: int = 0,
    held_out: float = 0.05,
    exclude: Sequence[str] = (),
    documents: Rule | None = None,
    encoding: str | None = None,
    licence: str = "",
) -> Corpus:
    """Return the corpus at ``location``: a text file, a table, a folder of these, or several places.

    ``column`` is the column of texts of tables. ``held_out`` is the share of characters that is held out. ``exclude``
    are the test texts of the task: what contains one is dropped (``leaks.py``). ``documents`` says how text files are
    divided; None: by the first rule that fits (``documents.py``). ``encoding`` is that of text files and tables that
    are not UTF-8. ``licence`` is added to ``sources`` as told. Raises ``DataError`` for a corpus that cannot be read or
    has no text, and ``ConfigError`` for an impossible value.
    """
    if documents is not None and documents not in RULES:
        raise ConfigError("corpus-rule-unknown", rule=repr(documents), hint=did_you_mean(str(documents), RULES))
    if not 0 < held_out < 1:
        raise ConfigError("corpus-share-impossible", share=held_out)
    places = _places(location)
    encoding = encoding_named(encoding) if encoding else None
    read = read_files(places, column=column, rule=documents, encoding=encoding)
    if not read.documents:
        raise DataError("corpus-empty", places=list(map(str, places)), count=len(read.unusable))
    once, copies = _each_once(read.documents)
    clean, leaks = without_leaks(once, texts_to_exclude(exclude))
    if not clean:
        raise DataError("corpus-all-leaks", count=len(once))
    train, held = _held_out(clean, held_out, seed)
    if not train or not held:
        raise DataError("corpus-too-short", text=repr(clean[0].text[:60]))
    texts = [one.text for one in clean]
    words = sum(map(count_words, texts))
    findings = [
        *_documents_findings(read, texts, documents),
        *_unusable_findings(read),
        *_copy_findings(copies),
        *_leak_findings(leaks),
        *(
            [Finding.of("corpus-few-documents", "warning", count=len(clean), share=held_out)]
            if len(clean) < FEW
            else []
        ),
        *read.findings,
    ]
    return Corpus(
        tuple(train),
        tuple(held),
        tuple(findings),
        leaks,
        words,
        sum(len(text.encode()) for text in texts),
        _digest(train, held),
        _sources(places, len(clean), words, licence),
    )


def _places(location: Any) -> list[str | Path]:
    """Return the paths in ``location``; raise ConfigError for others: no corpus is read from memory."""
    if isinstance(location, str | Path):
        return [location]
    found = type(location).__name__
    if isinstance(location, Mapping) or hasattr(location, "columns") or not isinstance(location, Iterable):
        raise ConfigError("corpus-not-paths", found=found)
    places = list(location)
    if not places or not all(isinstance(one, str | Path) for one in places):
        raise ConfigError(
            "corpus-not-paths", found=f"{type(places[0]).__name__} in {found}" if places else f"{found}, empty"
        )
    return places


def _each_once(documents: Sequence[Document]) -> tuple[list[Document], list[tuple[Document, Document]]]:
    """Return the documents without exact copies, and the copies, each with the document that is kept."""
    first: dict[str, Document] = {}
    copies = []
    for document in documents:
        kept = first.setdefault(document.text, document)
        if kept is not document:
            copies.append((document, kept))
    return list(first.values()), copies


def _held_out(documents: Sequence[Document], share: float, seed: int) -> tuple[list[Document], list[Document]]:
    """Return the documents for training and those held out, both in the order of ``documents``.

    Documents are held out in the order of a hash of seed and text until ``share`` of all characters is reached, without
    a document that would make it ``MOST`` or twice the share: a book among letters. Where there are few documents,
    ``share`` of each is held out, at its end.
    """
    if len(documents) < FEW:
        divided = [_divided(document, share) for document in documents]
        return [one for one, _ in divided if one], [other for _, other in divided if other]
    order = sorted(documents, key=lambda one: hashlib.sha256(f"{seed}\0{one.text}".encode()).digest())
    total = sum(len(one.text) for one in documents)
    wanted, most = share * total, max(2 * share, MOST) * total
    chosen: set[str] = set()
    taken = 0
    for document in order[:-1]:
        if taken >= wanted:
            break
        if taken + len(document.text) <= most:
            chosen.add(document.text)
            taken += len(document.text)
    return [one for one in documents if one.text not in chosen], [one for one in documents if one.text in chosen]


def _divided(document: Document, share: float) -> tuple[Document | None, Document | None]:
    """Return a document without its last ``share``, and its end; None for a part without text."""
    text = document.text
    at = last_space(text, 1, max(1, round((1 - share) * len(text)))) if len(text) > 1 else 1
    parts = (
        (document.id, text[:at].strip()),
        (text_of("corpus-end-of-document", document=document.id), text[at:].strip()),
    )
    first, second = (Document(identity, part) if part else None for identity, part in parts)
    return first, second


def _digest(train: Sequence[Document], held_out: Sequence[Document]) -> str:
    digest = hashlib.sha256()
    for part in (train, held_out):
        digest.update(len(part).to_bytes(8, "little"))
        for document in part:
            data = document.text.encode()
            digest.update(len(data).to_bytes(8, "little"))
            digest.update(data)
    return digest.hexdigest()


def _sources(places: Sequence[str | Path], documents: int, words: int, licence: str) -> tuple[str, ...]:
    names = [Path(place).resolve().name for place in places]
    lines = [text_of("corpus-source", names=names, documents=documents, words=words)]
    return (*lines, text_of("corpus-licence", licence=licence) if licence else text_of("corpus-licence-unknown"))


def _documents_findings(read: Read, texts: Sequence[str], rule: Rule | None) -> list[Finding]:
    """Return how files were divided into documents, and a warning if the documents are very short."""
    counts: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for used, count in read.rules.values():
        counts[used] += count
        files[used] += 1
    found = [
        Finding.of(
            "corpus-documents",
            "info",
            items=[f"{name}: {count:,}" for name, (one, count) in read.rules.items() if one == used],
            rule=used,
            count=counts[used],
            files=files[used],
            name=next(name for name, (one, _) in read.rules.items() if one == used),
            columns=sorted({repr(one) for one in read.columns.values() if one}) if used == "row" else [],
        )
        for used in counts
    ]
    middle = median(map(count_words, texts))
    if middle < SHORT_MEDIAN and rule is None:
        found.append(Finding.of("corpus-short-documents", "warning", median=middle, text=repr(texts[0][:60])))
    return found


def _unusable_findings(read: Read) -> list[Finding]:
    if not read.unusable:
        return []
    items = [f"{place(identity)}: {reason}" for identity, reason in read.unusable]
    reasons = Counter(reason for _, reason in read.unusable)
    return [
        Finding.of(
            "corpus-documents-unusable",
            "info" if set(reasons) == {"empty"} else "warning",
            items=items,
            count=len(items),
            reasons=[f"{reason}: {count:,}" for reason, count in sorted(reasons.items())],
        )
    ]


def _copy_findings(copies: Sequence[tuple[Document, Document]]) -> list[Finding]:
    if not copies:
        return []
    items = [f"{place(copy.id)} = {place(kept.id)}" for copy, kept in copies]
    return [Finding.of("corpus-copies", "info", items=items, count=len(items), first=items[0])]


def _leak_findings(leaks: Sequence[Leak]) -> list[Finding]:
    if not leaks:
        return []
    items = [
        text_of("corpus-leak", document=place(leak.document), how=leak.how, number=leak.text + 1, text=leak.beginning)
        for leak in leaks
    ]
    texts = len({leak.text for leak in leaks})
    return [
        Finding.of(
            "corpus-leaks",
            "warning",
            items=items,
            count=texts,
            documents=len({leak.document for leak in leaks}),
            first=items[0],
        )
    ]
