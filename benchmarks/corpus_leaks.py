"""Which test texts of a task are found in a corpus, which edits hide a copy, and how many false alarms there are.

    scripts/bench corpus_leaks [--shared ../shared] [--texts 300] [--seed 0]

Found: random test texts are put into a corpus of other texts, one into each of as many documents, in different ways: as
they are, within another document, with other spaces and punctuation, with small edits, cut. The table has the share of
the texts that are named, of all and of those that are long enough to be searched for within documents.

False alarms: corpora in which no test text is known to be. Every alarm is printed, to be judged.

Seconds are processor seconds of reading a corpus with the test texts, minus those without.
"""

from __future__ import annotations

import argparse
import csv
import html
import random
import re
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from ghep.data.corpus import Document, read_corpus
from ghep.data.corpus.documents import documents_in
from ghep.data.corpus.leaks import MIN_LETTERS, Leak, without_leaks
from ghep.data.corpus.letters import letters_of, worth
from ghep.metrics.intervals import wilson

SHARED = Path(__file__).parents[2] / "shared"
TASKS = {  # task -> the corpus into which its test texts are put
    "movie-polarity": "corpus/movie_reviews.txt",
    "zh-sentiment": "zh-sentiment/train.csv",
    "vi-sentiment": "corpus/viwiki_sample.txt",
}
CLEAN = [  # task, corpus
    ("movie-polarity", "corpus/imdb_unlabelled.txt"),
    ("movie-polarity", "corpus/movie_reviews.txt"),
    ("movie-polarity", "corpus/tinyshakespeare.txt"),
    ("movie-polarity", "corpus/wikitext2_valid.txt"),
    ("vi-sentiment", "corpus/viwiki_sample.txt"),
    ("zh-sentiment", "zh-sentiment/train.csv"),
    ("movie-polarity", "movie-polarity/train.csv"),
    ("vi-sentiment", "vi-sentiment/train.csv"),
]
Change = Callable[[str, random.Random], str]


