"""Sentences about sharing, for the verdict, the page and the terminal: one way to say each thing.

In: gains, bills. Out: text in plain words, numbers written as everywhere (``report/words.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path

from ghep.comparison.record import Contender
from ghep.comparison.report.words import memory, p_value, points, points_interval, seconds
from ghep.comparison.sharing.record import Bill, Gain
from ghep.metrics.power import rounded


def way_names(ways: Iterable[Contender]) -> dict[Contender, str]:
    """Return what each way of sharing is called: the strategy, how the tasks share, the backbone if there are several.

    That it is trained on all tasks need not be said each time.
    """
    found = list(dict.fromkeys(ways))
    short = {one.backbone: Path(one.backbone).name.removesuffix(".safetensors") for one in found}
    told_apart = len(set(short.values())) == len(short)
    return {
        one: _way(one, (short[one.backbone] if told_apart else one.backbone) if len(short) > 1 else "") for one in found
    }


def gain_message(gain: Gain, n: int, margin: float) -> str:
    """Return one sentence with the numbers, and what would settle it where it cannot be told."""
    if gain.identical:
        return f"{gain.task}: the very same answers as alone"
    numbers = f"{points(gain.pair.difference)} points ({_numbers(gain)})"
    said = {
        "helped": f"sharing helped {gain.task}: {numbers}",
        "hurt": f"sharing hurt {gain.task}: {numbers}",
        "no-difference": f"no difference for {gain.task}: {numbers}, within {points(margin, signed=False)} points",
        "cannot-tell": f"cannot tell for {gain.task}: {numbers}; {settled_by(gain, n)}",
    }
    return said[gain.kind]


def settled_by(gain: Gain, n: int) -> str:
    """Say what would settle a gain: test examples, else seeds, else both."""
    if gain.pair.needed is not None:
        and_seeds = f" and {gain.pair.seeds_needed} seeds of each" if gain.pair.seeds_needed else ""
        return f"about {rounded(gain.pair.needed):,} test examples{and_seeds} would settle it (there are {n:,})"
    if gain.pair.seeds_needed is not None:
        return f"about {gain.pair.seeds_needed} seeds of each would settle it, test examples alone would not"
    return "nothing that is in reach would settle it"


def bill_words(bill: Bill) -> str:
    """Say what one model for all tasks takes beside one for each: time, size, time to predict.

    >>> from ghep.comparison.record import Contender
    >>> bill_words(Bill(Contender("light"), 30.0, 60.0, 1.0, 1.0, 5 * 2**20, 10 * 2**20, None, None))
    '30.0 s instead of 60.0 s to train, 5 MiB instead of 10 MiB'
    """
    parts = []
    if isfinite(bill.seconds) and isfinite(bill.alone_seconds):
        parts.append(f"{seconds(bill.seconds)} instead of {seconds(bill.alone_seconds)} to train")
    if bill.weight_bytes and bill.alone_weight_bytes:
        parts.append(f"{memory(bill.weight_bytes)} instead of {memory(bill.alone_weight_bytes)}")
    if bill.predict_seconds is not None and bill.alone_predict_seconds is not None:
        mine, theirs = milliseconds(bill.predict_seconds), milliseconds(bill.alone_predict_seconds)
        parts.append(f"{mine} instead of {theirs} to predict")
    return listed(parts)


def milliseconds(value: float | None) -> str:
    """Write the time of one prediction: ``12 ms``, ``0.84 ms``, ``1.2 s``."""
    if value is None or not isfinite(value):
        return seconds(None)
    return f"{1000 * value:,.3g} ms" if value < 0.9995 else seconds(value)


def losses(gains: Sequence[Gain]) -> str:
    """Name tasks with what they gained or lost, whichever the sentence says: ``people by 3.1 points``."""
    return listed([f"{gain.task} by {points(abs(gain.pair.difference), signed=False)} points" for gain in gains])


def possible(gains: Sequence[Gain]) -> str:
    """Name tasks with the ends of their intervals: ``people −2.1 to +1.5 points``."""
    return listed([f"{gain.task} {points_interval(gain.pair.interval)} points" for gain in gains])


def listed(items: Sequence[str]) -> str:
    """Join ``a, b and c``."""
    return "".join(items) if len(items) < 2 else f"{', '.join(items[:-1])} and {items[-1]}"


def _numbers(gain: Gain) -> str:
    p = p_value(gain.pair.adjusted)
    return f"95 % interval {points_interval(gain.pair.interval)}, p {p if p.startswith('<') else f'= {p}'}"


def _way(contender: Contender, backbone: str) -> str:
    how = f", {contender.sharing}" if contender.sharing else ""
    return f"{contender.strategy}{how} ({backbone})" if backbone else f"{contender.strategy}{how}"
