"""What a claim is, and what its numbers say about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cells import Lab

Answer = Literal["holds", "does not hold", "cannot tell"]

FEWEST_ROWS = 3
"""With fewer rows that could decide, a claim has no answer: one data set is an example, not evidence for "usually"."""


@dataclass(frozen=True)
class Row:
    """One measurement that decides for or against a claim: a value with its 95 % interval, next to a bar."""

    where: str
    """What it was measured on: data, backbone, number of labels."""
    value: float
    low: float
    high: float
    n: int
    """Test examples, or whatever the interval is over."""
    seeds: int
    bar: float = 0.0
    """The claim holds here if the whole interval is above the bar (below it, if ``below``)."""
    below: bool = False
    counts: bool = True
    """False for a row that is shown for context and does not decide."""
    more: tuple[tuple[str, str], ...] = ()
    """Further columns of the table: name, value."""
    part: str = ""
    """The part of the sentence that the row is about, if it says several things."""

    @property
    def answer(self) -> Answer:
        """What this row says."""
        above, under = ("does not hold", "holds") if self.below else ("holds", "does not hold")
        return above if self.low > self.bar else under if self.high < self.bar else "cannot tell"  # type: ignore[return-value]


@dataclass(frozen=True)
class Claim:
    """A sentence that lessons teach, and how it is tested."""

    name: str
    """Of its page and of its numbers."""
    sentence: str
    measure: str
    """What ``Row.value`` is, with its unit: the label of the figure's axis."""
    rows: Callable[[Lab, Sequence[int]], list[Row]]
    """(lab, seeds) -> the measurements."""
    scale: float = 1.0
    """Factor from ``Row.value`` to what is printed: 100 for differences of accuracy, in points."""
    digits: int = 1
    ratio: bool = False
    """Whether values are ratios, drawn on a logarithmic axis."""
    also: Callable[[Lab, Sequence[int]], str] | None = field(default=None)
    """Further Markdown below the table."""


def verdict(rows: Sequence[Row]) -> str:
    """Return the answer to a claim in one line, by a fixed rule.

    It holds (or does not) if at least two thirds of the rows say so and none says the opposite; it depends if some say
    one and some the other; else, and with fewer than ``FEWEST_ROWS`` rows, it cannot be told. If a sentence has several
    parts, the rule is applied to each: the sentence holds if all its parts do.
    """
    by_part: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.counts:
            by_part[row.part][row.answer] += 1
    words = {part: word_for(said) for part, said in by_part.items()} or {"": "cannot tell"}
    if len(words) == 1:
        (part,) = words
        return f"{words[part]} ({counted(by_part[part])})"
    whole = next((word for word in ("does not hold", "depends", "cannot tell") if word in words.values()), "holds")
    return f"{whole} ({'; '.join(f'{part}: {word}, {counted(by_part[part])}' for part, word in words.items())})"


def word_for(said: Counter[str]) -> str:
    """Return the answer that follows from how many rows say what."""
    total, holds, fails = sum(said.values()), said["holds"], said["does not hold"]
    if total < FEWEST_ROWS:
        return "cannot tell"
    if holds and fails:
        return "depends"
    if 3 * holds >= 2 * total:
        return "holds"
    return "does not hold" if 3 * fails >= 2 * total else "cannot tell"


def counted(said: Counter[str]) -> str:
    """Return how many rows say what."""
    yes, no, undecided = said["holds"], said["does not hold"], said["cannot tell"]
    return f"yes on {yes}, no on {no}, undecided on {undecided} of {sum(said.values())}"
