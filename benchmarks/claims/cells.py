"""Fits whose results are kept: the same fit is made once, for all claims and all calls.

A ``Cell`` is everything that the result of a fit depends on. ``Lab.fit`` makes it, or reads what an earlier call wrote
into ``OUT/cells``. Every cell of a data set is scored on the same test examples, so cells can be paired.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import shutil
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from corruptions import CORRUPTIONS
from PIL import Image

import ghep
from ghep.comparison.analysis.draw_scatter import known_scatter, prior_of_difference
from ghep.comparison.analysis.seeds import KNOWN, depends_on_seed, group
from ghep.comparison.record import NGRAMS, RANDOM_FEATURES, Contender
from ghep.data.dataset import Source
from ghep.data.sources import read
from ghep.metrics.crossed import Estimate, Runs, contrast, paired_contrast
from ghep.metrics.moderated import Prior

VERSION = 2
"""Changes if the same cell would be made differently, so that results of before are not used."""
MOST_SCORED = 1000
"""Test examples of a data set that are scored, at most: the same ones in every cell."""
MOST_TEXTS_SCORED = 400
"""The same for texts, of which a transformer reads few in a second."""
MOST_CHANGED = 120
"""Test photos that are also scored with noise, blur and less contrast, at most: the first of the scored ones."""
CHANGED_SIDE = 192
"""Short side of changed photos, in pixels, so that a change is equally strong for photos of every size."""
SETS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "hymenoptera": ("hymenoptera", {}),
    "pets3": ("pets3", {}),
    "pets": ("pets", {}),
    "flowers17": ("flowers17", {}),
    "cats-dogs": ("cats-dogs", {}),
    "signs": ("road/signs", {}),
    "cars": ("road/cars", {}),
    "people": ("road/pedestrians", {}),
    "movie-polarity": ("movie-polarity", {"text_column": "text", "label_columns": ["label"]}),
    "movie-rating": ("movie-rating", {"text_column": "text", "label_columns": ["label"]}),
    "trec": ("trec", {"text_column": "text", "label_columns": ["label"]}),
    "vi-sentiment": ("vi-sentiment", {"text_column": "text", "label_columns": ["label"]}),
    "zh-sentiment": ("zh-sentiment", {"text_column": "text", "label_columns": ["label"]}),
}
"""Name -> folder below --data, and options to read it."""
WEIGHTS = {
    "MobileNetV1 0.25": "mobilenetv1_025.imagenet.safetensors",
    "MobileNetV1 0.5": "mobilenetv1_050.imagenet.safetensors",
    "MobileNetV1 0.75": "mobilenetv1_075.imagenet.safetensors",
    "MobileNetV2": "mobilenetv2_100.imagenet.safetensors",
    "MobileNetV2, birds": "mobilenetv2_100.inat_bird.safetensors",
    "MobileNetV2, insects": "mobilenetv2_100.inat_insect.safetensors",
    "ResNet-20, CIFAR-10": "resnet20.cifar10.safetensors",
    "ResNet-56, CIFAR-10": "resnet56.cifar10.safetensors",
}
"""Name -> file below --weights. Any other backbone is one that ``ghep fit --backbone`` knows."""


@dataclass(frozen=True)
class Cell:
    """One fit."""

    data: str
    """A name in ``SETS``; several, joined by "+", share the backbone."""
    backbone: str
    strategy: str
    seed: int
    labels: int | None = None
    """Labelled examples for training and model selection together, a nested random draw by ``seed``; None: all."""
    options: tuple[tuple[str, Any], ...] = ()
    """Further settings of ``ghep.fit``, sorted. Three are the laboratory's own: ``scored``, the number of test examples
    (fewer than usual, where only the cost of the fit matters); ``own_store=True`` for a fit that finds no features in
    the store that other fits have filled; and ``fewer``, pairs of a task and its number of labels, if fewer."""

    @property
    def key(self) -> str:
        """The name of its file."""
        return hashlib.sha256(json.dumps([VERSION, *dataclasses.astuple(self)]).encode()).hexdigest()[:20]

    def but(self, **changes: Any) -> Cell:
        """Return this cell with other fields; settings that are not fields replace or extend ``options``."""
        fields = {one.name for one in dataclasses.fields(self)}
        options = dict(self.options) | {name: value for name, value in changes.items() if name not in fields}
        kept = {name: value for name, value in changes.items() if name in fields}
        return dataclasses.replace(self, options=tuple(sorted(options.items())), **kept)


@dataclass(frozen=True)
class Fitted:
    """What is kept of a fit."""

    cell: Cell
    right: Mapping[str, np.ndarray]
    """Data set -> whether the answer to each test example is right, bool (n,)."""
    valid: float
    """Accuracy on the validation split; of several tasks the mean."""
    train_loss: float | None
    """Loss of the last epoch on train; not a number for a head that was solved."""
    history: Sequence[Mapping[str, Any]]
    """Rows of history.csv: one for each epoch."""
    seconds: float
    cpu_seconds: float
    findings: Sequence[str]
    version: str
    changed: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    """Name of a change (``CORRUPTIONS``) -> whether the answer to each changed test photo is right, bool (n,)."""

    @property
    def accuracy(self) -> float:
        """The accuracy on test; of several tasks the mean."""
        return float(np.mean([one.mean() for one in self.right.values()]))


class Lab:
    """Makes fits and keeps their results."""

    def __init__(self, data: Path, weights: Path, out: Path, *, may_fit: bool = True) -> None:
        self.data, self.weights, self.out, self.may_fit = data, weights, out, may_fit
        self.used: dict[str, Fitted] = {}
        """Every fit that was asked for, by its key."""

    def fit(self, cell: Cell, *, changed: bool = False) -> Fitted:
        """Return the result of ``cell``; raise LookupError if it has to be made and fits are not allowed.

        With ``changed`` its test photos are also scored after each of ``CORRUPTIONS``.
        """
        file = self.out / "cells" / f"{cell.key}.json"
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
        if kept is None or (changed and "changed" not in kept):
            if not self.may_fit:
                raise LookupError(f"not fitted yet: {cell}")
            kept = self._made(cell, changed)
            write(file, kept)
        found = self.used[cell.key] = fitted_from(cell, kept)
        return found

    def kept(self, what: str, make: Callable[[], Any], **given: Any) -> Any:
        """Return what ``make()`` returned when ``what`` was first asked for with ``given``: plain values for JSON.

        For measurements that are not fits, such as attacks. Raises LookupError as ``fit`` does.
        """
        key = hashlib.sha256(json.dumps([what, given], sort_keys=True).encode()).hexdigest()[:20]
        file = self.out / "cells" / f"{what}-{key}.json"
        if not file.exists():
            if not self.may_fit:
                raise LookupError(f"not measured yet: {what} {given}")
            write(file, {"what": what, "given": given, "found": make()})
        return json.loads(file.read_text(encoding="utf-8"))["found"]

    def control(self, data: str, labels: int | None, seed: int) -> np.ndarray:
        """Return whether the linear control of ``ghep compare`` is right on each test example, bool (n,).

        It is fitted to the same examples as a fit of the same seed: to n-grams of texts, or to histograms of gradients
        and colours of images.
        """
        given = {"data": data, "labels": labels, "seed": seed, "version": VERSION}
        return unpacked(
            self.kept("control", lambda: packed(right_of_control(self.source(data, labels, seed), seed)), **given)
        )

    def has(self, cells: Sequence[Cell], *, changed: bool = False) -> bool:
        """Return whether all ``cells`` have been made or may be made: a claim leaves out the rows that it lacks."""
        if self.may_fit:
            return True
        files = [self.out / "cells" / f"{cell.key}.json" for cell in cells]
        made = all(file.exists() for file in files)
        return made and (
            not changed or all("changed" in json.loads(file.read_text(encoding="utf-8")) for file in files)
        )

    def fits(self, cells: Sequence[Cell]) -> list[Fitted]:
        """Return the results of ``cells``, in their order."""
        return [self.fit(cell) for cell in cells]

    def difference(self, these: Sequence[Cell], those: Sequence[Cell], data: str | None = None) -> Estimate:
        """Return the accuracy of ``these`` minus that of ``those`` (a cell for each seed) on the test of ``data``.

        The 95 % interval covers other seeds and other test examples, and is that of ``ghep compare``: few seeds are
        moderated by what ghep knows of the scatter between seeds and draws, and with ``labels`` the effect of a draw
        that both have in common cancels.
        """
        return self.difference_of(self._table(these, data), self._table(those, data), these, those)

    def difference_of(self, a: np.ndarray, b: np.ndarray, these: Sequence[Cell], those: Sequence[Cell]) -> Estimate:
        """Return what ``difference`` does, from given tables (seeds, examples) of what ``these`` and ``those`` know."""
        models = [contender(cells[0]) for cells in (these, those)]
        if these[0].labels is None or those[0].labels is None:
            runs = [Runs(table, prior_of_seeds(one)) for table, one in zip((a, b), models, strict=True)]
            return contrast(runs[:1], runs[1:])
        each = [
            known_scatter(one, self._per_class(cells[0])) for one, cells in zip(models, (these, those), strict=True)
        ]
        return paired_contrast(a, b, prior_of_difference(a, b, *each))

    def over_control(self, these: Sequence[Cell]) -> tuple[Estimate, float]:
        """Return the accuracy of ``these`` minus that of the linear control on the same draws, and the control's."""
        a = self._table(these, None)
        b = np.stack([self.control(one.data, one.labels, one.seed) for one in these])
        labels = self._per_class(these[0])
        each = [known_scatter(model, labels) for model in (contender(these[0]), Contender(NGRAMS))]
        return paired_contrast(a, b, prior_of_difference(a, b, *each)), float(b.mean())

    def _per_class(self, cell: Cell) -> int:
        """Return the labels per class of ``cell``, at least 1."""
        source = self.source(cell.data.split("+")[0], None, 0)
        classes = {str(next(iter(example.labels.values()))) for example in source.examples}
        return max(1, (cell.labels or len(source.examples)) // len(classes))

    def backbone(self, name: str) -> str:
        """Return the backbone called ``name``, as ``ghep fit --backbone`` takes it."""
        return str(self.weights / WEIGHTS[name]) if name in WEIGHTS else name

    def source(self, name: str, labels: int | None, seed: int, most_scored: int | None = None) -> Source:
        """Return the data set ``name`` with a test split of its own and ``labels`` labelled examples besides."""
        folder, options = SETS.get(name, ("", {}))
        source = MADE[name]() if name in MADE else read(self.data / folder, **options)
        most_scored = most_scored or (MOST_TEXTS_SCORED if "text_column" in options else MOST_SCORED)
        named = set(source.splits.values())
        test = "test" if "test" in named else "valid"
        places: dict[str, list[int]] = defaultdict(list)
        for place, example in enumerate(source.examples):
            places[source.splits.get(example.id, "train")].append(place)
        scored = np.random.default_rng(0).permutation(places[test])[:most_scored]
        learnt = places["train"] if labels is None else drawn(source, places["train"], labels, seed)
        kept = sorted({*map(int, scored), *learnt})
        splits = {source.examples[place].id: "train" for place in learnt}  # of which ghep takes valid
        splits |= {source.examples[place].id: "test" for place in map(int, scored)}
        examples = tuple(source.examples[place] for place in kept)
        return dataclasses.replace(source, name=name, examples=examples, splits=splits)  # type: ignore[arg-type]

    def _table(self, cells: Sequence[Cell], data: str | None) -> np.ndarray:
        found = [one.right for one in self.fits(cells)]
        return np.stack([one[data or next(iter(one))] for one in found])

    def _made(self, cell: Cell, changed: bool) -> dict[str, Any]:
        options = dict(cell.options)
        scored, own_store = options.pop("scored", None), options.pop("own_store", False)
        fewer = dict(options.pop("fewer", ()))
        names = cell.data.split("+")
        sources = {name: self.source(name, fewer.get(name, cell.labels), cell.seed, scored) for name in names}
        folder = self.out / "runs" / f"{cell.key}-{os.getpid()}"
        run = ghep.fit(
            next(iter(sources.values())) if len(names) == 1 else joined(sources),
            backbone=self.backbone(cell.backbone),
            strategy=cell.strategy,
            seed=cell.seed,
            out=folder,
            overwrite=True,
            cache_dir=folder.with_name(f"{folder.name}-store") if own_store else self.out / "store",
            control=False,
            familiarity=False,
            **options,
        )
        tests = {name: run.result("test", None if len(names) == 1 else name) for name in names}
        for name, one in tests.items():
            assert len(one.targets) == Counter(sources[name].splits.values())["test"]
        valid = [run.result("valid", None if len(names) == 1 else name).primary.value for name in names]
        history = [one if isinstance(one, Mapping) else dataclasses.asdict(one) for one in run.history]
        measured = {
            "cell": dataclasses.asdict(cell),
            "right": {name: packed(one.predictions.argmax(1) == one.targets) for name, one in tests.items()},
            "valid": float(np.mean(valid)),
            "train_loss": history[-1]["train_loss"] if history else None,
            "history": history,
            "seconds": run.cost.seconds,
            "cpu_seconds": run.cost.cpu_seconds,
            "findings": [one.code for one in run.findings],
            "version": ghep.__version__,
        }
        if changed:
            (source,) = sources.values()
            measured["changed"] = scored_on_changes(run.bundle, source)
        shutil.rmtree(folder)
        shutil.rmtree(folder.with_name(f"{folder.name}-store"), ignore_errors=True)
        return measured


def scored_on_changes(bundle: Path, source: Source) -> dict[str, Any]:
    """Return for each corruption whether the model in ``bundle`` is right on each corrupted test photo, packed."""
    predictor = ghep.load(bundle)
    photos = [one for one in source.examples if source.splits.get(one.id) == "test"][:MOST_CHANGED]
    labels = [next(iter(one.labels.values())) for one in photos]
    found = {}
    for name in CORRUPTIONS:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r".*inputs-drifted")  # that is what the changes are for
            answers = predictor.predict(changed_photos(tuple(Path(str(one.raw)) for one in photos), name))
        right = [answer.label == label for answer, label in zip(answers, labels, strict=True)]
        found[name] = packed(np.array(right))
    return found


