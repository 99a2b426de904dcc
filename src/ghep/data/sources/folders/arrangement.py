"""Distinguish split folders from class folders by name and content. In: a tree of folders. Out: an ``Arrangement``.

    root/train/<class>/*     root/seg_train/seg_train/<class>/*     splits with usual names
    root/<class>/*           root/<class>/train/*                   classes, each with or without splits
    root/{ok,nok,test}/*     root/{cat,dog,masks}/*                 ambiguous names: refused

If a wrong guess would train on something other than the user's classes, a ``DataError`` says how to choose (--layout,
--exclude). Data sets for detection and segmentation (boxes, masks) are recognised and refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from statistics import median
from typing import Any, NamedTuple

from ghep.data.sources.folders.split_names import (
    ANNOTATIONS,
    NO_CLASS,
    PERHAPS_CLASSES,
    is_split_word,
    is_unlabelled,
    leftovers,
    odd_classes,
    only_numbered,
    plain,
    split_of,
    splits_among,
)
from ghep.data.sources.folders.walk import Folder
from ghep.errors import DataError
from ghep.messages import Message
from ghep.types import SPLITS, Finding, Split

Holds = Callable[[Path], bool]
"""File -> whether it is an example."""
FEWEST_OF_OTHERS, MOST_OF_OTHERS = 0.2, 5
"""A folder named like a leftover is a class only if it holds at least this share of the median number of examples of
the other classes, and at most this multiple of the largest."""


class Ambiguous(DataError):
    """Raised if there are class folders, but the names of some folders are ambiguous."""


class Below(DataError):
    """Raised if the class folders are not in the given folder, but in a folder below."""

    def __init__(self, code: str, *, below: Path, **params: Any) -> None:
        super().__init__(code, below=below, **params)
        self.folder = below


class Place(NamedTuple):
    """A folder that contains class folders, and the split of their examples; None: no split is named."""

    split: Split | None
    folder: Folder


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where the class folders of a data set are."""

    places: tuple[Place, ...]
    splits_below: bool = False
    """Each class folder contains split folders."""
    findings: tuple[Finding, ...] = ()
    unlabelled: tuple[Folder, ...] = ()
    """Folders next to the split folders whose examples have no class."""


class ClassFolders(NamedTuple):
    """The folders of a place: classes, folders of examples without a class, and findings."""

    classes: tuple[Folder, ...]
    unlabelled: tuple[Folder, ...]
    findings: tuple[Finding, ...]


def arrange(tree: Folder, holds: Holds, layout: str | None) -> Arrangement:
    """Return where the class folders in ``tree`` are. Raises ``DataError`` if the names of folders are ambiguous.

    ``holds`` tells whether a file is an example. ``layout``, "classes" or "splits", is the user's answer in ambiguous
    cases.
    """
    if layout == "classes":
        return Arrangement((Place(None, tree),))
    named = splits_among(folder.name for folder in tree.folders)
    if layout == "splits":
        if "train" not in named.values():
            raise DataError("no-train-folder-for-layout", path=tree.path, found=_names(tree.folders))
        return _by_split(tree, named, holds)
    _refuse_other_jobs(tree, named, holds)
    full = [folder for folder in tree.folders if _has(folder, holds)]
    splits = [folder for folder in full if folder.name in named]
    others = [folder for folder in full if folder.name not in named and not _is_no_class(folder)]
    nested = {named[folder.name] for folder in splits if _classes_in(_descend(folder, holds), holds)}
    if "train" in nested:
        left = leftovers(folder.name for folder in full)
        # "extra" is a second training set in SVHN.
        unexplained = [one for one in others if one.name not in left and plain(one.name) != "extra"]
        if nested == {"train"} and unexplained:
            train = next(folder.name for folder in splits if named[folder.name] == "train")
            raise Ambiguous("split-or-class", train=train, path=tree.path, others=_names(unexplained))
        return _by_split(tree, named, holds)
    if splits:
        return _words_among_classes(tree, splits, others, named, holds)
    return _flat(tree, full, others, holds)


