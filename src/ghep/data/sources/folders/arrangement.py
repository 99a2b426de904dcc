"""Tell split folders from class folders by their names and by what they hold. In: a tree of folders, out: ``Place``s.

    root/train/<class>/*     root/seg_train/seg_train/<class>/*     splits, under the names they usually have
    root/<class>/*           root/<class>/train/*                   classes, with a split in each or without
    root/{ok,nok,test}/*     root/{cat,dog,masks}/*                 a name that could be either: refused

Nothing is guessed where a wrong guess would train on something else than the user's classes: a ``DataError`` says how
to choose (--layout, --exclude). Layouts of other jobs (boxes, masks) are refused by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from statistics import median
from typing import NamedTuple

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
from ghep.types import SPLITS, Finding, Split

Holds = Callable[[Path], bool]
"""Whether a file is an example."""
FEWEST_OF_OTHERS, MOST_OF_OTHERS = 0.2, 5
"""A folder that is called as leftovers are is a class only if it holds at least this share of the examples that half of
the other classes have, and at most so many times as many as the largest one."""
_CHOOSE_CLASSES = "--layout classes (layout='classes') takes every folder as a class"
_CHOOSE_SPLITS = "--layout splits (layout='splits') reads nothing but train, valid and test"


class Ambiguous(DataError):
    """Class folders are there, and the names of some folders leave open what these are."""


class Below(DataError):
    """The class folders are not here but in a folder below."""

    def __init__(self, cause: str, *, remedy: str, folder: Path) -> None:
        super().__init__(cause, remedy=remedy)
        self.folder = folder


class Place(NamedTuple):
    """A folder whose folders are classes, and the split that all of them lie in, if it is one."""

    split: Split | None
    folder: Folder


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where the class folders of a data set are."""

    places: tuple[Place, ...]
    splits_below: bool = False
    """The folders in each class folder are splits."""
    findings: tuple[Finding, ...] = ()
    unlabelled: tuple[Folder, ...] = ()
    """Folders next to those of the splits whose examples have no class."""


class ClassFolders(NamedTuple):
    """The folders of a place: those that are classes, those whose examples have none, what there is to say."""

    classes: tuple[Folder, ...]
    unlabelled: tuple[Folder, ...]
    findings: tuple[Finding, ...]


def arrange(tree: Folder, holds: Holds, layout: str | None) -> Arrangement:
    """Return where the class folders in ``tree`` are; ``layout`` settles it. Raises ``DataError``."""
    if layout == "classes":
        return Arrangement((Place(None, tree),))
    named = splits_among(folder.name for folder in tree.folders)
    if layout == "splits":
        if "train" not in named.values():
            raise DataError(f"{tree.path} has no train folder (found {_names(tree.folders)})", remedy=_CHOOSE_CLASSES)
        return _by_split(tree, named, holds)
    _refuse_other_jobs(tree, named, holds)
    full = [folder for folder in tree.folders if _has(folder, holds)]
    splits = [folder for folder in full if folder.name in named]
    others = [folder for folder in full if folder.name not in named and not _is_no_class(folder)]
    nested = {named[folder.name] for folder in splits if _classes_in(_descend(folder, holds), holds)}
    if "train" in nested:
        left = leftovers(folder.name for folder in full)
        unexplained = [
            one for one in others if one.name not in left and plain(one.name) != "extra"
        ]  # SVHN: more of train
        if nested == {"train"} and unexplained:
            train = next(folder.name for folder in splits if named[folder.name] == "train")
            cause = f"{train} in {tree.path} could be a split (it holds folders), or a class like {_names(unexplained)}"
            raise Ambiguous(cause, remedy=f"choose: {_CHOOSE_SPLITS}, {_CHOOSE_CLASSES}")
        return _by_split(tree, named, holds)
    if splits:
        return _words_among_classes(tree, splits, others, named, holds)
    return _flat(tree, full, others, holds)


