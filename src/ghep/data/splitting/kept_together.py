"""What a split must keep together: named groups, copies and near copies. In: examples and pairs, out: ``Together``.

Near copies link examples into chains: frames of a fixed camera are each alike to the next, until one chain holds most
of the data and nothing is left to validate or test on. So a chain may only grow to ``SHARE`` of the examples and to
``LABEL_SHARE`` of a class; pairs are joined from the most to the least alike, and a chain that would become larger is
cut where it is least alike (single linkage with a bound, Kruskal's order). Equal examples are never cut, nor are named
groups; two named groups that share a copy are joined within the same bounds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ghep.data.labels import same_but_for_case
from ghep.data.splitting.copies import Pair, copy_groups
from ghep.types import Example, Finding, Split, classes_in

SHARE = 0.10
"""Of all examples, the most that one chain of near copies may hold: valid and test have 0.15 each."""
LABEL_SHARE = 0.20
"""Of the examples of one class, the most that one chain may hold: five chains or more can be divided."""
ALWAYS = 10
"""Chains of this many examples are never cut."""


class Together(NamedTuple):
    """Groups that are never divided, and the chains of copies that had to be cut into several of them."""

    groups: dict[str, str]
    """Example id -> the smallest id of its group, for every example that has company."""
    cut: tuple[tuple[str, ...], ...]
    """The ids of each chain that was cut, sorted."""


def keep_together(
    examples: Sequence[Example],
    exact: Iterable[Sequence[str]],
    near: Mapping[Pair, float],
    named: Mapping[str, str],
) -> Together:
    """Return the groups of ``examples``.

    ``exact``: ids of equal examples. ``near``: pair -> how far its two sides are apart; at 0 they count as equal.
    ``named``: id -> name of its group.
    """
    links = _Links(examples, named)
    for ids in _by_name(named).values():
        links.join_all(ids)
    equal = [*exact, *(pair for pair, distance in near.items() if distance == 0)]
    refused = [pair for group in equal for pair in pairwise(group) if not links.join_equal(*pair)]
    order = sorted((distance, pair) for pair, distance in near.items() if distance > 0)
    refused += [pair for _, pair in order if not links.join(*pair)]
    return Together(links.groups(), _chains(links, refused))


def cut_pairs(together: Together, near: Iterable[Pair], splits: Mapping[str, Split]) -> list[Pair]:
    """Return the near copies that lie in different splits because their chain was cut."""
    chain_of = {identity: at for at, chain in enumerate(together.cut) for identity in chain}
    return [
        (a, b)
        for a, b in near
        if a in splits and b in splits and splits[a] != splits[b] and chain_of.get(a, -1) == chain_of.get(b, -2)
    ]


def chain_findings(together: Together, separated: Sequence[Pair], total: int, things: str) -> list[Finding]:
    """Return what is to be said of chains that were cut, if any pair of them was ``separated`` by a split."""
    if not separated:
        return []
    chained, largest = sum(map(len, together.cut)), max(together.cut, key=len)
    chains = "1 chain" if len(together.cut) == 1 else f"{len(together.cut)} chains"
    message = (
        f"{chained} of {total} {things} form {chains} of near copies (the largest holds {len(largest)}), as frames of "
        f"a fixed camera do: too many for one split, so the chains were cut where they are least alike, and "
        f"{len(separated)} pairs of near copies lie in different splits"
    )
    remedy = (
        "name what belongs together, such as films or items, with --group COLUMN or --group PATTERN, or give the "
        "splits yourself; without that the score may be too good"
    )
    items = tuple(f"{chain[0]} ... {chain[-1]}: {len(chain)}" for chain in together.cut)
    return [Finding("near-copies-chained", "warning", message, remedy, items)]


def group_findings(named: Mapping[str, str], splits: Mapping[str, Split]) -> list[Finding]:
    """Return a finding on named groups that lie in more than one split, and on names that may mean one group."""
    found: dict[str, Counter[Split]] = defaultdict(Counter)
    for identity, name in named.items():
        if identity in splits:
            found[name][splits[identity]] += 1
    return [*_torn(found), *_alike(found)]


def _alike(found: Mapping[str, Mapping[Split, int]]) -> list[Finding]:
    alike = same_but_for_case(sorted(found))
    if not alike:
        return []
    message = (
        f"{len(alike)} sets of group names differ only in case, spaces, the encoding of accents, or in how a number is "
        "written; each spelling was taken as a group of its own, so one group may lie in several splits"
    )
    remedy = "write each group in one way in all rows, or make clear that these are different groups"
    items = tuple(" = ".join(f"{name!r} ({_in_splits(found[name])})" for name in names) for names in alike)
    return [Finding("group-names-alike", "error", message, remedy, items)]


def _in_splits(counts: Mapping[Split, int]) -> str:
    return ", ".join(f"{n} {split}" for split, n in counts.items())


def _torn(found: Mapping[str, Mapping[Split, int]]) -> list[Finding]:
    torn = {name: counts for name, counts in sorted(found.items()) if len(counts) > 1}
    if not torn:
        return []
    message = f"{len(torn)} of {len(found)} groups lie in several splits"
    remedy = "give each group (--group) to one split: a score on what belongs to training examples is too good"
    items = tuple(f"{name}: {_in_splits(counts)}" for name, counts in torn.items())
    return [Finding("leakage-group", "error", message, remedy, items)]


def _by_name(named: Mapping[str, str]) -> dict[str, list[str]]:
    members: dict[str, list[str]] = defaultdict(list)
    for identity, name in named.items():
        members[name].append(identity)
    return members


def _chains(links: _Links, refused: Sequence[Pair]) -> tuple[tuple[str, ...], ...]:
    """Return the ids of each set of groups that the ``refused`` pairs would have joined."""
    chain_of = copy_groups([], [(links.root(a), links.root(b)) for a, b in refused if links.root(a) != links.root(b)])
    found: dict[str, list[str]] = defaultdict(list)
    for identity in list(links.parent):
        if links.root(identity) in chain_of:
            found[chain_of[links.root(identity)]].append(identity)
    return tuple(sorted(tuple(sorted(ids)) for ids in found.values()))


class _Links:
    """Which ids are joined (a union-find), and how many examples of which class each set holds."""

    def __init__(self, examples: Sequence[Example], named: Mapping[str, str]) -> None:
        self.parent: dict[str, str] = {}
        self.labels = {
            one.id: [(task, name) for task, label in one.labels.items() for name in classes_in(label)]
            for one in examples
        }
        totals = Counter(label for labels in self.labels.values() for label in labels)
        self.limits = {label: max(ALWAYS, int(LABEL_SHARE * count)) for label, count in totals.items()}
        self.limit = max(ALWAYS, int(SHARE * len(examples)))
        self.sizes: dict[str, int] = {}
        self.counts: dict[str, Counter[tuple[str, str]]] = {}
        self.holds_name = dict.fromkeys(named, True)

    def root(self, identity: str) -> str:
        if identity not in self.parent:
            self.parent[identity] = identity
            self.sizes[identity] = int(identity in self.labels)
            self.counts[identity] = Counter(self.labels.get(identity, ()))
        while self.parent[identity] != identity:
            self.parent[identity] = identity = self.parent[self.parent[identity]]
        return identity

    def join_all(self, ids: Sequence[str]) -> None:
        """Join ``ids``, however many they are."""
        for other in ids:
            self._join(self.root(ids[0]), self.root(other))

    def join_equal(self, one: str, other: str) -> bool:
        """Join two equal examples; two sets with named groups only within the bounds."""
        a, b = self.root(one), self.root(other)
        if a != b and self.holds_name.get(a) and self.holds_name.get(b):
            return self.join(one, other)
        self._join(a, b)
        return True

    def join(self, one: str, other: str) -> bool:
        """Join the sets of two near copies, unless the bounds forbid it; tell whether they are together."""
        a, b = self.root(one), self.root(other)
        if a != b:
            if self.sizes[a] + self.sizes[b] > self.limit:
                return False
            small, large = sorted((self.counts[a], self.counts[b]), key=len)
            if any(count + large[label] > self.limits[label] for label, count in small.items() if large[label]):
                return False
            self._join(a, b)
        return True

    def _join(self, a: str, b: str) -> None:
        if a == b:
            return
        low, high = sorted((a, b))
        self.parent[high] = low
        self.sizes[low] += self.sizes.pop(high)
        self.counts[low].update(self.counts.pop(high))
        if self.holds_name.get(high):
            self.holds_name[low] = True

    def groups(self) -> dict[str, str]:
        """Return id -> the smallest id of its set, for sets of two or more."""
        found = {identity: self.root(identity) for identity in list(self.parent)}
        company = Counter(found.values())
        return {identity: group for identity, group in found.items() if company[group] > 1}
