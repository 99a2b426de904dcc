"""The page in Chromium against a real server: every way to ask, refusals, no scripts, accessibility."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import ghep
from browser import Chromium, Tab
from ghep.export.predictor import Predictor
from ghep.serve.server import Server
from serving import serving
from small_bert import reviews, small_bert, write_table

pytestmark = pytest.mark.slow

FIT = {"strategy": "linear_probe", "precision": "float32", "workers": 1}
LOOKS = [(dark, width) for dark in (False, True) for width in (1280, 320)]
DATA = """([name, type, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name, { type }));
  return data;
}"""


@pytest.fixture(scope="module")
def model(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    out = tmp_path_factory.mktemp("image") / "stripes"
    return ghep.load(ghep.fit(photos, backbone=small_backbone, out=out, **FIT).bundle)


@pytest.fixture(scope="module")
def images(model: Predictor) -> Iterator[str]:
    with serving(model) as server:
        yield _with_page(server, model)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    root = tmp_path_factory.mktemp("text")
    texts, labels = reviews(120)
    data = write_table(root / "reviews.csv", text=texts, label=labels)
    return ghep.load(ghep.fit(data, backbone=small_bert(root / "bert"), out=root / "run", **FIT).bundle)


def _with_page(server: Server, model: Predictor) -> str:
    server.service.folder = model.bundle.folder
    return server.address


def clean(tab: Tab) -> None:
    """Nothing on the console, no breach of the policy, nothing asked of another host."""
    assert (tab.errors, tab.outside) == ([], [])


def photo(photos: Path) -> Path:
    return photos / "test" / "rows" / "000.png"


def said(tab: Tab, place: int = 0) -> str:
    """The text of an answer, the newest first."""
    return " ".join(tab.page.locator("#answers > *").nth(place).inner_text().split())


def expected(model: Predictor, *inputs: Any) -> list[str]:
    return [f"{one.label} probability {one.probability:.3f}" for one in model.predict(list(inputs))]


@pytest.mark.parametrize(("dark", "width"), LOOKS)
def test_choosing_images_answers_each_and_everyone_can_use_it(
    chromium: Chromium, images: str, model: Predictor, photos: Path, tmp_path: Path, dark: bool, width: int
) -> None:
    bad = tmp_path / "notes.png"
    bad.write_text("no image")
    with chromium.open(images, dark=dark, width=width) as tab:
        assert tab.violations() == []
        tab.page.set_input_files("#file", [photo(photos), bad])
        tab.page.locator("#answers > *").nth(1).wait_for()
        tab.page.locator(".where").click()
        tab.page.locator(".where[aria-pressed=true]").wait_for()
        for summary in tab.page.locator("aside summary").all():
            summary.click()
        assert "no prediction no known image format" in said(tab, 0)
        assert expected(model, photo(photos))[0] in said(tab, 1)
        card = tab.page.inner_text("aside")
        assert "95 % interval" in card and "20 examples of test" in card and "knows only the classes above" in card
        assert (tab.violations(), tab.overflow(), tab.refused) == ([], 0, [])
        clean(tab)


def test_a_large_rotated_photo_is_sent_unchanged_and_shown_as_a_preview(
    chromium: Chromium, images: str, model: Predictor, photos: Path, tmp_path: Path
) -> None:
    large = Image.open(photo(photos)).resize((3000, 2000))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    large.save(tmp_path / "large.jpg", quality=90, exif=exif)
    with chromium.open(images) as tab:
        tab.page.set_input_files("#file", tmp_path / "large.jpg")
        tab.page.locator("article").wait_for()
        assert expected(model, tmp_path / "large.jpg")[0] in said(tab)
        shown = tab.page.locator(".shown img")
        assert (shown.get_attribute("src") or "").startswith("blob:") and shown.get_attribute("alt") == "large.jpg"
        assert shown.evaluate("async (one) => (await one.decode(), one.naturalHeight > one.naturalWidth)")
        clean(tab)


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_images_can_be_dropped_and_pasted(
    chromium: Chromium, images: str, model: Predictor, photos: Path, way: str
) -> None:
    name = '"><img src=x onerror=alert(1)>.png'
    content = base64.b64encode(photo(photos).read_bytes()).decode()
    with chromium.open(images) as tab:
        data = tab.page.evaluate_handle(DATA, [name, "image/png", content])
        if way == "drop":
            tab.page.dispatch_event("body", "dragover", {"dataTransfer": data})
            assert tab.page.locator(".drop.over").count() == 1
            tab.page.dispatch_event("body", "drop", {"dataTransfer": data})
        else:
            tab.page.evaluate(
                "data => document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }))", data
            )
        tab.page.locator("article").wait_for()
        assert expected(model, photo(photos))[0] in said(tab)
        assert tab.page.locator(".drop.over, #answers img[src=x]").count() == 0
        clean(tab)


def test_the_keyboard_is_enough(chromium: Chromium, images: str, photos: Path) -> None:
    with chromium.open(images) as tab:
        keyboard = tab.page.keyboard
        tab.page.on("filechooser", lambda chooser: chooser.set_files(photo(photos)))
        keyboard.press("Tab")
        assert tab.page.evaluate("document.activeElement.id") == "file"
        assert tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        keyboard.press("Enter")
        tab.page.locator("article").wait_for()
        for _ in range(5):
            keyboard.press("Tab")
            if tab.page.evaluate("document.activeElement.className") == "where":
                break
        keyboard.press("Space")
        tab.page.locator(".where[aria-pressed=true]").wait_for()
        assert "Grad-CAM" in (tab.page.locator(".shown img").get_attribute("alt") or "")
        keyboard.press("Space")
        assert tab.page.locator(".where[aria-pressed=false]").count() == 1
        clean(tab)


def test_screen_readers_are_told_of_answers_and_problems(chromium: Chromium, images: str, photos: Path) -> None:
    with chromium.open(images) as tab:
        status = tab.page.get_by_role("status")
        assert status.inner_text() == ""
        tab.page.set_input_files("#file", photo(photos))
        tab.page.locator("article").wait_for()
        assert status.inner_text().startswith("000.png: rows probability 0.")
        assert tab.page.get_by_role("article", name="000.png").count() == 1
        assert tab.page.get_by_role("rowheader", name="columns").count() == 1
        tab.page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": b"none"})
        tab.page.get_by_role("alert").wait_for()
        clean(tab)


def test_without_scripts_the_form_answers(chromium: Chromium, images: str, model: Predictor, photos: Path) -> None:
    with chromium.open(images, scripts=False) as tab:
        tab.page.get_by_role("button", name="Predict").click()
        assert "no image" in tab.page.get_by_role("alert").inner_text()
        assert tab.refused == ["400 /"]
        tab.page.set_input_files("#file", photo(photos))
        tab.page.get_by_role("button", name="Predict").click()
        assert expected(model, photo(photos))[0] in said(tab)
        assert not tab.page.locator(".where").is_visible() and not tab.page.locator("#none").is_visible()
        clean(tab)


def test_refusals_are_shown_in_words(chromium: Chromium, model: Predictor, photos: Path) -> None:
    with serving(model, max_body=3000, queue=1) as server:
        url = _with_page(server, model)
        large = {"name": "large.png", "mimeType": "image/png", "buffer": b"0" * 4000}
        with chromium.open(url, scripts=False) as tab:
            tab.page.set_input_files("#file", large)
            tab.page.get_by_role("button", name="Predict").click()
            assert "2.9 KiB" in tab.page.get_by_role("alert").inner_text() and tab.refused == ["413 /"]
        with chromium.open(url) as tab:
            tab.page.set_input_files("#file", large)
            tab.page.get_by_role("alert").wait_for()
            assert "larger than 2.9 KiB" in said(tab) and tab.refused == [], "it is not even sent"
            server.service.batcher.held += 1  # as if another client had filled the queue
            tab.page.set_input_files("#file", {**large, "buffer": b"0" * 100})
            tab.page.get_by_role("alert").nth(1).wait_for()
            assert tab.refused == ["503 /"] and tab.violations() == []
            server.service.batcher.held -= 1
            clean(tab)
            server.stop()
            server.service.draining = True
            tab.page.route("**/*", lambda route: route.abort())
            tab.page.set_input_files("#file", {**large, "buffer": b"0" * 100})
            tab.page.get_by_role("alert").nth(2).wait_for()
            assert "cannot be reached" in said(tab)


@pytest.mark.parametrize(("dark", "width"), LOOKS)
def test_texts(chromium: Chromium, reader: Predictor, dark: bool, width: int) -> None:
    with serving(reader) as server, chromium.open(_with_page(server, reader), dark=dark, width=width) as tab:
        text = "a good film 🎬\n<b>very</b> bad " + "story " * 80
        tab.page.fill("#text", text)
        tab.page.press("#text", "Control+Enter")
        tab.page.locator("article").wait_for()
        assert expected(reader, text)[0] in said(tab) and "<b>very</b>" in said(tab)
        assert tab.page.locator("article b, .where").count() == 0
        tab.page.fill("#text", "bad")
        tab.page.get_by_role("button", name="Predict").click()
        tab.page.locator("article").nth(1).wait_for()
        assert expected(reader, "bad")[0] in said(tab)
        assert (tab.violations(), tab.overflow(), tab.refused) == ([], 0, [])
        clean(tab)


def test_a_text_file_can_be_dropped(chromium: Chromium, reader: Predictor) -> None:
    with serving(reader) as server, chromium.open(_with_page(server, reader)) as tab:
        content = base64.b64encode("a fine film 🎬".encode()).decode()
        data = tab.page.evaluate_handle(DATA, ["review.txt", "text/plain", content])
        over = "data => document.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, cancelable: true }))"
        assert tab.page.evaluate(over, data) is False, "else the browser would open the file"
        tab.page.dispatch_event("h1", "drop", {"dataTransfer": data})
        tab.page.locator("#text:focus").wait_for()
        tab.page.keyboard.press("Control+Enter")
        tab.page.locator("article").wait_for()
        assert expected(reader, "a fine film 🎬")[0] in said(tab)
        clean(tab)


def test_a_phone_has_a_camera(chromium: Chromium, images: str, model: Predictor, photos: Path) -> None:
    with chromium.open(images) as tab:
        assert not tab.page.locator("#camera").is_visible()
    with chromium.open(images, width=360, has_touch=True, is_mobile=True) as tab:
        assert tab.page.locator("#camera").get_attribute("capture") == "environment"
        tab.page.get_by_label("Take a photo").set_input_files(photo(photos))
        tab.page.locator("article").wait_for()
        assert expected(model, photo(photos))[0] in said(tab)
        assert tab.page.locator("#camera").is_visible() and (tab.violations(), tab.overflow()) == ([], 0)
        clean(tab)


def test_motion_stops_where_it_is_not_wanted(chromium: Chromium, images: str) -> None:
    for wanted, name in (("no-preference", "busy"), ("reduce", "none")):
        with chromium.open(images, reduced_motion=wanted) as tab:
            tab.page.evaluate("document.getElementById('status').classList.add('busy')")
            style = "getComputedStyle(document.getElementById('status'), '::after').animationName"
            assert tab.page.evaluate(style) == name


def test_a_token_is_asked_for_by_the_browser(chromium: Chromium, model: Predictor, photos: Path) -> None:
    with serving(model, token="s3cret") as server:
        url = _with_page(server, model)
        with chromium.open(url, http_credentials={"username": "any", "password": "s3cret"}) as tab:
            tab.page.set_input_files("#file", photo(photos))
            tab.page.locator("article").wait_for()
            assert expected(model, photo(photos))[0] in said(tab)
            clean(tab)
        with chromium.open(url, http_credentials={"username": "any", "password": "wrong"}) as tab:
            assert tab.refused == ["401 /"] and tab.page.locator("form").count() == 0
