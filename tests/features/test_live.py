"""Many examples go through an engine that agrees with plain float32; few go through plain float32 itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import ghep.features.live as live
from ghep.errors import ConfigError
from ghep.features.engines.choose import Candidate
from ghep.features.engines.engine import Engine, torch_float32
from ghep.features.live import ENOUGH, engine_of, exact_forward
from ghep.model.predict import plain_forward, predict_logits
from tiny import tiny_data, tiny_model

MANY = 40_000
CALLS: list[int] = []


@pytest.fixture(autouse=True)
def one_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that is plain float32 and counts what it is asked."""

    def make(backbone: object, boundaries: object) -> Engine:
        plain = torch_float32(backbone, boundaries)  # type: ignore[arg-type]

        def run(inputs: torch.Tensor) -> list[torch.Tensor]:
            CALLS.append(len(inputs))
            return plain.run(inputs)

        return Engine("counting", "counting/1", True, run)

    CALLS.clear()
    half = Candidate("half", make, False, ("cpu",), 0.0, 1e9)
    monkeypatch.setattr(live, "CANDIDATES", (half, Candidate("counting", make, True, ("cpu",), 0.0, 1e9)))


def test_few_go_through_plain_float32() -> None:
    assert exact_forward(tiny_model(), tiny_data(30), images=ENOUGH - 1) is plain_forward
    assert exact_forward(tiny_model(), tiny_data(0), images=MANY) is plain_forward
    assert not CALLS


def test_an_engine_gives_the_same_logits() -> None:
    model, data = tiny_model(), tiny_data(30)
    forward = exact_forward(model, data, images=MANY, engine="counting")
    before = len(CALLS)
    found = predict_logits(model, data, forward=forward)
    assert sum(CALLS[before:]) == 30
    for task, logits in predict_logits(model, data).items():
        np.testing.assert_allclose(found[task], logits, rtol=1e-5, atol=1e-6)


def test_half_precision_is_never_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "exact_engine", lambda *_, **__: "counting")
    assert engine_of(exact_forward(tiny_model(), tiny_data(30), images=MANY, engine="half")) == "counting"


def test_the_engine_is_counted_or_the_one_that_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.perf_counter", iter(range(0, 10**6, 1000)).__next__)  # an hour a look: a busy machine
    assert exact_forward(tiny_model(), tiny_data(30), images=100) is plain_forward and not CALLS
    few = exact_forward(tiny_model(), tiny_data(3), images=3, scored_by="counting")
    assert engine_of(few) == "counting"
    many = exact_forward(tiny_model(), tiny_data(30), images=10**9, scored_by="torch-float32")
    assert many is plain_forward and engine_of(many) == "torch-float32"


def test_plain_float32_by_name_and_a_name_that_is_none() -> None:
    assert exact_forward(tiny_model(), tiny_data(30), images=MANY, engine="torch-float32") is plain_forward
    with pytest.raises(ConfigError, match='"fast"'):
        exact_forward(tiny_model(), tiny_data(3), images=3, engine="fast")


def test_activations_are_not_examples() -> None:
    model, data = tiny_model(), tiny_data(30)
    forward = exact_forward(model, data, images=MANY, engine="counting")
    before = len(CALLS)
    activation = model.backbone.forward_to(data.inputs(np.arange(2), [live.PLAIN] * 2), 1)
    assert torch.equal(forward(model, activation, 1), plain_forward(model, activation, 1))
    assert len(CALLS) == before
