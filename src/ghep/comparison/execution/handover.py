"""Hand the prepared data of a comparison to worker processes. The driver reads, checks and decodes the data once.

In: prepared data for each backbone. Out: open files (``Handover``), from which a worker gets the same data
(``TakenOver``). Values that JSON can hold go into one file; decoded images and tokens stay in the driver's files. A
worker inherits all these files as open unnamed files (POSIX). So nothing is copied, the operating system keeps one copy
in memory for all processes, and a kill leaves no files behind. Processes that inherited a file share its offset, so
every read passes its own position (``os.pread``).
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
    """The open files that a worker is started with."""

    file: IO[bytes]
    """The file with the JSON values, which ``taken_over`` reads."""
    stores: tuple[IO[bytes], ...]

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Return the file descriptors that a worker inherits, the JSON file first."""
        return (self.file.fileno(), *(file.fileno() for file in self.stores))

    def close(self) -> None:
        """Close the JSON file; the other files belong to the stores."""
        self.file.close()


def can_be_handed_over(prepared: Mapping[str, Prepared]) -> bool:
    """Whether worker processes can use these data: on a POSIX system, and if the examples are not in memory only."""
    return os.name == "posix" and all(can_be_carried(one.dataset) for one in prepared.values())


def hand_over(prepared: Mapping[str, Prepared], options: Mapping[str, Any]) -> Handover:
    """Return the open files from which a worker gets ``prepared`` (backbone -> data) and the runs' ``options``."""
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
            name: next(n for n, one in enumerate(distinct) if one is this) for name, this in prepared.items()
        },
        "options": {name: options.get(name) for name in ("image_size", "max_length", "truncate")},
    }
    file = tempfile.TemporaryFile(prefix="ghep-handover-")  # noqa: SIM115 - lives as long as the workers
    file.write(json.dumps(content).encode())
    file.flush()
    return Handover(file, tuple(one for one, _ in shared if one is not None))


@dataclass
class TakenOver:
    """The handed-over data in a worker process, opened for each backbone on first use."""

    content: Mapping[str, Any]
    _opened: dict[int, Prepared] = field(default_factory=dict)

    def of(self, backbone: str) -> Prepared:
        """Return the data prepared for ``backbone``.

        Raises BrokenPromise if this process would prepare the data in another way than the driver.
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
            raise BrokenPromise("worker-prepares-otherwise", backbone=name)
        store = preprocess.prepared_store(limit_bytes=0, measure=False)
        descriptor = values["descriptor"]
        store.attach(None if descriptor is None else os.fdopen(descriptor, "rb"), values["index"])
        return Prepared(dataset, store, values["identity"], values["seconds"])


def taken_over(descriptor: int) -> TakenOver:
    """Return the data that ``hand_over`` wrote into the open file ``descriptor``."""
    size = os.fstat(descriptor).st_size
    return TakenOver(json.loads(os.pread(descriptor, size, 0)))
