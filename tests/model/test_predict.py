"""Logits are in order, and prediction leaves the model unchanged."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ghep.data.loading.batches import batches_in_order
from ghep.model.predict import predict_logits
from tiny import same, tensors_of, tiny_data, tiny_model, tiny_tasks


@pytest.fixture
def model() -> torch.nn.Module:
    model = tiny_model(tasks=tiny_tasks("a", "b.c"))
    for name in ("a", "b.c"):
        nn.init.normal_(model.head(name).weight, generator=torch.Generator().manual_seed(len(name)))
    return model


def test_logits_are_those_of_forward_in_order(model: torch.nn.Module) -> None:
    data = tiny_data(11, tasks=("a", "b.c"))
    found = predict_logits(model, data, batch_size=4)
    (batch,) = batches_in_order(data, batch_size=11)
    with torch.no_grad():
        expected = model.eval()(batch.inputs)
    assert found.keys() == {"a", "b.c"} and found["a"].dtype == np.float32
    for task, logits in found.items():
        np.testing.assert_allclose(logits, expected[task].numpy(), rtol=1e-4, atol=1e-5)


def test_the_model_is_left_as_it_was(model: torch.nn.Module) -> None:
    model.freeze(1)
    model.train()
    before, modes = tensors_of(model), [module.training for module in model.modules()]
    grads = [parameter.requires_grad for parameter in model.parameters()]
    predict_logits(model, tiny_data(5, tasks=("a", "b.c")))
    assert same(before, tensors_of(model)) and torch.is_grad_enabled()
    assert modes == [module.training for module in model.modules()]
    assert grads == [parameter.requires_grad for parameter in model.parameters()]
    assert all(parameter.grad is None for parameter in model.parameters())


def test_progress_ends_at_the_end(model: torch.nn.Module) -> None:
    seen: list[tuple[int, int]] = []
    predict_logits(model, tiny_data(9, tasks=("a", "b.c")), batch_size=4, progress=lambda *step: seen.append(step))
    assert seen == [(4, 9), (8, 9), (9, 9)]
