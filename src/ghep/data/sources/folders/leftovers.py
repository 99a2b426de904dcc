"""Refuse a class folder that is called as leftovers are, and is one by what it holds: thumbnails, backups, samples.

In: a source whose finding ``class-name-odd`` names such folders, and what the audit found in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from ghep.data.dataset import DEFAULT_TASK, Source, place
from ghep.errors import DataError
from ghep.types import Quarantined

MOST_REPEATED = 0.5
"""Share of the folder's examples that are copies of those of other classes, or cannot be used."""


def refuse_leftovers(source: Source, bad: Sequence[Quarantined], groups: Sequence[Sequence[str]]) -> None:
    """Raise ``DataError`` where more than ``MOST_REPEATED`` of such a class repeats other classes or cannot be used.

    ``groups`` are the ids of equal or alike examples.
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
        cause = f"{name!r} is no usual name of a class, and of its {len(mine)} examples {len(copies)} are copies of "
        cause += "those of other classes"
        cause += f" ({place(copies[0])} of {place(repeated[copies[0]])})" if copies else ""
        cause += f", {len(broken)} cannot be used" if broken else ""
        raise DataError(
            cause,
            remedy=f"choose: --exclude {quote(name)} (exclude=[...]) passes over it, --layout classes takes every "
            "folder as a class",
        )
