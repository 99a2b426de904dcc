"""Predict many inputs on a cluster, into shards on disk. In: inputs in parts, a model. Out: answers in order of inputs.

The inputs are divided into blocks of whole chunks of ``BasePredictor.predict``, so that the same inputs run together as
in one process and the answers are equal bit for bit. A block is read, decoded and answered in an actor; this process
writes its answers to one file, atomically:

    <folder>/000012-<key>.jsonl    one line of facts with the hash of the rest, then one line per answer

``key`` is a hash of the model, the block's inputs (path, size and time of change of files, else the content) and all
that affects the answers: device, threads, versions, language. A call that was killed therefore continues with the
blocks that have no file yet.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ghep.cluster.blocks import computed
from ghep.cluster.connect import Cluster, versions
from ghep.cpus import cores
from ghep.data.loading.inputs import text_from_json, text_in_json
from ghep.data.modalities import modality_named
from ghep.data.sources.parts import Part
from ghep.errors import ConfigError
from ghep.export.base_predictor import BasePredictor
from ghep.export.exported import is_export
from ghep.export.prediction import Prediction, judged
from ghep.messages import language_now
from ghep.storage.folder import MANIFEST
from ghep.storage.hashing import sha256_bytes, sha256_file
from ghep.storage.text import write_text_atomic
from ghep.types import Finding, Interval, Modality

CHUNKS = 4
"""Chunks in a block: a thousand images, so that little is lost with a node and there are not too many files."""
NAME = re.compile(r"[0-9]{6,}-[0-9a-f]{24}\.jsonl")
"""Names of the files."""


@dataclass(frozen=True)
class Shards:
    """The answers in the files of a folder; iterating reads them, in order: the text of an input, and its prediction.

    The text is None if the input is a file.
    """

    folder: Path
    files: tuple[Path, ...]
    computed: int
    """Blocks that were computed; the others were there already."""
    findings: tuple[Finding, ...]
    """Findings about all inputs together."""
    abstain: float | None = None

    def __iter__(self) -> Iterator[tuple[str | None, Prediction]]:
        for file in self.files:
            for line in file.read_text(encoding="utf-8").split("\n")[1:]:
                text, said = json.loads(line)
                interval = said.pop("interval")
                found = Prediction(**said, interval=None if interval is None else Interval(**interval))
                text = None if text is None else text_from_json(text)
                yield text, found if self.abstain is None else judged(found, self.abstain)

    def remove(self) -> None:
        """Delete the files, also those that killed calls with other inputs or another model left in the folder."""
        for file in self.folder.iterdir():
            if NAME.fullmatch(file.name):
                file.unlink()


def predicted(
    cluster: Cluster,
    predictor: BasePredictor,
    model: Path,
    parts: Sequence[Part],
    folder: Path,
    *,
    engine: str = "auto",
    abstain: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Shards:
    """Predict the inputs in ``parts`` on ``cluster`` into files in ``folder``, and return the answers.

    ``predictor`` was loaded from ``model``, a bundle or an export, with ``engine``. Blocks whose answers are in
    ``folder`` already are not computed. Raises ConfigError if a node cannot read a file that this process can, and
    DataError for a table that cannot be read.
    """
    total = sum(map(len, parts))
    threads, device = _threads_and_device(model, predictor)
    size = CHUNKS * predictor.chunk
    blocks = [_block(parts, start, min(start + size, total)) for start in range(0, total, size)]
    manifest = sha256_file(model / MANIFEST)
    same = [manifest, engine, total, size, threads, device, versions(), platform.machine(), language_now()]
    files = [folder / f"{at:06d}-{_key(same, block)}.jsonl" for at, block in enumerate(blocks)]
    folder.mkdir(exist_ok=True)
    missing = [at for at, file in enumerate(files) if not _is_whole(file)]
    done = total - sum(sum(map(len, blocks[at])) for at in missing)
    shared = _Model(model.absolute() if is_export(model) else predictor, threads, total)
    work = [tuple(part.absolute() for part in blocks[at]) for at in missing]
    for index, found in computed(cluster, work, _answering, shared, threads=threads, gpu=device == "cuda"):
        _require_seen(found)
        _write(files[missing[index]], found)
        done += sum(map(len, work[index]))
        if progress is not None:
            progress(done, total)
    facts = [_facts(file) for file in files]
    measured = _measured([fact["measured"] for fact in facts], predictor.modality)
    familiar = [value for fact in facts for value in fact["familiar"]]
    return Shards(folder, tuple(files), len(missing), predictor.findings(measured, familiar), abstain)


def _threads_and_device(model: Path, predictor: BasePredictor) -> tuple[int, str]:
    """Return the number of threads and the kind of device of one process, as without a cluster: bits depend on both."""
    if is_export(model):
        return cores(), "cpu"
    import torch

    from ghep.export.predictor import Predictor

    assert isinstance(predictor, Predictor)
    return torch.get_num_threads(), predictor.model.device.type


def _block(parts: Sequence[Part], start: int, stop: int) -> tuple[Part, ...]:
    """Return the inputs from ``start`` to before ``stop`` of all ``parts`` in order."""
    found, at = [], 0
    for part in parts:
        first, last = max(start - at, 0), min(stop - at, len(part))
        if first < last:
            found.append(part.part(first, last))
        at += len(part)
    return tuple(found)


def _key(same: Sequence[Any], block: Sequence[Part]) -> str:
    described = [*same, [[type(part).__name__, part.identity()] for part in block]]
    return sha256_bytes(json.dumps(described).encode())[:24]


@dataclass(frozen=True)
class _Model:
    """What an actor predicts with: a predictor, or the folder of an export, which every node has to have."""

    source: BasePredictor | Path
    threads: int
    total: int


@dataclass(frozen=True)
class _Found:
    """The answers of one block."""

    lines: tuple[str, ...]
    measured: dict[str, Any]
    familiar: tuple[float, ...]
    missing: tuple[Path, ...]
    """Files that this node does not have, or may not read."""
    host: str


def _answering(model: _Model) -> Callable[[tuple[Part, ...]], _Found]:
    """Return the function that answers a block, in an actor."""
    if isinstance(model.source, Path):
        from ghep.export.runtime import load

        predictor: BasePredictor = load(model.source, threads=model.threads)
    else:
        import torch

        torch.set_num_threads(model.threads)
        predictor = model.source

    def answer(block: tuple[Part, ...]) -> _Found:
        examples = [example for part in block for example in part.examples()]
        rows, measured = list[Prediction](), dict[str, Any]()
        for start in range(0, len(examples), predictor.chunk):
            chunk = examples[start : start + predictor.chunk]
            raws, names = [one.raw for one in chunk], [one.id for one in chunk]
            rows += predictor.predict_part(raws, names, measured, count=model.total)
        texts = [
            text_in_json(one.raw) if isinstance(one.raw, str) else None for one in examples for _ in predictor.tasks
        ]
        lines = tuple(json.dumps([text, asdict(row)]) for text, row in zip(texts, rows, strict=True))
        first = [row.familiarity for row in rows if row.task == predictor.tasks[0]]
        missing = tuple(one.raw for one in examples if isinstance(one.raw, Path) and not _readable(one.raw))
        known = tuple(value for value in first if value is not None)
        return _Found(lines, measured, known, missing, platform.node())

    return answer


def _require_seen(found: _Found) -> None:
    """Raise ConfigError if a node cannot read a file that this process can: its answers would say it is missing."""
    here = [path for path in found.missing if _readable(path)]
    if here:
        raise ConfigError("cluster-file-not-seen", path=here[0], host=found.host, count=len(here))


def _readable(path: Path) -> bool:
    with suppress(ValueError):  # a path that a table names may have a character that no path has
        return os.access(path, os.R_OK)
    return False


def _write(file: Path, found: _Found) -> None:
    body = "\n".join(found.lines)
    facts = {"sha256": sha256_bytes(body.encode()), "measured": found.measured, "familiar": found.familiar}
    write_text_atomic(file, f"{json.dumps(facts)}\n{body}")


def _is_whole(file: Path) -> bool:
    """Whether ``file`` exists and its content has the hash that it names."""
    try:
        head, _, body = file.read_text(encoding="utf-8").partition("\n")
        return bool(json.loads(head)["sha256"] == sha256_bytes(body.encode()))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _facts(file: Path) -> dict[str, Any]:
    with file.open(encoding="utf-8") as lines:
        facts: dict[str, Any] = json.loads(lines.readline())
        return facts


def _measured(found: Sequence[dict[str, Any]], modality: Modality) -> dict[str, Any]:
    """Return the measurements of all blocks, by name, as one process would have collected them."""
    restored, together = modality_named(modality).given.restored, dict[str, Any]()
    for of_block in found:
        for name, seen in of_block.items():
            together[name if name not in together else f"{name} ({len(together)})"] = restored(seen)
    return together
