"""How often poor features are found where they were planted, and how often healthy backbones are called poor.

    scripts/bench poor_features DATA[@TEXT,LABEL] [...] --backbones A,B [--draws 20] [--examples 20,50,200] [--control]

Each draw takes --examples random training examples of the data set, and the checks that every run makes: of the
weights, of the preprocessing, of the features. It is healthy, or one of these was planted:

    constant    the features of all examples are those of the first
    rank-1      the features are multiples of one vector, of any size
    shuffled    the entries of every tensor of the network, in random order
    bytes       pixels from 0 to 255 in place of normalised ones
    unit        pixels from 0 to 1, without normalisation
    bgr         blue and red exchanged

The last four are found by the weights and by the pixels alone, so their features are not computed. Printed is one row
for each data set, backbone and plant: how many draws had a finding, which, and the range of each measured number. With
--control also a linear head on the features, healthy and shuffled, against the head on those of the same network with
random weights, out of fold on --control-examples examples. Rows are printed as they are done; the seed is random unless
--seed is given.
"""

from __future__ import annotations

import argparse
import collections
import copy
import dataclasses
import secrets
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from ghep.advice.probe import probe
from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.backbone.catalog import load_backbone
from ghep.data.loading.batches import LabelledExamples, batches_in_order
from ghep.experiment.prepared import prepared_for, source_of, tasks_of
from ghep.guards.features import FeatureCheck, against_control, check_features
from ghep.guards.preprocessing import PreprocessingCheck, check_preprocessing
from ghep.guards.weight_structure import WeightCheck, check_weights

OF_FEATURES = ("constant", "rank-1")
OF_WEIGHTS = ("shuffled",)
OF_PIXELS = ("bytes", "unit", "bgr")


def main() -> None:
    arguments = _arguments()
    seed = secrets.randbits(32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}, {arguments.draws} draws", flush=True)
    header = ("data", "backbone", "n", "plant", "found", "by", "rank / most", "spread", "excess", "distance", "colours")
    print(" | ".join(header), flush=True)
    for named in arguments.data:
        place, _, columns = named.partition("@")
        text, _, label = columns.partition(",")
        options = {"text_column": text, "label_columns": [label]} if label else {}
        for name in arguments.backbones.split(","):
            began = time.perf_counter()
            whole = _prepared(place, options, name, arguments.pool)
            for count in map(int, arguments.examples.split(",")):
                _rows(place, name, whole, count, arguments, seed)
            if arguments.control:
                _control(place, name, whole, arguments, seed)
            print(f"  {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench poor_features", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="+", help="DATA, or DATA@TEXT,LABEL to name the columns of a table")
    parser.add_argument("--backbones", required=True, help="separated by commas")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--examples", default="20,50,200", help="training examples of a draw, separated by commas")
    parser.add_argument("--plants", default=",".join(("healthy", *OF_FEATURES, *OF_WEIGHTS, *OF_PIXELS)))
    parser.add_argument("--pool", type=int, default=400, help="training examples that draws are taken from")
    parser.add_argument("--control", action="store_true", help="also compare with random features")
    parser.add_argument("--control-examples", type=int, default=300)
    parser.add_argument("--seed", type=int)
    return parser.parse_args()


@dataclasses.dataclass(frozen=True)
class Whole:
    """A data set and a backbone, prepared once for all draws."""

    backbone: Backbone
    pool: LabelledExamples
    """Training examples from which draws are taken."""
    features: np.ndarray
    """Of the pool, (N, D)."""
    weights: WeightCheck
    classes: int


def _prepared(place: str, options: dict[str, Any], name: str, pool: int) -> Whole:
    backbone = load_backbone(name)
    prepared = prepared_for(source_of(place, options), backbone.preprocess, seed=0, limit_bytes=2**30)
    backbone.preprocess = backbone.preprocess.measured_on(prepared.dataset)
    task = tasks_of(prepared.dataset, ())[0]
    train = prepared.labelled([task], backbone.preprocess)["train"]
    train = train.some(_places(train, pool, np.random.default_rng(0)))
    return Whole(backbone, train, _features(backbone, train), check_weights(backbone), task.outputs)


def _rows(place: str, name: str, whole: Whole, count: int, arguments: argparse.Namespace, seed: int) -> None:
    for plant in arguments.plants.split(","):
        if plant in OF_PIXELS and not hasattr(whole.backbone.preprocess, "mean"):
            continue
        codes: collections.Counter[str] = collections.Counter()
        found, checks = 0, []
        for draw in range(arguments.draws):
            rng = np.random.default_rng([seed, draw])
            places = _places(whole.pool, count, rng)
            checks.append(_checked(plant, whole, places, rng))
            of_draw = {one.code for check in checks[-1] for one in check.findings}
            codes.update(of_draw)
            found += bool(of_draw)
        numbers = [
            _range(f"{check[0].effective_rank:.1f}" for check in checks) + f" / {checks[0][0].examples - 1}",
            _range(f"{check[0].spread:.3f}" for check in checks),
            _range(f"{np.exp(check[1].excess):.2f}" for check in checks),
            _range(f"{check[2].distances.get('given', float('nan')):.2f}" for check in checks),
            _range(f"{check[2].colour_ratio:.2f}" for check in checks),
        ]
        if plant in (*OF_WEIGHTS, *OF_PIXELS):
            numbers[:2] = ["-", "-"]
        by = ", ".join(f"{code} {times}" for code, times in codes.most_common()) or "-"
        cells = (place.rpartition("/")[2], name.rpartition("/")[2], str(len(places)), plant)
        print(" | ".join((*cells, f"{found} of {arguments.draws}", by, *numbers)), flush=True)


