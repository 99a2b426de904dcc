"""Hand the prepared data of a comparison to worker processes. The driver reads, checks and decodes the data once.

In: prepared data for each backbone. Out: open files (``Handover``), from which a worker gets the same data
(``TakenOver``). Values that JSON can hold go into one file; decoded images and tokens stay in the driver's files. A
worker inherits all these files as open unnamed files (POSIX). So nothing is copied, the operating system keeps one copy
in memory for all processes, and a kill leaves no files behind. Processes that inherited a file share its offset, so
every read passes its own position (``os.pread``).

Workers on other machines get the same values as a text and the examples as arrays (``packed``, ``unpacked``). Where
they cannot read the user's files, each run gets the few that it reads again (``files_read_again``, ``with_files``).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from ghep.backbone.catalog import load_backbone
from ghep.data.carried import can_be_carried, dataset_from, dataset_json
from ghep.data.dataset import Dataset
from ghep.errors import BrokenPromise
from ghep.experiment.prepared import Prepared
from ghep.experiment.scoring import FEW
from ghep.types import SPLITS, Example


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
    content, files = _handed(prepared, options)
    for store, found in zip(content["stores"], files, strict=True):
        store["descriptor"] = None if found is None else found.fileno()
    file = tempfile.TemporaryFile(prefix="ghep-handover-")  # noqa: SIM115 - lives as long as the workers
    file.write(json.dumps(content).encode())
    file.flush()
    return Handover(file, tuple(one for one in files if one is not None))


def packed(prepared: Mapping[str, Prepared], options: Mapping[str, Any]) -> tuple[str, list[np.ndarray]]:
    """Return what ``hand_over`` writes as a text and an array (B,) uint8 per store, for workers on other machines."""
    content, files = _handed(prepared, options)
    return json.dumps(content), [
        np.empty(0, np.uint8) if file is None or not os.fstat(file.fileno()).st_size else np.memmap(file, np.uint8, "r")
        for file in files
    ]


def not_prepared(prepared: Mapping[str, Prepared]) -> int:
    """Return how many examples a run prepares again from their files, because not all fit into the cache."""
    return max((int(one.store.shared()[1].get("overflow", 0)) for one in prepared.values()), default=0)


def files_read_again(dataset: Dataset) -> dict[str, bytes]:
    """Return path -> content of the files that a run on ``dataset`` reads although its examples are prepared.

    It checks its saved model on the first examples of a split. A file that cannot be read is left out.
    """
    found: dict[str, bytes] = {}
    for one in (one for split in SPLITS for one in dataset.examples(split)[:FEW]):
        if isinstance(one.raw, Path):
            with suppress(OSError):
                found[str(one.raw)] = one.raw.read_bytes()
    return found


def with_files(prepared: Prepared, files: Mapping[str, bytes]) -> Prepared:
    """Return ``prepared`` with the content of ``files`` (path -> content) in place of these paths."""

    def read(example: Example) -> Example:
        content = files.get(str(example.raw)) if isinstance(example.raw, Path) else None
        return example if content is None else replace(example, raw=content)

    dataset = prepared.dataset
    train, valid, test = (tuple(map(read, dataset.examples(split))) for split in SPLITS)
    return prepared.holding(replace(dataset, train=train, valid=valid, test=test))


def _handed(
    prepared: Mapping[str, Prepared], options: Mapping[str, Any]
) -> tuple[dict[str, Any], list[IO[bytes] | None]]:
    """Return the values that JSON can hold, and the file of prepared examples of each store."""
    distinct = list({id(one): one for one in prepared.values()}.values())  # backbones may share data
    shared = [one.store.shared() for one in distinct]
    content = {
        "stores": [
            {"dataset": dataset_json(one.dataset), "identity": one.identity, "seconds": one.seconds, "index": index}
            for one, (_, index) in zip(distinct, shared, strict=True)
        ],
        "backbones": {
            name: next(n for n, one in enumerate(distinct) if one is this) for name, this in prepared.items()
        },
        "options": {name: options.get(name) for name in ("image_size", "max_length", "truncate")},
    }
    return content, [file for file, _ in shared]


@dataclass
class TakenOver:
    """The handed-over data in a worker process, opened for each backbone on first use."""

    content: Mapping[str, Any]
    arrays: Sequence[np.ndarray] | None = None
    """Those of ``packed``; None: the examples are in open files."""
    _opened: dict[int, Prepared] = field(default_factory=dict)

    def of(self, backbone: str) -> Prepared:
        """Return the data prepared for ``backbone``.

        Raises BrokenPromise if this process would prepare the data in another way than the driver.
        """
        number = self.content["backbones"][backbone]
        if number not in self._opened:
            self._opened[number] = self._open(backbone, number)
        return self._opened[number]

    def _open(self, name: str, number: int) -> Prepared:
        options, values = self.content["options"], self.content["stores"][number]
        dataset = dataset_from(values["dataset"])
        backbone = load_backbone(name, image_size=options["image_size"])
        backbone.limit_texts(options["max_length"], options["truncate"])
        preprocess = backbone.preprocess.measured_on(dataset)
        if preprocess.identity() != values["identity"]:
            raise BrokenPromise("worker-prepares-otherwise", backbone=name)
        store = preprocess.prepared_store(limit_bytes=0, measure=False)
        if self.arrays is None:
            descriptor = values["descriptor"]
            store.attach(None if descriptor is None else os.fdopen(descriptor, "rb"), values["index"])
        else:
            store.attach(self.arrays[number], values["index"])
        return Prepared(dataset, store, values["identity"], values["seconds"])


def taken_over(descriptor: int) -> TakenOver:
    """Return the data that ``hand_over`` wrote into the open file ``descriptor``."""
    size = os.fstat(descriptor).st_size
    return TakenOver(json.loads(os.pread(descriptor, size, 0)))


def unpacked(content: str, arrays: Sequence[np.ndarray]) -> TakenOver:
    """Return the data that ``packed`` returned on another machine."""
    return TakenOver(json.loads(content), arrays)
