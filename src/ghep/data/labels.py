"""Look at the labels: too few, too uneven, misspelt, missing from a split. In: examples by split, out: findings or an
error.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

from ghep.data.continuous import continuous_findings, refuse_continuous
from ghep.data.dataset import Source, label_counts, multi_label_of, place
from ghep.errors import DataError
from ghep.types import Example, Finding, LabelSet, Split, classes_in

FEW = 10
"""Fewer training examples of a class than this are worth a word."""
MANY_SPELT_OTHERWISE = 0.2
"""Share of the labels of a split; train has another spelling of them."""
SOME = 5
"""Names that a message lists."""
LONGEST_NAME = 64
"""Characters; whole sentences as labels are not looked at for slips."""
LIKE = 0.75
"""Likeness (``difflib``) from which an unknown name may be another spelling of a known one."""
UNEVEN = 10
"""So many times as many examples in the largest class as in the smallest are worth a word."""

NO_YES = (
    *(("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("nein", "ja"), ("falsch", "wahr")),
    *(("non", "oui"), ("faux", "vrai"), ("no", "s\u00ed"), ("no", "si"), ("falso", "verdadero"), ("falso", "vero")),
    *(("n\u00e3o", "sim"), ("falso", "verdadeiro"), ("nee", "ja"), ("nej", "ja"), ("nie", "tak")),
    *(("\u043d\u0435\u0442", "\u0434\u0430"), ("\u043b\u043e\u0436\u044c", "\u0438\u0441\u0442\u0438\u043d\u0430")),
)
"""Ways to write no and yes, as ``_plain`` has them."""

_UNSEEN = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
INVISIBLE = re.compile(f"[{_UNSEEN}]")
"""Soft hyphen, zero-width space, marks of direction, word joiner, byte order mark. Not the joiners U+200C and U+200D:
letters and emoji look different without them."""
_AROUND = re.compile(rf"^[\s{_UNSEEN}]+|[\s{_UNSEEN}]+$")


def require_labels(examples: Sequence[Example], tasks: Sequence[str], *, of_table: bool = False) -> None:
    """Raise ``DataError`` where no classifier can be learnt: no labels, one class, no classes, one example of each.

    ``of_table``: labels that are missing are blank cells, which may mean "no".
    """
    several = multi_label_of(examples, tasks)
    for task in tasks:
        counts = label_counts(examples, task)
        if not counts:
            raise DataError(
                f"all labels of {task!r} are missing ({len(examples)} examples)",
                remedy="name the column that holds them: label_columns (--label-column)",
            )
        if len(counts) == 1:
            only = next(iter(counts))
            cause = f"{task!r} has one class only, {only!r} ({counts[only]} examples)"
            remedy = "two classes or more are needed to tell anything apart"
            if of_table and (blank := sum(task not in one.labels for one in examples)):
                cause += f", and {blank} have a blank, which is a missing label"
                remedy += "; if a blank means no, write that in the blank cells, such as 0 or no"
            raise DataError(cause, remedy=remedy)
        labelled = sum(task in one.labels for one in examples)
        if min(counts.values()) == labelled:
            raise DataError(
                f"each of the {labelled} examples has every class of {task!r}: {_some(list(counts))}",
                remedy="there is nothing to learn from such labels; check what their column holds",
            )
        if task not in several:
            refuse_continuous(task, counts)
        if max(counts.values()) == 1:
            raise DataError(
                f"{task!r} has {len(counts)} classes with one example each: none is left to check on",
                remedy="give three examples or more of each class; ten are a start",
            )


def tidied(source: Source) -> Source:
    """Return ``source`` with labels as a reader sees them, and a finding on each kind of change.

    Spaces around a label are taken off, and characters that cannot be seen. Labels that look the same, being one in
    composed and in decomposed Unicode (macOS names folders so), become the composed one; those that are the same but
    for characters that cannot be seen become the one without.
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
    changes: list[tuple[str, Mapping[str, str], str]] = [
        ("label-spaces", spaced, "have spaces or invisible characters around them, which were taken off"),
        ("label-invisible", unseen, "are another but for characters that cannot be seen: read as one"),
        ("label-forms", composed, "look like another but have their accents as characters of their own: read as one"),
    ]
    findings = list(source.findings)
    examples = source.examples
    for code, change, what in changes:
        count = sum(label in change for example in examples for label in example.labels.values())
        examples = tuple(
            replace(one, labels={task: change.get(label, label) for task, label in one.labels.items()})
            if not change.keys().isdisjoint(one.labels.values())
            else one
            for one in examples
        )
        if count:
            items = tuple(f"{label!a} -> {to!a}" for label, to in sorted(change.items()))
            findings.append(Finding(code, "info", f"{count} labels {what}", "nothing to do", items))
    return replace(source, examples=examples, findings=tuple(findings))


