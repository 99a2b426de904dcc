"""The feature pass and its parts: decoding alone, the frozen blocks alone, both; and memory as the data grow.

    scripts/bench feature_pass DATA --backbone B [--random-weights] [--engine auto] [--rounds 3]
    scripts/bench feature_pass DATA --backbone B --memory 1000,20000

``decode`` prepares and views every image of train and discards it, ``blocks`` runs the engine on one batch repeatedly,
``pass`` is a run's pass from files, ``from pixels`` its pass after the audit has decoded them. --memory repeats the
images, each copy under a new content hash, and prints the peak memory of a process for each number.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.dataset import Dataset
from ghep.data.image.pixels import PixelStore
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.batches import LabelledExamples, batches_in_order
from ghep.features.frozen import BATCH, Engines, FrozenPart
from ghep.features.store import ActivationStore


def main() -> None:
    arguments = _arguments()
    if arguments.memory:
        _compare_memory(arguments)
    elif arguments.copies:
        _one_pass(arguments)
    else:
        _compare_speed(arguments)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench feature_pass", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--random-weights", action="store_true", help="as fast as pretrained ones")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", default="", help="numbers of images, separated by commas")
    parser.add_argument("--copies", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare_speed(arguments: argparse.Namespace) -> None:
    import torch

    backbone = load_backbone(arguments.backbone, random_weights=arguments.random_weights)
    pixels = PixelStore(backbone.preprocess)
    dataset = prepare(arguments.data, keep=pixels)
    files = _examples(dataset, backbone.preprocess)
    kept = dataclasses.replace(files, prepared=pixels)
    part = FrozenPart(backbone, engines=Engines(arguments.engine))
    last = (len(backbone.blocks()),)
    choice = part.engine_for(files, last, exact=False, images=len(files) * 10)
    batch = next(iter(batches_in_order(files, batch_size=BATCH)))

    def decode() -> None:
        for _ in batches_in_order(files, batch_size=BATCH):
            pass

    def blocks() -> None:
        for _ in range(-(-len(files) // BATCH)):
            choice.engine(batch.inputs)

    def whole(data: LabelledExamples) -> Callable[[], None]:
        def run() -> None:
            fresh = part.in_memory()
            fresh._chosen = part._chosen
            fresh.activations(data, last)

        return run

    ways = {"decode": decode, "blocks": blocks, "pass": whole(files), "from pixels": whole(kept)}
    for run in ways.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.rounds):  # alternate, so that other processes disturb all equally
        for name, run in ways.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    print(f"{len(files)} images, {choice.engine.identity}, {os.cpu_count()} cores, {torch.get_num_threads()} threads")
    middle = {name: len(files) / statistics.median(found) for name, found in seconds.items()}
    for name, found in seconds.items():
        rates = sorted(len(files) / one for one in found)
        print(f"  {name:<12} {middle[name]:7.0f} images/s  ({rates[0]:.0f} to {rates[-1]:.0f}, {len(rates)} rounds)")
    floor = min(middle["decode"], middle["blocks"])
    both = 1 / (1 / middle["decode"] + 1 / middle["blocks"])
    print(f"  pass / min(decode, blocks) {middle['pass'] / floor:.2f}; from pixels {middle['from pixels'] / floor:.2f}")
    print(f"  pass / (both on the same cores, one after the other) {middle['pass'] / both:.2f}")


def _compare_memory(arguments: argparse.Namespace) -> None:
    for count in arguments.memory.split(","):
        command = [sys.executable, __file__, arguments.data, "--backbone", arguments.backbone]
        command += ["--engine", arguments.engine, "--copies", count]
        print(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip(), flush=True)


def _one_pass(arguments: argparse.Namespace) -> None:
    """One pass over so many images into a store: features and the activations three quarters up."""
    backbone = load_backbone(arguments.backbone, random_weights=arguments.random_weights)
    dataset = prepare(arguments.data)
    data = _examples(dataset, backbone.preprocess)
    examples = tuple(
        dataclasses.replace(data.examples[number % len(data)], id=f"{number}") for number in range(arguments.copies)
    )
    digests = {example.id: hashlib.sha256(example.id.encode()).hexdigest() for example in examples}
    many = dataclasses.replace(data, examples=examples, digests=digests, targets={})
    blocks = len(backbone.blocks())
    with tempfile.TemporaryDirectory() as folder:
        store = ActivationStore(Path(folder), limit_bytes=2**36)
        part = FrozenPart(backbone, store=store, engines=Engines(arguments.engine))
        part.activations(dataclasses.replace(many, examples=examples[:64]), [blocks])
        before, began = _peak(), time.perf_counter()
        part.activations(many, [blocks * 3 // 4, blocks])
        seconds, stored = time.perf_counter() - began, store.bytes_used()
    print(
        f"{arguments.copies} images: peak memory {_peak() / 2**20:.0f} MiB ({before / 2**20:.0f} before the pass), "
        f"{arguments.copies / seconds:.0f} images/s, {stored / 2**20:.0f} MiB stored"
    )


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _examples(dataset: Dataset, preprocess: ImagePreprocess) -> LabelledExamples:
    targets = {"label": np.zeros(len(dataset.train), np.int64)}
    return LabelledExamples(
        dataset.train, targets, lambda example: preprocess.decode(example.raw), preprocess, dataset.digests
    )


if __name__ == "__main__":
    main()