def class_folders(
    place: Place, holds: Holds, layout: str | None = None, elsewhere: Sequence[Place] = ()
) -> ClassFolders:
    """Return the class folders in ``place``. Raises ``DataError`` for a folder name that is probably not a class.

    ``elsewhere`` are the places of the other splits.
    """
    folders = place.folder.folders
    if layout:
        return ClassFolders(folders, (), ())
    unlabelled = [folder for folder in folders if is_unlabelled(folder.name)]
    if place.split in ("valid", "test") and len(folders) == 1 and plain(folders[0].name) in ("unknown", "all"):
        unlabelled = list(folders)
    left = leftovers(folder.name for folder in folders if folder not in unlabelled)
    parts = [
        folder for folder in folders if (plain(folder.name) in NO_CLASS or folder.name in left) and _has(folder, holds)
    ]
    perhaps = parts if len(parts) == 1 and _looks_like_a_class(parts[0], folders, elsewhere, holds) else []
    parts = parts if not perhaps else []
    words = [folder for folder in folders if split_of(folder.name) and _has(folder, holds)]
    classes = [folder for folder in folders if folder not in unlabelled]
    doubtful = [*parts, *(folder for folder in words if not _may_be_a_class(folder, words))]
    if doubtful:
        names, count = _names(doubtful), len(doubtful)
        if count == len(classes):
            raise DataError("folders-hold-parts", path=place.folder.path, names=names, count=count)
        rest = [folder for folder in classes if folder not in doubtful]
        raise (Ambiguous if len(rest) > 1 else DataError)(
            "unusual-class-names",
            path=place.folder.path,
            names=names,
            count=count,
            rest=len(rest),
            others=_names(rest),
            options=_exclude(folder.name for folder in doubtful),
            layout="splits" if place.split else "classes",
        )
    findings = []
    if words:
        name = words[0].name
        others = _names([one for one in classes if one not in words])
        findings.append(
            Finding.of(
                "class-named-as-split", "warning", items=(name,), name=name, others=others, options=_exclude([name])
            )
        )
    odd = [folder.name for folder in perhaps] + odd_classes(folder.name for folder in classes if _has(folder, holds))
    if odd and place.split in (None, "train"):
        findings.append(
            Finding.of(
                "class-name-odd",
                "warning",
                items=odd,
                count=len(odd),
                names=list(map(repr, odd)),
                others=_names([folder for folder in classes if folder.name not in odd]),
                options=_exclude(odd),
            )
        )
    return ClassFolders(tuple(classes), tuple(unlabelled), tuple(findings))


def _exclude(names: Iterable[str]) -> str:
    return " ".join(f"--exclude {quote(name)}" for name in names)


def _looks_like_a_class(folder: Folder, folders: Sequence[Folder], elsewhere: Sequence[Place], holds: Holds) -> bool:
    """Return whether ``folder`` is probably a class, although it has the name of a leftover (backup, thumbs).

    That is so if it holds about as many examples as the classes next to it, if none of its subfolders has the name of
    one of these classes, and if it exists in every split. The audit (``check.py``) finds out whether its examples are
    copies of others.
    """
    if plain(folder.name) not in PERHAPS_CLASSES:
        return False
    others = [one for one in folders if one is not folder and _has(one, holds)]
    inner = {child.name.lower() for child in folder.folders if _has(child, holds)}
    there = [{one.name for one in place.folder.folders if _has(one, holds)} for place in elsewhere]
    if (
        not others
        or inner & {one.name.lower() for one in others}
        or any(names and folder.name not in names for names in there)
    ):
        return False
    sizes = [sum(map(holds, one.all_files())) for one in others]
    own = sum(map(holds, folder.all_files()))
    return FEWEST_OF_OTHERS * median(sizes) <= own <= MOST_OF_OTHERS * max(sizes)


def _by_split(tree: Folder, named: dict[str, Split], holds: Holds) -> Arrangement:
    by_name = {folder.name: folder for folder in tree.folders}
    places = []
    for split in SPLITS:
        same = [name for name, meant in named.items() if meant == split]
        if len(same) > 1:
            raise Ambiguous(
                "folders-of-one-split", names=same, path=tree.path, split=split, options=_exclude(same[-1:])
            )
        places += [Place(split, _descend(by_name[name], holds)) for name in same]
    others = [folder for folder in tree.folders if folder.name not in named]
    unlabelled = tuple(folder for folder in others if is_unlabelled(folder.name))
    ignored = [folder.name for folder in others if folder not in unlabelled]
    return Arrangement(tuple(places), findings=tuple(ignored_folders(ignored)), unlabelled=unlabelled)


def ignored_folders(names: Sequence[str]) -> list[Finding]:
    """Return a warning about the folders ``names``, which are next to split folders but are not splits."""
    return [Finding.of("folder-ignored", "warning", items=names, count=len(names))] if names else []


