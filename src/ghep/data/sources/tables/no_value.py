"""Recognise cells that mean a missing value: spreadsheet errors, NULL of databases, signs, numbers such as -999.

In: cells as text. Out: whether a cell certainly means a missing value, or which cells of a column may mean it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SURE = frozenset({"#N/A", "#NA", "#ND", "#NV", "#YOK", "#GETTING_DATA", "#N/A N/A", "<NA>"})
_SURE_RULE = re.compile(
    r"#[\u00a1\u00bf]?[^\W_][\w/ -]*[!?]"  # #VALUE!, #BEZUG!, #NOM?, #\u00a1DIV/0!
    r"|#[^\W\d_]/[^\W\d_]!?"  # #N/A, #N/B, #I/T
    r"|#{3,}"  # a number in a column that is too narrow
    r"|(?:Err|Fehler|Erreur|Errore) ?: ?\d{3}"  # LibreOffice
    r"|-?1\.#(?:IND|QNAN|INF)"  # C on Windows
)
_PERHAPS = frozenset(
    {
        *("NaN", "nan", "NAN", "-nan", "NaT", "None", "NULL", "null", "Null", "NA", "N/A", "n/a"),
        *("nil", "Nil", "NIL", "\\N", "undefined", "(null)", "(NULL)", "<null>", "<NULL>", "(blank)", "..."),
        *("unlabeled", "unlabelled", "Unlabeled", "Unlabelled", "UNLABELED", "UNLABELLED"),
    }
)
"""Words for a missing value that could also be class names."""
_DASHES = re.compile(r"[-\u2012-\u2015\u2212]{1,3}")
_QUESTION = re.compile(r"\?{1,3}")
_PLACEHOLDER = re.compile(r"(-9|-?(?:88|99|9{3,}))(?:\.0*)?")
"""Numbers that mean a missing value in surveys and in medicine."""
_NATURAL = re.compile(r"(\d+)(?:\.0*)?")


def says_no_value(cell: object) -> bool:
    """Return whether a cell certainly means a missing value: ``#N/A``, ``#VALUE!`` (any language), ``####``.

    Hashtags such as ``#python`` and names such as ``C#`` do not.
    """
    if not isinstance(cell, str):
        return False
    text = unicodedata.normalize("NFC", cell.strip())
    return text in _SURE or ((text == text.upper() or text[:1] != "#") and _SURE_RULE.fullmatch(text) is not None)


def is_dash(cell: str) -> bool:
    """Return whether a cell holds one to three dashes and nothing else."""
    return _DASHES.fullmatch(cell.strip()) is not None


def may_say_no_value(cells: Iterable[str]) -> set[str]:
    """Return the distinct cells of a column, stripped, that may mean a missing value.

    Words such as ``nan`` always may, but ``NA`` does not in a column of codes such as ``EU``. For signs and numbers,
    the other cells of the column decide: ``-`` and ``?`` may mean a missing value among words and numbers, but not
    among signs such as ``+`` or ``!``; -999 may among 0 and 1.
    """
    every = {text for cell in cells if (text := cell.strip())}
    found = {text for text in every if unicodedata.normalize("NFKC", text) in _PERHAPS}
    others = every - found
    if any(re.fullmatch("[A-Z]{2}", other) for other in others):
        found.discard("NA")
    signs = {text for text in others if _DASHES.fullmatch(text) or _QUESTION.fullmatch(text)}
    if all(re.search(r"\w", other) and not other.endswith("+") for other in others - signs):
        found |= signs
    numbers = {text for text in every - found if _PLACEHOLDER.fullmatch(text)}
    rest = [_NATURAL.fullmatch(text) for text in every - found - numbers]
    naturals = [int(match[1]) for match in rest if match]
    if len(rest) > 1 and len(naturals) == len(rest):
        found |= {text for text in numbers if abs(float(text)) >= 9 * max(1, *naturals)}
    return found if every - found else set()
