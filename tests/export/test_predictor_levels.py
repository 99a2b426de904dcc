"""predict reports images of more than 8 bits with another scale than the training images, for every kind of input."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.cli.app import run
from ghep.data.image.levels import Levels
from ghep.export.predictor import Predictor
from ghep.model.bundle import Bundle, save_bundle
from ghep.types import Finding
from tiny import SIZE, tiny_model

IMAGES = np.random.default_rng(0).integers(0, 256, (6, SIZE, SIZE)).astype(np.uint16)


def predictor(levels: Levels) -> Predictor:
    model = tiny_model()
    model.backbone.preprocess = replace(model.backbone.preprocess, levels=levels)
    return Predictor(Bundle(model.eval(), {"label": 1.0}, {}, os.curdir), engine="torch-float32")  # type: ignore[arg-type]


def files(folder: Path, images: np.ndarray) -> list[Path]:
    paths = [folder / f"{place}.png" for place in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    return paths


def test_files_and_arrays_of_12_bits_are_reported_to_a_model_of_16(tmp_path: Path) -> None:
    model = predictor(Levels(integers=(0, 65535)))
    for inputs in (files(tmp_path, IMAGES * 16), list(IMAGES * 16)):
        found: list[Finding] = []
        assert all(one.label for one in model.predict(inputs, report=found.append))
        assert [(one.code, one.severity) for one in found] == [("other-levels", "error")]
        for call in (model.predict, model.predict_proba):
            with pytest.warns(UserWarning, match=r"to 4,080|to 4,095 .white: 12 bits") as caught:
                call(inputs)
            assert caught[0].filename == __file__


def test_floats_from_0_to_1_are_reported_to_a_model_of_0_to_255() -> None:
    images = IMAGES.astype(np.float32) / 255
    for inputs in (list(images), images):
        with pytest.warns(UserWarning, match="was trained on floats from 0 .black. to 255"):
            predictor(Levels(floats=(0, 255))).predict(inputs)


def test_12_and_16_bits_in_one_call_are_reported() -> None:
    images = np.random.default_rng(1).integers(0, 256, (16, SIZE, SIZE)).astype(np.uint16)
    images[:, 0, :8] = 255
    mixed = [image * (257 if at % 2 else 16) for at, image in enumerate(images)]
    found: list[Finding] = []
    predictor(Levels(integers=(0, 65535))).predict(mixed, report=found.append)
    assert [(one.code, one.severity) for one in found] == [("bit-depths-differ", "warning")]
    assert found[0].message.startswith("8 files use 12 bits and 8 use 16 bits")


def test_the_scale_of_training_and_8_bits_are_not_reported(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = predictor(Levels(integers=(0, 65535)))
        assert model.predict(files(tmp_path, IMAGES * 257)) and model.predict(list(IMAGES.astype(np.uint8)))
        assert model.predict([IMAGES[0] * 60])  # one dark image


def test_the_command_reports_it_on_stderr_with_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = predictor(Levels(integers=(0, 65535))).model
    save_bundle(tmp_path / "b", model, calibration={}, training={}, metrics={}, card="")
    paths = [str(path) for path in files(tmp_path, IMAGES * 16)]
    assert run(["predict", str(tmp_path / "b"), *paths, "--json"]) == 1
    said = capsys.readouterr()
    assert len(json.loads(said.out)) == len(paths)
    assert "integers from 0 (black) to 65,535 (white: 16 bits)" in said.err and "[other-levels]" in said.err
    assert run(["predict", str(tmp_path / "b"), paths[0]]) == 0  # a single image may be dark
    assert "warning: this image has integers" in capsys.readouterr().err
