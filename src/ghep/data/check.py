"""From a location to a data set that can be believed: read, look at every example, leave out the bad, split, say what
is odd.

In: a folder or table, out: a ``Dataset`` (``prepare``, used by training) or a ``CheckReport`` (``check``, the audit
alone).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any, Unpack

from ghep.data.dataset import Dataset, Source, classes_of, label_counts, place
from ghep.data.image.audit import Keep, Progress, Scan
from ghep.data.image.depths import depth_findings
from ghep.data.labels import (
    in_one_way,
    label_findings,
    likely_spellings,
    name_findings,
    reasons_in_words,
    refuse_other_names,
    require_labels,
    unknown_labels,
)
from ghep.data.modalities import modality_named, refuse_other
from ghep.data.report import CheckReport
from ghep.data.shortcuts import shortcut_findings
from ghep.data.sources.folders.leftovers import refuse_leftovers
from ghep.data.sources.groups import refuse_one_group
from ghep.data.sources.options import ReadOptions
from ghep.data.sources.tables.image_paths import missing_part
from ghep.data.sources.tasks import Readable, source_from
from ghep.data.splitting.copies import Pair, across_splits, copy_findings, exact_groups
from ghep.data.splitting.groups_in_names import groups_in_names
from ghep.data.splitting.joined_splits import split_joined
from ghep.data.splitting.kept_together import chain_findings, cut_pairs, group_findings, keep_together
from ghep.data.splitting.shares import share_findings
from ghep.data.splitting.splits import split_examples
from ghep.data.text.audit import KeepText
from ghep.errors import DataError
from ghep.types import SPLITS, Example, Finding, Modality, Quarantined, Split, classes_in

MAX_BAD_SHARE = 0.20
"""Above this share of files that cannot be used the data set itself is in doubt."""


def prepare(
    location: Readable,
    *,
    seed: int = 0,
    strict: bool = False,
    keep: Keep | KeepText | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    expect: Modality | None = None,
    **options: Unpack[ReadOptions],
) -> Dataset:
    """Read, check and split the data set at ``location`` (or given as a ``Source``, or one for each task).

    ``keep`` and ``progress`` are those of ``audit.scan`` and ``text_audit.scan_texts``; ``expect`` is what the model
    takes. Examples that cannot be used are left out and listed in ``quarantined``. Raises ``DataError`` if more than a
    fifth are (with ``strict`` if any is), if nothing can be learnt, or if the examples are not what is expected.
    """
    return check(
        location, seed=seed, strict=strict, keep=keep, progress=progress, workers=workers, expect=expect, **options
    ).dataset


def check(
    location: Readable,
    *,
    seed: int = 0,
    strict: bool = False,
    keep: Keep | KeepText | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    expect: Modality | None = None,
    **options: Unpack[ReadOptions],
) -> CheckReport:
    """Audit what ``prepare`` would read: the same steps, with everything that was found."""
    source = source_from(location, **options)
    if expect is not None:
        refuse_other(source.name, source.modality, expect)
    require_labels(source.examples, source.tasks, of_table=bool(source.columns) and not source.parts)
    refuse_one_group(source)
    audit = modality_named(source.modality).audit
    seen = audit.scan(source.examples, keep=keep, workers=workers or min(8, os.cpu_count() or 1), progress=progress)
    _refuse_too_many_bad(source, seen.quarantined, strict)
    good = in_one_way(_good(source, seen))
    labelled = [example for example in good if example.labels]
    require_labels(labelled, source.tasks)
    alike = audit.alike_among_tasks if source.parts else audit.alike
    exact, near = exact_groups(seen.facts), alike(seen.facts)
    refuse_leftovers(source, seen.quarantined, [*exact, *near])
    together, kept = keep_together(labelled, exact, near, source.groups), labelled
    if source.parts:
        kept, splits, said = split_joined(labelled, source.parts, together.groups, seed=seed)
    else:
        splits, said = split_examples(labelled, source.splits, together.groups, seed=seed, fractions=source.fractions)
    parts = {split: [example for example in kept if splits[example.id] == split] for split in SPLITS}
    _require_train(parts["train"], source.tasks)
    refuse_other_names(parts, source.tasks)
    names = name_findings(parts, source.tasks)
    unknown = _set_aside_unknown(parts, source.tasks)
    leaks = across_splits(exact, near, splits)
    shown = {fact.id: audit.shown(fact) for fact in seen.facts}
    # What the source itself puts into different splits is a leak; what ghep had to cut is said as that.
    separated = [(a, b) for a, b in cut_pairs(together, near, splits) if not {a, b} <= source.splits.keys()]
    findings = [
        *source.findings,
        *_with_separated(said, len(separated)),
        *_bad_findings(seen.quarantined, audit.files),
        *unknown_label_findings(unknown, labelled, parts["train"], source.tasks, where="valid or test"),
        *_unlabelled([example for example in good if not example.labels]),
        *copy_findings(exact, near, splits, labelled, audit.things, shown=shown.__getitem__, cut=separated),
        *chain_findings(together, separated, len(labelled), audit.things),
        *group_findings(source.groups, splits),
        *(() if source.groups else groups_in_names(labelled, splits, source.splits)),
        *_lost_splits(source, parts),
        *names,
        *label_findings(parts, source.tasks),
        *(share_findings(parts, source.tasks) if not source.parts else ()),
        *shortcut_findings(audit.traits(seen.facts), labelled, source.tasks),
        *depth_findings(audit.depths(seen.facts), parts, source.tasks),
        *seen.findings,
        *audit.findings(seen.facts, labelled),
    ]
    dataset = Dataset(
        source.name,
        source.location,
        train=tuple(parts["train"]),
        valid=tuple(parts["valid"]),
        test=tuple(parts["test"]),
        classes=classes_of(parts["train"], source.tasks),
        findings=tuple(sorted(findings, key=lambda finding: ("error", "warning", "info").index(finding.severity))),
        quarantined=(*seen.quarantined, *unknown),
        digests={fact.id: fact.digest.hex() for fact in seen.facts},
        modality=source.modality,
        places={part.name: part.location for part in source.parts},
        groups=together.groups,
        weights=source.weights,
        seen_copies=_seen_copies(leaks, splits),
        levels=seen.levels,
        columns=source.columns,
    )
    return _report(dataset, seen.facts, exact, near, leaks)


def _with_separated(findings: Sequence[Finding], separated: int) -> list[Finding]:
    """Return ``findings`` with the number of separated near copies in the one on splits that ghep made."""
    made = [one.code == "split-made" for one in findings]
    return [
        Finding.of("split-made", "info", **{**one.params, "separated": separated}) if is_made else one
        for one, is_made in zip(findings, made, strict=True)
    ]


def _report(
    dataset: Dataset,
    facts: Sequence[Any],
    exact: list[tuple[str, ...]],
    near: Mapping[Pair, float],
    leaks: tuple[list[Pair], list[Pair]],
) -> CheckReport:
    equal, alike = leaks
    sizes = sorted(
        (modality_named(dataset.modality).audit.size(fact) for fact in facts), key=lambda size: (prod(size), size)
    )
    return CheckReport(
        dataset, tuple(exact), tuple(near), tuple(sorted({*equal, *alike})), smallest=sizes[0], largest=sizes[-1]
    )


def _seen_copies(leaks: tuple[list[Pair], list[Pair]], splits: Mapping[str, Split]) -> dict[str, tuple[str, ...]]:
    """Return id -> its copies in train, of a test example also those in valid, for the examples that have some."""
    found: dict[str, list[str]] = {}
    for pair in (pair for pairs in leaks for pair in pairs):
        for one, other in (pair, pair[::-1]):
            if splits[other] == "train" or (splits[one], splits[other]) == ("test", "valid"):
                found.setdefault(one, []).append(other)
    return {one: tuple(copies) for one, copies in found.items()}


def _refuse_too_many_bad(source: Source, bad: Sequence[Quarantined], strict: bool) -> None:
    if not bad or (not strict and len(bad) <= MAX_BAD_SHARE * len(source.examples)):
        return
    cause = cannot_be_used(bad, len(source.examples), modality_named(source.modality).audit.files)
    if all(item.reason == "missing" for item in bad):
        paths = {example.id: example.raw for example in source.examples}
        first = paths.get(bad[0].id)
        said = f"there is no {missing_part(first)}: " if isinstance(first, Path) else ""
        remedy = f"{said}paths in a table start at the folder of the table; correct them, or give --image-dir DIR"
    elif all(item.reason == "plugin-missing" for item in bad):
        remedy = "install what reads them, or save them as JPEG"
    elif all(item.reason == "not-utf-8" for item in bad):
        remedy = "name their encoding with --encoding (encoding=...), or save them as UTF-8"
    elif all(item.reason == "wrong-encoding" for item in bad):
        remedy = "leave --encoding out; if only some of them are UTF-8, save all as UTF-8"
    elif strict:
        remedy = "replace or remove them, or run without --strict to leave them out"
    else:
        remedy = f"replace or remove them; up to {MAX_BAD_SHARE:.0%} are left out without stopping"
    raise DataError(cause, remedy=remedy)


def cannot_be_used(bad: Sequence[Quarantined], total: int, files: str) -> str:
    """Return ``7 of 20 files cannot be used: 6 format-not-allowed, 1 empty; such as cat/0.heic (...)``."""
    reasons = reasons_in_words(item.reason for item in bad)
    return f"{len(bad)} of {total} {files} cannot be used: {reasons}; such as {_examples_of(bad)}"


def _examples_of(bad: Sequence[Quarantined], most: int = 3) -> str:
    """Return ``cat/0.heic, cat/1.heic (HEIC content); dog/7.jpg (zero bytes)``: each reason once, before any twice."""
    by_reason: dict[str, list[Quarantined]] = {}
    for item in bad:
        by_reason.setdefault(item.reason, []).append(item)
    groups = sorted(by_reason.values(), key=len, reverse=True)
    chosen = [group[at] for at in range(most) for group in groups if at < len(group)][:most]
    named: dict[str, list[str]] = {}
    for item in chosen:
        named.setdefault(item.detail, []).append(place(item.id))
    return "; ".join(f"{', '.join(names)} ({detail})" for detail, names in named.items())


def _good(source: Source, seen: Scan) -> list[Example]:
    good = {fact.id for fact in seen.facts}
    return [example for example in source.examples if example.id in good]


def _require_train(train: Sequence[Example], tasks: Sequence[str]) -> None:
    for task, labels in classes_of(train, tasks).items():
        if len(labels) < 2:
            raise DataError(
                f"the train split has {len(labels)} class(es) of {task!r}: {', '.join(labels) or 'no labels'}",
                remedy="put examples of every class into train",
            )


def _lost_splits(source: Source, parts: Mapping[Split, Sequence[Example]]) -> list[Finding]:
    """Return a finding on valid and test, if the source names and labels them and nothing of that can be used."""
    given = Counter(source.splits[one.id] for one in source.examples if one.labels and one.id in source.splits)
    left = {source.splits.get(one.id) for part in parts.values() for one in part}
    findings = []
    for split in ("valid", "test"):
        if given[split] and split not in left and not source.parts:
            instead = f"{split} was taken from train instead" if parts[split] else f"there is no score on {split}"
            message = f"none of the {given[split]} labelled examples of {split} can be used: {instead}"
            findings.append(Finding("split-lost", "error", message, f"replace or correct them, or remove {split}"))
    return findings


def _set_aside_unknown(parts: dict[Split, list[Example]], tasks: Sequence[str]) -> list[Quarantined]:
    """Take labels that training never sees out of valid and test; an example that has no other label goes too."""
    aside: list[Quarantined] = []
    for split in ("valid", "test"):
        parts[split], unknown = without_unknown(parts[split], parts["train"], tasks, split)
        aside += unknown
    return aside


def without_unknown(
    part: Sequence[Example], train: Sequence[Example], tasks: Sequence[str], split: str, *, lacking: str = "in train"
) -> tuple[list[Example], list[Quarantined]]:
    """Return ``part`` without the labels that ``train`` lacks, and the examples that had some, with the reason.

    An example that has no other label is left out as a whole.
    """
    unknown = unknown_labels(part, train, tasks)
    kept: list[Example] = []
    aside: list[Quarantined] = []
    for example in part:
        strange = unknown.get(example.id, [])
        labels = {task: label for task, label in example.labels.items() if label not in strange}
        if strange:
            aside.append(_unknown(example, strange, f"occurs in {split} but not {lacking}"))
        if labels or not strange:
            kept.append(replace(example, labels=labels) if strange else example)
    return kept, aside


def _unknown(example: Example, labels: Sequence[str], why: str) -> Quarantined:
    detail = f"{', '.join(map(repr, labels))} {why}"
    return Quarantined(example.id, "label-not-in-train", detail, example.raw if isinstance(example.raw, Path) else None)


def _bad_findings(bad: Sequence[Quarantined], files: str) -> list[Finding]:
    if not bad:
        return []
    message = f"{len(bad)} {files} cannot be used and were left out: {reasons_in_words(item.reason for item in bad)}"
    items = tuple(f"{place(item.id)}: {item.reason}, {item.detail}" for item in bad)
    remedy = "replace or remove them"
    if any(item.reason == "not-utf-8" for item in bad):
        remedy += "; save those in another encoding as UTF-8, or all in one encoding and name it: --encoding"
    return [Finding("quarantined", "warning", message, remedy, items)]


def unknown_label_findings(
    unknown: Sequence[Quarantined],
    examples: Sequence[Example],
    train: Sequence[Example],
    tasks: Sequence[str],
    *,
    where: str,
) -> list[Finding]:
    """Return the finding on the ``unknown`` of ``examples``, whose labels ``train`` does not have."""
    if not unknown:
        return []
    ids = {one.id for one in unknown}
    strange = unknown_labels([one for one in examples if one.id in ids], train, tasks)
    names = {name for labels in strange.values() for label in labels for name in classes_in(label)}
    known = {name for task in tasks for name in label_counts(train, task)}
    likely = likely_spellings(names - known, known)
    meant = ", ".join(f"{usual!r} by {name!r}" for name, usual in likely.items())
    message = f"{len(unknown)} examples in {where} have labels that train lacks; they cannot be scored"
    message += f"; did you mean {meant}?" if meant else ""
    remedy = "rename them if they mean one class; else " if meant else ""
    remedy += "add training examples of these classes, or remove them; without them the score flatters"
    items = tuple(f"{place(item.id)}: {item.detail}" for item in unknown)
    return [Finding("labels-not-in-train", "error", message, remedy, items)]


def _unlabelled(examples: Sequence[Example]) -> list[Finding]:
    if not examples:
        return []
    items = tuple(place(example.id) for example in examples)
    return [
        Finding("unlabelled", "warning", f"{len(items)} examples have no label and were left out", "label them", items)
    ]
