"""Images that fool one network, shown to others: do they fool them more often than noise of the same size?"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from cells import Lab
from claim import Claim, Row

from ghep.metrics.crossed import difference

ATTACKED = "MobileNetV1 0.25"
OTHERS = ("MobileNetV1 0.5", "MobileNetV1 0.75", "MobileNetV2")
"""All were pretrained on the same images and keep the classifier of their pretraining."""
BOUNDS = (2, 4, 8)
PHOTOS = 40
STEPS = 20
KINDS = {"stops": 1.0, "all steps": math.inf}
"""How an attack ends: once the network is fooled by so many logits, as ``ghep attack`` does, or after all steps."""
HALF = 0.5
"""An attack fools another network if it changes the answer on half of the photos more than noise does."""


def rows(lab: Lab, seeds: Sequence[int]) -> list[Row]:  # noqa: ARG001 - the networks are given: nothing is trained
    found = []
    for bound in BOUNDS:
        given = {"attacked": ATTACKED, "others": list(OTHERS), "bound": bound, "photos": PHOTOS, "steps": STEPS}
        try:
            changed = lab.kept("attack", functools.partial(measured, lab, bound), **given)
        except LookupError:  # it may not be measured now
            continue
        for name in (ATTACKED, *OTHERS):
            tables = {kind: np.array(values, dtype=bool)[None] for kind, values in changed[name].items()}
            gain = difference(tables["all steps"], tables["noise"])
            more = tuple((kind, f"{100 * one.mean():.0f} %") for kind, one in tables.items())
            where, ends = f"{bound}/255: {name}", (float(gain.value), float(gain.low), float(gain.high))
            found.append(Row(where, *ends, PHOTOS, 1, bar=HALF, counts=name != ATTACKED, more=more))
    return found


def measured(lab: Lab, bound: int) -> dict[str, Any]:
    """Return model -> images -> whether the answer to each photo changed, for both kinds of attack and for noise."""
    import torch

    from ghep.data.image.differentiable import pixels_of
    from ghep.data.image.loader import load_image
    from ghep.explanation.attack.bounded import noisy, pgd
    from ghep.explanation.attack.from_file import answers, png_of
    from ghep.explanation.attack.goal import another_answer
    from ghep.explanation.attack.victim import Photo, Victim, pixels_in
    from ghep.explanation.subject import subject_of

    files = sorted((lab.data / "cats-dogs" / "test").rglob("*.jpg"))
    files = [files[place] for place in np.random.default_rng(0).permutation(len(files))[:PHOTOS]]
    attacked = subject_of(lab.backbone(ATTACKED))
    drawn = torch.Generator().manual_seed(bound)
    with attacked.in_use():
        images = [load_image(file) for file in files]
        photos = [
            Photo(file.name, (pixels_of(image) * 255).round(), attacked.transform(image.height, image.width))
            for file, image in zip(files, images, strict=True)
        ]
        victim, clean, bounds = Victim(attacked), [one.levels for one in photos], [bound] * PHOTOS
        goal = another_answer(victim.logits(photos, clean), exclusive=True)
        made = {
            kind: pgd(victim, photos, goal, bounds, steps=STEPS, confidence=logits, generator=drawn).levels
            for kind, logits in KINDS.items()
        }
        made["noise"] = noisy(photos, bounds, generator=drawn)
    pngs = {kind: [png_of(pixels_in(one)) for one in levels] for kind, levels in made.items()}
    found = {}
    for name in (ATTACKED, *OTHERS):
        subject = subject_of(lab.backbone(name))
        before = answers(subject, [png_of(pixels_in(one)) for one in clean])
        found[name] = {
            kind: [int(then.label != now.label) for then, now in zip(before, answers(subject, saved), strict=True)]
            for kind, saved in pngs.items()
        }
    return found


CLAIM = Claim(
    name="adversarial-transfers",
    sentence="An adversarial image for one network fools another",
    measure="points more answers that the attack changes than noise does",
    rows=rows,
    scale=100,
)
