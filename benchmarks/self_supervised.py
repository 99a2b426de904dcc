"""Does self-supervised training on unlabelled photos improve a linear probe? SimSiam and VICReg on a small network.

    scripts/bench self_supervised          # ../shared/data and ../shared/weights, a few minutes of one core
    scripts/bench self_supervised --data flowers17 --steps 1000 --rates 1e-4 --seeds 3

The network (MobileNetV1 0.25, ImageNet weights or random ones) is trained on the training photos of a data set without
their labels: two views of each photo should have similar features, by SimSiam (Chen and He 2020, arXiv:2011.10566) or
VICReg (Bardes et al. 2021, arXiv:2105.04906). Then ghep's probe is solved on draws of 5 and 20 labels a class, on the
features from before and from after, and scored on all of test. The random start is the control of this script: where
nothing was learnt before, the features have to become better. With 100 steps they do not (docs/LOG.md), so results from
so few steps say nothing about the methods.

Printed for each start, method, rate and seed: the loss; the effective rank of the features, before and after, and the
mean deviation of the normalised ones (both fall towards 1 and 0 in a collapse); the accuracies and their paired
difference with a 95 % interval over draws and test photos. Every line is printed as soon as it is measured.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.data.image.augment import Augment
from ghep.data.image.preprocess import ImagePreprocess, Pixels
from ghep.features.probes import solve_head
from ghep.metrics.crossed import accuracy

SHARED = Path(__file__).parents[2] / "shared"
BACKBONE = SHARED / "weights" / "mobilenetv1_025.imagenet.safetensors"
DATA = ("flowers17", "cifar10-small")
SIZE = 64
STARTS = ("pretrained", "random")
VIEWS = Augment(smallest_area=0.2, light=0.4)
GREY, SATURATION = 0.2, 0.4
"""Probability that a view loses its colours; otherwise they are scaled by up to this share."""
SHOTS = (5, 20)
WIDTH = 512

Labelled = tuple[list[Pixels], np.ndarray]


def read(name: str, split: str, preprocess: ImagePreprocess) -> Labelled:
    """Return the prepared images, uint8 (H', W', 3), and the targets (N,) of one split of a data set of ../shared."""
    table = SHARED / "data" / name / f"{split}.parquet"
    if table.is_file():
        import pandas

        rows = pandas.read_parquet(table)
        raw = [one["bytes"] if isinstance(one, dict) else one for one in rows["image"]]
        return [preprocess.decode(one) for one in raw], rows["label"].to_numpy()
    files = sorted((table.parent / split).rglob("*.jpg"))
    targets = np.unique([file.parent.name for file in files], return_inverse=True)[1]
    return [preprocess.decode(file) for file in files], targets


def views(images: list[Pixels], preprocess: ImagePreprocess, rng: np.random.Generator) -> torch.Tensor:
    """Return one random view of each image, float32 (N, 3, H, W)."""
    found = []
    for image in images:
        view = preprocess.view(image, VIEWS, rng).astype(np.float32)
        grey = view.mean(2, keepdims=True)
        colours = 0.0 if rng.random() < GREY else 1 + rng.uniform(-SATURATION, SATURATION)
        found.append((grey + colours * (view - grey)).clip(0, 255).astype(np.uint8))
    return preprocess.collate(found)


def features(backbone: Backbone, images: list[Pixels]) -> np.ndarray:
    """Return the features (N, D) of the centre of each image, in eval mode."""
    preprocess, rows = backbone.preprocess, []
    with torch.inference_mode():
        for at in range(0, len(images), 128):
            rows.append(backbone.eval()(preprocess.collate([preprocess.view(one) for one in images[at : at + 128]])))
    return torch.cat(rows).numpy()


class SimSiam(nn.Module):
    """Each view predicts the projection of the other one, which gets no gradient."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.project = nn.Sequential(_layer(dim, WIDTH), _layer(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH))
        self.norm = nn.BatchNorm1d(WIDTH, affine=False)
        self.predict = nn.Sequential(_layer(WIDTH, WIDTH // 4), nn.Linear(WIDTH // 4, WIDTH))

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return the loss of the features (N, D) of two views: -1 if each is predicted exactly."""
        first, second = (self.norm(self.project(each)) for each in (one, other))
        pairs = (
            (self.predict(first), second.detach()),
            (self.predict(second), first.detach()),
        )
        return -sum(nn.functional.cosine_similarity(*pair).mean() for pair in pairs) / 2


class VICReg(nn.Module):
    """Equal projections of two views; each dimension varies over the batch, and no two vary together."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.project = nn.Sequential(_layer(dim, WIDTH), _layer(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH))

    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return the loss of the features (N, D) of two views, with the weights 25, 25, 1 of the paper."""
        sides = [self.project(each) for each in (one, other)]
        loss = 25 * nn.functional.mse_loss(*sides)
        for side in sides:
            loss = loss + 12.5 * (1 - (side.var(0) + 1e-4).sqrt()).relu().mean()
            covariance = torch.cov(side.T)
            loss = loss + (covariance.square().sum() - covariance.diagonal().square().sum()) / WIDTH
        return loss


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU())


METHODS = {"simsiam": SimSiam, "vicreg": VICReg}


def batches(images: list[Pixels], size: int, rng: np.random.Generator) -> Iterator[list[Pixels]]:
    """Yield full batches in random order, epoch after epoch."""
    while True:
        order = rng.permutation(len(images))
        for at in range(0, len(order) - size + 1, size):
            yield [images[place] for place in order[at : at + size]]


def train(
    backbone: Backbone,
    images: list[Pixels],
    method: str,
    *,
    rate: float,
    seed: int,
    steps: int,
) -> list[float]:
    """Train all weights of ``backbone`` on two views of each image; return the loss of each step."""
    rng, preprocess = np.random.default_rng(seed), backbone.preprocess
    assert isinstance(preprocess, ImagePreprocess)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        objective = METHODS[method](backbone.feature_dim)
    weights = [*backbone.parameters(), *objective.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    backbone.train()
    losses = []
    for _, chosen in zip(range(steps), batches(images, 64, rng), strict=False):
        one, other = (backbone(views(chosen, preprocess, rng)) for _ in range(2))
        loss = objective(one, other)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return losses


def probed(
    rows: tuple[np.ndarray, np.ndarray],
    train_y: np.ndarray,
    test_y: np.ndarray,
    shots: int,
    draws: int,
) -> np.ndarray:
    """Return whether each test image is right, (draws, n), by heads on ``shots`` labels a class of train.

    ``rows`` are the features of train and test. A fifth of the labels chooses the regularisation, as in a run.
    """
    found = []
    for draw in range(draws):
        rng = np.random.default_rng([draw, shots])
        drawn = np.stack([rng.permutation(np.flatnonzero(train_y == one))[:shots] for one in np.unique(train_y)])
        held, used = drawn[:, : shots // 5].ravel(), drawn[:, shots // 5 :].ravel()
        valid = rows[0][held], train_y[held]
        head = solve_head(rows[0][used], train_y[used], len(drawn), valid=valid, coarse=True)
        found.append(head(rows[1]).argmax(1) == test_y)
    return np.stack(found)


def spread(rows: np.ndarray) -> tuple[float, float]:
    """Return the effective rank of the features, and sqrt(D) times the mean deviation of the features of length 1."""
    shares = np.linalg.svd(rows - rows.mean(0), compute_uv=False)
    shares = shares / shares.sum()
    rank = float(np.exp(-(shares * np.log(shares + 1e-12)).sum()))
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return rank, float(unit.std(0).mean() * np.sqrt(rows.shape[1]))


def measure(name: str, options: argparse.Namespace) -> None:
    """Print three lines for each start, method, rate and seed; the random start takes the first rate and one seed."""
    began = time.process_time()
    starts = {
        start: load_backbone(str(options.backbone), random_weights=start == "random", image_size=SIZE)
        for start in options.starts
    }
    preprocess = starts[options.starts[0]].preprocess
    assert isinstance(preprocess, ImagePreprocess)
    (train_x, train_y), (test_x, test_y) = (read(name, split, preprocess) for split in ("train", "test"))
    before = {start: tuple(features(one, part) for part in (train_x, test_x)) for start, one in starts.items()}
    for method, seed, rate, start in itertools.product(
        options.methods, range(options.seeds), options.rates, options.starts
    ):
        if start == "random" and (rate, seed) != (options.rates[0], 0):
            continue
        backbone = load_backbone(str(options.backbone), random_weights=start == "random", image_size=SIZE)
        losses = train(backbone, train_x, method, rate=rate, seed=seed, steps=options.steps)
        after = features(backbone, train_x), features(backbone, test_x)
        (rank, _), (new_rank, deviation) = spread(before[start][0]), spread(after[0])
        first, last = (float(np.mean(part)) for part in (losses[:10], losses[-10:]))
        print(
            f"{name} {start} {method} {rate:g} seed {seed}: loss {first:.3f} to {last:.3f}, "
            f"rank {rank:.0f} to {new_rank:.0f}, deviation {deviation:.2f}, {time.process_time() - began:.0f} s",
            flush=True,
        )
        for shots in SHOTS:
            new, old = (
                probed(rows, train_y, test_y, shots, options.draws).astype(float) for rows in (after, before[start])
            )
            found = accuracy(new - old)
            print(
                f"    {shots:2} labels a class: {new.mean():.3f}, before {old.mean():.3f}; "
                f"{100 * found.value:+.1f} points [{100 * found.low:+.1f}, {100 * found.high:+.1f}]",
                flush=True,
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="*", choices=DATA, default=DATA[:1])
    parser.add_argument("--backbone", type=Path, default=BACKBONE)
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    parser.add_argument(
        "--rates",
        nargs="*",
        type=float,
        default=[1e-3, 1e-4],
        help="the random start takes the first one",
    )
    parser.add_argument("--steps", type=int, default=100, help="of 64 photos in two views each")
    parser.add_argument("--starts", nargs="*", choices=STARTS, default=STARTS)
    parser.add_argument("--seeds", type=int, default=1, help="of the self-supervised training")
    parser.add_argument("--draws", type=int, default=10, help="of labelled photos")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.data:
        measure(name, options)


if __name__ == "__main__":
    main()
