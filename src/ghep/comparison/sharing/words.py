"""Names and parts of sentences about sharing, for verdicts, HTML pages and the terminal.

In: contenders, gains and bills. Out: names and messages, with numbers written as in every message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from pathlib import Path

from ghep.comparison.record import Contender
from ghep.comparison.sharing.record import Bill, Gain, SharedComparison
from ghep.messages import Message, text_of
from ghep.metrics.power import rounded


def way_names(ways: Iterable[Contender], among: Iterable[str] = ()) -> dict[Contender, str]:
    """Return shared model -> name: the strategy, the sharing strategy, and the backbone if there are several.

    The names do not list the tasks. ``among`` are further backbones from which the names must differ.
    """
    found = list(dict.fromkeys(ways))
    on = backbone_names([*(one.backbone for one in found), *among])
    return {one: _with_backbone(_way_name(one), on.get(one.backbone, "")) for one in found}


def backbone_names(backbones: Iterable[str]) -> dict[str, str]:
    """Return backbone -> its file name, or its full name if file names are not distinct; empty for one backbone."""
    short = {one: Path(one).name.removesuffix(".safetensors") for one in backbones if one}
    if len(short) < 2:
        return {}
    return short if len(set(short.values())) == len(short) else {one: one for one in short}


def backbones(shared: SharedComparison) -> list[str]:
    """Return the backbones of the comparison."""
    found = (one.backbone for table in shared.tasks.values() for one in table.contenders if one.backbone)
    return list(dict.fromkeys(found))


def names_for_task(contenders: Iterable[Contender], task: str, shared: SharedComparison) -> dict[Contender, str]:
    """Return contender -> its name on the leaderboard of ``task``: ``full, shared`` or ``full, with signs``."""
    on = backbone_names(backbones(shared))
    return {one: _task_name(one, task, len(shared.tasks), on.get(one.backbone, "")) for one in contenders}


def _task_name(contender: Contender, task: str, tasks: int, backbone: str) -> str:
    others = [one for one in contender.tasks if one != task]
    kind = "control" if not contender.tasks else "single" if not others else "shared"
    kind = "part" if kind == "shared" and len(others) < tasks - 1 else kind
    name = text_of("task-model-name", kind=kind, strategy=contender.strategy, others=others)
    return _with_backbone(f"{name}, {contender.sharing}" if contender.sharing else name, backbone)


def _way_name(contender: Contender) -> str:
    if not contender.sharing:
        return contender.strategy
    return text_of("way-name", strategy=contender.strategy, sharing=contender.sharing)


def _with_backbone(name: str, backbone: str) -> str:
    return f"{name} ({backbone})" if backbone else name


def gain_message(gain: Gain, n: int, margin: float) -> Message:
    """Return a message with the numbers of a gain; if it is open, with the examples or seeds that would decide it."""
    if gain.identical:
        return Message("gain-identical", {"task": gain.task})
    return Message(
        "gain",
        {
            "kind": gain.kind,
            "task": gain.task,
            "difference": gain.pair.difference,
            "numbers": interval_and_p(gain),
            "margin": margin,
            "step": settled_by(gain, n),
        },
    )


def interval_and_p(gain: Gain) -> Message:
    """Return a message with the 95 % confidence interval and the p value of a gain."""
    ends = gain.pair.interval
    return Message("interval-and-p", {"low": ends.low, "high": ends.high, "p": gain.pair.adjusted})


def settled_by(gain: Gain, n: int) -> Message:
    """Return a message on what would decide a gain measured on ``n`` test examples: more examples, seeds, or both."""
    examples, seeds = gain.pair.needed, gain.pair.seeds_needed
    by = "both" if examples and seeds else "examples" if examples else "seeds" if seeds else "nothing"
    examples = rounded(examples) if examples else 0
    return Message("gain-settled-by", {"by": by, "examples": examples, "seeds": seeds or 0, "n": n})


def cost_shares(bill: Bill) -> list[Message]:
    """Return the costs of a shared model as percentages of those of all single-task models; empty if unknown.

    >>> from ghep.comparison.record import Contender
    >>> bill = Bill(Contender("light"), 30.0, 60.0, 1.0, 1.0, 5 * 2**20, 15 * 2**20, None, None)
    >>> [str(one) for one in cost_shares(bill)]
    ['50 % of the time to train', '33 % of the size']
    """
    sizes = (bill.weight_bytes or None, bill.alone_weight_bytes or None)
    asked = (
        (bill.seconds, bill.alone_seconds, "train"),
        (*sizes, "size"),
        (bill.predict_seconds, bill.alone_predict_seconds, "predict"),
    )
    parts = [(quotient(shared, single), quantity) for shared, single, quantity in asked]
    return [
        Message("cost-share", {"percent": round(100 * part), "quantity": quantity})
        for part, quantity in parts
        if part is not None
    ]


def costs_message(bill: Bill) -> Message:
    """Return a sentence on the costs of a shared model, with a space before it; empty if they are unknown."""
    shares = cost_shares(bill)
    return Message("sharing-takes", {"shares": shares, "count": len(shares)})


def quotient(value: float | None, other: float | None) -> float | None:
    """Return ``value`` divided by ``other``; None if one of them was not measured."""
    if not value or not other or not isfinite(value) or not isfinite(other):
        return None
    return value / other


def changes(gains: Sequence[Gain]) -> list[Message]:
    """Return for each task the size of its gain or loss: ``people by 3.1 points``."""
    return [Message("task-change", {"task": gain.task, "change": abs(gain.pair.difference)}) for gain in gains]


def ranges(gains: Sequence[Gain]) -> list[Message]:
    """Return for each task the 95 % confidence interval of its gain: ``people −2.1 to +1.5 points``."""
    ends = ((gain.task, gain.pair.interval) for gain in gains)
    return [Message("task-range", {"task": task, "low": one.low, "high": one.high}) for task, one in ends]
