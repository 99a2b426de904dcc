"""Attacks: dog to cat from the file, a recipe without a bound, accuracy left by bound, false alarms about gradients.

    scripts/bench attack [--dogs 20] [--recipe 20] [--photos 40] [--digits 200]

Three tables. The first changes photos of dogs until a MobileNetV2 calls the saved PNG a tabby, within 2/255, and gives
processor seconds per photo; below it a well-known recipe on the network's input, 10 x cross-entropy + .005 x total
variation without a bound: reached in memory, reached from the saved file, and its largest change. The second is the
share of correct answers that is left, by bound, after gradient ascent, a single step, and random noise. The third has
the findings about gradients on each of these networks, which are healthy: any finding is a false alarm.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ghep.backbone.source_labels import outputs_of_labels
from ghep.data.image.differentiable import pixels_of
from ghep.data.image.loader import load_image
from ghep.explanation.attack.attack import attack
from ghep.explanation.attack.bounded import noise, pgd, single_step
from ghep.explanation.attack.curve import Point
from ghep.explanation.attack.from_file import answers, png_of
from ghep.explanation.attack.goal import Goal, runner_up
from ghep.explanation.attack.masked import check_gradients
from ghep.explanation.attack.victim import Photo, Victim, pixels_in
from ghep.explanation.subject import Subject, subject_of
from ghep.metrics.intervals import wilson

SHARED = Path(__file__).parents[2] / "shared"
BOUNDS = (1, 2, 4, 8)
TARGET = "tabby"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with data/ and weights/")
    parser.add_argument("--dogs", type=int, default=20)
    parser.add_argument("--recipe", type=int, default=20, help="dogs for the recipe without a bound")
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--digits", type=int, default=200, help="CIFAR-10 images")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    weights, data = given.shared / "weights", given.shared / "data"
    mobile = str(weights / "mobilenetv2_100.imagenet.safetensors")
    if given.dogs:
        dogs = sorted((data / "cats-dogs" / "test" / "dog").glob("*.jpg"))[: given.dogs]
        dog_to_cat(mobile, dogs)
        recipe(mobile, dogs[: given.recipe])
    print("\nmodel, n correct                bound   left: PGD  one step   noise   reached, 95 %")
    if given.photos:
        accuracy_left(mobile, imagenet(data / "imagenet-sample", given.photos))
    for name in ("resnet20", "resnet56") if given.digits else ():
        accuracy_left(str(weights / f"{name}.cifar10.safetensors"), cifar(data / "cifar10-small", given.digits))


def dog_to_cat(model: str, photos: Sequence[Path]) -> None:
    """Print how many saved photos of dogs are called a tabby."""
    began = time.process_time()
    found = attack(model, photos, to=TARGET, epsilon="2/255", checked=0, device="cpu")
    seconds = (time.process_time() - began) / len(photos)
    n, interval = len(found.photos), found.interval
    sure = np.median([one.after.probability for one in found.photos])
    passes = np.median([one.passes for one in found.photos])
    print(
        f"dog to tabby, 2/255: {found.reached}/{n} from the file "
        f"[{100 * interval.low:.0f}, {100 * interval.high:.0f} %], "
        f"median p {sure:.3f}, median {passes:.0f} gradients, {found.cpu_seconds / n:.2f} CPU s a photo "
        f"({seconds:.2f} with loading, saving and predicting)",
        flush=True,
    )


def recipe(model: str, photos: Sequence[Path], *, steps: int = 40, rate: float = 0.02) -> None:
    """Print what 10 x cross-entropy + .005 x total variation of the network's input does, without a bound."""
    subject = subject_of(model)
    target, preprocess = subject.index_of(TARGET), subject.images().preprocess
    memory, saved, change = 0, list[bytes](), list[float]()
    began = time.process_time()
    with subject.in_use():
        mean, std = (torch.tensor(one).reshape(1, 3, 1, 1) for one in (preprocess.mean, preprocess.std))
        for path in photos:
            start = preprocess.collate([preprocess.view(preprocess.decode(path))]) * std + mean
            pixels = start.clone().requires_grad_(True)
            optimiser = torch.optim.Adam([pixels], lr=rate)
            for _ in range(steps):
                loss = 10 * torch.nn.functional.cross_entropy(
                    subject.logits((pixels - mean) / std), torch.tensor([target])
                )
                loss = loss + 0.005 * (pixels.diff(dim=2).abs().sum() + pixels.diff(dim=3).abs().sum())
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            with torch.no_grad():
                end = pixels.clamp(0, 1)
                memory += int(subject.logits((end - mean) / std).argmax() == target)
            saved.append(png_of(pixels_in(end * 255)))
            change.append(float((end - start).abs().max()) * 255)
    seconds = (time.process_time() - began) / len(photos)
    hits = sum(one.says(subject.labels[target]) for one in answers(subject, saved))
    print(
        f"10 x CE + .005 x TV, no bound, {steps} steps of Adam: {memory}/{len(photos)} in memory, {hits}/{len(photos)} "
        f"from the file, largest change {np.median(change):.0f}/255 (median), {seconds:.2f} CPU s a photo"
    )


