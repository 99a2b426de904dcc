"""Divide examples into train, valid and test: seeded, stratified, copies kept together. In: a source and groups, out:
ids.

What a source says about its splits is kept. The rest is dealt out group by group (a group: all copies of one thing),
rarest label first, each group to the split that still wants most of that label: iterative stratification (Sechidis et
al., ECML 2011), which copes with several tasks and with missing labels. Before that, every label with as many groups
as there are splits gets one group in each.

    nothing said          0.70 train, 0.15 valid, 0.15 test
    train only            as if nothing was said
    train and test        valid: 20 % of train, at most 1,000 examples
    train and valid       kept, and said that there is no test split

The order of the examples has no say: groups are taken from the largest to the smallest, those of one size in the order
of a keyed hash of seed and id.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ghep.errors import DataError
from ghep.types import Example, Finding, Split, classes_in

FRACTIONS: dict[Split, float] = {"train": 0.70, "valid": 0.15, "test": 0.15}
CARVED = 0.20
SURE = 3
"""Examples that a split should have, below which it says nothing that it has fewer."""
MOST_CARVED = 1_000
"""Enough to choose by: a share of these is known to 1.6 points. The rest is better learnt from."""

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
    """Return id -> split for all examples, and what was done.

    ``given`` holds the splits that the source names, ``groups`` id -> group for examples that have copies,
    ``fractions`` the shares (they sum to 1) in place of 0.70, 0.15, 0.15 where no split is named. Raises ``DataError``
    if the source names splits, but none to train on.
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
    of: str = "",
) -> tuple[dict[str, Split], list[Finding]]:
    """Return id -> split for the examples of one data set, and what was done; ``of`` names it.

    ``given`` are the splits that it names. ``others`` are fixed: those of other data sets, and of these examples where
    they are held in common.
    """
    named = set(given.values())
    fixed = {example.id: others[example.id] for example in examples if example.id in others}
    free = [example for example in examples if example.id not in fixed]
    open_ = [example for example in free if example.id not in given]
    if named and not open_ and "train" not in {*named, *fixed.values()}:
        cause = f"{of}no examples to train on, only {' and '.join(sorted(named))}"
        raise DataError(cause, remedy="add a train split")
    findings: list[Finding] = []
    if named <= {"train"}:
        made = _deal_rest(free, others, groups, fractions, seed)
        shares = ", ".join(f"{100 * share:g} %" for share in fractions.values())
        message = f"{of}divided by seed {seed}: {_counted(made, fractions)} ({shares} asked)"
        findings += [_info("split-made", message), *_lopsided(made, fractions, groups, of)]
        splits = fixed | made
        if not fixed:
            return splits, findings
    else:
        dealt = _deal_rest(open_, {**given, **others}, groups, FRACTIONS, seed)
        splits = {**given, **fixed, **dealt}
        if open_:
            message = f"{of}{len(open_)} examples without a split were divided by seed {seed}"
            findings.append(_info("split-completed", message))
        if "valid" not in {*named, *dealt.values()}:
            held = {groups[one] for one, split in others.items() if split == "train" and one in groups}
            train = [one for one in free if splits[one.id] == "train" and groups.get(one.id) not in held]
            in_train = list(splits.values()).count("train")
            splits |= (valid := carved(train, groups, seed=seed))
            part = f"{100 * _share(len(train)):.0f} % of train was"
            if len(train) < in_train:
                part = f"{list(valid.values()).count('valid')} of {in_train} examples of train were"
            findings.append(_info("valid-carved", f"{of}no valid split: {part} set aside for it by seed {seed}"))
            share = _share(len(train))
            findings += _lopsided(valid, {"train": 1 - share, "valid": share}, groups, of)
    if "test" not in splits.values():
        remedy = "add a test split for a score that no choice has looked at"
        findings.append(_info("no-test-split", f"{of}there is no test split; scores are on valid", remedy))
    return splits, findings


def _counted(made: Mapping[str, Split], fractions: Mapping[Split, float]) -> str:
    counts = Counter(made.values())
    return ", ".join(f"{counts[split]} {split}" for split in fractions)


