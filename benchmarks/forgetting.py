"""What fine-tuning forgets and what the remedies keep: target accuracy, source accuracy, accuracy on corrupted images.

    scripts/bench forgetting DATA --source IMAGENET --backbone B [--arms full,full+wise,...] [--seeds 1] [--epochs N]

DATA is a folder of target images with a test split. IMAGENET is a folder of images whose names begin with the WordNet
id of their class (n01440764_tench.JPEG), or a table that ``ghep fit --source-data`` reads. An arm is a strategy, or a
strategy with a remedy: full+wise, full+l2sp, full+lwf. Each run is ``ghep.fit``; source accuracy before and after is
the one in its metrics.json. The test images are also predicted with noise, with blur and with less contrast
(``CORRUPTIONS``), drawn from the index of the image, so every arm sees the same pixels.

With --statistics, BatchNorm statistics halfway are compared, on seed 0 of the arms linear_probe and full: interpolated
like the weights, or measured anew on the training images.

Writes forgetting.md, forgetting.csv and alphas.csv into --out after each run and prints the table. Intervals are 95 %:
Wilson's for a share, Tango's for a difference on the same images, Student's for the mean of an image's corruptions.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import sys
import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

import ghep
from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import reestimate
from ghep.backbone.catalog import load_backbone
from ghep.backbone.source_head import SourceHead, source_head
from ghep.data.loading.batches import LabelledExamples, batches_in_order
from ghep.data.loading.views import PLAIN, Views
from ghep.experiment.prepared import prepared_for, source_of, tasks_of
from ghep.experiment.source_data import read_source_data
from ghep.guards.forgetting import source_scores
from ghep.messages import Message
from ghep.metrics.intervals import wilson
from ghep.metrics.paired import Paired, mcnemar, t_test
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.strategy.wise import between

sys.path.insert(0, str(Path(__file__).parent / "claims"))

from corruptions import CORRUPTIONS

ARMS = "linear_probe,light,lora,full,full+wise,full+l2sp,full+lwf"
SIDE = 224
"""Corruptions have the same strength for images of every size: they are applied at this short side, in pixels."""


@dataclass
class Measured:
    """One run: whether each test image was right, by corruption ("clean": none), and what its source head knows."""

    arm: str
    seed: int
    right: dict[str, np.ndarray]
    source: Mapping[str, Any] | None
    """``forgetting.source`` of metrics.json: before, after, lost, low, high, n; None if nothing moved."""
    kept: float
    """What is left of the source knowledge, as ``ghep fit`` reports it."""
    seconds: float
    alpha: float | None = None
    alphas: list[dict[str, float]] = field(default_factory=list)


def main() -> None:
    arguments = _arguments()
    warnings.filterwarnings("ignore", message=r".*inputs-drifted")  # that is what the corruptions are for
    arguments.out.mkdir(parents=True, exist_ok=True)
    source = _source_table(arguments.source, arguments.out)
    test = _test_images(arguments.data)
    done: list[Measured] = []
    for seed in range(arguments.seeds):
        for arm in arguments.arms.split(","):
            done.append(_run(arm, seed, source, test, arguments))
            _write(done, arguments)
            print(_line(done[-1]), file=sys.stderr, flush=True)
    if arguments.statistics:
        with (arguments.out / "forgetting.md").open("a", encoding="utf-8") as file:
            file.writelines(_statistics(source, arguments))
    print((arguments.out / "forgetting.md").read_text(encoding="utf-8"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench forgetting", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--arms", default=ARMS)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, help="of every arm that takes gradient steps; default: derived")
    parser.add_argument(
        "--statistics", action="store_true", help="compare BatchNorm statistics of interpolated weights"
    )
    parser.add_argument("--out", type=Path, default=Path("build") / "forgetting")
    return parser.parse_args()


def _source_table(source: Path, out: Path) -> Path:
    """Return a table of the images in the folder ``source``, labelled by the WordNet id in their names."""
    if source.is_file():
        return source
    files = sorted(one for one in source.iterdir() if one.suffix.lower() in (".jpeg", ".jpg", ".png"))
    table = out / "source.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label"])
        rows.writerows([str(one.resolve()), one.name.partition("_")[0]] for one in files)
    return table


def _test_images(data: Path) -> list[tuple[Path, str]]:
    """Return (file, class) of every test image, in order."""
    folder = data / "test"
    if not folder.is_dir():
        sys.exit(f"{data} has no folder test/: the benchmark compares arms on a fixed test split")
    return [(file, kind.name) for kind in sorted(folder.iterdir()) for file in sorted(kind.iterdir())]


def _run(arm: str, seed: int, source: Path, test: list[tuple[Path, str]], arguments: argparse.Namespace) -> Measured:
    strategy, _, keep = arm.partition("+")
    settings: dict[str, Any] = {"keep": keep} if keep else {}
    if arguments.epochs and strategy != "linear_probe":
        settings["epochs"] = arguments.epochs
    began = time.perf_counter()
    run = ghep.fit(
        arguments.data,
        backbone=arguments.backbone,
        strategy=strategy,
        seed=seed,
        out=arguments.out / "runs" / f"{arm}-{seed}",
        overwrite=True,
        control=False,
        source_data=source,
        **settings,
    )
    seconds = time.perf_counter() - began
    metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
    found, interpolated = metrics["forgetting"], metrics.get("interpolated") or {}
    predictor = ghep.load(run.bundle)
    right = {"clean": _right(predictor.predict([file for file, _ in test]), test)}
    for name, corrupt in CORRUPTIONS.items():
        images = (corrupt(_opened(file), np.random.default_rng(place)) for place, (file, _) in enumerate(test))
        right[name] = _right(predictor.predict(list(images)), test)
    return Measured(
        arm,
        seed,
        right,
        found["source"],
        found["kept"],
        seconds,
        interpolated.get("alpha"),
        interpolated.get("valid", []),
    )


def _opened(file: Path) -> Image.Image:
    image = Image.open(file).convert("RGB")
    scale = SIDE / min(image.size)
    return image.resize((round(scale * image.width), round(scale * image.height)), Image.Resampling.BICUBIC)


def _right(predictions: Iterable[Any], test: list[tuple[Path, str]]) -> np.ndarray:
    return np.array([one.label == label for one, (_, label) in zip(predictions, test, strict=True)])


def _write(done: list[Measured], arguments: argparse.Namespace) -> None:
    rows = [_row(one) for one in done]
    for name, table in (("forgetting", rows), ("alphas", _alphas(done))):
        if table:
            with (arguments.out / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(table[0]))
                writer.writeheader()
                writer.writerows(table)
    (arguments.out / "forgetting.md").write_text(_markdown(done, arguments), encoding="utf-8")


def _row(one: Measured) -> dict[str, Any]:
    shares = {name: round(float(right.mean()), 4) for name, right in one.right.items()}
    source = {} if one.source is None else {name: round(float(one.source[name]), 4) for name in ("before", "after")}
    return {
        "arm": one.arm,
        "seed": one.seed,
        "n": len(one.right["clean"]),
        **shares,
        "source_before": source.get("before", ""),
        "source_after": source.get("after", ""),
        "kept": round(one.kept, 4),
        "alpha": "" if one.alpha is None else one.alpha,
        "seconds": round(one.seconds, 1),
    }


def _alphas(done: list[Measured]) -> list[dict[str, Any]]:
    return [{"arm": one.arm, "seed": one.seed, **row} for one in done for row in one.alphas]


def _line(one: Measured) -> str:
    row = _row(one)
    return "  ".join(f"{name} {value}" for name, value in row.items() if value != "")


def _markdown(done: list[Measured], arguments: argparse.Namespace) -> str:
    """Return the table of arms (means over seeds), the alphas and what each remedy regains."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    lines = [f"{arguments.data.name}, {Path(arguments.backbone).name}, {arguments.seeds} seeds; {machine}.", ""]
    header = ("arm", "seeds", "target accuracy", "corrupted", *CORRUPTIONS, "source before", "source after")
    header += ("kept", "alpha", "seconds")
    lines += ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    for arm in dict.fromkeys(one.arm for one in done):
        lines.append("| " + " | ".join(_cells([one for one in done if one.arm == arm])) + " |")
    lines += ["", *_regained(done)]
    rows = _alphas(done)
    if rows:
        header = ("arm", "seed", "alpha", "valid", "kept", "source")
        lines += ["", "| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
        lines += [f"| {' | '.join(_alpha_cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _alpha_cells(row: Mapping[str, Any]) -> list[str]:
    measured = (f"{row[name]:.3f}" if name in row else "" for name in ("score", "kept", "source"))
    return [row["arm"], str(row["seed"]), f"{row['alpha']:.1f}", *measured]


def _cells(runs: list[Measured]) -> list[str]:
    def share(rights: Iterable[np.ndarray]) -> str:
        rights = list(rights)
        right = np.concatenate(rights)
        # Seeds share their test images: the interval is that of one pass over them.
        ends, n = wilson(float(right.mean()) * len(rights[0]), len(rights[0])), len(rights[0])
        return f"{right.mean():.3f} [{ends.low:.3f}, {ends.high:.3f}] (n={n})"

    corrupted = [np.concatenate([one.right[name] for name in CORRUPTIONS]) for one in runs]
    sources = [one.source for one in runs if one.source is not None]
    before, after = (
        f"{np.mean([one[name] for one in sources]):.3f}" if sources else "" for name in ("before", "after")
    )
    alphas = [f"{one.alpha:g}" for one in runs if one.alpha is not None]
    return [
        runs[0].arm,
        str(len(runs)),
        share(one.right["clean"] for one in runs),
        f"{np.concatenate(corrupted).mean():.3f}",
        *(f"{np.mean([one.right[name].mean() for one in runs]):.3f}" for name in CORRUPTIONS),
        before,
        f"{after} (n={sources[0]['n']})" if sources else "",
        f"{np.mean([one.kept for one in runs]):.3f}",
        ", ".join(alphas),
        f"{np.mean([one.seconds for one in runs]):.0f}",
    ]


def _regained(done: list[Measured]) -> list[str]:
    """Return a line for each arm with a remedy: what it regains of the source, and costs on the target, by seed."""
    lines = []
    for one in done:
        strategy, _, keep = one.arm.partition("+")
        plain = next((other for other in done if (other.arm, other.seed) == (strategy, one.seed)), None)
        if not keep or plain is None or plain.source is None or one.source is None:
            continue
        lost = plain.source["before"] - plain.source["after"]
        share = (one.source["after"] - plain.source["after"]) / lost if lost > 0 else float("nan")
        target = mcnemar(one.right["clean"], plain.right["clean"])
        shifted = t_test(*(np.mean([run.right[name] for name in CORRUPTIONS], axis=0) for run in (one, plain)))
        lines.append(
            f"- {one.arm}, seed {one.seed}: regains {share:.0%} of the {100 * lost:.1f} points of source accuracy that "
            f"{strategy} lost; target {_points(target)}; corrupted target {_points(shifted)}."
        )
    return lines


def _statistics(source: Path, arguments: argparse.Namespace) -> Iterable[str]:
    """Yield how views differ, and the table of interpolated and re-measured BatchNorm statistics."""
    backbone = load_backbone(arguments.backbone)
    head = source_head(arguments.backbone, backbone)
    if isinstance(head, Message):
        sys.exit(f"{arguments.backbone}: {head}")
    known = read_source_data(source, backbone, head, limit_bytes=2**30)
    prepared = prepared_for(source_of(arguments.data, {}), backbone.preprocess, seed=0, limit_bytes=2**30)
    backbone.preprocess = backbone.preprocess.measured_on(prepared.dataset)
    tasks = tasks_of(prepared.dataset, ())
    model, splits = TransferModel(backbone, tasks), prepared.labelled(tasks, backbone.preprocess)
    yield _views(backbone, head, splits["train"])
    runs = arguments.out / "runs"
    start, end = (load_file(runs / f"{arm}-0" / "bundle" / "model.safetensors") for arm in ("linear_probe", "full"))
    targets = splits["test"].targets[tasks[0].name]
    sizes = f"target (n={len(targets)}) | source (n={len(known.examples)})"
    yield f"\n| alpha | statistics | {sizes} |\n|---|---|---|---|\n"
    for alpha in (0.0, 0.3, 0.5, 0.7, 1.0):
        for anew in (False, True) if 0 < alpha < 1 else (False,):
            model.load_state(between(start, end, alpha))
            if anew:
                reestimate(backbone, (one.inputs for one in batches_in_order(splits["train"], batch_size=32)))
            logits = predict_logits(model.eval(), splits["test"])[tasks[0].name]
            target, left = (logits.argmax(1) == targets).mean(), source_scores(backbone, head, known).accuracy.value
            yield f"| {alpha} | {'measured anew' if anew else 'interpolated'} | {target:.3f} | {left:.3f} |\n"


def _views(backbone: Backbone, head: SourceHead, train: LabelledExamples) -> str:
    """Return how far the source classifier's answers to augmented views are those to plain views, which lwf records."""
    places = np.unique(np.linspace(0, len(train) - 1, min(200, len(train))).astype(int))
    views = {"plain": [PLAIN] * len(places), "light": [Views("light").at(int(place), 0, 0) for place in places]}
    with torch.no_grad():
        found = {
            name: head.probabilities(backbone.eval()(train.inputs(places, of)).numpy()) for name, of in views.items()
        }
    same = float((found["plain"].argmax(1) == found["light"].argmax(1)).mean())
    return f"\nSame source answer to an augmented as to the plain view: {same:.3f} (n={len(places)}).\n"


def _points(found: Paired) -> str:
    low, high = found.interval.low, found.interval.high
    return f"{100 * found.difference:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"


if __name__ == "__main__":
    main()
