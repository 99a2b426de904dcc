"""Keep compiled engines between the runs of a comparison that use the same frozen blocks.

Compiling an engine takes longer than a linear probe's pass over its examples. Engines are kept only within
``keep_backbones``, in this process, and only if they have a copy of the weights: PyTorch's engines run the backbone
itself, which training changes.
"""

from __future__ import annotations

import threading
from typing import Any

from ghep.backbone.cached import keeping
from ghep.features.engines.choose import Choice

MOST = 2
"""Number of engines kept: usually one for exact rows and one for training rows."""
LARGEST = 256 * 2**20
"""Most bytes of weights of a kept engine."""
_kept: dict[Any, Choice] = {}
_lock = threading.Lock()


def kept_choice(key: Any) -> Choice | None:
    """Return the engine choice kept under ``key``; None if there is none, or outside ``keep_backbones``."""
    if not keeping():
        return None
    with _lock:
        return _kept.get(key)


def keep_choice(key: Any, choice: Choice, weight_bytes: int) -> None:
    """Keep ``choice`` within ``keep_backbones``, if the engine has its own weights, of at most ``LARGEST`` bytes."""
    if not keeping() or not choice.engine.compiled or weight_bytes > LARGEST:
        return
    with _lock:
        _kept[key] = choice
        for oldest in list(_kept)[:-MOST]:
            del _kept[oldest]


def forget_engines() -> None:
    """Free the memory of the kept engines."""
    with _lock:
        _kept.clear()
