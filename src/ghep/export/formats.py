"""Export a bundle for deployment: the formats, and the entry that ``ghep export`` and Python share.

A format is a row of ``FORMATS``. To add one, write a function that takes a ``Request``, writes the folder ``out`` and
returns an ``Export``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from ghep.errors import ConfigError, did_you_mean
from ghep.export.exported import PARITY
from ghep.export.run_data import Location, run_data
from ghep.messages import text_of
from ghep.model.bundle import Bundle, load_bundle
from ghep.storage.folder import MANIFEST, refuse_foreign
from ghep.storage.paths import path_named
from ghep.types import Example

FORMATS = {
    "onnx": "ghep.export.write:export_graph",
    "openvino": "ghep.export.write:export_graph",
    "torch-export": "ghep.export.write:export_graph",
    "hf": "ghep.export.hf:write_hf",
    "web": "ghep.export.web.build:export_web",
}
"""Format -> the function (Request) -> Export that writes it."""


@dataclass(frozen=True)
class Request:
    """What to export, and where to."""

    bundle: Bundle
    to: str
    out: Path
    data: Location | None = None
    """Location of labelled data; None: those of the bundle's run, if they are still where they were."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How to read ``data``: columns of a table and so on."""
    int8: bool = False
    """Whether to quantise the network to 8-bit integers; only for ``onnx``."""
    runtime: Path | None = None
    """For ``web``: a folder with unpacked npm packages; None: npm fetches them."""

    @cached_property
    def splits(self) -> Mapping[str, tuple[Example, ...]]:
        """Split -> examples of the run or of ``data``; empty if they are not known."""
        return run_data(self.bundle, self.data, self.options)


@dataclass(frozen=True)
class Export:
    """An export that was written."""

    to: str
    folder: Path
    parity: Mapping[str, Any] = field(default_factory=dict)
    """How its answers agree with those of the bundle: the content of ``parity.json``."""
    lines: tuple[str, ...] = ()
    """What to tell the user besides the folder and its size."""
    int8: Mapping[str, Any] | None = None
    """What was measured of a graph in int8, as in ``export.json``."""

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def to_json(self) -> dict[str, Any]:
        """Return the export as JSON values."""
        told = {"to": self.to, "folder": str(self.folder), "bytes": self.bytes, "parity": dict(self.parity)}
        return told if self.int8 is None else {**told, "int8": dict(self.int8)}


def export_bundle(
    bundle: str | Path,
    to: str = "onnx",
    *,
    out: str | Path | None = None,
    data: Location | None = None,
    int8: bool = False,
    runtime: str | Path | None = None,
    **options: Any,
) -> Export:
    """Export ``bundle`` in the format ``to``; return where it is, and how its answers agree with the bundle's.

    ``out`` is the folder to write, by default next to the bundle: ``bundle-onnx``. An older export there is replaced;
    any other folder that is not empty, such as the bundle itself, is refused.
    ``data`` are examples on which the answers are compared, by default the test split of the bundle's run (else valid),
    if its data are still where they were; ``options`` say how to read them (columns of a table).
    With ``int8`` (only ``onnx``), the network computes in 8-bit integers, with ranges from train; it is refused unless
    it is as accurate on valid, and faster here.
    For ``web``, ``runtime`` is a folder with the unpacked npm packages that the page needs; None: npm fetches them.

    Raises BundleError for a damaged bundle, DataError for unusable data, and ConfigError for an unknown format, for a
    network that cannot be exported, and for an export whose answers are not those of the bundle: nothing is written.

    >>> ghep.export_bundle("runs/ants/bundle").folder  # doctest: +SKIP
    PosixPath('runs/ants/bundle-onnx')
    """
    if to not in FORMATS:
        raise ConfigError("export-unknown-kind", kind=to, hint=did_you_mean(to, FORMATS))
    if int8 and to != "onnx":
        raise ConfigError("int8-only-onnx", kind=to)
    loaded = load_bundle(bundle)
    loaded.model.to("cpu")
    folder = default_folder(loaded.folder, to) if out is None else path_named(out, error=ConfigError, what="out")
    refuse_other(folder, to)
    module, _, name = FORMATS[to].partition(":")
    write: Callable[[Request], Export] = getattr(import_module(module), name)
    packages = None if runtime is None else path_named(runtime, error=ConfigError, what="runtime")
    return write(Request(loaded, to, folder, data, options, int8, packages))


def refuse_other(out: Path, to: str) -> None:
    """Raise ConfigError if ``out`` has files and is not an export, which may be replaced."""
    if to != "hf":  # with several tasks, each has a folder of its own in ``out``
        refuse_foreign(out)
    if (out / MANIFEST).is_file() and not (out / PARITY).is_file():
        raise ConfigError("export-out-not-export", path=out)


def default_folder(bundle: Path, to: str) -> Path:
    """Return the folder of an export if none is given: next to the bundle."""
    return bundle.with_name(f"{bundle.name}-{to}")


def written_line(export: Export) -> str:
    """Return a line that says where an export is, and its size."""
    return text_of("export-written", folder=export.folder, kind=export.to, megabytes=export.bytes / 1e6)
