"""``ghep.ideal``: images that a model assigns to a class, found by gradient ascent, and judged by others.

In: a model and labels. Out: an ``IdealImages``: one image for each label and way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from PIL import Image

from ghep.errors import ConfigError
from ghep.explanation.ideal.ascent import Climb, Goal, canvas_size, climb
from ghep.explanation.ideal.canvas import photo_spectrum
from ghep.explanation.ideal.drawing import NAMES, in_notebook, overview, page_of
from ghep.explanation.ideal.found import Found, IdealImage
from ghep.explanation.ideal.judging import (
    Judge,
    Variation,
    answers,
    judge_for,
    read_photos,
    variation_of,
    variation_of_photos,
    view_of,
)
from ghep.explanation.ideal.request import IdealKeywords, IdealOptions, options_from
from ghep.explanation.page import write_page
from ghep.explanation.subject import Subject, subject_of
from ghep.messages import text_of
from ghep.model.bundle import Bundle
from ghep.model.device import device_named
from ghep.reporter import Reporter, Silent
from ghep.setting import settings_of, with_signature
from ghep.types import Finding

if TYPE_CHECKING:
    from ghep.display.figure import NotebookFigure

MOST_LABELS = 20
"""Labels for which images are made in one call, unless they are named."""


class IdealImages(Found):
    """The images of one model, with what was said about them; a notebook displays a table, ``plot`` the images."""

    def plot(self) -> NotebookFigure:
        """Return a figure: a row for each label, a column for each way, and what was said below each image."""
        return overview(self)

    def save(self, folder: str | Path) -> Path:
        """Write the page, figures, images and arrays into ``folder`` and return the path of ``page.html``.

        ``images/LABEL-WAY.png`` are for ``ghep predict``: the preprocessing only crops them.
        ``arrays/LABEL-WAY.npz`` have ``pixels``, ``frames``, ``steps``, ``by_frame`` and ``objective``.
        """
        folder = Path(folder)
        for name in ("images", "arrays"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, one in self.files().items():
            Image.fromarray(one.pixels).save(folder / "images" / f"{name}.png")
            np.savez_compressed(
                folder / "arrays" / f"{name}.npz",
                pixels=one.pixels,
                frames=np.stack(one.frames),
                steps=np.array(one.steps),
                by_frame=np.array(one.by_frame),
                objective=one.objective,
            )
        return write_page(page_of(self), folder)

    def _repr_html_(self) -> str:
        return in_notebook(self)


@with_signature(settings_of(IdealOptions))
def ideal(
    subject: str | Path | Bundle,
    label: str | Sequence[str] = (),
    *,
    photos: str | Path | None = None,
    judge: str | Path | None = None,
    task: str | None = None,
    reporter: Reporter | None = None,
    **options: Unpack[IdealKeywords],
) -> IdealImages:
    """Return images that ``subject``, a bundle or a backbone for images, assigns to each ``label``.

    Without ``label``, all classes of a bundle with up to 20 classes are used. If the bundle predicts a number, the
    images are those with the ``highest`` and the ``lowest`` number. ``photos`` is a folder of photos, whose total
    variation is compared, and whose magnitudes are used with ``magnitude="data"``. ``judge`` is a bundle or backbone
    that answers about the images but was not used to make them; by default an ImageNet network at hand that knows the
    label and shares no weights with ``subject``. ``task`` is one of the bundle's tasks. The same arguments give the
    same images.

    Raises ConfigError for a model that does not read images, an unknown label or setting; BundleError or BackboneError
    for a model that cannot be loaded; DataError for photos that cannot be read.

    >>> found = ghep.ideal("efficientnet-lite0", "zebra")       # doctest: +SKIP
    >>> found.image("zebra", "fourier").judged.value            # doctest: +SKIP
    >>> found.save("zebra")                                     # doctest: +SKIP
    """
    chosen = options_from(options)
    if chosen.magnitude == "data" and photos is None:
        raise ConfigError("ideal-magnitude-without-photos")
    device = device_named(chosen.device)
    model = subject_of(subject, task=task)
    preprocess = model.images().preprocess
    goals = _goals(model, [label] if isinstance(label, str) else list(label))
    findings, given = list(model.findings), list[np.ndarray]()
    if photos is not None:
        given, unreadable = read_photos(preprocess, Path(photos), canvas_size(preprocess))
        findings += [unreadable] if unreadable is not None else []
    spectrum = photo_spectrum(given) if chosen.magnitude == "data" else None
    ordinary = variation_of_photos(preprocess, given) if given else None
    found_judge, said = judge_for(model, [goal.label for goal in goals], judge)
    findings += said
    images = list[IdealImage]()
    with ExitStack() as stack:
        for one in (model, *([found_judge.subject] if found_judge is not None else [])):
            stack.enter_context(one.on(device))
            stack.enter_context(one.in_use())
        for goal in goals:
            for way in chosen.ways:
                told = _progress(reporter or Silent(), goal, way, photos=spectrum is not None)
                found = climb(model, goal, way, chosen, spectrum=spectrum, device=device, progress=told)
                if not found.moved:
                    findings.append(Finding.of("ideal-no-gradient", "error", label=goal.label, way=way))
                images.append(_judged(model, goal, way, found, found_judge, ordinary, device))
    return IdealImages(
        model.name,
        chosen,
        tuple(images),
        None if found_judge is None else found_judge.name,
        ordinary,
        str(device),
        not model.classes,
        tuple(findings),
    )


def _goals(model: Subject, labels: Sequence[str]) -> list[Goal]:
    """Return the goals that ``labels`` name; raise ConfigError for an unknown one."""
    if not model.classes:
        signs = {"highest": 1, "lowest": -1}
        wrong = [label for label in labels if label not in signs]
        if wrong:
            raise ConfigError("ideal-number-has-no-classes", name=model.name, labels=wrong)
        return [Goal(label, 0, signs[label]) for label in labels or signs]
    if not labels and len(model.labels) > MOST_LABELS:
        raise ConfigError("ideal-no-label", name=model.name, count=len(model.labels), example=model.labels[0])
    indexes = dict.fromkeys(map(model.index_of, labels or model.labels))
    return [Goal(model.labels[index], index) for index in indexes]


def _progress(reporter: Reporter, goal: Goal, way: str, *, photos: bool) -> Callable[[int, int], None]:
    phase = text_of(
        "ideal-phase", label=goal.label, way=text_of(NAMES["photos" if way == "fourier" and photos else way][0])
    )
    return lambda done, total: reporter.progress(phase, done, total)


def _judged(
    model: Subject,
    goal: Goal,
    way: str,
    found: Climb,
    judge: Judge | None,
    ordinary: Variation | None,
    device: Any,
) -> IdealImage:
    preprocess = model.images().preprocess
    frames = tuple(view_of(preprocess, one) for one in found.frames)
    own = answers(model, goal.index, found.frames, device)
    known = judge is not None and goal.label in judge.indexes
    judged = answers(judge.subject, judge.indexes[goal.label], [found.pixels], device)[0] if judge and known else None
    variation = variation_of(frames[-1])
    return IdealImage(
        goal.label,
        way,
        found.pixels,
        frames[-1],
        own[-1],
        judged,
        variation,
        None if ordinary is None else ordinary.includes(variation),
        frames,
        found.steps,
        tuple(one.value for one in own),
        found.objective,
    )
