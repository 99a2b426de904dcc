"""Whether the maps of ghep explain say what the network uses: deletion, insertion, random weights, a planted patch.

    scripts/bench maps PHOTOS [--backbone efficientnet-lite0] [--photos 50] [--planted 60] [--strategy linear_probe]
        [--part 3] [--out FOLDER]

PHOTOS is a folder of photos of a class that the backbone's own classifier knows (ImageNet). Deletion and insertion are
compared with random maps and an edge detector on the same photos. For the planted patch, a model is fine-tuned on
photos and on copies of them with a chequered patch at a random place; the patch is the
only difference between the two classes, and the map of other photos has to peak inside it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import ghep
from ghep.data.image.loader import load_image
from ghep.explanation.maps.curves import EDGES, OWN, RANDOM
from ghep.explanation.maps.photo import Explainer
from ghep.explanation.maps.randomised import randomised_subjects
from ghep.explanation.subject import subject_of


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench maps")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--photos", type=int, default=50)
    parser.add_argument("--planted", type=int, default=60)
    parser.add_argument("--strategy", default="linear_probe")
    parser.add_argument("--part", type=int, default=3, help="the patch is 1/PART of the shorter side")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    files = sorted(file for file in arguments.folder.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg", ".png"))
    files = [
        files[int(place)] for place in np.linspace(0, len(files) - 1, max(arguments.photos, 3 * arguments.planted))
    ]
    torch.set_num_threads(1)
    if arguments.photos:
        _faithful(arguments.backbone, files[:: max(1, len(files) // arguments.photos)][: arguments.photos])
    if arguments.planted:
        with tempfile.TemporaryDirectory() as folder:
            _planted(arguments, files, arguments.out or Path(folder))


def _faithful(backbone: str, files: list[Path]) -> None:
    subject, began = subject_of(backbone), time.process_time()
    with subject.in_use():
        explainer = Explainer(subject, randomised=tuple(randomised_subjects(subject, seed=0)))
        found = [explainer.explain(file, file.name) for file in files]
    seconds = (time.process_time() - began) / len(found)
    print(f"{backbone}, {len(found)} photos, {seconds:.1f} processor seconds each")
    for way in ("deletion", "insertion"):
        each = {kind: np.array([one.curves.area(way, kind) for one in found]) for kind in (OWN, EDGES, RANDOM)}
        for kind in (EDGES, RANDOM):
            gain = each[OWN] - each[kind]
            half = 1.96 * gain.std(ddof=1) / len(gain) ** 0.5
            ratio = each[OWN].mean() / each[kind].mean()
            better = ((gain < 0) if way == "deletion" else (gain > 0)).mean()
            print(
                f"{way:<10} map {each[OWN].mean():.3f}  {kind:<7} {each[kind].mean():.3f}  ratio {ratio:.2f}  "
                f"paired {gain.mean():+.3f} +- {half:.3f}  better on {better:.0%}"
            )
    drawn = np.array([one.randomised for one in found])
    above = (drawn.mean(1) > 0.3).mean()
    print(f"random weights: rank correlation {drawn.mean():+.3f}, mean |r| {np.abs(drawn).mean():.3f}", end=", ")
    print(f"mean of a photo's draws above .3 on {above:.0%}; sd between photos {drawn.mean(1).std():.2f}", flush=True)


def _planted(arguments: argparse.Namespace, files: list[Path], folder: Path) -> None:
    count, part = arguments.planted, arguments.part
    rng = np.random.default_rng(0)
    for number, file in enumerate(files[: 2 * count]):
        image = load_image(file)
        for label, shown in {"plain": image, "marked": _marked(image, rng, part)[0]}.items():
            place = folder / "data" / ("train", "valid")[number % 5 == 4] / label / f"{number:04d}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            shown.save(place)
    run = ghep.fit(
        folder / "data", backbone=arguments.backbone, strategy=arguments.strategy, out=folder / "run", overwrite=True
    )
    subject = subject_of(run.bundle)
    inside, near, seen = [], [], []
    with subject.in_use():
        explainer = Explainer(subject, target="marked", curves=False)
        for number, file in enumerate(files[2 * count : 3 * count]):
            image, (top, left, side) = _marked(load_image(file), rng, part)
            one = explainer.explain(image, str(number))
            row, column = np.unravel_index(int(np.nanargmax(one.on_photo[0])), one.on_photo[0].shape)
            inside.append(top <= row < top + side and left <= column < left + side)
            cell = min(image.size) * 0.875 / one.maps.shape[1]
            near.append(all(low - cell <= at < low + side + cell for at, low in ((row, top), (column, left))))
            seen.append(one.answer == "marked")
    total = len(inside)
    right = np.array(inside)[np.array(seen)]
    print(
        f"planted patch, {total} photos: peak inside on {sum(inside)}, at most one cell away on {sum(near)}", end="; "
    )
    print(f"called marked {sum(seen)}", end=", ")
    print(f"of these inside {right.sum()} ({right.mean():.0%})", flush=True)


def _marked(image: Image.Image, rng: np.random.Generator, part: int) -> tuple[Image.Image, tuple[int, int, int]]:
    """Return a copy of ``image`` with a patch inside its central square, and (top, left, side) of the patch."""
    shorter = min(image.size)
    side, inner = shorter // part, int(shorter * 0.85)
    top, left = ((full - inner) // 2 + int(rng.integers(0, inner - side)) for full in (image.height, image.width))
    squares = np.kron(np.indices((4, 4)).sum(0) % 2, np.ones((side // 4 + 1, side // 4 + 1)))[:side, :side, None]
    patch = np.where(squares > 0, [230, 30, 200], [30, 230, 60]).astype(np.uint8)
    copy = image.copy()
    copy.paste(Image.fromarray(patch), (left, top))
    return copy, (top, left, side)


if __name__ == "__main__":
    main()
