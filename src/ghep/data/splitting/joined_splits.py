"""Divide what was joined from several data sets. In: examples, the parts they came from and groups of copies, out: ids.

Nothing that one task is tested on is left in what another learns from.

Each part is completed as if it were read alone (``splits.py``), one after the other; what is placed stays placed.
Where parts name different splits for one example, or for copies of it, the most held-out one holds for all: test before
valid before train. A label that its own part has in train or valid is then none of a test example: it is set aside, so
that every test split stays as it was given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ghep.data.dataset import Part
from ghep.data.splitting.splits import carved, completed
from ghep.types import Example, Finding, Split

_HELD_OUT: tuple[Split, ...] = ("test", "valid", "train")


def split_joined(
    examples: Sequence[Example], parts: Sequence[Part], groups: Mapping[str, str], *, seed: int
) -> tuple[list[Example], dict[str, Split], list[Finding]]:
    """Return the examples with the labels that they keep, id -> split for them, and what was done.

    ``groups``: id -> group for examples that have copies. An example that keeps no label is left out. Raises
    ``DataError`` if a part names splits, but none to train on.
    """
    said = {part.name: _said(part, examples) for part in parts}
    agreed = _agreed(examples, parts, said, groups)
    kept, aside = _set_aside(examples, parts, said, agreed)
    splits = {one.id: agreed[one.id] for one in kept if one.id in agreed}
    findings = _differences(parts, said, splits, aside)
    done: set[str] = set()
    for part in parts:
        own = _own(part, kept)
        given = {one.id: said[part.name][one.id] for one in own if one.id in said[part.name]}
        # Valid is not carved out of what an earlier part has in train, or one that has a valid split of its own.
        kept_in = done.union(
            *(said[one.name] for one in parts if one is not part and "valid" in said[one.name].values())
        )
        fixed = {
            identity: split for identity, split in splits.items() if identity in kept_in or given.get(identity) != split
        }
        made, found = completed(own, given, fixed, groups, seed=seed, of=f"{part.name}: ")
        splits |= made
        if "valid" not in made.values():
            splits |= _from_common(own, splits, groups, seed)
        done |= made.keys()
        findings += found
    return kept, splits, findings


def _own(part: Part, examples: Sequence[Example]) -> list[Example]:
    return [one for one in examples if not one.labels.keys().isdisjoint(part.tasks)]


def _said(part: Part, examples: Sequence[Example]) -> dict[str, Split]:
    """Return the splits that a part names for what it labels; train alone says nothing, as in ``splits.py``."""
    said = {one.id: part.splits[one.id] for one in _own(part, examples) if one.id in part.splits}
    return said if set(said.values()) - {"train"} else {}


def _agreed(
    examples: Sequence[Example],
    parts: Sequence[Part],
    said: Mapping[str, Mapping[str, Split]],
    groups: Mapping[str, str],
) -> dict[str, Split]:
    """Return the split of each example that a part names one for, or names one for a copy that belongs to another."""
    of_group: dict[str, dict[str, set[Split]]] = defaultdict(lambda: defaultdict(set))
    for name, splits in said.items():
        for identity, split in splits.items():
            of_group[groups.get(identity, identity)][name].add(split)
    agreed: dict[str, Split] = {}
    for one in examples:
        mine = [part.name for part in parts if not one.labels.keys().isdisjoint(part.tasks)]
        named = {said[name][one.id] for name in mine if one.id in said[name]}
        for name, of_copies in of_group.get(groups.get(one.id, one.id), {}).items():
            if set(mine) != {name}:  # copies inside one data set are its own affair: the audit names them
                named |= of_copies
        if named:
            agreed[one.id] = min(named, key=_HELD_OUT.index)
    return agreed


@dataclass(frozen=True, slots=True)
class _Aside:
    """A label that was taken away: of which example, of which part."""

    id: str
    part: str


def _set_aside(
    examples: Sequence[Example],
    parts: Sequence[Part],
    said: Mapping[str, Mapping[str, Split]],
    agreed: Mapping[str, Split],
) -> tuple[list[Example], list[_Aside]]:
    """Take labels of train and valid off test examples."""
    kept, aside = [], []
    for one in examples:
        gone = [
            part
            for part in (parts if agreed.get(one.id) == "test" else ())
            if said[part.name].get(one.id, "test") != "test"
        ]
        aside += [_Aside(one.id, part.name) for part in gone]
        tasks = {task for part in gone for task in part.tasks}
        labels = {task: label for task, label in one.labels.items() if task not in tasks}
        if labels:
            kept.append(replace(one, labels=labels) if gone else one)
    return kept, aside


def _from_common(
    own: Sequence[Example], splits: Mapping[str, Split], groups: Mapping[str, str], seed: int
) -> dict[str, Split]:
    """Carve a valid split out of examples that other parts have in train too, where there are no others; for all."""
    valid = carved([one for one in own if splits[one.id] == "train"], groups, seed=seed)
    moved = {groups[identity] for identity, split in valid.items() if split == "valid" and identity in groups}
    copies: dict[str, Split] = {
        identity: "valid" for identity, split in splits.items() if split == "train" and groups.get(identity) in moved
    }
    return copies | valid


def _differences(
    parts: Sequence[Part],
    said: Mapping[str, Mapping[str, Split]],
    splits: Mapping[str, Split],
    aside: Sequence[_Aside],
) -> list[Finding]:
    findings = []
    if aside:
        counts = _counted(parts, [one.part for one in aside])
        message = f"{len(aside)} examples of train or valid are in the test split of another task and were left to it"
        remedy = "nothing to do: every test split is as it was given, and nothing in one is learnt from"
        items = tuple(f"{one.id} ({one.part}: {said[one.part][one.id]})" for one in aside)
        findings.append(Finding("left-to-test", "info", f"{message}: {counts}", remedy, items))
    moved = [
        _Aside(identity, name)
        for name, own in said.items()
        for identity, split in own.items()
        if split == "train" and splits.get(identity) == "valid"
    ]
    if moved:
        counts = _counted(parts, [one.part for one in moved])
        message = f"{len(moved)} examples of train lie in valid, as they do for another task: {counts}"
        remedy = "nothing to do: what is chosen by is not learnt from"
        items = tuple(f"{one.id} ({one.part})" for one in moved)
        findings.append(Finding("left-to-valid", "info", message, remedy, items))
    return findings


def _counted(parts: Sequence[Part], names: Sequence[str]) -> str:
    return ", ".join(f"{names.count(part.name)} of {part.name}" for part in parts if part.name in names)
