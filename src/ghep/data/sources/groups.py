"""Which examples belong together: those of one patient, one film, one author. In: a source and ``--group``, out: the
same source with a group for each example.

A group is never divided between splits. It is named by a column of a table, or by a regular expression with one pair
of parentheses that is searched in the path of each example (its id where it has no path):

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
"""Share of the rows, and number, of different values between which a column may hold groups."""
_USUAL = re.compile(
    r"(?:patient|subject|person|speaker|author|user|writer|film|movie|video|clip|session|case|study|group|family|animal)"
    r"(?:[ _-]?(?:id|name|no|number|uid))?",
    re.IGNORECASE,
)
EXAMPLE = "'([^/]+)_[0-9]+[.]'"
"""A pattern that fits many names: everything before the last underscore and number."""


def group_column(group: str | None, tables: Sequence[Table]) -> str | None:
    """Return ``group`` if all ``tables`` have such a column, None if it is a pattern; raise DataError if neither."""
    if group is None or all(group in table.columns for table in tables):
        return group
    if "(" in group:
        return None
    table = next(table for table in tables if group not in table.columns)
    remedy = f"{did_you_mean(group, table.columns)}; or give a pattern for the paths, such as {EXAMPLE}"
    raise DataError(f"--group: {table.name} has no column {group!r}", remedy=remedy)


def with_groups(source: Source, group: str, *, column: bool) -> Source:
    """Return ``source`` with groups that can be used, and a finding on the examples that have none.

    Where ``group`` is a column the source has its cells already; else it is a pattern. Names that look the same (spaces
    around them, invisible characters, accents composed or not) are one group. Raises ConfigError for a pattern
    that is none, DataError where no example has a group.
    """
    given = dict(source.groups) if column else _matched(source, _pattern(group))
    given = {identity: name for identity, name in given.items() if not says_no_value(name)}
    groups = {identity: tidied_name(name) for identity, name in given.items()}
    ids = [example.id for example in source.examples]
    if not groups:
        found = "every cell is empty" if column else f"it matches no path, such as {ids[0]!r}"
        raise DataError(f"--group {group!r}: {found}", remedy=f"name another column, or a pattern such as {EXAMPLE}")
    findings = [_said(group, len(set(groups.values())), len(groups))]
    changed = {given[one]: name for one, name in groups.items() if given[one] != name}
    if changed:
        message = f"--group {group!r}: {len(changed)} names have spaces or invisible characters around or in them, or "
        message += "accents as characters of their own: read as the name without"
        items = tuple(f"{name!a} -> {to!a}" for name, to in sorted(changed.items()))
        findings.append(Finding("group-spaces", "info", message, "nothing to do", items))
    missing = sorted(may_say_no_value(set(groups.values())))
    if missing:
        count = sum(name in missing for name in groups.values())
        message = f"--group {group!r}: names look like missing values, and each was taken as one group, of {count} "
        message += f"examples together: {', '.join(map(repr, missing[:SOME]))}"
        remedy = "leave the cells blank so that each of these examples is a group of its own"
        findings.append(Finding("groups-look-missing", "warning", message, remedy, tuple(missing)))
    without = tuple(one for one in ids if one not in groups)
    if without:
        what = "have an empty cell there" if column else "do not match"
        message = f"--group {group!r}: {len(without)} of {len(ids)} examples {what}; each counts as a group of its own"
        remedy = "fill in the cells" if column else "extend the pattern so that it matches every path"
        findings.append(Finding("no-group", "warning", message, remedy, tuple(map(place, without))))
    return replace(source, groups=groups, findings=(*source.findings, *findings))


def refuse_one_group(source: Source) -> None:
    """Raise DataError where one group holds everything: it could not be divided."""
    names = set(source.groups.values())
    if len(names) == 1 and len(source.groups) == len(source.examples) > 1:
        raise DataError(
            f"--group: all {len(source.examples)} examples are of one group, {names.pop()!r}",
            remedy="a group is never divided between splits: name what differs, such as a patient or a film",
        )


def column_hint(tables: Sequence[Table], used: Collection[str]) -> list[Finding]:
    """Return a finding on a column that nobody uses, is called as groups usually are, and has values that repeat."""
    for name in tables[0].columns:
        if _USUAL.fullmatch(name.strip()) and name not in used and all(name in table.columns for table in tables):
            cells = [str(cell) for table in tables for cell in table.columns[name] if cell not in (None, "")]
            if MOST_DISTINCT * len(cells) >= len(set(cells)) >= FEWEST_DISTINCT:
                message = f"column {name!r} looks like groups: {len(set(cells))} values in {len(cells)} rows"
                remedy = f"if its rows belong together, keep them in one split: --group {name}"
                return [Finding("groups-in-column", "info", message, remedy)]
    return []


def _said(group: str, names: int, examples: int) -> Finding:
    message = f"--group {group!r}: {examples} examples in {names} groups, none of them divided between splits by ghep"
    if names < examples:
        return Finding("groups", "info", message)
    message = f"--group {group!r}: every example is a group of its own, so nothing is kept together"
    return Finding("groups", "warning", message, "name what several examples share, such as a patient or a film")


def _pattern(group: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(group)
    except re.error as error:
        raise ConfigError(
            f"--group {group!r} is no regular expression: {error}", remedy=f"write it as in {EXAMPLE}"
        ) from None
    if pattern.groups != 1:
        raise ConfigError(
            f"--group {group!r} is neither a column of a table nor a regular expression with one group in parentheses",
            remedy=f"put parentheses around the part that the paths of a group share, as in {EXAMPLE}",
        )
    return pattern


def _matched(source: Source, pattern: re.Pattern[str]) -> dict[str, str]:
    found = ((example.id, pattern.search(example.id)) for example in source.examples)
    return {identity: match[1] for identity, match in found if match and match[1]}
