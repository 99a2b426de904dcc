"""A model of texts: the forms of a request, limits, batches by length."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from ghep.data.modalities import modality_named
from ghep.data.text.loader import TextPair
from ghep.errors import RequestError
from ghep.export.predictor import Predictor
from ghep.serve.inputs import inputs_of
from ghep.serve.server import Server
from ghep.types import Raw
from serving import NAME, ask, multipart, post_json, serving, text_predictor

ROUNDING = 2e-5


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return text_predictor(tmp_path_factory.mktemp("text") / "bert")


@pytest.fixture(scope="module")
def server(predictor: Predictor) -> Iterator[Server]:
    with serving(predictor, max_characters=100) as running:
        yield running


TEXT = "a lovely film, not dull"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TEXT.encode(), "text/plain"),
        (TEXT.encode(), "text/plain; charset=utf-8"),
        (TEXT.encode("utf-16"), "text/plain; charset=utf-16"),
        (TEXT.encode(), "application/octet-stream"),
        (TEXT.encode(), "application/x-www-form-urlencoded"),
        (urlencode({"text": TEXT}).encode(), "application/x-www-form-urlencoded"),
        (b'{"inputs": ["a lovely film, not dull"]}', "application/json"),
        (b'{"inputs": "a lovely film, not dull"}', "application/json"),
        (b'{"text": "a lovely film, not dull"}', "application/json; charset=utf-8"),
        (*multipart(("text", None, TEXT.encode())),),
        (*multipart(("file", "a.txt", TEXT.encode())),),
    ],
)
def test_every_form_gives_the_prediction_of_the_text(
    server: Server, predictor: Predictor, body: bytes, content_type: str | dict[str, str]
) -> None:
    headers = content_type if isinstance(content_type, dict) else {"Content-Type": content_type}
    reply = ask(server, "POST", "/predict", body, headers)
    assert reply.status == 200, reply.body
    (entry,) = reply.json["predictions"]
    (expected,) = predictor.predict([TEXT])
    assert entry["label"] == expected.label
    assert entry["probabilities"] == pytest.approx(expected.probabilities, abs=ROUNDING)


@pytest.mark.parametrize(
    "charset", ["base64", "zip", "undefined", "rot13", "punycode", "unicode_escape", "x", "\u00e9"]
)
def test_a_charset_that_is_none_of_texts_is_refused(server: Server, charset: str) -> None:
    reply = ask(server, "POST", "/predict", b"a-" + b"ba" * 20_000, {"Content-Type": f"text/plain; charset={charset}"})
    assert (reply.status, reply.json["code"]) == (415, "serve-charset")


def test_a_content_type_may_be_malformed(server: Server) -> None:
    for parameters in ("charset*0=a; charset*=x'", "charset", ";;;", 'charset="utf-8'):
        reply = ask(server, "POST", "/predict", TEXT.encode(), {"Content-Type": f"text/plain; {parameters}"})
        assert reply.status in (200, 415), reply.json


def test_texts_of_all_lengths_together_get_their_own_answers(server: Server, predictor: Predictor) -> None:
    texts = [("good " * k + "bad " * (15 - k)).strip()[: 6 * k + 4] for k in range(15)]
    reply = post_json(server, "/predict", {"inputs": texts})
    assert reply.status == 200
    for entry, expected in zip(reply.json["predictions"], predictor.predict(texts), strict=True):
        assert entry["probabilities"] == pytest.approx(expected.probabilities, abs=ROUNDING)
    assert len({entry["probability"] for entry in reply.json["predictions"]}) > 5


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("x" * 101, 413, "serve-text-too-long"),
        ("", 422, "bad-example"),
        (" ", 422, "bad-example"),
        (["a", "b"], 422, "bad-example"),
    ],
)
def test_texts_that_cannot_be_used(server: Server, text: object, status: int, code: str) -> None:
    reply = post_json(server, "/predict", {"inputs": [text]})
    assert (reply.status, reply.json["code"]) == (status, code)


def test_what_json_can_hold_and_text_cannot(server: Server) -> None:
    reply = ask(server, "POST", "/predict", b'{"inputs": ["\\ud83d film"]}', {"Content-Type": "application/json"})
    assert reply.status == 200
    assert ask(server, "POST", "/predict", b"\xff\xfe\x00", {"Content-Type": "text/plain"}).status == 422
    assert ask(server, "POST", "/predict", b"GIF89a", {"Content-Type": "image/gif"}).status == 415


def test_the_inference_protocol_takes_texts_as_they_are(server: Server, predictor: Predictor) -> None:
    tensor = {"name": "inputs", "shape": [2], "datatype": "BYTES", "data": [TEXT, "a bad plot"]}
    reply = post_json(server, f"/v2/models/{NAME}/infer", {"inputs": [tensor], "id": "x1"})
    assert reply.status == 200 and reply.json["id"] == "x1" and reply.json["model_name"] == NAME
    outputs = {one["name"]: one for one in reply.json["outputs"]}
    expected = predictor.predict([TEXT, "a bad plot"])
    assert outputs["label"]["data"] == [one.label for one in expected] and outputs["label"]["shape"] == [2]
    assert outputs["probabilities"]["shape"] == [2, 2]
    flat = [value for one in expected for value in one.probabilities.values()]
    assert outputs["probabilities"]["data"] == pytest.approx(flat, abs=ROUNDING)
    assert outputs["probability"]["data"] == pytest.approx([one.probability for one in expected], abs=ROUNDING)


def test_a_form_may_have_pairs_and_the_line_ends_of_a_browser() -> None:
    def raws(*parts: tuple[str, str | None, bytes]) -> list[Raw]:
        body, headers = multipart(*parts)
        return [one.raw for one in inputs_of(body, headers["Content-Type"], modality_named("text"), most=4)]

    box, file = ("text", None, b"good\r\nbad"), ("file", "a.txt", b"good\r\nbad")
    first, second = ("text", None, "\u00e9".encode()), ("second", None, b"not dull")
    assert raws(box, file, first, second, box) == [b"good\nbad", b"good\r\nbad", "\u00e9\nnot dull", b"good\nbad"]
    (pair,) = raws(first, second)
    assert isinstance(pair, TextPair) and (pair.first, pair.second) == ("\u00e9", "not dull")
    with pytest.raises(RequestError, match="is not the form"):
        raws(first, ("second", None, b"\xff"))


def test_a_file_field_without_a_file_does_not_count(server: Server) -> None:
    texts = [("file", f"{k}.txt", b"good") for k in range(server.service.options.files)]
    empty = ("file", "", b"")
    assert ask(server, "POST", "/predict", *multipart(*texts, empty)).status == 200
    assert ask(server, "POST", "/predict", *multipart(*texts, texts[0])).status == 413
