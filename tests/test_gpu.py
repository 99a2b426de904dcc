"""On a CUDA GPU: the same features, predictions, training and pretraining as on the CPU. ``scripts/test -m gpu``.

Every test needs a GPU and is skipped without one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.data.loading.batches import batches_in_order
from ghep.data.loading.views import PLAIN
from ghep.features.engines.engine import torch_float32
from ghep.features.frozen import Engines, FrozenPart
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.training.loop import train_stage
from ghep.training.precision import Precision, measure, named
from ghep.training.state import TrainingState
from tiny import tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage, tiny_tasks
from tiny_texts import texts, write_family, write_table
from training.test_out_of_memory import dropped_twice

DEVICE = "cuda"
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA GPU on this machine"),
]
CPU = torch.device("cpu")


def relative(found: Any, expected: Any) -> float:
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected - expected.mean(0)))


# Passes


@pytest.mark.parametrize("name", ["seedling", "efficientnet-lite0"])
def test_features_are_those_of_the_cpu_in_float32(name: str) -> None:
    """TF32 would differ by about 1e-3."""
    backbone = load_backbone(name).eval()
    pixels = torch.randn(16, 3, backbone.preprocess.height, backbone.preprocess.width)
    blocks = len(backbone.blocks())
    expected = torch_float32(backbone, [1, blocks])(pixels)
    found = torch_float32(backbone.to(DEVICE), [1, blocks])(pixels)
    assert all(
        one.device == CPU and relative(one.flatten(1), two.flatten(1)) < 1e-4
        for one, two in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5", "bilm"])
def test_features_of_texts_too(family: str, tmp_path: Path) -> None:
    backbone = load_backbone(write_family(family, tmp_path / family)).eval()
    inputs = backbone.preprocess.collate(backbone.preprocess.encode([text for text, _ in texts(9)]))
    last = len(backbone.blocks())
    (expected,) = torch_float32(backbone, [last])(inputs)
    (found,) = torch_float32(backbone.to(DEVICE), [last])(inputs)
    assert relative(found, expected) < 1e-4


def test_bfloat16_is_an_engine_here() -> None:
    model, data = tiny_model().to(DEVICE), tiny_data(40)
    exact = FrozenPart(model.backbone).features(data)
    half = FrozenPart(model.backbone, engines=Engines("torch-bfloat16")).features(data, exact=False)
    assert 0 < relative(half, exact) < 0.15


def test_batches_are_pinned_and_images_are_channels_last() -> None:
    model, seen = tiny_model().to(DEVICE), []
    (batch,) = batches_in_order(tiny_data(8), batch_size=8)
    assert batch.inputs.is_pinned()
    model.backbone.net.conv1.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    predict_logits(model, tiny_data(8))
    assert seen[0].device.type == DEVICE and seen[0].is_contiguous(memory_format=torch.channels_last)


# Training


@pytest.mark.parametrize("objective", ["plain", "several tasks"])
def test_three_steps_are_those_of_the_cpu(objective: str) -> None:
    tasks = ("a", "b") if objective == "several tasks" else ("label",)
    stage, data = tiny_stage(epochs=1, batch_size=8), tiny_data(24, tasks=tasks)
    losses = []
    for device in ("cpu", DEVICE):
        model = tiny_model(tasks=tiny_tasks(*tasks)).to(device)
        state = train_stage(model, stage, data, data, tiny_session(), precision=named("float32"))
        losses.append([state.history[0].train_loss, state.history[0].valid_loss])
    assert losses[1] == pytest.approx(losses[0], rel=1e-2)  # convolutions of training may use TF32


def test_number_formats_are_measured() -> None:
    model = tiny_model().to(DEVICE)
    found = measure(model, torch.randn(64, 3, 16, 16))
    assert set(found.milliseconds) == {"float32", "float32-channels_last", "bfloat16", "bfloat16-channels_last"}
    assert all(value > 0 for value in found.milliseconds.values())


def test_a_state_goes_on_where_it_was() -> None:
    stage, data, states = tiny_stage(epochs=2, batch_size=8), tiny_data(24), list[TrainingState]()
    whole, resumed = tiny_model().to(DEVICE), tiny_model().to(DEVICE)
    train_stage(whole, stage, data, None, tiny_session(), precision=Precision(), save=states.append)
    train_stage(resumed, stage, data, None, tiny_session(), precision=Precision(), state=states[2])
    pairs = zip(tensors_of(whole).values(), tensors_of(resumed).values(), strict=True)
    assert all(torch.allclose(one.float(), other.float(), atol=1e-4) for one, other in pairs)


# Memory


class _Wide(nn.Module):
    """Convolutions at full resolution: activations of megabytes per row."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*(nn.Conv2d(64, 64, 3, padding=1) for _ in range(8)))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        rows = nn.functional.interpolate(inputs, size=(128, 128))
        for layer in self.layers:
            rows = torch.relu(layer(rows))
        return nn.functional.adaptive_avg_pool2d(rows, inputs.shape[-2:])


def test_dropout_drops_the_same_when_a_part_is_computed_again() -> None:
    model = tiny_model(dropout=0.5).to(DEVICE)
    assert dropped_twice(model, tiny_data(8).inputs(np.arange(8), [PLAIN] * 8))


@pytest.fixture
def cramped() -> Any:
    """A model whose step with 64 rows needs more memory than this process may use."""
    model = tiny_model()
    model.backbone.net.conv1 = nn.Sequential(nn.Conv2d(3, 64, 1), _Wide(), nn.Conv2d(64, 8, 1))
    model.to(DEVICE)
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + 2**30) / total)
    yield model
    torch.cuda.set_per_process_memory_fraction(1.0)


def test_a_step_that_does_not_fit_is_taken_in_parts(cramped: TransferModel) -> None:
    stage, data = tiny_stage(epochs=1, batch_size=64), tiny_data(64)
    state = train_stage(cramped, stage, data, None, tiny_session(), precision=Precision())
    (finding,) = [one for one in state.findings if one.code == "step-in-parts"]
    assert state.steps == 1 and 1 <= finding.params["rows"] < 64 and DEVICE in finding.message


def test_predictions_that_do_not_fit_are_computed_in_parts(cramped: TransferModel) -> None:
    predict_logits(cramped, tiny_data(512), batch_size=512)
    assert cramped.at_once.rows is not None and cramped.at_once.rows < 512


# From files to a bundle


@pytest.mark.parametrize("strategy", ["linear_probe", "light", "full", "lp_ft", "lora"])
def test_a_run_gives_a_bundle_that_answers_alike_on_both(
    strategy: str, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    short = {} if strategy == "linear_probe" else {"epochs": 2}
    run = ghep.fit(photos, backbone=small_backbone, strategy=strategy, out=tmp_path / "run", device=DEVICE, **short)
    files = sorted(photos.glob("test/*/*.png"))
    answers = [ghep.load(run.bundle, device=device).predict_proba(files) for device in ("cpu", DEVICE)]
    assert np.abs(answers[0] - answers[1]).max() < 1e-3


def test_a_run_on_texts(tmp_path: Path) -> None:
    table = write_table(
        tmp_path / "reviews.csv", {"train": texts(40), "valid": texts(12, seed=1), "test": texts(12, seed=2)}
    )
    backbone = write_family("bert", tmp_path / "bert")
    run = ghep.fit(
        table, backbone=backbone, strategy="full", epochs=2, out=tmp_path / "run", device=DEVICE, text_column="text"
    )
    assert run.accuracy.value > 0 and (tmp_path / "run" / "bundle").is_dir()
