"""A stage that is cut off after any step and goes on from disk ends where it would have: bit for bit (P8)."""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch

from ghep.errors import Interrupted
from ghep.model.transfer import TransferModel
from ghep.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ghep.training.loop import train_stage
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings, OptimSettings, Stage
from ghep.training.state import TrainingState
from ghep.training.stop import StopRequest
from tiny import same, tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage

TRAIN, VALID = tiny_data(20), tiny_data(9, seed=1)
EPOCHS, STEPS = 3, 3
MIXED = ObjectiveSettings(label_smoothing=0.1, mixup=0.4, cutmix=1.0)
STAGES = {
    "plain": tiny_stage(epochs=EPOCHS),
    "partly frozen": tiny_stage(epochs=EPOCHS, frozen=2, augment="standard"),
    "everything": tiny_stage(
        epochs=EPOCHS, frozen=1, augment="standard", optim=OptimSettings(ema_decay=0.9), objective=MIXED
    ),
    "sgd": tiny_stage(epochs=EPOCHS, optim=OptimSettings("sgd", momentum=0.9)),
    "sgd without momentum": tiny_stage(epochs=EPOCHS, optim=OptimSettings("sgd", momentum=0.0)),
    "patience": tiny_stage(epochs=EPOCHS, patience=1),
    "constant": tiny_stage(epochs=EPOCHS, optim=OptimSettings(schedule="constant", ema_decay=0.5)),
    "too fast": tiny_stage(epochs=EPOCHS, head_lr=1e6, optim=OptimSettings(warmup=0.0)),
}


HARDEST = ("everything", "too fast")


class CutOffError(Exception):
    pass


def trained(
    stage: Stage, *, valid: bool = True, precision: str = "float32", workers: int = 1, stop: Any = None, **more: Any
) -> tuple[TransferModel, TrainingState]:
    model = tiny_model(dropout=0.3)
    session = tiny_session(workers=workers, stop=stop)
    return model, train_stage(
        model, stage, TRAIN, VALID if valid else None, session, precision=Precision(precision), **more
    )


@functools.cache
def never_stopped(name: str, *, valid: bool) -> tuple[dict[str, torch.Tensor], TrainingState]:
    model, state = trained(STAGES[name], valid=valid)
    return tensors_of(model), state


def cut_off(stage: Stage, folder: Path, epoch: int, step: int, **more: object) -> None:
    def save(state: TrainingState) -> None:
        if (state.epochs_done, state.step) == (epoch, step):
            write_checkpoint(folder, Checkpoint({"key": "k"}, state))
            raise CutOffError

    with pytest.raises(CutOffError):
        trained(stage, save=save, **more)


def resumed(
    stage: Stage, folder: Path, spoil: Callable[[TrainingState], object] = lambda _: None, **more: object
) -> tuple[TransferModel, TrainingState]:
    found = read_checkpoint(folder)
    assert found.run == {"key": "k"}
    spoil(found.state)
    torch.manual_seed(99)  # another process
    return trained(stage, state=found.state, **more)


