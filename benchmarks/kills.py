"""SIGKILL at random moments of a run until it is done: does it always resume to the same weights?

    scripts/bench kills [--kills 200] [--seed 0] [--strategy progressive] [--cache]

One process imports torch once and forks a child for each attempt; the child fits a network of 5,000 weights to 48
striped images, from the folder to the bundle, with a checkpoint every --interval seconds, and resumes from the state of
the previous attempt. It is killed after a random time. When it finishes, its weights must be bit-identical to those of
the run that was never stopped, and a new run begins in a new folder. Exits with 1 if any differs.

With --cache stages with frozen blocks train on stored activations, of torch in float32, from a store of the run's own
that is empty when it begins. (Otherwise measurements decide what is stored, which may differ between runs.)
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

import ghep.strategy.supply as supply
from ghep.experiment.fit import fit
from ghep.strategy.caching import Caching, may_store
from ghep.training.stage import Stage

ARCHITECTURE = {
    "builder": "small-resnet",
    "name": "small",
    "arguments": {"widths": [8, 16], "depths": [1, 1], "stem_stride": 2, "shortcut": "project"},
    **{"input_size": [3, 32, 32], "crop_pct": 1.0, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench kills", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--strategy", default="progressive")
    parser.add_argument("--cache", action="store_true", help="train frozen stages on stored activations")
    parser.add_argument("--interval", type=float, default=0.02)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # a pool of threads does not survive a fork
    supply.decide = _all_that_may
    with tempfile.TemporaryDirectory(prefix="ghep-kills-") as folder:
        told = _killed(Path(folder), arguments)
    print("\n".join(told["lines"]))
    raise SystemExit(0 if told["equal"] else 1)


def _killed(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    settings = _prepared(folder, arguments)
    _finished(_attempt({**settings, "out": folder / "warm"}))  # builds what is built once per process
    began = time.perf_counter()
    _finished(_attempt({**settings, "out": folder / "whole"}))
    whole = time.perf_counter() - began
    expected = _outcome(folder / "whole")
    rng, kills, runs, equal = np.random.default_rng(arguments.seed), 0, 0, True
    where: Counter[str] = Counter()
    attempts: list[int] = []
    while kills < arguments.kills:
        runs += 1
        out = folder / f"run-{runs}"
        mine = 0
        while not _ends({**settings, "out": out, "resume": True}, after=rng.uniform(0, 1.1 * whole)):
            mine += 1
            where[_place(out)] += 1
        kills += mine
        attempts.append(mine)
        equal = equal and _outcome(out) == expected
    told = f"{kills} kills at random moments of {runs} runs of {arguments.strategy} ({whole:.2f} s never stopped)"
    return {
        "equal": equal,
        "lines": [
            f"torch {torch.__version__}, 1 thread, seed {arguments.seed}, a checkpoint every {arguments.interval:g} s",
            f"{told}: all resumed; {'weights and history equal' if equal else 'NOT EQUAL'}",
            f"kills before a run ended: {min(attempts)} to {max(attempts)}; found after them: "
            + ", ".join(f"{count} x {place}" for place, count in where.most_common()),
        ],
    }


def _all_that_may(stages: Sequence[Stage], *_: Any, **__: Any) -> Caching:
    return Caching(tuple(index for index, stage in enumerate(stages) if may_store(stage)))


def _prepared(folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Write data and backbone; return the arguments of ``fit``."""
    rng = np.random.default_rng(0)
    for split, count in {"train": 16, "valid": 8, "test": 4}.items():
        for kind in ("lying", "standing"):
            (folder / "photos" / split / kind).mkdir(parents=True)
            for number in range(count):
                wave = np.sin(np.arange(40) / rng.uniform(0.8, 1.4) + rng.uniform(0, 6))
                field = np.repeat(wave[:, None], 40, axis=1)
                pixels = 128 + 80 * (field if kind == "lying" else field.T)[..., None] + rng.normal(0, 12, (40, 40, 3))
                image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
                image.save(folder / "photos" / split / kind / f"{number}.png")
    (folder / "small.json").write_text(json.dumps(ARCHITECTURE), encoding="utf-8")
    learning = {"epochs": 12, "batch_size": 4, "lr": 3e-3, "ema_decay": 0.9, "mixup": 0.0 if arguments.cache else 0.2}
    learning |= {"frozen_blocks": 0} if arguments.strategy in ("progressive", "lp_ft") else {}
    return {
        **{"data": folder / "photos", "backbone": str(folder / "small.json"), "strategy": arguments.strategy},
        **{"precision": "float32", "workers": 2, "checkpoint_seconds": arguments.interval},
        **{"cache": arguments.cache, "engine": "torch-float32"},
        **({} if arguments.strategy == "linear_probe" else learning),
    }


def _attempt(settings: dict[str, Any]) -> int:
    """Fork a child that fits, with a store next to its run; return its process id."""
    settings["cache_dir"] = f"{settings['out']}-store"
    child = os.fork()
    if child == 0:
        try:
            fit(settings.pop("data"), **settings)
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    return child


def _finished(child: int) -> None:
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise SystemExit("a run that nobody killed failed")


def _ends(settings: dict[str, Any], *, after: float) -> bool:
    """Attempt a run and kill it after ``after`` seconds; return whether it finished before."""
    child = _attempt(settings)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)  # a finished child is a zombie until waited for
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise SystemExit(f"an attempt ended with {code}")
    return code == 0


def _outcome(out: Path) -> tuple[bytes, list[dict[str, str]]]:
    """The weights, and the history without the seconds."""
    with (out / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]
    return (out / "bundle" / "model.safetensors").read_bytes(), rows


def _place(out: Path) -> str:
    """Describe the progress of a killed run."""
    if (out / "bundle").exists():
        return "bundle"
    steps = sorted(path.name for path in (out / "checkpoints").glob("*step-*")) if out.exists() else []
    if any(name.startswith(".") for name in steps):
        return "half a checkpoint"
    return "checkpoints" if steps else "nothing yet"


if __name__ == "__main__":
    main()
