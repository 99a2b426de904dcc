"""What ``pretraining.json`` says about the pretraining itself: its curve, the counts it has to beat, samples.

In: the content of the file. Out: a ``Progress``, in which whatever the objective does not measure is empty. Word
vectors have no bits per byte, but neighbours; language models have samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal


@dataclass(frozen=True)
class Progress:
    """The course of a pretraining, and examples of what was learnt."""

    points: tuple[tuple[float, float], ...]
    """(seconds, bits per byte on held-out documents); where bytes were not counted, the loss in nats."""
    lines: Mapping[str, float]
    """``unigram``, ``bigram`` -> the same of counts."""
    unit: Literal["bits-per-byte", "loss"]
    samples: tuple[tuple[str, str], ...]
    """(given, continued or filled in)."""
    neighbours: Mapping[str, Sequence[str]]
    """Word -> the words with the nearest vectors."""


def progress_of(record: Mapping[str, Any]) -> Progress:
    """Return the progress in ``record``, the content of ``pretraining.json``."""
    held_out, rows = record.get("held_out") or {}, record.get("curve") or ()
    unit: Literal["bits-per-byte", "loss"] = "loss"
    if any(_number(one.get("bits_per_byte")) is not None for one in rows):
        unit = "bits-per-byte"
    column, key = {"bits-per-byte": ("bits_per_byte",) * 2, "loss": ("held_out_loss", "loss")}[unit]
    points = [(_number(one.get("seconds")), _number(one.get(column))) for one in rows]
    points = [(0.0, _measured(held_out.get("before"), key)), *points] if points else []
    counts = {name: _measured(held_out.get(name), key) for name in ("unigram", "bigram")}
    samples = record.get("samples") or ()
    words = samples if isinstance(samples, Mapping) else {}
    return Progress(
        tuple((seconds, value) for seconds, value in points if seconds is not None and value is not None),
        {name: value for name, value in counts.items() if value is not None},
        unit,
        tuple(map(_analogy, words.get("analogies", ())) if words else map(_sample, samples)),
        {str(word): [_word(one) for one in near] for word, near in words.get("neighbours", {}).items()},
    )


def seconds_of(record: Mapping[str, Any]) -> float:
    """Return how long the pretraining took, reading and writing included; 0 if it is not known.

    ``all`` is the time of the last session, ``training`` that of all sessions, which is more for a resumed pretraining.
    """
    taken = record.get("seconds")
    known = [taken.get(name) for name in ("all", "training")] if isinstance(taken, Mapping) else [taken]
    return max(_number(one) or 0.0 for one in known)


def facts_of(record: Mapping[str, Any]) -> dict[str, str | int | float]:
    """Return name -> value of what the page says about the pretraining, from the top of the record and its corpus."""
    corpus = record.get("corpus")
    found = {**(corpus if isinstance(corpus, Mapping) else {}), **record}
    return {name: found[name] for name in FACTS if isinstance(found.get(name), str | int | float)}


FACTS = ("objective", "documents", "words", "bytes", "dropped", "vocabulary", "parameters", "steps", "passes", "seed")


def _measured(value: Any, key: str) -> float | None:
    """Return a measure, from the mapping of several or, of a loss alone, the number itself."""
    if isinstance(value, Mapping):
        return _number(value.get(key))
    return _number(value) if key == "loss" else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def _word(one: Any) -> str:
    """Return a neighbour: a word, or a word with its similarity."""
    return str(one[0]) if isinstance(one, list | tuple) else str(one)


def _analogy(one: Mapping[str, Any]) -> tuple[str, str]:
    return f"{one['a']} : {one['b']} = {one['c']} : ?", ", ".join(map(str, one["found"]))


def _sample(one: Any) -> tuple[str, str]:
    """Return what was given, and what the model made of it: a continuation, or what was hidden and what it put
    there.
    """
    if not isinstance(one, Mapping):
        return "", str(one)
    given, *rest = one.values()
    return str(given), "; ".join(_filled(value) for value in rest)


def _filled(value: Any) -> str:
    if not isinstance(value, list | tuple):
        return str(value)
    return ", ".join(" → ".join(map(str, pair)) if isinstance(pair, list | tuple) else str(pair) for pair in value)