def _lopsided(
    made: Mapping[str, Split], fractions: Mapping[Split, float], groups: Mapping[str, str], of: str
) -> list[Finding]:
    """Return a finding on splits that came out with less than half of their share."""
    counts = Counter(made.values())
    wanted = {split: share * len(made) for split, share in fractions.items()}
    small = [split for split, number in wanted.items() if number >= SURE and counts[split] < number / 2]
    if not small:
        return []
    got = " and ".join(f"{split} has {counts[split]} examples instead of about {wanted[split]:.0f}" for split in small)
    if groups.keys().isdisjoint(made):
        message = f"{of}{got}: most classes have so few examples that all of them went to the other splits"
        remedy = "collect more examples of each class, join small classes, or give a split of your own"
        return [Finding("split-uneven", "warning", message, remedy)]
    message = f"{of}{got}: what has to stay together (copies, groups) is too large to be divided better"
    remedy = "give smaller groups (--group), more of them, or a split of your own; remove copies"
    return [Finding("split-uneven", "warning", message, remedy)]


def carved(train: Sequence[Example], groups: Mapping[str, str], *, seed: int) -> dict[str, Split]:
    """Return id -> train or valid: a share of ``train`` is set aside where a source names no valid split."""
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
    """Divide the examples that no split was given for; a copy of an example with a split goes where that one is."""
    taken = {groups[identity]: split for identity, split in given.items() if identity in groups}
    follows = {example.id: taken[groups[example.id]] for example in rest if groups.get(example.id) in taken}
    free = [example for example in rest if example.id not in follows]
    return follows | deal(free, groups, fractions, seed=seed)


def deal(
    examples: Sequence[Example], groups: Mapping[str, str], fractions: Mapping[Split, float], *, seed: int
) -> dict[str, Split]:
    """Divide examples by ``fractions`` (they sum to 1), stratified by label, without tearing a group apart."""
    by_label: dict[_Label, list[_Group]] = defaultdict(list)
    for group in _make_groups(examples, groups, seed):
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
    """What each split still wants, and where each group went."""

    def __init__(self, fractions: Mapping[Split, float], totals: Mapping[_Label, int], size: int) -> None:
        self.splits = tuple(fractions)
        self.wanted = {split: {label: share * n for label, n in totals.items()} for split, share in fractions.items()}
        self.room = {split: share * size for split, share in fractions.items()}
        self.placed: dict[str, tuple[_Group, Split]] = {}

    def cover(self, label: _Label, members: Sequence[_Group]) -> None:
        """Give each split one of the groups with ``label``, the one that fits best, if there are enough."""
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
        """Return by how much ``group`` would flood ``split``, and how far it is from the share of ``label`` there."""
        return max(0.0, len(group.ids) - self.room[split]), abs(group.labels[label] - self.wanted[split][label])

    def fill(self, label: _Label, members: Sequence[_Group]) -> None:
        """Give each group that is left to the split that wants most of ``label``, large groups first."""
        for group in sorted(members, key=lambda group: -len(group.ids)):
            if group.key not in self.placed:
                self._place(group, max(self.splits, key=lambda split: (self.wanted[split][label], self.room[split])))

    def _place(self, group: _Group, split: Split) -> None:
        self.placed[group.key] = (group, split)
        self.room[split] -= len(group.ids)
        for label, count in group.labels.items():
            self.wanted[split][label] -= count


def _make_groups(examples: Sequence[Example], groups: Mapping[str, str], seed: int) -> list[_Group]:
    members: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        members[groups.get(example.id, example.id)].append(example)
    made = []
    for together in members.values():
        ids = tuple(sorted(example.id for example in together))
        labels = Counter(label for example in together for label in _labels_of(example))
        made.append(
            _Group(hashlib.sha256(f"{seed}:{ids[0]}".encode("utf-8", "surrogateescape")).hexdigest(), ids, labels)
        )
    return sorted(made, key=lambda group: group.key)


def _labels_of(example: Example) -> list[_Label]:
    """Each class by itself where a label names several; whatever has no class at all is dealt out as if of one."""
    return [(task, one) for task, label in example.labels.items() for one in classes_in(label) or ("",)] or [("", "")]


def _info(code: str, message: str, remedy: str = "") -> Finding:
    return Finding(code, "info", message, remedy)
