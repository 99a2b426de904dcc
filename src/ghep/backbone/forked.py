"""Refuse to compute in a process that was forked from one that had computed: it would wait for ever.

PyTorch, and OpenVINO, keep their threads between two computations. ``fork`` copies the memory that says that they are
there, and not the threads (https://docs.pytorch.org/docs/stable/notes/multiprocessing.html). With one thread there is
nothing to lose.
"""

from __future__ import annotations

import os

import torch

from ghep.errors import ConfigError

_computed_in: int | None = None
"""The first process that built a backbone: this one, or one that it was forked from."""


def refuse_lost_threads() -> None:
    """Raise ConfigError in a process that was forked after its parent computed, unless torch uses one thread."""
    global _computed_in
    if _computed_in is None:
        _computed_in = os.getpid()
    threads = torch.get_num_threads()
    if _computed_in != os.getpid() and threads > 1:
        raise ConfigError(
            f"this process was forked from process {_computed_in}, which had already computed with torch: "
            f"the {threads} threads of torch do not exist here, and a prediction would hang",
            remedy='start processes with multiprocessing.get_context("spawn") or joblib\'s loky, load the bundle only '
            "after the fork, or call torch.set_num_threads(1) in this process",
        )
