"""Detect groups (patients, films, tracks) in file names. In: examples and splits. Out: a finding on divided groups.

    sick/p017_003.png           p017: everything before the last number
    car/film02/0001.jpg         film02: a folder within the class
    person/crop001017c.jpg      crop001017: everything before the last letter

If a model was trained on other images of a test patient, the test score may measure that it recognises the patient, not
the disease. Names are only a hint, so a finding needs at least eight groups, two groups per class on average, most
examples in a group of two or more, and group names that differ in a number. Names that repeat the class, a camera's
"IMG" or a year do not count as groups.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from ghep.data.splitting.splits import split_counts
from ghep.types import Example, Finding, Split

FEWEST = 8
"""Minimum number of groups."""
LARGEST = 0.25
"""Maximum share of all examples in one group: a larger group is not a patient."""
_END = r"[.][^./]+$"
PATTERNS = (
    r"([^/]+)/[^/]+$",
    rf"([^/]+?)(?:[-_ .]+|(?<![0-9]))[0-9]+{_END}",
    rf"([^/]*[0-9])[a-zA-Z]{_END}",
    rf"([^/]+)[-_ ][^-_ /]*{_END}",
)
"""What group members may have in common, the most certain first; each is also tried with the parent folder's name."""


def groups_in_names(
    examples: Sequence[Example], splits: Mapping[str, Split], given: Mapping[str, Split]
) -> list[Finding]:
    """Return a finding if file names suggest groups and ``splits`` divide them.

    The finding is a warning if test examples share a group with train or valid. Otherwise only the validation score is
    too good, and it is an info. ``given`` holds the splits that the source names.
    """
    files = [one for one in examples if isinstance(one.raw, Path) and one.id in splits]
    tested = [one.id for one in files if splits[one.id] == "test"]
    found = _groups_in(files)
    if found is None:
        return []
    pattern, groups = found
    names = set(groups.values())
    numbers = sum(name.rpartition("/")[2].isdigit() for name in names)
    if "test" in given.values() and 2 * numbers > len(names):  # numbers in test may start from 1 again
        groups = {one: group for one, group in groups.items() if splits[one] != "test"}
    where: dict[str, Counter[Split]] = defaultdict(Counter)
    for identity, group in groups.items():
        where[group][splits[identity]] += 1
    divided = {group: counts for group, counts in where.items() if len(counts) > 1}
    shared = sum(groups.get(one) in divided for one in tested)
    if len(divided) < FEWEST and len(divided) < len(where) / 2:
        return []
    items = [f"{name}: {', '.join(map(str, split_counts(divided[name])))}" for name in sorted(divided)]
    return [
        Finding.of(
            "groups-in-names",
            "warning" if shared else "info",
            items=items,
            groups=len(where),
            names=sorted(divided)[:3],
            shared=shared,
            tested=len(tested),
            divided=len(divided),
            pattern=pattern,
            named=int(bool(shared and given)),
        )
    ]


def _groups_in(examples: Sequence[Example]) -> tuple[str, dict[str, str]] | None:
    """Return a pattern and the group of each example it matches; None if the names suggest no groups."""
    if len(examples) < 2 * FEWEST:
        return None
    classes = {one.id: str(sorted(one.labels.items())) for one in examples}
    for bare in PATTERNS:
        for pattern in (bare, bare.replace("(", "([^/]+/", 1)):
            search = re.compile(pattern).search
            groups = {one.id: match[1] for one in examples if (match := search(one.id)) and match[1]}
            if not _are_classes(groups, examples) and _are_groups(groups, classes):
                return pattern, groups
    return None


def _are_classes(groups: Mapping[str, str], examples: Sequence[Example]) -> bool:
    """Whether the groups are folders of classes in folders of splits, such as ``train/0`` and ``test/0``."""
    named = [groups[one.id].rpartition("/")[2] in one.labels.values() for one in examples if one.id in groups]
    return 2 * sum(named) > len(named)


def _are_groups(groups: Mapping[str, str], classes: Mapping[str, str]) -> bool:
    sizes = Counter(groups.values())
    company = sum(size for size in sizes.values() if size > 1)
    labels: dict[str, set[str]] = defaultdict(set)
    for identity, group in groups.items():
        labels[group].add(classes[identity])
    numbered = Counter(re.sub(r"[0-9]+", "#", group.rpartition("/")[2]) for group in sizes)
    template, count = numbered.most_common(1)[0] if numbered else ("", 0)
    several = sum(len(found) > 1 for found in labels.values())
    return (
        len(sizes) >= max(FEWEST, 2 * len(set(classes.values())))
        and company >= 0.5 * len(classes)
        and max(sizes.values()) <= LARGEST * len(classes)
        and "#" in template
        and count >= 0.5 * len(sizes)
        and several <= 0.1 * len(sizes)
    )
