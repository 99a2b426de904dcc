"""Check the labels of a data set: too few, imbalanced, misspelt, missing from a split.

In: examples by split. Out: findings.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np

from ghep.data.continuous import continuous_findings, refuse_continuous
from ghep.data.dataset import Source, classes_of, label_counts, multi_label_of, place, regression_of
from ghep.data.numbers import figure, summary, values_of
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import Example, Finding, LabelSet, Split, classes_in

FEW = 10
"""Report classes with fewer training examples than this."""
OUTLYING = 50
"""Interquartile ranges from the median beyond which a number is reported."""
BEYOND = 0.1
"""Share of the numbers of a split that may lie outside the range of train."""
MANY_RESPELT = 0.2
"""Share of the labels of a split that train spells differently, above which the split is refused."""
SOME = 5
"""Names listed in a message."""
LONGEST_NAME = 64
"""Characters; longer labels (whole sentences) are not checked for typos."""
LIKE = 0.75
"""``difflib`` ratio from which an unknown name may be another spelling of a known one."""
UNEVEN = 10
"""Report class imbalance from this ratio of the largest class to the smallest."""

NO_YES = (
    *(("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("nein", "ja"), ("falsch", "wahr")),
    *(("non", "oui"), ("faux", "vrai"), ("no", "s\u00ed"), ("no", "si"), ("falso", "verdadero"), ("falso", "vero")),
    *(("n\u00e3o", "sim"), ("falso", "verdadeiro"), ("nee", "ja"), ("nej", "ja"), ("nie", "tak")),
    *(("\u043d\u0435\u0442", "\u0434\u0430"), ("\u043b\u043e\u0436\u044c", "\u0438\u0441\u0442\u0438\u043d\u0430")),
)
"""Pairs of words for no and yes, in the normal form of ``_normal_form``."""

_UNSEEN = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
INVISIBLE = re.compile(f"[{_UNSEEN}]")
"""Soft hyphen, zero-width space, direction marks, word joiner, byte order mark. Not the joiners U+200C and U+200D:
letters and emoji look different without them."""
_AROUND = re.compile(rf"^[\s{_UNSEEN}]+|[\s{_UNSEEN}]+$")


def require_labels(examples: Sequence[Example], tasks: Sequence[str], *, of_table: bool = False) -> None:
    """Raise ``DataError`` if the labels cannot train a model.

    That is so if a task has no labels, only one class, or one example of each class; if every example has all classes
    of a multi-label task; if the labels are not classes (``refuse_continuous``); or if all numbers of a regression task
    are equal. ``of_table``: missing labels are blank cells, which may mean "no".
    """
    several, numeric = multi_label_of(examples, tasks), regression_of(examples, tasks)
    for task in tasks:
        if task in numeric:
            _require_numbers(examples, task, "")
            continue
        counts = label_counts(examples, task)
        if not counts:
            raise DataError("labels-all-missing", task=task, count=len(examples))
        if len(counts) == 1:
            only = next(iter(counts))
            blank = sum(task not in one.labels for one in examples) if of_table else 0
            raise DataError("one-class", task=task, label=only, count=counts[only], blank=blank)
        labelled = sum(task in one.labels for one in examples)
        if min(counts.values()) == labelled:
            raise DataError("labels-all-equal", task=task, count=labelled, **_some(list(counts)))
        if task not in several:
            refuse_continuous(task, counts)
        if max(counts.values()) == 1:
            raise DataError("one-example-each", task=task, count=len(counts))


def _require_numbers(examples: Sequence[Example], task: str, split: str) -> None:
    values = values_of(examples, task)
    if len(set(values.tolist())) < 2:
        raise DataError("numbers-all-equal", task=task, count=len(values), split=split or "none")


def require_train(train: Sequence[Example], tasks: Sequence[str]) -> None:
    """Raise ``DataError`` for a task with fewer than two classes in train, or fewer than two different numbers."""
    numeric = regression_of(train, tasks)
    for task, labels in classes_of(train, tasks).items():
        if task in numeric:
            _require_numbers(train, task, "train")
        elif len(labels) < 2:
            raise DataError("train-lacks-classes", task=task, count=len(labels), classes=labels)


def tidied(source: Source) -> Source:
    """Return ``source`` with labels cleaned up, and a finding for each kind of change.

    Surrounding spaces and invisible characters are removed. Labels that look equal, one in composed and one in
    decomposed Unicode (as macOS names folders), become the composed one; labels that differ only in invisible
    characters become the one without them.
    """
    every = {label for example in source.examples for label in example.labels.values()}
    spaced = {label: type(label)(_stripped(label)) for label in every if label != _stripped(label)}
    forms: dict[str, set[str]] = defaultdict(set)
    for label in {_stripped(label) for label in every}:
        forms[unicodedata.normalize("NFC", INVISIBLE.sub("", label))].add(label)
    other = {label: type(label)(form) for form, found in forms.items() if len(found) > 1 for label in found - {form}}
    unseen = {label: form for label, form in other.items() if INVISIBLE.search(label)}
    composed = {label: form for label, form in other.items() if label not in unseen}
    if not spaced and not other:
        return source
    changes = (("label-spaces", spaced), ("label-invisible", unseen), ("label-forms", composed))
    findings = list(source.findings)
    examples = source.examples
    for code, change in changes:
        count = sum(label in change for example in examples for label in example.labels.values())
        examples = tuple(
            replace(one, labels={task: change.get(label, label) for task, label in one.labels.items()})
            if not change.keys().isdisjoint(one.labels.values())
            else one
            for one in examples
        )
        if count:
            items = [f"{label!a} -> {to!a}" for label, to in sorted(change.items())]
            findings.append(Finding.of(code, "info", items=items, count=count))
    return replace(source, examples=examples, findings=tuple(findings))


def _stripped(label: str) -> str:
    """Return a label without surrounding spaces and invisible characters, unless nothing else would be left."""
    return _AROUND.sub("", label) or label.strip()


def tidied_name(name: str) -> str:
    """Return a name without invisible characters and surrounding spaces, with composed accents (Unicode NFC)."""
    return unicodedata.normalize("NFC", INVISIBLE.sub("", name)).strip() or name.strip()


def in_one_way(examples: Sequence[Example]) -> list[Example]:
    """Return examples whose label sets are normalised: sorted, without repeats; "b| a" and "a|b" become one label."""
    return [
        replace(example, labels={task: _written(label) for task, label in example.labels.items()})
        if any(isinstance(label, LabelSet) for label in example.labels.values())
        else example
        for example in examples
    ]


def _written(label: str) -> str:
    return LabelSet.of(label.names) if isinstance(label, LabelSet) else label


def label_findings(parts: Mapping[Split, Sequence[Example]], tasks: Sequence[str]) -> list[Finding]:
    """Return the findings on the labels of every task."""
    findings: list[Finding] = []
    several, numeric = multi_label_of(parts["train"], tasks), regression_of(parts["train"], tasks)
    for task in tasks:
        if task in numeric:
            findings += _of_numbers(parts, task) + _missing(parts, task)
            continue
        train = label_counts(parts["train"], task)
        everything = label_counts([example for part in parts.values() for example in part], task)
        multi = task in several
        findings += _multi_label(parts, task, everything) if multi else continuous_findings(task, everything)
        of_task = {"task": task, "tasks": len(tasks)}
        findings += _sizes(train, of_task, multi) + _absent(parts, train, of_task, multi)
        findings += _missing(parts, task)
    return findings


def _of_numbers(parts: Mapping[Split, Sequence[Example]], task: str) -> list[Finding]:
    """Return a summary of a regression task's numbers, and findings on outliers and on numbers beyond train's."""
    values = {split: values_of(part, task) for split, part in parts.items()}
    every = np.concatenate(list(values.values()))
    whole, distinct = summary(every), len(np.unique(every))
    findings = [
        Finding.of(
            "regression",
            "info",
            items=(task,),
            task=task,
            total=whole.count,
            low=figure(whole.low, whole.spread),
            middle=figure(whole.middle, whole.spread),
            high=figure(whole.high, whole.spread),
            distinct=distinct,
            few=distinct <= FEW,
        )
    ]
    low, high = float(values["train"].min()), float(values["train"].max())
    for split in ("valid", "test"):
        beyond = int(((values[split] < low) | (values[split] > high)).sum())
        if beyond > BEYOND * len(values[split]):
            findings.append(
                Finding.of(
                    "numbers-beyond-train",
                    "warning",
                    items=(task,),
                    task=task,
                    split=split,
                    count=beyond,
                    total=len(values[split]),
                    low=figure(low, whole.spread),
                    high=figure(high, whole.spread),
                )
            )
    middle_half = float(np.subtract(*np.quantile(every, (0.75, 0.25))))
    far = every[np.abs(every - whole.middle) > OUTLYING * middle_half]
    if middle_half > 0 and 0 < len(far) <= FEW:  # if half of the numbers are equal, the rest is not outlying
        items = [figure(float(one), whole.spread) for one in far]
        findings.append(
            Finding.of("outlying-numbers", "warning", items=items, task=task, count=len(far), numbers=items)
        )
    return findings


def _multi_label(parts: Mapping[Split, Sequence[Example]], task: str, counts: Mapping[str, int]) -> list[Finding]:
    """Return the finding that the task is multi-label, because bars separate classes in its labels."""
    labels = [classes_in(one.labels[task]) for part in parts.values() for one in part if task in one.labels]
    several, none = sum(len(names) > 1 for names in labels), sum(not names for names in labels)
    return [
        Finding.of(
            "multi-label",
            "info",
            items=counts,
            task=task,
            several=several,
            total=len(labels),
            classes=len(counts),
            none=none,
        )
    ]


def _sizes(train: Mapping[str, int], of_task: Mapping[str, Any], multi: bool) -> list[Finding]:
    findings = []
    few = [f"{label}: {n}" for label, n in train.items() if n < FEW]
    if few:
        findings.append(Finding.of("few-examples", "warning", items=few, count=len(few), limit=FEW, **of_task))
    most, least = max(train, key=lambda label: train[label]), min(train, key=lambda label: train[label])
    if train[most] >= UNEVEN * train[least]:
        findings.append(
            Finding.of(
                "imbalance",
                "warning",
                items=(most, least),
                largest=most,
                largest_count=train[most],
                smallest=least,
                smallest_count=train[least],
                multi=multi,
                **of_task,
            )
        )
    return findings


def _absent(
    parts: Mapping[Split, Sequence[Example]], train: Mapping[str, int], of_task: Mapping[str, Any], multi: bool
) -> list[Finding]:
    findings = []
    for split in ("valid", "test"):
        there = label_counts(parts[split], of_task["task"])
        absent = [label for label in train if label not in there]
        if len(there) == 1 and not multi:
            (only,) = there
            findings.append(
                Finding.of(
                    "one-class-split", "warning", items=absent, split=split, label=only, count=there[only], **of_task
                )
            )
        if there and absent:
            findings.append(
                Finding.of(
                    f"class-absent-from-{split}",
                    "warning",
                    items=absent,
                    message="class-absent",
                    split=split,
                    count=len(absent),
                    **of_task,
                )
            )
    return findings


def _missing(parts: Mapping[Split, Sequence[Example]], task: str) -> list[Finding]:
    items = [place(example.id) for part in parts.values() for example in part if task not in example.labels]
    return [Finding.of("missing-labels", "info", items=items, count=len(items), task=task)] if items else []


def _names(counts: Mapping[str, int], of_task: Mapping[str, Any]) -> list[Finding]:
    findings = []
    alike = same_but_for_case(counts)
    if alike:
        items = [" = ".join(_shown(name, counts) for name in group) for group in alike]
        findings.append(Finding.of("class-names-alike", "error", items=items, count=len(alike), **of_task))
    mixed = _two_ways_of_yes_and_no(counts)
    if mixed:
        items = [" = ".join(_shown(name, counts) for name in group) for group in mixed]
        names = list(map(repr, counts))
        message = "class-names-yes-and-no"
        findings.append(Finding.of("class-names-alike", "error", items=items, message=message, names=names, **of_task))
    typos = [f"{_shown(rare, counts)} = {_shown(usual, counts)}" for rare, usual in _typos(counts)]
    if typos:
        findings.append(Finding.of("class-name-typo", "warning", items=typos, count=len(typos), **of_task))
    return findings


def _shown(name: str, counts: Mapping[str, int]) -> str:
    return f"{name!r} ({counts[name]})"


def _normal_form(name: str) -> str:
    """Return the normal form that spellings of a name share: Cat, cat; 1, 1.0, 01; left-turn, left turn."""
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", name)).strip().casefold()
    number = re.fullmatch(r"([+-]?)0*(\d+)(?:\.0*)?", text)
    if number:
        digits = number[2] if text.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in number[2])
        return f"{number[1].strip('+')}{digits}"  # digits of other scripts become ASCII
    return re.sub(r"(?<=[^\W_])[\s_-]+(?=[^\W_])", " ", text).strip("_ ")


def same_but_for_case(names: Iterable[str]) -> list[list[str]]:
    """Return groups of names that differ only in case, spaces, accent encoding or number format."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[_normal_form(name)].append(name)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _two_ways_of_yes_and_no(names: Iterable[str]) -> list[list[str]]:
    """Return the names that mean yes and the names that mean no, if a column mixes notations: True, False with 0, 1.

    Both words of one notation and at least one word of another must occur. One more class is allowed (a missing value,
    "?").
    """
    spelt: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        spelt[_normal_form(name)].append(name)
    words = {word for word in spelt if not word.isalpha() or len(word) > 1}
    whole = [pair for pair in NO_YES if spelt.keys() >= set(pair)]
    pairs = [pair for pair in NO_YES if pair in whole or not words.isdisjoint(pair)]  # y or n alone may be a letter
    said = {word for pair in pairs for word in pair if word in spelt}
    if not whole or len(said) < 3 or len(spelt.keys() - said) > (len(said) > 3):
        return []
    groups = [[name for word in words if word in said for name in spelt[word]] for words in _words_of(pairs)]
    return [group for group in groups if len(group) > 1]


