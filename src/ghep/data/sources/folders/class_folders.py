"""Read class folders: ``root/<split>/<class>/**`` or ``root/<class>/**``. In: a folder. Out: a ``Source``.

Names and contents of the folders determine whether there are split folders (``arrangement.py``); for ambiguous names an
error asks the user. Folders below a class folder belong to the class. A data set holds images or texts. If there are
both, such as images with notes or annotations, it counts as texts only if there are at least ten texts per image.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ghep.data.dataset import DEFAULT_TASK, Source
from ghep.data.image.formats import ALLOWED, FORMAT_SUFFIXES, sniff
from ghep.data.sources.folders.arrangement import Arrangement, Place, arrange, class_folders, ignored_folders
from ghep.data.sources.folders.split_names import ANNOTATIONS, is_unlabelled, plain, split_of, splits_among
from ghep.data.sources.folders.walk import Folder, visible, walk
from ghep.data.text.loader import Refused, read_text
from ghep.errors import BadText, DataError, did_you_mean
from ghep.messages import Message
from ghep.types import Example, Finding, Modality, Raw, Split

# A file with one of these suffixes is an example even if its content is something else: it is then quarantined by name,
# not ignored. Other files are examples only if their content is an allowed image.
IMAGE_SUFFIXES = {
    *(suffix for suffixes in FORMAT_SUFFIXES.values() for suffix in suffixes),
    *(
        ".jp2",
        ".jxl",
        ".eps",
        ".svg",
        ".psd",
        ".ico",
        ".pam",
        ".tga",
    ),
}

_TO_CONVERT = {
    **dict.fromkeys((".dcm", ".dicom"), "dicom"),
    **dict.fromkeys((".npy", ".npz", ".mat", ".h5", ".hdf5", ".pt"), "arrays"),
    **dict.fromkeys((".nii", ".mha", ".nrrd", ".czi", ".svs"), "scans"),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg"), "videos"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar"), "archives"),
    **dict.fromkeys((".cr2", ".nef", ".arw", ".dng", ".raw"), "raw"),
    **dict.fromkeys((".pdf", ".docx", ".doc", ".html", ".htm", ".md", ".rtf"), "documents"),
    **dict.fromkeys((".wav", ".mp3", ".flac", ".ogg"), "audio"),
}
"""Suffix of files that are no examples -> their kind; the message says how to convert it."""
TEXT_SUFFIX = ".txt"
MANY_TEXTS = 10
"""Minimum number of texts per image in a data set of texts."""
_MASK = re.compile(r"(.+?)[ _-](?:mask|seg|segmentation)(?:[ _-]?\d+)?", re.IGNORECASE)
"""``scan_mask``, ``scan_mask_1``: masks of ``scan``."""


def read_class_folders(
    name: str, root: Path, encoding: str | None = None, *, layout: str | None = None, exclude: Sequence[str] = ()
) -> Source:
    """Return the class folders in ``root``, with or without split folders, as a source. Raises ``DataError``.

    With ``encoding``, texts are read and decoded immediately, because a path has no encoding. ``layout`` is "classes"
    (all folders are classes), "splits" (only train, valid and test are read) or None (decided by the names). Folders
    named in ``exclude`` are ignored.
    """
    tree = _without(walk(root), exclude)
    kind = _kind([path for folder in tree.folders for path in folder.all_files()])
    if encoding and kind.modality != "text":
        raise DataError("encoding-of-images", path=root)
    holds = cache(kind.holds)
    arranged = arrange(tree, holds, layout)
    found = _Found(root, kind, holds)
    for place in arranged.places:
        _read_place(place, arranged, layout, found)
    for folder in arranged.unlabelled:
        found.unlabelled[found.id_of(folder.path)] += [found.id_of(one) for one in folder.all_files() if holds(one)]
    found.odd += [
        found.id_of(path)
        for folder in dict.fromkeys((tree, *(one.folder for one in arranged.places)))
        for path in folder.loops
    ]
    if not found.examples:
        held = Counter(path.suffix.lower() for path in tree.all_files() if path.suffix)
        suffixes, count, cure = held.most_common(3), 0, ""
        if any(map(_is_image, tree.files)) or any(map(_is_text, tree.files)):
            suffixes = []
        elif held:
            cure = _TO_CONVERT.get(max(held, key=lambda one: (one in _TO_CONVERT, held[one])), "")
        if not cure:
            cure, count = _loose(tree)
        raise DataError(
            "no-examples",
            path=root,
            suffix=TEXT_SUFFIX,
            other=len(suffixes),
            held=[Message("files-of-suffix", {"count": n, "suffix": ending}) for ending, n in suffixes],
            cure=cure,
            count=count,
        )
    examples = found.examples
    if encoding:
        examples = [replace(example, raw=_read(example.raw, encoding)) for example in examples]
    findings = (*arranged.findings, *found.findings())
    return Source(name, root, tuple(examples), found.splits, (DEFAULT_TASK,), findings, modality=kind.modality)


def refuse_unknown_folders(root: Path, exclude: Sequence[str]) -> None:
    """Raise ``DataError`` for a folder to exclude that does not exist in ``root``."""
    if not exclude:
        return
    tree = walk(root) if root.is_dir() else None
    there = {folder.name for folder in tree.below()} if tree else set()
    paths = {folder.path.relative_to(root).as_posix() for folder in tree.below()} if tree else set()
    for name in exclude:
        if name.strip("/") not in there | paths:
            raise DataError("no-folder-to-exclude", path=root, name=name, remedy=did_you_mean(name, sorted(there)[:20]))


def folders_without_split(source: Source, places: Iterable[Path], exclude: Sequence[str] = ()) -> list[Finding]:
    """Return warnings about unused folders with examples, next to split folders that were read from their tables.

    ``places`` are the parents of the split folders. Folders with examples of ``source`` are not reported.
    """
    kind = _IMAGES if source.modality == "image" else _TEXTS
    paths = {Path(os.path.normpath(one.raw)) for one in source.examples if isinstance(one.raw, Path)}
    taken = {folder for path in paths for folder in path.parents}
    findings: list[Finding] = []
    for place in places:
        ignored = []
        for entry in visible(place):
            if not entry.is_dir() or entry.name in exclude:
                continue
            folder = walk(entry)
            held = [path.relative_to(source.location).as_posix() for path in folder.all_files() if kind.holds(path)]
            packed = any(path.suffix.lower() == ".parquet" or path.stem == "metadata" for path in folder.files)
            if folder.path in taken or not ((held and paths) or packed):
                continue
            name = folder.path.relative_to(source.location).as_posix()
            if split_of(entry.name):
                findings += [_split_without_labels(name, held, kind.things)] * (not packed)
            elif held and is_unlabelled(folder.name):
                findings.append(_unlabelled(kind.things, source.location, name, held))
            else:
                ignored.append(name)
        findings += ignored_folders(ignored)
    return findings


def splits_with_classes(source: Source, places: Iterable[Path], exclude: Sequence[str] = ()) -> dict[Split, Path]:
    """Return a dict: valid or test -> its folder of class folders, for data whose train split was read from a table.

    Such a folder is in one of ``places``, and none of its files is in ``source``, which has no such split. The folder
    and ``source`` have classes in common.
    """
    classes = {label for one in source.examples for label in one.labels.values()}
    taken = {Path(os.path.normpath(one.raw)) for one in source.examples if isinstance(one.raw, Path)}
    found: dict[Split, Path] = {}
    for entry in (one for place in places for one in visible(place)):
        split = split_of(entry.name)
        if split in (None, "train", *source.splits.values(), *found) or not entry.is_dir() or entry.name in exclude:
            continue
        try:
            read = read_class_folders(entry.name, entry, exclude=exclude)
        except DataError:
            continue
        labels = {label for one in read.examples for label in one.labels.values()}
        paths = {Path(os.path.normpath(one.raw)) for one in read.examples if isinstance(one.raw, Path)}
        if read.modality == source.modality and labels & classes and not read.splits and taken.isdisjoint(paths):
            assert split is not None
            found[split] = entry
    return found


def _split_without_labels(name: str, held: Sequence[str], things: str) -> Finding:
    return Finding.of(
        "folder-ignored",
        "warning",
        items=(name,),
        message="split-folder-ignored",
        folder=name,
        count=len(held),
        things=things,
    )


def _unlabelled(things: str, root: Path, folder: str, items: Sequence[str]) -> Finding:
    return Finding.of(
        "unlabelled-folder",
        "warning",
        items=items,
        count=len(items),
        things=things,
        folder=folder,
        path=root / folder,
    )


def links_upward(folder: Path) -> list[Path]:
    """Return the links in ``folder`` and below that lead to a parent folder; they are not followed."""
    return [path for one in walk(folder).below() for path in one.loops]


def images_in(folder: Path) -> list[Path]:
    """Return the images in ``folder`` and below, sorted: the files that training would read from a class folder."""
    return [path for path in walk(folder).all_files() if _is_image(path)]


def texts_in(folder: Path) -> list[Path]:
    """Return the texts in ``folder`` and below, sorted: the files that training would read from a class folder."""
    return [path for path in walk(folder).all_files() if _is_text(path)]


class _Kind(NamedTuple):
    """Whether a folder holds images or texts, and how to recognise the files that are examples."""

    modality: Modality
    things: str
    """The key of the noun in messages, and the end of the code ``not-images`` or ``not-texts``."""
    holds: Callable[[Path], bool]


def _kind(files: Sequence[Path]) -> _Kind:
    """Return the kind of the examples in ``files``: texts if there are ``MANY_TEXTS`` times as many as images."""
    texts = sum(map(_is_text, files))
    images = 0
    for path in files if texts else ():
        images += not _is_text(path) and _is_image(path)
        if images * MANY_TEXTS > texts:
            return _IMAGES
    return _TEXTS if texts else _IMAGES


def _read(path: Path, encoding: str) -> Raw:
    try:
        return read_text(path, encoding)
    except BadText as error:
        return Refused(path, error.reason, error.detail)


def _without(tree: Folder, exclude: Iterable[str]) -> Folder:
    """Return the tree without the excluded folders, which are given by name or by path from the root."""
    names = {name.strip("/") for name in exclude}

    def pruned(folder: Folder) -> Folder:
        return replace(folder, folders=tuple(pruned(child) for child in folder.folders if not called(child)))

    def called(folder: Folder) -> bool:
        return not names.isdisjoint((folder.name, folder.path.relative_to(tree.path).as_posix()))

    return pruned(tree) if names else tree


@dataclass
class _Found:
    """The examples that were read so far, and lists of paths for findings."""

    root: Path
    kind: _Kind
    holds: Callable[[Path], bool]
    examples: list[Example] = field(default_factory=list)
    splits: dict[str, Split] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    """Files that are no examples."""
    empty: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    unlabelled: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Folder -> its examples without a class."""
    drawn: list[str] = field(default_factory=list)
    """Masks and annotations next to the images of a class."""
    odd: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    """Folders that a class reaches twice, through links."""
    owners: dict[tuple[int, int], dict[tuple[Split | None, str], str]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """Device and inode of a folder -> (split, class) -> the path under which it was read."""
    named: list[Finding] = field(default_factory=list)
    """Findings on class names."""

    def id_of(self, path: Path) -> str:
        """Return the id of the example at ``path``; for a folder, its name in a finding."""
        return path.relative_to(self.root).as_posix()

    def findings(self) -> list[Finding]:
        """Return the findings, one of each kind."""
        splits_of: dict[str, set[Split | None]] = defaultdict(set)
        for example in self.examples:
            splits_of[example.labels[DEFAULT_TASK]].add(self.splits.get(example.id))
        things = self.kind.things
        # A class called "train" that is in two splits is a class.
        found = [one for one in self.named if one.code == "class-name-odd" or len(splits_of[one.items[0]]) < 2]
        twice = [" = ".join(paths.values()) for paths in self.owners.values() if len(paths) > 1]
        if self.others:
            count = len(self.others)
            found.append(
                Finding.of(
                    f"not-{things}", "info", items=self.others, message="not-examples", count=count, things=things
                )
            )
        if self.empty:
            count = len(self.empty)
            found.append(Finding.of("empty-class-folder", "warning", items=self.empty, count=count, things=things))
        if self.loose:
            count = len(self.loose)
            found.append(Finding.of("no-class-folder", "warning", items=self.loose, count=count, things=things))
        found += [_unlabelled(things, self.root, folder, items) for folder, items in self.unlabelled.items() if items]
        if self.drawn:
            found.append(Finding.of("annotations-ignored", "warning", items=self.drawn, count=len(self.drawn)))
        if self.odd:
            found.append(Finding.of("not-files", "warning", items=self.odd, count=len(self.odd)))
        if self.again:
            found.append(Finding.of("linked-again", "info", items=self.again, count=len(self.again)))
        if twice:
            found.append(Finding.of("linked-twice", "error", items=twice, count=len(twice)))
        return found


def _read_place(place: Place, arranged: Arrangement, layout: str | None, found: _Found) -> None:
    elsewhere = [other for other in arranged.places if other.split != place.split]
    chosen = class_folders(place, found.holds, layout, elsewhere)
    found.named += chosen.findings
    for folder in chosen.unlabelled:
        found.unlabelled[found.id_of(folder.path)] += [
            found.id_of(path) for path in folder.all_files() if found.holds(path)
        ]
    loose = [found.id_of(path) for path in place.folder.files if found.holds(path)]
    if loose and place.split in ("valid", "test") and not any(_has(one, found.holds) for one in chosen.classes):
        found.unlabelled[found.id_of(place.folder.path)] += loose
    else:
        found.loose += loose
    for folder in chosen.classes:
        size = len(found.examples)
        splits = splits_among(child.name for child in folder.folders) if arranged.splits_below else {}
        rest = replace(folder, folders=tuple(child for child in folder.folders if child.name not in splits))
        seen: set[tuple[int, int]] = set()
        _read_class(rest, folder.name, place.split, seen, found)
        for child in folder.folders:
            if child.name in splits:
                _read_class(child, folder.name, splits[child.name], seen, found)
        if len(found.examples) == size:
            found.empty.append(found.id_of(folder.path))


def _read_class(folder: Folder, label: str, split: Split | None, seen: set[tuple[int, int]], found: _Found) -> None:
    """Add the examples in ``folder`` and below to ``found``; ``seen``: device and inode of folders already read."""
    if folder.identity in seen:
        found.again.append(found.id_of(folder.path))
        return
    seen.add(folder.identity)
    found.owners[folder.identity].setdefault((split, label), found.id_of(folder.path))
    stems = {path.stem for path in folder.files}
    for path in folder.files:
        identity = found.id_of(path)
        if not found.holds(path):
            found.others.append(identity)
        elif found.kind is _IMAGES and (mask := _MASK.fullmatch(path.stem)) and mask[1] in stems:
            found.drawn.append(identity)
        else:
            found.examples.append(Example(identity, path, {DEFAULT_TASK: label}))
            if split:
                found.splits[identity] = split
    found.odd += map(found.id_of, (*folder.odd, *folder.loops))
    with_images = any(plain(child.name) in ("image", "images", "imgs") for child in folder.folders)
    for child in folder.folders:
        if with_images and plain(child.name) in ANNOTATIONS:
            found.drawn += [found.id_of(path) for path in child.all_files()]
        else:
            _read_class(child, label, split, seen, found)


def _has(folder: Folder, holds: Callable[[Path], bool]) -> bool:
    return any(map(holds, folder.all_files()))


def _is_image(path: Path) -> bool:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            return sniff(file.read(64)) in ALLOWED
    except OSError:
        return False


def _is_text(path: Path) -> bool:
    return path.suffix.lower() == TEXT_SUFFIX


_IMAGES = _Kind("image", "images", _is_image)
_TEXTS = _Kind("text", "texts", _is_text)


def _loose(tree: Folder) -> tuple[str, int]:
    """Return "loose-images" or "loose-texts" and the number of such files directly in ``tree``; else "none" and 0."""
    for kind in (_IMAGES, _TEXTS):
        count = sum(map(kind.holds, tree.files))
        if count:
            return f"loose-{kind.things}", count
    return "none", 0