@functools.lru_cache(maxsize=12)
def changed_photos(files: tuple[Path, ...], change: str) -> list[Image.Image]:
    """Return the photos after ``change``."""
    made = []
    for place, file in enumerate(files):
        image = Image.open(file).convert("RGB")
        scale = CHANGED_SIDE / min(image.size)
        image = image.resize((round(scale * image.width), round(scale * image.height)), Image.Resampling.BICUBIC)
        made.append(CORRUPTIONS[change](image, np.random.default_rng(place)))
    return made


def contender(cell: Cell) -> Contender:
    """Return what ``ghep compare`` would call the model of ``cell``."""
    random = bool(dict(cell.options).get("random_weights"))
    return Contender(RANDOM_FEATURES if random else cell.strategy, cell.backbone)


def prior_of_seeds(model: Contender) -> Prior | None:
    """Return the prior of the scatter between seeds, from ghep's benchmarks; None for a model without a seed."""
    return KNOWN[group(model)] if depends_on_seed(model) else None


def drawn(source: Source, places: Sequence[int], count: int, seed: int) -> list[int]:
    """Return ``count`` of ``places``, classes in turn; a smaller count is part of a larger one of the same seed."""
    by_class: dict[str, list[int]] = defaultdict(list)
    for place in np.random.default_rng([seed, 1]).permutation(places):
        by_class[str(next(iter(source.examples[place].labels.values())))].append(int(place))
    turns = ((rank, name, place) for name, of in by_class.items() for rank, place in enumerate(of))
    return [place for _, _, place in sorted(turns)][:count]


