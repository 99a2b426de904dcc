"""Ideal images of ImageNet classes: who recognises them, by way, and how smooth they are.

    scripts/bench ideal_images BACKBONE [--judges a,b] [--labels zebra,tabby] [--random 8] [--ways fourier]
        [--steps 256] [--photos FOLDER] [--out FOLDER]
    scripts/bench ideal_images BACKBONE --fresh 1 --random 10 [...]

BACKBONE is optimised; the judges are not. --random adds that many classes, drawn from the backbone's own with seed 0.
--fresh SEED draws them with another seed, in place of --labels, among the classes on which no setting was chosen.
Labels of several words are separated by semicolons if they have commas in them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

import ghep
from ghep.explanation.ideal.ideal_images import IdealImage
from ghep.explanation.ideal.judging import Judge, answers, judge_for
from ghep.explanation.subject import subject_of

CPU = torch.device("cpu")
TUNED = ("tabby", "zebra")
"""Settings were chosen by looking at images of these classes, and of ``TUNED_DRAWN`` classes drawn with seed 0."""
TUNED_DRAWN = 8


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench ideal_images")
    parser.add_argument("backbone")
    parser.add_argument("--judges", default="efficientnet-lite0")
    parser.add_argument("--labels", default="tabby,zebra")
    parser.add_argument("--random", type=int, default=1)
    parser.add_argument("--fresh", type=int, metavar="SEED")
    parser.add_argument("--ways", default="pixels,pixels_tv,fourier")
    parser.add_argument("--steps", type=int, default=256)
    parser.add_argument("--variation", type=float)
    parser.add_argument("--magnitude", default="learnt")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    subject = subject_of(given.backbone)
    if given.fresh is None:
        named = given.labels.split(";" if ";" in given.labels else ",")
        labels = [subject.labels[subject.index_of(name)] for name in named]
        labels += _drawn(subject.labels, given.random, 0)
    else:
        known = {subject.labels[subject.index_of(name)] for name in TUNED} | set(_drawn(subject.labels, TUNED_DRAWN, 0))
        labels = _drawn([one for one in subject.labels if one not in known], given.random, given.fresh)
    judges = [_judge(given.backbone, labels, name) for name in given.judges.split(",")]
    began = time.process_time()
    found = ghep.ideal(
        given.backbone,
        labels,
        ways=given.ways.split(","),
        judge=judges[0].subject.name,
        photos=given.photos,
        steps=given.steps,
        variation=given.variation,
        magnitude=given.magnitude,
        device="cpu",
        reporter=ghep.Terminal(),
    )
    spent = (time.process_time() - began) / len(found.images)
    images = [(one, [_said(judge, one) for judge in judges]) for one in found.images]
    print(f"{'label':20}{'way':11}{'own p':>6}{'TV':>7}  as photos  {'  '.join(one.name for one in judges)}")
    for one, said in images:
        words = "  ".join(f"{value:.3f}{'*' if top else ' '}" for value, top in said)
        print(f"{one.label[:18]:20}{one.way:11}{one.own.value:6.3f}{one.variation:7.3f}  {one.ordinary!s:9}  {words}")
    print(f"\n* the most probable class of the judge. {given.steps} steps, {spent:.0f} CPU s an image, seed 0\n")
    for way in given.ways.split(","):
        mine = [(one, said) for one, said in images if one.way == way]
        sure = sum(one.own.value >= 0.99 for one, _ in mine)
        top = ", ".join(f"{judge.name} {sum(said[i][1] for _, said in mine)}" for i, judge in enumerate(judges))
        print(f"{way}: of {len(mine)} images, own p >= 0.99: {sure}; top-1 by {top}")
        if given.photos is not None:
            print(f"  total variation within that of photos: {sum(bool(one.ordinary) for one, _ in mine)}")
    if given.out is not None:
        print(found.save(given.out))


def _drawn(labels: Sequence[str], count: int, seed: int) -> list[str]:
    return [labels[place] for place in np.random.default_rng(seed).choice(len(labels), count, replace=False)]


def _judge(backbone: str, labels: list[str], name: str) -> Judge:
    judge, _ = judge_for(subject_of(backbone), labels, name)
    assert judge is not None
    return judge


def _said(judge: Judge, image: IdealImage) -> tuple[float, bool]:
    """Return the probability that the judge gives to the label, and whether it is the most probable class."""
    if image.label not in judge.indexes:
        return float("nan"), False
    with judge.subject.in_use():
        answer = answers(judge.subject, judge.indexes[image.label], [image.pixels], CPU)[0]
    return answer.value, answer.top


if __name__ == "__main__":
    main()
