"""Audit of texts: find unusable texts, and compute the digests by which copies are found.

In: examples. Out: a ``Scan`` with a ``TextFact`` for each usable text, and a list of unusable texts.

Two texts are equal if all their characters are. They are near copies if they are equal after folding, which ignores
compatibility forms, case and runs of white space. They are also near copies if they are equal after links, mentions,
emoji, HTML tags and punctuation are removed as well, provided that ``MIN_BARE`` characters remain. Only digests are
compared, which takes microseconds; reworded copies are not searched for.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol

from ghep.cluster.connect import Cluster
from ghep.data.dataset import place
from ghep.data.image.audit import Progress, Scan
from ghep.data.splitting.copies import Pair, pairs_within
from ghep.data.text.loader import Refused, content, load_text, texts_in
from ghep.errors import BadText
from ghep.types import Example, Finding, Quarantined, Severity

SHORT_MEDIAN = 8
"""Median length in characters below which the column is often the wrong one."""
MIN_BARE = 16
"""Minimum characters, without white space, of texts that count as copies although their punctuation differs."""
BEGINNING = 48
"""Characters of a text that a finding quotes."""
MARKUP_SHARE = 0.01
"""Share of texts with markup from which it is reported."""

_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|i|img|li|p|span|strong|table|td|tr|ul)\b[^<>]*>|&(?:amp|lt|gt|quot|nbsp|#\d+);",
    re.IGNORECASE,
)
_LINK_OR_MENTION = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)(?:rt )?@\w+")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff][\ufe0f\u200d]*|\ufe0f?\u20e3")
_APOSTROPHES = "'\u2019\u02bc"
_MEANINGFUL = "%&#@"
"""Punctuation, by its Unicode category, that changes the meaning: 5%, AT&T, C#."""
_PUNCTUATION = {
    code: None if chr(code) in _APOSTROPHES else " "
    for code in range(0x10000)
    if chr(code) in _APOSTROPHES or (unicodedata.category(chr(code)).startswith("P") and chr(code) not in _MEANINGFUL)
}
_HASHTAG = re.compile(r"(?<!\w)#(?=\w)")
_UTF8_AS_LATIN = re.compile(r"[\u00c2-\u00f4][^\x00-\x7f]")
"""The first two bytes of a letter in UTF-8, decoded one by one."""
_UTF8_AS_CP1251 = re.compile(f"[\u0420\u0421][{re.escape(bytes(range(0x80, 0xC0)).decode('cp1251', 'replace'))}\x98]")
"""A Cyrillic letter in UTF-8 (byte D0 or D1, then 80 to BF), decoded as cp1251."""
_C1 = re.compile("[\x80-\x9f]")
_BYTE_OF = {ord(bytes([byte]).decode("cp1252", "ignore") or chr(byte)): byte for byte in range(0x80, 0xA0)}
_ODDITIES: Mapping[str, tuple[Severity, float]] = {
    "mojibake": ("warning", 0.0),
    "control-characters": ("warning", 0.0),
    "lost-characters": ("warning", 0.0),
    "markup": ("info", MARKUP_SHARE),
}
"""Code of the finding -> severity, and the share of the texts from which it is reported."""


@dataclass(frozen=True, slots=True)
class TextFact:
    """Measurements of one usable text: length, digests for finding copies, and what is odd about it."""

    id: str
    digest: bytes
    """SHA-256 of the text's ``content``: equal digests mean the same text, or the same pair."""
    folded: bytes
    """Digest of the text after case, compatibility forms and white space are folded."""
    unspaced: bytes
    """Digest of the folded text without white space: the same for "won't" and for "wo n't", split into words."""
    bare: bytes
    """Digest of the folded text ``without_punctuation``; empty where almost nothing remains."""
    beginning: str
    """Its first characters on one line, for quoting."""
    characters: int
    words: int
    """Number of white-space-separated pieces; one for a sentence of Chinese."""
    oddities: frozenset[str] = frozenset()
    """Codes of findings on the text: ``markup``, ``mojibake``, ``control-characters``, ``lost-characters``."""


class KeepText(Protocol):
    """Stores the usable texts of a scan, so that they are not read again."""

    def keep(self, example: Example, text: str) -> None:
        """Store a text that ``load_text`` returned; an exception stops the scan."""


def scan_texts(
    examples: Sequence[Example],
    *,
    keep: KeepText | None = None,
    workers: int = 2,
    progress: Progress | None = None,
    cluster: Cluster | None = None,
) -> Scan:
    """Read and fingerprint every text; return a ``Scan``. ``keep`` receives each usable text.

    ``progress(done, total)`` is called after each example. ``workers`` and ``cluster`` are ignored: reading a
    text is too little work for another thread.
    """
    del workers, cluster
    facts: list[TextFact] = []
    bad: list[Quarantined] = []
    for done, example in enumerate(examples, start=1):
        try:
            text = load_text(example.raw)
        except BadText as error:
            bad.append(Quarantined(example.id, error.reason, error.detail, _path(example)))
        else:
            facts.append(text_fact(example.id, text))
            if keep is not None:
                keep.keep(example, text)
        if progress:
            progress(done, len(examples))
    return Scan(tuple(facts), tuple(bad))