def _descend(folder: Folder, holds: Holds) -> Folder:
    """Return the innermost folder if ``folder`` only wraps it: ``seg_train/seg_train``, ``test/images``."""
    while len(folder.folders) == 1 and not any(map(holds, folder.files)):
        (only,) = folder.folders
        wraps = only.name == folder.name or (split_of(only.name) and split_of(only.name) == split_of(folder.name))
        if not wraps and plain(only.name) not in ("images", "imgs", "image", "data"):
            break
        folder = only
    return folder


def _words_among_classes(
    tree: Folder, splits: list[Folder], others: list[Folder], named: dict[str, Split], holds: Holds
) -> Arrangement:
    """Return the arrangement if some folders are named after splits, but no train folder holds class folders.

    Raises ``DataError`` unless the split name may be a class.
    """
    if others and all(_may_be_a_class(folder, splits) for folder in splits):
        return _flat(tree, [*splits, *others], [*splits, *others], holds)
    if others:
        options = _exclude(folder.name for folder in splits)
        nested = [folder for folder in splits if _classes_in(folder, holds) and named[folder.name] != "train"]
        added = "".join(f" --{named[folder.name]} {folder.path}" for folder in nested)
        raise Ambiguous(
            "folders-named-as-splits",
            path=tree.path,
            splits=_names(splits),
            others=_names(others),
            options=options,
            nested=len(nested),
            added=added.strip(),
        )
    loose = [folder for folder in splits if named[folder.name] == "train"]
    if not loose:
        raise DataError("no-train-folder", path=tree.path, found=_names(splits))
    examples = [path for path in loose[0].all_files() if holds(path)]
    prefixes = _prefixes(examples)
    raise DataError(
        "train-without-classes", path=loose[0].path, count=len(examples), prefixes=len(prefixes), names=prefixes
    )


def _may_be_a_class(folder: Folder, words: Sequence[Folder]) -> bool:
    """Return whether a folder named after a split may be a class: only "train" (the vehicle), without other splits."""
    return len(words) == 1 and split_of(folder.name) == "train" and is_split_word(folder.name)


def _flat(tree: Folder, full: list[Folder], others: list[Folder], holds: Holds) -> Arrangement:
    """Return the arrangement in which every folder in ``tree`` is a class, possibly with split folders in it.

    Raises ``Below`` if the folders hold whole data sets, and ``DataError`` if they are numbered parts of one.
    """
    below = {folder.path: splits_among(child.name for child in folder.folders) for folder in full}
    divided, whole = [], []
    for folder in full:
        train = [child for child in folder.folders if below[folder.path].get(child.name) == "train"]
        whole += [folder] * any(_classes_in(_descend(child, holds), holds) for child in train)
        divided += [folder] * any(_has(child, holds) for child in train)
    if whole:
        raise Below(
            "folder-of-data-sets",
            below=whole[0].path,
            path=tree.path,
            count=len(whole),
            names=_names(whole),
            tasks=" ".join(f"--task {folder.name}={folder.path}" for folder in whole[:3]),
        )
    if divided:
        return _classes_with_splits(tree, divided, others)
    if len(others) > 1 and only_numbered(folder.name for folder in others):
        nested = all(_classes_in(folder, holds) for folder in others)
        raise DataError(
            "folders-named-as-parts", names=_names(others), path=tree.path, nested=nested, last=others[-1].path
        )
    candidates = others or full
    if len(candidates) == 1 and (lowest := _lowest(candidates[0], holds)):
        inner = _classes_in(lowest, holds)
        named = splits_among(folder.name for folder in inner)
        raise Below(
            "classes-below",
            below=lowest.path,
            path=tree.path,
            folder=lowest.path.relative_to(tree.path).as_posix(),
            kind="splits" if len(named) == len(inner) else "classes",
            names=_names(inner),
        )
    return Arrangement((Place(None, tree),), findings=tuple(_same_folders_in_each(others, holds)))


def _lowest(folder: Folder, holds: Holds) -> Folder | None:
    """Return the first folder below with several subfolders; None if a folder on the way holds examples."""
    while len(inner := _classes_in(folder, holds)) == 1 and not any(map(holds, folder.files)):
        (folder,) = inner
    return folder if len(inner) > 1 else None


