"""Check the inputs that a user passes to ``predict`` or ``fit``. In: any object. Out: a list of raw inputs.

The Predictor and the estimator share this check. Errors of the object as a whole (one image instead of a list, a set, a
table, an array of another shape, dtype or range) raise InputsError here. Errors of a single image or text are found
when it is loaded, and do not affect the others.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ghep.data.image.levels import TOO_DARK
from ghep.data.sources.folders.class_folders import IMAGE_SUFFIXES, TEXT_SUFFIX
from ghep.data.text.loader import TextPair, texts_in
from ghep.errors import InputsError
from ghep.types import Modality, Raw

CHANNELS = (1, 3, 4)
SHOWN = 8
"""Maximum number of columns named in a message."""


def image_list(given: Any, *, few_grey: bool = False) -> list[Raw]:
    """Return images as a list of paths, str, bytes, PIL images and arrays (H, W), (H, W, 1 | 3 | 4).

    ``given`` is a list, tuple, Series, column, iterator or one-dimensional array of images; or an array (N, H, W) or
    (N, H, W, 1 | 3 | 4), uint8 or float in [0, 1]; or a tensor. Channels of a tensor may come first, also of tensors in
    a list. ``few_grey`` reads an array (3, H, W) as three grey images, although it could also be one colour image.
    Raises InputsError for anything else.
    """
    if isinstance(given, Image.Image):
        raise InputsError("inputs-one-image")
    if _is_tensor(given) and given.ndim == 4:
        given = _channels_last(given)
    listed = _listed(given, "image", lambda values: _image_array(values, few_grey=few_grey))
    return [_channels_last(one) if _is_tensor(one) else one for one in listed]


def text_list(given: Any, *, few_grey: bool = False) -> list[Raw]:  # noqa: ARG001 - for images only
    """Return texts as a list of str, paths, bytes and TextPairs; InputsError if ``given`` is no sequence of these.

    A tuple or list of two str, or a row of an array (N, 2) of them, is a pair of texts.
    """
    return [TextPair(*one) if is_pair(one) else one for one in _listed(given, "text", _cells)]


def is_pair(one: Any) -> bool:
    """Return whether ``one`` is a pair of texts: a tuple or list of two str."""
    return isinstance(one, tuple | list) and len(one) == 2 and all(isinstance(text, str) for text in one)


def as_sequence(given: Any) -> Any:
    """Return an iterator as a list, which can be read more than once; anything else unchanged."""
    return list(given) if hasattr(given, "__next__") and not isinstance(given, io.IOBase) else given


def _listed(given: Any, modality: Modality, of_array: Callable[[np.ndarray], list[Any]]) -> list[Any]:
    kind = type(given).__name__
    if isinstance(given, str | bytes | bytearray | memoryview | os.PathLike):
        name = "path" if isinstance(given, os.PathLike) else kind
        raise InputsError("inputs-one-item", type=name, modality=modality)
    if isinstance(given, io.IOBase):
        raise InputsError("inputs-open-file", modality=modality)
    if isinstance(given, AbstractSet):
        raise InputsError("inputs-unordered", type=kind, modality=modality)
    if isinstance(given, Mapping):
        keys, more = _few(given)
        raise InputsError("inputs-mapping", type=kind, keys=keys, more=more, modality=modality)
    columns = _columns(given)
    if columns is not None and (len(columns) != 1 or not hasattr(given, "__array__")):
        few, more = _few(columns)
        first = repr(columns[0] if columns else "column")
        raise InputsError("inputs-table", type=kind, columns=few, more=more, first=first, modality=modality)
    if not isinstance(given, list | tuple) and hasattr(given, "__array__"):
        return of_array(_as_numpy(given))
    try:
        return list(given)
    except TypeError:
        raise InputsError("inputs-wrong-type", type=kind, modality=modality) from None


def _columns(given: Any) -> list[str] | None:
    """Return the names of a table's columns (pandas, polars, Arrow, Hugging Face); None if it is not a table."""
    if isinstance(given, list | tuple | np.ndarray):
        return None
    named = getattr(given, "column_names", None)  # before "columns", which holds the data in an Arrow table
    named = getattr(given, "columns", None) if named is None else named
    return None if named is None or callable(named) else [str(name) for name in named]


