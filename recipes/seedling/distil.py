"""Pretrain a small network with a larger one as teacher, and with labels. The results are in docs/LOG.md.

    python recipes/seedling/distil.py path/to/tiny-imagenet-200 path/to/teacher.safetensors --out build/distilled

In: Tiny ImageNet with its photos.csv (``tiny_imagenet.py`` writes it) and a weight file that ghep can load, including
its classifier. Out: a bundle. ``pip install openvino`` first: the teacher's pass is ten times faster with it.

The teacher runs once on fixed crops of every photo. The student sees the same crops, randomly mirrored and slightly
shifted, until the time is up, and minimises the sum of

    HARD * cross entropy with the label (smoothed)
    FEATURES * mean squared error of the teacher's features, standardised, from a linear layer on the student's
               (FitNets, Romero et al. 2014, arXiv:1412.6550, at the last layer)
    SOFT * divergence from the teacher's 1000 class probabilities (Hinton et al. 2015, arXiv:1503.02531) of the output
           of the teacher's own classifier for those predicted features (Chen et al. 2022, arXiv:2203.14001)

Both see one and the same crop: "a good teacher is patient and consistent" (Beyer et al. 2021, arXiv:2106.05237). Small
images first, larger ones later (Tan and Le 2021, arXiv:2104.00298). The saved weights are a moving average.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from ghep import __version__
from ghep.backbone.base import Card
from ghep.backbone.catalog import load_backbone
from ghep.backbone.weights import read_weights
from ghep.data.check import prepare
from ghep.data.dataset import Dataset
from ghep.data.image.pixels import PixelStore
from ghep.data.loading.batches import LabelledExamples
from ghep.experiment.folder import scores_json
from ghep.experiment.record import SplitResult, environment
from ghep.experiment.scoring import calibrations, results, split_logits
from ghep.guards.seen import seen_by_training
from ghep.model.bundle import round_weights, save_bundle
from ghep.model.transfer import TransferModel
from ghep.storage.folder import write_folder
from ghep.storage.text import write_json_atomic
from ghep.tasks.classification import Classification

HERE = Path(__file__).parent
SIDE = 64  # of Tiny ImageNet's photos
VIEWS, SMALLEST_AREA, ASPECT = 5, 0.35, 4 / 3  # the whole photo, and crops of at least this share of it
TEACHER_SIZE = 128  # as accurate on these photos as 160, better than 224 or 96, and fast
SIZES = ((0.3, 64), (0.8, 96), (1.0, 128))  # until this share of the time, images of this many pixels
DISPLACED = 2.0  # pixels of 64, each edge of a crop
HARD, FEATURES, SOFT = 0.5, 2.0, 1.0
BATCH, LR, WEIGHT_DECAY, WARMUP, CLIP, AVERAGE, SMOOTHING = 128, 2e-3, 0.05, 0.05, 5.0, 0.999, 0.1
SAVE_SECONDS = 300


def main() -> None:
    """Teach, measure, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tiny", type=Path, help="the folder of Tiny ImageNet, with photos.csv")
    parser.add_argument("teacher", type=Path, help="a weight file, with its json next to it")
    parser.add_argument("--student", type=Path, default=HERE / "regnetx.json", help="what to raise: an architecture")
    parser.add_argument("--out", type=Path, default=Path("build/distilled"))
    parser.add_argument("--minutes", type=float, default=52, help="of training; the schedule runs out with them")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)

    backbone = load_backbone(str(given.student), random_weights=True, seed=given.seed)
    store = PixelStore(replace(backbone.preprocess, height=SIDE, width=SIDE, resize_to=SIDE))
    dataset = prepare(given.tiny / "photos.csv", seed=given.seed, keep=store)
    task = Classification("label", dataset.classes["label"])
    photos = np.stack([store(example) for example in dataset.train])
    crops = [drawn_crops(len(photos), view, given.seed) for view in range(VIEWS)]
    teacher = Teacher(given.teacher)
    features = [teacher.watch(photos, boxes, given.out / f"teacher-{view}.npy") for view, boxes in enumerate(crops)]
    lesson = Lesson(photos, task.encode([example.labels for example in dataset.train]), crops, features)

    student = Student(TransferModel(backbone, [task]), teacher, lesson)
    epochs = train(student, lesson, given.out / "progress", minutes=given.minutes, seed=given.seed)
    save(student.model, dataset, teacher, given, epochs)


