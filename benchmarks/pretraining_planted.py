"""Does "did it help?" find what is there? Pretraining on an invented language, and on the same words shuffled.

    scripts/bench pretraining_planted [--draws 20] [--objective word2vec] [--passes 8] [--out build/bench/planted]

Words are random syllables. Every word belongs to one of the topics, and every topic to a class; all words are equally
frequent. A text draws half of its words from one topic and half from the whole language, so a handful of labelled texts
shows only some words of a class, and unlabelled texts show which words belong together. Each draw has its own language,
corpus, labelled texts and pretraining. The plants, and the truth:

    corpus      the corpus is written in that language                              helped
    shuffled    the same words, dealt to documents at random: nothing to be learnt  not helped

``before`` is the same architecture with random weights. A plant holds if the verdict is right in 19 of 20 draws (with
fewer draws: in all). Prints each draw and a table; planted.csv in --out has the draws. Exits with 1 if a plant does not
hold.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import ghep

PLANTS = ("corpus", "shuffled")
CLASSES = ("alpha", "beta")
TOPICS_OF_CLASS, WORDS_OF_TOPIC = 3, 60
DOCUMENTS, DOCUMENT_WORDS = 1500, 50
TEXT_WORDS, ON_TOPIC = 14, 0.5
TRAIN, TEST = 200, 400
LABELS, SEEDS = "8,all", 3
COMPARE = {"strategies": "linear_probe", "labels": LABELS, "seeds": SEEDS, "jobs": 1, "device": "cpu"}


@dataclass(frozen=True)
class Row:
    """One pretraining and its verdict."""

    plant: str
    draw: int
    kind: str
    difference: float
    low: float
    high: float
    before: float
    after: float
    seconds: float


class Language:
    """Words of random syllables, each of one topic; topics take turns in belonging to the classes."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Make the words."""
        self.rng, self.topics = rng, len(CLASSES) * TOPICS_OF_CLASS
        syllables = ["".join(pair) for pair in product("bdfgklmnprstvz", "aeiou")]
        words: dict[str, None] = {}
        while len(words) < self.topics * WORDS_OF_TOPIC:
            words["".join(rng.choice(syllables, 3))] = None
        self.words = np.array(list(words))
        rng.shuffle(self.words)

    def text(self, topic: int, length: int) -> list[str]:
        """Return the words of a text on ``topic``."""
        of_topic = self.rng.integers(topic * WORDS_OF_TOPIC, (topic + 1) * WORDS_OF_TOPIC, length)
        of_any = self.rng.integers(0, len(self.words), length)
        return list(self.words[np.where(self.rng.random(length) < ON_TOPIC, of_topic, of_any)])

    def corpus(self, *, shuffled: bool) -> list[str]:
        """Return documents, each on one topic; with ``shuffled`` their words are dealt to documents at random."""
        documents = [self.text(int(self.rng.integers(self.topics)), DOCUMENT_WORDS) for _ in range(DOCUMENTS)]
        if shuffled:
            words = np.concatenate(documents)
            self.rng.shuffle(words)
            documents = [list(part) for part in np.split(words, DOCUMENTS)]
        return [" ".join(document) for document in documents]

    def table(self, file: Path) -> Path:
        """Write labelled texts as a table with the columns text, label and split."""
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(["text", "label", "split"])
            for place in range(TRAIN + TEST):
                topic = int(self.rng.integers(self.topics))
                split = "train" if place < TRAIN else "test"
                writer.writerow([" ".join(self.text(topic, TEXT_WORDS)), CLASSES[topic % len(CLASSES)], split])
        return file


def one_draw(plant: str, draw: int, objective: str, folder: Path, settings: dict[str, Any]) -> Row:
    """Pretrain on the corpus of ``plant`` and return the verdict on its task."""
    began = time.perf_counter()
    language = Language(np.random.default_rng([draw, PLANTS.index(plant)]))
    corpus, table = folder / "corpus.txt", language.table(folder / "task.csv")
    corpus.write_text("\n".join(language.corpus(shuffled=plant == "shuffled")) + "\n", encoding="utf-8")
    pretrained = ghep.pretrain(corpus, objective=objective, seed=draw, out=folder / "pretrained", **settings)
    read = {"text_column": "text", "label_columns": ("label",), "cache_dir": folder / "cache"}
    found = ghep.pretraining_benefit(pretrained, table, out=folder / "benefit", **read, **COMPARE).evidence
    few = found.at[0]
    ends = found.primary.interval
    numbers = found.primary.difference, ends.low, ends.high, few.before_score, few.after_score
    return Row(plant, draw, found.kind, *numbers, time.perf_counter() - began)


def main() -> None:
    """Print each draw and the table; exit with 1 if a plant does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--objective", default="word2vec")
    parser.add_argument("--passes", type=float, default=8)
    parser.add_argument("--plants", default=",".join(PLANTS))
    parser.add_argument("--out", type=Path, default=Path("build/bench/pretraining_planted"))
    given = parser.parse_args()
    small = {} if given.objective in ("word2vec", "fasttext") else {"layers": 2, "width": 64, "length": 64}
    rows = []
    for draw, plant in product(range(given.draws), given.plants.split(",")):
        folder = Path(tempfile.mkdtemp(prefix="ghep-planted-"))
        rows.append(one_draw(plant, draw, given.objective, folder, {"passes": given.passes, **small}))
        shutil.rmtree(folder)
        values = asdict(rows[-1]).values()
        print(*(f"{value:.3f}" if isinstance(value, float) else value for value in values), flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "planted.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, asdict(rows[0]))
        writer.writeheader()
        writer.writerows(map(asdict, rows))
    print("\n| plant | draws | helped | no difference | hurt | cannot tell | points, mean | seconds, mean |")
    print("|---" * 8 + "|")
    holds = True
    for plant in given.plants.split(","):
        mine = [row for row in rows if row.plant == plant]
        counts = Counter(row.kind for row in mine)
        kinds = [str(counts[kind]) for kind in ("helped", "no-difference", "hurt", "cannot-tell")]
        points, seconds = (np.mean([getattr(row, name) for row in mine]) for name in ("difference", "seconds"))
        print(f"| {plant} | {len(mine)} | {' | '.join(kinds)} | {100 * points:+.1f} | {seconds:.0f} |")
        right = counts["helped"] if plant == "corpus" else len(mine) - counts["helped"]
        holds &= right >= 0.95 * len(mine)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
