"""What each objective of pretraining learns from a corpus in a bounded time, next to counts and to knowing nothing.

    scripts/bench language_models [--shared ../shared] [--seconds 180] [--only span bilm] [--small] [--out FOLDER]

One row per objective, trained from scratch in this process. Losses are of held-out documents, in nats per predicted
token and, where predictions stand for text, in bits per byte: of counts of tokens (unigram) and of pairs (bigram), of
the untrained network, and after training. ln V is the loss of knowing nothing. For ELECTRA the losses are the
generator's; AUC is that of the discriminator, for tokens that the generator drew and for random ones, 0.5 is guessing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

import ghep

SHARED = Path(__file__).parents[2] / "shared"
RUNS: dict[str, tuple[str, dict[str, Any]]] = {  # name -> corpus, settings
    "clm": ("tinyshakespeare.txt", {"objective": "clm", "vocabulary_kind": "characters", "length": 64, "width": 128}),
    "mlm": ("movie_reviews.txt", {"objective": "mlm"}),
    "span": ("movie_reviews.txt", {"objective": "span"}),
    "tsdae": ("movie_reviews.txt", {"objective": "tsdae", "length": 64}),
    "electra": ("movie_reviews.txt", {"objective": "electra"}),
    "bilm": ("movie_reviews.txt", {"objective": "bilm"}),
    "bilm, spelling": ("movie_reviews.txt", {"objective": "bilm", "vocabulary_kind": "characters"}),
}
SMALL: dict[str, Any] = {"layers": 2, "width": 128, "length": 64, "batch_size": 32}
HEADER = "| objective | corpus | steps | passes | ln V | untrained | unigram | bigram | trained | bits per byte | AUC |"


def three(value: float | None) -> str:
    """Return a number with three decimals."""
    return "" if value is None else f"{value:.3f}"


def row(name: str, corpus: str, record: Mapping[str, Any]) -> str:
    """Return a line of the table."""
    held = record["held_out"]
    nats = [held["before"], held["unigram"], held["bigram"], {"nats_per_token": held["nats_per_counted_token"]}]
    bits = [held[key]["bits_per_byte"] for key in ("unigram", "bigram", "after")]
    aucs = [held[key] for key in ("replaced_auc", "random_auc", "context_auc") if key in held]
    cells = [
        *(name, corpus, f"{record['steps']:,}", f"{record['passes']:.1f}", three(log(record["vocabulary"]))),
        *(three(one["nats_per_token"]) for one in nats),
        " / ".join(map(three, bits)),
        " / ".join(map(three, aucs)),
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with data/corpus")
    parser.add_argument("--seconds", type=float, default=180.0, help="of training, for each objective")
    parser.add_argument("--only", nargs="*", default=list(RUNS), choices=list(RUNS))
    parser.add_argument("--small", action="store_true", help="2 layers x 128, 32 blocks of 64 tokens")
    parser.add_argument("--out", type=Path, help="keep the folders here")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    print(f"{HEADER}\n|{'---|' * (HEADER.count('|') - 1)}")
    with tempfile.TemporaryDirectory() as temporary:
        root = given.out or Path(temporary)
        for name in given.only:
            file, settings = RUNS[name]
            done = ghep.pretrain(
                given.shared / "data" / "corpus" / file,
                out=root / name.replace(", ", "-"),
                seed=given.seed,
                time_limit=given.seconds,
                overwrite=True,
                **{**settings, **(SMALL if given.small else {})},
            )
            print(row(name, file, done.record), flush=True)
            for sample in done.record["samples"][:2]:
                print(f"    {sample}")
            for finding in done.findings:
                if finding.severity != "info":
                    print(f"    {finding.code}: {finding.message}", flush=True)


if __name__ == "__main__":
    main()
