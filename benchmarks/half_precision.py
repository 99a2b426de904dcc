"""Cost of half precision in the frozen part for a linear head: accuracy when its error is scaled down and up.

    scripts/bench half_precision DATA [DATA ...] --backbones a.safetensors b.safetensors [--engine openvino-bfloat16]

Features of every example in float32 and in half precision; their difference is scaled to each disagreement of the list
(the measure of ``engines/choose.py``). A head is solved on such training features, its regularisation chosen on a fifth
of them, and scored on float32 features of the test split: the deployed model runs in float32.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.special import log_softmax

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.dataset import Dataset
from ghep.features.engines.choose import CANDIDATES
from ghep.features.engines.engine import torch_float32
from ghep.features.probes import solve_head

LEVELS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.4, 0.8)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench half_precision")
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--backbones", nargs="+", required=True)
    parser.add_argument("--engine", default="openvino-bfloat16")
    arguments = parser.parse_args()
    rows = []
    for name in arguments.backbones:
        for folder in arguments.data:
            measured, scores = _scores(load_backbone(name), prepare(folder), arguments.engine)
            rows.append(scores)
            print(
                f"{Path(name).stem} on {folder.name}: {arguments.engine} disagrees by {measured:.3f}; accuracy", end=" "
            )
            print(
                ", ".join(f"{level:g}: {score[0]:.3f}" for level, score in zip(LEVELS, scores, strict=True)), flush=True
            )
    table = np.array(rows)  # (pairs, levels, 2)
    accuracy, loss = table[:, :, 0] - table[:, :1, 0], table[:, :, 1] / table[:, :1, 1] - 1
    print(f"mean over {len(rows)} pairs: disagreement, change of accuracy (standard error), of log loss")
    for place, level in enumerate(LEVELS):
        error = accuracy[:, place].std() / np.sqrt(len(rows))
        print(f"{level:6g} {accuracy[:, place].mean():+8.4f} ({error:.4f}) {loss[:, place].mean():+8.1%}")


def _scores(backbone: Backbone, data: Dataset, engine: str) -> tuple[float, list[tuple[float, float]]]:
    (task, classes), *_ = data.classes.items()
    half = next(each for each in CANDIDATES if each.name == engine).make(backbone, (len(backbone.blocks()),))
    plain = torch_float32(backbone, (len(backbone.blocks()),))
    train, held_out = ((*data.train, *data.valid), data.test) if data.test else (data.train, data.valid)
    exact, rounded = _features(backbone, train, (plain, half))
    (test,) = _features(backbone, held_out, (plain,))
    targets, held = (np.array([classes.index(one.labels[task]) for one in part]) for part in (train, held_out))
    error = rounded - exact
    measured = float(np.linalg.norm(error) / np.linalg.norm(exact - exact.mean(0)))
    choosing = np.arange(len(train)) % 5 == 0
    scores = []
    for level in LEVELS:
        features = exact + error * (level / measured)
        head = solve_head(
            features[~choosing],
            targets[~choosing],
            len(classes),
            valid=(features[choosing], targets[choosing]),
        )
        logs = log_softmax(head(test), axis=1)
        scores.append((float((logs.argmax(1) == held).mean()), float(-logs[np.arange(len(held)), held].mean())))
    return measured, scores


def _features(backbone: Backbone, examples: tuple, engines: tuple) -> list[np.ndarray]:
    preprocess, found = backbone.preprocess, [[] for _ in engines]
    for at in range(0, len(examples), 32):
        views = [preprocess.view(preprocess.decode(example.raw)) for example in examples[at : at + 32]]
        inputs = preprocess.collate(views)
        for engine, parts in zip(engines, found, strict=True):
            parts.append(engine(inputs)[0].numpy())
    return [np.concatenate(parts) for parts in found]


if __name__ == "__main__":
    main()