def _range(texts: Iterator[str]) -> str:
    values = sorted(texts, key=float)
    return values[0] if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _places(data: LabelledExamples, count: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.choice(len(data), min(count, len(data)), replace=False))


def _checked(
    plant: str, whole: Whole, places: np.ndarray, rng: np.random.Generator
) -> tuple[FeatureCheck, WeightCheck, PreprocessingCheck]:
    """Return the checks of a draw in which ``plant`` was planted; features are those of healthy weights and pixels."""
    backbone, data = planted(plant, whole.backbone, whole.pool.some(places), rng)
    features = whole.features[places]
    if plant == "constant":
        features = np.repeat(features[:1], len(features), axis=0)
    if plant == "rank-1":
        features = np.outer(rng.lognormal(size=len(features)), features[0])
    weights = check_weights(backbone) if plant in OF_WEIGHTS else whole.weights
    pixels = PreprocessingCheck(backbone.card.name)
    if plant not in (*OF_FEATURES, *OF_WEIGHTS):
        pixels = check_preprocessing(backbone, data)
    return check_features(features, name=backbone.card.name), weights, pixels


def planted(
    plant: str, backbone: Backbone, data: LabelledExamples, rng: np.random.Generator
) -> tuple[Backbone, LabelledExamples]:
    """Return backbone and data with ``plant`` in them; the given ones are unchanged."""
    if plant == "shuffled":
        backbone = copy.deepcopy(backbone)
        shuffle(backbone, rng)
    elif plant == "bgr":  # weights of a network that was trained on blue, green, red
        backbone = copy.deepcopy(backbone)
        first = next(weight for weight in backbone.net.parameters() if weight.ndim == 4 and weight.shape[1] == 3)
        with torch.no_grad():
            first.copy_(first.flip(1))
    elif plant in OF_PIXELS:
        mean, std = (0.0,) * 3, (1 / 255 if plant == "bytes" else 1.0,) * 3
        backbone = copy.deepcopy(backbone)
        backbone.preprocess = dataclasses.replace(backbone.preprocess, mean=mean, std=std)  # type: ignore[type-var]
        data = dataclasses.replace(data, preprocess=backbone.preprocess)
    return backbone, data


def shuffle(backbone: Backbone, rng: np.random.Generator) -> None:
    """Put the entries of every parameter and buffer into random order."""
    with torch.no_grad():
        for tensor in (*backbone.net.parameters(), *backbone.net.buffers()):
            if tensor.is_floating_point() and tensor.numel() > 1:
                tensor.copy_(tensor.flatten()[torch.from_numpy(rng.permutation(tensor.numel()))].reshape(tensor.shape))


def _features(backbone: Backbone, data: LabelledExamples) -> np.ndarray:
    rows = np.empty((len(data), backbone.feature_dim), np.float32)
    with torch.no_grad(), evaluating(backbone):
        for batch in batches_in_order(data, batch_size=32, workers=1):
            rows[batch.indices] = backbone(batch.inputs).numpy()
    return rows


def _control(place: str, name: str, whole: Whole, arguments: argparse.Namespace, seed: int) -> None:
    """Print how often the head is called no better than on random features, for healthy and for shuffled weights."""
    random = load_backbone(name, random_weights=True, seed=seed)
    random.preprocess = whole.backbone.preprocess
    for plant in ("healthy", "shuffled"):
        found, differences = 0, []
        for draw in range(arguments.draws):
            rng = np.random.default_rng([seed, draw])
            data = whole.pool.some(_places(whole.pool, arguments.control_examples, rng))
            backbone, data = planted(plant, whole.backbone, data, rng)
            (targets,) = data.targets.values()
            cut = 4 * len(data) // 5  # as in advice: the strength is chosen on a fifth, and then cross-validated
            scored = []
            for one in (backbone, random):
                features = np.nan_to_num(_features(one, data), posinf=0, neginf=0)
                halves = (features[:cut], targets[:cut]), (features[cut:], targets[cut:])
                scored.append(probe(*halves, whole.classes, seed=draw).correct)
            check = against_control(*scored, "random", name=name)
            found += check.no_better
            differences.append(check.score - check.control_score)
        cells = (place.rpartition("/")[2], name.rpartition("/")[2], str(len(data)), f"control, {plant}")
        print(
            " | ".join((*cells, f"{found} of {arguments.draws}", _range(f"{100 * one:+.1f}" for one in differences))),
            flush=True,
        )


if __name__ == "__main__":
    main()
