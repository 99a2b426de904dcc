"""Gradient ascent from noise to an image that a model assigns to a class.

In: a model, a goal (one of its outputs), and a way. Out: a ``Climb``: the image and the frames on the way to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ghep.data.image.preprocess import ImagePreprocess
from ghep.explanation.ideal.canvas import Canvas, PhotoSpectrum, fourier_canvas, phase_canvas, pixel_canvas
from ghep.explanation.ideal.moves import moved
from ghep.explanation.ideal.request import IdealOptions
from ghep.explanation.subject import Subject
from ghep.tasks.base import Classifier

REFERENCE = 3 * 224 * 224
"""Values of an image of 224 x 224 pixels. Weights of the total variation are those of its sum over such an image, and
have the same effect at every size."""
FRAMES = 8
"""Most frames of a strip."""
RATES = {"pixels": 0.02, "pixels_tv": 0.02, "fourier": 0.05}
PHASE_RATE = 0.3
"""Rates of Adam. MACO has NAdam at 1.0 and 32 views a step; with one view, phases do not settle at that rate."""
SPREAD = 0.5
"""Standard deviation of a logit over random patches in ImageNet networks: 0.54 in MobileNetV2, 0.39 in
EfficientNet-Lite0."""
LESSON = (10.0, 0.005)
"""Weights of cross-entropy and total variation in ``pixels_tv``, as they are usually taught."""


@dataclass(frozen=True)
class Goal:
    """One output of a model, to be raised or lowered."""

    label: str
    """The class; ``highest`` or ``lowest`` for a number."""
    index: int
    sign: int = 1

    def logit(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the mean logit of the goal, negative if it is to be lowered; ``logits`` (N, K)."""
        return self.sign * logits[:, self.index].mean()

    def log_probability(self, subject: Subject, logits: torch.Tensor) -> torch.Tensor:
        """Return the mean log probability of the class; for a number, the same as ``logit``."""
        if subject.task is None or (isinstance(subject.task, Classifier) and subject.task.exclusive):
            return logits.log_softmax(1)[:, self.index].mean()
        if isinstance(subject.task, Classifier):
            return torch.nn.functional.logsigmoid(logits[:, self.index]).mean()
        return self.logit(logits)


@dataclass(frozen=True)
class Climb:
    """What gradient ascent found."""

    pixels: np.ndarray
    """uint8 (H, W, 3): the last frame."""
    frames: tuple[np.ndarray, ...]
    """uint8 (H, W, 3) each, from noise to the image."""
    steps: tuple[int, ...]
    """The number of steps before each frame."""
    objective: np.ndarray
    """float64 (steps,): what each step raised: a logit, or a log probability, without the total variation."""
    moved: bool
    """Whether the first step had a gradient; without one, the image is the noise that it started from."""


def canvas_size(preprocess: ImagePreprocess) -> tuple[int, int]:
    """Return (H, W) of an image that ``preprocess`` does not resize: a saved image is what the network was shown."""
    width, height = preprocess.resized(preprocess.width, preprocess.height)
    return height, width


def climb(
    subject: Subject,
    goal: Goal,
    way: str,
    options: IdealOptions,
    *,
    spectrum: PhotoSpectrum | None = None,
    device: torch.device,
    progress: Callable[[int, int], None] | None = None,
) -> Climb:
    """Return the result of ``options.steps`` steps; ``subject`` is in use (``Subject.in_use``) on ``device``.

    ``fourier`` raises the logit, less ``options.variation`` times the total variation: a probability also rises when
    other classes fall, and saturates. For a bundle this weight is scaled by the size of its logits: regularised heads
    have small ones, against which the total variation would leave a blank image. ``pixels`` and ``pixels_tv`` raise the
    log probability, as the usual lesson does.
    """
    preprocess = subject.images().preprocess
    height, width = canvas_size(preprocess)
    generator = torch.Generator().manual_seed(options.seed)
    canvas = _canvas(way, (height, width), spectrum, generator, device)
    plain = subject.transform(height, width)
    mean, std = (torch.tensor(one, device=device).reshape(1, 3, 1, 1) for one in (preprocess.mean, preprocess.std))
    rate = PHASE_RATE if spectrum is not None and way == "fourier" else RATES[way]
    optimiser = torch.optim.Adam(canvas.parameters, lr=rate)
    weight = options.variation * _logit_scale(subject, device)
    marks, frames, objective, any_gradient = _marks(options.steps), list[np.ndarray](), list[float](), False
    for step in range(options.steps):
        if step in marks:
            frames.append(_levels(canvas))
        image = canvas.image()
        if way == "fourier":
            seen = (moved(image, preprocess.height, preprocess.width, generator) - mean) / std
            raised = goal.logit(subject.logits(seen))
            loss = weight * _variation(image) - raised
        else:
            raised = goal.log_probability(subject, subject.logits(plain(image)))
            loss = -LESSON[0] * raised + (LESSON[1] * _variation(image) if way == "pixels_tv" else 0.0)
        optimiser.zero_grad()
        slopes = torch.autograd.grad(raised, image, retain_graph=True)[0] if step == 0 else None
        any_gradient = any_gradient or (slopes is not None and bool(slopes.any()))
        torch.autograd.backward(loss)
        optimiser.step()
        objective.append(float(raised.detach()))
        if progress is not None:
            progress(step + 1, options.steps)
    frames.append(_levels(canvas))
    return Climb(frames[-1], tuple(frames), (*marks, options.steps), np.array(objective), any_gradient)


def _canvas(
    way: str,
    size: tuple[int, int],
    spectrum: PhotoSpectrum | None,
    generator: torch.Generator,
    device: torch.device,
) -> Canvas:
    if way != "fourier":
        return pixel_canvas(*size, generator, device)
    if spectrum is not None:
        return phase_canvas(spectrum, generator, device)
    return fourier_canvas(*size, generator, device)


def _logit_scale(subject: Subject, device: torch.device) -> float:
    """Return the size of the logits of ``subject`` compared with those of an ImageNet network, which are 1."""
    if subject.task is None:
        return 1.0
    with torch.no_grad():
        logits = subject.logits(subject.images().preprocess.sample(16, 0).to(device))
    return float(logits.std(dim=0).mean()) / SPREAD


def _variation(image: torch.Tensor) -> torch.Tensor:
    """Return the total variation of ``image`` (1, 3, H, W), as its sum over 224 x 224 pixels would be."""
    down, across = (image[..., 1:, :] - image[..., :-1, :]).abs().sum(), (image[..., 1:] - image[..., :-1]).abs().sum()
    return (down + across) * (REFERENCE / image.numel())


def _marks(steps: int) -> tuple[int, ...]:
    """Return the steps before which a frame is kept: the first, and then about twice as many each time."""
    later = [steps >> shift for shift in range(1, FRAMES - 1)]
    return tuple(sorted({0, *(one for one in later if one > 0)}))


def _levels(canvas: Canvas) -> np.ndarray:
    with torch.no_grad():
        image = canvas.image()[0]
    levels: np.ndarray = (image.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return levels
