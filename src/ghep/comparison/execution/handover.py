"""The prepared data of a comparison, handed to worker processes: read, checked and decoded once, by the driver.

What can be said in JSON goes into one file; decoded images and tokens stay in the files where the driver put them. A
worker inherits all of them as open files without a name (POSIX), so that nothing is copied, the operating system keeps
one copy of the content in memory for all, and nothing is left behind by a kill. Files are read by position: processes
that inherited a file share its offset.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from ghep.backbone.catalog import load_backbone
from ghep.data.carried import can_be_carried, dataset_from, dataset_json
from ghep.errors import BrokenPromise
from ghep.experiment.prepared import Prepared


@dataclass(frozen=True)
class Handover:
    """What a worker is started with."""

    file: IO[bytes]
    """JSON, for ``taken_over``."""
    stores: tuple[IO[bytes], ...]

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Return the open files that a worker has to inherit, that of the JSON first."""
        return (self.file.fileno(), *(file.fileno() for file in self.stores))

    def close(self) -> None:
        """Close the file of the JSON; those of the stores belong to them."""
        self.file.close()


def can_be_handed_over(prepared: Mapping[str, Prepared]) -> bool:
    """Whether other processes can be given these data: not what lies in this one's memory, and not on Windows."""
    return os.name == "posix" and all(can_be_carried(one.dataset) for one in prepared.values())


def hand_over(prepared: Mapping[str, Prepared], options: Mapping[str, Any]) -> Handover:
    """Return what a worker needs to have the same ``prepared`` data, by backbone; ``options`` are those of the runs."""
    distinct = list({id(one): one for one in prepared.values()}.values())
    shared = [one.store.shared() for one in distinct]
    content = {
        "stores": [
            {
                "dataset": dataset_json(one.dataset),
                "identity": one.identity,
                "seconds": one.seconds,
                "descriptor": None if file is None else file.fileno(),
                "index": index,
            }
            for one, (file, index) in zip(distinct, shared, strict=True)
        ],
        "backbones": {
            name: next(n for n, one in enumerate(distinct) if one is mine) for name, mine in prepared.items()
        },
        "options": {name: options.get(name) for name in ("image_size", "max_length", "truncate")},
    }
    file = tempfile.TemporaryFile(prefix="ghep-handover-")  # noqa: SIM115 - lives as long as the workers
    file.write(json.dumps(content).encode())
    file.flush()
    return Handover(file, tuple(one for one, _ in shared if one is not None))


@dataclass
class TakenOver:
    """The same data in a worker, each backbone's when it is first asked for."""

    content: Mapping[str, Any]
    _opened: dict[int, Prepared] = field(default_factory=dict)

    def of(self, backbone: str) -> Prepared:
        """Return the data as ``backbone`` takes them.

        Raises BrokenPromise where this process would prepare them in another way than the one that did.
        """
        number = self.content["backbones"][backbone]
        if number not in self._opened:
            self._opened[number] = self._open(backbone, self.content["stores"][number])
        return self._opened[number]

    def _open(self, name: str, values: Mapping[str, Any]) -> Prepared:
        options, dataset = self.content["options"], dataset_from(values["dataset"])
        backbone = load_backbone(name, image_size=options["image_size"])
        backbone.limit_texts(options["max_length"], options["truncate"])
        preprocess = backbone.preprocess.measured_on(dataset)
        if preprocess.identity() != values["identity"]:
            raise BrokenPromise(
                f"a worker prepares examples for {name} in another way than the process that started it",
                remedy="run the comparison in one process: jobs=1 (--jobs 1), and please report this",
            )
        store = preprocess.prepared_store(limit_bytes=0, measure=False)
        descriptor = values["descriptor"]
        store.attach(None if descriptor is None else os.fdopen(descriptor, "rb"), values["index"])
        return Prepared(dataset, store, values["identity"], values["seconds"])


def taken_over(descriptor: int) -> TakenOver:
    """Return what ``hand_over`` wrote into the open file ``descriptor``."""
    size = os.fstat(descriptor).st_size
    return TakenOver(json.loads(os.pread(descriptor, size, 0)))
