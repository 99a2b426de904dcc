"""A step that does not fit into the device's memory is taken in parts: the same loss, gradients and step.

Layers that raise PyTorch's exception above a number of rows stand in for a small GPU.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ghep.training.precision as precision
from ghep.backbone.catalog import load_backbone
from ghep.data.loading.views import PLAIN
from ghep.errors import ConfigError
from ghep.features.frozen import FrozenPart
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.multitask.settings import Sharing
from ghep.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ghep.training.loop import train_stage
from ghep.training.precision import Precision, measure
from ghep.training.stage import ObjectiveSettings, Stage
from ghep.training.state import TrainingState
from tiny import same, tensors_of, tiny_backbone, tiny_data, tiny_model, tiny_session, tiny_stage, tiny_tasks
from tiny_texts import texts, write_family

TRAIN = tiny_data(24)
SGD = {"batch_size": 8, "epochs": 2, "keep_statistics": True}


class SmallMemory:
    """A layer that takes at most ``rows`` rows, as if a GPU's memory ended there; it counts the failures."""

    def __init__(self, layer: nn.Module, rows: int, *, only_with_gradients: bool = True) -> None:
        self.rows, self.only_with_gradients, self.failures = rows, only_with_gradients, 0
        self.taken: list[int] = []
        self.lost: weakref.ref[torch.Tensor] | None = None
        layer.register_forward_pre_hook(self)

    def __call__(self, _: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        assert self.lost is None or self.lost() is None, "the failed pass still holds its tensors"
        if len(inputs[0]) > self.rows and (torch.is_grad_enabled() or not self.only_with_gradients):
            self.failures += 1
            self.lost = weakref.ref(inputs[0])
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        self.taken.append(len(inputs[0]))


def trained(model: TransferModel, stage: Stage, data: Any = TRAIN, **more: Any) -> TrainingState:
    said = {"say": more.pop("say")} if "say" in more else {}
    session = tiny_session(**said)
    return train_stage(model, stage, data, None, session, precision=Precision(more.pop("precision", "float32")), **more)


def close(one: TransferModel, other: TransferModel, tolerance: float = 1e-4) -> bool:
    """Adam divides by the gradient's own size: rounding of a small gradient is a visible part of its step."""
    pairs = zip(tensors_of(one).values(), tensors_of(other).values(), strict=True)
    return all(torch.allclose(first.double(), second.double(), atol=tolerance) for first, second in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [7, 3, 1])
@pytest.mark.parametrize(
    "objective",
    [{}, {"mixup": 0.4}, {"label_smoothing": 0.1, "class_weights": True}],
    ids=["plain", "mixup", "weights"],
)
def test_the_result_is_that_of_whole_batches(rows: int, objective: dict[str, Any]) -> None:
    stage = tiny_stage(**SGD, objective=ObjectiveSettings(**objective))
    whole, model = tiny_model(), tiny_model()
    expected = trained(whole, stage)
    memory = SmallMemory(model.backbone.net.layer2, rows)
    found = trained(model, stage)
    assert memory.failures and close(whole, model) and not same(tensors_of(model), tensors_of(tiny_model()))
    assert [row.train_loss for row in found.history] == pytest.approx([row.train_loss for row in expected.history])
    assert found.steps == expected.steps == 6


def test_it_is_said_once_and_known_from_then_on() -> None:
    said: list[str] = []
    model = tiny_model()
    memory = SmallMemory(model.backbone.net.layer2, 3)
    state = trained(model, tiny_stage(**SGD), say=said.append)
    (finding,) = [one for one in state.findings if one.code == "step-in-parts"]
    assert memory.failures == 2, "8 rows, then 4"
    assert finding.severity == "info" and finding.params["rows"] == 2 and finding.params["batch"] == 8
    assert "at most 2 examples of a training batch of 8 at once" in finding.message and "epoch 1, step 1" in said[0]
    assert state.rows_at_once == state.next_stage().rows_at_once == 2


def test_batch_norm_counts_each_part_once_and_the_finding_warns() -> None:
    stage = tiny_stage(epochs=1, batch_size=8, frozen=0)
    data = tiny_data(8)
    model, by_hand = tiny_model(), tiny_model()
    SmallMemory(model.backbone.net.layer2, 4)
    state = trained(model, stage, data)
    (finding,) = state.findings
    assert finding.severity == "warning" and "BatchNorm uses the statistics" in finding.message
    seen = dict(model.named_buffers())
    steps = {one.item() - dict(by_hand.named_buffers())[name].item() for name, one in seen.items() if one.ndim == 0}
    # The layers before the one that failed counted the failed pass as well.
    assert steps == {2, 3}


def test_batch_norm_is_never_given_a_single_row() -> None:
    model = tiny_model()
    memory = SmallMemory(model.backbone.net.layer2, 3)
    trained(model, tiny_stage(epochs=2, batch_size=7), tiny_data(23))
    assert set(memory.taken) <= {2, 3}


@pytest.mark.slow
@pytest.mark.parametrize(
    "sharing", [Sharing(), Sharing(weighting="gradnorm", surgery="pcgrad")], ids=["sum", "surgery"]
)
def test_several_tasks_too(sharing: Sharing) -> None:
    tasks = ("a", "b")
    stage, data = tiny_stage(**SGD, sharing=sharing), tiny_data(24, tasks=tasks)
    data.targets["b"][::3] = -1
    whole, model = (tiny_model(tasks=tiny_tasks(*tasks)) for _ in range(2))
    expected = trained(whole, stage, data)
    SmallMemory(model.backbone.net.layer2, 3)
    found = trained(model, stage, data)
    assert close(whole, model)
    for one, other in zip(found.history, expected.history, strict=True):
        assert [task.rows for task in one.tasks] == [task.rows for task in other.tasks]
        assert [task.train_loss for task in one.tasks] == pytest.approx([task.train_loss for task in other.tasks])


def test_in_bfloat16_too() -> None:
    stage, name = tiny_stage(**SGD), "bfloat16-channels_last"
    whole, model = tiny_model(), tiny_model()
    trained(whole, stage, precision=name)
    SmallMemory(model.backbone.net.layer2, 3)
    trained(model, stage, precision=name)
    assert close(whole, model, 5e-3)


def test_dropout_drops_the_same_when_a_part_is_computed_again() -> None:
    model = tiny_model(dropout=0.5)
    assert dropped_twice(model, TRAIN.inputs(np.arange(8), [PLAIN] * 8))


def dropped_twice(model: TransferModel, inputs: torch.Tensor) -> bool:
    """Whether a step in two parts drops the same numbers in the forward and in the backward pass."""
    dropped: list[bytes] = []
    dropout = next(one for one in model.modules() if isinstance(one, nn.Dropout))
    model.backbone.net.layer2.append(nn.Sigmoid())  # without a layer behind it, only its mask is drawn again
    dropout.register_forward_hook(lambda *given: dropped.append((given[2] == 0).cpu().numpy().tobytes()))
    model.train()
    Precision(rows_at_once=4).features(model, inputs).sum().backward()
    assert len(dropped) == 4 and dropped[0] != dropped[1]
    return set(dropped[:2]) == set(dropped[2:])


def test_resumed_it_equals_never_stopped(tmp_path: Path) -> None:
    stage = tiny_stage(batch_size=8, epochs=2)

    def small() -> tuple[TransferModel, SmallMemory]:
        model = tiny_model(dropout=0.3)
        return model, SmallMemory(model.backbone.net.layer2, 3)

    def save(state: TrainingState) -> None:
        if (state.epochs_done, state.step) == (0, 2):
            write_checkpoint(tmp_path / "c", Checkpoint({"key": "k"}, state))

    expected, _ = small()
    trained(expected, stage, save=save)
    model, memory = small()
    state = read_checkpoint(tmp_path / "c").state
    assert state.rows_at_once == 2
    trained(model, stage, state=state)
    assert memory.failures == 0 and same(tensors_of(expected), tensors_of(model))


def test_not_even_one_row() -> None:
    model = tiny_model()
    SmallMemory(model.backbone.net.layer2, 0)
    with pytest.raises(ConfigError, match="one example does not fit into the memory of cpu"):
        trained(model, tiny_stage(**SGD))


def test_measuring_the_number_format_takes_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def milliseconds(*given: Any) -> float:
        taken.append(len(given[2]))
        if len(given[2]) > 6:
            raise torch.OutOfMemoryError
        return 1.0

    monkeypatch.setattr(precision, "_milliseconds", milliseconds)
    assert measure(tiny_model(), torch.zeros(24, 3, 16, 16)).milliseconds["bfloat16"] == 1.0
    assert sorted(set(taken), reverse=True) == [24, 12, 6, 2]


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5"])
def test_texts_too(family: str, tmp_path: Path) -> None:
    backbone = load_backbone(write_family(family, tmp_path / family))
    model = TransferModel(backbone, tiny_tasks()).eval()  # dropout draws other numbers for parts
    nn.init.normal_(model.head("label").weight)
    inputs = backbone.preprocess.collate(backbone.preprocess.encode([text for text, _ in texts(7)]))
    gradients = []
    for rows in (None, 3):
        model.zero_grad()
        Precision(rows_at_once=rows).logits(model, inputs)["label"].square().sum().backward()
        gradients.append({name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None})
    assert gradients[0].keys() == gradients[1].keys() and len(gradients[0]) > 10
    for name, gradient in gradients[0].items():
        assert torch.allclose(gradient, gradients[1][name], atol=1e-4 * float(gradient.abs().max() + 1)), name


# Passes without gradients


def test_predictions_are_those_of_whole_batches() -> None:
    model, kept = tiny_model(), []
    nn.init.normal_(model.head("label").weight)
    expected = predict_logits(model, TRAIN)["label"]
    memory = SmallMemory(model.backbone.net.layer2, 5, only_with_gradients=False)
    found = predict_logits(model, TRAIN, batch_size=16, use_features=lambda places, _: kept.extend(places.tolist()))
    assert found["label"] == pytest.approx(expected, abs=1e-5) and kept == list(range(24))
    assert memory.failures == 2 and memory.taken == [4] * 6, "16 rows, then 8; the second batch starts at 4"
    (finding,) = model.at_once.findings(model.device)
    assert finding.code == "pass-in-parts" and "at most 4 examples at once" in finding.message


def test_features_are_those_of_whole_batches() -> None:
    backbone = tiny_backbone()
    expected = FrozenPart(backbone).features(TRAIN)
    part = FrozenPart(backbone)
    part.features(tiny_data(16, seed=4))  # the sample on which engines are compared
    memory = SmallMemory(backbone.net.layer2, 20, only_with_gradients=False)
    assert part.features(TRAIN) == pytest.approx(expected, abs=1e-5)
    assert memory.failures == 1 and part.at_once.rows == 12 and memory.taken[-2:] == [12, 12]