def record(state: TrainingState) -> object:
    """All but the tensors and the time."""
    rows = [dataclasses.replace(row, seconds=0.0) for row in state.history]
    plain = {
        field.name: getattr(state, field.name)
        for field in dataclasses.fields(TrainingState)
        if not field.name.endswith(("_state", "_rng")) and field.name not in ("seconds", "epoch_began", "good", "begin")
    }
    return repr({**plain, "history": rows})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "valid"),
    [
        *(pytest.param(name, True, marks=pytest.mark.slow if name == "too fast" else ()) for name in STAGES),
        pytest.param("everything", False, marks=pytest.mark.slow),
        pytest.param("too fast", False, marks=pytest.mark.slow),
    ],
)
def test_resumed_after_every_step_equals_never_stopped(name: str, valid: bool, tmp_path: Path) -> None:
    expected, state = never_stopped(name, valid=valid)
    assert name == "patience" or state.epochs_done == EPOCHS
    for epoch in range(state.epochs_done):
        for step in range(1, STEPS + 1) if name in HARDEST else (1 + epoch,):
            folder = tmp_path / f"{epoch}-{step}"
            workers = 1 + step
            cut_off(STAGES[name], folder, epoch, step, valid=valid, workers=workers)
            model, again = resumed(STAGES[name], folder, valid=valid, workers=3 - workers % 3)
            assert same(expected, tensors_of(model)), (epoch, step)
            assert record(state) == record(again), (epoch, step)


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("name", ["everything", "patience"])
def test_resumed_between_two_epochs_too(name: str, epoch: int, tmp_path: Path) -> None:
    expected, state = never_stopped(name, valid=True)
    cut_off(STAGES[name], tmp_path / "c", epoch, 0)
    model, again = resumed(STAGES[name], tmp_path / "c")
    assert same(expected, tensors_of(model)) and record(state) == record(again)


def test_one_that_was_too_fast_is_among_them() -> None:
    _, state = never_stopped("too fast", valid=True)
    assert state.retries > 1 and state.stopped == ""


def test_resumed_in_another_memory_layout_too(tmp_path: Path) -> None:
    layout = "float32-channels_last"
    whole, _ = trained(STAGES["plain"], precision=layout)
    cut_off(STAGES["plain"], tmp_path / "c", 2, 1, precision=layout)
    assert same(tensors_of(whole), tensors_of(resumed(STAGES["plain"], tmp_path / "c", precision=layout)[0]))


def test_a_checkpoint_holds_only_what_can_move(tmp_path: Path) -> None:
    cut_off(STAGES["partly frozen"], tmp_path / "c", 2, 1)
    found = read_checkpoint(tmp_path / "c").state
    blocks = tiny_model().backbone
    last = {f"backbone.{name}" for name in blocks.block_tensors(2)}
    heads = {"heads.label.weight", "heads.label.bias"}
    assert set(found.model_state) == set(found.best_state) == last | heads


def plateau(monkeypatch: pytest.MonkeyPatch, scores: list[float]) -> None:
    """Validation answers by script, by the number of epochs measured so far in this process."""
    from ghep.training import goal

    answers = iter(scores)
    monkeypatch.setattr(goal, "valid_result", lambda *_: goal.ValidResult(next(answers), 1.0))


DROPPED = {
    "model_state": None,
    "average_state": None,
    "optimizer_state": None,
    "torch_rng": None,
    "epochs_done": 1,  # the schedule's place
    "step": 0,  # the sampler's
    "rate_scale": 1.0,
}


@pytest.mark.slow
@pytest.mark.parametrize("part", DROPPED)
def test_weights_differ_without_any_one_part_of_the_state(part: str, tmp_path: Path) -> None:
    """The tests above can fail."""
    stage = STAGES["everything"]

    def slowed(state: TrainingState) -> None:
        state.rate_scale = 0.5

    def dropped(state: TrainingState) -> None:
        slowed(state)
        setattr(state, part, DROPPED[part])

    cut_off(stage, tmp_path / "c", 2, 1, valid=False)
    whole, _ = resumed(stage, tmp_path / "c", slowed, valid=False)
    spoiled, _ = resumed(stage, tmp_path / "c", dropped, valid=False)
    assert not same(tensors_of(whole), tensors_of(spoiled))


def test_what_is_rolled_back_to_is_a_part_of_it(tmp_path: Path) -> None:
    """Cut off between the step that blew up and the one that notices."""
    expected, _ = never_stopped("too fast", valid=True)
    cut_off(STAGES["too fast"], tmp_path / "c", 0, 1)

    def drop(state: TrainingState) -> None:
        state.good = dataclasses.replace(state)

    assert not same(expected, tensors_of(resumed(STAGES["too fast"], tmp_path / "c", drop)[0]))


