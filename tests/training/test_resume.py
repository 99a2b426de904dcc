"""A stage that is cut off after any epoch and goes on from disk ends where it would have: bit for bit (P8)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ghep.errors import BundleError
from ghep.model.transfer import TransferModel
from ghep.training.checkpoint import load_standing, save_standing
from ghep.training.loop import Standing, train_stage
from ghep.training.precision import Precision
from ghep.training.stage import ObjectiveSettings, OptimSettings, Stage
from ghep.types import Finding
from tiny import same, tensors_of, tiny_data, tiny_model, tiny_stage

TRAIN, VALID = tiny_data(20), tiny_data(9, seed=1)
EPOCHS = 4
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
}


class CutOffError(Exception):
    pass


def fresh() -> TransferModel:
    return tiny_model(dropout=0.3)


def trained(
    stage: Stage, *, valid: bool = True, precision: str = "float32", **more: object
) -> tuple[TransferModel, Standing]:
    model = fresh()
    arguments = {"seed": 0, "precision": Precision(precision), "workers": 1, **more}
    return model, train_stage(model, stage, TRAIN, VALID if valid else None, **arguments)


def cut_off(stage: Stage, folder: Path, after: int, **more: object) -> None:
    def save(standing: Standing) -> None:
        save_standing(folder, standing, run={"key": "k"})
        if standing.epochs_done == after:
            raise CutOffError

    with pytest.raises(CutOffError):
        trained(stage, save=save, **more)


def resumed(
    stage: Stage, folder: Path, spoil: Callable[[Standing], object] = lambda _: None, **more: object
) -> tuple[TransferModel, Standing]:
    standing, run = load_standing(folder)
    assert run == {"key": "k"}
    spoil(standing)
    torch.manual_seed(99)  # another process
    return trained(stage, standing=standing, save=lambda _: None, **more)


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("name", sorted(STAGES))
def test_resumed_equals_never_stopped(name: str, after: int, valid: bool, tmp_path: Path) -> None:
    whole, expected = trained(STAGES[name], valid=valid)
    if expected.epochs_done < after:
        pytest.skip("stopped before")
    cut_off(STAGES[name], tmp_path / "c", after, valid=valid)
    model, standing = resumed(STAGES[name], tmp_path / "c", valid=valid)
    assert same(tensors_of(whole), tensors_of(model))
    rows = [[dataclasses.replace(row, seconds=0.0) for row in one.history] for one in (expected, standing)]
    assert rows[0] == rows[1]
    assert (expected.best, expected.best_epoch, expected.stopped) == (
        standing.best,
        standing.best_epoch,
        standing.stopped,
    )


def test_resumed_in_another_memory_layout_too(tmp_path: Path) -> None:
    layout = "float32-channels_last"
    whole, _ = trained(STAGES["plain"], precision=layout)
    cut_off(STAGES["plain"], tmp_path / "c", 2, precision=layout)
    assert same(tensors_of(whole), tensors_of(resumed(STAGES["plain"], tmp_path / "c", precision=layout)[0]))


def test_resuming_what_was_finished_leaves_the_best_weights(tmp_path: Path) -> None:
    whole, _ = trained(STAGES["plain"], save=lambda one: save_standing(tmp_path / "c", one, run={"key": "k"}))
    model, standing = resumed(STAGES["plain"], tmp_path / "c")
    assert same(tensors_of(whole), tensors_of(model)) and standing.epochs_done == EPOCHS


@pytest.mark.parametrize("part", ["optimizer_state", "torch_rng", "average_state", "model_state", "epochs_done"])
def test_every_part_of_the_standing_is_needed(part: str, tmp_path: Path) -> None:
    """The test above can fail: without any one part the result differs."""
    whole, _ = trained(STAGES["everything"], valid=False)
    cut_off(STAGES["everything"], tmp_path / "c", 2, valid=False)

    def drop(standing: Standing) -> None:
        setattr(standing, part, 1 if part == "epochs_done" else None)

    spoiled, _ = resumed(STAGES["everything"], tmp_path / "c", drop, valid=False)
    assert not same(tensors_of(whole), tensors_of(spoiled))


def test_the_best_weights_of_before_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ghep.training.loop as loop

    scores = iter([(0.9, 1.0), (0.1, 1.0), (0.2, 1.0), (0.3, 1.0)])
    monkeypatch.setattr(loop, "merit", lambda *_: next(scores))
    cut_off(STAGES["plain"], tmp_path / "c", 2)
    best = load_standing(tmp_path / "c")[0].best_state
    model, standing = resumed(STAGES["plain"], tmp_path / "c")
    assert standing.best_epoch == 1
    assert all(torch.equal(tensor, best[name]) for name, tensor in model.state().items())


def test_a_standing_goes_round(tmp_path: Path) -> None:
    _, standing = trained(STAGES["everything"], save=lambda _: None)
    standing.findings.append(Finding("diverged", "error", "it did", "lower", ("a", "b")))
    standing.history.append(dataclasses.replace(standing.history[-1], train_loss=float("nan"), valid_loss=None))
    save_standing(tmp_path / "c", standing, run={"key": "k", "stage": 2})
    read, run = load_standing(tmp_path / "c")
    assert run == {"key": "k", "stage": 2}
    assert repr(read.history) == repr(standing.history), "NaN stays NaN, None stays None"
    for part in ("findings", "best", "best_epoch", "epochs_done", "stopped", "seconds"):
        assert getattr(read, part) == getattr(standing, part)
    for part in ("model_state", "best_state", "average_state"):
        assert same(getattr(read, part), getattr(standing, part))
    assert all(same(read.optimizer_state[index], slots) for index, slots in standing.optimizer_state.items())
    assert torch.equal(read.torch_rng, standing.torch_rng)


def test_no_pickle_in_the_folder(tmp_path: Path) -> None:
    save_standing(tmp_path / "c", Standing(), run={})
    assert {path.name for path in (tmp_path / "c").iterdir()} == {"state.safetensors", "state.json", "MANIFEST.json"}


def test_a_checkpoint_of_another_version_is_an_error_of_ours(tmp_path: Path) -> None:
    from ghep.storage.folder import write_folder
    from ghep.storage.text import read_json, write_json_atomic

    save_standing(tmp_path / "old", Standing(), run={})
    saved = read_json(tmp_path / "old" / "state.json", error=BundleError, what="checkpoint")
    for spoil in (
        lambda state: state["standing"].pop("best_epoch"),
        lambda state: state["standing"]["history"].append({"epoch": 1}),
        lambda state: state.pop("run"),
        lambda state: state.update(standing=[]),
    ):
        state = {**saved, "standing": {**saved["standing"], "history": []}}
        spoil(state)
        with write_folder(tmp_path / "new") as folder:
            (folder / "state.safetensors").write_bytes((tmp_path / "old" / "state.safetensors").read_bytes())
            write_json_atomic(folder / "state.json", state)
        with pytest.raises(BundleError):
            load_standing(tmp_path / "new")
