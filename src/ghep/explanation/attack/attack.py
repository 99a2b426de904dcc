"""Attack photos: the smallest changes that give a model another answer, from the photo to the saved file.

In: a bundle or a backbone, and photos. Out: an ``Attack``: the changed images, the answers to them as saved files, the
curve over bounds, the transfer to other models, and findings about the gradients.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from ghep.data.image.differentiable import pixels_of
from ghep.data.image.loader import load
from ghep.errors import BadExample, ConfigError, DataError
from ghep.explanation.attack.attack_options import AttackOptions, options_from
from ghep.explanation.attack.attack_page import as_html, as_json, plotted, saved
from ghep.explanation.attack.attack_record import Attacked, Record
from ghep.explanation.attack.bounded import Found, pgd
from ghep.explanation.attack.curve import curve, smallest_bounds
from ghep.explanation.attack.distant import cw, distance
from ghep.explanation.attack.from_file import Answer, answers, exclusive, png_of
from ghep.explanation.attack.goal import Goal, another_answer, one_of, runner_up
from ghep.explanation.attack.masked import check_gradients
from ghep.explanation.attack.square import square
from ghep.explanation.attack.transfer import transfer
from ghep.explanation.attack.victim import Photo, Victim, pixels_in
from ghep.explanation.subject import Subject, subject_of
from ghep.model.bundle import Bundle
from ghep.model.device import device_named
from ghep.reporter import Reporter, Silent
from ghep.tasks.base import Classifier
from ghep.types import Finding, Raw


@dataclass(frozen=True)
class Attack(Record):
    """What ``attack`` returns: display it, or ``save`` it."""

    def plot(self) -> Any:
        """Return a figure: photos, changed images and their difference."""
        return plotted(self)

    def save(self, folder: str | Path) -> Path:
        """Write page, figures, changed images, arrays and ``attack.json`` into ``folder``; return the page."""
        return saved(self, Path(folder))

    def to_json(self) -> dict[str, Any]:
        """Return the results as plain values."""
        return as_json(self)

    def _repr_html_(self) -> str:
        from ghep.display.html import or_text

        return or_text(as_html, self)


def attack(
    model: str | Path | Bundle,
    photos: Raw | Sequence[Raw],
    *,
    names: Sequence[str] | None = None,
    reporter: Reporter | None = None,
    **options: Any,
) -> Attack:
    """Change ``photos`` as little as possible until ``model`` gives another answer; return the ``Attack``.

    ``model`` is a bundle, or a backbone with the classifier of its pretraining. ``photos`` are paths, PIL images or
    arrays. ``options`` are the fields of ``AttackOptions``: ``to`` (labels that are wanted; default: any other answer),
    ``epsilon`` ("2/255", the most that a value of a pixel in [0, 1] may change), ``method`` (pgd, cw, square),
    ``steps``, ``restarts``, ``queries``, ``transfer_to`` (other models), ``checked`` (photos on which curve and
    gradients are checked), ``task``, ``device``, ``seed``; ``out`` and ``overwrite`` save the result.

    A photo counts as reached only if the changed image, saved as PNG, gets the wanted answer from the path that
    ``ghep predict`` uses. Unusable photos are named in the finding ``unusable-photos``; photos that already have the
    wanted answer in ``already-reached``. Raises ConfigError for wrong options and for a model without classes,
    DataError if no photo is left.

    >>> found = attack("runs/pets/bundle", ["dog.jpg"], to="cat")  # doctest: +SKIP
    >>> found.reached, found.photos[0].after.label                  # doctest: +SKIP
    (1, 'cat')
    """
    chosen = options_from(options)
    given = photos_of(photos)
    labels = list(names) if names is not None else named(given)
    subject = subject_of(model, task=chosen.task)
    found = attacked(subject, given, labels, chosen, reporter or Silent())
    if chosen.out is not None:
        found.save(chosen.out)
    return found


def attacked(
    subject: Subject, given: Sequence[Raw], names: Sequence[str], options: AttackOptions, reporter: Reporter
) -> Attack:
    """Return the attack on ``subject``, a loaded model."""
    if subject.task is not None and not isinstance(subject.task, Classifier):
        raise ConfigError("attack-without-classes", name=subject.name, task=subject.task.name)
    if len(subject.labels) < 2 and exclusive(subject):
        raise ConfigError("attack-one-class", name=subject.name)
    outputs = [subject.index_of(one) for one in options.to]
    targets = tuple(subject.labels[one] for one in outputs)
    others = [subject_of(one) for one in options.transfer_to]
    with _on(device_named(options.device), [subject, *others]) as device:
        photos, findings = _read(subject, given, names, device)
        victim = Victim(subject)
        before = answers(subject, [png_of(one.pixels) for one in photos])
        photos, before, more = _not_yet(photos, before, targets)
        findings = [*subject.findings, *findings, *more]
        logits = victim.logits(photos, [one.levels for one in photos])
        goal = _goal(logits, outputs, exclusive(subject))
        began = time.process_time()
        found = _tried(victim, photos, goal, options, partial(reporter.progress, "attack"))
        files = [png_of(pixels_in(one)) for one in found.levels]
        spent = time.process_time() - began
        after = answers(subject, files)
        rows = [
            Attacked(
                photo.name,
                then,
                now,
                _wanted(then, now, targets),
                photo.pixels,
                file,
                int((levels - photo.levels).abs().max()),
                distance(photo, levels),
                int(passes),
            )
            for photo, then, now, file, levels, passes in zip(
                photos, before, after, files, found.levels, found.passes, strict=True
            )
        ]
        lost = [row.name for row, hit in zip(rows, found.reached.tolist(), strict=True) if hit and not row.reached]
        if lost:
            findings.append(Finding.of("attack-lost-in-file", "warning", items=lost, count=len(lost)))
        result = Attack(subject.name, options, targets, tuple(rows), spent, findings=tuple(findings))
        result = _checked(result, victim, photos, before, goal, logits, reporter)
        return _transferred(result, [subject, *others], photos, reporter) if others else result


def photos_of(photos: Raw | Sequence[Raw]) -> list[Raw]:
    """Return ``photos`` as a list; one photo is a list of one."""
    array = isinstance(photos, np.ndarray) and photos.ndim < 4
    return [photos] if array or isinstance(photos, str | Path | bytes | Image.Image) else list(photos)


def named(photos: Sequence[Raw]) -> list[str]:
    """Return the names of photos: their paths, or ``photo 0`` and so on."""
    return [str(one) if isinstance(one, str | Path) else f"photo {place}" for place, one in enumerate(photos)]


def _tried(
    victim: Victim,
    photos: Sequence[Photo],
    goal: Goal,
    options: AttackOptions,
    progress: Callable[[int, int], None] | None = None,
) -> Found:
    """Return what the chosen method finds."""
    drawn = torch.Generator().manual_seed(options.seed)
    bounds = [options.levels] * len(photos)
    if options.method == "cw":
        return cw(victim, photos, goal, steps=options.steps, progress=progress)
    if options.method == "square":
        return square(victim, photos, goal, bounds, queries=options.queries, generator=drawn, progress=progress)
    return pgd(
        victim,
        photos,
        goal,
        bounds,
        steps=options.steps,
        restarts=options.restarts,
        generator=drawn,
        progress=progress,
    )


def _checked(
    result: Attack,
    victim: Victim,
    photos: Sequence[Photo],
    before: Sequence[Answer],
    goal: Goal,
    logits: torch.Tensor,
    reporter: Reporter,
) -> Attack:
    """Return ``result`` with the curve, the smallest bounds and the checks of the gradients on the first photos."""
    options, count = result.options, min(result.options.checked, len(photos))
    if not count:
        return result
    first, mine = photos[:count], goal.rows(range(count))

    def reached(places: Sequence[int], files: Sequence[bytes]) -> list[bool]:
        said = answers(victim.subject, files)
        return [_wanted(before[place], one, result.targets) for place, one in zip(places, said, strict=True)]

    points = curve(
        victim,
        first,
        mine,
        reached,
        steps=options.steps,
        asked=options.levels,
        seed=options.seed,
        progress=partial(reporter.progress, "attack-curve"),
    )
    bounds = smallest_bounds(victim, first, mine, points, steps=options.steps, seed=options.seed)
    named = mine if result.targets else runner_up(logits[:count], exclusive=exclusive(victim.subject))
    checked = check_gradients(
        victim, first, named, points, steps=options.steps, queries=min(options.queries, 500), seed=options.seed
    )
    rows = [replace(row, smallest=bound) for row, bound in zip(result.photos, bounds, strict=False)]
    return replace(
        result,
        photos=(*rows, *result.photos[count:]),
        points=tuple(points),
        checked=checked,
        findings=(*result.findings, *checked.findings),
    )


def _transferred(result: Attack, subjects: Sequence[Subject], photos: Sequence[Photo], reporter: Reporter) -> Attack:
    done = 0

    def made(subject: Subject) -> list[bytes]:
        nonlocal done
        done += 1
        if subject is subjects[0]:
            return [one.png for one in result.photos]
        mine = [replace(one, transform=subject.transform(*one.levels.shape[2:])) for one in photos]
        victim = Victim(subject)
        logits = victim.logits(mine, [one.levels for one in mine])
        known = [subject.labels.index(one) for one in result.targets if one in subject.labels]
        found = _tried(victim, mine, _goal(logits, known, exclusive(subject)), result.options)
        reporter.progress("attack-transfer", done, len(subjects))
        return [png_of(pixels_in(one)) for one in found.levels]

    bound = result.options.levels
    return replace(
        result, transferred=transfer(subjects, photos, result.targets, made, bound=bound, seed=result.options.seed)
    )


def _goal(logits: torch.Tensor, outputs: Sequence[int], only_one: bool) -> Goal:
    if outputs:
        return one_of(outputs, logits, exclusive=only_one)
    return another_answer(logits, exclusive=only_one)


def _wanted(before: Answer, after: Answer, targets: Sequence[str]) -> bool:
    return any(after.says(one) for one in targets) if targets else after.label != before.label


def _not_yet(
    photos: Sequence[Photo], before: Sequence[Answer], targets: Sequence[str]
) -> tuple[list[Photo], list[Answer], list[Finding]]:
    """Return the photos whose answer is not a target already, their answers, and a finding about the others."""
    there = [any(one.says(target) for target in targets) for one in before]
    findings = []
    if any(there):
        items = [photo.name for photo, hit in zip(photos, there, strict=True) if hit]
        findings.append(
            Finding.of("attack-already-reached", "info", items=items, count=len(items), labels=list(targets))
        )
    kept = [place for place, hit in enumerate(there) if not hit]
    if not kept:
        raise DataError("attack-nothing-to-do", labels=list(targets))
    return [photos[place] for place in kept], [before[place] for place in kept], findings


def _read(
    subject: Subject, given: Sequence[Raw], names: Sequence[str], device: torch.device
) -> tuple[list[Photo], list[Finding]]:
    """Return the photos at their own size, and a finding that names those that cannot be read."""
    preprocess = subject.images().preprocess
    photos, problems = list[Photo](), list[str]()
    for name, raw in zip(names, given, strict=True):
        try:
            image = load(raw, levels=preprocess.levels).image
            assert image is not None
        except BadExample as error:
            problems.append(f"{name}: {error.detail}")
            continue
        levels = (pixels_of(image) * 255).round().to(device)
        photos.append(Photo(name, levels, subject.transform(image.height, image.width)))
    if not photos:
        raise DataError("attack-no-photos", problems=problems)
    found = [Finding.of("attack-unusable-photos", "error", items=problems, count=len(problems))] if problems else []
    return photos, found


@contextmanager
def _on(device: torch.device, subjects: Sequence[Subject]) -> Iterator[torch.device]:
    """Use the models on ``device`` in the block, in eval mode without gradients of parameters."""
    with ExitStack() as stack:
        for one in subjects:
            one.backbone.to(device)
            one.head.to(device)
            stack.enter_context(one.in_use())
        yield device
