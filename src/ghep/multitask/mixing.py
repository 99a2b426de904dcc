"""Mixing: each task's share of the rows, by its number of labels n, and the rows that are drawn for an epoch.

A share is n^(1/temperature) divided by the sum: temperature 1 is proportional, infinity equal, 2 the square root
(multilingual BERT, github.com/google-research/bert/blob/master/multilingual.md, uses 1/0.7; T5, arXiv:1910.10683
section 3.5.2, tries 2, 4, 8). A batch mixes rows of all tasks, so that every step has gradients of all tasks and
BatchNorm sees all of them. The number of rows per epoch is constant: if one task gets more rows, others get fewer.
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
"""Separates these random numbers from all others of the same seed."""


def shares(counts: Mapping[str, int], sharing: Sharing) -> dict[str, float]:
    """Return each task's share of the drawn labels; they sum to 1. A task without labels has 0.

    >>> shares({"cars": 100, "signs": 900}, Sharing(mixing="sqrt"))
    {'cars': 0.25, 'signs': 0.75}
    """
    power = 1 / _temperature(sharing)
    most = max(counts.values(), default=0)
    sizes = {task: (count / most) ** power if count else 0.0 for task, count in counts.items()}
    total = sum(sizes.values())
    return {task: size / total if total else 0.0 for task, size in sizes.items()}


def drawn(labelled: Mapping[str, NDArray[np.bool_]], sharing: Sharing, *, seed: int, epoch: int) -> Rows | None:
    """Return the rows of ``epoch``, drawn by ``seed`` and ``epoch`` alone; None if each row is simply used once.

    ``labelled`` (task -> bool (N,)) says which rows have a label. An epoch has as many rows as there are rows with any
    label. The weight of a row is the sum, over the tasks it is labelled for, of the task's share divided by the task's
    number of labels. Rows with labels for the same tasks have the same weight and form a group. Each group contributes
    a fixed number of rows per epoch, at least one. It runs through all its rows in random order, then again in another
    order, and an epoch continues where the one before ended. So after any number of epochs, the numbers of times that
    two rows of a group were drawn differ by at most one.
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
    chosen, passes = (np.concatenate(parts)[order] for parts in zip(*streams, strict=True))
    return Rows(chosen, passes)


def _temperature(sharing: Sharing) -> float:
    temperature = {"proportional": 1.0, "sqrt": 2.0, "equal": inf}.get(sharing.mixing, sharing.mixing_temperature)
    if not temperature > 0:
        raise ConfigError("mixing-temperature-not-positive", temperature=temperature)
    return temperature


def _takes(patterns: NDArray[np.bool_], sizes: list[int], tasks: list[str], sharing: Sharing) -> list[int]:
    """Return the number of rows per epoch of each of G groups; the sum is M, the number of rows with any label.

    ``patterns`` (G, T) says for which tasks the rows of a group have labels, ``sizes`` how many rows each group has.
    """
    counts = np.asarray(sizes) @ patterns  # (T,)
    share = shares(dict(zip(tasks, counts.tolist(), strict=True)), sharing)
    worth = np.array([share[task] / max(1, count) for task, count in zip(tasks, counts, strict=True)])
    quotas = sum(sizes) * np.asarray(sizes) * (patterns @ worth)  # (G,), the sum is M
    spare = np.maximum(quotas - 1, 0)
    left = sum(sizes) - len(sizes)
    return [1 + int(more) for more in _apportioned(spare * (left / spare.sum() if left else 0.0), left)]


def _apportioned(quotas: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return integers near ``quotas`` with the sum ``total``: rounded down, then up for the largest remainders."""
    whole = np.floor(quotas + 1e-9).astype(np.int64)  # 50 may be stored as 49.999999999
    first = np.argsort(-(quotas - whole), kind="stable")[: total - whole.sum()]
    whole[first] += 1
    return whole


def _stream(
    group: NDArray[np.int64], start: int, length: int, seed: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ``length`` rows of an endless sequence of permutations of ``group``, starting at position ``start``.

    The second result has, for each row, the number of the permutation that it is from.
    """
    positions = np.arange(start, start + length)
    turns, offsets = np.divmod(positions, len(group))
    drawn_rows = np.empty(length, np.int64)
    for turn in np.unique(turns):
        at = turns == turn
        order = np.random.default_rng((*seed, int(turn), 2)).permutation(group)
        drawn_rows[at] = order[offsets[at]]
    return drawn_rows, turns
