"""The routes of the page: the form, its files, and where a bundle looked."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.parse import quote

import pytest
from PIL import Image

from ghep.export.predictor import Predictor
from ghep.model.bundle import load_bundle, save_bundle
from ghep.serve.page import assets
from ghep.serve.page_routes import MOST_EXPLAINING
from ghep.serve.server import Server
from serving import ask, multipart, png, serving, tiny_predictor


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served") / "bundle"
    model = tiny_predictor().model
    save_bundle(
        folder, model, calibration={}, training={}, metrics={}, card="# pets: tiny\n\n## Limits\n\nFew classes.\n"
    )
    with serving(Predictor(load_bundle(folder), engine="torch-float32")) as running:
        running.service.folder = folder
        yield running


def test_the_page_shows_the_card_and_answers_a_form_as_predict_does(server: Server) -> None:
    page = ask(server, "GET", "/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert b"trained on" in page.body and b"pets: tiny" in page.body and b"Few classes." in page.body
    form = multipart(("file", "<b>.png", png(1)), ("file", "", b""), ("file", "bad.png", b"no image"))
    entries = ask(server, "POST", "/predict", *form).json["predictions"]
    answer = ask(server, "POST", "/", *form)
    html = answer.body.decode()
    assert "&lt;b&gt;.png" in html and "<b>" not in html
    html = unescape(html)
    assert answer.status == 200 and html.count("<article") == 2
    assert f'<strong class="name">{entries[0]["label"]}</strong>' in html
    assert f"probability {entries[0]['probability']:.3f}" in html and entries[1]["problem"]["detail"] in html


def test_a_refused_form_is_a_page_with_the_same_status(server: Server) -> None:
    for body, headers, status in (
        (*multipart(("file", "", b"")), 400),
        (b"", {"Content-Type": "text/csv"}, 415),
        (b"0" * (server.service.options.max_body + 1), {}, 413),
    ):
        expected, page = (ask(server, "POST", path, body, headers) for path in ("/predict", "/"))
        assert (expected.status, page.status) == (status, status)
        assert page.headers["content-type"].startswith("text/html") and b'role="alert"' in page.body
        assert expected.json["detail"] in unescape(page.body.decode())


@pytest.mark.parametrize("path", assets())
def test_its_files(server: Server, path: str) -> None:
    reply = ask(server, "GET", path)
    assert (reply.status, reply.body) == (200, assets()[path].content)
    assert reply.headers["content-type"] == assets()[path].media_type
    assert ask(server, "POST", path).status == 405


def test_where_it_looked_is_an_image_of_the_photo(server: Server) -> None:
    photo = png(2, (60, 30))
    maps = {}
    for label in server.service.model().predictor.classes():
        reply = ask(server, "POST", f"/explain?task=label&label={quote(label)}", *multipart(("file", "a.png", photo)))
        assert (reply.status, reply.headers["content-type"]) == (200, "image/png")
        with Image.open(io.BytesIO(reply.body)) as drawn:
            assert drawn.size == (320, 160)
        maps[label] = reply.body
    assert len(set(maps.values())) == len(maps) == 3
    answer = ask(server, "POST", "/predict", photo).json["predictions"][0]["label"]
    assert ask(server, "POST", "/explain?label=", photo).body == maps[answer], "without a label, that of the answer"


@pytest.mark.parametrize(
    ("query", "body", "status", "detail"),
    [
        ("?task=color", png(), 422, "color"),
        ("?label=zebra", png(), 422, "zebra"),
        ("", b"no image", 422, "no known image format"),
        ("", b"", 400, ""),
    ],
)
def test_what_cannot_be_explained_is_refused_in_words(
    server: Server, query: str, body: bytes, status: int, detail: str
) -> None:
    reply = ask(server, "POST", f"/explain{query}", body)
    assert reply.status == status and detail in reply.json["detail"]


def test_few_maps_wait_at_the_same_time(server: Server) -> None:
    server.service.explaining = MOST_EXPLAINING
    try:
        reply = ask(server, "POST", "/explain", png())
    finally:
        server.service.explaining = 0
    assert (reply.status, reply.json["code"]) == (503, "serve-explains-others") and reply.headers["retry-after"]
    assert ask(server, "POST", "/explain", png()).status == 200 and server.service.explaining == 0


def test_a_photo_to_explain_counts_as_pixels_that_are_decoded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    budget, held = server.service.model().budget, list[int]()
    holding = budget.holding
    with ThreadPoolExecutor() as pool:
        with holding(budget.total):
            waiting = pool.submit(ask, server, "POST", "/explain", png())
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
        assert waiting.result(30).status == 200
    monkeypatch.setattr(budget, "holding", lambda part: held.append(part) or holding(part))
    assert ask(server, "POST", "/explain", png()).status == 200
    width, height = Image.open(io.BytesIO(png())).size
    assert held == [width * height]


def test_a_model_without_a_folder_has_a_page_and_no_maps() -> None:
    with serving(tiny_predictor()) as server:
        assert b"There is no model card." in ask(server, "GET", "/").body
        reply = ask(server, "POST", "/explain", png())
        assert (reply.status, reply.json["code"]) == (404, "serve-explains-not")


@pytest.mark.slow
def test_while_the_model_is_loading_the_page_says_so_and_asks_again() -> None:
    with serving(tiny_predictor()) as server:
        batcher, server.service.batcher = server.service.batcher, None
        try:
            reply = ask(server, "GET", "/")
        finally:
            server.service.batcher = batcher
        assert (reply.status, reply.headers["refresh"]) == (503, "1")
        assert b"The model is loading." in reply.body
        assert b"<form" in ask(server, "GET", "/").body
