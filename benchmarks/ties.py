"""Is the cheapest of equally good contenders recommended, however busy the machine is?

    scripts/bench ties [--repetitions 20] [--load 2] [--seeds 3]

One comparison of a task so easy that a probe and two fine-tuning strategies all solve it, repeated while other
processes alternate between computing and resting for some seconds. Every repetition has its own store and folder. The
cheapest is the probe: it trains a part of what the others train. Prints the verdicts, the recommended contender, and
for each contender the price and the wall-clock seconds of a run, lowest to highest over repetitions. Exits with 1
unless the probe is recommended each time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from planted import RUN, Images, images, pretrained

import ghep

EASY = Images("shape", 128, 64, 1500, height=255.0)
STRATEGIES = ("linear_probe", "lp_ft", "full")
CHEAPEST = "linear_probe"
LONGEST = 3.0
"""Longest work and rest, in seconds."""


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Run so many intermittently busy processes while the block runs."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=compute_now_and_then, args=(number,), daemon=True) for number in range(processes)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def compute_now_and_then(seed: int) -> None:
    """Alternate between computing and resting until the process that started this one has ended."""
    rng, parent = random.Random(seed), os.getppid()
    while os.getppid() == parent:
        until = time.monotonic() + rng.uniform(0, LONGEST)
        while time.monotonic() < until:
            np.linalg.svd(np.ones((100, 100)))
        time.sleep(rng.uniform(0, LONGEST))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--load", type=int, default=2, help="processes that compute now and then")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    kinds, recommended = Counter[str](), Counter[str]()
    prices, walls = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    with tempfile.TemporaryDirectory(prefix="ghep-ties-") as folder:
        backbones = pretrained(Path(folder) / "pretrained", 0)
        data = images("easy", EASY, np.random.default_rng(0))
        with busy(arguments.load):
            for number in range(arguments.repetitions):
                found = ghep.compare(
                    data,
                    backbones=str(backbones / "shapes"),
                    strategies=STRATEGIES,
                    seeds=arguments.seeds,
                    search=False,
                    out=Path(folder) / str(number),
                    cache_dir=Path(folder) / f"{number}-store",
                    **RUN,
                )
                verdict = found.evidence.verdict
                kinds[verdict.kind] += 1
                recommended[verdict.recommended.strategy] += 1
                for place in found.evidence.leaderboard:
                    prices[place.contender.strategy].append(place.seconds)
                for run in found.comparison.runs:
                    walls[run.contender.strategy].append(run.seconds)
                print(f"{number}: {verdict.kind}, take {verdict.recommended}", file=sys.stderr, flush=True)
    print(f"verdicts: {dict(kinds)}\nrecommended: {dict(recommended)}\n")
    print("| contender | price of a run, s | wall-clock seconds of a run |\n|---|---|---|")
    for name in STRATEGIES:
        price, wall = (f"{min(one):.2f} to {max(one):.2f}" for one in (prices[name], walls[name]))
        print(f"| {name} | {price} | {wall} |")
    raise SystemExit(0 if recommended == {CHEAPEST: arguments.repetitions} else 1)


if __name__ == "__main__":
    main()
