"""A stage whose first epochs did harm begins again, at rates that do none; a healthy one does not."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ghep.errors import Interrupted
from ghep.model.predict import predict_logits
from ghep.model.transfer import TransferModel
from ghep.storage.folder import write_folder
from ghep.storage.text import read_json, write_json_atomic
from ghep.training import harm
from ghep.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from ghep.training.harm import acquitted, did_harm, judged_after
from ghep.training.loop import train_stage
from ghep.training.precision import Precision
from ghep.training.range_test import RangeTest
from ghep.training.stage import OptimSettings, Stage
from ghep.training.state import Epoch, TrainingState, ValidResult
from ghep.training.validation import change
from ghep.types import Finding
from tiny import same, tensors_of, tiny_data, tiny_model, tiny_session, tiny_stage

TRAIN, VALID = tiny_data(48), tiny_data(60, seed=1)
LOSSES: dict[str, Any] = {"loss": 5.7, "guessing": 1.1, "valid": 0.3, "start": 0.9, "score": 0.4}
VIEWS_FINDING = Finding.of("augmentation-does-not-fit", "warning", stage=tiny_stage().name, **LOSSES)
STEADY = OptimSettings(warmup=0.0, schedule="constant")
FAST = dataclasses.replace(tiny_stage(epochs=4, optim=STEADY), lrs=(1.0,) * 3, head_lr=4.0)


def trained(stage: Stage, **more: Any) -> tuple[TransferModel, TrainingState]:
    of_stage = {name: more.pop(name) for name in ("state", "save") if name in more}
    model = tiny_model(dropout=0.3)
    return model, train_stage(model, stage, TRAIN, VALID, tiny_session(**more), precision=Precision(), **of_stage)


def accuracy(model: TransferModel) -> float:
    return float((predict_logits(model, VALID)["label"].argmax(1) == VALID.targets["label"]).mean())


def test_a_stage_that_did_harm_begins_again_and_learns() -> None:
    said: list[str] = []
    model, state = trained(FAST, say=said.append)
    assert state.restarts >= 1 and state.retries == 0 and state.rate_scale <= 0.1
    found = [one for one in state.findings if one.code == "learning-rate-too-high"]
    (finding,) = found
    assert finding.severity == "warning" and finding.params["lr"] == 1.0
    assert finding.params["safe"] == pytest.approx(state.rate_scale)
    assert finding.params["after"] == state.best.score > finding.params["score"]
    assert "--lr" in finding.remedy and "trained again at" in finding.message
    assert [row.epoch for row in state.history] == [1, 2, 3, 4], "abandoned epochs are not in the history"
    assert len(said) == state.restarts and "begins again" in said[0]
    assert accuracy(model) > 0.8


@pytest.mark.slow
def test_what_was_abandoned_has_not_been() -> None:
    """The stage ends as one that had begun at those rates."""
    model, state = trained(FAST)
    other, expected = trained(FAST, state=TrainingState(rate_scale=state.rate_scale, restarts=harm.RESTARTS))
    assert same(tensors_of(model), tensors_of(other))
    plain = [[dataclasses.replace(row, seconds=0.0) for row in one.history] for one in (state, expected)]
    assert plain[0] == plain[1] and (state.best, state.best_epoch) == (expected.best, expected.best_epoch)


def test_without_a_retry_it_is_reported_only() -> None:
    model, state = trained(FAST, on_divergence="stop")
    assert state.restarts == 0 and state.rate_scale == 1.0
    (finding,) = state.findings
    assert (finding.code, finding.params["lr"]) == ("learning-rate-too-high", 1.0) and "did harm" in finding.message
    assert accuracy(model) < 0.8


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("epochs", [1, 3, 8])
def test_a_healthy_stage_does_not_begin_again(epochs: int, factor: float) -> None:
    stage = tiny_stage(epochs=epochs)
    stage = dataclasses.replace(stage, lrs=tuple(factor * lr for lr in stage.lrs), head_lr=factor * stage.head_lr)
    _, state = trained(stage)
    assert state.restarts == 0 and state.findings == [] and state.begin is None


def test_no_more_than_the_restarts_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghep.training.loop.did_harm", lambda *_, **__: True)
    monkeypatch.setattr("ghep.training.loop.acquitted", lambda *_, **__: None)
    _, state = trained(tiny_stage())
    assert state.restarts == harm.RESTARTS and state.epochs_done == 3
    assert state.next_stage().restarts == harm.RESTARTS
    assert len(state.findings) == 2 and "did harm" in state.findings[-1].message
    assert state.findings[0].params["lr"] == 2e-3, "of two restarts the first rate"


def test_without_valid_nothing_is_judged() -> None:
    model = tiny_model()
    state = train_stage(model, FAST, TRAIN, None, tiny_session(), precision=Precision())
    assert state.restarts == 0 and state.start_each is None


@pytest.mark.slow
def test_a_stop_during_the_range_test_saves_and_the_run_ends_the_same(tmp_path: Path) -> None:
    expected, whole = trained(FAST)
    folder, stop = tmp_path / "c", StopAt(9)  # 6 steps, 2 batches of validation, then the second step of the test

    def save(state: TrainingState) -> None:
        write_checkpoint(folder, Checkpoint({"key": "k"}, state))

    with pytest.raises(Interrupted):
        trained(FAST, stop=stop, save=save)
    found = read_checkpoint(folder).state
    assert found.epochs_done == 1 and found.begin is not None and found.restarts == 0
    model, state = trained(FAST, state=found)
    assert same(tensors_of(expected), tensors_of(model))
    assert [one.message for one in state.findings] == [one.message for one in whole.findings]


@pytest.mark.slow
def test_cut_off_after_any_step_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    """Of both attempts: the one that did harm, and the one at lower rates (P8)."""
    saved: list[TrainingState] = []
    expected, whole = trained(FAST, save=saved.append)
    assert {one.restarts for one in saved} == set(range(whole.restarts + 1))
    for number, state in enumerate(saved[::7]):
        write_checkpoint(tmp_path / str(number), Checkpoint({"key": "k"}, state))
        torch.manual_seed(99)
        model, again = trained(FAST, state=read_checkpoint(tmp_path / str(number)).state)
        assert same(tensors_of(expected), tensors_of(model)), (state.restarts, state.epochs_done, state.step)
        assert [one.message for one in again.findings] == [one.message for one in whole.findings]
        assert (again.best, again.best_epoch, again.rate_scale) == (whole.best, whole.best_epoch, whole.rate_scale)


class StopAt:
    """A request to stop that is made at the k-th look."""

    by_request, deadline, listening = False, None, False

    def __init__(self, k: int) -> None:
        self.left = k

    @property
    def asked(self) -> bool:
        self.left -= 1
        return self.left < 0

    def heard(self) -> Any:
        from contextlib import nullcontext

        return nullcontext()


def test_a_checkpoint_of_a_version_without_these_fields_is_resumed(tmp_path: Path) -> None:
    stage = tiny_stage()
    expected, _ = trained(stage)
    saved: list[TrainingState] = []
    trained(stage, save=saved.append)
    write_checkpoint(tmp_path / "new", Checkpoint({"key": "k"}, saved[4]))
    from safetensors.torch import load_file, save_file

    from ghep.errors import BundleError

    plain = read_json(tmp_path / "new" / "state.json", error=BundleError, what="checkpoint")
    tensors = load_file(tmp_path / "new" / "state.safetensors")
    del plain["begin"]
    for part in (plain["now"], plain["good"]):
        del part["restarts"]
        for row in part["history"]:
            del row["answer_entropy"], row["largest_answer"]
    with write_folder(tmp_path / "old") as temporary:
        save_file({name: one for name, one in tensors.items() if "_each/" not in name}, temporary / "state.safetensors")
        write_json_atomic(temporary / "state.json", plain)
    found = read_checkpoint(tmp_path / "old").state
    assert found.restarts == 0 and found.start_each is None and found.steps == saved[4].steps
    assert same(tensors_of(expected), tensors_of(trained(stage, state=found)[0]))


# The rule


def each(loss: np.ndarray, score: np.ndarray) -> dict[str, torch.Tensor]:
    return {"loss": torch.from_numpy(loss).float(), "score": torch.from_numpy(score).float()}


def judged(*, rise: float, lost: int, train_loss: float = 0.1, n: int = 60) -> bool:
    rng = np.random.default_rng(0)
    loss, score = rng.gamma(1.0, 0.3, n), np.ones(n)
    score[:5] = 0
    worse = score.copy()
    worse[5 : 5 + lost] = 0
    return did_harm(
        each(loss, score), each(loss + rise * rng.gamma(1.0, 1.0, n), worse), train_losses=[train_loss], guessing=1.1
    )


def test_harm_is_a_loss_that_rose_with_a_score_that_fell_or_training_above_guessing() -> None:
    assert judged(rise=1.0, lost=20)
    assert judged(rise=1.0, lost=7, train_loss=1.2)
    assert not judged(rise=1.0, lost=7), "of 60 examples 7 fewer may be a dip"
    assert not judged(rise=1.0, lost=0, train_loss=1.2), "confident, and as good as before"
    assert not judged(rise=1.0, lost=3), "a dip"
    assert not judged(rise=0.0, lost=20), "the loss is as it was"
    assert not judged(rise=-0.2, lost=20, train_loss=1.2)


def test_a_score_that_fell_surely_needs_no_sure_rise_of_the_loss() -> None:
    """Of few examples the rise is uncertain, because some of them have a very large loss."""
    before = each(np.full(30, 0.03), np.ones(30))
    loss, score = np.full(30, 0.1), np.ones(30)
    loss[:12], score[:12] = np.geomspace(0.5, 20, 12), 0
    assert 0.001 < change(before, each(loss, score), "loss").p_value < 0.05
    assert did_harm(before, each(loss, score), train_losses=[4.0], guessing=2.3)
    assert not did_harm(before, each(loss, np.where(np.arange(30) < 8, 0.0, 1.0)), train_losses=[1.0], guessing=2.3)


def test_from_guessing_a_score_cannot_fall() -> None:
    guess, right = each(np.full(60, 1.1), np.arange(60) % 3 == 0), np.arange(60) % 2 == 0
    rose = each(np.random.default_rng(0).gamma(2.0, 2.0, 60), right)
    assert did_harm(guess, rose, train_losses=[1.2], guessing=1.1)
    assert not did_harm(guess, rose, train_losses=[1.0], guessing=1.1), "it learns, and BatchNorm is not settled"
    assert not did_harm(guess, rose, train_losses=[1.2], guessing=1.1, ended=True), "better than guessing"
    confident = {**guess, "loss": guess["loss"] + 6}
    assert not did_harm(confident, {**rose, "loss": rose["loss"] + 12}, train_losses=[1.5], guessing=1.1), "no guesses"
    same_score = {**rose, "score": guess["score"]}
    assert did_harm(guess, rose, train_losses=[3.9, 1.0], guessing=1.1), "an epoch far above guessing"
    assert not did_harm(guess, rose, train_losses=[3.9, 1.0], guessing=1.1, ended=True)
    assert did_harm(guess, same_score, train_losses=[1.2], guessing=1.1, ended=True), (
        "in the end no better than guessing"
    )
    assert not did_harm(guess, same_score, train_losses=[1.0], guessing=1.1, ended=True), "it learns"


def acquitted_by(
    *, calm: float, exploded: float | None = None, valid: float = 0.3, train_loss: float = 5.0, augmented: bool = True
) -> list[str] | None:
    """Return the messages of the findings; None: the rates did the harm."""
    epoch = Epoch("tiny", 1, train_loss, 2.0, 0.4, 1e-2, 1.0)
    state = TrainingState(start_each=each(np.full(60, valid), np.ones(60)), best=ValidResult(0.4, 2.0), history=[epoch])
    tested = RangeTest((1e-4,) * 40, (calm,) * 10 + (5.0,) * 30, exploded)
    found = acquitted(state, tiny_stage(), tested, guessing=1.1, augmented=augmented)
    return None if found is None else [one.message for one in found]


def test_augmented_examples_that_the_head_did_not_know_before_any_step_are_to_blame() -> None:
    (message,) = acquitted_by(calm=5.7) or [""]
    assert "augmentation did harm" in message and "loss of 5.7" in message
    assert acquitted_by(calm=0.5) is None, "the head knew them"
    assert acquitted_by(calm=5.7, exploded=0.1) is None, "the rates did harm as well"
    assert acquitted_by(calm=5.7, valid=5.6) is None, "the head did not know valid either"
    assert acquitted_by(calm=5.7, augmented=False) is None


def test_few_steps_from_guessing_are_no_harm_unless_the_range_test_explodes() -> None:
    few_steps: dict[str, float] = {"calm": 1.1, "valid": 1.1, "train_loss": 1.2}
    assert acquitted_by(**few_steps) == []
    assert acquitted_by(**few_steps, exploded=0.1) is None
    assert acquitted_by(**{**few_steps, "train_loss": 1.5}) is None, "far above guessing"


def test_if_augmentation_is_to_blame_training_goes_on_as_if_nobody_had_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at a lower rate, and the finding is the only one."""
    monkeypatch.setattr("ghep.training.loop.did_harm", lambda *_, **__: True)
    monkeypatch.setattr("ghep.training.loop.acquitted", lambda *_, **__: [VIEWS_FINDING])
    said: list[str] = []
    model, state = trained(tiny_stage(epochs=4), say=said.append)
    assert state.findings == [VIEWS_FINDING] and said == [VIEWS_FINDING.message]
    assert state.restarts == 0 and state.rate_scale == 1.0
    monkeypatch.undo()
    assert same(tensors_of(model), tensors_of(trained(tiny_stage(epochs=4), on_divergence="stop")[0]))


@pytest.mark.parametrize(("epochs", "after"), [(1, 1), (3, 1), (4, 1), (5, 2), (8, 2), (30, 8)])
def test_a_stage_is_judged_after_a_quarter(epochs: int, after: int) -> None:
    assert judged_after(tiny_stage(epochs=epochs)) == after
