"""Refuse a class folder that, by name and content, was left behind and is not a class: thumbnails, backups, samples.

In: a source whose finding ``class-name-odd`` names such folders, and the unusable examples and copies that the audit
found.
"""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from ghep.data.dataset import DEFAULT_TASK, Source, place
from ghep.errors import DataError
from ghep.types import Quarantined

MOST_REPEATED = 0.5
"""Share of the folder's examples that are copies of other classes' examples, or unusable."""


def refuse_leftovers(source: Source, bad: Sequence[Quarantined], groups: Sequence[Sequence[str]]) -> None:
    """Raise ``DataError`` for a class with the name of a leftover whose examples are mostly copies or unusable.

    Mostly means more than the share ``MOST_REPEATED``. Copies are examples that are equal or similar to examples of
    other classes; ``groups`` holds the ids of equal or similar examples.
    """
    odd = {name for one in source.findings if one.code == "class-name-odd" for name in one.items}
    if not odd:
        return
    label_of = {one.id: one.labels.get(DEFAULT_TASK) for one in source.examples}
    repeated = {
        identity: other
        for group in groups
        for identity in group
        if label_of.get(identity) in odd
        for other in group
        if label_of.get(other) != label_of[identity]
    }
    unusable = {one.id for one in bad}
    for name in sorted(odd):
        mine = [identity for identity, label in label_of.items() if label == name]
        copies = [identity for identity in mine if identity in repeated]
        broken = [identity for identity in mine if identity in unusable]
        if len(copies) + len(broken) <= MOST_REPEATED * len(mine):
            continue
        raise DataError(
            "class-of-copies",
            name=name,
            count=len(mine),
            copies=len(copies),
            first=place(copies[0]) if copies else "",
            other=place(repeated[copies[0]]) if copies else "",
            broken=len(broken),
            option=f"--exclude {quote(name)}",
        )
