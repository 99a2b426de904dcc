"""A predictor in several threads, and in a forked process."""

from __future__ import annotations

import copy
import os
import pickle
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from ghep.backbone.base import Card
from ghep.errors import ConfigError
from ghep.export.predictor import Predictor
from ghep.features.engines.engine import UnavailableError
from ghep.features.engines.openvino import openvino_float32
from ghep.model.bundle import Bundle
from ghep.model.transfer import TransferModel
from tiny import BLOCKS, SIZE, tiny_backbone, tiny_model

THREADS, CALLS = 6, 120
ROUNDING = 1e-4
"""Tolerance of an engine against PyTorch; predictions of different images differ 100 times more."""
IMAGES = (
    np.random.default_rng(0).uniform(0, 255, (80, SIZE, SIZE, 3)) * np.linspace(0, 1, 80)[:, None, None, None]
).astype(np.uint8)


def sure_model() -> TransferModel:
    """Heads are random, so that every image has different probabilities."""
    model = tiny_model()
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.normal_(std=0.3, generator=torch.Generator().manual_seed(1))
    return model.eval()


def predictor(engine: str = "torch-float32") -> Predictor:
    return Predictor(Bundle(sure_model(), {"label": 1.0}, {}, os.curdir), engine=engine)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "torch-float32", "openvino-float32"])
def test_threads_get_the_answers_to_their_own_inputs(engine: str) -> None:
    if engine.startswith("openvino"):
        try:
            openvino_float32(tiny_backbone(), (BLOCKS,))
        except UnavailableError as missing:
            pytest.skip(str(missing))
    expected = predictor().predict_proba(list(IMAGES))
    assert len(np.unique(expected[:, 0].round(3))) > 40
    shared = predictor(engine)

    def call(number: int) -> float:
        """Small calls, concurrent with large ones that choose an engine."""
        count = 70 if number % 10 == 0 else 1 + number % 9
        places = [(7 * number + one) % len(IMAGES) for one in range(count)]
        return float(np.abs(shared.predict_proba([IMAGES[place] for place in places]) - expected[places]).max())

    with ThreadPoolExecutor(THREADS) as pool:
        furthest = list(pool.map(call, range(CALLS)))
    assert max(furthest) < ROUNDING
    if engine.startswith("openvino"):
        assert shared._forward is not None, "it was the engine that answered"


def forked(work: Callable[[], None]) -> int:
    """Run ``work`` in a forked process; return its exit code: 0 done, 2 ConfigError, 1 anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python's warning about forking with threads
        child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except ConfigError as error:
            code = 2 if "forked" in error.cause and "spawn" in error.remedy else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes can be forked")
def test_a_forked_process_is_refused_where_it_would_hang() -> None:
    shared = predictor("auto")
    before = shared.predict_proba(list(IMAGES))

    def with_threads() -> None:
        torch.set_num_threads(2)
        shared.predict(list(IMAGES))

    def loading() -> None:
        torch.set_num_threads(2)
        tiny_backbone()

    def with_one_thread() -> None:
        assert np.allclose(shared.predict_proba(list(IMAGES)), before, atol=ROUNDING)

    with shared._network:  # as if another thread were predicting
        assert forked(with_threads) == 2
        assert forked(loading) == 2
        assert forked(with_one_thread) == 0


def test_a_copy_of_a_predictor_answers_the_same() -> None:
    whole = predictor("auto")
    before = whole.predict_proba(list(IMAGES))
    for other in (copy.deepcopy(whole), pickle.loads(pickle.dumps(whole))):
        assert np.allclose(other.predict_proba(list(IMAGES[:5])), before[:5], atol=ROUNDING)
    assert whole.model.backbone.card == Card("tiny", "made by the test")
