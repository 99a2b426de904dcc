"""What a person hands to a trained model, or to the estimator: what it may be, how it is prepared, what it is called.

One table, a row for each modality: who predicts looks its row up and need not know which of the two it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ghep.data.preprocess import Preprocess
from ghep.data.sources.folders import IMAGE_SUFFIXES, TEXT_SUFFIX, images_in, texts_in
from ghep.data.text import Refused, load_text, read_text
from ghep.errors import BadExample, BadImage, BadText
from ghep.types import Modality, Raw

TOGETHER = 64
"""Texts tokenised in one call: a tokenizer needs about 100 bytes a token, before it cuts a book to 256 of them."""
SHOWN = 60
"""Characters of a name or a text that a message or a line holds."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is different between pictures and texts when they are handed over one by one."""

    thing: str
    things: str
    pipeline_tag: str
    """What Hugging Face calls the job of classifying them."""
    example: str
    """One of them in a line of Python."""
    of_others: str
    """What one is of that belongs to no class: "a picture of anything else"."""
    bad: type[BadExample]
    sequence: Callable[[Any], list[Raw]]
    """From a list, array or Series to raws; ValueError for what is none."""
    prepare: Callable[[Any, Sequence[Raw]], list[np.ndarray | BadExample]]
    """From a preprocess and raws to the prepared form of each, or why there is none; many at a time is cheaper."""
    chunk: int
    """So many are prepared before they are predicted, the longest first: more of about one length, more memory."""
    lengths: Callable[[Sequence[np.ndarray]], np.ndarray | None]
    """From prepared examples to the positions (N,) that each takes in a batch; None: all are of one size."""
    files_in: Callable[[Path], list[Path]]
    """From a folder to what training would take from it."""
    of_file: Callable[[Path, str | None], Raw]
    """From a file, and the encoding that was named, to a raw."""
    of_bytes: Callable[[bytes, str | None], Raw]
    """The same from its content."""
    of_line: Callable[[str], Raw]
    """From one line of a list to a raw."""
    remedy: str
    """For an argument that is no file."""


def guess_modality(given: Any) -> Modality:
    """Return what a sequence holds, when nobody says: strings are texts unless most of them end as image files do.

    Paths are texts if most end in ``.txt``. Everything else is pictures.
    """
    suffixes = (*IMAGE_SUFFIXES,)
    strings = [one for one in _items(given) if isinstance(one, str)]
    if strings:
        files = sum(one.lower().endswith(suffixes) and "\n" not in one for one in strings)
        return "image" if 2 * files > len(strings) else "text"
    paths = [one for one in _items(given) if isinstance(one, Path)]
    return "text" if 2 * sum(one.suffix.lower() == TEXT_SUFFIX for one in paths) > len(paths) else "image"


def is_ambiguous(given: Any) -> bool:
    """Tell whether a sequence holds anything that may be a picture as well as a text: strings, paths, bytes."""
    return any(isinstance(one, str | Path | bytes) for one in _items(given))


def shortened(text: str, characters: int = SHOWN) -> str:
    """Return ``text``, or its beginning and three dots."""
    return text if len(text) <= characters else f"{text[: characters - 3]}..."


def _items(given: Any) -> list[Any]:
    """Return the elements of a list, tuple, Series or array of objects or strings; none of anything else."""
    if isinstance(given, str | bytes | Path):
        return []
    if not isinstance(given, list | tuple) and hasattr(given, "__array__"):
        array = np.asarray(given)
        return array.ravel().tolist() if array.dtype.kind in "OSU" else []
    return list(given) if isinstance(given, list | tuple) else []


def _pictures(X: Any) -> list[Raw]:  # noqa: N803 - scikit-learn's name
    """Return ``X`` as a list of pictures; raise ValueError when it is no sequence of pictures at all.

    What is wrong with a whole array (its shape, dtype or range) is said here, once; what is wrong with one picture is
    found when it is loaded.
    """
    if isinstance(X, Image.Image):
        raise ValueError("X is one Image; expected a sequence of pictures: put it into a list")
    return [Path(one) if isinstance(one, str) else one for one in _sequence(X, "pictures", _arrays)]


def _texts(X: Any) -> list[Raw]:  # noqa: N803
    """Return ``X`` as a list of texts; raise ValueError when it is no sequence of texts at all."""
    return _sequence(X, "texts", _cells)


def _sequence(X: Any, things: str, of_array: Callable[[np.ndarray], list[Any]]) -> list[Any]:  # noqa: N803
    if isinstance(X, str | bytes | Path):
        raise ValueError(f"X is one {type(X).__name__}; expected a sequence of {things}: put it into a list")
    if not isinstance(X, list | tuple) and hasattr(X, "__array__"):
        X = of_array(np.asarray(X))  # noqa: N806
    try:
        found = list(X)
    except TypeError:
        raise ValueError(f"X is a {type(X).__name__}; expected a list or an array of {things}") from None
    if not found:
        raise ValueError(f"X holds 0 {things} (0 sample(s)); at least one is needed")
    return found