def _stripped(label: str) -> str:
    """Return a label without spaces and invisible characters around it; as it is if it has nothing else."""
    return _AROUND.sub("", label) or label.strip()


def tidied_name(name: str) -> str:
    """Return a name as a reader sees it: without invisible characters and spaces around it, accents composed."""
    return unicodedata.normalize("NFC", INVISIBLE.sub("", name)).strip() or name.strip()


def in_one_way(examples: Sequence[Example]) -> list[Example]:
    """Write labels that name several classes in one way: sorted, each once; "b| a" and "a|b" are one label."""
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
    several = multi_label_of(parts["train"], tasks)
    for task in tasks:
        of = f" of {task!r}" if len(tasks) > 1 else ""
        train = label_counts(parts["train"], task)
        everything = label_counts([example for part in parts.values() for example in part], task)
        findings += _said(parts, task, everything) if task in several else continuous_findings(task, everything)
        read = "read macro F1, not accuracy" if task in several else "read balanced accuracy, not accuracy"
        findings += _sizes(train, of, read) + _absent(parts, task, train, of, task in several)
        findings += _missing(parts, task)
    return findings


def _said(parts: Mapping[Split, Sequence[Example]], task: str, counts: Mapping[str, int]) -> list[Finding]:
    """Say that the bars in a column are taken to stand between classes."""
    labels = [classes_in(one.labels[task]) for part in parts.values() for one in part if task in one.labels]
    several, none = sum(len(names) > 1 for names in labels), sum(not names for names in labels)
    message = f"{task!r} is multi-label: {several} of {len(labels)} labels name several of its {len(counts)} classes"
    message += f", {none} name none" if none else ""
    remedy = "if a class has a bar (|) in its name, write another sign in its place: each example then has one class"
    return [Finding("multi-label", "info", message, remedy, tuple(counts))]


def _sizes(train: Mapping[str, int], of: str, read: str) -> list[Finding]:
    findings = []
    few = tuple(f"{label}: {n}" for label, n in train.items() if n < FEW)
    if few:
        message = f"{len(few)} classes{of} have fewer than {FEW} training examples"
        findings.append(Finding("few-examples", "warning", message, "collect more of them; expect wide intervals", few))
    most, least = max(train, key=lambda label: train[label]), min(train, key=lambda label: train[label])
    if train[most] >= UNEVEN * train[least]:
        message = f"classes{of} are uneven: {train[most]} of {most!r}, {train[least]} of {least!r}"
        remedy = f"{read}; collect more of the small classes"
        findings.append(Finding("imbalance", "warning", message, remedy, (most, least)))
    return findings


def _absent(
    parts: Mapping[Split, Sequence[Example]], task: str, train: Mapping[str, int], of: str, several: bool
) -> list[Finding]:
    findings = []
    for split in ("valid", "test"):
        there = label_counts(parts[split], task)
        absent = tuple(label for label in train if label not in there)
        if len(there) == 1 and not several:
            (only,) = there
            message = f"{split} holds one class{of} only, {only!r} ({there[only]} examples): it cannot be scored"
            remedy = f"put examples of the other classes into {split}, or let ghep divide the data"
            findings.append(Finding("one-class-split", "warning", message, remedy, absent))
        if there and absent:
            message = f"{len(absent)} classes{of} have no example in {split}: nothing can be said about them"
            findings.append(Finding(f"class-absent-from-{split}", "warning", message, "add some", absent))
    return findings


