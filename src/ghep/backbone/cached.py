"""A pretrained backbone that stays loaded between the fits of one process: ``cross_val_score``, ``GridSearchCV``.

Loading takes seconds - drawing weights, reading others, comparing what the network answers before and after - and gives
the same each time. Only who fits many times in a process asks for it (``keep_backbones``), and one backbone is kept.
Everybody gets a copy, so that no fit sees what another one trained.
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
    """Keep the last pretrained backbone that is loaded in the block, and take the kept one where it is the same."""
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)


def keeping() -> bool:
    """Whether what is loaded or compiled now should stay for the next fit of this process."""
    return _keeping.get()


def forget_backbone() -> None:
    """Free the memory of the backbone that is kept."""
    with _lock:
        _kept.clear()


@contextmanager
def load_anew() -> Iterator[None]:
    """Take nothing that was kept: what is loaded in the block is what another process would load."""
    token = _keeping.set(False)
    try:
        yield
    finally:
        _keeping.reset(token)


def kept_or_loaded(name: str, settings: Any, load: Callable[[], Backbone], *, seed: int) -> Backbone:
    """Return a copy of the kept backbone if it is called ``name`` and its files are unchanged, else the loaded one.

    Where a name has no weights to load they are drawn from ``seed``: then it must be the same.
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
    """Return a network of ``architecture`` whose weights are all to be replaced: a kept one saves drawing them."""
    if _keeping.get():
        with _lock:
            for one in _kept:
                if one.backbone.architecture == architecture:
                    return copy.deepcopy(one.backbone.net)
    return architecture.build()


def _files(name: str) -> tuple[Any, ...]:
    """Return what changes when the files that ``name`` means are replaced; nothing for a name of a library."""
    found = []
    for text in name.split("@"):
        path = Path(text).expanduser()
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if file.is_file():
                status = file.stat()
                found.append((str(file.resolve()), status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)
