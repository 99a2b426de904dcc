"""Nothing that a user reads escapes the catalogue: in a pseudo language every letter of a message has an accent.

What is left in plain letters on stdout and stderr, in findings and in the report has to be a parameter: a name, a path,
a number, a key of the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from fluent.syntax import FluentParser, FluentSerializer
from fluent.syntax.ast import TextElement
from fluent.syntax.visitor import Visitor
from PIL import Image

from ghep.cli.app import run
from ghep.messages import catalogue, locale

ACCENTS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "àƀçďéƒĝĥìĵķļɱñôƥɋŕšťùṽŵẋýžÀßÇĎÉƑĜĤÌĴĶĻṀÑÔƤɊŔŠŤÙṼŴẊÝŽ"
)
NAMES = {
    *("dark", "light", "rows", "photos", "train", "valid", "test", "label", "small", "image", "images", "texts"),
    *("linear_probe", "linear_hog", "random_features", "scratch", "majority", "full", "progressive", "zero_shot"),
    *("accuracy", "macro_f1", "balanced_accuracy", "log_loss", "brier", "ece", "auroc", "float32"),
    *("torch", "openvino", "adamw", "LogME", "H-score", "efficientnet-lite0", "linear_ngrams"),
    *("examples", "ghep"),  # the source of the embedded backbone, as its card has it
    *("best", "probe", "always"),  # rules of the measured record of advice
}
"""Parameters: of the data, of strategies, splits and scores."""


class Accented(Visitor):
    """Gives every letter of the texts an accent; parameters, selectors and functions stay."""

    def visit_TextElement(self, node: TextElement) -> None:  # noqa: N802
        node.value = node.value.translate(ACCENTS)


@pytest.fixture(scope="module")
def pseudo() -> Mapping[str, str]:
    found = {}
    for code, source in catalogue().items():
        parsed = FluentParser().parse(source)
        Accented().visit(parsed)
        found[code] = FluentSerializer().serialize(parsed)
    return found


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("data") / "photos", np.random.default_rng(0)
    for place, name in enumerate(("dark", "light")):
        (folder / name).mkdir(parents=True)
        for number in range(24):
            pixels = rng.integers(0, 100, (40, 40, 3), dtype=np.uint8) + np.uint8(60 * place)
            Image.fromarray(pixels).save(folder / name / f"{number:02}.png")
    return folder


def plain_words(text: str, *, known: set[str]) -> Iterator[str]:
    """Yield the words in plain letters: not paths, numbers with units, flags, keys with underscores, codes in []."""
    text = re.sub(r"\S*[/\\]\S*|\[[a-z-]+\]|--[a-z-]+|\b[A-Z_]{2,}\b|\S*=\S*|\S+\.(?:png|csv|json|html)\b", " ", text)
    for word in re.findall(r"(?<![\w-])[A-Za-z][A-Za-z_-]{3,}(?![\w-])", text):
        if word not in known:
            yield word


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "fit", "compare", "predict", "evaluate", "advise"])
def test_no_english_escapes(
    command: str,
    photos: Path,
    small_backbone: str,
    pseudo: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GHEP_CACHE", str(tmp_path / "cache"))
    bundle = tmp_path / "r" / "bundle"
    few = ["--backbone", small_backbone, "--out", str(tmp_path / "r")]
    arguments = {
        "check": [str(photos)],
        "fit": [str(photos), *few, "--strategy", "light", "--epochs", "2"],
        "compare": [str(photos), *few, "--strategies", "linear_probe,light", "--seeds", "2", "--jobs", "1"],
        "predict": [str(bundle), str(photos / "dark"), str(photos / "nowhere.png")],
        "evaluate": [str(bundle), str(photos)],
        "advise": [str(photos), "--backbones", small_backbone],
    }
    if command in ("predict", "evaluate"):
        assert run(["fit", str(photos), *few]) in (0, 1)
        capsys.readouterr()
    monkeypatch.setattr("ghep.advice.candidates.at_hand", lambda _: [])  # the default takes most of the time
    with locale("pseudo", pseudo):
        run([command, *arguments[command]])
        told = capsys.readouterr()
    assert re.search("[àéôù]{1}", told.out + told.err), "nothing of it came from the catalogue"
    left = sorted({*plain_words(told.out + told.err, known=NAMES)})
    assert not left, told.out + told.err
