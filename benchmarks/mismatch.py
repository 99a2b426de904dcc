"""Domain mismatch: alarms by data set and backbone, false alarms over draws, and what re-estimated BatchNorm brings.

    scripts/bench mismatch                                       # ../shared/data and ../shared/weights
    scripts/bench mismatch --backbones efficientnet-lite0 --draws 5 --parts images
    scripts/bench mismatch --parts texts splits

Images: the guard's number for each data set and backbone on 128 training images, and its largest number in draws of 50
and of 20 of them. Data sets that the backbone was not pretrained on at all are made here: handwritten digits (from
scikit-learn), noise, and grey radiograph-like drawings. Remedy: the linear probe with the statistics of the backbone
and with those of the target's training images, on the same examples. Texts: the token report in draws of 50 texts.
Splits: alarms of the test between valid and test in random splits, and where the two differ by construction.

Every line is printed as soon as it is measured.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ghep.advice.probe import probe
from ghep.backbone.base import Backbone
from ghep.backbone.batch_norm import ChannelStatistics, input_statistics, norm_layers
from ghep.backbone.catalog import load_backbone
from ghep.data.loading.batches import LabelledExamples
from ghep.data.loading.views import PLAIN
from ghep.features.frozen import FrozenPart
from ghep.guards.mismatch import BAR, MOST, mismatch_of, reestimate_on
from ghep.guards.splits import SplitDifferences, split_differences
from ghep.metrics.intervals import wilson
from ghep.metrics.paired import paired
from ghep.types import Example

SHARED = Path(__file__).parents[2] / "shared"
BACKBONES = (
    "efficientnet-lite0",
    "seedling",
    *(
        f"{SHARED / 'weights' / name}.safetensors"
        for name in (
            "mobilenetv1_025.imagenet",
            "mobilenetv1_050.imagenet",
            "mobilenetv2_100.imagenet",
            "resnet20.cifar10",
            "resnet56.cifar10",
        )
    ),
)
HEALTHY = ("pets", "flowers17", "hymenoptera", "cats-dogs", "imagenet-sample")
OTHER = ("digits", "noise", "greys", "road/cars", "road/signs", "road/pedestrians", "cifar10-small")
REMEDIED = ("digits", "greys", "road/cars", "road/signs", "hymenoptera", "flowers17")
ENGLISH = ("trec", "movie-polarity", "movie-rating")
FOREIGN = ("vi-sentiment", "zh-sentiment")
CHUNK = 5
"""Images whose statistics are measured together; a draw of 50 is ten such chunks."""


def photos(name: str, most: int) -> tuple[list[object], np.ndarray]:
    """Return at most ``most`` training images of a data set of ../shared, spread over its classes, and their labels."""
    folder = SHARED / "data" / name
    if (folder / "train.parquet").is_file():
        import pandas

        table = pandas.read_parquet(folder / "train.parquet").sample(most, random_state=0)
        images: list[object] = [one["bytes"] if isinstance(one, dict) else one for one in table["image"]]
        return images, table["label"].to_numpy()
    train = folder / "train" if (folder / "train").is_dir() else folder
    files = sorted(one for one in train.rglob("*") if one.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chosen = np.random.default_rng(0).permutation(len(files))[:most]
    classes = sorted({one.parent.name for one in files})
    return [files[at] for at in chosen], np.array([classes.index(files[at].parent.name) for at in chosen])


def digits(most: int) -> tuple[list[object], np.ndarray]:
    """Return scikit-learn's 8 x 8 handwritten digits, enlarged to 64 x 64."""
    from sklearn.datasets import load_digits

    found = load_digits()
    order = np.random.default_rng(0).permutation(len(found.target))[:most]
    pixels = np.kron(found.images[order] / 16 * 255, np.ones((8, 8))).astype(np.uint8)
    return [np.repeat(one[..., None], 3, axis=2) for one in pixels], found.target[order]


def noise(most: int) -> tuple[list[object], np.ndarray]:
    """Return white noise in three channels."""
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (most, 224, 224, 3), dtype=np.uint8)), np.arange(most) % 2


def greys(most: int) -> tuple[list[object], np.ndarray]:
    """Return drawings like radiographs: grey, smooth and of low contrast; label 1: with a small brighter spot."""
    rng, (rows, columns) = np.random.default_rng(0), np.mgrid[:160, :160] / 160
    images, labels = list[object](), np.arange(most) % 2
    for label in labels:
        one = 90 + 25 * rows + rng.normal(0, 4) + np.zeros_like(rows)
        for side in (0.3, 0.7):  # two darker lungs
            centre, width, height = side + rng.normal(0, 0.02), rng.uniform(0.13, 0.18), rng.uniform(0.28, 0.36)
            one -= 45 * np.exp(-((((columns - centre) / width) ** 2 + ((rows - 0.5) / height) ** 2) ** 2))
        phase, count = rng.uniform(0, 6.28), rng.uniform(8, 11)
        one += 7 * np.sin(6.28 * count * (rows + 0.15 * (columns - 0.5) ** 2) + phase)  # ribs
        x, y = rng.uniform(0.25, 0.75, 2)
        one += label * 22 * np.exp(-(((columns - x) ** 2 + (rows - y) ** 2) / 0.0025))
        grain = rng.normal(0, 5, one.shape)
        pixels = (one + grain).clip(0, 255).astype(np.uint8)
        images.append(np.repeat(pixels[..., None], 3, axis=2))
    return images, labels


