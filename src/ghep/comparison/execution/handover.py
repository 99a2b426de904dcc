"""Hand the prepared data of a comparison to worker processes. The driver reads, checks and decodes the data once.

In: prepared data for each backbone. Out: open files (``Handover``), from which a worker gets the same data
(``TakenOver``). Values that JSON can hold go into one file; decoded images and tokens stay in the driver's files. A
worker inherits all these files as open unnamed files (POSIX). So nothing is copied, the operating system keeps one copy
in memory for all processes, and a kill leaves no files behind. Processes that inherited a file share its offset, so
every read passes its own position (``os.pread``).

Workers on other machines get the same values as a text and the examples as arrays (``packed``, ``unpacked``). Where
they cannot read the user's files, the images that a run reads again, to check its saved model, are in an array as well.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from ghep.backbone.catalog import load_backbone
from ghep.data.carried import can_be_carried, dataset_from, dataset_json
from ghep.data.dataset import Dataset
from ghep.errors import BrokenPromise
from ghep.experiment.prepared import Prepared
from ghep.types import Example


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


def packed(
    prepared: Mapping[str, Prepared], options: Mapping[str, Any], *, with_files: bool
) -> tuple[str, list[np.ndarray]]:
    """Return what ``hand_over`` writes as a text and arrays (B,) uint8, for workers on other machines.

    ``with_files``: they cannot read the user's files, so the files of valid and test are among the arrays.
    """
    content, files = _handed(prepared, options)
    distinct, arrays = _distinct(prepared), list[np.ndarray]()
    for store, one, file in zip(content["stores"], distinct, files, strict=True):
        store["array"] = len(arrays)
        size = 0 if file is None else os.fstat(file.fileno()).st_size
        arrays.append(np.memmap(file, np.uint8, "r") if file is not None and size else np.empty(0, np.uint8))
        if with_files:
            store["files"], read = _files_of(one.dataset)
            arrays.append(read)
    return json.dumps(content), arrays


def files_read_again(dataset: Dataset) -> list[Path]:
    """Return the files that a run may read although its examples are prepared: it checks its saved model on a few."""
    return [one.raw for split in ("valid", "test") for one in dataset.examples(split) if isinstance(one.raw, Path)]


def _files_of(dataset: Dataset) -> tuple[dict[str, list[int]], np.ndarray]:
    """Return the path of each file of ``files_read_again`` -> [start, end] in the array (B,) of their content."""
    places, parts, end = dict[str, list[int]](), list[bytes](), 0
    for path in files_read_again(dataset):
        parts.append(path.read_bytes())
        places[str(path)] = [end, end + len(parts[-1])]
        end += len(parts[-1])
    return places, np.frombuffer(b"".join(parts), np.uint8)


def _distinct(prepared: Mapping[str, Prepared]) -> list[Prepared]:
    """Return the data of ``prepared``, once each: backbones may share them."""
    return list({id(one): one for one in prepared.values()}.values())


def _handed(
    prepared: Mapping[str, Prepared], options: Mapping[str, Any]
) -> tuple[dict[str, Any], list[IO[bytes] | None]]:
    """Return the values that JSON can hold, and the file of prepared examples of each store."""
    distinct = _distinct(prepared)
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
        if self.arrays is None:
            descriptor = values["descriptor"]
            store.attach(None if descriptor is None else os.fdopen(descriptor, "rb"), values["index"])
        else:
            store.attach(self.arrays[values["array"]], values["index"])
            if "files" in values:
                dataset = _with_files(dataset, values["files"], self.arrays[values["array"] + 1])
        return Prepared(dataset, store, values["identity"], values["seconds"])


def _with_files(dataset: Dataset, places: Mapping[str, Sequence[int]], content: np.ndarray) -> Dataset:
    """Return ``dataset`` with the content of its files in place of their paths, where ``places`` has it."""

    def read(example: Example) -> Example:
        place = places.get(str(example.raw)) if isinstance(example.raw, Path) else None
        return example if place is None else replace(example, raw=content[place[0] : place[1]].tobytes())

    changed = {split: tuple(map(read, dataset.examples(split))) for split in ("valid", "test")}
    return replace(dataset, valid=changed["valid"], test=changed["test"])


def taken_over(descriptor: int) -> TakenOver:
    """Return the data that ``hand_over`` wrote into the open file ``descriptor``."""
    size = os.fstat(descriptor).st_size
    return TakenOver(json.loads(os.pread(descriptor, size, 0)))


def unpacked(content: str, arrays: Sequence[np.ndarray]) -> TakenOver:
    """Return the data that ``packed`` returned on another machine."""
    return TakenOver(json.loads(content), arrays)
