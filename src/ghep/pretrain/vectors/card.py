"""The card of word vectors, README.md. In: the content of ``pretraining.json``. Out: Markdown."""

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


def _use(*, ngrams: bool) -> str:
    if ngrams:
        return text_of("vectors-card-use-ngrams", file=VECTORS, binary=BINARY)
    return text_of("vectors-card-use", file=VECTORS)


def _plain(text: str) -> str:
    """Return ``text`` on one line, so that it cannot end the list item."""
    return " ".join(text.split())
