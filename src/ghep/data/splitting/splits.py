"""Divide examples into train, valid and test: seeded, stratified, copies kept together.

In: examples, the splits that the source names, and groups of copies. Out: id -> split, and findings.

Splits that the source names are kept. The rest is assigned group by group (a group: all copies of one example), rarest
label first, each group to the split that still needs most of that label: iterative stratification (Sechidis et al.,
ECML 2011), which handles several tasks and missing labels. Before that, every label with at least as many groups as
there are splits gets one group in each.

    no splits named       0.70 train, 0.15 valid, 0.15 test
    train only            the same
    train and test        valid: 20 % of train, at most 1,000 examples
    train and valid       kept; a finding says that there is no test split

The order of the examples does not matter: groups are taken from the largest to the smallest, groups of one size in the
order of a keyed hash of seed and id.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ghep.data.dataset import regression_of
from ghep.data.numbers import range_of
from ghep.errors import DataError
from ghep.messages import Message, text_of
from ghep.types import Example, Finding, Split, classes_in

FRACTIONS: dict[Split, float] = {"train": 0.70, "valid": 0.15, "test": 0.15}
CARVED = 0.20
SURE = 3
"""Expected examples of a split below which an uneven split is not reported."""
MOST_CARVED = 1_000
"""Enough for selection: the standard error of a share is 1.6 points. More examples are better used for training."""

_Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Group:
    key: str
    ids: tuple[str, ...]
    labels: Counter[_Label]


def split_examples(
    examples: Sequence[Example],
    given: Mapping[str, Split],
    groups: Mapping[str, str],
    *,
    seed: int,
    fractions: Mapping[Split, float] | None = None,
) -> tuple[dict[str, Split], list[Finding]]:
    """Return a dict, id -> split, of all examples, and the findings.

    ``given``: id -> split that the source names. ``groups``: id -> group, for examples that have copies.
    ``fractions``: shares that sum to 1, in place of 0.70, 0.15, 0.15 if the source names no splits. Raises
    ``DataError`` if the source names splits, but no train split.
    """
    given = {example.id: given[example.id] for example in examples if example.id in given}
    return completed(examples, given, {}, groups, seed=seed, fractions=fractions or FRACTIONS)


def completed(
    examples: Sequence[Example],
    given: Mapping[str, Split],
    others: Mapping[str, Split],
    groups: Mapping[str, str],
    *,
    seed: int,
    fractions: Mapping[Split, float] = FRACTIONS,
    prefix: str = "",
) -> tuple[dict[str, Split], list[Finding]]:
    """Return a dict, id -> split, of the examples of one data set, and findings; messages start with ``prefix``.

    ``given``: the splits that the data set names. ``others``: fixed splits of examples from other data sets, including
    examples that this data set shares with them.
    """
    named = set(given.values())
    fixed = {example.id: others[example.id] for example in examples if example.id in others}
    free = [example for example in examples if example.id not in fixed]
    open_ = [example for example in free if example.id not in given]
    if named and not open_ and "train" not in {*named, *fixed.values()}:
        raise DataError("no-train-split", prefix=prefix, splits=sorted(named))
    findings: list[Finding] = []
    if named <= {"train"}:
        made = _deal_rest(free, others, groups, fractions, seed)
        counts = Counter(made.values())
        findings.append(
            Finding.of(
                "split-made",
                "info",
                prefix=prefix,
                seed=seed,
                counts=list(map(str, split_counts({split: counts[split] for split in fractions}))),
                shares=[text_of("share", share=share) for share in fractions.values()],
                separated=0,
            )
        )
        findings += _uneven(made, fractions, groups, prefix)
        splits = fixed | made
        if not fixed:
            return splits, findings
    else:
        dealt = _deal_rest(open_, {**given, **others}, groups, FRACTIONS, seed)
        splits = {**given, **fixed, **dealt}
        if open_:
            findings.append(Finding.of("split-completed", "info", prefix=prefix, count=len(open_), seed=seed))
        if "valid" not in {*named, *dealt.values()}:
            held = {groups[one] for one, split in others.items() if split == "train" and one in groups}
            train = [one for one in free if splits[one.id] == "train" and groups.get(one.id) not in held]
            in_train = list(splits.values()).count("train")
            splits |= (valid := carved(train, groups, seed=seed))
            share, moved = _share(len(train)), list(valid.values()).count("valid")
            findings.append(
                Finding.of(
                    "valid-carved",
                    "info",
                    prefix=prefix,
                    share=share,
                    count=moved,
                    total=in_train,
                    of_all=len(train) == in_train,
                    seed=seed,
                )
            )
            findings += _uneven(valid, {"train": 1 - share, "valid": share}, groups, prefix)
    if "test" not in splits.values():
        findings.append(Finding.of("no-test-split", "info", prefix=prefix))
    return splits, findings


def split_counts(counts: Mapping[Split, int]) -> list[Message]:
    """Return a message for each split with the number of examples: 70 train, 15 valid."""
    return [Message("count-in-split", {"count": count, "split": split}) for split, count in counts.items()]


def _uneven(
    made: Mapping[str, Split], fractions: Mapping[Split, float], groups: Mapping[str, str], prefix: str
) -> list[Finding]:
    """Return a finding on splits that got less than half of their intended share."""
    counts = Counter(made.values())
    wanted = {split: share * len(made) for split, share in fractions.items()}
    small = [split for split, number in wanted.items() if number >= SURE and counts[split] < number / 2]
    if not small:
        return []
    sizes = [
        Message("split-size", {"split": split, "count": counts[split], "wanted": round(wanted[split])})
        for split in small
    ]
    code = "split-uneven-by-class" if groups.keys().isdisjoint(made) else "split-uneven"
    return [Finding.of("split-uneven", "warning", message=code, prefix=prefix, sizes=sizes)]


def carved(train: Sequence[Example], groups: Mapping[str, str], *, seed: int) -> dict[str, Split]:
    """Return a dict: id -> train or valid, for the examples ``train``, part of which become the valid split."""
    share = _share(len(train))
    return deal(train, groups, {"train": 1 - share, "valid": share}, seed=seed)


def _share(train: int) -> float:
    return min(CARVED, MOST_CARVED / max(1, train))


def _deal_rest(
    rest: Sequence[Example],
    given: Mapping[str, Split],
    groups: Mapping[str, str],
    fractions: Mapping[Split, float],
    seed: int,
) -> dict[str, Split]:
    """Return a dict, id -> split, of ``rest``, examples without a split; copies of examples in ``given`` get theirs."""
    taken = {groups[identity]: split for identity, split in given.items() if identity in groups}
    follows = {example.id: taken[groups[example.id]] for example in rest if groups.get(example.id) in taken}
    free = [example for example in rest if example.id not in follows]
    return follows | deal(free, groups, fractions, seed=seed)


def deal(
    examples: Sequence[Example], groups: Mapping[str, str], fractions: Mapping[Split, float], *, seed: int
) -> dict[str, Split]:
    """Return a dict, id -> split, by ``fractions``, which sum to 1, stratified by label; groups are never divided."""
    by_label: dict[_Label, list[_Group]] = defaultdict(list)
    ranges = {task: range_of(examples, task) for task in regression_of(examples, _tasks(examples))}
    for group in _make_groups(examples, groups, seed, ranges):
        for label in group.labels:
            by_label[label].append(group)
    totals = {label: sum(group.labels[label] for group in members) for label, members in by_label.items()}
    rarest_first = sorted(by_label, key=lambda label: (totals[label], label))
    table = _Table(fractions, totals, len(examples))
    for label in rarest_first:
        table.cover(label, by_label[label])
    for label in rarest_first:
        table.fill(label, by_label[label])
    return {identity: split for group, split in table.placed.values() for identity in group.ids}


class _Table:
    """The number of examples that each split still needs, and the split of each group that was assigned."""

    def __init__(self, fractions: Mapping[Split, float], totals: Mapping[_Label, int], size: int) -> None:
        self.splits = tuple(fractions)
        self.wanted = {split: {label: share * n for label, n in totals.items()} for split, share in fractions.items()}
        self.room = {split: share * size for split, share in fractions.items()}
        self.placed: dict[str, tuple[_Group, Split]] = {}

    def cover(self, label: _Label, members: Sequence[_Group]) -> None:
        """Assign the best fitting group with ``label`` to each split that has none, if there are enough groups."""
        if len(members) < len(self.splits):
            return
        covered = {self.placed[group.key][1] for group in members if group.key in self.placed}
        missing = [split for split in self.splits if split not in covered]
        free = [group for group in members if group.key not in self.placed]
        for split in reversed(missing):
            if free:
                chosen = min(free, key=lambda group: self._misfit(group, split, label))
                free.remove(chosen)
                self._place(chosen, split)

    def _misfit(self, group: _Group, split: Split, label: _Label) -> tuple[float, float]:
        """Return how many examples of ``group`` exceed the room in ``split``, and how far its number of examples with
        ``label`` is from the number that the split needs.
        """
        return max(0.0, len(group.ids) - self.room[split]), abs(group.labels[label] - self.wanted[split][label])

    def fill(self, label: _Label, members: Sequence[_Group]) -> None:
        """Assign each remaining group with ``label``, large ones first, to the split that needs this label most."""
        for group in sorted(members, key=lambda group: -len(group.ids)):
            if group.key not in self.placed:
                self._place(group, max(self.splits, key=lambda split: (self.wanted[split][label], self.room[split])))

    def _place(self, group: _Group, split: Split) -> None:
        self.placed[group.key] = (group, split)
        self.room[split] -= len(group.ids)
        for label, count in group.labels.items():
            self.wanted[split][label] -= count


def _tasks(examples: Sequence[Example]) -> list[str]:
    return list(dict.fromkeys(task for example in examples for task in example.labels))


def _make_groups(
    examples: Sequence[Example], groups: Mapping[str, str], seed: int, ranges: Mapping[str, Mapping[str, str]]
) -> list[_Group]:
    members: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        members[groups.get(example.id, example.id)].append(example)
    made = []
    for together in members.values():
        ids = tuple(sorted(example.id for example in together))
        labels = Counter(label for example in together for label in _labels_of(example, ranges))
        made.append(
            _Group(hashlib.sha256(f"{seed}:{ids[0]}".encode("utf-8", "surrogateescape")).hexdigest(), ids, labels)
        )
    return sorted(made, key=lambda group: group.key)


def _labels_of(example: Example, ranges: Mapping[str, Mapping[str, str]]) -> list[_Label]:
    """Return the pairs (task, class) of an example; a label without a class, or no label, counts as a class.

    ``ranges``: regression task -> id -> range of numbers, which takes the place of a class.
    """
    return [
        (task, one)
        for task, label in example.labels.items()
        for one in ((ranges[task][example.id],) if task in ranges else classes_in(label) or ("",))
    ] or [("", "")]
