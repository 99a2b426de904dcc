"""The page of a web export, in Chromium: opened as a file and from a static server, it answers as the bundle does."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.export.test_onnx import CALIBRATION, tiny_bundle

import ghep
from browser import Chromium, Tab
from ghep.export.web.build import web_files
from ghep.model.bundle import load_bundle
from ghep.tasks.classification import Classification
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.regression import Regression
from small_bert import reviews, small_bert, write_table

pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror=alert(1)>"
TASKS = (
    Classification("animal", ("ant", HOSTILE, "cat", "dog", "eel", "fox", "gnu")),
    MultiLabel("seen", ("leaf", "sky")),
    Rating("stars", ("1", "2", "3")),
    Regression("weight", 30.0, 12.0),
)
PLACES = ("file", "server")


@pytest.fixture(scope="module")
def image_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert {task.name for task in TASKS} == set(CALIBRATION)
    return tiny_bundle(tmp_path_factory.mktemp("images") / "bundle", *TASKS)


@pytest.fixture(scope="module")
def image_folder(image_bundle: Path, libraries: Path) -> Path:
    return written(image_bundle, libraries, "ants & bees <b>")


@pytest.fixture(scope="module")
def text_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    texts, labels = reviews(60)
    data = write_table(folder / "reviews.csv", text=texts, label=labels)
    return ghep.fit(data, backbone=small_bert(folder / "bert"), out=folder / "run", workers=1).bundle


@pytest.fixture(scope="module")
def text_folder(text_bundle: Path, libraries: Path) -> Path:
    return written(text_bundle, libraries, "reviews")


def written(bundle: Path, libraries: Path, name: str) -> Path:
    folder = bundle.parent / "web"
    folder.mkdir()
    for file, content in web_files(load_bundle(bundle), name, runtime=libraries).items():
        (folder / file).write_bytes(content)
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def ready(chromium: Chromium, folder: Path, place: str, **options: Any) -> Iterator[Tab]:
    """The page when its model is loaded; at the end it must have done nothing that it may not."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/" if place == "server" else (folder / "standalone.html").as_uri()
    try:
        with chromium.open(url, **options) as tab:
            tab.page.wait_for_selector("#status:not([data-state=loading])[data-state]", timeout=60_000)
            assert tab.page.inner_text("#status").startswith("Ready"), tab.page.inner_text("#status")
            yield tab
            assert (tab.errors, tab.outside, tab.refused) == ([], [], [])
    finally:
        server.shutdown()
        server.server_close()


def png(seed: int = 0, size: tuple[int, int] = (50, 40)) -> bytes:
    file = io.BytesIO()
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize(size).save(file, "PNG")
    return file.getvalue()


def predicted(tab: Tab, raw: bytes | str) -> list[dict[str, Any]]:
    """The answers of the model on the page."""
    if isinstance(raw, str):
        return tab.page.evaluate("(text) => ghep.model.predict(text, text)", raw)
    encoded = base64.b64encode(raw).decode()
    return tab.page.evaluate(
        "(text) => ghep.model.predict(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)), 'it')", encoded
    )


def assert_same(predictor: Any, raw: bytes | str, found: list[dict[str, Any]]) -> None:
    for expected, one in zip(predictor.predict([raw]), found, strict=True):
        assert (one["task"], one["label"]) == (expected.task, expected.label)
        assert one["probabilities"] == pytest.approx(expected.probabilities, abs=1e-5)
        assert one["probability"] == (expected.probability and pytest.approx(expected.probability, abs=1e-5))
        assert one["value"] == (expected.value and pytest.approx(expected.value, rel=1e-5))
        if expected.interval:
            assert one["interval"] == pytest.approx([expected.interval.low, expected.interval.high], abs=1e-3)


@pytest.mark.parametrize("place", PLACES)
def test_images_have_the_answers_of_the_bundle(
    place: str, chromium: Chromium, image_bundle: Path, image_folder: Path
) -> None:
    predictor = ghep.load(image_bundle)
    with ready(chromium, image_folder, place) as tab:
        for seed in range(3):
            raw = png(seed, (50 + 37 * seed, 140 - 50 * seed))
            assert_same(predictor, raw, predicted(tab, raw))