def class_folders(
    place: Place, holds: Holds, layout: str | None = None, elsewhere: Sequence[Place] = ()
) -> ClassFolders:
    """Return the class folders of a place. Raises ``DataError`` for a name that is hardly that of a class.

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
        names, several = _names(doubtful), len(doubtful) > 1
        if len(doubtful) == len(classes):
            hold = "hold" if several else "holds"
            raise DataError(
                f"{place.folder.path} has no class folders: {names} {hold} parts of a data set",
                remedy="sort its images into a folder per class, or give a table of paths and labels",
            )
        cause = f"{names} in {place.folder.path} {'are' if several else 'is'} no usual name of a class"
        rest = [folder for folder in classes if folder not in doubtful]
        cause += f", unlike {_names(rest)}" if rest else ""
        flags = " ".join(f"--exclude {quote(folder.name)}" for folder in doubtful)
        how = "--layout splits" if place.split else "--layout classes"
        remedy = f"choose: {flags} (exclude=[...]) passes over {'them' if several else 'it'}, {how} takes every folder"
        raise (Ambiguous if len(rest) > 1 else DataError)(cause, remedy=f"{remedy} as a class")
    findings = []
    if words:
        message = f"{words[0].name!r} is taken as a class, like {_names([one for one in classes if one not in words])}"
        remedy = f"nothing to do if it is; if it is a split, leave it out: --exclude {quote(words[0].name)}"
        findings.append(Finding("class-named-as-split", "warning", message, remedy, (words[0].name,)))
    odd = [folder.name for folder in perhaps] + odd_classes(folder.name for folder in classes if _has(folder, holds))
    if odd and place.split in (None, "train"):
        flags = " ".join(f"--exclude {quote(name)}" for name in odd)
        message = f"{', '.join(map(repr, odd))} {'are taken as classes' if len(odd) > 1 else 'is taken as a class'}, "
        message += f"like {_names([folder for folder in classes if folder.name not in odd])}"
        remedy = f"nothing to do if {'they are' if len(odd) > 1 else 'it is'}; else {flags} (exclude=[...])"
        findings.append(Finding("class-name-odd", "warning", message, remedy, tuple(odd)))
    return ClassFolders(tuple(classes), tuple(unlabelled), tuple(findings))


def _looks_like_a_class(folder: Folder, folders: Sequence[Folder], elsewhere: Sequence[Place], holds: Holds) -> bool:
    """Tell whether a folder that is called as leftovers are holds about as many examples as the classes around it.

    It has no folders that are called like these classes, and is there in every split. Whether its examples are
    copies of others is seen when they are audited (``check.py``).
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
                f"{' and '.join(same)} in {tree.path} both mean {split}",
                remedy=f"merge or rename them, or leave one out: --exclude {quote(same[-1])}",
            )
        places += [Place(split, _descend(by_name[name], holds)) for name in same]
    others = [folder for folder in tree.folders if folder.name not in named]
    unlabelled = tuple(folder for folder in others if is_unlabelled(folder.name))
    ignored = [folder.name for folder in others if folder not in unlabelled]
    return Arrangement(tuple(places), findings=tuple(ignored_folders(ignored)), unlabelled=unlabelled)


def ignored_folders(names: Sequence[str]) -> list[Finding]:
    """Warn about folders alongside split folders that are no split themselves."""
    if not names:
        return []
    several = len(names) > 1
    message = f"{len(names)} {'folders' if several else 'folder'} alongside train "
    message += f"{'are no splits and were' if several else 'is no split and was'} passed over"
    remedy = f"name {'them' if several else 'it'} train, valid or test, or move {'them' if several else 'it'}"
    return [Finding("folder-ignored", "warning", message, remedy, tuple(names))]