def _missing(parts: Mapping[Split, Sequence[Example]], task: str) -> list[Finding]:
    items = tuple(place(example.id) for part in parts.values() for example in part if task not in example.labels)
    if not items:
        return []
    message = f"{len(items)} examples have no label for {task!r}"
    return [Finding("missing-labels", "info", message, "they count for the other tasks only", items)]


def _names(counts: Mapping[str, int], of: str) -> list[Finding]:
    findings = []
    alike = same_but_for_case(counts)
    if alike:
        message = (
            f"{len(alike)} sets of class names{of} differ only in case, spaces, the encoding of accents, or in how a "
            "number is written"
        )
        items = tuple(" = ".join(_shown(name, counts) for name in group) for group in alike)
        findings.append(Finding("class-names-alike", "error", message, "rename them if they mean one class", items))
    mixed = _two_ways_of_yes_and_no(counts)
    if mixed:
        message = f"the classes{of} say yes and no in more than one way: {', '.join(map(repr, counts))}"
        items = tuple(" = ".join(_shown(name, counts) for name in group) for group in mixed)
        remedy = "write one pair in all rows, such as yes and no, if they mean the same"
        findings.append(Finding("class-names-alike", "error", message, remedy, items))
    typos = tuple(f"{_shown(rare, counts)} = {_shown(usual, counts)}" for rare, usual in _typos(counts))
    if typos:
        message = f"{len(typos)} class names{of} look misspelt"
        findings.append(Finding("class-name-typo", "warning", message, "rename them if they mean one class", typos))
    return findings


def _shown(name: str, counts: Mapping[str, int]) -> str:
    return f"{name!r} ({counts[name]})"


def _plain(name: str) -> str:
    """Return what a name has in common with its other spellings: Cat, cat; 1, 1.0, 01; left-turn, left turn."""
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", name)).strip().casefold()
    number = re.fullmatch(r"([+-]?)0*(\d+)(?:\.0*)?", text)
    if number:
        digits = number[2] if text.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in number[2])
        return f"{number[1].strip('+')}{digits}"  # digits of other scripts, too
    return re.sub(r"(?<=[^\W_])[\s_-]+(?=[^\W_])", " ", text).strip("_ ")


def same_but_for_case(names: Iterable[str]) -> list[list[str]]:
    """Return the sets of names that differ only in case, spaces, accents' encoding, or in how a number is written."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[_plain(name)].append(name)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _two_ways_of_yes_and_no(names: Iterable[str]) -> list[list[str]]:
    """Return the names that mean yes, and those that mean no, where a column mixes notations: True, False with 0, 1.

    That takes one whole pair and half of another one at least; one more class is allowed (a missing value, "?").
    """
    spelt: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        spelt[_plain(name)].append(name)
    words = {word for word in spelt if not word.isalpha() or len(word) > 1}
    whole = [pair for pair in NO_YES if spelt.keys() >= set(pair)]
    pairs = [pair for pair in NO_YES if pair in whole or not words.isdisjoint(pair)]  # half of y and n is a letter
    said = {word for pair in pairs for word in pair if word in spelt}
    if not whole or len(said) < 3 or len(spelt.keys() - said) > (len(said) > 3):
        return []
    groups = [[name for word in words if word in said for name in spelt[word]] for words in _words_of(pairs)]
    return [group for group in groups if len(group) > 1]


def _words_of(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the words for yes and those for no, each once."""
    return [list(dict.fromkeys(pair[at] for pair in pairs)) for at in (1, 0)]


