"""Read class folders: ``root/<split>/<class>/**`` or ``root/<class>/**``. The class is the first folder, files may
nest.

A folder is of pictures or of texts. Both lie together where pictures have notes or annotations beside them, so a folder
is of texts only if there are ten of them for each picture, or no picture at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ghep.data.dataset import DEFAULT_TASK, Source
from ghep.data.image_format import ALLOWED, FORMAT_SUFFIXES, sniff
from ghep.data.sources.layout import is_clutter, split_of, subfolders, visible
from ghep.data.text import Refused, read_text
from ghep.errors import BadText, DataError
from ghep.types import Example, Finding, Modality, Raw, Split

# A file with one of these endings is taken as an example even if its content turns out to be something else:
# then it is quarantined by name, not overlooked. Other files are examples only if their content is an allowed image.
IMAGE_SUFFIXES = {
    *(suffix for suffixes in FORMAT_SUFFIXES.values() for suffix in suffixes),
    *(
        ".avif",
        ".heic",
        ".heif",
        ".jp2",
        ".jxl",
        ".eps",
        ".svg",
        ".psd",
        ".ico",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".tga",
    ),
}


TEXT_SUFFIX = ".txt"
MANY_TEXTS = 10
"""So many texts for each picture make a folder one of texts."""


def read_class_folders(name: str, root: Path, encoding: str | None = None) -> Source:
    """Read ``root`` as class folders, with or without folders for the splits. Raises ``DataError``.

    ``encoding`` is that of texts which are not UTF-8; they are read here and now, as a path could not say it.
    """
    folders = subfolders(root)
    by_split = _split_folders(root, folders)
    places: list[tuple[Split | None, Path]] = [*by_split] or [(None, root)]
    kind = _kind([class_folder for _, folder in places for class_folder in subfolders(folder)])
    if encoding and kind.modality != "text":
        raise DataError(f"{root} has no texts: an encoding means nothing there", remedy="leave --encoding out")
    findings: list[Finding] = []
    examples: list[Example] = []
    splits: dict[str, Split] = {}
    for split, folder in places:
        found = _examples(root, folder, kind, findings)
        examples += found
        if split:
            splits |= {example.id: split for example in found}
    if not examples:
        raise DataError(f"no images in {root}, and no {TEXT_SUFFIX} files", remedy=_remedy_for_none(root))
    if by_split:
        findings += _left_aside(root, folders, by_split)
    if encoding:
        examples = [replace(example, raw=_read(example.raw, encoding)) for example in examples]
    return Source(name, root, tuple(examples), splits, (DEFAULT_TASK,), tuple(findings), modality=kind.modality)


def images_in(folder: Path) -> list[Path]:
    """Return the images in ``folder`` and below, sorted: what training would take from a class folder."""
    return [path for path in _files(folder) if _is_image(path)]


def texts_in(folder: Path) -> list[Path]:
    """Return the texts in ``folder`` and below, sorted: what training would take from a class folder."""
    return [path for path in _files(folder) if _is_text(path)]


class _Kind(NamedTuple):
    """What a folder holds, and how its files are told from others."""

    modality: Modality
    things: str
    thing: str
    holds: Callable[[Path], bool]
    remedy: str
    """For files that should have been examples."""


def _kind(class_folders: Sequence[Path]) -> _Kind:
    """Tell a folder of texts; images are looked for only until they are too many for that."""
    texts = sum(len(texts_in(folder)) for folder in class_folders)
    images = 0
    for path in (path for folder in class_folders for path in _files(folder)) if texts else ():
        images += not _is_text(path) and _is_image(path)
        if images * MANY_TEXTS > texts:
            return _IMAGES
    return _TEXTS if texts else _IMAGES


def _read(path: Path, encoding: str) -> Raw:
    try:
        return read_text(path, encoding)
    except BadText as error:
        return Refused(path, error.reason, error.detail)


def _split_folders(root: Path, folders: list[Path]) -> list[tuple[Split, Path]]:
    named = [(split, folder) for folder in folders if (split := split_of(folder.name))]
    if not any(split == "train" for split, _ in named):
        if named and len(named) == len(folders) and all(subfolders(folder) for folder in folders):
            found = ", ".join(folder.name for folder in folders)
            raise DataError(f"{root} has no train folder (found {found})", remedy="add train/<class>/, or rename one")
        _refuse_parent(root, folders)
        return []
    for split in ("train", "valid", "test"):
        same = [folder.name for kind, folder in named if kind == split]
        if len(same) > 1:
            raise DataError(f"{' and '.join(same)} in {root} both mean {split}", remedy="merge or rename them")
    order = {"train": 0, "valid": 1, "test": 2}
    return sorted(named, key=lambda pair: order[pair[0]])


def _refuse_parent(root: Path, folders: list[Path]) -> None:
    for folder in folders:
        if any(split_of(child.name) == "train" for child in subfolders(folder)):
            raise DataError(f"{root} holds a data set, {folder.name}, and is none itself", remedy=f"give {folder}")


def _examples(root: Path, folder: Path, kind: _Kind, findings: list[Finding]) -> list[Example]:
    found: list[Example] = []
    others: list[str] = []
    empty: list[str] = []
    for class_folder in subfolders(folder):
        size = len(found)
        for path in _files(class_folder):
            identity = path.relative_to(root).as_posix()
            if kind.holds(path):
                found.append(Example(identity, path, {DEFAULT_TASK: class_folder.name}))
            else:
                others.append(identity)
        if len(found) == size:
            empty.append(class_folder.relative_to(root).as_posix())
    loose = [path.relative_to(root).as_posix() for path in visible(folder) if path.is_file() and kind.holds(path)]
    if others:
        message = f"{len(others)} files are no {kind.things} and were passed over"
        remedy = f"nothing to do, unless they should be examples: then {kind.remedy}"
        findings.append(Finding(f"not-{kind.things}", "info", message, remedy, tuple(others)))
    if empty:
        message = f"{len(empty)} class folders hold no {kind.thing}"
        findings.append(Finding("empty-class-folder", "warning", message, "fill or remove them", tuple(empty)))
    if loose:
        message = f"{len(loose)} {kind.things} lie outside any class folder and were passed over"
        remedy = "move them into the folder of their class"
        findings.append(Finding("no-class-folder", "warning", message, remedy, tuple(loose)))
    return found


def _files(folder: Path) -> Iterator[Path]:
    """Walk all files below a class folder in sorted order; folder links are not followed, so no walk is endless."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_clutter(name))
        for name in sorted(names):
            if not is_clutter(name):
                yield Path(here, name)


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


def _left_aside(root: Path, folders: list[Path], by_split: list[tuple[Split, Path]]) -> list[Finding]:
    used = {folder for _, folder in by_split}
    others = [folder.relative_to(root).as_posix() for folder in folders if folder not in used]
    if not others:
        return []
    message = f"{len(others)} folders beside train are no split and were passed over"
    return [
        Finding("folder-ignored", "warning", message, "name them train, valid or test, or move them", tuple(others))
    ]


def _remedy_for_none(root: Path) -> str:
    loose = [path for path in visible(root) if path.is_file()]
    for kind in (_IMAGES, _TEXTS):
        count = sum(map(kind.holds, loose))
        if count:
            ways = "put them into one folder per class, or write a table of paths and labels"
            return f"{count} {kind.things} lie loose in it: {ways}"
    return "expected root/<class>/*.jpg or *.txt, root/train/<class>/*, or a table (CSV, TSV, JSONL, Parquet)"
