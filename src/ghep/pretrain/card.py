"""The card of a pretrained backbone, README.md. In: the content of ``pretraining.json``. Out: Markdown.

Its head has the keys that Hugging Face's hub reads, so that tools show licence and task.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ghep.messages import text_of

TASKS = {"clm": "text-generation", "mlm": "fill-mask", "span": "text2text-generation"}
"""Objective -> the hub's name of what the written model does; for others: features."""


def card_of(record: Mapping[str, Any]) -> str:
    """Return the card."""
    backbone, corpus, held = record["backbone"], record["corpus"], record["held_out"]
    head = {
        "license": corpus["licence"] or (backbone or {}).get("licence") or "unknown",
        "library_name": "ghep" if record["objective"] == "bilm" else "transformers",
        "pipeline_tag": TASKS.get(record["objective"], "feature-extraction"),
    }
    rows = [("untrained" if backbone is None else "before", held["before"]), ("after", held["after"])]
    rows += [(name, held[name]) for name in ("unigram", "bigram") if name in held]
    table = [text_of("pretrain-card-row", name=name, **_numbers(values)) for name, values in rows]
    samples = [_sample(one) for one in record["samples"]]
    findings = [f"- {one['message']}" for one in record["findings"]] or [text_of("card-no-findings")]
    lines = [
        "---",
        *(f"{key}: {_scalar(value)}" for key, value in head.items()),
        "---",
        "",
        text_of("pretrain-card-title", objective=record["objective"], words=corpus["words"]),
        "",
        text_of(
            "pretrain-card-what",
            objective=record["objective"],
            backbone="none" if backbone is None else backbone["name"],
            parameters=record["parameters"],
            vocabulary=record["vocabulary"],
            version=record["version"],
        ),
        "",
        text_of("pretrain-card-corpus"),
        "",
        *(f"- {one}" for one in corpus["sources"]),
        text_of("pretrain-card-documents", **{name: corpus[name] for name in ("documents", "held_out_documents")}),
        text_of("pretrain-card-dropped", count=corpus["dropped"]),
        "",
        text_of("card-training"),
        "",
        text_of(
            "pretrain-card-steps",
            steps=record["steps"],
            passes=record["passes"],
            seconds=record["seconds"]["training"],
            precision=record["precision"],
            seed=record["seed"],
        ),
        "",
        text_of("pretrain-card-held-out", tokens=held["tokens"], blocks=held["blocks"]),
        "",
        text_of("pretrain-card-header"),
        "| --- | ---: | ---: |",
        *table,
        "",
        *([text_of("pretrain-card-samples"), "", *samples, ""] if samples else []),
        text_of("card-findings"),
        "",
        *findings,
        "",
    ]
    return "\n".join(lines)


def sample_line(sample: Mapping[str, Any]) -> str:
    """Return a sample as one line: a beginning and what was written, or a text with what was filled in."""
    if "prompt" in sample:
        return text_of("pretrain-sample-written", prompt=_flat(sample["prompt"]), text=_flat(sample["text"]))
    filled = [f"{guess} ({hidden})" for hidden, guess in sample["filled"]]
    return text_of("pretrain-sample-filled", masked=_flat(sample["masked"]), filled=filled)


def _sample(sample: Mapping[str, Any]) -> str:
    text = sample_line(sample)
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return f"- {text}"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _scalar(text: str) -> str:
    """Return ``text`` as a scalar of YAML, in quotes unless it is a plain word."""
    return text if re.fullmatch(r"[A-Za-z][\w.+-]*", text, re.ASCII) else json.dumps(text, ensure_ascii=False)


def _numbers(values: Mapping[str, Any]) -> dict[str, str]:
    names = ("nats_per_token", "bits_per_byte")
    return {name: "–" if values.get(name) is None else f"{values[name]:.3f}" for name in names}
