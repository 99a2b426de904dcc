"""``ghep explain`` of texts: do effects add up, do they name a planted word, what happens without the strongest words.

    scripts/bench words                                 # ../shared/data, minilm with a linear probe
    scripts/bench words --texts 40 --data trec zh-sentiment

For each data set: the share of test texts whose effects add up within 1 %, the steps and seconds that takes, and how
far the log-odds fall if the three words with the largest effects are left out, next to three random words of the same
text. Then the shortcut: half of the training texts have one more word in one class only; how often this word is the
strongest of a test text in which it was put.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path

import numpy as np

import ghep
from ghep.explanation.subject import Subject, subject_of
from ghep.explanation.text_explanation import ExplainedText, Word
from ghep.explanation.words import explain_texts

SHARED = Path(__file__).parents[2] / "shared" / "data"
SETS = ("trec", "movie-polarity", "zh-sentiment", "vi-sentiment")
PLANTED = "cinnamon"
LEFT_OUT = 3
SHORT = 20


def rows_of(name: str, split: str) -> list[tuple[str, str]]:
    """Return (text, label) of a split, in a fixed random order."""
    with (SHARED / name / f"{split}.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    return [rows[at] for at in np.random.default_rng(0).permutation(len(rows))]


def probe(rows: list[tuple[str, str]], folder: Path) -> Subject:
    """Return a linear probe of minilm fitted on ``rows``."""
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    run = ghep.fit(folder / "train.csv", strategy="linear_probe", out=folder / "run", control=False)
    return subject_of(run.bundle)


def without(one: ExplainedText, words: list[Word]) -> str:
    """Return the text of ``one`` without ``words``."""
    text = one.text
    for word in sorted(words, key=lambda each: -each.start):
        text = text[: word.start] + text[word.end :]
    return " ".join(text.split())


def faithful(subject: Subject, texts: list[str]) -> str:
    """Return what the effects of ``texts`` say, as one line."""
    began = time.perf_counter()
    found = [one for one in explain_texts(subject, texts).texts if len(one.words) > 2 * LEFT_OUT]
    seconds = (time.perf_counter() - began) / len(texts)
    rng = np.random.default_rng(0)
    falls: dict[str, list[float]] = {"strongest": [], "random": []}
    for one in found:
        largest = sorted(one.words, key=lambda word: -word.effect)[:LEFT_OUT]
        drawn = [one.words[at] for at in rng.choice(len(one.words), LEFT_OUT, replace=False)]
        for kind, words in (("strongest", largest), ("random", drawn)):
            rest = explain_scores(subject, without(one, words), one.label)
            falls[kind].append(one.score - rest)
    adds_up = np.mean([one.how == "gradients" and one.gap <= 0.01 for one in found])
    steps = [one.steps for one in found]
    fall = {kind: f"{np.mean(each):+.2f}" for kind, each in falls.items()}
    paired = np.mean(np.array(falls["strongest"]) > np.array(falls["random"]))
    return (
        f"{len(found)} texts, adds up {adds_up:.3f}, steps median {np.median(steps):.0f} most {max(steps)}, "
        f"{seconds:.2f} s per text, log-odds fall {fall['strongest']} without the {LEFT_OUT} strongest words, "
        f"{fall['random']} without {LEFT_OUT} random ones; more in {paired:.2f} of the texts"
    )


def explain_scores(subject: Subject, text: str, label: str) -> float:
    """Return the log-odds of ``label`` for ``text``."""
    import torch

    from ghep.explanation.words import scores

    preprocess = subject.backbone.preprocess
    with subject.in_use(), torch.no_grad():
        inputs = preprocess.collate([preprocess.decode(text or ".")])
        return float(scores(subject, subject.logits(inputs), subject.index_of(label)))


def planted(count: int, train: int, folder: Path) -> str:
    """Return how often the planted word is the strongest of ``count`` test texts, as one line."""
    rng = np.random.default_rng(0)

    def put(text: str) -> str:
        words = text.split()
        words.insert(int(rng.integers(0, len(words) + 1)), PLANTED)
        return " ".join(words)

    rows = rows_of("movie-polarity", "train")[:train]
    marked = [(put(text), label) if label == "pos" else (text, label) for text, label in rows]
    subject = probe(marked, folder)
    texts = [put(text) for text, label in rows_of("movie-polarity", "test") if label == "neg"][:count]
    found = explain_texts(subject, texts).texts
    flipped = np.mean([one.predicted == "pos" for one in found])
    first = [one.strongest(1)[0].text == PLANTED for one in found]
    short = [strongest for one, strongest in zip(found, first, strict=True) if len(one.words) <= SHORT]
    return (
        f"{len(found)} texts, called pos {flipped:.2f}, {PLANTED!r} is the strongest word in {np.mean(first):.3f}, "
        f"in {np.mean(short):.3f} of the {len(short)} texts with at most {SHORT} words"
    )


def main() -> None:
    """Print one line for each data set, and one for the planted word."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=40)
    parser.add_argument("--train", type=int, default=400)
    parser.add_argument("--data", nargs="*", default=list(SETS))
    options = parser.parse_args()
    for name in options.data:
        with tempfile.TemporaryDirectory() as folder:
            subject = probe(rows_of(name, "train")[: options.train], Path(folder))
            texts = [text for text, _ in rows_of(name, "test")[: options.texts]]
            print(f"{name}: {faithful(subject, texts)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        print(f"planted: {planted(options.texts, options.train, Path(folder))}", flush=True)


if __name__ == "__main__":
    main()
