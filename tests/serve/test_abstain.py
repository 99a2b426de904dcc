"""A server that abstains: its answers, its counters, a client that asks at another rate, and drift of its inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ghep.cli.app import run
from ghep.errors import ConfigError
from ghep.export.predictor import Predictor
from ghep.guards.familiarity import Bank, familiarity
from ghep.model.bundle import Bundle
from ghep.serve.familiarities import WINDOW
from ghep.serve.server import Server
from serving import ask, png, post_json, serving, tiny_predictor
from tiny import SIZE

VALID = 39


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    """Trained, as far as its familiarity is concerned, on noise."""
    plain = tiny_predictor()

    def features(seeds: range) -> tuple[np.ndarray, list[float]]:
        prepared = plain.prepare([png(seed) for seed in seeds])
        found = np.empty((len(prepared), plain.model.backbone.feature_dim), dtype=np.float32)
        plain.logits(prepared, use_features=lambda places, rows: found.__setitem__(places, rows))
        return found, [row.probability for row in plain.answer(prepared, [""] * len(prepared))]  # type: ignore[misc]

    bank = Bank.of(features(range(1000, 1100))[0], [None] * 100)
    valid, probabilities = features(range(2000, 2000 + VALID))
    without = np.zeros(VALID, dtype=bool)
    known = familiarity(bank, bank.distances(valid), {"label": np.array(probabilities)}, without=without)
    assert known is not None
    bundle = Bundle(plain.model, {}, {}, Path("tiny"), familiarity=known.arrays())
    return Predictor(bundle, engine="torch-float32")


@pytest.fixture(scope="module")
def server(predictor: Predictor) -> Iterator[Server]:
    with serving(predictor, abstain=0.1) as running:
        yield running


@pytest.fixture
def black(tmp_path: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (SIZE, SIZE)).save(tmp_path / "black.png")
    return tmp_path / "black.png"


def metrics(server: Server) -> dict[str, float]:
    lines = ask(server, "GET", "/metrics").body.decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_an_unfamiliar_input_is_answered_and_marked(server: Server, predictor: Predictor, black: Path) -> None:
    before = metrics(server).get('ghep_abstained_total{reason="unfamiliar",task="label"}', 0)
    (entry,) = ask(server, "POST", "/predict", black.read_bytes()).json["predictions"]
    assert entry["unfamiliar"] is True and entry["abstained"] is True and entry["label"] in predictor.classes()
    assert entry["familiarity"] == pytest.approx(1 / (VALID + 1)) and 0 < entry["certainty"] <= 1
    assert metrics(server)['ghep_abstained_total{reason="unfamiliar",task="label"}'] == before + 1
    page = ask(server, "POST", "/", black.read_bytes(), {"Content-Type": "image/png"}).body.decode()
    assert "The model abstains: this input is unlike its training data" in page and "too uncertain" not in page


def test_of_inputs_like_valid_most_are_answered(server: Server) -> None:
    rows = [ask(server, "POST", "/predict", png(seed)).json["predictions"][0] for seed in range(60)]
    assert sum(row["abstained"] for row in rows) <= 18 and not all(row["unfamiliar"] for row in rows)
    for row in rows:
        expected = row["familiarity"] <= 0.05 or row["certainty"] <= 0.05
        assert row["abstained"] is expected and row["unfamiliar"] is (row["familiarity"] <= 0.05)


def test_without_a_rate_nothing_is_judged(predictor: Predictor, black: Path) -> None:
    with serving(predictor) as server:
        (entry,) = ask(server, "POST", "/predict", black.read_bytes()).json["predictions"]
    assert entry["unfamiliar"] is None and entry["abstained"] is False and entry["familiarity"] < 0.05


def test_a_client_may_ask_at_another_rate(server: Server, black: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def answer(*arguments: str) -> dict[str, object]:
        assert run(["predict", server.address, str(black), "--json", *arguments]) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)[0]
        return found

    assert answer()["abstained"] == "unfamiliar" == answer("--abstain", "0.05")["abstained"]
    assert run(["predict", server.address, str(black), "--abstain", "0.04"]) == 2
    assert "0.050 or more" in capsys.readouterr().err


def test_the_open_protocol_has_a_tensor_for_it(server: Server, black: Path) -> None:
    import base64

    described = ask(server, "GET", "/v2/models/tiny").json["outputs"]
    assert {"name": "abstained", "datatype": "BYTES", "shape": [-1]} in described
    data = [base64.b64encode(black.read_bytes()).decode()]
    tensor = {"name": "inputs", "datatype": "BYTES", "shape": [1], "data": data}
    outputs = post_json(server, "/v2/models/tiny/infer", {"inputs": [tensor]}).json["outputs"]
    assert next(one for one in outputs if one["name"] == "abstained")["data"] == ["unfamiliar"]


def test_a_rate_that_the_model_cannot_keep_stops_the_server(predictor: Predictor) -> None:
    from ghep.serve.answers import Identity
    from ghep.serve.options import ServeOptions

    failing = Server(lambda: predictor, ServeOptions(port=0, drain_delay=0.0, abstain=0.04), Identity("tiny", "1"))
    with pytest.raises(ConfigError, match="too few validation examples"):
        failing.serve_until_stopped()


def test_a_window_of_odd_inputs_is_drift_and_the_next_one_of_usual_inputs_is_not(
    predictor: Predictor, caplog: pytest.LogCaptureFixture
) -> None:
    from ghep.serve.familiarities import Familiarities
    from ghep.serve.metrics import Metrics

    counted = Metrics(model="tiny", version="1")
    watch = Familiarities(predictor, counted)
    usual = predictor.predict([png(seed) for seed in range(20)], report=lambda _: None)
    odd = predictor.predict([np.zeros((SIZE, SIZE, 3), dtype=np.uint8)], report=lambda _: None)
    for _ in range(WINDOW - 1):
        watch.count(odd)
    assert counted.registry.get_sample_value("ghep_inputs_drifted") == 0
    watch.count(odd)
    assert counted.registry.get_sample_value("ghep_inputs_drifted") == 1
    assert [one.getMessage() for one in caplog.records] == ["inputs-drifted"]
    for _ in range(WINDOW // len(usual)):
        watch.count(usual)
    assert counted.registry.get_sample_value("ghep_inputs_drifted") == 0
    assert counted.registry.get_sample_value("ghep_familiarity_inputs_total") == 2 * WINDOW
