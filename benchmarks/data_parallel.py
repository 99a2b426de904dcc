"""Training on several processes against one: losses of the first steps, final scores, seconds.

    scripts/bench data_parallel --images FOLDER --texts FOLDER [--processes 2] [--rows 240] [--seeds 3]

FOLDER of images has a folder per class in ``train`` and a held-out split; FOLDER of texts has ``train.csv`` and
``test.csv`` with the columns ``text``, ``label`` and, for two tasks, any further one. Each job is a run of ``ghep.fit``
by torchrun with N processes of one thread, and one of a process with N threads, from an empty store, on ``--rows``
training examples. ``steps`` is the largest difference of the losses of the first three optimiser steps, ``score`` the
primary score on test (of each task), for each seed. Exits with 1 if a difference exceeds 1e-5.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

STEPS = 3
LARGEST = 1e-5


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/bench data_parallel", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=Path)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", type=int, default=240)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--image-backbone", default="seedling")
    parser.add_argument("--jobs", nargs="+", help="names of rows of the table; default: all")
    parser.add_argument("--worker", type=json.loads, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker is not None:
        _work(arguments.worker)
        return
    print(f"torch {torch.__version__}, {platform.machine()}, {os.cpu_count()} cores, {arguments.rows} training rows")
    print(f"1 process of {arguments.processes} threads against {arguments.processes} processes of one thread")
    print(f"{'job':<28}{'steps':>9}  {'score, 1 process':<22}{'score, several':<22}{'time, several / 1':>18}")
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="ghep-parallel-") as folder:
        for name, job in _jobs(arguments, Path(folder)).items():
            if arguments.jobs is None or name in arguments.jobs:
                worst = max(worst, _compared(name, job, arguments, Path(folder)))
    raise SystemExit(0 if worst <= LARGEST else 1)


def _jobs(arguments: argparse.Namespace, folder: Path) -> dict[str, dict[str, Any]]:
    """Return the settings of ``ghep.fit`` of each row of the table."""
    jobs: dict[str, dict[str, Any]] = {}
    if arguments.images is not None:
        table = _table_of_images(arguments.images, folder / "images.csv", arguments.rows)
        given = {"data": table, "backbone": arguments.image_backbone, "path_column": "path"}
        for strategy in ("light", "full", "lora"):
            jobs[f"images {strategy}"] = {**given, "strategy": strategy, "label_columns": ["label"]}
        jobs["images full, BN fixed"] = {**jobs["images full"], "batch_norm": "keep"}
        jobs["images full, 2 tasks"] = {**given, "strategy": "full", "label_columns": ["label", "format"]}
    if arguments.texts is not None:
        table, labels = _table_of_texts(arguments.texts, folder / "texts.csv", arguments.rows)
        given = {"data": table, "backbone": "minilm", "text_column": "text"}
        for strategy in ("light", "full"):
            jobs[f"texts {strategy}"] = {**given, "strategy": strategy, "label_columns": labels[:1]}
        if len(labels) > 1:
            jobs["texts light, 2 tasks"] = {**given, "strategy": "light", "label_columns": labels[:2]}
    return jobs


def _compared(name: str, job: dict[str, Any], arguments: argparse.Namespace, folder: Path) -> float:
    """Print the row of ``job``; return the largest difference of a loss."""
    several, far, scores, ratios = arguments.processes, 0.0, ([], []), []
    for seed in range(arguments.seeds):
        one, other = (
            _run({**job, "seed": seed, "epochs": arguments.epochs}, processes, several, folder)
            for processes in (1, several)
        )
        far = max(far, *(abs(a - b) for a, b in zip(one["losses"], other["losses"], strict=True)))
        for into, found in zip(scores, (one, other), strict=True):
            into.append("/".join(f"{score:.3f}" for score in found["scores"]))
        ratios.append(other["seconds"] / one["seconds"])
    told = [" ".join(each) for each in scores]
    print(f"{name:<28}{far:>9.1e}  {told[0]:<22}{told[1]:<22}{np.median(ratios):>18.2f}", flush=True)
    return far


def _run(job: dict[str, Any], processes: int, threads: int, folder: Path) -> dict[str, Any]:
    """Return losses, scores and seconds of a run."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        job = {**job, "out": f"{place}/run", "cache_dir": f"{place}/cache", "answer": f"{place}/answer.json"}
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        call = [sys.executable, *(launcher if processes > 1 else []), __file__, "--worker", json.dumps(job)]
        each = {"OMP_NUM_THREADS": str(1 if processes > 1 else threads)}
        done = subprocess.run(call, env={**os.environ, **each}, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(Path(job["answer"]).read_text())
        return found


def _work(job: dict[str, Any]) -> None:
    """Fit, and write what the table needs; each process runs this."""
    import ghep
    import ghep.training.loop as loop

    losses, check = list[float](), loop.check_loss

    def noted(loss: torch.Tensor, *more: Any, **options: Any) -> float:
        losses.append(check(loss, *more, **options))
        return losses[-1]

    loop.check_loss = noted
    answer, data = Path(job.pop("answer")), job.pop("data")
    began = time.perf_counter()
    run = ghep.fit(data, engine="torch-float32", precision="float32", control=False, **job)
    seconds = time.perf_counter() - began
    if int(os.environ.get("RANK", "0")) == 0:
        scores = [one.primary.value for one in run.results if one.split == "test"]
        answer.write_text(json.dumps({"losses": losses[:STEPS], "scores": scores, "seconds": seconds}))


def _table_of_images(images: Path, table: Path, rows: int) -> str:
    """Write a table of images with their class and their format (wide or tall); return its path."""
    held_out = next(images / name for name in ("test", "val", "valid") if (images / name).is_dir())
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "format", "split"])
        for split, part in (("train", images / "train"), ("test", held_out)):
            files = [one for one in sorted(part.glob("*/*")) if one.is_file()]
            for one in np.random.default_rng(0).permutation(np.array(files, dtype=object))[:rows]:
                with Image.open(one) as opened:
                    shape = "wide" if opened.width > opened.height else "tall"
                writer.writerow([one.absolute(), one.parent.name, shape, split])
    return str(table)


def _table_of_texts(texts: Path, table: Path, rows: int) -> tuple[str, list[str]]:
    """Write a table of texts with their labels; return its path and the columns of labels."""
    written: list[dict[str, str]] = []
    for split in ("train", "test"):
        with (texts / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file))
        written += [
            {**found[place], "split": split} for place in np.random.default_rng(0).permutation(len(found))[:rows]
        ]
    labels = [name for name in written[0] if name not in ("text", "split")]
    for name in labels[1:]:  # rare classes would be refused
        counts = {
            row[name]: sum(one[name] == row[name] for one in written if one["split"] == "train") for row in written
        }
        for row in written:
            row[name] = row[name] if counts[row[name]] >= 5 else ""
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(written[0]))
        writer.writeheader()
        writer.writerows(written)
    return str(table), labels


if __name__ == "__main__":
    main()
