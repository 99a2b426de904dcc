"""What a claim is, and what its numbers say about it."""

from __future__ import annotations

from collections import Counter
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
    one and some the other; else, and with fewer than ``FEWEST_ROWS`` rows, it cannot be told.
    """
    said = Counter(row.answer for row in rows if row.counts)
    total, holds, fails = sum(said.values()), said["holds"], said["does not hold"]
    if total < FEWEST_ROWS:
        word = "cannot tell"
    elif holds and fails:
        word = "depends"
    elif 3 * holds >= 2 * total:
        word = "holds"
    elif 3 * fails >= 2 * total:
        word = "does not hold"
    else:
        word = "cannot tell"
    return f"{word} (yes on {holds}, no on {fails}, undecided on {said['cannot tell']} of {total})"