def _same_folders_in_each(classes: Sequence[Folder], holds: Holds) -> list[Finding]:
    """Return a warning if all class folders contain only folders of the same names, which may be the classes."""
    inner = [
        {
            child.name
            for child in _classes_in(folder, holds)
            if not _is_no_class(child) and plain(child.name) not in ANNOTATIONS
        }
        for folder in classes
    ]
    loose = any(holds(path) for folder in classes for path in folder.files)
    if len(classes) < 2 or loose or len(inner[0]) < 2 or any(names != inner[0] for names in inner):
        return []
    return [
        Finding.of(
            "same-folders-in-classes",
            "warning",
            items=[folder.name for folder in classes],
            classes=_names(classes),
            folders=sorted(inner[0])[:5],
            path=classes[0].path,
        )
    ]


def _classes_with_splits(tree: Folder, divided: list[Folder], others: list[Folder]) -> Arrangement:
    missing = [folder for folder in others if folder not in divided]
    if missing or len(divided) < 2:
        raise DataError(
            "classes-without-splits",
            path=tree.path,
            divided=_names(divided),
            count=len(divided),
            missing=len(missing),
            others=_names(missing),
        )
    finding = Finding.of("splits-in-classes", "info", items=[folder.name for folder in divided])
    return Arrangement((Place(None, tree),), splits_below=True, findings=(finding,))


def _refuse_other_jobs(tree: Folder, named: dict[str, Split], holds: Holds) -> None:
    """Raise ``DataError`` for data sets with boxes or masks, in the layouts that other tools export."""
    for folder in (tree, *(child for child in tree.folders if child.name in named)):
        kind, detail = _other_job(folder, tree, holds)
        if not kind:
            continue
        what: dict[str, Any] = {"path": tree.path, "kind": kind, "detail": detail}
        for images in (one for one in folder.folders if plain(one.name) in ("images", "imgs", "image")):
            if len(inner := _classes_in(images, holds)) > 1 and not splits_among(one.name for one in inner):
                raise DataError("other-job-with-classes", images=images.path, classes=_names(inner), **what)
        raise DataError("other-job", **what)


def _other_job(folder: Folder, tree: Folder, holds: Holds) -> tuple[str, str]:
    """Return the kind of annotations (yolo, voc, coco, boxes, masks) in ``folder`` and where they are, or "" twice."""
    by_name = {plain(child.name): child for child in folder.folders}
    loose = [path for path in folder.files if holds(path)]
    labels = by_name["labels"].all_files() if "images" in by_name and "labels" in by_name else iter(())
    if any(path.suffix == ".txt" for path in labels):
        return "yolo", str(folder.path)
    if "jpegimages" in by_name and "annotations" in by_name:
        return "voc", str(folder.path)
    with_classes = any(_has(child, holds) for child in folder.folders)
    notes = [*folder.files, *(path for one in tree.folders if plain(one.name) == "annotations" for path in one.files)]
    coco = [path for path in notes if re.fullmatch(r"(instances_.*|.*coco.*)\.json", path.name)]
    if coco and loose and not with_classes:
        return "coco", coco[0].name
    xml = sum(path.suffix == ".xml" for path in folder.files)
    listed = any(path.name == "_annotations.csv" for path in folder.files)
    if loose and not with_classes and (listed or 2 * xml >= len(loose)):
        return "boxes", str(folder.path)
    names = {plain(child.name) for child in folder.folders if _has(child, holds)}
    if names & {"images", "imgs", "image"} and names & ANNOTATIONS and len(names) == 2:
        return "masks", f"{_names(folder.folders)}: {folder.path}"
    return "", ""


def _prefixes(examples: Sequence[Path]) -> list[str]:
    """Return the first words of file names, with counts, if they may be classes: cat, dog in cat.0.jpg, dog.0.jpg."""
    starts = Counter(found[0] for path in examples if (found := re.match(r"[^\W\d_]+(?=[\W\d_])", path.name)))
    usual = [name for name, count in starts.most_common() if count > 1]
    if 2 <= len(usual) <= 50 and starts.total() == len(examples):
        return [f"{name!r} ({starts[name]})" for name in usual[:5]]
    return []


def _is_no_class(folder: Folder) -> bool:
    return plain(folder.name) in NO_CLASS or is_unlabelled(folder.name)


def _classes_in(folder: Folder, holds: Holds) -> list[Folder]:
    return [child for child in folder.folders if _has(child, holds)]


def _has(folder: Folder, holds: Holds) -> bool:
    return any(map(holds, folder.all_files()))


def _names(folders: Sequence[Folder]) -> Message:
    names = [folder.name for folder in folders]
    return Message("folder-names", {"names": names[:5], "more": max(0, len(names) - 5)})
