"""What a pretraining has learnt, as lines of text for a terminal. In: a ``Pretrained``. Out: lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghep.messages import number_text, text_of
from ghep.pretrain.card import sample_line
from ghep.pretrain.record import Pretrained
from ghep.pretrain.vectors.card import vector_lines
from ghep.pretrain.vectors.options import OBJECTIVES as VECTORS

SHOWN = 2
"""Samples that are printed."""


def lines_of(done: Pretrained) -> list[str]:
    """Return the losses next to counts, samples, and how to use the folder."""
    record = done.record
    held, seconds = record.get("held_out") or {}, record["seconds"]
    lines = []
    if "unigram" in held and isinstance(held["unigram"], Mapping):
        before, after = held["before"], held["after"]
        losses = {"before": _three(before["nats_per_token"]), "after": _three(after["nats_per_token"])}
        lines.append(text_of("pretrain-done-line", seconds=seconds["all"], **losses))
        bits = {name: _three(held[name]["bits_per_byte"]) for name in ("before", "after", "unigram", "bigram")}
        lines.append(text_of("pretrain-done-bits", **bits))
        lines += [f"  {sample_line(one)}" for one in record["samples"][:SHOWN]]
    if record["objective"] in VECTORS:
        lines += vector_lines(record)
    return [*lines, text_of("pretrain-written", folder=done.folder), text_of("pretrain-use-line", folder=done.folder)]


def round_line(row: Any, *, round_: int, rounds: int, factor: float | None) -> str:
    """Return the line of a round; ``rounds`` 0: the time decides how many there are.

    ``factor`` turns its held-out loss into bits per byte, None if it cannot.
    """
    held = row.valid_loss
    bits = "none" if factor is None or held is None else _three(held * factor)
    losses = {"train": _three(row.train_loss), "held_out": _three(held), "bits": bits}
    return text_of("pretrain-round-line", stage=row.stage, round=round_, rounds=rounds, **losses)


def _three(value: float | None) -> str:
    return "–" if value is None else number_text(value, ".3f")