def text_fact(identity: str, text: str) -> TextFact:
    """Return the measurements of one text; ``identity`` is the example's id."""
    folded = "\n".join(map(fold, texts_in(text)))
    bare = without_punctuation(folded).replace(" ", "")
    return TextFact(
        identity,
        digest=_digest(content(text)),
        folded=_digest(folded.encode()),
        unspaced=_digest(folded.replace(" ", "").encode()),
        bare=_digest(bare.encode()) if len(bare) >= MIN_BARE else b"",
        beginning=_beginning(text),
        characters=len(text),
        words=len(text.split()),
        oddities=_oddities(text),
    )


def _beginning(text: str) -> str:
    line = " ".join(text[: 4 * BEGINNING].split())
    return line if len(line) <= BEGINNING and len(text) <= 4 * BEGINNING else f"{line[: BEGINNING - 3]}..."


def fold(text: str) -> str:
    """Return ``text`` with case, compatibility forms and runs of white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def without_punctuation(folded: str) -> str:
    """Return a folded text without links, mentions, emoji, HTML tags, punctuation and hash signs of hashtags."""
    plain = _LINK_OR_MENTION.sub(" ", folded) if "@" in folded or "www." in folded or "://" in folded else folded
    plain = _MARKUP.sub(" ", plain) if "<" in plain else plain
    plain = plain if plain.isascii() else _EMOJI.sub(" ", plain)
    return " ".join(_HASHTAG.sub("", plain).translate(_PUNCTUATION).split())


def alike_texts(facts: Sequence[TextFact]) -> dict[Pair, float]:
    """Return a dict, pair of ids -> distance, of near copies, sorted; of equal texts only the first is compared.

    The distance is 0 for texts that are equal after folding, and 1 if they are equal only without punctuation.
    """
    return _pairs(facts, lambda fact: fact.folded)


def alike_unspaced_texts(facts: Sequence[TextFact]) -> dict[Pair, float]:
    """Return pairs and distances as ``alike_texts`` does, but ignore white space."""
    return _pairs(facts, lambda fact: fact.unspaced)


def _pairs(facts: Sequence[TextFact], key: Callable[[TextFact], bytes]) -> dict[Pair, float]:
    first: dict[bytes, TextFact] = {}
    for fact in facts:
        first.setdefault(fact.digest, fact)
    found: dict[Pair, float] = {}
    for distance, of in ((0.0, key), (1.0, lambda fact: fact.bare)):
        groups: dict[bytes, list[str]] = defaultdict(list)
        for fact in first.values():
            if of(fact):
                groups[of(fact)].append(fact.id)
        for group in groups.values():
            for pair in pairs_within(group):
                found.setdefault(pair, distance)
    return dict(sorted(found.items()))


def text_findings(facts: Sequence[TextFact], examples: Sequence[Example]) -> list[Finding]:
    """Return findings on the texts, such as very short or garbled ones; ``examples`` are the labelled examples."""
    return [*_length_findings(facts), *_repeated_text_findings(facts, examples), *_oddity_findings(facts)]


def _path(example: Example) -> Path | None:
    raw = example.raw
    return raw if isinstance(raw, Path) else raw.path if isinstance(raw, Refused) else None


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _oddities(text: str) -> frozenset[str]:
    found = set()
    if ("<" in text or "&" in text) and _MARKUP.search(text):
        found.add("markup")
    if not text.isascii():
        if (_UTF8_AS_LATIN.search(text) and _is_utf8_as_latin(text)) or _is_utf8_as_cp1251(text):
            found.add("mojibake")
        if _C1.search(text) and "mojibake" not in found:
            found.add("control-characters")
        if "\ufffd" in text:
            found.add("lost-characters")
    return frozenset(found)


def _is_utf8_as_latin(text: str) -> bool:
    """Return whether a text in UTF-8 was decoded as cp1252 or latin-1, tested by reversing this."""
    try:
        return bool(text.translate(_BYTE_OF).encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return False


def _is_utf8_as_cp1251(text: str) -> bool:
    """Return whether Cyrillic in UTF-8 was decoded as cp1251: most letters are pairs such as \u0420\u045b.

    Some bytes have no letter in cp1251 and may be lost, so pairs are counted. \u0420 and \u0421 also begin words.
    """
    pairs = len(_UTF8_AS_CP1251.findall(text))
    return pairs >= 3 and 2 * pairs >= 0.7 * sum(not char.isascii() for char in text)


def _length_findings(facts: Sequence[TextFact]) -> list[Finding]:
    middle = median(fact.characters for fact in facts)
    if middle >= SHORT_MEDIAN:
        return []
    return [Finding.of("short-texts", "warning", median=middle)]


def _repeated_text_findings(facts: Sequence[TextFact], examples: Sequence[Example]) -> list[Finding]:
    """Return a finding on labels whose examples all have the same text: the model would learn that text only."""
    folded = {fact.id: fact.folded for fact in facts}
    texts: dict[tuple[str, str], Counter[bytes]] = defaultdict(Counter)
    for example in examples:
        for label in example.labels.items():
            texts[label][folded[example.id]] += 1
    same = [(label, counts.total()) for (_, label), counts in sorted(texts.items()) if len(counts) == 1]
    items = [f"{label}: {total}" for label, total in same if total > 1]
    return [Finding.of("class-of-one-text", "warning", count=len(items), items=items)] if items else []


def _oddity_findings(facts: Sequence[TextFact]) -> list[Finding]:
    findings = []
    for oddity, (severity, share) in _ODDITIES.items():
        items = [f'{place(fact.id)} "{fact.beginning}"' for fact in facts if oddity in fact.oddities]
        if items and len(items) >= share * len(facts):
            findings.append(Finding.of(oddity, severity, count=len(items), items=items))
    return findings