def column(path: Path) -> list[str]:
    """Return the texts of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]


def documents_of(path: Path) -> list[Document]:
    """Return the documents of a corpus, copies included."""
    if path.suffix == ".csv":
        return [Document(f"{path.name}#{number}", text) for number, text in enumerate(column(path))]
    text = path.read_text(encoding="utf-8")
    return [Document(f"{path.name}:{line}", piece) for line, piece in documents_in(text)[1]]


def _one_letter(text: str, rng: random.Random) -> str:
    places = [at for at, letter in enumerate(text) if letter.isalpha()]
    at = rng.choice(places) if places else 0
    return text[:at] + ("x" if text[at].isascii() else "的") + text[at + 1 :]


def _letters(count: int) -> Change:
    def change(text: str, rng: random.Random) -> str:
        for _ in range(count):
            text = _one_letter(text, rng)
        return text

    return change


def _without_a_word(text: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) < 3:  # Chinese: two characters
        at = rng.randrange(max(1, len(text) - 2))
        return text[:at] + text[at + 2 :]
    del words[rng.randrange(len(words))]
    return " ".join(words)


def _shuffled(text: str, rng: random.Random) -> str:
    """Return the text with its halves exchanged: other words before and after, all phrases kept."""
    del rng
    half = len(text) // 2
    return f"{text[half:]} {text[:half]}"


def _without_accents(text: str, rng: random.Random) -> str:
    del rng
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


CHANGES: dict[str, Change] = {
    "as it is": lambda text, _: text,
    "capitals, no punctuation": lambda text, _: re.sub(r"[^\w\s]", "", text).upper(),
    "no spaces": lambda text, _: "".join(text.split()),
    "decomposed accents, full-width signs": lambda text, _: unicodedata.normalize("NFD", text).replace(",", "，"),
    "on two lines": lambda text, _: f"{text[: len(text) // 2]}\n{text[len(text) // 2 :]}",
    "HTML entities and <br />": lambda text, _: html.escape(text).replace(" . ", " .<br /><br />"),
    "one letter changed": _letters(1),
    "three letters changed": _letters(3),
    "a word dropped": _without_a_word,
    "last tenth cut off": lambda text, _: text[: round(0.9 * len(text))],
    "second half only": lambda text, _: text[len(text) // 2 :],
    "halves exchanged": _shuffled,
    "accents lost": _without_accents,
}


def found_texts(documents: Sequence[Document], texts: Sequence[str]) -> set[int]:
    """Return the indices of the texts that are found."""
    return {leak.text for leak in without_leaks(documents, texts)[1]}


def measure_found(data: Path, count: int, seed: int) -> None:
    """Print the share of planted test texts that are found, by task and edit."""
    rows: dict[str, list[str]] = {name: [] for name in CHANGES}
    for task, corpus in TASKS.items():
        rng = random.Random(seed)
        tests = rng.sample(column(data / task / "test.csv"), count)
        long = {at for at, text in enumerate(tests) if worth(letters_of(text)) >= MIN_LETTERS}
        others = documents_of(data / corpus)
        hosts = rng.sample(others, count)
        before = found_texts(others, tests)
        print(f"{task}: {count} test texts, {len(long)} of them with {MIN_LETTERS} letters or more; {len(others):,}")
        print(f"    documents of {corpus}, in which {len(before)} of the texts are found before any is put there")
        for name, change in CHANGES.items():
            changed = [change(text, rng) for text in tests]
            alone = [Document(str(at), text) for at, text in enumerate(changed)]
            within = []
            for at, (host, text) in enumerate(zip(hosts, changed, strict=True)):
                middle = host.text.find(" ", len(host.text) // 2)
                middle = middle if middle >= 0 else len(host.text) // 2
                within.append(Document(str(at), f"{host.text[:middle]} {text} {host.text[middle:]}"))
            whole, part = (found_texts(one, tests) - before for one in (alone, within))
            rows[name] += [_share(len(whole), count), _share(len(part & long), len(long))]
    print(f"\n{'':38}" + "".join(f"{task:>36}" for task in TASKS))
    print(f"{'':38}" + f"{'a document':>18}{'within one':>18}" * len(TASKS))
    for name, cells in rows.items():
        print(f"{name:38}" + "".join(f"{cell:>18}" for cell in cells))


def _share(found: int, n: int) -> str:
    interval = wilson(found, n)
    return f"{found / n:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def measure_false_alarms(data: Path) -> None:
    """Print every alarm in corpora without known copies, and seconds."""
    for task, corpus in CLEAN:
        tests = column(data / task / "test.csv")
        documents = documents_of(data / corpus)
        start = time.process_time()
        leaks = without_leaks(documents, tests)[1]
        seconds = time.process_time() - start
        size = sum(len(one.text.encode()) for one in documents) / 1e6
        kinds = {how: sum(leak.how == how for leak in leaks) for how in ("whole", "part", "edited")}
        texts = len({leak.text for leak in leaks})
        print(
            f"\n{corpus} ({len(documents):,} documents, {size:.1f} MB) against {len(tests):,} test texts of {task}: "
            f"{texts} texts in {len({leak.document for leak in leaks})} documents; {kinds}; {seconds:.1f} s"
        )
        for leak in leaks[:12]:
            print(f"    {_line(leak)}")
        if len(leaks) > 12:
            print(f"    and {len(leaks) - 12} more")


def _line(leak: Leak) -> str:
    return f"{leak.document:32} {leak.how:6} {leak.beginning}"


def measure_reading(data: Path) -> None:
    """Print processor seconds of reading a corpus without and with test texts."""
    for task, corpus in CLEAN[:2]:
        tests = column(data / task / "test.csv")
        seconds = []
        for exclude in ([], tests):
            start = time.process_time()
            read_corpus(data / corpus, exclude=exclude)
            seconds.append(time.process_time() - start)
        print(f"{corpus}: {seconds[0]:.1f} s without, {seconds[1]:.1f} s with {len(tests):,} test texts")


def main() -> None:
    """Print the three measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    data = given.shared / "data"
    measure_found(data, given.texts, given.seed)
    measure_false_alarms(data)
    print()
    measure_reading(data)


if __name__ == "__main__":
    main()
