"""The preprocessing in JavaScript gives the pixels of ghep's, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.export.web.node import node

from ghep.data.image.preprocess import RESAMPLING, ImagePreprocess
from ghep.export.web.settings import image_settings

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { preprocess } from "web/resize.js";
const folder = process.argv[2];
JSON.parse(readFileSync(`${folder}/cases.json`)).forEach(({ width, height, settings }, index) => {
  const data = new Uint8Array(readFileSync(`${folder}/${index}.in`));
  const { pixels, cropped } = preprocess({ width, height, data }, settings);
  writeFileSync(`${folder}/${index}.cropped`, cropped.data);
  writeFileSync(`${folder}/${index}.pixels`, new Uint8Array(pixels.buffer));
});
"""


def differences(folder: Path, cases: list[tuple[np.ndarray, ImagePreprocess]]) -> list[str]:
    """What differs between Python and JavaScript for images uint8 (H', W', 3)."""
    settings = [
        {"width": pixels.shape[1], "height": pixels.shape[0], "settings": image_settings(preprocess)}
        for pixels, preprocess in cases
    ]
    (folder / "cases.json").write_text(json.dumps(settings), encoding="utf-8")
    for index, (pixels, _) in enumerate(cases):
        pixels.tofile(folder / f"{index}.in")
    node(SCRIPT, folder)
    found = []
    for index, (pixels, preprocess) in enumerate(cases):
        view = preprocess.view(preprocess.prepare(Image.fromarray(pixels)))
        cropped = np.fromfile(folder / f"{index}.cropped", np.uint8).reshape(view.shape)
        wanted = np.ascontiguousarray(preprocess.collate([view])).tobytes()
        if not np.array_equal(view, cropped):
            found.append(f"{preprocess} of {pixels.shape}: {(view != cropped).sum()} of {view.size} values differ")
        elif wanted != (folder / f"{index}.pixels").read_bytes():
            found.append(f"{preprocess} of {pixels.shape}: float32 differ")
    return found


def contrasts(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Black and white noise, which bicubic and Lanczos filters overshoot, or noise of all levels."""
    values = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return np.where(values < 128, 0, 255).astype(np.uint8) if rng.random() < 0.5 else values


def random_case(rng: np.random.Generator, interpolation: str, most: int) -> tuple[np.ndarray, ImagePreprocess]:
    width, height = (int(side) for side in rng.integers(1, most, 2))
    if rng.random() < 0.2:
        width = max(1, height // 20)
    elif rng.random() < 0.2:
        height = max(1, width // 20)
    preprocess = ImagePreprocess(
        height=int(rng.integers(1, 80)),
        width=int(rng.integers(1, 80)),
        resize_to=int(rng.integers(1, 60)),
        interpolation=interpolation,
        crop_mode="squash" if rng.random() < 0.3 else "center",
        mean=tuple(rng.random(3).tolist()),
        std=tuple((0.1 + rng.random(3)).tolist()),
    )
    return contrasts(rng, width, height), preprocess


@pytest.mark.slow
@pytest.mark.parametrize("interpolation", RESAMPLING)
def test_equal_for_random_sizes(interpolation: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(sorted(RESAMPLING).index(interpolation))
    assert differences(tmp_path, [random_case(rng, interpolation, 120) for _ in range(20)]) == []


def test_equal_for_shapes_at_the_limits(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    net = ImagePreprocess(height=224, width=224, resize_to=256, interpolation="bicubic")
    sizes = [(1, 1), (1, 30), (30, 1), (256, 256), (255, 257), (20, 512), (512, 20), (640, 427)]
    assert differences(tmp_path, [(contrasts(rng, *size), net) for size in sizes]) == []


@pytest.mark.slow
@pytest.mark.parametrize("interpolation", RESAMPLING)
def test_equal_for_many_sizes(interpolation: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    assert differences(tmp_path, [random_case(rng, interpolation, 900) for _ in range(250)]) == []
