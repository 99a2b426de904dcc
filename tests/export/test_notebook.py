"""Display of predictions in notebooks."""

from __future__ import annotations

import base64
import io
import json
import pickle
from pathlib import Path

import pytest
from PIL import Image
from tests.display.shown import HOSTILE, harmless

from ghep.export.prediction import Prediction, Predictions

CLASSES = {HOSTILE: 0.62, "bee": 0.2, "wasp": 0.1, "fly": 0.05, "moth": 0.02, "ant": 0.01}


def predicted(name: str, task: str = "label") -> Prediction:
    return Prediction(name, task, HOSTILE, 0.62, CLASSES)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "a & b <i>.png"
    Image.new("RGB", (400, 200), (200, 30, 30)).save(path)
    return str(path)


def test_an_image_is_shown_small_beside_its_five_likeliest_classes(photo: str) -> None:
    page = harmless(predicted(photo)._repr_html_(), most_bytes=4000)
    (image,) = page.all("img")
    data = base64.b64decode(str(image["src"]).partition("base64,")[2])
    assert Image.open(io.BytesIO(data)).size == (96, 48)
    assert HOSTILE in page.words and photo in page.words
    assert [name for name in CLASSES if f"{name} 0." in page.words] == list(CLASSES)[:5]
    assert "and 1 more class" in page.words


@pytest.mark.parametrize("name", ["/gone/missing.png", "input 3", "a" * 9000 + ".png", "x\0.png", "\udcff.png", ""])
def test_what_cannot_be_read_is_shown_without_an_image(name: str) -> None:
    for value in (predicted(name), Predictions([predicted(name)])):
        shown = value._repr_html_()
        assert not harmless(shown).all("img")
        assert HOSTILE in harmless(shown).words, "its label is shown all the same"
        assert shown.encode("utf-8")


def test_a_damaged_file_and_a_text_are_shown_without_an_image(tmp_path: Path) -> None:
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    for name in (str(tmp_path / "damaged.png"), "What <b>a film</b> & so on. " * 40):
        page = harmless(predicted(name)._repr_html_())
        assert not page.all("img")
    assert "What <b>a film</b> & so on." in page.words and page.words.count("film") < 10


def test_a_list_is_a_table_of_its_first_rows(photo: str) -> None:
    refused = Prediction("b.png", "label", None, None, {}, "truncated: cut <short>")
    found = Predictions([predicted(photo), refused, *(predicted(f"input {place}") for place in range(2, 500))])
    page = harmless(found._repr_html_())
    assert len(page.all("img")) == 1
    assert page.words.startswith("500 predictions 1 unusable")
    assert "b.png truncated: cut <short> no prediction" in page.words
    assert "and 480 more" in page.words
    assert "task" not in page.words
    assert "task" in harmless(Predictions([predicted("a"), predicted("a", "size")])._repr_html_()).words
    assert "0 predictions" in harmless(Predictions()._repr_html_()).words


def test_of_a_set_of_classes_the_next_one_is_outside_it() -> None:
    several = Prediction("a", "kinds", "bee|wasp", 0.7, {"bee": 0.9, "wasp": 0.8, "ant": 0.3})
    nothing = Prediction("b", "kinds", "", 0.7, {"bee": 0.1})
    words = harmless(Predictions([several, nothing])._repr_html_()).words
    assert "bee|wasp 0.700 ant 0.300" in words
    assert "none of the classes" in words


def test_predictions_are_a_list() -> None:
    found = Predictions([predicted("a"), predicted("b")])
    assert isinstance(found, list) and found == [predicted("a"), predicted("b")]
    assert isinstance(found[:1], Predictions) and found[0] == predicted("a") and found[-1].input == "b"
    assert pickle.loads(pickle.dumps(found)) == found
    assert json.dumps([one.label for one in found])


def test_a_prediction_is_one_short_line() -> None:
    said = Prediction("a.png", "label", "cat", 0.987654, {f"class {at}": 0.01 for at in range(100)})
    assert repr(said) == "<Prediction of a.png: cat (0.988)>"
    assert repr(Prediction("b.png", "label", None, None, {}, "empty: zero bytes")) == (
        "<Prediction of b.png: empty: zero bytes>"
    )
