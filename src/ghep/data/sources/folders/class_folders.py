"""Read class folders: ``root/<split>/<class>/**`` or ``root/<class>/**``. The class is the first folder, files may
nest.

Which of the two it is follows from the names of the folders and from what they hold (``arrangement.py``); where a name
could be a split or a class, it is asked. A folder is of images or of texts. Both lie together where images have notes
or annotations alongside, so a folder is of texts only if there are ten of them for each image, or no image at all.
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
from ghep.types import Example, Finding, Modality, Raw, Split

# A file with one of these endings is taken as an example even if its content turns out to be something else:
# then it is quarantined by name, not overlooked. Other files are examples only if their content is an allowed image.
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

_DOCUMENTS = "save each as a .txt file, or write a table of texts and labels"
_FRAMES = "cut them into frames and save these as JPEG or PNG; frames of one video belong in one split (--group)"
_TO_CONVERT = {
    **dict.fromkeys((".dcm", ".dicom"), "convert the DICOM files to PNG"),
    **dict.fromkeys((".npy", ".npz", ".mat", ".h5", ".hdf5", ".pt"), "save the arrays as PNG, one file for each image"),
    **dict.fromkeys((".nii", ".mha", ".nrrd", ".czi", ".svs"), "save them as PNG, one file for each image"),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg"), _FRAMES),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar"), "unpack them"),
    **dict.fromkeys((".cr2", ".nef", ".arw", ".dng", ".raw"), "convert the raw files to JPEG or PNG"),
    **dict.fromkeys((".pdf", ".docx", ".doc", ".html", ".htm", ".md", ".rtf"), _DOCUMENTS),
    **dict.fromkeys((".wav", ".mp3", ".flac", ".ogg"), "ghep reads images and texts; save spectrograms as PNG"),
}
"""Ending of files that are no examples -> what to do with them."""
TEXT_SUFFIX = ".txt"
MANY_TEXTS = 10
"""So many texts for each image make a folder one of texts."""
_MASK = re.compile(r"(.+?)[ _-](?:mask|seg|segmentation)(?:[ _-]?\d+)?", re.IGNORECASE)
"""``scan_mask``, ``scan_mask_1``: what is drawn over ``scan``."""


def read_class_folders(
    name: str, root: Path, encoding: str | None = None, *, layout: str | None = None, exclude: Sequence[str] = ()
) -> Source:
    """Read ``root`` as class folders, with or without folders for the splits. Raises ``DataError``.

    ``encoding`` is that of texts which are not UTF-8; they are read here and now, as a path could not say it.
    ``layout`` is "classes" (all folders are classes) or "splits" (only train, valid and test are read), None: as the
    names say. Folders called as one of ``exclude`` are passed over.
    """
    tree = _without(walk(root), exclude)
    kind = _kind([path for folder in tree.folders for path in folder.all_files()])
    if encoding and kind.modality != "text":
        raise DataError(f"{root} has no texts: an encoding means nothing there", remedy="leave --encoding out")
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
        cause = f"no images in {root}, and no {TEXT_SUFFIX} files"
        held = Counter(path.suffix.lower() for path in tree.all_files() if path.suffix)
        if held and not any(map(_is_image, tree.files)) and not any(map(_is_text, tree.files)):
            suffix = max(held, key=lambda one: (one in _TO_CONVERT, held[one]))
            shown = ", ".join(f"{count} {ending}" for ending, count in held.most_common(3))
            remedy = _TO_CONVERT.get(suffix, "")
            raise DataError(f"{cause}; it holds {shown}", remedy=remedy or _remedy_for_none(tree))
        raise DataError(cause, remedy=_remedy_for_none(tree))
    examples = found.examples
    if encoding:
        examples = [replace(example, raw=_read(example.raw, encoding)) for example in examples]
    findings = (*arranged.findings, *found.findings())
    return Source(name, root, tuple(examples), found.splits, (DEFAULT_TASK,), findings, modality=kind.modality)


def refuse_unknown_folders(root: Path, exclude: Sequence[str]) -> None:
    """Raise ``DataError`` for a folder to exclude that is nowhere in ``root``."""
    if not exclude:
        return
    tree = walk(root) if root.is_dir() else None
    there = {folder.name for folder in tree.below()} if tree else set()
    paths = {folder.path.relative_to(root).as_posix() for folder in tree.below()} if tree else set()
    for name in exclude:
        if name.strip("/") not in there | paths:
            raise DataError(f"{root} has no folder {name!r} to exclude", remedy=did_you_mean(name, sorted(there)[:20]))


def folders_without_split(source: Source, places: Iterable[Path], exclude: Sequence[str] = ()) -> list[Finding]:
    """Warn about folders alongside split folders that were read by their tables, if these hold examples.

    ``places`` are the folders that hold the split folders. A folder that examples of ``source`` lie in is not reported.
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
    """Return the folders of valid and test whose labels are their class folders, where train is read by its table.

    Such a folder lies in one of ``places``, none of its files is in ``source``, which has no such split, and it shares
    classes with ``source``.
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
    message = f"{name} was passed over: no table names its {len(held)} {things}, and they lie in no folders that are "
    message += "called like the classes of train"
    remedy = (
        f"label them as train does, or in a folder per class; if they are not meant, leave them out: --exclude {name}"
    )
    return Finding("folder-ignored", "warning", message, remedy, (name,))


def _unlabelled(things: str, root: Path, folder: str, items: Sequence[str]) -> Finding:
    message = (
        f"{len(items)} {things} in {folder} have no class and were passed over: they are neither trained on nor scored"
    )
    remedy = f"nothing to do; predict them with ghep predict BUNDLE {root / folder}"
    return Finding("unlabelled-folder", "warning", message, remedy, tuple(items))


def links_upward(folder: Path) -> list[Path]:
    """Return the links in ``folder`` and below that lead to a folder they lie in, which are not followed."""
    return [path for one in walk(folder).below() for path in one.loops]


def images_in(folder: Path) -> list[Path]:
    """Return the images in ``folder`` and below, sorted: what training would take from a class folder."""
    return [path for path in walk(folder).all_files() if _is_image(path)]


def texts_in(folder: Path) -> list[Path]:
    """Return the texts in ``folder`` and below, sorted: what training would take from a class folder."""
    return [path for path in walk(folder).all_files() if _is_text(path)]


class _Kind(NamedTuple):
    """What a folder holds, and how its files are told from others."""

    modality: Modality
    things: str
    thing: str
    holds: Callable[[Path], bool]
    remedy: str
    """For files that should have been examples."""


def _kind(files: Sequence[Path]) -> _Kind:
    """Tell a folder of texts; images are looked for only until they are too many for that."""
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
    """Take the folders that are called so, by name or by path from the root, out of the tree."""
    names = {name.strip("/") for name in exclude}

    def pruned(folder: Folder) -> Folder:
        return replace(folder, folders=tuple(pruned(child) for child in folder.folders if not called(child)))

    def called(folder: Folder) -> bool:
        return not names.isdisjoint((folder.name, folder.path.relative_to(tree.path).as_posix()))

    return pruned(tree) if names else tree


@dataclass
class _Found:
    """What was read so far, and what there is to say about it."""

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
    """Folder -> examples in it that have no class."""
    drawn: list[str] = field(default_factory=list)
    """Masks and annotations that lie with the images of a class."""
    odd: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    """Folders that a class reaches twice, by links."""
    owners: dict[tuple[int, int], dict[tuple[Split | None, str], str]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """Folder on disk -> the splits and classes that it was read for, and under which path."""
    named: list[Finding] = field(default_factory=list)
    """Findings on the names of classes."""

    def id_of(self, path: Path) -> str:
        """Return the id of an example, or how a folder is called in a finding."""
        return path.relative_to(self.root).as_posix()

    def findings(self) -> list[Finding]:
        """Return what there is to say, in one finding for each kind."""
        splits_of: dict[str, set[Split | None]] = defaultdict(set)
        for example in self.examples:
            splits_of[example.labels[DEFAULT_TASK]].add(self.splits.get(example.id))
        # A class called "train" in two splits is one.
        things = self.kind.things
        found = [one for one in self.named if one.code == "class-name-odd" or len(splits_of[one.items[0]]) < 2]

        def say(code: str, severity: str, message: str, remedy: str, items: Sequence[str]) -> None:
            if items:
                found.append(Finding(code, severity, f"{len(items)} {message}", remedy, tuple(items)))  # type: ignore[arg-type]

        remedy = f"nothing to do, unless they should be examples: then {self.kind.remedy}"
        say(f"not-{things}", "info", f"files are no {things} and were passed over", remedy, self.others)
        message = f"class folders hold no {self.kind.thing}"
        say("empty-class-folder", "warning", message, "fill or remove them", self.empty)
        message, remedy = f"{things} lie outside any class folder and were passed over", "move them into the folder of "
        say("no-class-folder", "warning", message, f"{remedy}their class", self.loose)
        found += [_unlabelled(things, self.root, folder, items) for folder, items in self.unlabelled.items() if items]
        message = "masks or annotations that lie with the images were passed over"
        say("annotations-ignored", "warning", message, "rename them, or the folder, if they are examples", self.drawn)
        message = "links that end nowhere or in a folder that they lie in, pipes or devices were passed over"
        say("not-files", "warning", message, "correct or remove them", self.odd)
        message = "folders are reached twice in one class, by links, and were read once"
        say("linked-again", "info", message, "nothing to do", self.again)
        twice = [" = ".join(paths.values()) for paths in self.owners.values() if len(paths) > 1]
        message = "folders were read for two classes or splits, by links: each of their files has two"
        say("linked-twice", "error", message, "remove one of the links", twice)
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
    """Take the examples in ``folder`` and below; ``seen`` are the folders on disk that this class has had."""
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


_IMAGES = _Kind("image", "images", "image", _is_image, "save them as JPEG or PNG")
_TEXTS = _Kind("text", "texts", "text", _is_text, f"name them *{TEXT_SUFFIX}")


def _remedy_for_none(tree: Folder) -> str:
    for kind in (_IMAGES, _TEXTS):
        count = sum(map(kind.holds, tree.files))
        if count:
            ways = "put them into one folder per class, or write a table of paths and labels"
            return f"{count} {kind.things} lie loose in it: {ways}"
    return "expected root/<class>/*.jpg or *.txt, root/train/<class>/*, or a table (CSV, TSV, JSON, Parquet, Excel)"
