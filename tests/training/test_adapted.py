"""A stage with adapters: they and the head move and nothing else; merged at its end, cut off and resumed to the bit."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import pytest
import torch

from ghep.errors import BrokenPromise, ConfigError
from ghep.model.lora import adapters_in, add_lora
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.training.adapted import adapted
from ghep.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ghep.training.loop import train_stage
from ghep.training.moving import free_to_move, trained_parameters
from ghep.training.optim import groups_of
from ghep.training.precision import Precision
from ghep.training.stage import Adapters, OptimSettings, Stage
from ghep.training.state import TrainingState
from tiny import changed, same, tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage
from tiny_transformer import ADAPTED, tiny_transformer

TRAIN, VALID = tiny_data(20), tiny_data(9, seed=1)
EPOCHS, STEPS = 2, 3
ADAPTERS = Adapters(4, 8.0, ("qkv",), dropout=0.3)
STAGES = {
    "every block": Stage("lora", (0.0, 5e-3, 5e-3, 5e-3), 2e-2, epochs=EPOCHS, batch_size=8, adapters=ADAPTERS),
    "the last two, averaged": Stage(
        "lora", (0.0, 0.0, 2e-3, 5e-3), 2e-2, epochs=EPOCHS, batch_size=8, adapters=ADAPTERS,
        optim=OptimSettings(ema_decay=0.9),
    ),
    "too fast": Stage(
        "lora", (0.0, 1e6, 1e6, 1e6), 1e6, epochs=EPOCHS, batch_size=8, adapters=ADAPTERS,
        optim=OptimSettings(warmup=0.0),
    ),
    "convolutions": Stage(
        "lora", (0.0, 5e-3, 5e-3), 2e-2, epochs=EPOCHS, batch_size=8,
        adapters=dataclasses.replace(ADAPTERS, targets=("conv1", "conv2", "0")),
    ),
}  # fmt: skip
CONVOLUTIONS = ("layer1.0.conv1", "layer1.0.conv2", "layer2.0.conv1", "layer2.0.conv2", "layer2.0.shortcut.0")
every = pytest.mark.parametrize("name", STAGES)


class CutOffError(Exception):
    pass


def untrained(stage: Stage) -> TransferModel:
    return tiny_transformer() if stage.adapters.targets == ("qkv",) else tiny_model()


def layers_of(stage: Stage) -> tuple[str, ...]:
    return ADAPTED[stage.frozen_blocks - 1 :] if stage.adapters.targets == ("qkv",) else CONVOLUTIONS


def trained(stage: Stage, **more: Any) -> TransferModel:
    model = untrained(stage)
    train_stage(model, stage, TRAIN, VALID, tiny_session(), precision=Precision(), **more)
    return model


@functools.cache
def never_stopped(name: str) -> dict[str, torch.Tensor]:
    return tensors_of(trained(STAGES[name]))


@pytest.mark.slow
@every
def test_heads_and_adapted_weights_have_moved_and_nothing_else_and_the_model_is_plain_again(name: str) -> None:
    before, after = tensors_of(untrained(STAGES[name])), never_stopped(name)
    weights = {f"backbone.net.{path}.weight" for path in layers_of(STAGES[name])}
    assert list(before) == list(after)
    assert changed(before, after) == weights | {"heads.task_label.weight", "heads.task_label.bias"}


@every
def test_until_the_end_no_weight_of_the_backbone_moves(name: str) -> None:
    model = untrained(STAGES[name])
    before, seen = tensors_of(model.backbone), []

    def save(state: TrainingState) -> None:
        now = tensors_of(model.backbone)
        seen.append({key for key in before if not torch.equal(before[key], now[key])})
        names = {key.rpartition(".lora.")[0] or key for key in state.model_state or {}}
        adapted_layers = {f"backbone.{path}" for path in layers_of(STAGES[name])}
        assert names == adapted_layers | {"heads.label.weight", "heads.label.bias"}, "a checkpoint holds no more"

    train_stage(model, STAGES[name], TRAIN, VALID, tiny_session(), precision=Precision(), save=save)
    assert len(seen) >= EPOCHS * STEPS and not any(seen)


@pytest.mark.parametrize("name", ["every block", "convolutions"])
def test_what_was_scored_is_what_is_left(name: str) -> None:
    """The best epoch's adapters are those that are merged."""
    model = untrained(STAGES[name])
    state = train_stage(model, STAGES[name], TRAIN, VALID, tiny_session(), precision=Precision())
    logits = torch.from_numpy(predict_logits(model, VALID)["label"])
    loss = model.tasks[0].loss(logits, torch.from_numpy(VALID.targets["label"]))
    assert float(loss) == pytest.approx(state.best.loss, rel=1e-5)


