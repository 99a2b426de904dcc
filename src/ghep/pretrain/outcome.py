"""What a pretraining comes to: the curve, bits per byte next to counts of n-grams, samples and findings.

In: the trained model and its blocks. Out: the content of ``pretraining.json``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from math import ceil, log
from typing import Any

import numpy as np

from ghep._version import __version__
from ghep.data.corpus import Corpus
from ghep.pretrain.blocks import Blocks
from ghep.pretrain.goal import Evaluation, bits_factor, evaluate
from ghep.pretrain.model import PretrainingModel
from ghep.pretrain.ngram_baseline import Baselines, TokenCounts, masked_baselines, next_token_baselines
from ghep.pretrain.objectives import Objective
from ghep.pretrain.objectives.bilm import BidirectionalLanguageModel
from ghep.pretrain.objectives.span import SpanCorruption
from ghep.pretrain.options import PretrainOptions
from ghep.pretrain.samples import filled_in, filled_spans, written
from ghep.pretrain.tokens import Tokens
from ghep.pretrain.training import Trained
from ghep.types import Finding

READS_ON = ("clm", "tsdae", "bilm")
"""Objectives that predict each token of a text after those before it."""
NOT_SETTINGS = ("out", "overwrite", "resume")


def record_of(
    model: PretrainingModel,
    objective: Objective,
    tokens: Tokens,
    blocks: Blocks,
    held_out: Blocks,
    done: Trained,
    corpus: Corpus,
    options: PretrainOptions,
    findings: Sequence[Finding],
    *,
    key: str,
    seed: int,
    backbone: Mapping[str, Any] | None,
    seconds: float,
    processor: float,
) -> dict[str, Any]:
    """Return the content of ``pretraining.json``.

    ``backbone``: the fields of the card of the one that was continued, and ``location``, how the user named it.
    ``seconds`` and ``processor`` are the time of this session, on the clock and of all threads.
    """
    end = evaluate(model, objective, held_out, done.precision, workers=options.workers)
    counts = ngram_losses(objective, blocks, held_out, end)
    measures = measures_of(model, objective, held_out, done)
    learnt = learnt_findings(done.start, end, counts)
    learnt += getattr(objective, "findings", lambda **_: [])(words=corpus.words, measures=measures)
    settings = {name: value for name, value in dataclasses.asdict(options).items() if name not in NOT_SETTINGS}
    return {
        "key": key,
        "objective": objective.name,
        "backbone": backbone,
        "corpus": {
            "digest": corpus.digest,
            "sources": list(corpus.sources),
            "licence": options.licence,
            "words": corpus.words,
            "bytes": corpus.bytes,
            "documents": len(corpus.train),
            "held_out_documents": len(corpus.held_out),
            "dropped": len(corpus.dropped),
        },
        "vocabulary": tokens.size,
        "blocks": len(blocks),
        "tokens": len(blocks.ids),
        "steps": done.steps,
        "passes": done.steps * min(options.batch_size or 1, done.schedule.round_blocks) / len(blocks),
        "parameters": sum(one.numel() for one in model.backbone.parameters()),
        "held_out": {
            "blocks": len(held_out),
            "tokens": int(end.tokens.sum()),
            "bytes": float(end.bytes.sum()),
            "before": _measured(done.start),
            "after": _measured(end),
            "guessing": objective.guessing(),
            **counts,
            **measures,
        },
        "curve": curve_of(done, options),
        "samples": samples_of(model, objective, tokens, held_out, seed=seed),
        "precision": done.precision.name,
        "stopped": done.stopped,
        "seconds": {"training": done.seconds, "all": seconds, "processor": processor},
        "seed": seed,
        "settings": settings,
        "findings": [dataclasses.asdict(one) for one in (*findings, *learnt)],
        "version": __version__,
        "date": date.today().isoformat(),
    }


def curve_of(done: Trained, options: PretrainOptions) -> list[dict[str, Any]]:
    """Return a row per round: stage, round, steps and seconds since the beginning, losses, bits per byte."""
    factor = bits_factor(done.start)
    per_round = ceil(done.schedule.round_blocks / (options.batch_size or 1))
    rows, seconds = [], 0.0
    for number, row in enumerate(done.history, 1):
        seconds += row.seconds
        held = row.valid_loss
        rows.append(
            {
                "stage": row.stage,
                "round": number,
                "steps": number * per_round,
                "seconds": seconds,
                "train_loss": row.train_loss,
                "held_out_loss": held,
                "bits_per_byte": None if held is None or factor is None else held * factor,
                "lr": row.head_lr,
            }
        )
    return rows


def _measured(found: Evaluation) -> dict[str, float | None]:
    """Return what is minimised, and the loss on the tokens that counts are made of: those that are no special ones."""
    return {"loss": found.loss, "nats_per_token": found.own_nats_per_token, "bits_per_byte": found.bits_per_byte}


def ngram_losses(objective: Objective, blocks: Blocks, held_out: Blocks, end: Evaluation) -> dict[str, Any]:
    """Return what counts of tokens and of pairs in ``blocks`` would need for the predictions on ``held_out``.

    That is ``unigram`` and ``bigram``, each with nats per token and bits per byte, and ``nats_per_counted_token``, the
    model's loss on the same tokens: those that are no special ones.
    """
    size = int(max(blocks.ids.max(), held_out.ids.max(), held_out.special.max(initial=0))) + 1
    counts = TokenCounts.of((_counted(objective, blocks, place) for place in range(len(blocks))), size)
    found = _baselines(objective, counts, held_out)
    tokens, stood_for = float(end.own_tokens.sum()), float(end.bytes.sum())
    losses: dict[str, Any] = {
        name: {"nats_per_token": nats, "bits_per_byte": nats * tokens / log(2) / stood_for if stood_for else None}
        for name, nats in (("unigram", found.unigram), ("bigram", found.bigram))
    }
    return {**losses, "nats_per_counted_token": end.own_nats_per_token}


def _baselines(objective: Objective, counts: TokenCounts, held_out: Blocks) -> Baselines:
    places = range(len(held_out))
    texts = [_counted(objective, held_out, place) for place in places]
    targets = [held_out.corrupted(place)[1] for place in places]
    counts = counts.of_predicted(np.setdiff1d(held_out.special, np.concatenate(targets)))
    if objective.name in READS_ON:
        return next_token_baselines(counts, texts)
    if not isinstance(objective, SpanCorruption):
        return masked_baselines(counts, texts, [one >= 0 for one in targets])
    # A decoder writes pieces of the text between special tokens; counts of pairs know the token before, if any.
    written = np.concatenate(targets)
    before = np.concatenate([[-1], written[:-1]])
    own = ~np.isin(written, held_out.special)
    known = own & ~np.isin(before, held_out.special) & (before >= 0)
    unigram = counts.unigram_nats(written)
    pairs = unigram.copy()
    pairs[known] = counts.bigram_nats(before[known], written[known])
    return Baselines(float(unigram[own].mean()), float(pairs[own].mean()), int(own.sum()))


def _counted(objective: Objective, blocks: Blocks, place: int) -> np.ndarray:
    """Return the tokens of a block as they are counted: those that ``objective`` never predicts as the unknown one."""
    ids = blocks.block(place)
    return objective.known(ids) if isinstance(objective, BidirectionalLanguageModel) else ids


def learnt_findings(start: Evaluation, end: Evaluation, counts: Mapping[str, Any]) -> list[Finding]:
    """Return a warning if the model predicts no better than counts of tokens and pairs, or than before."""
    if end.loss >= start.loss:
        return [Finding.of("pretrain-no-progress", "warning", before=start.loss, after=end.loss)]
    loss, unigram, bigram = (
        counts["nats_per_counted_token"],
        counts["unigram"]["nats_per_token"],
        counts["bigram"]["nats_per_token"],
    )
    if loss < bigram:
        return []
    level = "nothing" if loss >= unigram else "frequencies"
    return [Finding.of("pretrain-not-above-counts", "warning", level=level, loss=loss, unigram=unigram, bigram=bigram)]


def measures_of(model: PretrainingModel, objective: Objective, held_out: Blocks, done: Trained) -> dict[str, float]:
    """Return what only this objective measures, such as ELECTRA's AUC of replaced tokens."""
    measures = getattr(objective, "measures", None)
    return {} if measures is None else dict(measures(model, held_out, done.precision))


def samples_of(
    model: PretrainingModel, objective: Objective, tokens: Tokens, held_out: Blocks, *, seed: int
) -> list[Mapping[str, Any]]:
    """Return text that the model wrote, or filled in."""
    if objective.name == "clm":
        return written(model, tokens, held_out, seed=seed)
    if isinstance(objective, SpanCorruption):
        return filled_spans(model, objective, held_out)
    return filled_in(model, tokens, held_out) if objective.name == "mlm" else []
