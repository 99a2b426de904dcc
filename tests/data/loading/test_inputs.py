"""Inputs in memory: each form is read as images or texts, or refused with a message."""

from __future__ import annotations

import io
from collections import UserDict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image

from ghep.data.loading.inputs import image_list, text_list
from ghep.errors import ConfigError, InputsError

COLOUR = np.random.default_rng(0).integers(0, 255, (5, 6, 7, 3), dtype=np.uint8)
GREY = COLOUR[..., 0]


class Frame:
    """The common interface of pandas and polars: column names, and an array (N, columns)."""

    def __init__(self, **columns: list[str]) -> None:
        self.columns = list(columns)
        self.values = np.array(list(columns.values()), dtype=object).T

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self.values

    def __iter__(self) -> Any:
        return iter(self.columns)


def tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.moveaxis(values, -1, -3).copy())


@pytest.mark.parametrize(
    "given",
    [
        COLOUR,
        list(COLOUR),
        tuple(COLOUR),
        (one for one in COLOUR),
        tensor(COLOUR),
        torch.from_numpy(COLOUR),
        list(tensor(COLOUR)),
        [torch.from_numpy(one) for one in COLOUR],
    ],
    ids=["array", "list", "tuple", "generator", "NCHW tensor", "NHWC tensor", "CHW tensors", "HWC tensors"],
)
def test_every_form_of_colour_images_gives_the_same_list(given: Any) -> None:
    found = image_list(given)
    assert len(found) == 5 and all(np.array_equal(one, two) for one, two in zip(found, COLOUR, strict=True))


def test_tensors_of_floats_are_read_whatever_their_precision_and_gradient() -> None:
    white = torch.ones(2, 3, 4, 5, dtype=torch.bfloat16, requires_grad=True)
    assert [one.shape for one in image_list(white)] == [(4, 5, 3)] * 2
    assert image_list([white[0]])[0].dtype == np.float32


@pytest.mark.parametrize("given", [GREY, GREY[..., None], torch.from_numpy(GREY), GREY[:1]])
def test_grey_images(given: Any) -> None:
    assert all(np.array_equal(np.squeeze(one), two) for one, two in zip(image_list(given), GREY, strict=False))


def test_items_of_lists_are_unchanged() -> None:
    mixed = ["a.jpg", Path("b.png"), b"bytes", Image.new("L", (2, 2)), COLOUR[0], None]
    assert all(one is two for one, two in zip(image_list(mixed), mixed, strict=True))
    assert image_list(np.array(["a.jpg", "b.jpg"])) == ["a.jpg", "b.jpg"]
    assert image_list([]) == image_list(COLOUR[:0]) == text_list([]) == []


@pytest.mark.parametrize(
    "given",
    [["a", "b"], ("a", "b"), iter(["a", "b"]), np.array(["a", "b"]), Frame(text=["a", "b"]), pa.array(["a", "b"])],
    ids=["list", "tuple", "iterator", "array", "one column", "Arrow column"],
)
def test_every_form_of_texts_gives_the_same_list(given: Any) -> None:
    assert [str(one) for one in text_list(given)] == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "said", "fix"),
    [
        (Image.new("RGB", (4, 4)), "one image", r"\[image\]"),
        (COLOUR[0], r"\(6, 7, 3\): it could be one colour image, or 6 grey images 3 pixels wide", r"X\[None\]"),
        (
            np.moveaxis(COLOUR[0], -1, 0),
            r"\(3, 6, 7\): it could be one colour image with its channels",
            r"moveaxis\(X, 0",
        ),
        (tensor(COLOUR)[0], r"\(3, 6, 7\): it could be one colour image with its channels first", r"moveaxis\(X, 0"),
        (GREY[0], r"shape \(6, 7\)", "single image .* into a list"),
        (np.moveaxis(COLOUR, -1, 1), "channels last", r"moveaxis\(X, 1, -1\)"),
        (np.zeros((2, 8, 8, 5)), "channels last", "RGB"),
        (COLOUR.astype(int), "dtype int64", "uint8"),
        (COLOUR.astype(float), "floats from 0 to", "divide by"),
        (torch.randn(2, 3, 8, 8), "floats from -", "before they are normalised"),
        (COLOUR / 255 / 255, r"floats from 0 to 0\.00\d+; expected 0 \(black\) to 1", "255 once, not twice"),
        ((COLOUR > 9).astype(np.uint8), "uint8 values from 0 to 1; expected 0 to 255", r"X \* 255"),
        (COLOUR > 9, "dtype bool", r"X\.astype\(np\.uint8\) \* 255$"),
        (np.zeros(5), r"shape \(5,\)", "rows of numbers"),
        (np.float32(3), r"shape \(\)", "into a list"),
        ("a.jpg", "one str", "into a list"),
        (Path("a.jpg"), "one path", "into a list"),
        (b"x", "one bytes", "into a list"),
        (bytearray(b"x"), "one bytearray", "into a list"),
        (io.BytesIO(b"x"), "an open file", "path"),
        ({"a.jpg", "b.jpg"}, "a set, which has no order", "list"),
        ({"a": 1, "b": 2}.keys(), "no order", "list"),
        ({"path": ["a.jpg"]}, "a dict with the keys path", "values"),
        (UserDict(path=1), "keys path", "values"),
        (Frame(path=["a"], label=["b"]), "a table .* with the columns path, label", r"table\['path'\]"),
        (pa.table({"path": ["a"], "label": ["b"]}), "a table .* path, label", "column"),
        (Frame(**{f"c{place}": ["a"] for place in range(30)}), "c7 and 22 more", "column"),
        (7, "of type int", "list"),
        (None, "of type NoneType", "list"),
    ],
)
def test_other_inputs_than_images_are_refused_with_a_message(given: Any, said: str, fix: str) -> None:
    with pytest.raises(InputsError, match=said) as refused:
        image_list(given)
    with pytest.raises(InputsError, match=fix):
        raise InputsError(refused.value.remedy)
    assert isinstance(refused.value, ConfigError) and isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    "given",
    [
        *(
            "one text",
            b"x",
            Path("a.txt"),
            {"a", "b"},
            {"text": ["a"]},
            7,
            np.zeros((3, 4)),
            np.array([["a", "b", "c"]]),
        ),
        *(io.StringIO("a"), Frame(a=["x"], b=["y"]), torch.zeros(3, dtype=torch.long), Image.new("L", (2, 2))),
    ],
)
def test_other_inputs_than_texts_are_refused(given: Any) -> None:
    with pytest.raises(InputsError, match="texts"):
        text_list(given)


def test_three_grey_images_with_few_grey() -> None:
    assert len(image_list(GREY[:3], few_grey=True)) == 3