def _few(names: Any) -> tuple[list[str], int]:
    """Return the first names, for a message, and the number of the others."""
    shown = [f"{name!s:.40}" for name in names]
    return shown[:SHOWN], max(0, len(shown) - SHOWN)


def _cells(values: np.ndarray) -> list[Any]:
    if values.dtype.kind in "OUT" and values.ndim == 2 and values.shape[1] == 2:
        return [tuple(row) for row in values.tolist()]
    if not _is_column(values):
        raise InputsError("inputs-text-shape", shape=str(values.shape), dtype=values.dtype)
    return values.ravel().tolist()


def _is_column(values: np.ndarray) -> bool:
    return values.dtype.kind in "OSUT" and (values.ndim == 1 or values.shape[1:] == (1,))


def _image_array(values: np.ndarray, *, few_grey: bool) -> list[Any]:
    shape = values.shape
    if _is_column(values):
        return values.ravel().tolist()
    if values.ndim in (3, 4) and shape[0] == 0:
        return []
    if values.ndim not in (3, 4) or values.size == 0:
        raise InputsError("inputs-image-shape", shape=str(shape))
    if values.ndim == 3 and shape[2] in (3, 4):
        raise InputsError("inputs-colour-or-grey", shape=str(shape), count=shape[0], width=shape[2])
    if values.ndim == 3 and shape[0] in (3, 4) and not few_grey:
        raise InputsError("inputs-channels-first-or-grey", shape=str(shape), count=shape[0])
    if values.ndim == 4 and shape[3] not in CHANNELS:
        channels = "first" if shape[1] in CHANNELS else "unclear"
        raise InputsError("inputs-channels", shape=str(shape), channels=channels)
    if values.dtype != np.uint8 and values.dtype.kind != "f":
        raise InputsError("inputs-dtype", dtype=values.dtype)
    if values.dtype == np.uint8 and values.max() == 1:
        raise InputsError("inputs-uint8-to-one")
    if values.dtype.kind == "f":
        # fmin and fmax ignore NaN, which affects single images only.
        low, high = float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None))
        if low < 0 or high > 1:
            raise InputsError("inputs-float-range", low=low, high=high)
        if 0 < high < TOO_DARK:
            raise InputsError("inputs-too-dark", low=low, high=high)
    return list(values)


def _is_tensor(given: Any) -> bool:
    """Return whether ``given`` is a PyTorch tensor, without importing torch."""
    return type(given).__module__.partition(".")[0] == "torch" and hasattr(given, "detach")


def _as_numpy(given: Any) -> np.ndarray:
    if not _is_tensor(given):
        return np.asarray(given)
    tensor = given.detach().cpu()
    return np.asarray(tensor.float() if tensor.is_floating_point() else tensor)  # numpy has no bfloat16


def _channels_last(tensor: Any) -> np.ndarray:
    """Return a tensor (..., C, H, W) as an array (..., H, W, C); the axes stay if channels are last or absent."""
    values = _as_numpy(tensor)
    first = values.ndim >= 3 and values.shape[-3] in CHANNELS and values.shape[-1] not in CHANNELS
    return np.moveaxis(values, -3, -1) if first else values


def guess_modality(given: Any) -> Modality:
    """Return the modality of a sequence: strings are texts unless most of them have the suffix of an image file.

    Paths are texts if most end in ``.txt``, and pairs of strings are texts. Everything else is images.
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


def shortened(text: str, characters: int = 60) -> str:
    """Return ``text``, cut to ``characters`` with three dots at the end."""
    return text if len(text) <= characters else f"{text[: characters - 3]}..."


def _items(given: Any) -> list[Any]:
    """Return the elements of a list, tuple, Series or array of objects or strings; an empty list for anything else."""
    if isinstance(given, str | bytes | Path):
        return []
    if not isinstance(given, list | tuple) and hasattr(given, "__array__"):
        array = np.asarray(given)
        return array.ravel().tolist() if array.dtype.kind in "OSU" else []
    return list(given) if isinstance(given, list | tuple) else []


def text_in_json(text: str) -> str | tuple[str, ...]:
    """Return a text for JSON: a pair as a tuple of its two texts, any other text unchanged."""
    return texts_in(text) if isinstance(text, TextPair) else text


def text_from_json(text: str | Sequence[str]) -> str:
    """Return the text that ``text_in_json`` wrote."""
    return text if isinstance(text, str) else TextPair(*text)
