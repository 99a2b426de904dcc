"""The settings of preprocessing, written under timm's keys and read back."""

from __future__ import annotations

import pytest

from ghep.data.image.preprocess import ImagePreprocess


def test_settings_under_timms_keys_are_read_back_at_every_size() -> None:
    wrong = []
    for size in (32, 96, 160, 224, 256, 299, 384):
        for resize_to in range(size, 2 * size + 1):
            preprocess = ImagePreprocess(size, size, resize_to)
            if ImagePreprocess.from_timm(preprocess.to_timm()) != preprocess:
                wrong.append((size, resize_to))
    assert wrong == []


@pytest.mark.parametrize("crop_mode", ["center", "squash"])
def test_all_settings_are_read_back(crop_mode: str) -> None:
    preprocess = ImagePreprocess(96, 128, 110, "bicubic", (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), crop_mode)  # type: ignore[arg-type]
    assert ImagePreprocess.from_timm(preprocess.to_timm()) == preprocess
