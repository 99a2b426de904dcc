"""Tables of made-up examples that have several classes, or none: what tests of multi-label tasks learn from."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = ("blue", "red", "rows")
SPLITS = ("train",) * 4 + ("valid", "test")


def written(path: Path, header: list[str], rows: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def tagged_pictures(root: Path, n: int = 300) -> Path:
    """``table.csv``: pictures that are red, blue, both or neither, with lying stripes or standing ones.

    ``tags`` says all of that, in no order; every seventh cell is blank. ``stripes`` is a class, ``stars`` a rating.
    """
    rng = np.random.default_rng(0)
    rows = []
    for place in range(n):
        has = rng.random(3) < (0.4, 0.5, 0.5)
        wave = 30 * np.sin(2 * np.pi * (np.arange(32) / rng.uniform(5, 9) + rng.uniform()))
        field = np.repeat(wave[:, None], 32, axis=1)
        picture = 90 + (field if has[2] else field.T)[..., None] + rng.normal(0, 10, (32, 32, 3))
        picture[..., 2] += 80 * has[0]
        picture[..., 0] += 80 * has[1]
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(root / f"{place}.png")
        names = [name for name, yes in zip(CLASSES, has, strict=True) if yes]
        tags = "|".join(rng.permutation(names)) or "|"
        stripes = "" if place % 5 == 1 else ("lying" if has[2] else "standing")
        stars = "" if place % 11 == 2 else str(1 + int(has[0]) + int(has[1]))
        rows.append([f"{place}.png", "" if place % 7 == 3 else tags, stripes, stars, SPLITS[place % 6]])
    return written(root / "table.csv", ["path", "tags", "stripes", "stars", "split"], rows)


def tagged_texts(root: Path) -> tuple[Path, str]:
    """A table of 240 sentences ``about`` actors, music, both or neither, and a file of vectors that know the words."""
    rng = np.random.default_rng(1)
    known = {"actor": (1, 0), "actress": (1, 0), "song": (0, 1), "tune": (0, 1)}
    fillers = ("the", "film", "plot", "was", "a", "story", "and", "so")
    rows = []
    for place in range(240):
        has = rng.random(2) < 0.5
        words = [*rng.choice(fillers, 4 + place % 5), *([["actor", "actress"][place % 2]] if has[0] else [])]
        words += [["song", "tune"][(place // 2) % 2]] if has[1] else []
        names = [name for name, yes in zip(("cast", "music"), has, strict=True) if yes]
        rows.append([f"{' '.join(rng.permutation(words))} {place}", "|".join(names) or "|", SPLITS[place % 6]])
    lines = [(word, [*known.get(word, (0, 0)), *rng.normal(0, 0.2, 4)]) for word in (*known, *fillers)]
    vectors = root / "tiny.txt"
    vectors.write_text("".join(f"{word} {' '.join(f'{x:.4f}' for x in row)}\n" for word, row in lines))
    return written(root / "texts.csv", ["text", "about", "split"], rows), str(vectors)


def numbered_pictures(root: Path, n: int = 240) -> Path:
    """``table.csv``: stripes whose ``light`` is a number from -40 to 160, and whose ``kind`` is a class.

    Every seventh number is blank.
    """
    rng = np.random.default_rng(0)
    rows = []
    for place in range(n):
        light, lying = float(rng.uniform(-40, 160)), bool(rng.random() < 0.5)
        wave = 30 * np.sin(2 * np.pi * (np.arange(32) / rng.uniform(5, 9) + rng.uniform()))
        field = np.repeat(wave[:, None], 32, axis=1)
        picture = 60 + light * 0.8 + (field if lying else field.T)[..., None] + rng.normal(0, 10, (32, 32, 3))
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(root / f"{place}.png")
        number = "" if place % 7 == 4 else f"{light:.2f}"
        rows.append([f"{place}.png", number, "lying" if lying else "standing", SPLITS[place % 6]])
    return written(root / "table.csv", ["path", "light", "kind", "split"], rows)
