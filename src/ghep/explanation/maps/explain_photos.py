"""``ghep explain`` of photos: read them, explain each, compare with the backbone before fine-tuning."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.catalog import load_backbone
from ghep.backbone.image import ImageBackbone
from ghep.errors import BackboneError, BadImage, ConfigError
from ghep.explanation.maps.channels import stages
from ghep.explanation.maps.curves import OWN, RANDOM
from ghep.explanation.maps.fine_tuning import FineTuning, changes, maps_by_block
from ghep.explanation.maps.photo import Explainer, PhotoExplanation
from ghep.explanation.maps.randomised import randomised_subjects
from ghep.explanation.maps.record import PhotoExplanations
from ghep.explanation.options import ExplainOptions
from ghep.explanation.subject import Subject
from ghep.model.bundle import load_bundle
from ghep.reporter import Reporter
from ghep.storage.folder import MANIFEST
from ghep.strategy.catalog import STRATEGIES
from ghep.types import Finding, Raw

MOST_COMPARED = 32
"""Photos that are compared before and after fine-tuning."""
SEED = re.compile(r"(.+--seed-)(\d+)")
"""The folder of a run in a comparison."""


def explain_photos(
    subject: Subject, raws: Sequence[Raw], names: Sequence[str], options: ExplainOptions, reporter: Reporter
) -> PhotoExplanations:
    """Return the explanations of photos; those that cannot be read are in ``problems``.

    Raises ConfigError if the backbone before fine-tuning is wanted and unknown.
    """
    if options.other_seed is not None and not options.before and options.before_backbone is None:
        raise ConfigError("explain-other-seed-alone", bundle=options.other_seed)
    before = before_backbone(subject, options) if options.before or options.before_backbone is not None else None
    photos: list[PhotoExplanation] = []
    problems: dict[str, str] = {}
    inputs: list[torch.Tensor] = []
    with subject.in_use():
        explainer = Explainer(
            subject,
            target=options.target,
            maps=options.maps,
            randomised=tuple(randomised_subjects(subject, seed=options.seed)),
            seed=options.seed,
        )
        for done, (raw, name) in enumerate(zip(raws, names, strict=True), 1):
            try:
                photos.append(explainer.explain(raw, name))
                if before is not None and len(inputs) < MOST_COMPARED:
                    inputs.append(explainer.inputs(raw))
            except BadImage as error:
                problems[name] = error.cause
            reporter.progress("explain", done, len(raws))
        change = None if before is None or not inputs else _fine_tuning(subject, before, inputs, options)
    return PhotoExplanations(subject.name, tuple(photos), problems, change, _findings(photos, subject))


def _findings(photos: Sequence[PhotoExplanation], subject: Subject) -> tuple[Finding, ...]:
    """Return a finding for maps that are no better than random ones, and for a task without a runner-up."""
    found = list(subject.findings)
    worse = [
        one.name
        for one in photos
        if one.curves is not None and one.curves.area("deletion", OWN) >= one.curves.area("deletion", RANDOM)
    ]
    if worse:
        found.append(Finding.of("map-not-faithful", "warning", items=worse, count=len(worse), total=len(photos)))
    silent = [one.name for one in photos if not one.positive[0]]
    if silent:
        found.append(Finding.of("no-positive-evidence", "info", items=silent, count=len(silent), total=len(photos)))
    if not subject.classes and photos:
        found.append(Finding.of("explained-number", "info", task=subject.labels[0]))
    return tuple(found)


def before_backbone(subject: Subject, options: ExplainOptions) -> Backbone:
    """Return the backbone that the bundle was fine-tuned from, with random weights if the training began with those.

    Raises ConfigError if the subject is no bundle, if its backbone cannot be found, or if it has other blocks.
    """
    if subject.bundle is None:
        raise ConfigError("explain-before-no-bundle", name=subject.name)
    training = subject.bundle.config.get("training")
    training = training if isinstance(training, Mapping) else {}
    size = _part(training, "options").get("image_size")
    size = size if isinstance(size, int) else None
    random: dict[str, Any] = {"random_weights": _began_random(training), "seed": int(training.get("seed", 0))}
    given = options.before_backbone
    names = [str(given)] if given is not None else _named(Path(subject.bundle.folder), training)
    for name in names:
        try:
            found = load_backbone(name, **random, image_size=size)
        except BackboneError:
            if given is not None:
                raise
            continue
        blocks, expected = ([one.name for one in each.blocks()] for each in (found, subject.backbone))
        if blocks != expected or not isinstance(found, ImageBackbone):
            raise ConfigError("explain-before-other", name=name, blocks=blocks[:4], expected=expected[:4])
        return found
    raise ConfigError("explain-before-unknown", bundle=subject.name, names=names or ["-"])


def _began_random(training: Mapping[str, Any]) -> bool:
    """Whether the training of a bundle began with random weights."""
    kind = STRATEGIES.get(str(training.get("strategy")))
    return bool(_part(training, "options").get("random_weights")) or (kind is not None and not kind.uses_pretrained)


def _named(bundle: Path, training: Mapping[str, Any]) -> list[str]:
    """Return names of the backbone: the path in the run's config.json, then the name in the bundle's."""
    found = []
    try:
        run = json.loads((bundle.parent / "config.json").read_text(encoding="utf-8"))
        found.append(run["backbone"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found.append(training.get("backbone"))
    return list(dict.fromkeys(name for name in found if isinstance(name, str) and name))


def _part(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}


def _fine_tuning(
    subject: Subject, before: Backbone, inputs: Sequence[torch.Tensor], options: ExplainOptions
) -> FineTuning:
    assert isinstance(before, ImageBackbone)
    other, name = _other_seed(subject, options)
    after = maps_by_block(subject.images(), inputs)
    earlier = maps_by_block(before.eval(), inputs)
    seeds = None if other is None else maps_by_block(other, inputs)
    pairs = [(block, earlier[block][0], after[block][0]) for block, _ in stages(subject.images()).values()]
    blocks = changes(earlier, after, seeds)
    return FineTuning(before.card.name, name, len(inputs), blocks, tuple(pairs))


def _other_seed(subject: Subject, options: ExplainOptions) -> tuple[ImageBackbone | None, str]:
    """Return the backbone of the same training with another seed, and the name of its bundle; (None, "") if unknown."""
    assert subject.bundle is not None
    folder = options.other_seed
    if folder is None:
        folder = _sibling(Path(subject.bundle.folder).resolve())
    if folder is None:
        return None, ""
    found = load_bundle(folder).model.backbone
    if not isinstance(found, ImageBackbone) or [one.name for one in found.blocks()] != [
        one.name for one in subject.backbone.blocks()
    ]:
        raise ConfigError("explain-other-seed-differs", bundle=folder)
    return found.eval(), str(folder)


def _sibling(bundle: Path) -> Path | None:
    """Return the bundle of another seed in the same comparison; None if there is none."""
    named = SEED.fullmatch(bundle.parent.name)
    if named is None:
        return None
    for run in sorted(bundle.parent.parent.iterdir()):
        other = SEED.fullmatch(run.name)
        if other and other[1] == named[1] and other[2] != named[2] and (run / "bundle" / MANIFEST).is_file():
            return run / "bundle"
    return None
