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

Data sets that were joined are completed one after the other, each by what it says itself, as if it were read alone.
What one of them names, or an earlier one was dealt, stays where it is: it is in that split for all of them, and its
copies go there too.

The order of the examples has no say: groups are taken in the order of a keyed hash of seed and id.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ghep.data.dataset import Part
from ghep.errors import DataError
from ghep.types import Example, Finding, Split

FRACTIONS: dict[Split, float] = {"train": 0.70, "valid": 0.15, "test": 0.15}
CARVED = 0.20
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
    parts: Sequence[Part] = (),
) -> tuple[dict[str, Split], list[Finding]]:
    """Return id -> split for all examples, and what was done.

    ``given`` holds the splits that the source names, ``groups`` id -> group for examples that have copies,
    ``fractions`` the shares (they sum to 1) in place of 0.70, 0.15, 0.15 where no split is named, ``parts`` the data
    sets that the source was joined from. Raises ``DataError`` if a data set names splits, but none to train on.
    """
    given = {example.id: given[example.id] for example in examples if example.id in given}
    if not parts:
        return _completed(examples, given, {}, groups, seed=seed, fractions=fractions or FRACTIONS)
    splits, findings = dict(given), list[Finding]()
    done: set[str] = set()
    for part in parts:
        own = [example for example in examples if not example.labels.keys().isdisjoint(part.tasks)]
        said = {example.id: part.splits[example.id] for example in own if example.id in part.splits}
        elsewhere = done.union(*(other.splits for other in parts if other is not part))
        others = {
            identity: split for identity, split in splits.items() if identity not in said or identity in elsewhere
        }
        made, found = _completed(own, said, others, groups, seed=seed, of=f"{part.name}: ")
        splits |= made
        findings += found
        done |= made.keys()
    return splits, findings


def _completed(
    examples: Sequence[Example],
    given: Mapping[str, Split],
    others: Mapping[str, Split],
    groups: Mapping[str, str],
    *,
    seed: int,
    fractions: Mapping[Split, float] = FRACTIONS,
    of: str = "",
) -> tuple[dict[str, Split], list[Finding]]:
    """Return id -> split for the examples of one data set, and what was done.

    ``given`` are the splits it names itself; ``others`` lie fast, its own examples and those of other data sets.
    """
    named = set(given.values())
    fast = {example.id: others[example.id] for example in examples if example.id in others}
    free = [example for example in examples if example.id not in fast]
    open_ = [example for example in free if example.id not in given]
    if named and not open_ and "train" not in {*named, *fast.values()}:
        cause = f"{of}no examples to train on, only {' and '.join(sorted(named))}"
        raise DataError(cause, remedy="add a train split")
    if named <= {"train"}:
        parts = ", ".join(f"{100 * share:g} % {split}" for split, share in fractions.items())
        message = f"{of}divided by seed {seed}: {parts}, copies kept together"
        return fast | _deal_rest(free, others, groups, fractions, seed), [_info("split-made", message)]
    dealt = _deal_rest(open_, {**given, **others}, groups, FRACTIONS, seed)
    splits = {**given, **fast, **dealt}
    findings: list[Finding] = []
    if open_:
        message = f"{of}{len(open_)} examples without a split were divided by seed {seed}"
        findings.append(_info("split-completed", message))
    if "valid" not in {*named, *dealt.values()}:
        carved, message = _carved(free, splits, others, groups, seed)
        splits |= carved
        findings.append(_info("valid-carved", of + message))
    if "test" not in splits.values():
        remedy = "add a test split for a score that no choice has looked at"
        findings.append(_info("no-test-split", f"{of}there is no test split; scores are on valid", remedy))
    return splits, findings


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


def _carved(
    free: Sequence[Example],
    splits: Mapping[str, Split],
    others: Mapping[str, Split],
    groups: Mapping[str, str],
    seed: int,
) -> tuple[dict[str, Split], str]:
    """Return a valid split out of the train examples that are ``free`` and no copies of those that are not."""
    held = {groups[identity] for identity, split in others.items() if split == "train" and identity in groups}
    train = [example for example in free if splits[example.id] == "train" and groups.get(example.id) not in held]
    share = min(CARVED, MOST_CARVED / max(1, len(train)))
    message = f"no valid split: {100 * share:.0f} % of train was set aside for it by seed {seed}"
    return deal(train, groups, {"train": 1 - share, "valid": share}, seed=seed), message


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
        table.cover(by_label[label])
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

    def cover(self, members: Sequence[_Group]) -> None:
        """Give each split one of the groups, if there are enough."""
        if len(members) < len(self.splits):
            return
        covered = {self.placed[group.key][1] for group in members if group.key in self.placed}
        missing = [split for split in self.splits if split not in covered]
        # The smallest groups are handed out, so that a large one cannot flood a small split.
        free = sorted((group for group in members if group.key not in self.placed), key=lambda group: len(group.ids))
        for group, split in zip(free, reversed(missing), strict=False):
            self._place(group, split)

    def fill(self, label: _Label, members: Sequence[_Group]) -> None:
        """Give each group that is left to the split that wants most of ``label``."""
        for group in members:
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
        labels = Counter(label for example in together for label in (example.labels.items() or [("", "")]))
        made.append(
            _Group(hashlib.sha256(f"{seed}:{ids[0]}".encode("utf-8", "surrogateescape")).hexdigest(), ids, labels)
        )
    return sorted(made, key=lambda group: group.key)


def _info(code: str, message: str, remedy: str = "") -> Finding:
    return Finding(code, "info", message, remedy)