@pytest.mark.parametrize("place", PLACES)
def test_texts_have_the_answers_of_the_bundle(
    place: str, chromium: Chromium, text_bundle: Path, text_folder: Path
) -> None:
    predictor = ghep.load(text_bundle)
    with ready(chromium, text_folder, place) as tab:
        for raw in ("a good film", "an awful plot", "👍🏽 naïve 東京", "word " * 500):
            assert_same(predictor, raw, predicted(tab, raw))


def test_an_image_is_chosen_and_its_answer_shown(chromium: Chromium, image_bundle: Path, image_folder: Path) -> None:
    expected = ghep.load(image_bundle).predict([png()])
    with ready(chromium, image_folder, "file") as tab:
        assert tab.page.inner_text("h1") == "ants & bees <b>"
        file = {"name": "a<b>.png", "mimeType": "image/png", "buffer": png()}
        tab.page.set_input_files("#file", [file])  # type: ignore[list-item]
        article = tab.page.locator("article").first
        article.wait_for()
        assert article.locator("h3").inner_text() == "a<b>.png"
        assert article.locator(".label strong").all_inner_texts() == [
            one.label or "none of the classes" for one in expected
        ]
        likely = max(expected[0].probabilities.values())
        assert f"probability {likely:.3f}" in article.inner_text()
        assert HOSTILE in article.inner_text() and article.locator("img").count() == 1
        assert "Classes not shown: 2" in article.inner_text()
        assert tab.page.get_attribute("#status", "role") == "status"
        assert f"probability {likely:.3f}" in tab.page.inner_text("#status")
        assert tab.violations() == []


def test_a_bad_file_has_its_reason_and_the_next_one_an_answer(chromium: Chromium, image_folder: Path) -> None:
    files = [
        {"name": "half.png", "mimeType": "image/png", "buffer": png()[:200]},
        {"name": "page.jpg", "mimeType": "image/jpeg", "buffer": b"<!doctype html>"},
        {"name": "good.png", "mimeType": "image/png", "buffer": png()},
    ]
    with ready(chromium, image_folder, "file") as tab:
        tab.page.set_input_files("#file", files)  # type: ignore[arg-type]
        tab.page.locator("article").nth(2).wait_for()
        said = tab.page.locator("article").all_inner_texts()
        assert "probability" in said[0] and "no image" in said[1] and "ends too early" in said[2]


def test_images_are_dropped_and_pasted(chromium: Chromium, image_folder: Path) -> None:
    give = """([kind, text]) => {
      const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], `${kind}.png`, { type: "image/png" }));
      const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
      const given = kind === "paste" ? { clipboardData: data } : { dataTransfer: data };
      document.body.dispatchEvent(new Kind(kind, { bubbles: true, cancelable: true, ...given }));
    }"""
    with ready(chromium, image_folder, "file") as tab:
        for count, kind in enumerate(("drop", "paste")):
            tab.page.evaluate(give, [kind, base64.b64encode(png()).decode()])
            tab.page.locator("article").nth(count).wait_for()
        assert tab.page.locator("article h3").all_inner_texts() == ["paste.png", "drop.png"]


@pytest.mark.parametrize("dark", [False, True])
def test_a_text_is_typed_without_a_mouse_on_a_narrow_screen(dark: bool, chromium: Chromium, text_folder: Path) -> None:
    with ready(chromium, text_folder, "file", dark=dark, width=320) as tab:
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.type("a good film with averyveryverylongwordthatdoesnotfitintoanarrowwindowatall")
        tab.page.keyboard.press("Control+Enter")
        tab.page.locator("article").wait_for()
        assert "probability" in tab.page.inner_text("#status")
        assert tab.overflow() == 0
        assert tab.violations() == []


def test_a_wrong_model_is_not_offered(chromium: Chromium, image_folder: Path, tmp_path: Path) -> None:
    settings = (image_folder / "settings.json").read_text("utf-8")
    for file in image_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    changed = settings.replace('"interpolation": "', '"image_mean": [0.1, 0.2, 0.9], "was": "', 1)
    assert changed != settings
    (tmp_path / "settings.json").write_text(changed, encoding="utf-8")
    with pytest.raises(AssertionError, match="does not work in this browser"), ready(chromium, tmp_path, "server"):
        pass
