"""Few labels: accuracy on texts with 8, 16 and 64 labels a class, with and without pretraining.

    scripts/bench text_labels DATA [DATA ...] [--label COLUMN] [--shots 8,16,64] [--draws 5] [--vectors FILE]

DATA is a table of texts with a train and a test split; a valid split is ignored. A draw takes the same number of labels
of each class from train, the smaller draws inside the larger ones, and all methods get the same draws. The draw is all
the labels there are: every method gets the whole draw, like a user with 8 labels a class, and about a fifth of it
(ghep's own rule; the same examples for all) becomes the valid split for model selection. Scored on the whole test
split.

    minilm, linear probe | light | lp_ft   pretrained sentences, the rates and lengths that ghep derives
    minilm, scratch                        the same architecture from random weights: the value of pretraining
    word vectors, linear probe             mean of the words' vectors: the value of pretraining without context
    linear_ngrams                          TF-IDF of n-grams and a linear classifier, nothing pretrained
    majority                               the most frequent label of the test split, always

Unless --vectors names a file in a known format (GloVe, word2vec, fastText), the word vectors are minilm's input
embeddings: the whole words of its vocabulary, written as a file in GloVe's format. They were not trained as word
vectors, and GloVe's may do better or worse.

In the tables: mean over draws and its 95 % interval (Student's t over draws). The interval covers other draws from this
table, not another test split; draws of a class that is nearly used up resemble one another. The seed of split, order
and random weights is the number of the draw. A text's features are stored once, in --out, and serve every run. Prints
tables; text_labels.csv in --out has every run, with seconds (they depend on the content of the store).
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from scipy import stats

import ghep
from ghep.data.check import prepare
from ghep.data.dataset import Dataset, Source
from ghep.data.sources import read
from ghep.data.text.linear_ngrams import fit_linear_ngrams
from ghep.data.text.loader import load_text
from ghep.types import Example, Split

VECTORS = "vectors"
"""Placeholder for the file of word vectors among the backbones."""
TRAINED: Mapping[str, tuple[str, str]] = {
    "minilm, linear probe": ("minilm", "linear_probe"),
    "minilm, light": ("minilm", "light"),
    "minilm, lp_ft": ("minilm", "lp_ft"),
    "minilm, scratch": ("minilm", "scratch"),
    "word vectors, linear probe": (VECTORS, "linear_probe"),
}
"""Method -> backbone and strategy."""
CONTROL = "linear_ngrams"
MAJORITY = "majority"
METHODS = (*TRAINED, CONTROL, MAJORITY)


@dataclass(frozen=True)
class Row:
    """One run."""

    data: str
    shots: int
    draw: int
    method: str
    n_train: int
    n_valid: int
    n_test: int
    accuracy: float
    seconds: float


KINDS = get_type_hints(Row)


def main() -> None:
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    vectors = arguments.vectors or _embeddings_as_glove(arguments.out / "minilm_words.txt")
    file = arguments.out / "text_labels.csv"
    rows = _done(file) if arguments.resume and file.is_file() else []
    for data in arguments.data:
        for row in _runs(data, arguments, vectors, {(row.data, row.shots, row.draw, row.method) for row in rows}):
            rows.append(row)
            _write(rows, file)
            print(f"{row.data} {row.shots} {row.draw} {row.method}: {row.accuracy:.3f}", file=sys.stderr, flush=True)
    print(f"{os.cpu_count()} cores, {platform.machine()}; word vectors: {arguments.vectors or 'input embeddings'}")
    for name in dict.fromkeys(row.data for row in rows):
        print(_tables([row for row in rows if row.data == name]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench text_labels", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="+", help="table, or folder of tables, with train and test")
    parser.add_argument("--label", help="column with labels, where ghep does not find it")
    parser.add_argument("--shots", type=_numbers, default=(8, 16, 64), help="labels a class, valid among them")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--methods", default=";".join(METHODS), help='of those above, parted by ";"')
    parser.add_argument("--vectors", type=Path, help="file of word vectors")
    parser.add_argument("--scratch-epochs", type=int, help="of scratch; else derived: 10 to 20")
    parser.add_argument("--resume", action="store_true", help="keep the runs in --out: same settings, cut off")
    parser.add_argument("--out", type=Path, default=Path("build") / "bench" / "text_labels")
    arguments = parser.parse_args()
    arguments.methods = [method.strip() for method in arguments.methods.split(";")]
    if unknown := set(arguments.methods) - set(METHODS):
        parser.error(f"no such methods: {', '.join(sorted(unknown))}; there are {'; '.join(METHODS)}")
    if arguments.vectors and not arguments.vectors.is_file():
        parser.error(f"--vectors: there is no file {arguments.vectors}")
    return arguments


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _embeddings_as_glove(file: Path) -> Path:
    """Write a line "word number number ..." for each whole word in minilm's vocabulary; return the file."""
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    from ghep.backbone.packages import MINILM

    disable_progress_bar()
    folder = MINILM.file().parent
    table = AutoModel.from_pretrained(folder, local_files_only=True).get_input_embeddings().weight.detach().numpy()
    pieces = AutoTokenizer.from_pretrained(folder, local_files_only=True).get_vocab()
    whole = {piece: place for piece, place in pieces.items() if not piece.startswith(("##", "["))} | {"[": pieces["["]}
    with file.open("w", encoding="utf-8") as lines:
        for word, place in sorted(
            whole.items(), key=lambda item: item[1]
        ):  # in the order of the vocabulary: frequent words first
            lines.write(f"{word} {' '.join(f'{value:.5f}' for value in table[place])}\n")
    return file


