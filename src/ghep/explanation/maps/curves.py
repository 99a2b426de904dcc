"""Whether a map names the pixels that matter: deletion and insertion curves (Petsiuk et al. 2018, arXiv 1806.07421).

Deletion replaces the most important tenths of the pixels by the photo's mean colour and records the prediction;
insertion starts from the mean colour and restores the most important tenths. A good map has a small area under the
deletion curve and a large one under the insertion curve. Random maps of the same resolution and an edge detector show
what any map achieves on this photo.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

STEPS = 10
RANDOM_MAPS = 3
BATCH = 32
GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma (ITU-R BT.601)."""
OWN, EDGES, RANDOM = "map", "edges", "random"


@dataclass(frozen=True, eq=False)
class Curves:
    """The prediction after deletion or insertion of 0, 1/10, ..., 1 of the pixels, by kind of map."""

    deletion: Mapping[str, np.ndarray]
    """Each (STEPS + 1,); of the random maps, the mean."""
    insertion: Mapping[str, np.ndarray]

    def area(self, way: str, kind: str) -> float:
        """Return the area under a curve; ``way`` is ``deletion`` or ``insertion``, ``kind`` is a kind of map.

        Curves are rescaled so that 1 is the prediction for the whole photo and 0 that for its mean colour, if the
        prediction is not a probability.
        """
        curve: np.ndarray = getattr(self, way)[kind]
        return float((curve[1:] + curve[:-1]).mean() / 2)


def curves_of(
    value: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor, cam: np.ndarray, rng: np.random.Generator
) -> Curves:
    """Return the curves of the map ``cam`` (h, w), of an edge detector and of random maps.

    ``value``: preprocessed photos (N, 3, H, W) -> the prediction (N,); ``inputs`` is one photo (1, 3, H, W).
    """
    kinds = [OWN, EDGES, *([RANDOM] * RANDOM_MAPS)]
    coarse = [cam, edges(inputs, cam.shape), *(rng.standard_normal(cam.shape) for _ in range(RANDOM_MAPS))]
    ranks = torch.stack([_ranks(one, inputs.shape[2:]) for one in coarse]).to(inputs.device)
    blank = inputs.mean((2, 3), keepdim=True)
    masks, ways = [], []
    for way in ("deletion", "insertion"):
        for rank in ranks:
            for step in range(1, STEPS):
                top = rank < step / STEPS
                masks.append(~top if way == "deletion" else top)
            ways.append(way)
    found: list[torch.Tensor] = []
    with torch.no_grad():
        ends = value(torch.cat([inputs, blank.expand_as(inputs)])).cpu()
        for start in range(0, len(masks), BATCH):
            kept = torch.stack(masks[start : start + BATCH])[:, None]
            found.append(value(torch.where(kept, inputs, blank)).cpu())
    whole, nothing = (float(end) for end in ends)
    inner = torch.cat(found).double().numpy().reshape(2, len(kinds), STEPS - 1)
    by_way = {}
    for place, (way, first, last) in enumerate((("deletion", whole, nothing), ("insertion", nothing, whole))):
        rows = np.column_stack([np.full(len(kinds), first), inner[place], np.full(len(kinds), last)])
        by_way[way] = {kind: rows[[one == kind for one in kinds]].mean(0) for kind in (OWN, EDGES, RANDOM)}
    return Curves(by_way["deletion"], by_way["insertion"])


def edges(inputs: torch.Tensor, shape: tuple[int, ...]) -> np.ndarray:
    """Return the strength of edges in a preprocessed photo (1, 3, H, W), averaged to the resolution ``shape``."""
    grey = (inputs * torch.tensor(GREY, device=inputs.device).reshape(1, 3, 1, 1)).sum(1, keepdim=True)
    across = torch.nn.functional.pad(grey[..., 1:] - grey[..., :-1], (0, 1))
    down = torch.nn.functional.pad(grey[..., 1:, :] - grey[..., :-1, :], (0, 0, 0, 1))
    strength = torch.nn.functional.adaptive_avg_pool2d((across.square() + down.square()).sqrt(), (shape[0], shape[1]))
    return strength[0, 0].cpu().numpy()


def _ranks(coarse: np.ndarray, size: tuple[int, ...]) -> torch.Tensor:
    """Return for each pixel of ``size`` the fraction of pixels (H, W) that are more important, in [0, 1)."""
    given = torch.from_numpy(np.ascontiguousarray(coarse, dtype=np.float32))[None, None]
    fine = torch.nn.functional.interpolate(given, size=tuple(size), mode="bilinear").flatten()
    order = fine.argsort(descending=True, stable=True)
    ranks = torch.empty(len(fine))
    ranks[order] = torch.arange(len(fine), dtype=torch.float32) / len(fine)
    return ranks.reshape(tuple(size))
