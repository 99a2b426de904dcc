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

from ghep.data.image.depths import depth_findings, depths_used
from ghep.data.image.levels import Extent
from ghep.data.loading.inputs import image_list, is_pair, text_list
from ghep.data.loading.preprocess import ImagePreprocess
from ghep.data.sources.folders.class_folders import IMAGE_SUFFIXES, TEXT_SUFFIX, images_in, texts_in
from ghep.data.text.loader import Refused, TextPair, load_text, read_text, wrong_form
from ghep.data.text.loader import texts_in as texts_of
from ghep.errors import BadExample, BadImage, BadText
from ghep.types import Example, Finding, Modality, Raw

TOGETHER = 64
"""Texts tokenised in one call: a tokenizer needs about 100 bytes a token, before it cuts a book to 256 of them."""
SHOWN = 60
"""Characters of a name or a text that a message or a line holds."""


@dataclass(frozen=True, slots=True)
class Given:
    """What differs between images and texts that are passed one by one."""

    thing: str
    things: str
    pipeline_tag: str
    """What Hugging Face calls the job of classifying them."""
    example: str
    """One of them in a line of Python."""
    others: str
    """One that belongs to none of the classes."""
    bad: type[BadExample]
    sequence: Callable[..., list[Raw]]
    """From a list, array, tensor, Series or iterator to raws; InputsError for what is none (``inputs.py``)."""
    prepare: Callable[[Any, Sequence[Raw]], list[tuple[np.ndarray | BadExample, Any]]]
    """From a preprocess and raws to the prepared form of each, or why there is none, and what was measured on it, or
    None; many at a time is cheaper."""
    findings: Callable[[Any, Mapping[str, Any]], list[Finding]]
    """From a preprocess and what was measured on raws, by name, to what is wrong with them taken together."""
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
    of_line: Callable[[str, bool], Raw]
    """From one line of a list to a raw; True: the model reads pairs of texts, with a tab between."""
    remedy: str
    """For an argument that is no file."""


def guess_modality(given: Any) -> Modality:
    """Return what a sequence holds, when nobody says: strings are texts unless most of them end as image files do.

    Paths are texts if most end in ``.txt``, and so are pairs of strings. Everything else is images.
    """
    if any(map(is_pair, _items(given))):
        return "text"
    suffixes = (*IMAGE_SUFFIXES,)
    strings = [one for one in _items(given) if isinstance(one, str)]
    if strings:
        files = sum(one.lower().endswith(suffixes) and "\n" not in one for one in strings)
        return "image" if 2 * files > len(strings) else "text"
    paths = [one for one in _items(given) if isinstance(one, Path)]
    return "text" if 2 * sum(one.suffix.lower() == TEXT_SUFFIX for one in paths) > len(paths) else "image"


def is_ambiguous(given: Any) -> bool:
    """Return whether a sequence holds anything that may be an image or a text: strings, paths, bytes."""
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


def _prepare_images(
    preprocess: ImagePreprocess, raws: Sequence[Raw]
) -> list[tuple[np.ndarray | BadExample, Extent | None]]:
    """Decode in two threads: Pillow lets go of the interpreter lock."""

    def decode(raw: Raw) -> tuple[np.ndarray | BadExample, Extent | None]:
        try:
            return preprocess.decode_measured(raw)
        except BadExample as error:
            return error, None

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(decode, raws))


def _prepare_texts(preprocess: Any, raws: Sequence[Raw]) -> list[tuple[np.ndarray | BadExample, None]]:
    """Tokenise ``TOGETHER`` in one call, which takes several threads itself."""
    prepared: list[tuple[np.ndarray | BadExample, None]] = []
    for start in range(0, len(raws), TOGETHER):
        loaded = [_loaded(raw, pairs=preprocess.pairs) for raw in raws[start : start + TOGETHER]]
        made = iter(preprocess.encode([text for text in loaded if isinstance(text, str)]))
        prepared += [(next(made) if isinstance(text, str) else text, None) for text in loaded]
    return prepared


def _loaded(raw: Raw, *, pairs: bool) -> str | BadExample:
    if (wrong := wrong_form(raw, pairs=pairs)) is not None:
        return wrong
    try:
        return load_text(raw)
    except BadExample as error:
        return error


def _level_findings(preprocess: ImagePreprocess, extents: Mapping[str, Extent]) -> list[Finding]:
    together = [Example(name, None) for name in extents]
    depths = depth_findings(depths_used(extents), {"train": (), "valid": (), "test": together}, ())
    return [*preprocess.findings_of(extents), *depths]


def _no_findings(preprocess: Any, measured: Mapping[str, Any]) -> list[Finding]:  # noqa: ARG001 - of images
    return []


def _one_size(prepared: Sequence[np.ndarray]) -> None:  # noqa: ARG001
    return None


def _positions(prepared: Sequence[np.ndarray]) -> np.ndarray:
    return np.array([len(one) for one in prepared], dtype=np.int64)


def _image_file(path: Path, encoding: str | None) -> Raw:  # noqa: ARG001 - that of a table beside it
    return path


def _image_bytes(data: bytes, encoding: str | None) -> Raw:  # noqa: ARG001
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


def text_in_json(text: str) -> str | tuple[str, ...]:
    """Return a text as JSON holds it: of a pair, its two texts."""
    return texts_of(text) if isinstance(text, TextPair) else text


def _file_of_line(line: str, pairs: bool) -> Raw:  # noqa: ARG001 - images have no pairs
    return Path(line) if line.strip() else b""  # a blank line is an empty image


def _text_of_line(line: str, pairs: bool) -> Raw:
    return TextPair(*line.split("\t")) if pairs and line.count("\t") == 1 else line


GIVEN: Mapping[Modality, Given] = {
    "image": Given(
        thing="image",
        things="images",
        pipeline_tag="image-classification",
        example="file",
        others="an image of anything else",
        bad=BadImage,
        sequence=image_list,
        prepare=_prepare_images,
        findings=_level_findings,
        chunk=256,
        lengths=_one_size,
        files_in=images_in,
        of_file=_image_file,
        of_bytes=_image_bytes,
        of_line=_file_of_line,
        remedy="pass files, a folder, a table, or a glob in quotes",
    ),
    "text": Given(
        thing="text",
        things="texts",
        pipeline_tag="text-classification",
        example="text",
        others="a text about anything else",
        bad=BadText,
        sequence=text_list,
        prepare=_prepare_texts,
        findings=_no_findings,
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
