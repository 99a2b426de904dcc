"""Read class folders: ``root/<split>/<class>/**`` or ``root/<class>/**``. The class is the first folder, files may
nest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ghep.data.dataset import DEFAULT_TASK, Source
from ghep.data.image_format import ALLOWED, FORMAT_SUFFIXES, sniff
from ghep.data.sources.layout import is_clutter, split_of, subfolders, visible
from ghep.errors import DataError
from ghep.types import Example, Finding, Split

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


def read_class_folders(name: str, root: Path) -> Source:
    """Read ``root`` as class folders, with or without folders for the splits. Raises ``DataError``."""
    folders = subfolders(root)
    by_split = _split_folders(root, folders)
    findings: list[Finding] = []
    examples: list[Example] = []
    splits: dict[str, Split] = {}
    places: list[tuple[Split | None, Path]] = [*by_split] or [(None, root)]
    for split, folder in places:
        found = _examples(root, folder, findings)
        examples += found
        if split:
            splits |= {example.id: split for example in found}
    if not examples:
        raise DataError(f"no images in {root}", remedy=_remedy_for_none(root))
    if by_split:
        findings += _left_aside(root, folders, by_split)
    return Source(name, root, tuple(examples), splits, (DEFAULT_TASK,), tuple(findings))


def images_in(folder: Path) -> list[Path]:
    """Return the images in ``folder`` and below, sorted: what training would take from a class folder."""
    return [path for path in _files(folder) if _is_image(path)]


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


def _examples(root: Path, folder: Path, findings: list[Finding]) -> list[Example]:
    found: list[Example] = []
    others: list[str] = []
    empty: list[str] = []
    for class_folder in subfolders(folder):
        size = len(found)
        for path in _files(class_folder):
            identity = path.relative_to(root).as_posix()
            if _is_image(path):
                found.append(Example(identity, path, {DEFAULT_TASK: class_folder.name}))
            else:
                others.append(identity)
        if len(found) == size:
            empty.append(class_folder.relative_to(root).as_posix())
    loose = [path.relative_to(root).as_posix() for path in visible(folder) if path.is_file() and _is_image(path)]
    if others:
        findings.append(
            _finding("not-images", "info", f"{len(others)} files are no images and were passed over", others)
        )
    if empty:
        findings.append(_finding("empty-class-folder", "warning", f"{len(empty)} class folders hold no image", empty))
    if loose:
        message = f"{len(loose)} images lie outside any class folder and were passed over"
        findings.append(_finding("no-class-folder", "warning", message, loose))
    return found


_REMEDIES = {
    "not-images": "nothing to do, unless they should be examples: then save them as JPEG or PNG",
    "empty-class-folder": "fill or remove them",
    "no-class-folder": "move them into the folder of their class",
}


def _finding(code: str, severity: str, message: str, items: list[str]) -> Finding:
    return Finding(code, "info" if severity == "info" else "warning", message, _REMEDIES[code], tuple(items))


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
    loose = sum(1 for path in visible(root) if path.is_file() and _is_image(path))
    if loose:
        return (
            f"{loose} images lie loose in it: put them into one folder per class, or write a table of paths and labels"
        )
    return "expected root/<class>/*.jpg, root/train/<class>/*.jpg, or a table (CSV, JSONL, Parquet)"
