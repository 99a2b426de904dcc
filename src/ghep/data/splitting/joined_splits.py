"""Split data that was joined from several data sets.

In: examples, the data sets (parts) from which the examples come, and groups of copies. Out: id -> split, and findings.
No task is tested on examples that another task learns from.

The parts are split one after the other, each as if it were read alone (``splits.py``), except that examples that have a
split already keep it. If parts name different splits for an example or its copies, the most held-out split applies to
all of them: test before valid before train. If this moves an example from train or valid of its own part to test, its
labels from that part are dropped, so that the part's test split stays as given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ghep.data.dataset import Part
from ghep.data.splitting.splits import carved, completed
from ghep.messages import Message
from ghep.types import Example, Finding, Split

_HELD_OUT: tuple[Split, ...] = ("test", "valid", "train")


def split_joined(
    examples: Sequence[Example], parts: Sequence[Part], groups: Mapping[str, str], *, seed: int
) -> tuple[list[Example], dict[str, Split], list[Finding]]:
    """Return the examples with the labels that are kept, a dict id -> split, and the findings.

    ``parts`` are the joined data sets. ``groups``: id -> group, for examples that have copies. Examples left without a
    label are dropped. Raises ``DataError`` if a data set names splits, but no train split.
    """
    named = {part.name: _named_splits(part, examples) for part in parts}
    agreed = _agreed(examples, parts, named, groups)
    kept, dropped = _drop_labels_in_test(examples, parts, named, agreed)
    splits = {one.id: agreed[one.id] for one in kept if one.id in agreed}
    findings = _differences(parts, named, splits, dropped)
    done: set[str] = set()
    for part in parts:
        own = _own(part, kept)
        given = {one.id: named[part.name][one.id] for one in own if one.id in named[part.name]}
        # Do not carve valid out of what an earlier part trains on, or a part that has its own valid split.
        kept_in = done.union(
            *(named[one.name] for one in parts if one is not part and "valid" in named[one.name].values())
        )
        fixed = {
            identity: split for identity, split in splits.items() if identity in kept_in or given.get(identity) != split
        }
        made, found = completed(own, given, fixed, groups, seed=seed, prefix=f"{part.name}: ")
        splits |= made
        if "valid" not in made.values():
            splits |= _from_common(own, splits, groups, seed)
        done |= made.keys()
        findings += found
    return kept, splits, findings


def _own(part: Part, examples: Sequence[Example]) -> list[Example]:
    return [one for one in examples if not one.labels.keys().isdisjoint(part.tasks)]


def _named_splits(part: Part, examples: Sequence[Example]) -> dict[str, Split]:
    """Return a dict, id -> split, that ``part`` names for the examples it labels; empty if it names train only."""
    named = {one.id: part.splits[one.id] for one in _own(part, examples) if one.id in part.splits}
    return named if set(named.values()) - {"train"} else {}


def _agreed(
    examples: Sequence[Example],
    parts: Sequence[Part],
    named: Mapping[str, Mapping[str, Split]],
    groups: Mapping[str, str],
) -> dict[str, Split]:
    """Return a dict, id -> split, of examples for which, or for a copy of which, a joined data set names a split."""
    of_group: dict[str, dict[str, set[Split]]] = defaultdict(lambda: defaultdict(set))
    for name, splits in named.items():
        for identity, split in splits.items():
            of_group[groups.get(identity, identity)][name].add(split)
    agreed: dict[str, Split] = {}
    for one in examples:
        mine = [part.name for part in parts if not one.labels.keys().isdisjoint(part.tasks)]
        claims = {named[name][one.id] for name in mine if one.id in named[name]}
        for name, of_copies in of_group.get(groups.get(one.id, one.id), {}).items():
            if set(mine) != {name}:  # copies within one data set are reported by the audit
                claims |= of_copies
        if claims:
            agreed[one.id] = min(claims, key=_HELD_OUT.index)
    return agreed


@dataclass(frozen=True, slots=True)
class _Dropped:
    """A label that was dropped: the id of the example, and the joined data set that the label comes from."""

    id: str
    part: str


def _drop_labels_in_test(
    examples: Sequence[Example],
    parts: Sequence[Part],
    named: Mapping[str, Mapping[str, Split]],
    agreed: Mapping[str, Split],
) -> tuple[list[Example], list[_Dropped]]:
    """Return ``examples`` without some labels of test examples, and the dropped labels.

    If a joined data set has a test example in train or valid, its labels for this example are dropped. Examples left
    without a label are left out. ``named``: data set -> id -> the split it names. ``agreed``: id -> the final split.
    """
    kept, dropped = [], []
    for one in examples:
        gone = [
            part
            for part in (parts if agreed.get(one.id) == "test" else ())
            if named[part.name].get(one.id, "test") != "test"
        ]
        dropped += [_Dropped(one.id, part.name) for part in gone]
        tasks = {task for part in gone for task in part.tasks}
        labels = {task: label for task, label in one.labels.items() if task not in tasks}
        if labels:
            kept.append(replace(one, labels=labels) if gone else one)
    return kept, dropped


def _from_common(
    own: Sequence[Example], splits: Mapping[str, Split], groups: Mapping[str, str], seed: int
) -> dict[str, Split]:
    """Return a dict, id -> split, with a valid split for a data set that shares all its train examples with others.

    Some of its examples, ``own``, and their copies move from train to valid, in all joined data sets.
    """
    valid = carved([one for one in own if splits[one.id] == "train"], groups, seed=seed)
    moved = {groups[identity] for identity, split in valid.items() if split == "valid" and identity in groups}
    copies: dict[str, Split] = {
        identity: "valid" for identity, split in splits.items() if split == "train" and groups.get(identity) in moved
    }
    return copies | valid


def _differences(
    parts: Sequence[Part],
    named: Mapping[str, Mapping[str, Split]],
    splits: Mapping[str, Split],
    dropped: Sequence[_Dropped],
) -> list[Finding]:
    findings = []
    if dropped:
        items = [f"{one.id} ({one.part}: {named[one.part][one.id]})" for one in dropped]
        counts = _counted(parts, [one.part for one in dropped])
        findings.append(Finding.of("left-to-test", "info", items=items, count=len(dropped), counts=counts))
    moved = [
        _Dropped(identity, name)
        for name, own in named.items()
        for identity, split in own.items()
        if split == "train" and splits.get(identity) == "valid"
    ]
    if moved:
        items = [f"{one.id} ({one.part})" for one in moved]
        counts = _counted(parts, [one.part for one in moved])
        findings.append(Finding.of("left-to-valid", "info", items=items, count=len(moved), counts=counts))
    return findings


def _counted(parts: Sequence[Part], names: Sequence[str]) -> list[Message]:
    return [
        Message("count-of-part", {"count": names.count(part.name), "part": part.name})
        for part in parts
        if part.name in names
    ]