def drawn_crops(count: int, view: int, seed: int) -> np.ndarray:
    """Return (N, 4), left top right bottom in pixels: the whole photo in view 0, else a random part of it."""
    if view == 0:
        return np.tile(np.array([0, 0, SIDE, SIDE], np.float32), (count, 1))
    rng = np.random.default_rng([seed, view])
    area = rng.uniform(SMALLEST_AREA, 1, count) * SIDE * SIDE
    ratio = np.exp(rng.uniform(-np.log(ASPECT), np.log(ASPECT), count))
    wide, tall = np.minimum(np.sqrt(area * ratio), SIDE), np.minimum(np.sqrt(area / ratio), SIDE)
    left, top = rng.uniform(0, 1, count) * (SIDE - wide), rng.uniform(0, 1, count) * (SIDE - tall)
    return np.stack([left, top, left + wide, top + tall], 1).astype(np.float32)


class Teacher:
    """The larger network, in eval mode; ``classifier`` turns its features (N, D) into class logits."""

    def __init__(self, file: Path) -> None:
        self.backbone = load_backbone(str(file)).eval()
        weights = read_weights(file)
        self.classifier = (weights["classifier.weight"].float(), weights["classifier.bias"].float())

    def watch(self, photos: np.ndarray, boxes: np.ndarray, file: Path) -> np.ndarray:
        """Return features (N, D) of one crop of each photo, float16 in ``file``: computed once, in bfloat16."""
        import openvino

        if file.exists():
            return np.load(file, mmap_mode="r")
        shape, preprocess = (100, 3, TEACHER_SIZE, TEACHER_SIZE), self.backbone.preprocess
        network = openvino.convert_model(self.backbone.net, example_input=torch.zeros(shape), input=[shape])
        compiled = openvino.Core().compile_model(
            network, "CPU", {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "THROUGHPUT"}
        )
        unfinished = file.with_suffix(".part")
        size = (len(photos), self.backbone.feature_dim)
        features = np.lib.format.open_memmap(unfinished, "w+", np.float16, size)
        queue = openvino.AsyncInferQueue(compiled)
        queue.set_callback(lambda request, place: features.__setitem__(place, request.get_output_tensor(0).data))
        for first in range(0, len(photos), shape[0]):
            place = slice(first, first + shape[0])
            seen = [cut(photo, box, TEACHER_SIZE) for photo, box in zip(photos[place], boxes[place], strict=True)]
            queue.start_async(preprocess.collate(seen).contiguous().numpy(), place)
        queue.wait_all()
        features.flush()
        unfinished.rename(file)
        return features


def cut(photo: np.ndarray, box: np.ndarray, size: int) -> np.ndarray:
    """Return the part of a photo inside ``box``, uint8 (size, size, 3)."""
    return np.asarray(Image.fromarray(photo).resize((size, size), Image.Resampling.BICUBIC, box=tuple(box)))


