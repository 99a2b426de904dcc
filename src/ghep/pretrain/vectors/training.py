"""Train word vectors: passes over the stream, a falling learning rate, a time limit, checkpoints, held-out losses.

PyTorch uses one thread. Without a time limit that ends the training, the vectors depend on the corpus, the settings and
the seed alone, and a resumed training ends with the same bits as one that was not interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil, isfinite
from typing import Any

import torch

from ghep.errors import ConfigError, Interrupted
from ghep.messages import text_of
from ghep.pretrain.vectors.judged import losses_of
from ghep.pretrain.vectors.options import VectorOptions
from ghep.pretrain.vectors.skip_gram import SkipGram
from ghep.pretrain.vectors.windows import PART, Pairs, Sampler, batches, parts_of, shuffled
from ghep.pretrain.vectors.words import Stream
from ghep.reporter import Reporter
from ghep.training.checkpoint import Checkpoint, Checkpoints
from ghep.training.state import TIME_LIMIT, TrainingState
from ghep.training.stop import StopRequest

LOWEST = 1 / 250
"""Part of the first learning rate at which it ends, as in word2vec: .025 to .0001."""
ROUNDS = 20
"""Points of the curve, at equal numbers of words or, with a time limit, of seconds."""
MEASURED = 32
"""Every so many batches the loss is computed."""


@dataclass
class Progress:
    """Where a training is, as plain values: what a checkpoint saves next to the two matrices."""

    epoch: int = 0
    part: int = 0
    batch: int = 0
    """Batches done of the part."""
    steps: int = 0
    """Batches done in all."""
    words: int = 0
    """Words read in all, those left out included."""
    seconds: float = 0.0
    loss_sum: float = 0.0
    loss_count: int = 0
    """Of the training losses since the last row of the curve."""
    curve: list[dict[str, Any]] = field(default_factory=list)
    stopped: str = ""
    """TIME_LIMIT if that ended the training before the last pass, else empty."""


@dataclass
class VectorTraining:
    """A training of ``model`` on ``stream``; ``options`` have no None left."""

    model: SkipGram
    stream: Stream
    sampler: Sampler
    held_out: Pairs
    options: VectorOptions
    seed: int
    reporter: Reporter
    stop: StopRequest
    checkpoints: Checkpoints | None = None
    progress: Progress = field(default_factory=Progress)

    def run(self, resume_from: Checkpoint | None = None) -> Progress:
        """Train to the end; return the progress.

        Raises Interrupted, after saving, if a stop was requested, and ConfigError if the loss becomes infinite.
        """
        if resume_from is not None:
            self._restore(resume_from)
        elif not self.progress.curve:
            self._judge(0.0)
        began = time.perf_counter() - self.progress.seconds
        with one_thread(), self.stop.heard():
            for loss in self._steps():
                progress = self.progress
                progress.seconds = time.perf_counter() - began
                if loss is not None:
                    self._add(loss)
                done = self._done()
                if len(progress.curve) / ROUNDS <= done < 1 and len(progress.curve) < ROUNDS:  # 1: after the loop
                    self._judge(done)
                if self.stop.by_request:
                    if self.checkpoints is not None:
                        self.checkpoints.save(self._checkpoint(), self.reporter.say)
                    raise Interrupted("vectors-interrupted", steps=progress.steps, epoch=progress.epoch + 1)
                if self.checkpoints is not None and self.checkpoints.due():
                    self.checkpoints.save(self._checkpoint(), self.reporter.say)
                if done >= 1:
                    break
            self.progress.stopped = TIME_LIMIT if self.progress.words < self._words else ""
            self._judge(1.0)
        return self.progress

    @property
    def _words(self) -> int:
        """Words to read in all passes."""
        return ceil(self.options.passes or 1) * len(self.stream.words)

    def _done(self) -> float:
        """Return the part of the training that is done, by words or, if more, by time."""
        by_words = self.progress.words / self._words
        limit = self.options.time_limit
        return max(by_words, self.progress.seconds / limit if limit else 0.0)

    def _steps(self) -> Iterator[float | None]:
        """Train one batch after another; yield its loss where it was measured, else None."""
        progress, options = self.progress, self.options
        parts, length = parts_of(self.stream), len(self.stream.words)
        epoch, stream = -1, self.stream
        assert options.lr is not None and options.negatives is not None
        while progress.epoch < ceil(options.passes or 1):
            address = {"seed": self.seed, "epoch": progress.epoch}
            if epoch != progress.epoch:
                epoch, stream = progress.epoch, shuffled(self.stream, **address)
            start = epoch * length + progress.part * PART
            for batch in batches(stream, self.sampler, **address, part=progress.part, skip=progress.batch):
                lr = options.lr * max(LOWEST, 1 - self._done())
                measured = progress.steps % MEASURED == 0
                loss = self.model.step(batch, lr=lr, negatives=options.negatives, measured=measured)
                progress.words = start + batch.words
                progress.batch += 1
                progress.steps += 1
                yield loss
            progress.part, progress.batch = progress.part + 1, 0
            if progress.part == parts:
                progress.epoch, progress.part = progress.epoch + 1, 0

    def _add(self, loss: float) -> None:
        progress = self.progress
        if loss == loss:  # not a batch without pairs
            progress.loss_sum += loss
            progress.loss_count += 1
        if not (isfinite(loss) or loss != loss) or not bool(torch.isfinite(self.model.outputs).all()):
            raise ConfigError("vectors-diverged", steps=progress.steps, lr=self.options.lr)

    def _judge(self, done: float) -> None:
        """Add a row to the curve."""
        progress = self.progress
        held = losses_of(self.model, self.held_out)
        train = progress.loss_sum / progress.loss_count if progress.loss_count else None
        row = {
            "round": len(progress.curve),
            "steps": progress.steps,
            "words": progress.words,
            "seconds": progress.seconds,
            "train_loss": train,
            "held_out_loss": float(held.mean()) if len(held) else None,
            "bits_per_byte": None,
            "lr": (self.options.lr or 0.0) * max(LOWEST, 1 - done),
        }
        progress.curve.append(row)
        progress.loss_sum, progress.loss_count = 0.0, 0
        if train is not None:
            code = "vectors-round-line" if row["held_out_loss"] is None else "vectors-round-line-held"
            said = {"part": round(100 * done), "train": train, "seconds": progress.seconds}
            self.reporter.say(text_of(code, **said, held_out=row["held_out_loss"]))
        self.reporter.progress(text_of("vectors-phase"), min(progress.words, self._words), self._words)

    def _checkpoint(self) -> Checkpoint:
        matrices = {"inputs": self.model.inputs, "outputs": self.model.outputs}
        state = TrainingState(steps=self.progress.steps, seconds=self.progress.seconds, model_state=matrices)
        key = "" if self.checkpoints is None else self.checkpoints.key
        return Checkpoint({"key": key, "progress": _plain(self.progress)}, state)

    def _restore(self, checkpoint: Checkpoint) -> None:
        found = checkpoint.state.model_state or {}
        self.model.inputs.copy_(found["inputs"])
        self.model.outputs.copy_(found["outputs"])
        self.progress = Progress(**checkpoint.run["progress"])


def _plain(progress: Progress) -> Mapping[str, Any]:
    return {**vars(progress), "curve": list(progress.curve)}


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch use one thread in the block: sums by index then have one order, and small products lose nothing."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
