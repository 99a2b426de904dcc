"""Look at every text once: what cannot be used, and the few numbers that find copies. In: examples, out: a ``Scan``.

Two texts are equal if their characters are, and alike if they are equal after folding (compatibility forms, case and
runs of white space count as one), or after links, mentions, emoji, tags of HTML and punctuation are taken out too, as
long as ``BARE`` characters remain. That is exact and costs microseconds; reworded copies are not looked for.
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

from ghep.data.dataset import place
from ghep.data.image.audit import Progress, Scan
from ghep.data.splitting.copies import Pair, pairs_within
from ghep.data.text.loader import Refused, content, load_text, texts_in
from ghep.errors import BadText
from ghep.types import Example, Finding, Quarantined, Severity

SHORT = 8
"""Characters: if half of the texts have fewer, the column is often the wrong one."""
BARE = 16
"""Characters, white space left out, below which texts that differ in punctuation are not called copies."""
BEGINNING = 48
"""Characters of a text that a finding quotes."""
MARKED_UP = 0.01
"""Share of texts with mark-up above which it is worth a word."""

_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|i|img|li|p|span|strong|table|td|tr|ul)\b[^<>]*>|&(?:amp|lt|gt|quot|nbsp|#\d+);",
    re.IGNORECASE,
)
_LINK_OR_MENTION = re.compile(r"(?:https?://|www\.)\S+|(?<!\w)(?:rt )?@\w+")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff][\ufe0f\u200d]*|\ufe0f?\u20e3")
_APOSTROPHES = "'\u2019\u02bc"
_MEANT = "%&#@"
"""Punctuation by its category that changes what is said: 5%, AT&T, C#."""
_PUNCTUATION = {
    code: None if chr(code) in _APOSTROPHES else " "
    for code in range(0x10000)
    if chr(code) in _APOSTROPHES or (unicodedata.category(chr(code)).startswith("P") and chr(code) not in _MEANT)
}
_HASHTAG = re.compile(r"(?<!\w)#(?=\w)")
_LEAD_AND_MORE = re.compile(r"[\u00c2-\u00f4][^\x00-\x7f]")
"""What the first two bytes of a letter in UTF-8 become, read one by one."""
_CYRILLIC_AGAIN = re.compile(f"[\u0420\u0421][{re.escape(bytes(range(0x80, 0xC0)).decode('cp1251', 'replace'))}\x98]")
"""Bytes D0 or D1 and 80 to BF, of which Cyrillic in UTF-8 consists, read as cp1251."""
_C1 = re.compile("[\x80-\x9f]")
_BYTE_OF = {ord(bytes([byte]).decode("cp1252", "ignore") or chr(byte)): byte for byte in range(0x80, 0xA0)}
_ODDITIES: Mapping[str, tuple[Severity, float, str, str]] = {
    "mojibake": (
        "warning",
        0.0,
        "spell letters as two signs (Ã© for é, Рћ for О): they were UTF-8, and read as something else before they were "
        "saved",
        "the data themselves say so: export them again from where they came from, or repair them",
    ),
    "control-characters": (
        "warning",
        0.0,
        "hold control characters (U+0080 to U+009F), which stand for quotation marks and dashes in cp1252",
        "if --encoding latin-1 was given, give cp1252; else the data themselves hold them: export them again",
    ),
    "lost-characters": (
        "warning",
        0.0,
        "hold U+FFFD, the mark of characters that a conversion or a cut destroyed",
        "export them again from where they came from",
    ),
    "markup": (
        "info",
        MARKED_UP,
        "hold HTML tags or entities",
        "take them out, unless the texts to be predicted have them too",
    ),
}
"""What is odd -> severity, share of the texts from which it is said, in words, remedy."""


@dataclass(frozen=True, slots=True)
class TextFact:
    """What one good text looks like in numbers."""

    id: str
    digest: bytes
    """SHA-256 of the text's ``content``: equal digests are the same text, or the same pair."""
    folded: bytes
    """Digest of the text with case, compatibility forms and white space evened out."""
    unspaced: bytes
    """Digest of that without its white space: the same for "won't" and for "wo n't", cut into words."""
    bare: bytes
    """Digest of the folded text ``without_punctuation``; empty where next to nothing remains."""
    beginning: str
    """Its first characters on one line, to be quoted."""
    characters: int
    words: int
    """Stretches between white space; one for a sentence of Chinese."""
    oddities: frozenset[str] = frozenset()
    """``markup``, ``mojibake``, ``control-characters``, ``lost-characters``: what somebody should look at."""


class KeepText(Protocol):
    """What becomes of the good texts."""

    def keep(self, example: Example, text: str) -> None:
        """Take a text as ``load_text`` gave it; what it raises stops the scan."""


