"""Check a data set: read it, inspect every example, leave out unusable ones, split, and report what is odd.

In: a folder, table or ``Source``. Out: a ``Dataset`` (``prepare``, for training) or a ``CheckReport`` (``check``).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any, Unpack

from ghep.cluster.connect import Cluster
from ghep.data.dataset import Dataset, Source, classes_of, label_counts, place
from ghep.data.image.audit import Keep, Progress, Scan
from ghep.data.image.depths import depth_findings
from ghep.data.labels import (
    in_one_way,
    label_findings,
    likely_spellings,
    name_findings,
    reason_counts,
    refuse_other_names,
    require_labels,
    require_train,
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
from ghep.messages import Message, text_of
from ghep.types import SPLITS, Example, Finding, Modality, Quarantined, Split, classes_in

MAX_BAD_SHARE = 0.20
"""Above this share of unusable examples the data set itself is in doubt."""


def prepare(
    location: Readable,
    *,
    seed: int = 0,
    strict: bool = False,
    keep: Keep | KeepText | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    expect: Modality | None = None,
    cluster: Cluster | None = None,
    **options: Unpack[ReadOptions],
) -> Dataset:
    """Read, check and split the data set at ``location``: a path, a ``Source``, or one of these for each task.

    Returns the ``Dataset`` for training. ``keep`` and ``progress`` are passed to ``scan`` or ``scan_texts``; ``expect``
    is the modality of the model; the nodes of ``cluster`` decode images instead of this process. Unusable examples are
    left out and listed in ``quarantined``. Raises ``DataError`` if more than a fifth of the examples are unusable (with
    ``strict``, if any is), if no classifier can be trained, or if the modality of the data is not ``expect``.
    """
    return check(
        location,
        seed=seed,
        strict=strict,
        keep=keep,
        progress=progress,
        workers=workers,
        expect=expect,
        cluster=cluster,
        **options,
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
    cluster: Cluster | None = None,
    **options: Unpack[ReadOptions],
) -> CheckReport:
    """Audit a data set: run the same steps as ``prepare``; return a report with the ``Dataset`` and all findings."""
    source = source_from(location, **options)
    if expect is not None:
        refuse_other(source.name, source.modality, expect)
    require_labels(source.examples, source.tasks, of_table=bool(source.columns) and not source.parts)
    refuse_one_group(source)
    audit = modality_named(source.modality).audit
    seen = audit.scan(
        source.examples,
        keep=keep,
        workers=workers or min(8, os.cpu_count() or 1),
        progress=progress,
        **({} if cluster is None else {"cluster": cluster}),
    )
    _refuse_too_many_bad(source, seen.quarantined, strict)
    good = in_one_way(_good(source, seen))
    labelled = [example for example in good if example.labels]
    require_labels(labelled, source.tasks)
    alike = audit.alike_among_tasks if source.parts else audit.alike
    exact, near = exact_groups(seen.facts), alike(seen.facts)
    refuse_leftovers(source, seen.quarantined, [*exact, *near])
    together, kept = keep_together(labelled, exact, near, source.groups), labelled
    if source.parts:
        kept, splits, made = split_joined(labelled, source.parts, together.groups, seed=seed)
    else:
        splits, made = split_examples(labelled, source.splits, together.groups, seed=seed, fractions=source.fractions)
    parts = {split: [example for example in kept if splits[example.id] == split] for split in SPLITS}
    require_train(parts["train"], source.tasks)
    refuse_other_names(parts, source.tasks)
    names = name_findings(parts, source.tasks)
    unknown = _drop_unknown(parts, source.tasks)
    leaks = across_splits(exact, near, splits)
    shown = {fact.id: audit.shown(fact) for fact in seen.facts}
    # Copies that the source puts into different splits are leaks; pairs that ghep had to separate are not.
    separated = [(a, b) for a, b in cut_pairs(together, near, splits) if not {a, b} <= source.splits.keys()]
    findings = [
        *source.findings,
        *_with_separated(made, len(separated)),
        *_bad_findings(seen.quarantined, audit.files),
        *unknown_label_findings(unknown, labelled, parts["train"], source.tasks),
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
    """Return ``findings``; ``split-made`` now states that ``separated`` pairs of near copies are in two splits."""
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
    """Return a dict: id of a valid or test example -> ids of its copies in train (of a test example, also in valid).

    Examples without such copies are absent. ``leaks`` are the pairs of equal examples and the pairs of near copies that
    are in different splits.
    """
    found: dict[str, list[str]] = {}
    for pair in (pair for pairs in leaks for pair in pairs):
        for one, other in (pair, pair[::-1]):
            if splits[other] == "train" or (splits[one], splits[other]) == ("test", "valid"):
                found.setdefault(one, []).append(other)
    return {one: tuple(copies) for one, copies in found.items()}


def _refuse_too_many_bad(source: Source, bad: Sequence[Quarantined], strict: bool) -> None:
    if not bad or (not strict and len(bad) <= MAX_BAD_SHARE * len(source.examples)):
        return
    params = _unusable(bad, len(source.examples), modality_named(source.modality).audit.files)
    reasons = {item.reason for item in bad}
    cure, path = "replace", ""
    if len(reasons) == 1 and reasons <= {"missing", "plugin-missing", "not-utf-8", "wrong-encoding"}:
        (cure,) = reasons
        first = next((example.raw for example in source.examples if example.id == bad[0].id), None)
        if cure == "missing" and isinstance(first, Path):
            cure, path = "missing-path", missing_part(first)
    elif strict:
        cure = "strict"
    raise DataError("examples-unusable", cure=cure, path=path, allowed=MAX_BAD_SHARE, **params)


def cannot_be_used(bad: Sequence[Quarantined], total: int, files: str) -> str:
    """Return a text: ``7 of 20 files cannot be used: 6 format-not-allowed, 1 empty; such as cat/0.heic (...)``."""
    return text_of("examples-unusable", **_unusable(bad, total, files))


def _unusable(bad: Sequence[Quarantined], total: int, files: str) -> dict[str, Any]:
    return {
        "count": len(bad),
        "total": total,
        "files": files,
        "reasons": reason_counts(item.reason for item in bad),
        "examples": _examples_of(bad),
    }


def _examples_of(bad: Sequence[Quarantined], most: int = 3) -> str:
    """Return a text on at most ``most`` of ``bad``: ``cat/0.heic, cat/1.heic (HEIC content); dog/7.jpg (zero bytes)``.

    One example of each reason is taken first.
    """
    by_reason: dict[str, list[Quarantined]] = {}
    for item in bad:
        by_reason.setdefault(item.reason, []).append(item)
    groups = sorted(by_reason.values(), key=len, reverse=True)
    chosen = [group[at] for at in range(most) for group in groups if at < len(group)][:most]
    by_detail: dict[str, list[str]] = {}
    for item in chosen:
        by_detail.setdefault(item.detail, []).append(place(item.id))
    return "; ".join(f"{', '.join(names)} ({detail})" for detail, names in by_detail.items())


def _good(source: Source, seen: Scan) -> list[Example]:
    good = {fact.id for fact in seen.facts}
    return [example for example in source.examples if example.id in good]


def _lost_splits(source: Source, parts: Mapping[Split, Sequence[Example]]) -> list[Finding]:
    """Return an error finding for valid or test if the source has labelled examples in it, but none is usable."""
    given = Counter(source.splits[one.id] for one in source.examples if one.labels and one.id in source.splits)
    left = {source.splits.get(one.id) for part in parts.values() for one in part}
    return [
        Finding.of("split-lost", "error", count=given[split], split=split, replaced=bool(parts[split]))
        for split in ("valid", "test")
        if given[split] and split not in left and not source.parts
    ]


def _drop_unknown(parts: dict[Split, list[Example]], tasks: Sequence[str]) -> list[Quarantined]:
    """Remove the labels that train lacks from valid and test in ``parts``; return the examples that had such labels.

    Examples left without a label are removed too.
    """
    dropped: list[Quarantined] = []
    for split in ("valid", "test"):
        parts[split], unknown = without_unknown(parts[split], parts["train"], tasks, split)
        dropped += unknown
    return dropped


def without_unknown(
    part: Sequence[Example], train: Sequence[Example], tasks: Sequence[str], split: str, *, of_bundle: bool = False
) -> tuple[list[Example], list[Quarantined]]:
    """Return ``part`` without the labels that ``train`` lacks, and a list of the examples that had such labels.

    Examples left without a label are dropped. ``of_bundle``: ``train`` is the data that a bundle was trained on.
    """
    unknown = unknown_labels(part, train, tasks)
    kept: list[Example] = []
    dropped: list[Quarantined] = []
    for example in part:
        foreign = unknown.get(example.id, [])
        labels = {task: label for task, label in example.labels.items() if label not in foreign}
        if foreign:
            detail = text_of("label-not-in-train", labels=list(map(repr, foreign)), split=split, of_bundle=of_bundle)
            path = example.raw if isinstance(example.raw, Path) else None
            dropped.append(Quarantined(example.id, "label-not-in-train", detail, path))
        if labels or not foreign:
            kept.append(replace(example, labels=labels) if foreign else example)
    return kept, dropped


def _bad_findings(bad: Sequence[Quarantined], files: str) -> list[Finding]:
    if not bad:
        return []
    return [
        Finding.of(
            "quarantined",
            "warning",
            items=[f"{place(item.id)}: {item.reason}, {item.detail}" for item in bad],
            count=len(bad),
            files=files,
            reasons=reason_counts(item.reason for item in bad),
            encodings=sum(item.reason == "not-utf-8" for item in bad),
        )
    ]


def unknown_label_findings(
    unknown: Sequence[Quarantined],
    examples: Sequence[Example],
    train: Sequence[Example],
    tasks: Sequence[str],
    *,
    of_bundle: bool = False,
) -> list[Finding]:
    """Return a finding on the examples in ``unknown``, which have labels that ``train`` lacks."""
    if not unknown:
        return []
    ids = {one.id for one in unknown}
    foreign = unknown_labels([one for one in examples if one.id in ids], train, tasks)
    names = {name for labels in foreign.values() for label in labels for name in classes_in(label)}
    known = {name for task in tasks for name in label_counts(train, task)}
    likely = likely_spellings(names - known, known)
    return [
        Finding.of(
            "labels-not-in-train",
            "error",
            items=[f"{place(item.id)}: {item.detail}" for item in unknown],
            count=len(unknown),
            of_bundle=of_bundle,
            likely=len(likely),
            meant=[Message("label-meant", {"name": name, "usual": usual}) for name, usual in likely.items()],
        )
    ]


def _unlabelled(examples: Sequence[Example]) -> list[Finding]:
    if not examples:
        return []
    items = [place(example.id) for example in examples]
    return [Finding.of("unlabelled", "warning", items=items, count=len(items))]
