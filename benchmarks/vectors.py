"""Word vectors of a corpus by ``ghep pretrain``, next to gensim's: seconds, accuracy of a linear probe, neighbours.

    scripts/bench vectors                                # ../shared/data; pip install gensim for its rows
    scripts/bench vectors --corpus viwiki_sample.txt --data vi-sentiment --objectives word2vec fasttext

Both train with the same words, dimensions, window, negatives, subsampling, learning rates and passes, each in one
thread. gensim gets its sentences as lists of words; "all" of ghep includes splitting texts, judging and writing. CPU
seconds count the process alone, seconds also what other processes take from it.

The probe is solved on the means of word vectors of SHOTS labelled texts per class, its strength chosen on a fifth of
them. The intervals are over draws of these texts, paired for differences, on one test split; they say nothing about
other corpora or test splits. Random vectors have the words of ghep's. With --keep, vectors that are already in that
folder are used.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t

from ghep.backbone.catalog import load_backbone
from ghep.backbone.text import TextBackbone
from ghep.data.corpus import Corpus, read_corpus
from ghep.data.text.tokens import TokenPreprocess
from ghep.features.probes import solve_head
from ghep.pretrain.record import read_pretrained
from ghep.pretrain.vectors.pretrain import pretrain_vectors
from ghep.pretrain.vectors.word_space import WordSpace
from ghep.pretrain.vectors.words import read_stream, read_vocabulary

SHARED = Path(__file__).parents[2] / "shared" / "data"
SHOTS = 64
MOST_WORDS = 10_000
"""Words of a sentence that gensim reads; it ignores the rest."""


def main() -> None:
    """Train, probe, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="movie_reviews.txt", help="a file of ../shared/data/corpus, or a path")
    parser.add_argument("--data", nargs="+", default=["movie-polarity", "trec"])
    parser.add_argument("--objectives", nargs="+", default=["word2vec"], choices=("word2vec", "fasttext"))
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--passes", type=float, help="over the corpus; else as many as make 20 million words")
    parser.add_argument("--no-gensim", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder for the vectors")
    given = parser.parse_args()
    inside = SHARED / "corpus" / given.corpus
    corpus = read_corpus(inside if inside.is_file() else Path(given.corpus))
    print(f"{given.corpus}: {corpus.words:,} words in {len(corpus.train):,} documents, {len(corpus.held_out)} held out")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        names: dict[str, tuple[str, bool]] = {}
        for objective in given.objectives:
            out = folder / objective
            names[f"ghep {objective}"] = (str(_ghep(corpus, objective, out, given.passes)), False)
            if not given.no_gensim:
                names[f"gensim {objective}"] = (str(_gensim(corpus, objective, out)), False)
        names["random vectors"] = (names[f"ghep {given.objectives[0]}"][0], True)
        for data in given.data:
            _probe(data, names, given.draws)
        _print_neighbours(names)


def _timed(name: str, train: Callable[[], Any]) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    train()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"{name}: {seconds:.1f} s, {cpu:.1f} CPU seconds", flush=True)


def _ghep(corpus: Corpus, objective: str, out: Path, passes: float | None) -> Path:
    """Train with ``pretrain_vectors``, all of it: splitting, training, judging, writing."""
    if not out.exists():
        _timed(f"ghep {objective}, all", lambda: pretrain_vectors(corpus, objective=objective, out=out, passes=passes))
    record = read_pretrained(out).record
    held = record["held_out"]
    print(
        f"ghep {objective}: training {record['seconds']['training']:.1f} s of {record['seconds']['all']:.1f} s; "
        f"held-out loss {held['after']['loss']:.3f}, frequencies {held['unigram']:.3f}, random {held['guessing']:.3f}"
    )
    for one in record["samples"]["analogies"]:
        print(f"  {one['a']} : {one['b']} = {one['c']} : {', '.join(one['found'][:3])} ({one['expected']})")
    return out