MADE: dict[str, Callable[[int], tuple[list[object], np.ndarray]]] = {"digits": digits, "noise": noise, "greys": greys}


def labelled(backbone: Backbone, name: str, most: int) -> LabelledExamples:
    """Return at most ``most`` training images of a data set, decoded by the backbone's preprocessing."""
    raw, labels = MADE[name](most) if name in MADE else photos(name, most)
    pairs = enumerate(zip(raw, labels, strict=True))
    examples = tuple(Example(f"{at}", one, {"label": str(label)}) for at, (one, label) in pairs)
    decoded: dict[str, np.ndarray] = {}

    def prepared(example: Example) -> np.ndarray:
        if example.id not in decoded:
            decoded[example.id] = backbone.preprocess.decode(example.raw)
        return decoded[example.id]

    targets = np.unique(labels, return_inverse=True)[1]
    return LabelledExamples(examples, {"label": targets}, prepared, backbone.preprocess)


Measured = dict[str, ChannelStatistics]


def chunks_of(backbone: Backbone, data: LabelledExamples) -> list[Measured]:
    """Return the statistics of each ``CHUNK`` images."""
    places = np.array_split(np.arange(len(data)), max(2, len(data) // CHUNK))
    return [input_statistics(backbone, [data.inputs(part, [PLAIN] * len(part))]) for part in places]


def pooled(chunks: list[Measured]) -> Measured:
    """Return the statistics of all images in ``chunks``."""
    found = {}
    for name in chunks[0]:
        parts = [chunk[name] for chunk in chunks]
        count = sum(part.count for part in parts)
        mean = sum(part.mean * part.count for part in parts) / count
        square = sum((part.variance + part.mean**2) * part.count for part in parts) / count
        found[name] = ChannelStatistics(mean, (square - mean**2).clamp_min(0), count)
    return found


def score(backbone: Backbone, chunks: list[Measured]) -> float:
    """Return the guard's number for the images of ``chunks``."""
    halves = pooled(chunks[::2]), pooled(chunks[1::2])
    found = mismatch_of("", norm_layers(backbone), *halves, examples=CHUNK * len(chunks)).score
    assert found is not None
    return found


def images(options: argparse.Namespace) -> None:
    """Print the mismatch of each data set for each backbone, and its range over draws."""
    healthy = np.zeros(2, int)
    print(
        f"mismatch, reported above {BAR:g}: on {MOST} images; lowest to highest of {options.draws} draws of 50, of 20"
    )
    for name in options.backbones:
        backbone = load_backbone(name)
        print(f"\n{Path(name).name}")
        for place in (*HEALTHY, *OTHER):
            chunks = chunks_of(backbone, labelled(backbone, place, options.most))
            rng, drawn = np.random.default_rng(0), {}
            for count in (50, 20):
                draws = [rng.permutation(len(chunks))[: count // CHUNK] for _ in range(options.draws)]
                drawn[count] = np.array([score(backbone, [chunks[at] for at in one]) for one in draws])
            whole = score(backbone, chunks[: MOST // CHUNK])
            alarm = "ALARM" if whole > BAR else ""
            ranges = "  ".join(f"{one.min():7.2f} {one.max():7.2f}" for one in drawn.values())
            alarms = sum(int((one > BAR).sum()) for one in drawn.values())
            kind = "healthy" if place in HEALTHY else "other"
            print(
                f"  {kind:8} {place:18} {whole:8.2f}  {ranges}  {alarms:3} of {2 * options.draws}  {alarm}", flush=True
            )
            if place in HEALTHY:
                healthy += (alarms, 2 * options.draws)
    print(f"\nfalse alarms: {healthy[0]} of {healthy[1]} healthy draws{_interval(*healthy)}")


def _interval(count: int, total: int) -> str:
    ends = wilson(int(count), int(total))
    return f", 95 % interval {ends.low:.3f} to {ends.high:.3f}"


def remedy(options: argparse.Namespace) -> None:
    """Print the probe with pretrained and with re-estimated statistics, on the same examples."""
    print(
        f"\nlinear probe, cross-validated on {options.probed} images: pretrained statistics, re-estimated, difference"
    )
    for name in options.backbones:
        for place in REMEDIED:
            probes = []
            for reestimated in (False, True):
                backbone = load_backbone(name)
                data = labelled(backbone, place, options.probed)
                if reestimated:
                    reestimate_on(backbone, data)
                found = FrozenPart(backbone).activations(data, [len(backbone.blocks())], exact=True)
                rows, targets = found[len(backbone.blocks())].matrix(), data.targets["label"]
                fifth = len(rows) // 5
                parts = (rows[fifth:], targets[fifth:]), (rows[:fifth], targets[:fifth])
                probes.append(probe(*parts, int(targets.max()) + 1))
            found = paired(probes[1].correct, probes[0].correct)
            ends = found.interval
            print(
                f"  {Path(name).name:36} {place:14} {probes[0].accuracy:.3f}  {probes[1].accuracy:.3f}  "
                f"{found.difference:+.3f} [{ends.low:+.3f}, {ends.high:+.3f}]  p = {found.p_value:.3f}, n = {found.n}",
                flush=True,
            )


def texts(options: argparse.Namespace) -> None:
    """Print the alarms of the token report of minilm in draws of 50 texts."""
    backbone = load_backbone("minilm")
    print(f"\ntoken report of minilm: alarms in {options.draws} draws of 50 texts; range of pieces per plain word")
    for place in (*ENGLISH, *FOREIGN):
        with (SHARED / "data" / place / "train.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = [row["text"] for row in csv.DictReader(file)]
        rng, alarms, pieces = np.random.default_rng(0), 0, []
        for _ in range(options.draws):
            report = backbone.preprocess.report([rows[at] for at in rng.permutation(len(rows))[:50]])
            alarms += any(one.code == "domain-mismatch" for one in report.findings(256))
            pieces.append(report.pieces if report.pieces is not None else float("nan"))
        print(f"  {place:16} {alarms:3} of {options.draws}   {min(pieces):.2f} to {max(pieces):.2f}", flush=True)


def splits(options: argparse.Namespace) -> None:
    """Print the alarms of the test between splits: random splits, and splits that differ by construction."""
    backbone = load_backbone(options.backbones[0])
    print(f"\nsplits, features of {Path(options.backbones[0]).name}: alarms in random splits; where test differs")
    total = np.zeros(2, int)
    for place in ("pets", "flowers17", "hymenoptera", "cats-dogs"):
        data = labelled(backbone, place, options.most)
        rows = FrozenPart(backbone).activations(data, [len(backbone.blocks())], exact=True)[len(backbone.blocks())]
        matrix, found = rows.matrix(), []
        for seed in range(options.splits):
            order = np.random.default_rng(seed).permutation(len(data))
            found.append(bool(_compared(data, matrix, np.split(order, [len(order) // 2, 3 * len(order) // 4])).alarms))
        dark = _darker(backbone, data)
        order = np.random.default_rng(0).permutation(len(data))
        parts = np.split(order, [len(order) // 2, 3 * len(order) // 4])
        mixed = matrix.copy()
        mixed[parts[2]] = dark[parts[2]]
        planted = _compared(data, mixed, parts)
        ends = "; ".join(f"{one.first}-{one.second} {one.auc:.2f} p={one.p_value:.3f}" for one in planted.pairs)
        print(f"  {place:14} {sum(found)} of {len(found)} random; test darkened: {ends}", flush=True)
        total += (sum(found), len(found))
    print(f"false alarms: {total[0]} of {total[1]}{_interval(*total)}")


def _compared(data: LabelledExamples, rows: np.ndarray, parts: list[np.ndarray]) -> SplitDifferences:
    names = ("train", "valid", "test")
    of = {
        name: replace(
            data,
            examples=tuple(data.examples[at] for at in part),
            targets={"label": data.targets["label"][part]},
        )
        for name, part in zip(names, parts, strict=True)
    }
    return split_differences({name: rows[part] for name, part in zip(names, parts, strict=True)}, of, {})


def _darker(backbone: Backbone, data: LabelledExamples) -> np.ndarray:
    """Return the features of the images at three quarters of their brightness."""
    shifted = replace(data, prepared=lambda example: (data.prepared(example) * 0.75).astype(np.uint8))
    return (
        FrozenPart(backbone).activations(shifted, [len(backbone.blocks())], exact=True)[len(backbone.blocks())].matrix()
    )


PARTS = {"images": images, "remedy": remedy, "texts": texts, "splits": splits}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--backbones", nargs="*", default=list(BACKBONES))
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--most", type=int, default=300, help="images of each data set")
    parser.add_argument("--probed", type=int, default=400, help="images of each probe")
    parser.add_argument("--splits", type=int, default=100, help="random splits of each data set")
    options = parser.parse_args()
    for name in options.parts:
        PARTS[name](options)


if __name__ == "__main__":
    main()
