"""What a person passes to ``predict`` or ``fit`` in memory -> a list of raws, or an error that says what to pass.

One check for the Predictor and the estimator. What is wrong with the whole (one image instead of a list, a set, a
table, an array of another shape, dtype or range) is said here; what is wrong with one input of a list is found when it
is loaded, and costs the others nothing.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
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
"""Columns that a message names."""


def image_list(given: Any, *, few_grey: bool = False) -> list[Raw]:
    """Return images as a list of paths, str, bytes, PIL images and arrays (H, W), (H, W, 1 | 3 | 4).

    ``given`` is a list, tuple, Series, column, iterator or one-dimensional array of such; an array (N, H, W) or
    (N, H, W, 1 | 3 | 4), uint8 or float in [0, 1]; or a tensor, which may have its channels first, as may those in a
    list. ``few_grey`` reads an array (3, H, W) as three grey images, where it could be one colour image as well.
    Raises InputsError for anything else.
    """
    if isinstance(given, Image.Image):
        raise InputsError("the input is one image; expected a sequence of images", remedy="put it into a list: [image]")
    if _is_tensor(given) and given.ndim == 4:
        given = _channels_last(given)
    listed = _listed(given, "images", lambda values: _image_array(values, few_grey=few_grey))
    return [_channels_last(one) if _is_tensor(one) else one for one in listed]


def text_list(given: Any, *, few_grey: bool = False) -> list[Raw]:  # noqa: ARG001 - of images
    """Return texts as a list of str, paths, bytes and TextPairs; InputsError where ``given`` is no sequence of them.

    A tuple or list of two str, and a row of an array (N, 2) of them, is a pair of texts.
    """
    return [TextPair(*one) if is_pair(one) else one for one in _listed(given, "texts", _cells)]


def is_pair(one: Any) -> bool:
    """Return whether ``one`` is two str in a tuple or list: a pair of texts."""
    return isinstance(one, tuple | list) and len(one) == 2 and all(isinstance(text, str) for text in one)


def as_sequence(given: Any) -> Any:
    """Return an iterator as a list, so that it can be looked at and read afterwards; anything else as it is."""
    return list(given) if hasattr(given, "__next__") and not isinstance(given, io.IOBase) else given


def _listed(given: Any, things: str, of_array: Callable[[np.ndarray], list[Any]]) -> list[Any]:
    kind = type(given).__name__
    if isinstance(given, str | bytes | bytearray | memoryview | os.PathLike):
        name = "path" if isinstance(given, os.PathLike) else kind
        raise InputsError(f"the input is one {name}; expected a sequence of {things}", remedy="put it into a list")
    if isinstance(given, io.IOBase):
        raise InputsError(
            f"the input is an open file; expected a sequence of {things}",
            remedy="pass its path or what it holds, in a list",
        )
    if isinstance(given, AbstractSet):
        raise InputsError(
            f"the input is a {kind}, which has no order; expected a sequence of {things}",
            remedy="pass a list, so that answers can be matched with inputs: sorted(...)",
        )
    if isinstance(given, Mapping):
        raise InputsError(
            f"the input is a {kind} with the keys {_few(given)}; expected a sequence of {things}",
            remedy="pass its values as a list, or the one column that holds them",
        )
    columns = _columns(given)
    if columns is not None and (len(columns) != 1 or not hasattr(given, "__array__")):
        raise InputsError(
            f"the input is a table ({kind}) with the columns {_few(columns)}; expected a sequence of {things}",
            remedy=f"pass the column that holds the {things}: table[{columns[0] if columns else 'column'!r}]",
        )
    if not isinstance(given, list | tuple) and hasattr(given, "__array__"):
        return of_array(_as_numpy(given))
    try:
        return list(given)
    except TypeError:
        raise InputsError(
            f"the input is of the type {kind}; expected a list or an array of {things}", remedy="put it into a list"
        ) from None


def _columns(given: Any) -> list[str] | None:
    """Return the names of the columns of a table (pandas, polars, Arrow, Hugging Face); None if it is no table."""
    if isinstance(given, list | tuple | np.ndarray):
        return None
    named = getattr(given, "column_names", None)  # before "columns", which holds the data in an Arrow table
    named = getattr(given, "columns", None) if named is None else named
    return None if named is None or callable(named) else [str(name) for name in named]


def _few(names: Any) -> str:
    shown = [f"{name!s:.40}" for name in names]
    return ", ".join(shown[:SHOWN]) + (f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else "")


def _cells(values: np.ndarray) -> list[Any]:
    if values.dtype.kind in "OUT" and values.ndim == 2 and values.shape[1] == 2:
        return [tuple(row) for row in values.tolist()]
    if not _is_column(values):
        raise InputsError(
            f"the input has shape {values.shape} and dtype {values.dtype}; expected a list or an array (N,) of texts, "
            "or (N, 2) of pairs",
            remedy="pass the texts themselves, in one dimension",
        )
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
        raise InputsError(
            f"the input has shape {shape}; expected (N, H, W) or (N, H, W, 1, 3 or 4)",
            remedy="put a single image (H, W) into a list; rows of numbers are no images: reshape each to its height "
            "and width",
        )
    if values.ndim == 3 and shape[2] in (3, 4):
        raise InputsError(
            f"the input has shape {shape}: one colour image, or {shape[0]} grey ones, {shape[2]} wide?",
            remedy="write X[None] for the first, X[..., None] for the second",
        )
    if values.ndim == 3 and shape[0] in (3, 4) and not few_grey:
        raise InputsError(
            f"the input has shape {shape}: one colour image with its channels first, or {shape[0]} grey ones?",
            remedy="write np.moveaxis(X, 0, -1)[None] for the first, X[..., None] for the second",
        )
    if values.ndim == 4 and shape[3] not in CHANNELS:
        first = shape[1] in CHANNELS
        raise InputsError(
            f"the input has shape {shape}; expected the 1, 3 or 4 channels last",
            remedy="np.moveaxis(X, 1, -1)" if first else "pass RGB, RGBA or grey images",
        )
    if values.dtype != np.uint8 and values.dtype.kind != "f":
        raise InputsError(
            f"the input has dtype {values.dtype}; expected uint8, or float from 0 to 1",
            remedy="X.astype(np.uint8) * 255" if values.dtype == bool else "X.astype(np.uint8) if values are 0 to 255",
        )
    if values.dtype == np.uint8 and values.max() == 1:
        raise InputsError(
            "the input has uint8 from 0 to 1; expected 0 to 255, and images so dark show nothing",
            remedy="X * 255 for masks of 0 and 1; if floats from 0 to 1 were cast to uint8, pass them as they were",
        )
    if values.dtype.kind == "f":
        low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)  # NaN is one image's trouble
        if low < 0 or high > 1:
            raise InputsError(
                f"the input has floats from {low:g} to {high:g}; expected 0 to 1",
                remedy="divide by what white is (255); pass images before any normalisation by mean and std",
            )
        if 0 < high < TOO_DARK:
            raise InputsError(
                f"the input has floats from {low:g} to {high:g}; expected 0 (black) to 1 (white), and images so dark "
                "show nothing",
                remedy="divide by 255 once, not twice; if these values are right, divide by what white is",
            )
    return list(values)


def _is_tensor(given: Any) -> bool:
    """Whether it is a tensor of PyTorch, without importing it."""
    return type(given).__module__.partition(".")[0] == "torch" and hasattr(given, "detach")


def _as_numpy(given: Any) -> np.ndarray:
    if not _is_tensor(given):
        return np.asarray(given)
    tensor = given.detach().cpu()
    return np.asarray(tensor.float() if tensor.is_floating_point() else tensor)  # numpy has no bfloat16


def _channels_last(tensor: Any) -> np.ndarray:
    """Return (..., H, W, C) of a tensor (..., C, H, W); one that has them last already, or none, as it is."""
    values = _as_numpy(tensor)
    first = values.ndim >= 3 and values.shape[-3] in CHANNELS and values.shape[-1] not in CHANNELS
    return np.moveaxis(values, -3, -1) if first else values


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


def shortened(text: str, characters: int = 60) -> str:
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


def text_in_json(text: str) -> str | tuple[str, ...]:
    """Return a text as JSON holds it: of a pair, its two texts."""
    return texts_in(text) if isinstance(text, TextPair) else text
