"""Run a function in several processes that train together, as torchrun would start them, without its start-up time."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import tempfile
import traceback
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ghep.team import Team


def in_team(size: int, work: Callable[[Team], Any]) -> list[Any]:
    """Return what ``work`` returns in each of ``size`` processes. They are forks of this one, so its values are there.

    An error in one of them is raised here, with its traceback.
    """
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        pairs, started = [context.Pipe(duplex=False) for _ in range(size)], []
        for rank, (_, sender) in enumerate(pairs):
            started.append(context.Process(target=_run, args=(rank, size, Path(folder) / "store", sender, work)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forks in a process with threads
            for process in started:
                process.start()
        for _, sender in pairs:
            sender.close()
        answers = [_received(receiver) for receiver, _ in pairs]
        for process in started:
            process.join()
    failed = [error for _, error in answers if error]
    assert not failed, "\n".join(failed)
    return [value for value, _ in answers]


def _received(receiver: Connection) -> tuple[Any, str]:
    try:
        return pickle.loads(receiver.recv_bytes())  # type: ignore[no-any-return]
    except EOFError:
        return None, "a process ended without an answer"


def _run(rank: int, size: int, store: Path, sender: Connection, work: Callable[[Team], Any]) -> None:
    import torch.distributed as dist

    try:
        dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=size)
        answer = (work(Team(rank, size)), "")
    except BaseException:
        answer = (None, traceback.format_exc())
    try:
        sender.send_bytes(pickle.dumps(answer))  # not send: torch would share the memory of tensors, which is gone then
    finally:
        sender.close()
        os._exit(0)  # neither pytest nor its fixtures end here