def _descend(folder: Folder, holds: Holds) -> Folder:
    """Go through folders that only wrap another: ``seg_train/seg_train/<class>``, ``test/images/<class>``."""
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
    """Settle folders that are named after splits, while no train folder holds class folders."""
    if others and all(_may_be_a_class(folder, splits) for folder in splits):
        return _flat(tree, [*splits, *others], [*splits, *others], holds)
    found = f"found {_names(splits)}"
    if others:
        flags = " ".join(f"--exclude {quote(folder.name)}" for folder in splits)
        nested = [folder for folder in splits if _classes_in(folder, holds) and named[folder.name] != "train"]
        adds = "".join(f" --{named[folder.name]} {folder.path}" for folder in nested)
        adds = f"{flags}{adds} scores on what is in them, " if adds else ""
        raise Ambiguous(
            f"{tree.path} holds folders named after splits among others: {_names(splits)}, and {_names(others)}",
            remedy=f"choose: {flags} (exclude=[...]) passes over them, {adds}{_CHOOSE_CLASSES}",
        )
    loose = [folder for folder in splits if named[folder.name] == "train"]
    if not loose:
        raise DataError(f"{tree.path} has no train folder ({found})", remedy="add train/<class>/, or rename one")
    examples = [path for path in loose[0].all_files() if holds(path)]
    remedy = "sort them into a folder per class, or give a table of their paths and labels"
    raise DataError(
        f"{loose[0].path} has no class folders: {len(examples)} examples lie loose in it{_prefixes(examples)}",
        remedy=remedy,
    )


def _may_be_a_class(folder: Folder, words: Sequence[Folder]) -> bool:
    """Tell whether a folder named after a split may be a class: "train", the vehicle, if no other one is named so."""
    return len(words) == 1 and split_of(folder.name) == "train" and is_split_word(folder.name)


def _flat(tree: Folder, full: list[Folder], others: list[Folder], holds: Holds) -> Arrangement:
    """Return ``tree`` as a folder of class folders, unless these hold whole data sets, or are parts of one."""
    below = {folder.path: splits_among(child.name for child in folder.folders) for folder in full}
    divided, whole = [], []
    for folder in full:
        train = [child for child in folder.folders if below[folder.path].get(child.name) == "train"]
        whole += [folder] * any(_classes_in(_descend(child, holds), holds) for child in train)
        divided += [folder] * any(_has(child, holds) for child in train)
    if whole:
        several = len(whole) > 1
        tasks = " ".join(f"--task {folder.name}={folder.path}" for folder in whole[:3])
        raise Below(
            f"{tree.path} is no data set itself: it holds {'several' if several else 'one'}, {_names(whole)}",
            remedy=f"give {whole[0].path}" + (f", or several as tasks of one model: {tasks}" if several else ""),
            folder=whole[0].path,
        )
    if divided:
        return _classes_with_splits(tree, divided, others)
    if len(others) > 1 and only_numbered(folder.name for folder in others):
        cause = f"{_names(others)} in {tree.path} are named as parts of one data set, not as classes"
        nested = all(_classes_in(folder, holds) for folder in others)
        ways = (
            f"give one as DATA, another with --test: --test {others[-1].path}" if nested else "give a table of labels"
        )
        raise DataError(cause, remedy=f"{ways}; {_CHOOSE_CLASSES}")
    candidates = others or full
    if len(candidates) == 1 and (lowest := _lowest(candidates[0], holds)):
        inner = _classes_in(lowest, holds)
        named = splits_among(folder.name for folder in inner)
        what = "split folders" if len(named) == len(inner) else "class folders"
        raise Below(
            f"{tree.path} holds one folder, {lowest.path.relative_to(tree.path).as_posix()}, and the {what} are in it: "
            f"{_names(inner)}",
            remedy=f"give {lowest.path}",
            folder=lowest.path,
        )
    return Arrangement((Place(None, tree),), findings=tuple(_same_folders_in_each(others, holds)))


def _lowest(folder: Folder, holds: Holds) -> Folder | None:
    """Go down single folders to the one that holds several; None if examples lie loose on the way."""
    while len(inner := _classes_in(folder, holds)) == 1 and not any(map(holds, folder.files)):
        (folder,) = inner
    return folder if len(inner) > 1 else None


def _same_folders_in_each(classes: Sequence[Folder], holds: Holds) -> list[Finding]:
    """Warn where all class folders have the same folders, nothing else: the classes may be one level further down."""
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
    below = ", ".join(sorted(inner[0])[:5])
    message = f"the classes are {_names(classes)}, and each of these folders holds the same folders, {below}"
    remedy = f"nothing to do if these are the classes; if they are {below}: give {classes[0].path}"
    return [Finding("same-folders-in-classes", "warning", message, remedy, tuple(folder.name for folder in classes))]


