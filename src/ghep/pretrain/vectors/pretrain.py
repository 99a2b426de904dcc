"""Train word vectors on a corpus: read, count, train, judge, save. Out: a ``Pretrained``, and its folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ghep._version import __version__
from ghep.data.corpus import Corpus
from ghep.errors import Interrupted
from ghep.messages import Message, text_of
from ghep.pretrain.in_progress import in_progress, refuse_taken
from ghep.pretrain.record import RECORD, Pretrained, read_pretrained
from ghep.pretrain.vectors.card import card_of
from ghep.pretrain.vectors.files import BINARY, VECTORS, rare_vectors, write_fasttext, write_vectors
from ghep.pretrain.vectors.judged import MOST_PAIRS, frequency_losses, gain_of, guessing, losses_of
from ghep.pretrain.vectors.options import VectorOptions, vector_options
from ghep.pretrain.vectors.skip_gram import SkipGram, Subwords
from ghep.pretrain.vectors.training import Progress, VectorTraining
from ghep.pretrain.vectors.windows import Pairs, Sampler, pairs_of
from ghep.pretrain.vectors.word_space import WordSpace, samples_of
from ghep.pretrain.vectors.words import Stream, Vocabulary, read_stream, read_vocabulary
from ghep.reporter import Reporter, Silent
from ghep.storage.folder import write_folder
from ghep.storage.text import write_json_atomic
from ghep.training.checkpoint import Checkpoints
from ghep.training.stop import StopRequest
from ghep.types import Finding

SHORTEST, LONGEST = 3, 6
"""Lengths of the character n-grams, in characters, brackets included; as in fastText."""
UNSPLIT = 0.2
"""Share of the letters in words that are several, above which the text was not split into words."""
NOT_IN_KEY = ("out", "overwrite", "resume", "time_limit", "checkpoint_seconds", "held_out")
"""Settings that do not change the vectors of a finished pass, or that the corpus' digest tells."""
NOT_SETTINGS = ("out", "overwrite", "resume")


def pretrain_vectors(
    corpus: Corpus,
    *,
    objective: str,
    out: Path | str,
    seed: int = 0,
    reporter: Reporter | None = None,
    stop: StopRequest | None = None,
    findings: Sequence[Finding] = (),
    **settings: Any,
) -> Pretrained:
    """Train word vectors and return the record; the vectors are in ``vectors.txt`` of the folder ``out``.

    ``objective`` is "word2vec" or "fasttext"; ``settings`` are those of ``VectorOptions``, such as ``time_limit``.
    ``findings`` are added to those of the record. Raises ConfigError for settings that cannot be used and for a folder
    with other files, DataError for a corpus without repeated words, and Interrupted, after saving, if ``stop`` was
    requested.
    """
    began = time.perf_counter()
    options = vector_options(objective, {**settings, "out": out})
    reporter, folder = reporter or Silent(), Path(out)
    refuse_taken(folder, resume=options.resume, overwrite=options.overwrite)
    texts = [document.text for document in corpus.train]
    vocabulary = read_vocabulary(texts, min_count=options.min_count)
    stream = read_stream(texts, vocabulary)
    options = options.derived(objective, words=len(stream.words))
    assert options.dim and options.window and options.negatives and options.sample is not None
    reporter.say(
        text_of("vectors-corpus-line", words=len(stream.words), vocabulary=len(vocabulary.words), passes=options.passes)
    )
    if vocabulary.unsplit > UNSPLIT:
        findings = [*findings, Finding.of("vectors-text-not-split", "warning", share=vocabulary.unsplit)]
    sampler = Sampler.of(vocabulary, window=options.window, negatives=options.negatives, sample=options.sample)
    subwords = None
    if options.buckets:
        subwords = Subwords.of(vocabulary.words, shortest=SHORTEST, longest=LONGEST, buckets=options.buckets)
    model = SkipGram.initial(len(vocabulary.words), options.dim, seed=seed, subwords=subwords)
    held_stream = read_stream([document.text for document in corpus.held_out], vocabulary)
    held = pairs_of(held_stream, sampler, seed=seed, most=MOST_PAIRS)
    key = _key(corpus, objective, options, seed)
    with in_progress(folder, key, objective=objective, resume=options.resume, overwrite=options.overwrite) as of_folder:
        if (folder / RECORD).is_file():
            return read_pretrained(folder)
        checkpoints = Checkpoints(folder / "checkpoints", options.checkpoint_seconds, key)
        training = VectorTraining(
            model, stream, sampler, held, options, seed, reporter, stop or StopRequest(), checkpoints
        )
        try:
            progress = training.run(checkpoints.newest() if options.resume else None)
        except Interrupted as error:
            raise Interrupted("vectors-saved", cause=error.cause, folder=folder) from None
        judged, own = _judged(model, vocabulary, sampler, held)
        if progress.stopped:
            own.append(Finding.of("stopped-early", "info", cause=Message("time-limit-reached")))
        words, vectors = list(vocabulary.words), model.vectors().numpy()
        found = [*corpus.findings, *findings, *of_folder, *checkpoints.findings, *own]
        record = {
            **_record(corpus, objective, vocabulary, stream, options, progress, seed),
            "key": key,
            "parameters": model.inputs.numel(),
            "held_out": {**judged, "words": len(held_stream.words), "pairs": len(held.targets)},
            "samples": samples_of(WordSpace.of(words, vectors)),
            "seconds": {"training": progress.seconds, "all": time.perf_counter() - began},
            "findings": [dataclasses.asdict(one) for one in found],
        }
        if subwords is not None:
            rare, of_rare = rare_vectors(model, vocabulary.rare)
            words, vectors = words + rare, np.concatenate([vectors, of_rare])
        with write_folder(folder) as target:
            write_vectors(target / VECTORS, words, vectors)
            if subwords is not None:
                write_fasttext(target / BINARY, model, vocabulary, options)
            write_json_atomic(target / RECORD, record)
            (target / "README.md").write_text(card_of(record), encoding="utf-8")
    return read_pretrained(folder)