def _cells(values: np.ndarray) -> list[Any]:
    if values.dtype.kind not in "OSU" or not (values.ndim == 1 or values.shape[1:] == (1,)):
        raise ValueError(
            f"X has shape {values.shape} and dtype {values.dtype}; expected a list or an array (N,) of texts"
        )
    return values.ravel().tolist()


def _arrays(values: np.ndarray) -> list[Any]:
    if values.dtype.kind in "OSU" and (values.ndim == 1 or values.shape[1:] == (1,)):
        return values.ravel().tolist()
    if values.ndim not in (3, 4) or values.size == 0:
        raise ValueError(
            f"X has shape {values.shape}; expected (N, H, W) or (N, H, W, 1, 3 or 4). "
            "Rows of numbers are no pictures: reshape each to its height and width."
        )
    if values.ndim == 3 and values.shape[2] in (3, 4):
        raise ValueError(
            f"X has shape {values.shape}: one colour picture, or {len(values)} grey ones, {values.shape[2]} wide? "
            "Write X[None] for the first, X[..., None] for the second."
        )
    if values.ndim == 4 and values.shape[3] not in (1, 3, 4):
        hint = ": np.moveaxis(X, 1, -1)" if values.shape[1] in (1, 3, 4) else ""
        raise ValueError(f"X has shape {values.shape}; expected the 1, 3 or 4 channels last{hint}")
    if values.dtype != np.uint8 and values.dtype.kind != "f":
        raise ValueError(f"X has dtype {values.dtype}; expected uint8, or float from 0 to 1")
    if values.dtype.kind == "f":
        low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)  # NaN is one picture's trouble
        if low < 0 or high > 1:
            raise ValueError(f"X has floats from {low:g} to {high:g}; expected 0 to 1: divide by what white is")
    return list(values)


def _prepare_pictures(preprocess: Preprocess, raws: Sequence[Raw]) -> list[np.ndarray | BadExample]:
    """Decode in two threads: Pillow lets go of the interpreter lock."""

    def decode(raw: Raw) -> np.ndarray | BadExample:
        try:
            return preprocess.decode(raw)
        except BadExample as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(decode, raws))


def _prepare_texts(preprocess: Any, raws: Sequence[Raw]) -> list[np.ndarray | BadExample]:
    """Tokenise ``TOGETHER`` in one call, which takes several threads itself."""
    prepared: list[np.ndarray | BadExample] = []
    for start in range(0, len(raws), TOGETHER):
        loaded = [_loaded(raw) for raw in raws[start : start + TOGETHER]]
        made = iter(preprocess.encode([text for text in loaded if isinstance(text, str)]))
        prepared += [next(made) if isinstance(text, str) else text for text in loaded]
    return prepared


def _loaded(raw: Raw) -> str | BadExample:
    try:
        return load_text(raw)
    except BadExample as error:
        return error


def _one_size(prepared: Sequence[np.ndarray]) -> None:  # noqa: ARG001
    return None


def _positions(prepared: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([len(one) for one in prepared], dtype=np.int64)


def _picture_file(path: Path, encoding: str | None) -> Raw:  # noqa: ARG001 - that of a table beside it
    return path


def _picture_bytes(data: bytes, encoding: str | None) -> Raw:  # noqa: ARG001
    return data


def _text_file(path: Path, encoding: str | None) -> Raw:
    """Read now what is in another encoding than UTF-8: a path cannot say it. As bytes: a str has no file."""
    if encoding is None:
        return path
    try:
        return read_text(path, encoding).encode()
    except BadText as error:
        return Refused(path, error.reason, error.detail)


def _text_bytes(data: bytes, encoding: str | None) -> Raw:
    if encoding is None:
        return data
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        return Refused(Path("-"), "not-utf-8", f"it is not {encoding}: {error.reason}")


def _file_of_line(line: str) -> Raw:
    return Path(line) if line.strip() else b""  # a blank line is an empty picture


def _text_of_line(line: str) -> Raw:
    return line


GIVEN: Mapping[Modality, Given] = {
    "image": Given(
        thing="picture",
        things="pictures",
        pipeline_tag="image-classification",
        example="file",
        of_others="of anything else",
        bad=BadImage,
        sequence=_pictures,
        prepare=_prepare_pictures,
        chunk=256,
        lengths=_one_size,
        files_in=images_in,
        of_file=_picture_file,
        of_bytes=_picture_bytes,
        of_line=_file_of_line,
        remedy="pass files, a folder, a table, or a glob in quotes",
    ),
    "text": Given(
        thing="text",
        things="texts",
        pipeline_tag="text-classification",
        example="text",
        of_others="about anything else",
        bad=BadText,
        sequence=_texts,
        prepare=_prepare_texts,
        chunk=1024,
        lengths=_positions,
        files_in=texts_in,
        of_file=_text_file,
        of_bytes=_text_bytes,
        of_line=_text_of_line,
        remedy="pass files, a folder of *.txt, a table, or a glob in quotes; words themselves come by standard input: "
        'echo "some words" | ghep predict BUNDLE -',
    ),
}