def accuracy_left(model: str, labelled: Sequence[tuple[bytes | Path, str]]) -> None:
    """Print the share of correct answers that is left within each bound."""
    subject = subject_of(model)
    with subject.in_use():
        victim = Victim(subject)
        outputs = outputs_of_labels(subject.labels, [label for _, label in labelled])
        photos, places = _read(subject, [raw for raw, _ in labelled]), [outputs[label] for _, label in labelled]
        logits = victim.logits(photos, [one.levels for one in photos])
        right = [i for i, place in enumerate(places) if int(logits[i].argmax()) == place]
        photos, logits = [photos[i] for i in right], logits[right]
        goal = Goal(~torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1]).bool())
        points, n = list[Point](), len(photos)
        for bound in BOUNDS:
            every, drawn = [bound] * n, torch.Generator().manual_seed(bound)
            found = pgd(victim, photos, goal, every, steps=40, restarts=2, generator=drawn)
            said = answers(subject, [png_of(pixels_in(one)) for one in found.levels])
            names = [subject.labels[int(one.argmax())] for one in logits]
            hit = tuple(one.label != name for one, name in zip(said, names, strict=True))
            single = int(single_step(victim, photos, goal, every).reached.sum())
            random = int(noise(victim, photos, goal, every, generator=drawn).reached.sum())
            points.append(Point(bound, n, hit, single, random))
            left = [f"{100 * (1 - count / n):.1f} %" for count in (sum(hit), single, random)]
            sure = wilson(sum(hit), n)
            print(
                f"{Path(model).stem:<24} {len(labelled):>4} {n:>4} {bound:>4}/255 {left[0]:>10} {left[1]:>9} "
                f"{left[2]:>8}   {100 * sure.low:.1f} to {100 * sure.high:.1f} %",
                flush=True,
            )
        few = min(n, 16)
        checked = check_gradients(
            victim, photos[:few], runner_up(logits[:few], exclusive=True), points, steps=40, queries=200, seed=0
        )
        print(f"{'':<24} findings about gradients (n={few}): {[one.code for one in checked.findings] or 'none'}")


def imagenet(folder: Path, count: int) -> list[tuple[Path, str]]:
    """Return every k-th photo and its class, as a WordNet id."""
    files = sorted(folder.glob("*.JPEG"))
    return [(one, one.name.split("_")[0]) for one in files[:: max(1, len(files) // count)][:count]]


def cifar(folder: Path, count: int) -> list[tuple[bytes, str]]:
    """Return images of the test split and their classes."""
    import pandas as pd

    rows = pd.read_parquet(folder / "test.parquet").sample(count, random_state=0)
    return [
        (one["bytes"] if isinstance(one, dict) else one, name)
        for one, name in zip(rows["image"], rows["class"], strict=True)
    ]


def _read(subject: Subject, raws: Sequence[bytes | Path]) -> list[Photo]:
    photos = []
    for raw in raws:
        image = load_image(raw) if isinstance(raw, Path) else Image.open(io.BytesIO(raw)).convert("RGB")
        photos.append(Photo("", (pixels_of(image) * 255).round(), subject.transform(image.height, image.width)))
    return photos


if __name__ == "__main__":
    main()
