"""Vocabularies of a corpus by kind: tokens for a word of held-out text, unknown tokens, seconds, and reproducibility.

    scripts/bench vocabularies [--shared ../shared] [--size 8192] [--corpora movie_reviews.txt viwiki_sample.txt]

Each vocabulary is trained twice, in two processes with different hash seeds; "equal" says whether the two files are.
The trainers of ``tokenizers`` are run on the same texts, with the same normaliser, for comparison. Seconds are
processor seconds of training.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from ghep.data.corpus import Corpus, read_corpus
from ghep.data.text.ngrams import count_words
from ghep.pretrain.vocabulary import BERT, SENTINELS, T5, train_vocabulary

SHARED = Path(__file__).parents[2] / "shared"
KINDS = ("wordpiece", "library's wordpiece", "bytes", "unigram", "library's unigram", "characters")


def trained(corpus: Corpus, kind: str, size: int) -> str:
    """Return a ``tokenizer.json``."""
    own = kind.removeprefix("library's ")
    made = train_vocabulary(corpus.train, kind=own, size=size) if own == kind else ""  # type: ignore[arg-type]
    if made:
        return made
    tokenizer = Tokenizer.from_str(train_vocabulary(corpus.train[:1], kind=own, size=size))  # type: ignore[arg-type]
    if own == "wordpiece":
        trainer = trainers.WordPieceTrainer(
            vocab_size=size, min_frequency=2, special_tokens=list(BERT), show_progress=False
        )
        tokenizer.model = models.WordPiece(unk_token="[UNK]")
    else:
        special = [*T5, *SENTINELS]
        trainer = trainers.UnigramTrainer(
            vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False
        )
        tokenizer.model = models.Unigram()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.train_from_iterator((one.text for one in corpus.train), trainer)
    return str(tokenizer.to_str())


def line(corpus: Corpus, kind: str, size: int) -> str:
    """Return a row of the table, and the digest of the vocabulary."""
    start = time.process_time()
    content = trained(corpus, kind, size)
    seconds = time.process_time() - start
    tokenizer = Tokenizer.from_str(content)
    unknown_id = next((one for name in ("[UNK]", "<unk>") if (one := tokenizer.token_to_id(name)) is not None), -1)
    texts = [one.text for one in corpus.held_out]
    made = [one.ids for one in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    tokens, unknown = sum(map(len, made)), sum(ids.count(unknown_id) for ids in made)
    words, size_in_bytes = sum(map(count_words, texts)), sum(len(text.encode()) for text in texts)
    rates = f"{tokens / words:>12.2f}{size_in_bytes / tokens:>12.2f}{unknown / tokens:>10.2%}"
    return f"{tokenizer.get_vocab_size():>7,}{rates}{seconds:>10.1f}\t{hashlib.sha256(content.encode()).hexdigest()}"


def in_process(arguments: Sequence[str], seed: int) -> str:
    """Return the output of this file in a process with another hash seed."""
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.rstrip("\n")


def main() -> None:
    """Print a table for each corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--size", type=int, default=8192)
    parser.add_argument("--corpora", nargs="+", default=["movie_reviews.txt", "viwiki_sample.txt"])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--kind", help="print one row, as the processes that this benchmark starts do")
    given = parser.parse_args()
    for name in given.corpora:
        place = given.shared / "data" / "corpus" / name
        if given.kind:
            print(line(read_corpus(place), given.kind, given.size))
            continue
        print(f"\n{name:24}{'tokens':>7}{'per word':>12}{'bytes/token':>12}{'unknown':>10}{'seconds':>10}  equal")
        for kind in given.kinds:
            arguments = ["--shared", str(given.shared), "--size", str(given.size), "--corpora", name, "--kind", kind]
            (row, first), (_, second) = (in_process(arguments, seed).split("\t") for seed in (1, 2))
            print(f"{kind:24}{row}  {'yes' if first == second else 'no'}", flush=True)


if __name__ == "__main__":
    main()
