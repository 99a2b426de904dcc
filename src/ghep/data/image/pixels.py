"""Cache of decoded, resized images: a scratch file of limited size that the operating system keeps in memory.

Images are stored when the audit decodes them, and read in every epoch. The file has no name on disk, so nothing is left
after a kill. If the limit or the disk's space is reached, further images are decoded again in every epoch;
``overflow`` counts them, and the plan reports them.
"""

from __future__ import annotations

import errno
import os
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from typing import IO, Any, Protocol, Self

import numpy as np
from PIL import Image

from ghep.data.image.levels import NOMINAL, Levels
from ghep.messages import text_of
from ghep.types import Example, Finding, Raw

DEFAULT_LIMIT_BYTES = 8 * 2**30


class Resizes(Protocol):
    """The part of ``preprocess.ImagePreprocess`` that a PixelStore uses."""

    @property
    def at_least(self) -> int | None:
        """Shorter side in pixels to which the loader may reduce a JPEG."""

    @property
    def levels(self) -> Levels:
        """The values of black and white for images of more than 8 bits."""

    def with_levels(self, levels: Levels) -> Self:
        """Return a copy of this preprocessing with other values of black and white."""

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Return a decoded image resized, uint8 (H', W', 3)."""

    def decode(self, raw: Raw) -> np.ndarray:
        """Return the image ``raw`` loaded and resized, uint8 (H', W', 3)."""


class PixelStore:
    """Maps an example to its prepared pixels, uint8 (H', W', 3). Thread-safe."""

    def __init__(self, preprocess: Resizes, *, limit_bytes: int = DEFAULT_LIMIT_BYTES, measure: bool = True) -> None:
        """``measure``: the audit measures black and white on these examples; otherwise ``preprocess`` has them."""
        self.preprocess = preprocess.with_levels(NOMINAL) if measure else preprocess
        self._measure = measure
        self.limit_bytes = limit_bytes
        self.overflow = 0
        self._end = 0
        self._places: dict[str, tuple[int, tuple[int, ...]]] = {}
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._content: np.ndarray | None = None
        """What a file has, in memory."""

    def lengths(self, examples: Sequence[Example]) -> None:
        """Return None: all images have one size."""

    def plan_lines(self) -> list[str]:
        """Return a line for the plan with the number of images that did not fit, if any."""
        return [text_of("images-not-cached", count=self.overflow)] if self.overflow else []

    def findings(self, examples: Sequence[Example]) -> list[Finding]:  # noqa: ARG002
        """Return no findings: images have no vocabulary that could be unsuitable."""
        return []

    @property
    def at_least(self) -> int | None:
        """The ``at_least`` of the preprocessing, so that a stored image equals the same image decoded again."""
        return self.preprocess.at_least

    @property
    def levels(self) -> Levels | None:
        """Black and white of images of more than 8 bits; None: the scan measures them and sets them here."""
        return None if self._measure else self.preprocess.levels

    @levels.setter
    def levels(self, levels: Levels) -> None:
        self.preprocess, self._measure = self.preprocess.with_levels(levels), False

    def keep(self, example: Example, image: Image.Image) -> None:
        """Prepare a decoded image and store it, if it fits."""
        pixels = np.ascontiguousarray(self.preprocess.prepare(image))
        with self._lock:
            if self._end + pixels.nbytes > self.limit_bytes:
                self.overflow += 1
                return
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="ghep-pixels-")  # noqa: SIM115 - lives as long as the store
                weakref.finalize(self, self._file.close)
            offset, self._end = self._end, self._end + pixels.nbytes
        if self._written(pixels, offset):
            self._places[example.id] = (offset, pixels.shape)
        else:
            with self._lock:
                self.overflow += 1

    def shared(self) -> tuple[IO[bytes] | None, dict[str, Any]]:
        """Return the scratch file and an index of its images, for another process that calls ``attach``.

        Do not call ``keep`` afterwards.
        """
        places = {identity: [offset, *shape] for identity, (offset, shape) in self._places.items()}
        return self._file, {"places": places, "overflow": self.overflow}

    def attach(self, content: IO[bytes] | np.ndarray | None, index: Mapping[str, Any]) -> None:
        """Read images from a file that another process filled, or from its bytes (B,) uint8 in memory.

        ``index`` is what ``shared`` returned there.
        """
        if isinstance(content, np.ndarray):
            self._content = content
        elif content is not None:
            weakref.finalize(self, content.close)
            self._file = content
        self.overflow = index["overflow"]
        self._places = {identity: (place[0], tuple(place[1:])) for identity, place in index["places"].items()}

    def _written(self, pixels: np.ndarray, offset: int) -> bool:
        """Write ``pixels`` at byte ``offset``; return whether all of them were written, which a full disk prevents."""
        assert self._file is not None
        try:
            return os.pwrite(self._file.fileno(), pixels.data, offset) == pixels.nbytes
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                return False
            raise

    def __call__(self, example: Example) -> np.ndarray:
        """Return the prepared pixels, from the store or decoded now."""
        place = self._places.get(example.id)
        if place is None or (self._file is None and self._content is None):
            return self.preprocess.decode(example.raw)
        offset, shape = place
        count = int(np.prod(shape))
        if self._content is not None:
            return self._content[offset : offset + count].reshape(shape)
        assert self._file is not None
        return np.frombuffer(os.pread(self._file.fileno(), count, offset), dtype=np.uint8).reshape(shape)
