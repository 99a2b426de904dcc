"""Decoding large JPEGs at a fraction of their size: time, and the change of pixels and features.

    scripts/bench reduced_decode PHOTOS [--backbone B] [--photos 32] [--rounds 5]

PHOTOS is a folder of JPEGs. The photos are compared as they are (for a backbone of 64 px, photos of 256 px are large),
and tiled into images of 8 x 8 photos, which have more detail than any camera's. Times are of one such image enlarged to
12 megapixels.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.data.image.loader import load_image
from ghep.features.engines.choose import disagreement


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench reduced_decode")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backbone", default="seedling")
    parser.add_argument("--photos", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    files = sorted(file for file in arguments.folder.rglob("*") if file.suffix.lower() in (".jpg", ".jpeg"))
    backbone = load_backbone(arguments.backbone).eval()
    _compare("photos as they are", backbone, [file.read_bytes() for file in files[: arguments.photos]])
    tiled = [_tiled(files, 64 * number) for number in range(arguments.photos // 2)]
    _compare("8 x 8 tiles, 1792 px", backbone, [_jpeg(image) for image in tiled])
    large = _jpeg(tiled[0].resize((4000, 3000), Image.Resampling.BICUBIC))
    preprocess = backbone.preprocess
    before = _seconds(lambda: preprocess.prepare(load_image(large)), arguments.rounds)
    after = _seconds(lambda: preprocess.decode(large), arguments.rounds)
    print(f"12 megapixels, {len(large) / 1e6:.1f} MB, decoded and resized to {preprocess.resize_to}: ", end="")
    print(f"{1000 * before:.0f} ms whole, {1000 * after:.0f} ms reduced")


def _compare(name: str, backbone: Backbone, files: list[bytes]) -> None:
    preprocess, shorter = backbone.preprocess, backbone.preprocess.resize_to
    whole = [preprocess.prepare(load_image(data)) for data in files]
    expected = _features(backbone, whole)
    for factor in (1, 2, 3, 4):
        images = [load_image(data, at_least=factor * shorter) for data in files]
        found = [preprocess.prepare(image) for image in images]
        same = [(a, b) for a, b in zip(found, whole, strict=True) if a.shape == b.shape]
        apart = np.mean([np.abs(a.astype(int) - b).mean() for a, b in same])
        width = np.mean([load_image(data).width / image.width for data, image in zip(files, images, strict=True)])
        features = disagreement(_features(backbone, found), expected)
        print(
            f"{name}: at least {factor} x {shorter}: reduced {width:.1f} times, pixels differ by {apart:.2f}", end=" "
        )
        print(f"({len(same)} of {len(found)} of the same shape), features by {features:.3f}", flush=True)


def _features(backbone: Backbone, prepared: list[np.ndarray]) -> torch.Tensor:
    preprocess = backbone.preprocess
    with torch.no_grad():
        return backbone(preprocess.collate([preprocess.view(pixels) for pixels in prepared]))


def _tiled(files: list[Path], start: int) -> Image.Image:
    paper = Image.new("RGB", (8 * 224, 8 * 224))
    for place in range(64):
        photo = load_image(files[(start + place) % len(files)]).crop((0, 0, 224, 224))
        paper.paste(photo, (place % 8 * 224, place // 8 * 224))
    return paper


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _seconds(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return min(taken)


if __name__ == "__main__":
    main()
