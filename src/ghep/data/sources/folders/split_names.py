"""Recognise the names of splits, and of folders that are not classes. In: names of folders and files, texts of cells.

    train, Training, val, dev, test        the words
    training_set, images_train, val2017    with neutral words and digits
    seg_train and seg_test                 with any other word that two splits share

A name that only begins with such a word ("trainers", "testudo", "test_tube") is not a split.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ghep.errors import DataError
from ghep.types import SPLITS, Finding, Split

SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "trainval": "train",
    "trn": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "development": "valid",
    "publictest": "valid",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "privatetest": "test",
}
"""``publictest`` and ``privatetest`` occur in FER2013."""
_HELD_OUT = ("eval", "evaluation", "holdout")
"""Test, or valid if another folder is test."""
_NEUTRAL = frozenset(
    {
        *("set", "sets", "data", "dataset", "datasets", "split", "splits", "image", "images", "img", "imgs", "pic"),
        *("pics", "picture", "pictures", "photo", "photos", "sample", "samples", "text", "texts", "file", "files"),
        *("folder", "folders", "dir", "jpg", "jpeg", "png", "txt", "csv", "full", "matched"),
    }
)
"""Words without meaning for the split; "matched" is the part of MNLI from the same sources as train."""
_FUSED = {word + more: word for word in (*SPLIT_NAMES, *_HELD_OUT) for more in ("set", "data", "images", "imgs", "img")}
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_DOUBLE = re.compile(r"(public|private)[\W_]*(test)", re.IGNORECASE)

UNLABELLED = frozenset(
    {
        *("unsup", "unsupervised", "unlab", "unlabelled", "unlabeled", "not_labelled", "not_labeled"),
        *("sin_etiqueta", "sin_etiquetar", "non_étiqueté", "non_étiquetés", "未标注"),
    }
)
"""Folders of examples with an unknown class; other words may follow (``is_unlabelled``)."""
NO_CLASS = frozenset(
    {
        *("images", "imgs", "jpegimages", "samples", "sample_images"),
        *("masks", "annotations", "annots", "labels", "ground_truth", "groundtruth", "bboxes"),
        *("segmentationclass", "segmentationobject", "imagesets", "predictions", "pred", "predict", "submission"),
    }
)
"""Folders that hold parts of a data set: their files have another class, or are no examples."""
ANNOTATIONS = frozenset(
    {
        *("masks", "mask", "annotations", "annots", "labels", "ground_truth", "groundtruth", "bboxes"),
        *("segmentation", "segmentations"),
    }
)
"""Names among these for annotations of the images in a folder called ``images``."""

LEFTOVERS = frozenset(
    {
        *("augmented", "augmented_data", "augmented_images", "augmentation", "augmentations"),
        *("backup", "backups", "bak", "tmp", "temp", "checkpoints", "new_folder", "untitled_folder"),
        *("neuer_ordner", "nouveau_dossier", "nueva_carpeta", "nova_pasta", "nuova_cartella"),
        *("heatmap", "heatmaps", "gradcam", "grad_cam", "saliency_maps", "thumbnail", "thumbnails", "thumbs"),
        *("recycle_bin", "system_volume_information", "lost_found", "pycache"),
        *("node_modules", "gsdata", "venv", "virtualenv", "site_packages", "wandb", "mlruns", "lightning_logs"),
        *("tensorboard", "thumbnailcache", "corbeille", "papierkorb", "回收站", "新建文件夹", "новая_папка"),
        *("to_sort", "to_label", "à_trier", "a_trier", "à_classer", "unsortiert", "zu_sortieren", "sin_clasificar"),
        *("por_clasificar", "da_ordinare", "未分类", "待分类"),
    }
)
"""Folders that programs and people leave behind: their files have another class."""
PERHAPS_CLASSES = frozenset(
    {
        *("backup", "backups", "bak", "tmp", "temp", "checkpoints", "heatmap", "heatmaps", "thumbnail", "thumbnails"),
        *("thumbs", "augmented", "augmentation", "samples", "old", "crops", "cropped", "output", "outputs", "results"),
        *("runs", "original", "originals", "preview", "previews"),
    }
)
"""Names of leftovers that are also words of other fields: "temp" and "rh", "thumbs" and "fingers", "backup" and
"reverse". The content of the folder decides."""
_BINS = frozenset({"#recycle", "@recycle", "$recycle"})
"""Such folders by their full names: "recycle" may be a class of waste."""
PERHAPS_LEFTOVERS: dict[str, frozenset[str]] = {
    "old": frozenset({"young", "new", "recent", "modern", "ancient", "middle_aged", "adult", "child", "baby"}),
    **dict.fromkeys(("crops", "cropped"), frozenset({"weed", "weeds", "soil", "uncropped", "full", "forest", "water"})),
    **dict.fromkeys(("output", "outputs"), frozenset({"input", "inputs"})),
    "results": frozenset({"method", "methods", "background", "objective", "conclusion", "conclusions", "introduction"}),
    "runs": frozenset({"walks", "jumps", "sits", "stands"}),
    "original": frozenset({"fake", "forged", "tampered", "manipulated", "edited", "altered", "deepfakes", "copy"}),
    "originals": frozenset({"fakes", "copies", "forgeries"}),
    **dict.fromkeys(("preview", "previews"), frozenset({"review", "reviews", "news", "trailer", "trailers"})),
    "unsorted": frozenset({"sorted", "partly_sorted", "presorted"}),
    "to_review": frozenset({"reviewed", "approved", "rejected", "accepted", "in_review", "done"}),
}
"""Names that are leftovers next to two or more other classes, unless one of these is among them."""
ODD_CLASSES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("cache", "caches"), frozenset({"memory", "ram", "disk", "register", "registers", "geocache"})),
    **dict.fromkeys(
        ("log", "logs"),
        frozenset(
            {
                *("branch", "branches", "leaf", "leaves", "trunk", "trunks", "twig", "twigs", "bark", "root", "roots"),
                *("plank", "planks", "board", "boards", "stump", "stumps", "lumber", "timber", "wood", "rock", "rocks"),
                *("trees", "tree", "stick", "sticks", "firewood", "metrics", "traces", "config", "code", "crocodile"),
            }
        ),
    ),
    **dict.fromkeys(("misc", "miscellaneous"), frozenset({"tools", "rec", "sci", "talk", "comp", "soc", "alt"})),
    **dict.fromkeys(
        ("duplicate", "duplicates"),
        frozenset({"unique", "uniques", "uniq", "original", "originals", "distinct", "different", "related"}),
    ),
    "todo": frozenset({"done", "doing", "in_progress", "backlog", "blocked", "fixme", "hack", "note", "urgent"}),
}
"""Names that are rarely classes next to two or more other classes, unless one of these is among them."""
_COPIED = re.compile(
    r"copy of (.+)|(.+?)(?: - copy| copy|[ _-]backup|[ _-]bak|[ _-]augmented|[ _-]aug)?(?: ?\(\d+\))?", re.IGNORECASE
)


def leftovers(names: Iterable[str]) -> set[str]:
    """Return the names in ``names`` that are not classes: "backup", "New folder (2)", "cat - Copy" next to "cat".

    Returns an empty set if this applies to all names, because then they are the classes.
    """
    given = list(names)
    words = {name: re.sub(r"(_\d+)+$", "", plain(name)) for name in given}
    sure = {name for name, word in words.items() if word in LEFTOVERS or name.strip().lower() in _BINS}
    lower = {name.strip().lower() for name in given}
    for name in given:
        copied = _COPIED.fullmatch(name.strip())
        of = (copied[1] or copied[2]).strip().lower() if copied else ""
        sure |= {name} if of != name.strip().lower() and of in lower else set()
    perhaps = {name for name, word in words.items() if word in PERHAPS_LEFTOVERS} - sure
    others = {plain(name) for name in given} - {plain(name) for name in sure | perhaps}
    if len(others) > 1:
        sure |= {name for name in perhaps if others.isdisjoint(PERHAPS_LEFTOVERS[words[name]])}
    return sure if others else set()


def odd_classes(names: Iterable[str]) -> list[str]:
    """Return the names in ``names`` that may be classes, but usually mean folders that were left behind: "cache".

    The result is empty if fewer than two names would remain as classes. A name is not returned if a related name shows
    that it is a class: "logs" next to "branches", "cache" next to "no_cache".
    """
    words = {name: plain(name) for name in names}
    odd = {name: word for name, word in words.items() if word in ODD_CLASSES}
    others = {word for name, word in words.items() if name not in odd}
    if len(others) < 2:
        return []
    return [
        name
        for name, word in odd.items()
        if others.isdisjoint(ODD_CLASSES[word]) and not any(word in other.split("_") for other in others)
    ]


class _Name(NamedTuple):
    word: str
    rest: tuple[str, ...]
    """The words of the name without digits and neutral words."""


def split_of(name: str) -> Split | None:
    """Return the split that ``name`` means without regard to other names (``val2017`` -> ``valid``); None for none."""
    found = _read(name)
    return _split(found.word) if found and not found.rest else None


def known_splits(names: Sequence[str], place: str) -> tuple[dict[str, Split | None], tuple[Finding, ...]]:
    """Return a dict, name of a split in a Hugging Face dataset -> train, valid, test or None (all data), and findings.

    Splits that are neither train, valid nor test (``unsupervised``, ``validation_mismatched``) are ignored with a
    finding. A single split with such a name holds all of the data (None). ``place``, for messages, is a path or
    ``dict``. Raises DataError if two names mean the same split, and if no name means train.
    """
    known: dict[str, Split | None] = {name: split for name in names if (split := split_of(name))}
    for split in SPLITS:
        same = [name for name, meant in known.items() if meant == split]
        if len(same) > 1:
            raise DataError("names-of-one-split", names=same, place=place, split=split)
    others = [name for name in names if name not in known]
    if len(others) == 1 and not known:
        return {others[0]: None}, ()
    if "train" not in known.values():
        raise DataError("no-split-named-train", place=place, names=list(names))
    if not others:
        return known, ()
    finding = Finding.of(
        "split-ignored", "info", items=others, message="other-splits-ignored", count=len(others), names=others
    )
    return known, (finding,)


def is_split_word(name: str) -> bool:
    """Return whether ``name`` is a word for a split in any case, such as "Train", with nothing added."""
    return name.strip().lower() in SPLIT_NAMES


def splits_among(names: Iterable[str]) -> dict[str, Split]:
    """Return a dict, name -> split, of names that mean a split, alone or together: ``seg_train``, ``seg_test``."""
    read = {name: found for name in names if (found := _read(name))}
    families: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, found in read.items():
        families[found.rest].append(name)
    result: dict[str, Split] = {}
    for rest, members in families.items():
        splits = {name: _split(read[name].word) for name in members}
        taken = {split for name, split in splits.items() if read[name].word not in _HELD_OUT}
        for name in members:
            if read[name].word in _HELD_OUT and "test" in taken:
                splits[name] = "valid"
        if not rest or (len(set(splits.values())) > 1 and "train" in splits.values()):
            result |= splits
    return result


def is_unlabelled(name: str) -> bool:
    """Return whether a folder or cell has a usual name of unlabelled examples: "unlabeled2017", "unsup pool"."""
    words = re.sub(r"\d+", "_", plain(name)).strip("_").split("_")
    while len(words) > 1 and (words[-1] in _NEUTRAL or words[-1] in ("", "pool", "part", "extra")):
        words.pop()
    return "_".join(words) in UNLABELLED


def plain(name: str) -> str:
    """Return a folder's name as it is written in the lists of this file: "Ground Truth" -> "ground_truth"."""
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFC", name).strip().lower()).strip("_")


def only_numbered(names: Iterable[str]) -> bool:
    """Return whether the names differ only in a number, as parts of a data set do: ``images_001``, ``images_002``."""
    stems = {tuple(token.lower() for token in _TOKEN.findall(name)) for name in names}
    parts = {"part", "parts", "batch", "fold", "chunk", "shard", "images", "imgs"}
    return len(stems) == 1 and (stem := stems.pop()) != () and stem[-1] in parts


def _split(word: str) -> Split:
    return SPLIT_NAMES.get(word, "test")


def _read(name: str) -> _Name | None:
    """Return the split word in ``name`` and the other words; None unless there is one split word, first or last."""
    tokens = [token.lower() for token in _TOKEN.findall(_DOUBLE.sub(lambda found: (found[1] + found[2]).lower(), name))]
    tokens = [_FUSED.get(token, token) for token in tokens]
    telling = [token for token in tokens if token not in _NEUTRAL]
    words = [token for token in telling if token in SPLIT_NAMES or token in _HELD_OUT]
    if len(words) != 1 or words[0] not in (telling[0], telling[-1]):
        return None
    return _Name(words[0], tuple(token for token in telling if token != words[0]))
