"""Cost of a checkpoint: bytes and seconds by number of frozen leading blocks, AdamW with a moving average.

    scripts/bench checkpoints [--backbone timm/mobilenetv2_100] [--rounds 5] [--folder build/bench/checkpoints]

``snapshot`` is the copy in memory made at the start of each epoch, to roll back to; ``write`` is to the disk of
--folder, hashed and flushed. Medians over rounds. The weights are random: only their number counts.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from pathlib import Path

import torch

from ghep.backbone.catalog import load_backbone
from ghep.model.transfer import TransferModel
from ghep.tasks.classification import Classification
from ghep.training.average import MovingAverage
from ghep.training.checkpoint import Checkpoint, Checkpoints
from ghep.training.moving import State, copied, moving
from ghep.training.state import TrainingState


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench checkpoints", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--backbone", default="timm/mobilenetv2_100")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("build") / "bench" / "checkpoints")
    arguments = parser.parse_args()
    backbone = load_backbone(arguments.backbone, random_weights=True)
    model = TransferModel(backbone, [Classification("label", ("a", "b"))])
    blocks = len(backbone.blocks())
    print(
        f"{arguments.backbone}, torch {torch.__version__}, {torch.get_num_threads()} threads, {arguments.rounds} rounds"
    )
    heads = ("frozen blocks", "MB that move", "MB on disk", "snapshot ms", "average ms", "write ms")
    print("".join(head.rjust(14) for head in heads))
    for frozen in (*range(blocks, blocks // 2, -2), 0):
        print(_row(model, frozen, blocks, arguments.rounds, arguments.folder), flush=True)
    shutil.rmtree(arguments.folder)


def _row(model: TransferModel, frozen: int, blocks: int, rounds: int, folder: Path) -> str:
    tensors = moving(model, frozen)
    average = MovingAverage(tensors, 0.99)
    checkpoints = Checkpoints(folder)
    times: dict[str, list[float]] = {"snapshot": [], "average": [], "write": []}
    for steps in range(rounds):
        began = time.perf_counter()
        state = _state(tensors, average, steps)
        times["snapshot"].append(time.perf_counter() - began)
        began = time.perf_counter()
        average.update(tensors)
        times["average"].append(time.perf_counter() - began)
        state.good = _state(tensors, average, steps)
        state.best_state = copied(tensors)
        began = time.perf_counter()
        checkpoints.save(Checkpoint({}, state, {}, copied(tensors)))
        times["write"].append(time.perf_counter() - began)
    size = max(file.stat().st_size for file in folder.rglob("*.safetensors"))
    millisecond = {name: 1000 * statistics.median(taken) for name, taken in times.items()}
    bytes_that_move = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    cells = [f"{frozen} of {blocks}", f"{bytes_that_move / 1e6:.2f}", f"{size / 1e6:.1f}"]
    cells += [f"{value:.{places}f}" for value, places in zip(millisecond.values(), (1, 2, 0), strict=True)]
    return "".join(cell.rjust(14) for cell in cells)


def _state(tensors: State, average: MovingAverage, steps: int) -> TrainingState:
    """Weights, their average, and AdamW's two moments of each."""
    moments = {index: {"first": one.clone(), "second": one.clone()} for index, one in enumerate(tensors.values())}
    return TrainingState(
        steps=steps, model_state=copied(tensors), average_state=average.state(), optimizer_state=moments
    )


if __name__ == "__main__":
    main()
