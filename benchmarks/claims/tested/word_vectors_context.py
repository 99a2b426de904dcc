"""'Bank', 'bat', 'spring', 'crane': which sense is meant, from static word vectors and from vectors in context."""

from __future__ import annotations

import csv
import functools
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cells import Lab
from claim import Claim, Row

from ghep.metrics.crossed import paired_contrast

SENTENCES = Path(__file__).parents[1] / "word_senses.csv"
"""25 sentences for each sense, written for this test."""
FOLDS = 5
BACKBONE = "minilm"
KINDS = ("word", "average", "sentence", "in context")
"""The word's own static vector; the mean of the static vectors of the sentence; the network's features of the sentence;
its last state at the word."""
PAIRS = (("sentence", "average", True), ("in context", "average", True), ("average", "word", False))


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:
    with SENTENCES.open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    text = SENTENCES.read_text(encoding="utf-8")
    found, every = [], dict[str, list[np.ndarray]]()
    for word in dict.fromkeys(one["word"] for one in written):
        given = {"word": word, "seeds": list(seeds), "sentences": zlib.crc32(text.encode())}
        right = lab.kept("word-senses", functools.partial(answers, written, word, seeds), **given)
        tables = {kind: np.array(right[kind], dtype=bool) for kind in KINDS}
        for kind, table in tables.items():
            every.setdefault(kind, []).append(table)
        found += [row_of(word, tables, *pair) for pair in PAIRS]
    together = {kind: np.concatenate(one, axis=1) for kind, one in every.items()}
    return found + [row_of("all four", together, this, that, False) for this, that, _ in PAIRS]


def row_of(word: str, tables: Mapping[str, np.ndarray], this: str, that: str, counts: bool) -> Row:
    """Return the row for the accuracy of ``this`` kind of vectors minus that of ``that``."""
    gain = paired_contrast(tables[this], tables[that])  # both in the same folds
    means = tuple((kind, f"{tables[kind].mean():.3f}") for kind in KINDS)
    ends, (seeds, n) = (float(gain.value), float(gain.low), float(gain.high)), tables[this].shape
    return Row(f"{word}: {this} for {that}", *ends, n, seeds, counts=counts, more=means)


def answers(written: Sequence[dict[str, str]], word: str, seeds: Sequence[int]) -> dict[str, list[list[int]]]:
    """Return, for each kind of vectors, a row for each seed: whether the sense of each sentence was found (S, n).

    Each sentence is judged by a linear head that was fitted to the other four folds.
    """
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    sentences = [one["sentence"] for one in written if one["word"] == word]
    senses = np.array([one["sense"] for one in written if one["word"] == word])
    found: dict[str, list[list[int]]] = {}
    for kind, features in vectors(sentences, word).items():
        head = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=np.logspace(-1, 5, 13)))
        for seed in seeds:
            folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
            said = cross_val_predict(head, features, senses, cv=folds)
            found.setdefault(kind, []).append([int(one) for one in said == senses])
    return found


def vectors(sentences: Sequence[str], word: str) -> dict[str, np.ndarray]:
    """Return features (n, D) of each kind in ``KINDS``."""
    import torch

    from ghep.backbone.catalog import load_backbone

    backbone = load_backbone(BACKBONE)
    preprocess: Any = backbone.preprocess
    model: Any = backbone.net.model
    rows: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    with torch.no_grad():
        (place,) = ids_of(preprocess, word)[1:-1].tolist()  # without [CLS] and [SEP]
        for sentence in sentences:
            ids = ids_of(preprocess, sentence)
            static = model.get_input_embeddings()(ids)[1:-1]
            states = model(input_ids=ids[None], attention_mask=torch.ones_like(ids)[None]).last_hidden_state[0]
            rows["word"].append(model.get_input_embeddings().weight[place].numpy())
            rows["average"].append(static.mean(0).numpy())
            rows["sentence"].append(states.mean(0).numpy())
            rows["in context"].append(states[(ids == place).nonzero()[0, 0]].numpy())
    return {kind: np.stack(one) for kind, one in rows.items()}


def ids_of(preprocess: Any, text: str) -> Any:
    """Return the token ids (L,) of ``text``, with the special tokens."""
    return preprocess.collate([preprocess.decode(text)]).values[0].long()


CLAIM = Claim(
    name="word-vectors-context",
    sentence="Frozen word vectors miss the context",
    measure="points of accuracy that context adds",
    rows=rows,
    scale=100,
)