@dataclass(frozen=True)
class Lesson:
    """Training data: photos (N, 64, 64, 3), labels (N,), and for each view boxes (N, 4) and features (N, D)."""

    photos: np.ndarray
    labels: np.ndarray
    crops: list[np.ndarray]
    features: list[np.ndarray]

    def batches(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield indices of the lesson, epoch after epoch, endlessly."""
        while True:
            order = rng.permutation(len(self.photos))
            yield from np.split(order[: len(order) // BATCH * BATCH], len(order) // BATCH)

    def look(self, place: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return one view of one photo as the student sees it, and the teacher's features of it."""
        view = rng.integers(VIEWS)
        box = self.crops[view][place] + rng.uniform(-DISPLACED, DISPLACED, 4)
        seen = cut(self.photos[place], box.clip(0, SIDE), size)
        return seen[:, ::-1] if rng.random() < 0.5 else seen, self.features[view][place]


class Student(nn.Module):
    """The small network with its head, and the layer that predicts the teacher's features."""

    def __init__(self, model: TransferModel, teacher: Teacher, lesson: Lesson) -> None:
        super().__init__()
        self.model = model
        self.says = nn.Linear(model.backbone.feature_dim, teacher.backbone.feature_dim)
        sample = torch.from_numpy(lesson.features[-1][::7].astype(np.float32))
        self.mean, self.std = sample.mean(0), sample.std(0).clamp_min(1e-2)
        self.classifier = teacher.classifier

    def loss(self, inputs: torch.Tensor, features: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Inputs (N, 3, H, W), the teacher's features (N, D) and labels (N,) -> a number."""
        with torch.autocast("cpu", torch.bfloat16):
            own = self.model.backbone(inputs)
        own = own.float()
        said = self.says(own)
        hard = functional.cross_entropy(self.model.from_features(own)["label"], labels, label_smoothing=SMOOTHING)
        missed = functional.mse_loss(said, (features - self.mean) / self.std)
        theirs = functional.linear(features, *self.classifier).log_softmax(1)
        ours = functional.linear(said * self.std + self.mean, *self.classifier).log_softmax(1)
        soft = functional.kl_div(ours, theirs, log_target=True, reduction="batchmean")
        return HARD * hard + FEATURES * missed + SOFT * soft


def train(student: Student, lesson: Lesson, folder: Path, *, minutes: float, seed: int) -> float:
    """Train until the time is up, leave the moving average in ``student`` and return the number of epochs.

    An interrupted run continues from ``folder``, with the photos in another order.
    """
    student.to(memory_format=torch.channels_last).train()
    preprocess = student.model.backbone.preprocess
    state = {name: tensor for name, tensor in student.state_dict().items() if tensor.is_floating_point()}
    optimizer = _optimizer(student)
    average, spent, step = _resumed(folder, state, optimizer)
    rng = np.random.default_rng([seed, step])
    began = saved = time.perf_counter() - spent
    for places in lesson.batches(rng):
        now = time.perf_counter()
        done = (now - began) / (60 * minutes)
        if now - saved > SAVE_SECONDS or done >= 1:
            _save_progress(folder, state, average, optimizer, now - began, step)
            saved = now
        if done >= 1:
            break
        size = next(size for until, size in SIZES if done < until)
        seen, features = zip(*(lesson.look(place, size, rng) for place in places), strict=True)
        inputs = relit(preprocess.collate(seen), rng)
        theirs = torch.from_numpy(np.stack(features).astype(np.float32))
        for group in optimizer.param_groups:
            group["lr"] = LR * min(1.0, done / WARMUP + 0.01) * (1 + math.cos(math.pi * done)) / 2
        loss = student.loss(inputs, theirs, torch.from_numpy(lesson.labels[places]))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(student.parameters(), CLIP)
        optimizer.step()
        torch._foreach_lerp_(list(average.values()), list(state.values()), 1 - min(AVERAGE, (1 + step) / (10 + step)))
        step += 1
        if step % 500 == 0:
            print(
                f"{(now - began) / 60:.1f} min, {step * BATCH / len(lesson.photos):.2f} epochs, loss {loss:.3f}",
                flush=True,
            )
    for name, tensor in state.items():
        tensor.copy_(average[name])
    student.eval()
    return step * BATCH / len(lesson.photos)


def relit(inputs: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Change contrast and brightness of each image slightly; the teacher saw them unchanged."""
    gain, shift = rng.uniform(0.8, 1.2, (len(inputs), 1, 1, 1)), rng.uniform(-0.3, 0.3, (len(inputs), 1, 1, 1))
    return inputs * torch.from_numpy(gain).float() + torch.from_numpy(shift).float()


def _optimizer(student: Student) -> torch.optim.Optimizer:
    matrices = [parameter for parameter in student.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in student.parameters() if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=LR)


def _save_progress(
    folder: Path,
    state: dict[str, torch.Tensor],
    average: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    spent: float,
    step: int,
) -> None:
    moments = {f"{n}.{key}": value for n, one in optimizer.state_dict()["state"].items() for key, value in one.items()}
    with write_folder(folder) as temporary:
        for name, tensors in (("state", state), ("average", average), ("moments", moments)):
            save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, temporary / f"{name}.safetensors")
        write_json_atomic(temporary / "progress.json", {"seconds": spent, "step": step})


def _resumed(
    folder: Path, state: dict[str, torch.Tensor], optimizer: torch.optim.Optimizer
) -> tuple[dict[str, torch.Tensor], float, int]:
    """Return the moving average, seconds spent and steps made; fill ``state`` and ``optimizer``."""
    if not (folder / "progress.json").exists():
        return {name: tensor.clone() for name, tensor in state.items()}, 0.0, 0
    for name, tensor in load_file(folder / "state.safetensors").items():
        state[name].copy_(tensor)
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in load_file(folder / "moments.safetensors").items():
        number, key = name.split(".")
        moments.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    progress = json.loads((folder / "progress.json").read_text())
    return load_file(folder / "average.safetensors"), progress["seconds"], progress["step"]


def save(model: TransferModel, dataset: Dataset, teacher: Teacher, given: argparse.Namespace, epochs: float) -> None:
    """Measure the final model on the validation photos, and save it."""
    round_weights(model, "float16")
    preprocess = model.backbone.preprocess
    targets = {"label": model.tasks[0].encode([example.labels for example in dataset.valid])}
    valid = LabelledExamples(dataset.valid, targets, PixelStore(preprocess), preprocess)
    logits = split_logits(model, {"valid": valid}, workers=1)
    calibration = {task: one.value for task, one in calibrations(model, logits["valid"], valid).items() if one.value}
    scored = results(model, logits, {"valid": valid}, calibration, seed=given.seed)
    taught_by = teacher.backbone.card
    source = (
        f"Tiny ImageNet ({len(dataset.train)} photos), labels and {taught_by.name} as teacher, by ghep {__version__}"
    )
    model.backbone.card = replace(
        model.backbone.card, source=source, pretrained=True, source_labels=tuple(dataset.classes["label"])
    )
    save_bundle(
        given.out / "bundle",
        model,
        calibration=calibration,
        training=_record(given, taught_by, epochs),
        metrics={"scores": scores_json(scored)},
        card=_card(model, scored, taught_by, given, epochs),
        seen=seen_by_training(dataset),
        dtype="float16",
    )
    print(*(f"{score.name} {score}" for score in scored[0].scores), sep="\n")


def _record(given: argparse.Namespace, taught_by: Card, epochs: float) -> dict[str, Any]:
    """Return how it was made, for config.json; file names without folders."""
    constants = (
        *("VIEWS", "SMALLEST_AREA", "ASPECT", "TEACHER_SIZE", "SIZES", "DISPLACED", "HARD", "FEATURES", "SOFT"),
        *("BATCH", "LR", "WEIGHT_DECAY", "WARMUP", "CLIP", "AVERAGE", "SMOOTHING"),
    )
    return {
        "data": "tiny-imagenet-200/photos.csv",
        "recipe": "recipes/seedling/distil.py",
        "teacher": {"file": given.teacher.name, "source": taught_by.source, "licence": taught_by.licence},
        "settings": {name.lower(): globals()[name] for name in constants},
        "minutes": given.minutes,
        "epochs": round(epochs, 2),
        "seed": given.seed,
        "environment": {**environment(), "precision": "bfloat16-channels_last"},
    }


def _card(
    model: TransferModel, scored: tuple[SplitResult, ...], taught_by: Card, given: argparse.Namespace, epochs: float
) -> str:
    card, preprocess = model.backbone.card, model.backbone.preprocess
    count = sum(parameter.numel() for parameter in model.backbone.parameters())
    rows = [
        f"| {score.name} | {score.value:.3f} | {score.interval.low:.3f} to {score.interval.high:.3f} | {score.n} |"
        for score in scored[0].scores
        if score.interval
    ]
    return CARD.format(
        **{
            "licence": card.licence,
            "architecture": model.backbone.architecture.name,
            "count": count,
            "size": preprocess.height,
            "rows": "\n".join(rows),
        },
        **{"teacher": taught_by.name, "teacher_source": taught_by.source, "teacher_licence": taught_by.licence},
        **{"epochs": epochs, "minutes": given.minutes, "seed": given.seed, "version": __version__},
    )


CARD = """---
library_name: ghep
pipeline_tag: image-classification
base_model: "{architecture}"
license: "{licence}"
metrics:
- accuracy
---

# A small backbone, raised by ghep with a teacher

{architecture}: {count:,} parameters, photos of {size} x {size} pixels, raised by ghep {version} from random weights.

## Data

Tiny ImageNet (Stanford CS231n, from ImageNet: Deng et al. 2009): 100,000 photos of 64 x 64 pixels, 500 of each of 200
classes, to learn from, and 10,000 to measure on. 7 of those have an exact copy among the 100,000, and 27 groups of
copies carry two labels; it comes that way.

## How it was trained

By `recipes/seedling/distil.py`: from the labels, and from the features and class probabilities of a teacher,
`{teacher}` ({teacher_source}; licence: {teacher_licence}). {epochs:.1f} epochs in {minutes:g} minutes, seed {seed}.
Settings and versions are in config.json.

## Results

Of its own head on the validation photos of Tiny ImageNet, enlarged to {size} x {size}; they chose the
temperature of the head and nothing else.

| score | value | 95 % interval | n |
|---|---|---|---|
{rows}

## Limits

Tiny ImageNet is taken from ImageNet, whose photos are for non-commercial research and education; none is in this
folder. Bees, dogs, cats and many other things are among its 200 classes, and more are among the teacher's 1000: a data
set of them is near to its pretraining data. Its head knows only those 200 classes.
"""


if __name__ == "__main__":
    main()
