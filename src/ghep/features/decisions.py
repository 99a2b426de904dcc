"""What was decided by measuring, written down: the answer of a stop-watch must not be asked for twice.

In: names of decisions. Out: what was decided, in JSON. A run keeps its decisions in its folder, where a resumed run
finds them; the runs of a comparison share those of the comparison as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ghep.errors import BundleError
from ghep.storage.lock import one_at_a_time
from ghep.storage.text import read_json, write_json_atomic


class Decisions:
    """Decisions by name, in memory and in any number of JSON files, each replaced as a whole."""

    def __init__(self, *files: Path, shared: bool = False) -> None:
        """``shared``: the last of ``files`` is for all runs of a comparison."""
        self.files = files
        self.shared = files[-1] if shared else None
        """The file that several runs share; None if there is none."""
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
            if _read(file).get(name) != content:
                with suppress(OSError), one_at_a_time(_beside(file, "writing")):
                    write_json_atomic(file, {**_read(file), name: content})

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Let one process at a time decide, of those that share the last of the files: the others find its decision."""
        if not self.files:
            yield
            return
        with one_at_a_time(_beside(self.files[-1], "deciding")):
            yield

    def also_in(self, file: Path) -> Decisions:
        """Return the same decisions, kept in ``file`` too, which is asked first."""
        return Decisions(file, *self.files, shared=self.shared is not None)


def is_foreign(file: Path) -> bool:
    """Whether something is at ``file`` that ghep did not write as decisions."""
    values = list(_read(file).values())
    own = all(isinstance(one, Mapping) and {"engine", "stored", "milliseconds"} & set(one) for one in values)
    return os.path.lexists(file) and not (values and own)


def _beside(file: Path, doing: str) -> Path:
    return file.with_name(f".{file.name}-{doing}")


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = read_json(file, error=BundleError, what="decisions")
    except BundleError:
        return {}
    return content if isinstance(content, Mapping) else {}