@pytest.mark.parametrize("name", ["every block", "convolutions"])
def test_it_learns(name: str) -> None:
    model = trained(dataclasses.replace(STAGES[name], epochs=15, augment="none"))
    assert (predict_logits(model, VALID)["label"].argmax(1) == VALID.targets["label"]).mean() > 0.7


def test_what_diverges_goes_back_to_good_adapters_and_slows_down() -> None:
    model = tiny_transformer()
    state = train_stage(model, STAGES["too fast"], TRAIN, VALID, tiny_session(), precision=Precision())
    assert state.retries and not state.stopped
    assert all(tensor.isfinite().all() for tensor in tensors_of(model).values())


@pytest.mark.slow
@every
@pytest.mark.parametrize(("epoch", "step"), [(0, 1), (0, 3), (1, 0), (1, 2)])
def test_cut_off_and_resumed_is_never_stopped(name: str, epoch: int, step: int, tmp_path: Path) -> None:
    def save(state: TrainingState) -> None:
        if (state.epochs_done, state.step) == (epoch, step):
            write_checkpoint(tmp_path / "c", Checkpoint({"key": "k"}, state))
            raise CutOffError

    with pytest.raises(CutOffError):
        trained(STAGES[name], save=save)
    found = read_checkpoint(tmp_path / "c").state
    torch.manual_seed(7)  # another process
    assert same(tensors_of(trained(STAGES[name], state=found)), never_stopped(name))


def test_however_it_ends_the_adapters_are_gone() -> None:
    model = tiny_transformer()
    before = model.backbone.fingerprints()

    def save(_: TrainingState) -> None:
        raise CutOffError

    with pytest.raises(CutOffError):
        train_stage(model, STAGES["every block"], TRAIN, VALID, tiny_session(), precision=Precision(), save=save)
    assert not adapters_in(model) and model.backbone.fingerprints() == before


def test_a_stage_without_adapters_adds_none() -> None:
    model = tiny_transformer()
    with adapted(model.backbone, tiny_stage(), seed=0):
        assert not adapters_in(model)


def test_every_adapter_is_in_a_group_with_its_blocks_rate() -> None:
    model, stage = tiny_transformer(), STAGES["the last two, averaged"]
    with adapted(model.backbone, stage, seed=0):
        model.freeze(stage.still_blocks)
        groups = {group.name: group for group in groups_of(model, stage)}
        assert {name: group.lr for name, group in groups.items() if "head" not in name} == {
            "blocks.1": 2e-3, "blocks.2": 5e-3,
        }  # fmt: skip
        assert sum(len(group.params) for group in groups.values()) == 2 * 2 + 2


def test_an_adapter_without_a_rate_is_a_broken_promise() -> None:
    model, stage = tiny_transformer(), STAGES["the last two, averaged"]
    add_lora(model.backbone, 2, 4, seed=0)  # in the first block too, which has rate 0
    model.freeze(stage.still_blocks)
    with pytest.raises(BrokenPromise, match="unfrozen without a learning rate"):
        groups_of(model, stage)


def test_a_layer_that_the_network_does_not_call_is_refused_in_the_first_step() -> None:
    model = tiny_transformer()
    attention = model.backbone.net.blocks[1].attn
    qkv = attention.qkv
    attention.forward = lambda inputs, **_: torch.nn.functional.linear(inputs, qkv.weight[:16])
    with pytest.raises(ConfigError, match=r"never calls \(blocks\.1\.attn\.qkv\)"):
        train_stage(model, STAGES["every block"], TRAIN, VALID, tiny_session(), precision=Precision())


def test_what_a_plan_trains_is_counted_and_named() -> None:
    model = tiny_transformer()
    lora, light = STAGES["the last two, averaged"], Stage("light", (0.0, 0.0, 0.0, 1e-3))
    head, each = 16 * 3 + 3, 4 * (16 + 48)
    assert trained_parameters(model, [lora]) == head + 2 * each
    assert free_to_move(model.backbone, [lora]) == {f"{path}.weight" for path in ADAPTED[1:]}
    last = set(model.backbone.block_parameters(3))
    assert free_to_move(model.backbone, [light]) == last
    whole = sum(parameter.numel() for parameter in model.backbone.block_parameters(3).values())
    assert trained_parameters(model, [light]) == head + whole
    assert free_to_move(model.backbone, [lora, light]) == last | {f"{ADAPTED[1]}.weight"}
    beside = trained_parameters(tiny_model(), [STAGES["convolutions"]])
    assert beside == head + 4 * ((72 + 8) * 2 + (72 + 16) + (144 + 16) + (8 + 16))
    assert trained_parameters(model, [Stage("probe", (0.0,) * 4, head="solve")]) == head
