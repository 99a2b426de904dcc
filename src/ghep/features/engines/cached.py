"""A compiled engine that stays between the runs of one comparison that use the same frozen blocks.

Compiling takes longer than a probe's whole pass over its examples. It is kept only within ``keep_backbones``, in this
process, and only engines that copied the weights are: PyTorch's run the backbone itself, which is trained on.
"""

from __future__ import annotations

import threading
from typing import Any

from ghep.backbone.cached import keeping
from ghep.features.engines.choose import Choice

MOST = 2
"""Those for exact and for training rows, as a rule."""
LARGEST = 256 * 2**20
"""Bytes of weights above which an engine is not kept."""
_kept: dict[Any, Choice] = {}
_lock = threading.Lock()


def kept_choice(key: Any) -> Choice | None:
    """Return what was kept under ``key``, if anything is kept here."""
    if not keeping():
        return None
    with _lock:
        return _kept.get(key)


def keep_choice(key: Any, choice: Choice, weight_bytes: int) -> None:
    """Keep ``choice`` where this is wanted, its engine has its own weights, and they are not too large."""
    if not keeping() or not choice.engine.compiled or weight_bytes > LARGEST:
        return
    with _lock:
        _kept[key] = choice
        for oldest in list(_kept)[:-MOST]:
            del _kept[oldest]


def forget_engines() -> None:
    """Free the memory of the engines that are kept."""
    with _lock:
        _kept.clear()
