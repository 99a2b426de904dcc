"""What was decided by measuring, written down: the answer of a stop-watch must not be asked for twice.

In: names of decisions. Out: what was decided, in JSON. A run keeps its decisions in its folder, where a resumed run
finds them; the runs of a comparison share those of the comparison as well.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ghep.errors import BundleError
from ghep.storage.text import read_json, write_json_atomic


class Decisions:
    """Decisions by name, in memory and in any number of JSON files, each replaced as a whole."""

    def __init__(self, *files: Path) -> None:
        self.files = files
        self._known: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """Return what ``name`` was decided to be; None if it was not decided, or cannot be read."""
        for content in (self._known, *map(_read, self.files)):
            if name in content:
                self.put(name, content[name])
                return content[name]
        return None

    def put(self, name: str, content: Any) -> None:
        """Write down what ``name`` was decided to be; a disk that is full costs the note, not the run."""
        self._known[name] = content
        for file in self.files:
            there = _read(file)
            if there.get(name) != content:
                with suppress(OSError):
                    write_json_atomic(file, {**there, name: content})

    def also_in(self, file: Path) -> Decisions:
        """Return the same decisions, kept in ``file`` too, which is asked first."""
        return Decisions(file, *self.files)


def is_foreign(file: Path) -> bool:
    """Whether something is at ``file`` that ghep did not write as decisions."""
    values = list(_read(file).values())
    own = all(isinstance(one, Mapping) and {"engine", "stored", "milliseconds"} & set(one) for one in values)
    return os.path.lexists(file) and not (values and own)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = read_json(file, error=BundleError, what="decisions")
    except BundleError:
        return {}
    return content if isinstance(content, Mapping) else {}
