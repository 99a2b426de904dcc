"""Keep a pretrained backbone in memory between fits in one process: ``cross_val_score``, ``GridSearchCV``.

Loading takes seconds (initialising, reading, and comparing outputs before and after) and gives the same result each
time. Caching is opt-in (``keep_backbones``) and holds one backbone. Every caller gets a copy, so that no fit sees the
training of another.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone

LARGEST = 512 * 2**20
"""Bytes of weights above which a backbone is not kept."""


class _Kept(NamedTuple):
    key: Any
    backbone: Backbone


_keeping: ContextVar[bool] = ContextVar("keeping backbones", default=False)
_lock = threading.Lock()
_kept: list[_Kept] = []


@contextmanager
def keep_backbones() -> Iterator[None]:
    """Inside the ``with`` statement, keep the backbone loaded last in memory and reuse it if it is requested again."""
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)


def keeping() -> bool:
    """Whether backbones and compiled engines are kept for the next fit of this process (``keep_backbones``)."""
    return _keeping.get()


def forget_backbone() -> None:
    """Free the memory of the backbone that ``keep_backbones`` kept."""
    with _lock:
        _kept.clear()


@contextmanager
def load_anew() -> Iterator[None]:
    """Inside the ``with`` statement, load every backbone from its files, even within ``keep_backbones``."""
    token = _keeping.set(False)
    try:
        yield
    finally:
        _keeping.reset(token)


def kept_or_loaded(name: str, settings: Any, load: Callable[[], Backbone], *, seed: int) -> Backbone:
    """Return a copy of the backbone in memory if its name, settings and files are the same, else ``load()``.

    If the weights are random, ``seed`` must be the same too. Outside ``keep_backbones``, return ``load()``.
    """
    if not _keeping.get():
        return load()
    key = (name, settings, _files(name))
    with _lock:
        for one in _kept:
            if one.key in ((*key, None), (*key, seed)):
                return copy.deepcopy(one.backbone)
    backbone = load()
    size = sum(tensor.numel() * tensor.element_size() for tensor in backbone.state_dict().values())
    with _lock:
        _kept[:] = (
            [_Kept((*key, None if backbone.card.pretrained else seed), copy.deepcopy(backbone))]
            if size <= LARGEST
            else []
        )
    return backbone


def network_of(architecture: Architecture) -> nn.Module:
    """Return a network of ``architecture`` with arbitrary weights, which the caller replaces.

    If the backbone in memory (``keep_backbones``) has this architecture, its network is copied, which is faster.
    """
    if _keeping.get():
        with _lock:
            for one in _kept:
                if one.backbone.architecture == architecture:
                    return copy.deepcopy(one.backbone.net)
    return architecture.build()


def _files(name: str) -> tuple[Any, ...]:
    """Return (path, inode, size, mtime) of each file that the backbone ``name`` refers to; empty if it is no path."""
    found = []
    for text in name.split("@"):
        path = Path(text).expanduser()
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file():
                status = file.stat()
                found.append((str(file.resolve()), status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)