def _words_of(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the words for yes and the words for no in ``pairs`` of (yes, no), without repeats."""
    return [list(dict.fromkeys(pair[at] for pair in pairs)) for at in (1, 0)]


def _typos(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return (rare, usual) pairs of names that differ by one typo, where one is much rarer than the other.

    Real classes may differ by one letter too (cat, car; horse, house), so only rare names are reported. If two letters
    are swapped, which hardly ever gives another word, a name is rare with a fifth of the usual name's examples. For
    other typos it is rare with a twentieth, and needs at least five letters. A different digit is never a typo:
    ``speed_limit_20`` and ``speed_limit_30``.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    usual_of = {_normal_form(name): name for name in sorted(counts, key=lambda name: (counts[name], name))}
    for a, b in _one_slip_candidates(usual_of):
        rare, usual = sorted((usual_of[a], usual_of[b]), key=lambda name: (counts[name], name))
        share = counts[rare] / counts[usual]
        may_be_swapped = share <= 0.2 or counts[rare] <= 3
        if (may_be_swapped and _swapped(a, b)) or (share <= 0.05 and _one_letter_off(a, b)):
            found[min(rare, usual), max(rare, usual)] = (rare, usual)
    return [found[pair] for pair in sorted(found)]


def _one_slip_candidates(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of names that may differ by one typo; some of them several times.

    Names that differ by one typo become equal when one character is removed from one or both of them. So only names
    that share such a shortened form are paired, instead of all pairs. Names that differ in a digit are not paired.
    """
    letters: dict[str, set[str]] = defaultdict(set)
    digits: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if len(name) > LONGEST_NAME:
            continue
        letters[name].add(name)
        for at, letter in enumerate(name):
            (digits if letter.isdigit() else letters)[name[:at] + name[at + 1 :]].add(name)
    for key, found in letters.items():
        yield from combinations(sorted(found), 2)
        yield from product(sorted(found), sorted(digits.get(key, set()) - found))


def _swapped(a: str, b: str) -> bool:
    differ = [at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    if len(a) != len(b) or len(a) < 3 or len(differ) != 2 or differ[1] != differ[0] + 1:
        return False
    at = differ[0]
    return a[at] == b[at + 1] and a[at + 1] == b[at] and not (a[at] + a[at + 1]).isdigit()


def _one_letter_off(a: str, b: str) -> bool:
    if min(len(a), len(b)) < 5 or abs(len(a) - len(b)) > 1:
        return False
    short, long = sorted((a, b), key=len)
    at = next((at for at, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    if (short[at : at + 1] + long[at : at + 1]).strip("0123456789") == "":
        return False
    return short[at + (len(a) == len(b)) :] == long[at + 1 :]


def name_findings(parts: Mapping[Split, Sequence[Example]], tasks: Sequence[str]) -> list[Finding]:
    """Return the findings on class names that may mean the same class; ``parts`` are all splits with all labels."""
    findings: list[Finding] = []
    for task in tasks:
        counts = label_counts([example for part in parts.values() for example in part], task)
        findings += _names(counts, {"task": task, "tasks": len(tasks)})
    return findings


def refuse_other_names(parts: Mapping[Split, Sequence[Example]], tasks: Sequence[str]) -> None:
    """Raise ``DataError`` if valid or test name the classes differently from train.

    Raised if more than half of the labels of valid or test do not occur in train, or if more than a fifth of them occur
    in train only in another spelling. Without these labels, much of the split would be lost.
    """
    for task in tasks:
        train = label_counts(parts["train"], task)
        spelt = {_normal_form(name): name for name in train}
        for split in ("valid", "test"):
            labels = [one.labels[task] for one in parts[split] if task in one.labels]
            unknown = [label for label in labels if not train.keys() >= set(classes_in(label))]
            names = sorted({name for label in unknown for name in classes_in(label)} - train.keys())
            likely = {name: spelt[_normal_form(name)] for name in names if _normal_form(name) in spelt}
            respelt = sum(not likely.keys().isdisjoint(classes_in(label)) for label in unknown)
            if 2 * len(unknown) <= len(labels) and respelt <= MANY_RESPELT * len(labels):
                continue
            raise DataError(
                "split-names-differ",
                task=task,
                tasks=len(tasks),
                split=split,
                count=len(unknown),
                total=len(labels),
                likely=len(likely),
                pairs=[
                    Message("name-as", {"name": name, "usual": usual}) for name, usual in list(likely.items())[:SOME]
                ],
                known=_some(list(train))["names"],
                known_more=_some(list(train))["more"],
                **_some(names),
            )


def _some(names: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of a message that lists ``names``: the first few, and the number of the others."""
    return {"names": list(map(repr, names[:SOME])), "more": max(0, len(names) - SOME)}


def unknown_labels(part: Sequence[Example], train: Sequence[Example], tasks: Sequence[str]) -> dict[str, list[str]]:
    """Return a dict: id of an example of ``part`` -> its labels with a class that no training example has."""
    known = {task: set(label_counts(train, task)) for task in tasks}
    unknown = {
        example.id: [
            label for task, label in example.labels.items() if not known.get(task, set()).issuperset(classes_in(label))
        ]
        for example in part
    }
    return {identity: labels for identity, labels in unknown.items() if labels}


def likely_spellings(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return a dict: name that may be misspelt -> the similar name in ``known``: Dog -> dog, hosre -> horse."""
    known = sorted(known)
    plain = {_normal_form(one): one for one in known}
    found = {}
    for name in sorted(names):
        close = difflib.get_close_matches(_normal_form(name), plain, n=1, cutoff=LIKE)
        if close:
            found[name] = plain[close[0]]
    return found


def reason_counts(reasons: Iterable[str]) -> list[str]:
    """Return how often each reason occurs, the most frequent first: ``["3 truncated", "1 empty"]``."""
    return [f"{n} {reason}" for reason, n in sorted(Counter(reasons).items(), key=lambda item: -item[1])]