def _key(corpus: Corpus, objective: str, options: VectorOptions, seed: int) -> str:
    """Return a hash of everything that determines the vectors."""
    own = {name: value for name, value in dataclasses.asdict(options).items() if name not in NOT_IN_KEY}
    return hashlib.sha256(json.dumps([corpus.digest, objective, own, seed], default=str).encode()).hexdigest()


def _judged(
    model: SkipGram, vocabulary: Vocabulary, sampler: Sampler, held: Pairs
) -> tuple[dict[str, Any], list[Finding]]:
    """Return the held-out losses of the trained vectors and of word frequencies, and what follows from them."""
    base = guessing(sampler.negatives)
    if not len(held.targets):
        nothing = {"before": None, "after": None, "guessing": base, "unigram": None, "gain": None}
        return nothing, [Finding.of("vectors-not-judged", "warning")]
    losses, frequencies = losses_of(model, held), frequency_losses(vocabulary, sampler, held)
    gain = gain_of(losses, frequencies, held.documents)
    judged = {
        "before": {"loss": base},
        "after": {"loss": float(losses.mean())},
        "guessing": base,
        "unigram": float(frequencies.mean()),
        "gain": dataclasses.asdict(gain),
    }
    if gain.clear:
        return judged, []
    after, unigram = float(losses.mean()), float(frequencies.mean())
    return judged, [Finding.of("vectors-learnt-nothing", "warning", after=after, unigram=unigram)]


def _record(
    corpus: Corpus,
    objective: str,
    vocabulary: Vocabulary,
    stream: Stream,
    options: VectorOptions,
    progress: Progress,
    seed: int,
) -> dict[str, Any]:
    own = {name: value for name, value in dataclasses.asdict(options).items() if name not in NOT_SETTINGS}
    return {
        "objective": objective,
        "backbone": None,
        "corpus": {
            "digest": corpus.digest,
            "sources": list(corpus.sources),
            "words": corpus.words,
            "bytes": corpus.bytes,
            "documents": len(corpus.train),
            "held_out_documents": len(corpus.held_out),
            "dropped": len(corpus.dropped),
        },
        "vocabulary": len(vocabulary.words),
        "min_count": vocabulary.min_count,
        "tokens": len(stream.words),
        "steps": progress.steps,
        "passes": progress.words / len(stream.words),
        "curve": progress.curve,
        "stopped": progress.stopped,
        "seed": seed,
        "settings": own,
        "version": __version__,
        "date": date.today().isoformat(),
    }