def right_of_control(source: Source, seed: int) -> np.ndarray:
    """Return whether the linear control, fitted to the train split, is right on each test example, bool (n,)."""
    from ghep.data.check import prepare
    from ghep.data.image.preprocess import ImagePreprocess
    from ghep.data.text.control import fit_text_control
    from ghep.experiment.prepared import tasks_of

    dataset = prepare(source, seed=seed)
    (task,) = tasks_of(dataset, ())
    targets = {
        split: task.encode([one.labels for one in dataset.examples(split)]) for split in ("train", "valid", "test")
    }
    preprocess = ImagePreprocess(height=224, width=224, resize_to=256)
    of_images = preprocess.linear_control(lambda example: preprocess.decode(example.raw))
    fit = fit_text_control if dataset.modality == "text" else of_images
    fitted = fit(dataset.train, targets["train"], task.outputs, valid=(dataset.valid, targets["valid"]))
    return np.asarray(fitted.outputs(dataset.test).argmax(1) == targets["test"])


def digits() -> Source:
    """Return scikit-learn's 8 x 8 handwritten digits, enlarged to 64 x 64: 1,197 for training, 600 for test."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = np.kron(found.images / 16 * 255, np.ones((8, 8))).astype(np.uint8)
    pairs = [
        (np.repeat(one[..., None], 3, axis=2), str(label)) for one, label in zip(pixels, found.target, strict=True)
    ]
    order = np.random.default_rng(0).permutation(len(pairs))
    parts = {"train": order[600:], "test": order[:600]}
    return read({split: [pairs[place] for place in places] for split, places in parts.items()})


MADE: Mapping[str, Callable[[], Source]] = {"digits": digits}
"""Name -> data that come with an installed package, in place of a folder in ``SETS``."""


def joined(sources: Mapping[str, Source]) -> Source:
    """Return the data sets as one, with a task for each."""
    from ghep.data.sources.tasks import join

    return join(sources)


def packed(right: np.ndarray) -> dict[str, Any]:
    """Return a bool array (n,) as plain values."""
    return {"n": len(right), "bits": np.packbits(right).tobytes().hex()}


def unpacked(value: Mapping[str, Any]) -> np.ndarray:
    """Return the array that ``packed`` was given."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(value["bits"]), np.uint8))[: value["n"]].astype(bool)


def fitted_from(cell: Cell, value: Mapping[str, Any]) -> Fitted:
    """Return the result of ``cell`` from the values in its file."""
    right, changed = (
        {name: unpacked(one) for name, one in value.get(part, {}).items()} for part in ("right", "changed")
    )
    rest = {name: one for name, one in value.items() if name not in ("cell", "right", "changed")}
    return Fitted(cell, right, **rest, changed=changed)


def write(file: Path, value: Mapping[str, Any]) -> None:
    """Write ``value`` as JSON; the file is complete or absent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(json.dumps(value, default=float), encoding="utf-8")
    part.replace(file)
