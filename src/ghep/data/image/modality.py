"""Images in the registry of modalities (``data/modalities.py``): how they are audited, read, shown and prepared."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ghep.data.dataset import place
from ghep.data.image.audit import Fact, image_findings, scan
from ghep.data.image.depths import any_range, depth_findings, depths_used
from ghep.data.image.levels import Extent, extent_in
from ghep.data.image.loader import pixels_in
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.image.thumbnail import thumbnail
from ghep.data.loading.inputs import image_list
from ghep.data.modalities import Audit, Given, Kind, Shown
from ghep.data.shortcuts import Trait
from ghep.data.sources.folders.class_folders import images_in
from ghep.data.splitting.copies import near_pairs
from ghep.errors import BadExample, BadImage, InputsError
from ghep.messages import Message, text_of
from ghep.types import Example, Finding, Raw

GREY = 0.5
"""Maximum difference of the mean channels of a grey image, of 255 levels."""
LOSSLESS = 101.0
"""JPEG quality of images in other formats."""
THUMBNAIL_PIXELS = 400
"""Longer side of a thumbnail: enough to recognise the content, also enlarged; a dozen take less than 0.5 MB."""
SMALL_PIXELS = 112
"""The same of an image that is shown with others next to it: about 4 kB."""


def _image_size(fact: Fact) -> tuple[int, ...]:
    return fact.width, fact.height


def _image_shown(fact: Fact) -> str:
    return place(fact.id)


def _image_depths(facts: Sequence[Fact]) -> dict[str, str]:
    return depths_used({fact.id: fact.extent for fact in facts if fact.extent is not None})


def _image_traits(facts: Sequence[Fact]) -> dict[str, Mapping[str, Trait]]:
    depths = _image_depths(facts)
    depth = text_of("trait-value-range" if any_range(depths.values()) else "trait-bit-depth")
    eight_bits, grey, colour = text_of("depth-bits", bits=8), text_of("trait-grey"), text_of("trait-colour")
    file_format, channels = text_of("trait-file-format"), text_of("trait-grey-or-colour")
    size, width, height = text_of("trait-image-size"), text_of("trait-image-width"), text_of("trait-image-height")
    pixels, aspect, quality = text_of("trait-num-pixels"), text_of("trait-aspect-ratio"), text_of("trait-jpeg-quality")
    return {
        fact.id: {
            file_format: fact.format,
            depth: depths.get(fact.id, eight_bits),
            channels: grey if max(fact.colour) - min(fact.colour) < GREY else colour,
            size: f"{fact.width} x {fact.height}",
            width: float(fact.width),
            height: float(fact.height),
            pixels: float(fact.width * fact.height),
            aspect: fact.width / fact.height,
            quality: LOSSLESS if fact.quality is None else fact.quality,
        }
        for fact in facts
    }


def _prepare_images(
    preprocess: ImagePreprocess, raws: Sequence[Raw]
) -> list[tuple[np.ndarray | BadExample, Extent | None]]:
    """Return (pixels or the error, value range) for each of ``raws``, decoded in two threads if there are several.

    Threads help because Pillow releases the interpreter lock.
    """

    def decode(raw: Raw) -> tuple[np.ndarray | BadExample, Extent | None]:
        try:
            return preprocess.decode_measured(raw)
        except BadExample as error:
            return error, None

    if len(raws) == 1:  # as in a server, whose requests are threads already
        return [decode(raws[0])]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(decode, raws))


def _level_findings(preprocess: ImagePreprocess, extents: Mapping[str, Extent]) -> list[Finding]:
    together = [Example(name, None) for name in extents]
    depths = depth_findings(depths_used(extents), {"train": (), "valid": (), "test": together}, ())
    return [*preprocess.findings_of(extents), *depths]


def _one_size(prepared: Sequence[np.ndarray]) -> None:  # noqa: ARG001
    return None


def _image_file(path: Path, encoding: str | None) -> Raw:  # noqa: ARG001 - for tables and texts
    return path


def _image_bytes(data: bytes, encoding: str | None) -> Raw:  # noqa: ARG001
    return data


def _file_of_line(line: str, pairs: bool) -> Raw:  # noqa: ARG001 - images have no pairs
    return Path(line) if line.strip() else b""  # a blank line is an empty image


def _image_of_json(value: Any) -> Raw:
    """Return the bytes of a file from base64, with or without ``data:image/png;base64,`` in front."""
    if not isinstance(value, str):
        raise InputsError("image-not-base64", found=type(value).__name__)
    head, comma, tail = value.partition(",")
    encoded = tail if comma and head.startswith("data:") else value
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError as error:  # also of characters beyond ASCII
        raise InputsError("image-not-base64", found=str(error)) from None


def _trial(pairs: bool) -> Raw:  # noqa: ARG001
    written = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(written, "PNG")
    return written.getvalue()


def _show(raw: str | Path | bytes, *, small: bool = False) -> Shown:
    try:
        return Shown(image=thumbnail(raw, SMALL_PIXELS if small else THUMBNAIL_PIXELS))
    except BadImage as problem:
        return Shown(missing=problem.reason)


IMAGE = Kind(
    name="image",
    audit=Audit(
        scan=scan,
        alike=near_pairs,
        alike_among_tasks=near_pairs,
        findings=image_findings,
        size=_image_size,
        shown=_image_shown,
        traits=_image_traits,
        depths=_image_depths,
        unit="pixels",
        things="images",
        files="files",
    ),
    given=Given(
        thing="image",
        things="images",
        pipeline_tag="image-classification",
        example="file",
        others=Message("other-image"),
        bad=BadImage,
        sequence=image_list,
        prepare=_prepare_images,
        findings=_level_findings,
        chunk=256,
        lengths=_one_size,
        files_in=images_in,
        of_file=_image_file,
        of_bytes=_image_bytes,
        of_line=_file_of_line,
        of_json=_image_of_json,
        amount=pixels_in,
        trial=_trial,
        remedy=Message("predict-images-remedy"),
        restored=extent_in,
    ),
    shown=_show,
    processors={"ghep.ImagePreprocess": lambda config, _read: ImagePreprocess.from_json(config)},
    backbone="ghep.backbone.image:ImageBackbone",
    default_backbones=("efficientnet-lite0", "seedling"),
)