def _typos(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return (rare, usual) pairs of names one slip of the finger apart, where one is much rarer than the other.

    Real pairs of classes are one letter apart too (cat, car; horse, house), so a name is doubted only if it is rare.
    Two letters swapped hardly ever give another word: there a fifth is rare. Other slips need five letters and a
    twentieth. Digits are never slips: ``speed_limit_20`` and ``speed_limit_30``.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    usual_of = {_plain(name): name for name in sorted(counts, key=lambda name: (counts[name], name))}
    for a, b in _one_slip_candidates(usual_of):
        rare, usual = sorted((usual_of[a], usual_of[b]), key=lambda name: (counts[name], name))
        share = counts[rare] / counts[usual]
        may_be_swapped = share <= 0.2 or counts[rare] <= 3
        if (may_be_swapped and _swapped(a, b)) or (share <= 0.05 and _one_letter_off(a, b)):
            found[min(rare, usual), max(rare, usual)] = (rare, usual)
    return [found[pair] for pair in sorted(found)]


def _one_slip_candidates(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of names that may be one slip apart; some of them several times.

    Two such names share what is left of them after one character is taken out (or one of the names as it is), so only
    those that do are compared, not all with all. Two digits are never a slip: they are not paired.
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
    """Return the findings on names that may mean one class, in all splits, before any label is set aside."""
    findings: list[Finding] = []
    for task in tasks:
        counts = label_counts([example for part in parts.values() for example in part], task)
        findings += _names(counts, f" of {task!r}" if len(tasks) > 1 else "")
    return findings


def refuse_other_names(parts: Mapping[Split, Sequence[Example]], tasks: Sequence[str]) -> None:
    """Raise ``DataError`` where valid or test name the classes otherwise than train does.

    That is so if more than half of their labels do not occur in train, or more than a fifth and train has another
    spelling of them: what is set aside then is not a few examples but the split.
    """
    for task in tasks:
        train = label_counts(parts["train"], task)
        spelt = {_plain(name): name for name in train}
        for split in ("valid", "test"):
            labels = [one.labels[task] for one in parts[split] if task in one.labels]
            unknown = [label for label in labels if not train.keys() >= set(classes_in(label))]
            names = sorted({name for label in unknown for name in classes_in(label)} - train.keys())
            likely = {name: spelt[_plain(name)] for name in names if _plain(name) in spelt}
            spelt_otherwise = sum(not likely.keys().isdisjoint(classes_in(label)) for label in unknown)
            if 2 * len(unknown) <= len(labels) and spelt_otherwise <= MANY_SPELT_OTHERWISE * len(labels):
                continue
            of = f" of {task!r}" if len(tasks) > 1 else ""
            cause = f"{len(unknown)} of {len(labels)} labels{of} in {split} do not occur in train: {_some(names)}"
            if likely:
                pairs = [f"{name!r} as {usual!r}" for name, usual in likely.items()]
                remedy = f"write each class in one way: {', '.join(pairs[:SOME])}{', ...' * (len(pairs) > SOME)}"
            else:
                remedy = f"name the classes in {split} as in train ({_some(list(train))}), or remove {split}"
            raise DataError(cause, remedy=remedy)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SOME} more" if len(names) > SOME else ""
    return ", ".join(f"{name!r}" for name in names[:SOME]) + more


def unknown_labels(part: Sequence[Example], train: Sequence[Example], tasks: Sequence[str]) -> dict[str, list[str]]:
    """Return id -> the labels of ``part`` with a class that no training example has."""
    known = {task: set(label_counts(train, task)) for task in tasks}
    unknown = {
        example.id: [
            label for task, label in example.labels.items() if not known.get(task, set()).issuperset(classes_in(label))
        ]
        for example in part
    }
    return {identity: labels for identity, labels in unknown.items() if labels}


def likely_spellings(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return name -> the known name that it may stand for, for those that look like one: Dog, dog; hosre, horse."""
    known = sorted(known)
    plain = {_plain(one): one for one in known}
    found = {}
    for name in sorted(names):
        close = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=LIKE)
        if close:
            found[name] = plain[close[0]]
    return found


def reasons_in_words(reasons: Iterable[str]) -> str:
    """Return ``"3 truncated, 1 empty"``."""
    return ", ".join(f"{n} {reason}" for reason, n in sorted(Counter(reasons).items(), key=lambda item: -item[1]))