def _gensim(corpus: Corpus, objective: str, out: Path) -> Path:
    """Train with gensim, with the settings and the words of ghep's vectors in ``out``."""
    from gensim.models import FastText, Word2Vec

    file = out.with_name(f"gensim-{objective}.txt")
    if file.exists():
        return file
    record = read_pretrained(out).record
    settings = record["settings"]
    texts = [one.text for one in corpus.train]
    vocabulary = read_vocabulary(texts, min_count=settings["min_count"])
    stream = read_stream(texts, vocabulary)
    sentences = []
    for number in range(len(texts)):
        words = [vocabulary.words[place] for place in stream.words[stream.documents == number]]
        sentences += [words[start : start + MOST_WORDS] for start in range(0, len(words), MOST_WORDS)]
    options = {
        **{"vector_size": settings["dim"], "window": settings["window"], "negative": settings["negatives"]},
        **{"sample": settings["sample"], "alpha": settings["lr"], "min_alpha": settings["lr"] / 250, "sg": 1},
        **{"min_count": 1, "epochs": round(settings["passes"]), "workers": 1, "seed": 1},
    }
    if objective == "fasttext":
        options["bucket"] = settings["buckets"]
    found: list[Any] = []
    kind = FastText if objective == "fasttext" else Word2Vec
    _timed(f"gensim {objective}, training", lambda: found.append(kind(sentences, **options)))
    found[0].wv.save_word2vec_format(str(file))
    return file


def _probe(data: str, names: Mapping[str, tuple[str, bool]], draws: int) -> None:
    """Print accuracies with SHOTS labels per class, and differences to the first of ``names``."""
    rows = {split: _rows(data, split) for split in ("train", "test")}
    classes = sorted({label for _, label in rows["train"]})
    targets = {split: np.array([classes.index(label) for _, label in found]) for split, found in rows.items()}
    scores: dict[str, np.ndarray] = {}
    for name, (backbone, random) in names.items():
        features = {split: _features(backbone, random, [text for text, _ in found]) for split, found in rows.items()}
        scores[name] = np.array([_accuracy(features, targets, len(classes), draw) for draw in range(draws)])
    print(f"{data}, {SHOTS} labels a class, {draws} draws, {len(rows['test']):,} test texts")
    first = next(iter(names))
    for name, found in scores.items():
        told = f"  {name:20} {100 * found.mean():.1f} % +- {100 * _half(found):.1f}"
        difference = scores[first] - found
        told += "" if name == first else f"; {first} is {100 * difference.mean():+.1f} +- {100 * _half(difference):.1f}"
        print(told, flush=True)


def _half(values: np.ndarray) -> float:
    """Return half the width of the 95 % interval of a mean."""
    return float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))


def _accuracy(features: Mapping[str, np.ndarray], targets: Mapping[str, np.ndarray], classes: int, draw: int) -> float:
    rng = np.random.default_rng(draw)
    chosen = [rng.permutation(np.flatnonzero(targets["train"] == one))[:SHOTS] for one in range(classes)]
    valid = np.concatenate([places[: SHOTS // 5] for places in chosen])
    train = np.concatenate([places[SHOTS // 5 :] for places in chosen])
    every = np.concatenate([train, valid])
    x, y = features["train"], targets["train"]
    strength = solve_head(x[train], y[train], classes, valid=(x[valid], y[valid])).strength
    head = solve_head(x[every], y[every], classes, strengths=(strength,))
    return float((head(features["test"]).argmax(1) == targets["test"]).mean())


def _features(name: str, random: bool, texts: list[str]) -> np.ndarray:
    """Return the features (N, D) of the backbone of word vectors."""
    from tokenizers import Tokenizer

    backbone = load_backbone(name, random_weights=random)
    assert isinstance(backbone, TextBackbone) and isinstance(backbone.preprocess, TokenPreprocess)
    vectors = backbone.net.get_parameter("vectors.weight").detach().numpy()
    found = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    for place, one in enumerate(Tokenizer.from_str(backbone.preprocess.tokenizer).encode_batch_fast(texts)):
        ids = np.array([token for token in one.ids if token], dtype=np.int64)
        if len(ids):
            found[place] = vectors[ids].mean(0)
    return found


def _rows(data: str, split: str) -> list[tuple[str, str]]:
    with (SHARED / data / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def _print_neighbours(names: Mapping[str, tuple[str, bool]]) -> None:
    """Print the neighbours of the ten words of the first record, by each of the trained vectors."""
    first = read_pretrained(next(iter(names.values()))[0])
    words = list(first.record["samples"]["neighbours"])
    for name, (file, random) in names.items():
        if not random:
            print(f"{name}:")
            space = WordSpace.read(file)
            for word, near in space.neighbours([word for word in words if word in space.words]).items():
                print(f"  {word}: {', '.join(one.word for one in near)}")


if __name__ == "__main__":
    main()