def _done(file: Path) -> list[Row]:
    """Read the runs of an interrupted benchmark."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [Row(**{name: kind(row[name]) for name, kind in KINDS.items()}) for row in csv.DictReader(lines)]


def _write(rows: Sequence[Row], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, list(KINDS))
        table.writeheader()
        table.writerows(asdict(row) for row in rows)


def _runs(
    data: str, arguments: argparse.Namespace, vectors: Path, done: Collection[tuple[str, int, int, str]]
) -> Iterator[Row]:
    source = read(data, **({"label_columns": [arguments.label]} if arguments.label else {}))
    task, pool, test = _pool_and_test(source)
    fewest = min(map(len, pool.values()))
    if max(arguments.shots) > fewest:
        sys.exit(f"{source.name}: a class has {fewest} training examples, --shots asks for {max(arguments.shots)}")
    for shots in sorted(arguments.shots):
        for draw in range(arguments.draws):
            drawn = _drawn(source, pool, test, shots, draw)
            for method in arguments.methods:
                if (Path(data).name, shots, draw, method) in done:
                    continue
                began = time.perf_counter()
                counts, accuracy = _measured(method, drawn, task, draw, arguments, vectors)
                seconds = round(time.perf_counter() - began, 1)
                yield Row(Path(data).name, shots, draw, method, *counts, accuracy, seconds)


def _pool_and_test(source: Source) -> tuple[str, dict[str, list[Example]], list[Example]]:
    """Return the task, its training examples by label, and its test examples."""
    if len(source.tasks) != 1:
        sys.exit(f"{source.name} has several columns of labels ({', '.join(source.tasks)}): name one with --label")
    task = source.tasks[0]
    pool: dict[str, list[Example]] = defaultdict(list)
    for example in source.examples:
        if source.splits.get(example.id) == "train" and task in example.labels:
            pool[example.labels[task]].append(example)
    test = [example for example in source.examples if source.splits.get(example.id) == "test"]
    if not pool or not test or source.modality != "text":
        sys.exit(f"{source.name}: expected texts with a train and a test split")
    return task, dict(sorted(pool.items())), test


def _drawn(
    source: Source, pool: Mapping[str, Sequence[Example]], test: Sequence[Example], shots: int, draw: int
) -> Source:
    """Return ``shots`` examples of each class, and test. A draw's order does not depend on ``shots``: they nest."""
    rng = np.random.default_rng(draw)
    orders = {label: rng.permutation(len(examples)) for label, examples in pool.items()}
    train = [pool[label][place] for label, order in orders.items() for place in order[:shots].tolist()]
    splits: dict[str, Split] = {example.id: "train" for example in train} | {example.id: "test" for example in test}
    return replace(source, examples=(*train, *test), splits=splits, findings=())


