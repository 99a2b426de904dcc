"""The same network with random weights: a map that does not change when weights are randomised shows the photo's edges,
not what the network learnt (Adebayo et al. 2018, arXiv 1810.03292).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from ghep.explanation.maps.cam import rank_correlation, signed_cam
from ghep.explanation.subject import Subject

DRAWS = 3


def randomised_subjects(subject: Subject, *, seed: int, draws: int = DRAWS) -> list[Subject]:
    """Return copies of ``subject`` with newly initialised backbones and heads, one for each draw."""
    return [_randomised(subject, seed + draw) for draw in range(draws)]


def _randomised(subject: Subject, seed: int) -> Subject:
    backbone = copy.deepcopy(subject.backbone)
    backbone.net.load_state_dict(subject.backbone.architecture.build(seed=seed).state_dict())
    head = copy.deepcopy(subject.head)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return replace(subject, backbone=backbone, head=head)


def agreement(randomised: Sequence[Subject], inputs: torch.Tensor, target: int, cam: np.ndarray) -> tuple[float, ...]:
    """Return the rank correlation of ``cam`` with the map of each of ``randomised`` for the output ``target``.

    A map that the random network leaves constant has the correlation 0.
    """
    found = []
    for one in randomised:
        with one.in_use():
            found.append(rank_correlation(cam, signed_cam(one, inputs, [target]).maps[0]))
    return tuple(0.0 if value != value else value for value in found)