def scan_texts(
    examples: Sequence[Example], *, keep: KeepText | None = None, workers: int = 2, progress: Progress | None = None
) -> Scan:
    """Read and fingerprint every text once; ``keep`` is given each good one.

    ``progress(done, total)`` is called after each example. ``workers`` has no say: reading a text is too little work
    to hand to another thread.
    """
    del workers
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
    """Return the numbers of one text."""
    folded = "\n".join(map(fold, texts_in(text)))
    bare = without_punctuation(folded).replace(" ", "")
    return TextFact(
        identity,
        digest=_sha(content(text)),
        folded=_sha(folded.encode()),
        unspaced=_sha(folded.replace(" ", "").encode()),
        bare=_sha(bare.encode()) if len(bare) >= BARE else b"",
        beginning=_beginning(text),
        characters=len(text),
        words=len(text.split()),
        oddities=_oddities(text),
    )


def _beginning(text: str) -> str:
    line = " ".join(text[: 4 * BEGINNING].split())
    return line if len(line) <= BEGINNING and len(text) <= 4 * BEGINNING else f"{line[: BEGINNING - 3]}..."


def fold(text: str) -> str:
    """Return ``text`` with case, compatibility forms and runs of white space evened out."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def without_punctuation(folded: str) -> str:
    """Return a folded text without links, mentions, emoji, tags of HTML, punctuation and the signs of hashtags."""
    plain = _LINK_OR_MENTION.sub(" ", folded) if "@" in folded or "www." in folded or "://" in folded else folded
    plain = _MARKUP.sub(" ", plain) if "<" in plain else plain
    plain = plain if plain.isascii() else _EMOJI.sub(" ", plain)
    return " ".join(_HASHTAG.sub("", plain).translate(_PUNCTUATION).split())


def alike_texts(facts: Sequence[TextFact]) -> dict[Pair, float]:
    """Return the pairs of ids whose texts differ, but hardly, sorted; equal texts are named once.

    The distance is 0 for texts that are equal after folding, 1 for those that are without their punctuation.
    """
    return _pairs(facts, lambda fact: fact.folded)


def alike_unspaced_texts(facts: Sequence[TextFact]) -> dict[Pair, float]:
    """Return the pairs as ``alike_texts`` does, where white space has no say."""
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
    """Return what is odd about the texts themselves; ``examples`` are those with labels."""
    return [*_lengths(facts), *_same_throughout(facts, examples), *_odd(facts)]


def _path(example: Example) -> Path | None:
    raw = example.raw
    return raw if isinstance(raw, Path) else raw.path if isinstance(raw, Refused) else None


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _oddities(text: str) -> frozenset[str]:
    found = set()
    if ("<" in text or "&" in text) and _MARKUP.search(text):
        found.add("markup")
    if not text.isascii():
        if (_LEAD_AND_MORE.search(text) and _decodes_again(text)) or _is_cyrillic_again(text):
            found.add("mojibake")
        if _C1.search(text) and "mojibake" not in found:
            found.add("control-characters")
        if "\ufffd" in text:
            found.add("lost-characters")
    return frozenset(found)


def _decodes_again(text: str) -> bool:
    """Tell whether the letters are bytes of UTF-8, taken for cp1252 or latin-1: put back, they decode."""
    try:
        return bool(text.translate(_BYTE_OF).encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return False


def _is_cyrillic_again(text: str) -> bool:
    """Tell whether Cyrillic in UTF-8 was taken for cp1251: most letters are pairs such as \u0420\u045b.

    Some bytes have no letter there, and may be lost; so it is pairs that count. \u0420 and \u0421 begin words, too.
    """
    pairs = len(_CYRILLIC_AGAIN.findall(text))
    return pairs >= 3 and 2 * pairs >= 0.7 * sum(not char.isascii() for char in text)


def _lengths(facts: Sequence[TextFact]) -> list[Finding]:
    middle = median(fact.characters for fact in facts)
    if middle >= SHORT:
        return []
    message = f"half of the texts have no more than {middle:.0f} characters"
    return [Finding("short-texts", "warning", message, "make sure that they come from the column you mean: --text")]


def _same_throughout(facts: Sequence[TextFact], examples: Sequence[Example]) -> list[Finding]:
    """Name the labels whose examples are one text again and again: what is learnt of them is that text."""
    folded = {fact.id: fact.folded for fact in facts}
    texts: dict[tuple[str, str], Counter[bytes]] = defaultdict(Counter)
    for example in examples:
        for label in example.labels.items():
            texts[label][folded[example.id]] += 1
    same = [(label, counts.total()) for (_, label), counts in sorted(texts.items()) if len(counts) == 1]
    items = tuple(f"{label}: {total}" for label, total in same if total > 1)
    if not items:
        return []
    message = f"{len(items)} classes consist of one text, repeated"
    return [Finding("class-of-one-text", "warning", message, "collect other examples of them", items)]


def _odd(facts: Sequence[TextFact]) -> list[Finding]:
    findings = []
    for oddity, (severity, share, said, remedy) in _ODDITIES.items():
        items = tuple(f'{place(fact.id)} "{fact.beginning}"' for fact in facts if oddity in fact.oddities)
        if items and len(items) >= share * len(facts):
            findings.append(Finding(oddity, severity, f"{len(items)} texts {said}", remedy, items))
    return findings
