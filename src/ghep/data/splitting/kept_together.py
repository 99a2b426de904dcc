"""Decide which examples must be in the same split: named groups, copies and near copies.

In: examples and pairs of copies. Out: ``Together``.

Near copies link examples into chains. For example, each frame of a fixed camera resembles the next, so one chain could
hold most of the data, and no data would be left for validation and test. So a chain may hold at most ``SHARE`` of the
examples and ``LABEL_SHARE`` of a class. Pairs are joined from the most to the least similar, and a pair that would make
a chain too large is not joined (single linkage with a size limit, Kruskal's order). Equal examples and named groups are
never cut. Two named groups that share a copy are joined within the same limits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from ghep.data.labels import same_but_for_case
from ghep.data.splitting.copies import Pair, copy_groups
from ghep.data.splitting.splits import split_counts
from ghep.types import Example, Finding, Split, classes_in

SHARE = 0.10
"""Largest share of all examples in one chain of near copies: valid and test have 0.15 each."""
LABEL_SHARE = 0.20
"""Largest share of the examples of one class in one chain: five chains or more can be divided."""
ALWAYS = 10
"""Chains of at most this size are never cut."""


class Together(NamedTuple):
    """Groups that no split divides, and the chains of near copies that were cut into several groups."""

    groups: dict[str, str]
    """Example id -> the smallest id of its group, for every example in a group of two or more."""
    cut: tuple[tuple[str, ...], ...]
    """The ids of each chain that was cut, sorted."""


def keep_together(
    examples: Sequence[Example],
    exact: Iterable[Sequence[str]],
    near: Mapping[Pair, float],
    named: Mapping[str, str],
) -> Together:
    """Return the groups of ``examples`` that must stay together, and the chains that were cut.

    ``exact``: ids of equal examples. ``near``: pair -> distance of its two sides; 0 counts as equal.
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
    """Return the pairs of near copies in ``near`` that are in different splits because their chain was cut."""
    chain_of = {identity: at for at, chain in enumerate(together.cut) for identity in chain}
    return [
        (a, b)
        for a, b in near
        if a in splits and b in splits and splits[a] != splits[b] and chain_of.get(a, -1) == chain_of.get(b, -2)
    ]


def chain_findings(together: Together, separated: Sequence[Pair], total: int, things: str) -> list[Finding]:
    """Return a finding on chains that were cut, if any pairs in them were ``separated`` into different splits."""
    if not separated:
        return []
    return [
        Finding.of(
            "near-copies-chained",
            "warning",
            items=[f"{chain[0]} ... {chain[-1]}: {len(chain)}" for chain in together.cut],
            chained=sum(map(len, together.cut)),
            total=total,
            things=things,
            chains=len(together.cut),
            largest=max(map(len, together.cut)),
            separated=len(separated),
        )
    ]


def group_findings(named: Mapping[str, str], splits: Mapping[str, Split]) -> list[Finding]:
    """Return findings on named groups that are in several splits, and on names that may mean the same group."""
    found: dict[str, Counter[Split]] = defaultdict(Counter)
    for identity, name in named.items():
        if identity in splits:
            found[name][splits[identity]] += 1
    return [*_divided(found), *_alike(found)]


def _alike(found: Mapping[str, Mapping[Split, int]]) -> list[Finding]:
    alike = same_but_for_case(sorted(found))
    if not alike:
        return []
    items = [" = ".join(f"{name!r} ({_in_splits(found[name])})" for name in names) for names in alike]
    return [Finding.of("group-names-alike", "error", items=items, count=len(alike))]


def _in_splits(counts: Mapping[Split, int]) -> str:
    return ", ".join(map(str, split_counts(counts)))


def _divided(found: Mapping[str, Mapping[Split, int]]) -> list[Finding]:
    divided = {name: counts for name, counts in sorted(found.items()) if len(counts) > 1}
    if not divided:
        return []
    items = [f"{name}: {_in_splits(counts)}" for name, counts in divided.items()]
    return [Finding.of("leakage-group", "error", items=items, count=len(divided), total=len(found))]


def _by_name(named: Mapping[str, str]) -> dict[str, list[str]]:
    members: dict[str, list[str]] = defaultdict(list)
    for identity, name in named.items():
        members[name].append(identity)
    return members


def _chains(links: _Links, refused: Sequence[Pair]) -> tuple[tuple[str, ...], ...]:
    """Return the ids of each chain: all groups that the ``refused`` pairs, which were not joined, would have joined."""
    chain_of = copy_groups([], [(links.root(a), links.root(b)) for a, b in refused if links.root(a) != links.root(b)])
    found: dict[str, list[str]] = defaultdict(list)
    for identity in list(links.parent):
        if links.root(identity) in chain_of:
            found[chain_of[links.root(identity)]].append(identity)
    return tuple(sorted(tuple(sorted(ids)) for ids in found.values()))


class _Links:
    """Sets of joined ids (a union-find), and the number of examples per class in each set."""

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
        """Join ``ids`` to one set, of any size."""
        for other in ids:
            self._join(self.root(ids[0]), self.root(other))

    def join_equal(self, one: str, other: str) -> bool:
        """Join the sets of two equal examples; if both contain named groups, only within the size limits."""
        a, b = self.root(one), self.root(other)
        if a != b and self.holds_name.get(a) and self.holds_name.get(b):
            return self.join(one, other)
        self._join(a, b)
        return True

    def join(self, one: str, other: str) -> bool:
        """Join the sets of two near copies within the size limits; return whether the two are in one set now."""
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
        """Return a dict: id -> the smallest id of its set, for sets of two or more."""
        found = {identity: self.root(identity) for identity in list(self.parent)}
        company = Counter(found.values())
        return {identity: group for identity, group in found.items() if company[group] > 1}
