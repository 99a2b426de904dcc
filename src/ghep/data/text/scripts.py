"""Count the letters of a text by script: Latin, Cyrillic, Han ... In: a text. Out: script -> number of letters.

Python does not offer Unicode's Script property; the first word of a character's name is a close substitute.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter

_SAME = {
    **{"CJK": "HAN", "IDEOGRAPHIC": "HAN"},
    **{"HIRAGANA": "KANA", "KATAKANA": "KANA", "KATAKANA-HIRAGANA": "KANA", "HALFWIDTH": "KANA"},
    "FULLWIDTH": "LATIN",
}
"""First word of a name -> the script."""


def scripts_of(text: str) -> Counter[str]:
    """Return a dict: script -> number of letters; digits, marks and punctuation belong to no script.

    >>> sorted(scripts_of("naïve 你好").items())
    [('HAN', 2), ('LATIN', 5)]
    """
    found: Counter[str] = Counter()
    for letter, count in Counter(text).items():
        script = _script(letter)
        if script:
            found[script] += count
    return found


@functools.lru_cache(maxsize=65_536)
def _script(letter: str) -> str:
    if not letter.isalpha():
        return ""
    first = unicodedata.name(letter, "").partition(" ")[0]
    return _SAME.get(first, first)
