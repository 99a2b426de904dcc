"""A shortcut planted in training photos, and whether ghep explain shows it (the exercise in docs/explain-maps.md).

    scripts/bench shortcut PETS [--marked Bengal] [--backbone seedling] [--strategy full] [--photos 20] [--out FOLDER]

PETS has train/ and test/ with a folder per class. All training photos of one class get a magenta square in a corner.
Printed for test photos with and without the square: how often the answer is the marked class, how often the map of that
class peaks in the corner, and the share of its positive evidence that lies there.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import ghep
from ghep.data.image.loader import load_image
from ghep.explanation.maps.photo import Explainer
from ghep.explanation.subject import subject_of

MAGENTA = (230, 30, 200)
PART = 4
"""The side of the square is 1/PART of the photo's."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench shortcut")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--marked", default="Bengal")
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--strategy", default="full")
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure(arguments, arguments.out or Path(folder))


def _measure(arguments: argparse.Namespace, out: Path) -> None:
    for file in sorted((arguments.folder / "train").rglob("*.jpg")):
        image, breed = _square(load_image(file)), file.parent.name
        place = out / "marked" / "train" / breed / f"{file.stem}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        (_marked(image) if breed == arguments.marked else image).save(place)
    data = {"backbone": arguments.backbone, "strategy": arguments.strategy}
    run = ghep.fit(out / "marked", **data, out=out / "run", overwrite=True)
    subject = subject_of(run.bundle)
    with subject.in_use():
        explainer = Explainer(subject, target=arguments.marked, curves=False)
        for breed in sorted(place.name for place in (arguments.folder / "test").iterdir()):
            files = sorted((arguments.folder / "test" / breed).glob("*.jpg"))[: arguments.photos]
            for mark in (True, False):
                rows = [_row(explainer, _square(load_image(file)), mark, arguments.marked) for file in files]
                called, corner, share = np.array(rows).T
                print(
                    f"{breed:<18} {'with' if mark else 'without'} the square, {len(rows)} photos: "
                    f"called {arguments.marked} {called.sum():.0f}, peak in the corner {corner.sum():.0f}, "
                    f"share of positive evidence there {share.mean():.2f}",
                    flush=True,
                )


def _row(explainer: Explainer, image: Image.Image, mark: bool, label: str) -> tuple[float, float, float]:
    one = explainer.explain(_marked(image) if mark else image, "photo")
    values, side = np.nan_to_num(one.on_photo[0]), image.width // PART
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    positive = values.clip(0)
    share = positive[:side, :side].sum() / max(float(positive.sum()), 1e-12)
    return float(one.answer == label), float(max(row, column) < 1.5 * side), share


def _square(image: Image.Image) -> Image.Image:
    """Return the central square, so that the network's crop keeps the corner."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _marked(image: Image.Image) -> Image.Image:
    side, copy = image.width // PART, image.copy()
    copy.paste(MAGENTA, (0, 0, side, side))
    return copy


if __name__ == "__main__":
    main()
