"""What word vectors have learnt, in words. In: the content of ``pretraining.json``. Out: the card, README.md; lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghep.messages import text_of
from ghep.pretrain.vectors.files import BINARY, VECTORS


def card_of(record: Mapping[str, Any]) -> str:
    """Return the card."""
    settings, held, corpus = record["settings"], record["held_out"], record["corpus"]
    parts = [
        text_of("vectors-card-title", objective=record["objective"], vocabulary=record["vocabulary"]),
        _use(ngrams=record["objective"] == "fasttext"),
        text_of("vectors-card-corpus"),
        "\n".join(f"- {_plain(line)}" for line in corpus["sources"]),
        text_of("vectors-card-training"),
        text_of(
            "vectors-card-settings",
            dim=settings["dim"],
            window=settings["window"],
            negatives=settings["negatives"],
            min_count=record["min_count"],
            passes=record["passes"],
            tokens=record["tokens"],
            seconds=record["seconds"]["training"],
            seed=str(record["seed"]),
            version=record["version"],
        ),
    ]
    if held["after"] is not None:
        losses = {"after": held["after"]["loss"], "unigram": held["unigram"], "guessing": held["guessing"]}
        parts.append(text_of("vectors-judged-line", **losses, pairs=held["pairs"]))
    parts += [f"- {_plain(one['message'])}" for one in record["findings"] if one["severity"] != "info"]
    near = record["samples"]["neighbours"]
    if near:
        rows = [f"| {word} | {', '.join(one for one, _ in found)} |" for word, found in near.items()]
        parts += [text_of("vectors-card-neighbours"), "\n".join([text_of("vectors-card-head"), "|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def vector_lines(record: Mapping[str, Any]) -> list[str]:
    """Return what was learnt as lines of text: held-out losses, neighbours, analogies."""
    held, samples = record["held_out"], record["samples"]
    lines = []
    if held["after"] is not None:
        losses = {"after": held["after"]["loss"], "unigram": held["unigram"], "guessing": held["guessing"]}
        lines.append(text_of("vectors-judged-line", **losses, pairs=held["pairs"]))
    if samples["neighbours"]:
        lines.append(text_of("vectors-lines-head", what="neighbours"))
    for word, near in samples["neighbours"].items():
        shown = text_of("vectors-neighbours-line", word=word, neighbours=", ".join(one for one, _ in near))
        lines.append(f"  {shown}")
    if samples["analogies"]:
        lines.append(text_of("vectors-lines-head", what="analogies"))
    for one in samples["analogies"]:
        found = ", ".join(one["found"][:3])
        lines.append(f"  {text_of('vectors-analogy-line', a=one['a'], b=one['b'], c=one['c'], found=found)}")
    return lines


def _use(*, ngrams: bool) -> str:
    if ngrams:
        return text_of("vectors-card-use-ngrams", file=VECTORS, binary=BINARY)
    return text_of("vectors-card-use", file=VECTORS)


def _plain(text: str) -> str:
    """Return ``text`` on one line, so that it cannot end the list item."""
    return " ".join(text.split())