@pytest.mark.slow
@pytest.mark.parametrize("part", ["best", "best_epoch", "best_state", "history", "loss_sum", "loss_count", "retries"])
def test_the_end_differs_without_any_one_part_of_the_record(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best weights are behind the place of the cut, and patience runs out after it."""
    stage = dataclasses.replace(STAGES["everything"], patience=2, epochs=6)
    ends = []
    for spoil in (None, part):
        plateau(monkeypatch, [0.9, 0.1, 0.2, 0.1, 0.3, 0.1])
        cut_off(stage, tmp_path / "c", 2, 1)

        def drop(state: TrainingState, spoil: str | None = spoil) -> None:
            state.retries = 1
            if spoil is not None:
                setattr(state, spoil, getattr(TrainingState(), spoil))

        model, state = resumed(stage, tmp_path / "c", drop)
        ends.append((record(state), {name: repr(tensor) for name, tensor in tensors_of(model).items()}))
    assert ends[0] != ends[1]
    if part == "best_state":
        assert ends[0][0] == ends[1][0], "only the weights tell"


def test_a_state_survives_a_round_trip(tmp_path: Path) -> None:
    kept: list[TrainingState] = []
    trained(STAGES["everything"], save=kept.append)
    state = kept[-2]
    state.history.append(dataclasses.replace(state.history[-1], train_loss=float("nan"), valid_loss=None))
    state.left_out, state.rate_scale, state.retries = (3, 5), 1e-3, 2
    earlier, best = {"x": torch.tensor(3)}, {"y": torch.zeros(2, 0)}
    write_checkpoint(tmp_path / "c", Checkpoint({"key": "k", "stage": 2}, state, earlier, best))
    read = read_checkpoint(tmp_path / "c")
    assert read.run == {"key": "k", "stage": 2} and same(read.earlier, earlier) and same(read.kept, best)
    assert record(read.state) == record(state), "NaN stays NaN, None stays None"
    assert read.state.seconds == state.seconds and state.seconds > state.epoch_began > 0
    for part in ("model_state", "best_state", "average_state"):
        assert same(getattr(read.state, part), getattr(state, part))
    states = state.optimizer_state
    assert all(same(read.state.optimizer_state[index], slots) for index, slots in states.items())
    assert torch.equal(read.state.torch_rng, state.torch_rng)


# Asked to stop (P9)


@pytest.mark.parametrize("after", [1, 2, 3, 4, 7])
def test_asked_to_stop_it_saves_after_that_step_and_leaves(after: int, tmp_path: Path) -> None:
    """The third step is the last one of its epoch: validation is not waited for."""
    expected, _ = never_stopped("everything", valid=True)
    folder = tmp_path / "c"

    def save(state: TrainingState) -> None:
        write_checkpoint(folder, Checkpoint({"key": "k"}, state))

    class Asked(StopRequest):
        looks = 0

        @property
        def asked(self) -> bool:
            assert self.listening
            self.looks += 1
            return self.looks >= after

        @asked.setter
        def asked(self, value: bool) -> None: ...

    stop = Asked()
    with pytest.raises(Interrupted, match="epoch"):
        trained(STAGES["everything"], save=save, due=lambda: False, stop=stop)
    assert not stop.listening
    again, _ = resumed(STAGES["everything"], folder)
    assert same(expected, tensors_of(again))


def test_the_budget_goes_on_with_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that is resumed has what is left of its time, and rates as of the time that is gone."""
    stage = dataclasses.replace(STAGES["plain"], epochs=10_000)
    cut_off(stage, tmp_path / "c", 1, 2)

    def hour(state: TrainingState) -> None:
        state.seconds = 3600.0
        monkeypatch.setattr(time, "perf_counter", (0.01 * look for look in count()).__next__)

    _, state = resumed(stage, tmp_path / "c", hour, budget_seconds=3600.3)
    assert state.stopped == "time limit" and state.history[-1].head_lr < 0.01 * stage.head_lr
    assert 3600.3 <= state.seconds < 3600.4 and math.isfinite(state.history[-1].train_loss)
