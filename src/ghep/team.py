"""The processes that train one model together, as ``torchrun`` starts them: one per GPU, or several on the CPUs.

In: the environment variables of torchrun (RANK, WORLD_SIZE, MASTER_ADDR, ...). Out: a ``Team``, by which processes add
up tensors and agree on values. Without torchrun the team is one process: nothing is sent, and torch.distributed is not
imported.

All processes run the same program, so each call of a method below is made by all of them, in the same order. A process
that ends makes the calls of all others fail at once (``TeamError``). Values are sent by torch.distributed, which
pickles them; that is between processes of one job, and nothing of it is stored.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ghep.errors import ConfigError, GhepError, Interrupted, TeamError

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
BUCKET_BYTES = 32 * 2**20
"""Gradients are summed in buckets of about this size: few calls, and little memory for the copies."""
PATIENCE = timedelta(days=1)
"""How long a process waits for the others. It waits for hours while the first process scores a large test split; that a
process has ended is noticed at once, not by this time."""
PRIMED = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True)
class Team:
    """``size`` processes that train one model; this one is number ``rank``. Number 0 writes, prints and decides."""

    rank: int = 0
    size: int = 1
    store: Any = None
    """The key-value store that the processes share; None for one process."""
    lasting: Any = None
    """The same store with the keys of all starts by torchrun, where ``store`` has those of this one."""

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files, prints and decides."""
        return self.rank == 0

    def rows(self, count: int, rank: int | None = None) -> slice:
        """Return the rows of a batch of ``count`` rows that a process (None: this one) computes.

        They are consecutive. A batch of fewer rows than processes is not divided: each process computes all of it.
        """
        if not self.divides(count):
            return slice(0, count)
        rank = self.rank if rank is None else rank
        return slice(rank * count // self.size, (rank + 1) * count // self.size)

    def divides(self, count: int) -> bool:
        """Whether a batch of ``count`` rows is divided among the processes."""
        return count >= self.size > 1

    def told(self, value: T) -> T:
        """Return the ``value`` of the first process."""
        if self.size == 1:
            return value
        import torch.distributed as dist

        held = [value if self.first else None]
        with _peers():
            dist.broadcast_object_list(held, src=0)
        return held[0]  # type: ignore[return-value]

    def collected(self, value: T) -> list[T]:
        """Return the values of all processes, in the order of their numbers."""
        if self.size == 1:
            return [value]
        import torch.distributed as dist

        held: list[Any] = [None] * self.size
        with _peers():
            dist.all_gather_object(held, value)
        return held

    def any(self, flag: bool) -> bool:
        """Whether ``flag`` is true in any process."""
        if self.size == 1:
            return flag
        import torch

        return bool(self.sum(torch.tensor(float(flag))) > 0)

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """Replace ``tensor`` by its sum over the processes, the same bits in all of them, and return it."""
        if self.size > 1:
            import torch.distributed as dist

            with _peers():
                dist.all_reduce(tensor)
        return tensor

    def sum_all(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace each of ``tensors`` by its sum over the processes; all must be of one dtype and device."""
        if self.size == 1 or not tensors:
            return
        import torch

        with torch.no_grad():
            for bucket in _buckets(tensors):
                flat = self.sum(torch.cat([one.reshape(-1) for one in bucket]))
                parts = flat.split_with_sizes([one.numel() for one in bucket])
                for one, part in zip(bucket, parts, strict=True):
                    one.copy_(part.view(one.shape))

    def share(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace each of ``tensors`` by that of the first process."""
        if self.size == 1:
            return
        import torch
        import torch.distributed as dist

        with torch.no_grad(), _peers():
            for tensor in tensors:
                sent = tensor.contiguous()
                dist.broadcast(sent, src=0)
                if sent is not tensor:
                    tensor.copy_(sent)

    def note_begun(self, out: Path) -> None:
        """Note that these processes have begun the run in the folder ``out``, for the next start by torchrun."""
        if self.lasting is not None:
            self.lasting.set(_begun(out), "yes")

    def has_begun(self, out: Path) -> bool:
        """Whether torchrun starts the processes again, and they have begun the run in the folder ``out`` before."""
        return was_restarted() and self.lasting is not None and bool(self.lasting.check([_begun(out)]))

    def is_repeated(self, error: GhepError) -> bool:
        """Whether another process reports ``error``, or its cause: then this one need not print it."""
        if self.store is None:
            return False
        if isinstance(error, Interrupted):
            return not self.first  # all stop after the same step
        try:
            if isinstance(error, TeamError):
                time.sleep(1.0)  # the process that has failed is printing why
                return bool(self.store.add("ghep/told", 1) > 1)
            self.store.add("ghep/told", 1)
            digest = hashlib.sha256(error.cause.encode()).hexdigest()[:16]
            return bool(self.store.add(f"ghep/told/{digest}", 1) > 1)
        except RuntimeError:  # the store has gone with its process
            return not self.first


class _Present:
    """The team that this process has joined."""

    team: Team | None = None
    joined = 0
    """How often this process has joined one, which is equal in all processes."""


@contextmanager
def joined() -> Iterator[Team]:
    """Yield the team that torchrun has started this process for; one process without torchrun.

    A team that was joined before stays so, as does a process group that the caller has initialised. An error ends the
    team, also for the other processes, which wait for this one; it is marked as ``repeated`` if another one reports it.

    Raises ConfigError if there are fewer GPUs than processes on this machine.
    """
    if _Present.team is not None or not under_torchrun():
        yield _Present.team or Team()
        return
    import torch.distributed as dist

    if dist.is_initialized():
        yield Team(dist.get_rank(), dist.get_world_size())
        return
    _Present.team = _join()
    try:
        yield _Present.team
    except BaseException as error:
        if isinstance(error, GhepError):
            error.repeated = _Present.team.is_repeated(error)
        if dist.get_backend() == "gloo":  # nccl would wait for the others, which may never come
            dist.destroy_process_group()
        raise
    else:
        dist.destroy_process_group()
    finally:
        _Present.team = None


def under_torchrun() -> bool:
    """Whether torchrun, or a launcher like it, has started this process as one of several."""
    return all(os.environ.get(name) for name in PRIMED) and int(os.environ["WORLD_SIZE"]) > 1


def was_restarted() -> bool:
    """Whether torchrun has started the processes again after one of them had ended (``--max-restarts``)."""
    return under_torchrun() and int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) > 0


def refuse_team(command: str) -> None:
    """Raise ConfigError for a ``command`` that torchrun cannot divide among processes."""
    if under_torchrun():
        scales = command in ("compare", "advise")
        raise ConfigError("team-only-fits", command=command, ray="yes" if scales else "no")


def _join() -> Team:
    import torch
    import torch.distributed as dist
    from torch.distributed.rendezvous import rendezvous

    local, here = int(os.environ.get("LOCAL_RANK", "0")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    backend = "gloo"
    if torch.cuda.is_available():
        if here > torch.cuda.device_count():
            raise ConfigError("team-larger-than-gpus", processes=here, gpus=torch.cuda.device_count())
        torch.cuda.set_device(local)
        backend = "cpu:gloo,cuda:nccl"
    store, rank, size = next(rendezvous("env://"))
    _Present.joined += 1
    # Addresses that an earlier fit of the script, or an earlier start of torchrun, has left in the store must not be
    # read.
    start = f"{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}-{_Present.joined}"
    own = dist.PrefixStore(start, store)  # type: ignore[attr-defined]
    dist.init_process_group(backend, store=own, rank=rank, world_size=size, timeout=PATIENCE)
    return Team(rank, size, own, store)


def _begun(out: Path) -> str:
    return f"ghep/begun/{out.resolve()}"


@contextmanager
def _peers() -> Iterator[None]:
    """Raise TeamError where a process that should answer has ended."""
    try:
        yield
    except RuntimeError as error:
        raise TeamError("team-process-ended", detail=next(iter(str(error).splitlines()), "")) from error


def _buckets(tensors: Sequence[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Yield ``tensors`` in groups of about ``BUCKET_BYTES``."""
    bucket, held = list[Any](), 0
    for tensor in tensors:
        bucket.append(tensor)
        held += tensor.nbytes
        if held >= BUCKET_BYTES:
            yield bucket
            bucket, held = [], 0
    if bucket:
        yield bucket
