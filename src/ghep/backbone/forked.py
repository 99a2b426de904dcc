"""Refuse to compute in a forked process if its parent computed before the fork: the child would deadlock.

PyTorch and OpenVINO keep thread pools. ``fork`` copies the memory that describes a pool but not its threads
(https://docs.pytorch.org/docs/stable/notes/multiprocessing.html). With a single thread there is no pool and no problem.
"""

from __future__ import annotations

import os

import torch

from ghep.errors import ConfigError

_computed_in: int | None = None
"""Id of the first process that built a backbone: this process or an ancestor."""


def refuse_lost_threads() -> None:
    """Raise ConfigError if the parent process had computed before it forked this one, unless torch uses one thread."""
    global _computed_in
    if _computed_in is None:
        _computed_in = os.getpid()
    threads = torch.get_num_threads()
    if _computed_in != os.getpid() and threads > 1:
        raise ConfigError("process-forked", parent=str(_computed_in), threads=threads)
