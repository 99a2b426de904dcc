"""Whose rows come next: shares of the tasks by their numbers of labels, and the rows of an epoch drawn by them.

A share is n^(1/temperature), divided by the sum: temperature 1 is proportional, infinity is equal, 2 is the square root
(multilingual BERT, github.com/google-research/bert/blob/master/multilingual.md, has 1/0.7; T5, arXiv:1910.10683
section 3.5.2, tries 2, 4, 8). Rows of different tasks are mixed within a batch, so that every step has gradients of
all tasks and BatchNorm sees all of them. An epoch keeps its length: what one task gains another loses.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import numpy as np
from numpy.typing import NDArray

from ghep.data.loading.batches import Rows
from ghep.errors import ConfigError
from ghep.multitask.settings import Sharing

STREAM = 0x6D6978
"""Sets these random numbers apart from all others that come from the same seed."""


def shares(counts: Mapping[str, int], sharing: Sharing) -> dict[str, float]:
    """Return the share of each task in all labels that are drawn; they add up to 1. Without labels it is 0.

    >>> shares({"cars": 100, "signs": 900}, Sharing(mixing="sqrt"))
    {'cars': 0.25, 'signs': 0.75}
    """
    power = 1 / _temperature(sharing)
    most = max(counts.values(), default=0)
    sizes = {task: (count / most) ** power if count else 0.0 for task, count in counts.items()}
    total = sum(sizes.values())
    return {task: size / total if total else 0.0 for task, size in sizes.items()}


def drawn(labelled: Mapping[str, NDArray[np.bool_]], sharing: Sharing, *, seed: int, epoch: int) -> Rows | None:
    """Draw the rows of ``epoch``; None where nothing is to be drawn, because each row comes once in any case.

    ``labelled`` (N,) for each task: which rows have a label for it. The epoch has as many rows as have any label. A row
    counts, for each of its tasks, that task's share over its number of labels. Rows with labels for the same tasks
    count alike and make up a group. Each group gives a fixed number of rows to an epoch, at least one, and goes on
    where it stopped: through all of its rows in random order, then again in another order. So over any number of epochs
    no row of a group comes more than once oftener than another. What comes depends on ``seed`` and ``epoch`` alone.
    """
    if sharing.mixing == "proportional" or len(labelled) < 2:
        return None
    tasks = sorted(labelled)
    table = np.stack([labelled[task] for task in tasks], axis=1)  # (N, T)
    rows = np.flatnonzero(table.any(axis=1))
    if not len(rows):
        return None
    patterns, group_of = np.unique(table[rows], axis=0, return_inverse=True)  # (G, T), (M,)
    groups = [rows[group_of == number] for number in range(len(patterns))]
    takes = _takes(patterns, [len(group) for group in groups], tasks, sharing)
    if len(rows) == len(table) and takes == [len(group) for group in groups]:
        return None
    streams = [
        _stream(group, epoch * take, take, (seed, STREAM, number))
        for number, (group, take) in enumerate(zip(groups, takes, strict=True))
    ]
    order = np.random.default_rng((seed, STREAM, len(groups), epoch, 1)).permutation(sum(takes))
    places, passes = (np.concatenate(parts)[order] for parts in zip(*streams, strict=True))
    return Rows(places, passes)


def _temperature(sharing: Sharing) -> float:
    temperature = {"proportional": 1.0, "sqrt": 2.0, "equal": inf}.get(sharing.mixing, sharing.mixing_temperature)
    if not temperature > 0:
        raise ConfigError(
            f"the mixing temperature has to be above 0, not {temperature:g}",
            remedy="1 is proportional to the numbers of labels, 2 the square root, a large one equal shares",
        )
    return temperature


def _takes(patterns: NDArray[np.bool_], sizes: list[int], tasks: list[str], sharing: Sharing) -> list[int]:
    """How many rows each group gives to an epoch: M in all."""
    counts = np.asarray(sizes) @ patterns  # (T,)
    share = shares(dict(zip(tasks, counts.tolist(), strict=True)), sharing)
    worth = np.array([share[task] / max(1, count) for task, count in zip(tasks, counts, strict=True)])
    quotas = sum(sizes) * np.asarray(sizes) * (patterns @ worth)  # (G,), adds up to M
    spare = np.maximum(quotas - 1, 0)
    left = sum(sizes) - len(sizes)
    return [1 + int(more) for more in _apportioned(spare * (left / spare.sum() if left else 0.0), left)]


def _apportioned(quotas: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers near ``quotas`` that add up to ``total``: rounded down, then up for the largest remainders."""
    whole = np.floor(quotas + 1e-9).astype(np.int64)  # 50 may have become 49.999999999
    first = np.argsort(-(quotas - whole), kind="stable")[: total - whole.sum()]
    whole[first] += 1
    return whole


def _stream(
    group: NDArray[np.int64], start: int, length: int, seed: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what is at ``start`` and after it in one permutation of the group after another, and which one it was."""
    positions = np.arange(start, start + length)
    turns, offsets = np.divmod(positions, len(group))
    places = np.empty(length, np.int64)
    for turn in np.unique(turns):
        at = turns == turn
        order = np.random.default_rng((*seed, int(turn), 2)).permutation(group)
        places[at] = order[offsets[at]]
    return places, turns
