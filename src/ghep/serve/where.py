"""Where in a photo a served bundle finds the evidence for its answer: signed Grad-CAM drawn over the photo.

In: the bytes of a photo. Out: a PNG. It needs the bundle and PyTorch; an export has no gradients.
"""

from __future__ import annotations

import io
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ghep.data.image.loader import pixels_in
from ghep.serve.limits import Budget
from ghep.types import Modality, Raw

if TYPE_CHECKING:
    from ghep.model.bundle import Bundle

SHORTEST, LONGEST = 320, 640
"""Pixels of the longer side of the drawing."""


def can_explain(folder: Path, modality: Modality) -> bool:
    """Return whether ``folder`` is a bundle of images and PyTorch is installed."""
    return modality == "image" and (folder / "config.json").is_file() and find_spec("torch") is not None


class Where:
    """Draws maps for the bundle in ``folder``, one at a time, with a copy of the model that is loaded on first use.

    Predictions run in another thread, and computing gradients changes the model. The pixels of a photo count against
    ``budget``, which the predictions share.
    """

    def __init__(self, folder: Path, budget: Budget) -> None:
        self.folder = folder
        self.budget = budget
        self._lock = threading.Lock()
        self._bundle: Bundle | None = None

    def png(self, photo: Raw, *, task: str | None = None, label: str | None = None) -> bytes:
        """Return the evidence for ``label``, by default the answer, over the photo as a PNG, RGB.

        Raises BadImage for a photo that cannot be read, ConfigError for an unknown task or label and for a model that
        cannot be explained.
        """
        from ghep.data.image.differentiable import PixelTransform
        from ghep.explanation.maps.overlay import overlay
        from ghep.explanation.maps.photo import Explainer
        from ghep.explanation.subject import subject_of
        from ghep.model.bundle import load_bundle

        with self._lock:
            if self._bundle is None:
                self._bundle = load_bundle(self.folder)
            subject = subject_of(self._bundle, task=task)
            with self.budget.holding(pixels_in(photo)):
                with subject.in_use():
                    found = Explainer(subject, target=label, curves=False).explain(photo, "")
                # The maps are drawn on a copy of this size: a photo may have 64 million pixels, or a thousand.
                longer = max(found.image.size)
                scale = min(max(longer, SHORTEST), LONGEST) / longer
                small = found.image.resize([max(1, round(side * scale)) for side in found.image.size])
                transform = PixelTransform(subject.images().preprocess, small.height, small.width)
                found = replace(found, image=small, transform=transform)
        drawn = io.BytesIO()
        overlay(found, 0, longest=LONGEST).save(drawn, format="png")
        return drawn.getvalue()
