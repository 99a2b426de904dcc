"""Group examples that must stay in one split: those of one patient, film or author.

In: a source and the value of ``--group``. Out: the source with a group for each example. ``--group`` is the name of a
table column, or a regular expression with one pair of parentheses. The expression is searched for in the path of each
example (in the id of an example without a path), and the part in parentheses is the name of the group:

    --group patient               the column "patient" of a table
    --group '([^/]+)_[0-9]+[.]'   scans/sick/p017_003.png -> p017
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from ghep.data.dataset import Source, place
from ghep.data.labels import SOME, tidied_name
from ghep.data.sources.tables.delimited import Table
from ghep.data.sources.tables.no_value import may_say_no_value, says_no_value
from ghep.errors import ConfigError, DataError, did_you_mean
from ghep.types import Finding

MOST_DISTINCT, FEWEST_DISTINCT = 0.7, 8
"""A column may hold groups if its number of distinct values is at most this share of the rows, and at least this."""
_USUAL = re.compile(
    r"(?:patient|subject|person|speaker|author|user|writer|film|movie|video|clip|session|case|study|group|family|animal)"
    r"(?:[ _-]?(?:id|name|no|number|uid))?",
    re.IGNORECASE,
)
EXAMPLE = "'([^/]+)_[0-9]+[.]'"
"""A pattern that matches many names: everything before the last underscore and number."""


def group_column(group: str | None, tables: Sequence[Table]) -> str | None:
    """Return ``group`` if all ``tables`` have a column of this name; None if ``group`` is a pattern, else DataError."""
    if group is None or all(group in table.columns for table in tables):
        return group
    if "(" in group:
        return None
    table = next(table for table in tables if group not in table.columns)
    known = did_you_mean(group, table.columns)
    raise DataError("group-column-missing", table=table.name, column=group, known=known, example=EXAMPLE)


def with_groups(source: Source, group: str, *, column: bool) -> Source:
    """Return ``source`` with groups, and with a finding on the examples that have no group.

    With ``column``, the groups in ``source`` are already the cells of the column ``group``; else ``group`` is a
    pattern. Names that look equal (apart from surrounding spaces, invisible characters, composed or decomposed accents)
    are one group. Raises ConfigError for an invalid pattern, and DataError if no example has a group.
    """
    given = dict(source.groups) if column else _matched(source, _pattern(group))
    given = {identity: name for identity, name in given.items() if not says_no_value(name)}
    groups = {identity: tidied_name(name) for identity, name in given.items()}
    ids = [example.id for example in source.examples]
    if not groups:
        raise DataError("no-groups", group=group, column=column, first=ids[0], example=EXAMPLE)
    findings = [_grouped(group, len(set(groups.values())), len(groups))]
    changed = {given[one]: name for one, name in groups.items() if given[one] != name}
    if changed:
        items = [f"{name!a} -> {to!a}" for name, to in sorted(changed.items())]
        findings.append(Finding.of("group-spaces", "info", items=items, group=group, count=len(changed)))
    missing = sorted(may_say_no_value(set(groups.values())))
    if missing:
        count = sum(name in missing for name in groups.values())
        names = list(map(repr, missing[:SOME]))
        findings.append(
            Finding.of("groups-look-missing", "warning", items=missing, group=group, count=count, names=names)
        )
    without = [one for one in ids if one not in groups]
    if without:
        findings.append(
            Finding.of(
                "no-group",
                "warning",
                items=map(place, without),
                group=group,
                count=len(without),
                total=len(ids),
                column=column,
            )
        )
    return replace(source, groups=groups, findings=(*source.findings, *findings))


def refuse_one_group(source: Source) -> None:
    """Raise DataError if one group holds all examples: a group cannot be divided into splits."""
    names = set(source.groups.values())
    if len(names) == 1 and len(source.groups) == len(source.examples) > 1:
        raise DataError("one-group", count=len(source.examples), name=names.pop())


def column_hint(tables: Sequence[Table], used: Collection[str]) -> list[Finding]:
    """Return a finding on an unused column that may hold groups: the name is usual for groups, and values repeat."""
    for name in tables[0].columns:
        if _USUAL.fullmatch(name.strip()) and name not in used and all(name in table.columns for table in tables):
            cells = [str(cell) for table in tables for cell in table.columns[name] if cell not in (None, "")]
            if MOST_DISTINCT * len(cells) >= len(set(cells)) >= FEWEST_DISTINCT:
                values = len(set(cells))
                return [Finding.of("groups-in-column", "info", column=name, values=values, rows=len(cells))]
    return []


def _grouped(group: str, names: int, examples: int) -> Finding:
    if names < examples:
        return Finding.of("groups", "info", group=group, count=examples, groups=names)
    return Finding.of("groups", "warning", message="groups-of-one", group=group)


def _pattern(group: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(group)
    except re.error as error:
        raise ConfigError("group-pattern-malformed", group=group, problem=error, example=EXAMPLE) from None
    if pattern.groups != 1:
        raise ConfigError("group-pattern-without-group", group=group, example=EXAMPLE)
    return pattern


def _matched(source: Source, pattern: re.Pattern[str]) -> dict[str, str]:
    found = ((example.id, pattern.search(example.id)) for example in source.examples)
    return {identity: match[1] for identity, match in found if match and match[1]}
