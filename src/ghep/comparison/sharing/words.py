"""Sentences about sharing, for the verdict, the page and the terminal: one way to say each thing.

In: gains, bills. Out: text in plain words, numbers written as everywhere (``report/words.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path

from ghep.comparison.record import Contender
from ghep.comparison.report.words import listed, p_value, points, points_interval, seconds
from ghep.comparison.sharing.record import Bill, Gain, SharedComparison
from ghep.metrics.power import rounded


def way_names(ways: Iterable[Contender], among: Iterable[str] = ()) -> dict[Contender, str]:
    """Return what each way of sharing is called: the strategy, how the tasks share, the backbone if there are several.

    That it is trained on all tasks need not be said each time. ``among`` are backbones to be told apart besides.
    """
    found = list(dict.fromkeys(ways))
    on = backbone_names([*(one.backbone for one in found), *among])
    return {one: _way(one, on.get(one.backbone, "")) for one in found}


def backbone_names(backbones: Iterable[str]) -> dict[str, str]:
    """Return what each backbone is called: as short as they are told apart by; nothing where there is but one."""
    short = {one: Path(one).name.removesuffix(".safetensors") for one in backbones if one}
    if len(short) < 2:
        return {}
    return short if len(set(short.values())) == len(short) else {one: one for one in short}


def backbones(shared: SharedComparison) -> list[str]:
    """Return every backbone of the comparison."""
    found = (one.backbone for table in shared.tasks.values() for one in table.contenders if one.backbone)
    return list(dict.fromkeys(found))


def names_beside(contenders: Iterable[Contender], task: str, shared: SharedComparison) -> dict[Contender, str]:
    """Return what each is called among the models that answer ``task``: ``full, shared``, ``full, with signs``."""
    on = backbone_names(backbones(shared))
    return {one: _beside(one, task, len(shared.tasks), on.get(one.backbone, "")) for one in contenders}


def _beside(contender: Contender, task: str, tasks: int, backbone: str) -> str:
    others = [one for one in contender.tasks if one != task]
    if not contender.tasks:
        how = ""
    elif not others:
        how = ", alone"
    else:
        how = ", shared" if len(others) == tasks - 1 else f", with {listed(others)}"
    sharing = f", {contender.sharing}" if contender.sharing else ""
    return f"{contender.strategy}{how}{sharing}" + (f" ({backbone})" if backbone else "")


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
    """Say what one model for all tasks takes, of what one for each takes together; empty if nothing was measured.

    >>> from ghep.comparison.record import Contender
    >>> bill_words(Bill(Contender("light"), 30.0, 60.0, 1.0, 1.0, 5 * 2**20, 15 * 2**20, None, None))
    '50 % of the time to train and 33 % of the size'
    """
    sizes = (bill.weight_bytes or None, bill.alone_weight_bytes or None)
    asked = (
        (bill.seconds, bill.alone_seconds, "the time to train"),
        (*sizes, "the size"),
        (bill.predict_seconds, bill.alone_predict_seconds, "the time to predict"),
    )
    parts = [(times(mine, theirs), what) for mine, theirs, what in asked]
    return listed([f"{100 * part:.0f} % of {what}" for part, what in parts if part is not None])


def times(value: float | None, other: float | None) -> float | None:
    """Return ``value`` over ``other``; None where one of them was not measured."""
    if not value or not other or not isfinite(value) or not isfinite(other):
        return None
    return value / other


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


def _numbers(gain: Gain) -> str:
    p = p_value(gain.pair.adjusted)
    return f"95 % interval {points_interval(gain.pair.interval)}, p {p if p.startswith('<') else f'= {p}'}"


def _way(contender: Contender, backbone: str) -> str:
    how = f" with {contender.sharing}" if contender.sharing else ""
    return f"{contender.strategy}{how} ({backbone})" if backbone else f"{contender.strategy}{how}"