def _classes_with_splits(tree: Folder, divided: list[Folder], others: list[Folder]) -> Arrangement:
    missing = [folder for folder in others if folder not in divided]
    if missing or len(divided) < 2:
        cause = f"{_names(divided)} in {tree.path} have folders for splits"
        cause += f", {_names(missing)} {'have' if len(missing) > 1 else 'has'} none" if missing else ""
        raise DataError(cause, remedy="expected root/train/<class>/*, or root/<class>/train/* in every class")
    message = "each class folder has folders for the splits (class/split/*): these are its splits"
    finding = Finding("splits-in-classes", "info", message, "nothing to do", tuple(folder.name for folder in divided))
    return Arrangement((Place(None, tree),), splits_below=True, findings=(finding,))


def _refuse_other_jobs(tree: Folder, named: dict[str, Split], holds: Holds) -> None:
    """Raise ``DataError`` for data sets of boxes or masks, in the layouts that other tools export."""
    for folder in (tree, *(child for child in tree.folders if child.name in named)):
        job = _other_job(folder, tree, holds)
        if not job:
            continue
        cause = f"{tree.path} looks like {job}; ghep classifies whole images"
        for images in (one for one in folder.folders if plain(one.name) in ("images", "imgs", "image")):
            if len(inner := _classes_in(images, holds)) > 1 and not splits_among(one.name for one in inner):
                raise DataError(cause, remedy=f"give {images.path} to take its folders as classes: {_names(inner)}")
        remedy = "cut the objects out into a folder per class, or export it for classification"
        raise DataError(cause, remedy=f"{remedy}; {_CHOOSE_CLASSES}")


def _other_job(folder: Folder, tree: Folder, holds: Holds) -> str | None:
    by_name = {plain(child.name): child for child in folder.folders}
    loose = [path for path in folder.files if holds(path)]
    labels = by_name["labels"].all_files() if "images" in by_name and "labels" in by_name else iter(())
    if any(path.suffix == ".txt" for path in labels):
        return f"a YOLO data set of boxes (images and labels in {folder.path})"
    if "jpegimages" in by_name and "annotations" in by_name:
        return "a Pascal VOC data set of boxes (JPEGImages and Annotations)"
    with_classes = any(_has(child, holds) for child in folder.folders)
    notes = [*folder.files, *(path for one in tree.folders if plain(one.name) == "annotations" for path in one.files)]
    coco = [path for path in notes if re.fullmatch(r"(instances_.*|.*coco.*)\.json", path.name)]
    if coco and loose and not with_classes:
        return f"a COCO data set of boxes ({coco[0].name})"
    xml = sum(path.suffix == ".xml" for path in folder.files)
    listed = any(path.name == "_annotations.csv" for path in folder.files)
    if loose and not with_classes and (listed or 2 * xml >= len(loose)):
        return f"a data set of boxes (annotations with the images in {folder.path})"
    names = {plain(child.name) for child in folder.folders if _has(child, holds)}
    if names & {"images", "imgs", "image"} and names & ANNOTATIONS and len(names) == 2:
        return f"a data set for segmentation ({_names(folder.folders)} in {folder.path})"
    return None


def _prefixes(examples: Sequence[Path]) -> str:
    """Say that the names of loose files begin with what could be their classes: ``cat.0.jpg``, ``dog.0.jpg``."""
    starts = Counter(found[0] for path in examples if (found := re.match(r"[^\W\d_]+(?=[\W\d_])", path.name)))
    usual = [name for name, count in starts.most_common() if count > 1]
    if 2 <= len(usual) <= 50 and starts.total() == len(examples):
        return f", their names begin with {', '.join(f'{name!r} ({starts[name]})' for name in usual[:5])}"
    return ""


def _is_no_class(folder: Folder) -> bool:
    return plain(folder.name) in NO_CLASS or is_unlabelled(folder.name)


def _classes_in(folder: Folder, holds: Holds) -> list[Folder]:
    return [child for child in folder.folders if _has(child, holds)]


def _has(folder: Folder, holds: Holds) -> bool:
    return any(map(holds, folder.all_files()))


def _names(folders: Sequence[Folder]) -> str:
    names = [folder.name for folder in folders]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