def _measured(
    method: str, drawn: Source, task: str, draw: int, arguments: argparse.Namespace, vectors: Path
) -> tuple[tuple[int, int, int], float]:
    """Return the numbers of train, valid and test examples, and the accuracy on test."""
    dataset = prepare(drawn, seed=draw)
    counts = (len(dataset.train), len(dataset.valid), len(dataset.test))
    if method == MAJORITY:
        return counts, Counter(example.labels[task] for example in dataset.test).most_common(1)[0][1] / counts[2]
    if method == CONTROL:
        return counts, _linear_ngrams(dataset, task)
    backbone, strategy = TRAINED[method]
    settings: dict[str, Any] = {"epochs": arguments.scratch_epochs} if strategy == "scratch" else {}
    run = ghep.fit(
        drawn,
        backbone=str(vectors) if backbone == VECTORS else backbone,
        strategy=strategy,
        seed=draw,
        out=arguments.out / "run",
        overwrite=True,
        cache_dir=arguments.out / "store",
        engine="torch-float32",  # one engine, one key: all runs share the stored rows
        checkpoint_seconds=3600,  # no run is long enough to need one
        **settings,
    )
    return counts, run.result("test").score("accuracy").value


def _linear_ngrams(dataset: Dataset, task: str) -> float:
    classes = {label: place for place, label in enumerate(dataset.classes[task])}
    (train, targets), valid, (test, truth) = (
        (
            [load_text(example.raw) for example in examples],
            np.array([classes.get(example.labels[task], -1) for example in examples]),
        )
        for examples in (dataset.train, dataset.valid, dataset.test)
    )
    model = fit_linear_ngrams(train, targets, len(classes), valid=valid)
    return float((model.probabilities(test).argmax(axis=1) == truth).mean())


def _tables(rows: Sequence[Row]) -> str:
    """Means over draws, and differences from the control on the same draws."""
    found: dict[tuple[str, int], dict[int, float]] = defaultdict(dict)
    for row in rows:
        found[row.method, row.shots][row.draw] = row.accuracy
    shots, methods = sorted({row.shots for row in rows}), list(dict.fromkeys(row.method for row in rows))
    header = "".join(f" {count} |" for count in shots) + "\n" + "|---" * (1 + len(shots)) + "|"
    lines = [f"\n{rows[0].data}: accuracy on {rows[0].n_test} test examples, by labels a class", ""]
    lines += [f"| method |{header}"]
    for method in methods:
        cells = (_mean(list(found[method, count].values()), "{:.3f}") for count in shots)
        lines.append(f"| {method} | {' | '.join(cells)} |")
    if CONTROL in methods:
        lines += ["", f"Less that of the {CONTROL}, on the same draws:", "", f"| method |{header}"]
    for method in methods if CONTROL in methods else ():
        if method != CONTROL:
            less = (
                [value - found[CONTROL, count][draw] for draw, value in found[method, count].items()] for count in shots
            )
            lines.append(f"| {method} | {' | '.join(_mean(values, '{:+.3f}') for values in less)} |")
    return "\n".join(lines)


def _mean(values: Sequence[float], form: str) -> str:
    """Format the mean, with its interval if there are two or more different values."""
    if not values:
        return ""
    mean = form.format(np.mean(values))
    if len(values) < 2 or np.ptp(values) == 0:
        return mean
    half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{mean} [{form.format(np.mean(values) - half)}, {form.format(np.mean(values) + half)}]"


if __name__ == "__main__":
    main()
