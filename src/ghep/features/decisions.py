"""Decisions that depend on measured time, such as the engine. They are saved because a second measurement may differ.

So is a measurement of the data that is the same for all runs of a comparison.

In: names of decisions. Out: the decisions, as JSON values. A run keeps its decisions in its folder, where a resumed run
finds them; the runs of a comparison also share a file of decisions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from ghep.errors import BundleError
from ghep.storage.lock import one_at_a_time
from ghep.storage.text import read_json, write_json_atomic


class Agreement(Protocol):
    """The decisions of runs on several machines that share no disk."""

    def get(self, name: str) -> Any:
        """Return the decision ``name``; None if there is none."""

    def first(self, name: str, content: Any) -> Any:
        """Save ``content`` as the decision ``name`` unless there is one, and return the decision that is saved."""


class Decisions:
    """Decisions by name, in memory and in any number of JSON files, which are replaced atomically."""

    def __init__(self, *files: Path, shared: bool = False, agreement: Agreement | None = None) -> None:
        """Store ``files``; ``shared`` says whether all runs of a comparison share the last one.

        ``agreement`` has the decisions of the runs on other machines.
        """
        self.files, self.agreement = files, agreement
        self.shared = files[-1] if shared else None
        """The file that several runs share; None if there is none."""
        self._known: dict[str, Any] = {}

    @property
    def known(self) -> Mapping[str, Any]:
        """Return the decisions that were made or read so far."""
        return dict(self._known)

    def get(self, name: str) -> Any:
        """Return the decision ``name``; None if there is none or it cannot be read."""
        for content in (self._known, *map(_read, self.files)):
            if name in content:
                return self.put(name, content[name])
        found = None if self.agreement is None else self.agreement.get(name)
        return None if found is None else self.put(name, found)

    def put(self, name: str, content: Any) -> Any:
        """Save ``content`` as the decision ``name``; if the disk is full, keep it in memory only.

        Returns the decision that is saved: another one if another machine was first.
        """
        if self.agreement is not None and name not in self._known:
            content = self.agreement.first(name, content)
        self._known[name] = content
        for file in self.files:
            if _read(file).get(name) != content:
                with suppress(OSError), one_at_a_time(_lock_path(file, "writing")):
                    write_json_atomic(file, {**_read(file), name: content})
        return content

    @contextmanager
    def deciding(self) -> Iterator[None]:
        """Return a lock for the time in which a decision is made.

        Processes that share the last file enter it one at a time, so that later ones find the decision of the first.
        """
        if not self.files:
            yield
            return
        with one_at_a_time(_lock_path(self.files[-1], "deciding")):
            yield

    def also_in(self, file: Path) -> Decisions:
        """Return a ``Decisions`` that also saves to ``file``, and looks there before it looks in the present files."""
        return Decisions(file, *self.files, shared=self.shared is not None, agreement=self.agreement)


def is_foreign(file: Path) -> bool:
    """Whether ``file`` exists and is not a file of decisions written by ghep."""
    values = list(_read(file).values())
    own = all(
        isinstance(one, Mapping) and {"engine", "stored", "milliseconds", "mismatch"} & set(one) for one in values
    )
    return os.path.lexists(file) and not (values and own)


def _lock_path(file: Path, doing: str) -> Path:
    return file.with_name(f".{file.name}-{doing}")


def _read(file: Path) -> Mapping[str, Any]:
    try:
        content = read_json(file, error=BundleError, what="decisions")
    except BundleError:
        return {}
    return content if isinstance(content, Mapping) else {}
