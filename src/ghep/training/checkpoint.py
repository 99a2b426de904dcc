"""A stage's standing on disk, after every epoch: written aside, hashed, renamed into place.

One folder, two files: ``state.safetensors`` (weights, best weights, average, optimiser, random state) and
``state.json`` (everything else). No pickle: optimiser state is tensors by parameter index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ghep.errors import BundleError
from ghep.storage.folder import verify_folder, write_folder
from ghep.storage.text import read_json, write_json_atomic
from ghep.training.loop import Epoch, Standing
from ghep.types import Finding

PARTS = ("model_state", "best_state", "kept_state", "average_state")


def save_standing(folder: Path, standing: Standing, *, run: Mapping[str, Any]) -> None:
    """Write ``standing`` as ``folder``, replacing what was there; ``run`` says what it belongs to."""
    from safetensors.torch import save_file

    tensors = {
        f"{part}/{name}": tensor.cpu().contiguous()
        for part in PARTS
        for name, tensor in (getattr(standing, part) or {}).items()
    }
    for index, slots in (standing.optimizer_state or {}).items():
        tensors |= {f"optimizer/{index}/{key}": tensor.cpu().contiguous() for key, tensor in slots.items()}
    if standing.torch_rng is not None:
        tensors["torch_rng"] = standing.torch_rng
    with write_folder(folder) as temporary:
        save_file(tensors, temporary / "state.safetensors")
        write_json_atomic(temporary / "state.json", {"run": dict(run), "standing": _plain(standing)})


def load_standing(folder: Path) -> tuple[Standing, dict[str, Any]]:
    """Read what ``save_standing`` wrote, and the run it belongs to; raise BundleError when it is damaged."""
    from safetensors.torch import load_file

    verify_folder(folder, error=BundleError, what="checkpoint", required=("state.safetensors", "state.json"))
    saved = read_json(folder / "state.json", error=BundleError, what="checkpoint")
    tensors = load_file(folder / "state.safetensors")
    try:
        return _standing(saved["standing"], tensors), saved["run"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:  # whole, and of another version
        raise BundleError(
            f"the checkpoint {folder} is not of this version of ghep ({type(error).__name__}: {error})",
            remedy="finish the run with the version that began it, or begin again",
        ) from error


def _standing(plain: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Standing:
    return Standing(
        epochs_done=plain["epochs_done"],
        history=[epoch_from(row) for row in plain["history"]],
        best=tuple(plain["best"]) if plain["best"] else None,
        best_epoch=plain["best_epoch"],
        seconds=plain["seconds"],
        stopped=plain["stopped"],
        findings=[Finding(**{**row, "items": tuple(row["items"])}) for row in plain["findings"]],
        optimizer_state=_optimizer(tensors),
        torch_rng=tensors.get("torch_rng"),
        **{part: _part(tensors, part) for part in PARTS},
    )


def epoch_from(row: Mapping[str, Any]) -> Epoch:
    """Read a row of the history from JSON, which has no word for NaN: a ``train_loss`` of null is one."""
    return Epoch(**{**row, "train_loss": float("nan") if row["train_loss"] is None else row["train_loss"]})


def _plain(standing: Standing) -> dict[str, Any]:
    return {
        "epochs_done": standing.epochs_done,
        "history": [asdict(row) for row in standing.history],
        "best": standing.best,
        "best_epoch": standing.best_epoch,
        "seconds": standing.seconds,
        "stopped": standing.stopped,
        "findings": [asdict(finding) for finding in standing.findings],
    }


def _part(tensors: Mapping[str, torch.Tensor], part: str) -> dict[str, torch.Tensor] | None:
    found = {name.removeprefix(f"{part}/"): tensor for name, tensor in tensors.items() if name.startswith(f"{part}/")}
    return found or None


def _optimizer(tensors: Mapping[str, torch.Tensor]) -> dict[int, dict[str, torch.Tensor]] | None:
    slots: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, index, key = name.split("/", 2)
            slots.setdefault(int(index), {})[key] = tensor
    return slots or None
