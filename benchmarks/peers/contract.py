"""Input and output of a peer's script. Standard library only: it runs in every peer's own environment.

The driver (``benchmarks/side_by_side.py``) writes a job as JSON and starts ``python SCRIPT JOB.json ANSWER.json``. The
script does the job as the peer's documentation does it, and answers with its predictions; only the driver scores them,
so accuracy is counted the same way for all.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LAUNCHED = "BENCH_LAUNCHED"
"""Environment variable: when the driver started this process, seconds since the epoch."""


@dataclass(frozen=True)
class Job:
    """The job; the same for every peer."""

    name: str
    """feature_extraction, light, full, progressive, fine_tune, or predict."""
    modality: str
    """images or texts."""
    train: list[tuple[str, str]]
    """(path of an image or the text itself, label) of each example to train on. Empty for predict."""
    test: list[tuple[str, str]]
    """The examples to predict. A peer that validates after each epoch does so on these; their labels choose nothing."""
    classes: list[str]
    backbone: Mapping[str, Any]
    """Images: ``file`` (safetensors in timm's names), ``architecture``, ``create_model`` (arguments of timm),
    ``input_size``, ``mean``, ``std``, ``crop_pct``, ``interpolation``. Texts: ``folder``, with the files of a
    sentence-transformers model."""
    epochs: int
    batch_size: int
    thawed_blocks: int
    """light: how many of the last ``blocks`` are trained with the head; all blocks below are frozen."""
    blocks: list[list[str]]
    """The blocks of the backbone, from the input to the features, as ghep counts them: for each its modules, in timm's
    names (``conv_stem``, ``bn1``; ``blocks.6``) or in those of transformers' base model (``encoder.layer.5``)."""
    table: str = ""
    """The same examples as a CSV file, for tools that read tables: path or text, label, split (train or test)."""
    seed: int = 0
    max_length: int = 256
    """Texts: maximum number of tokens."""
    model: str = ""
    """predict: the folder the peer itself saved its model to in an earlier job. Other jobs: where to save it, if
    anywhere."""


@dataclass
class Answer:
    """The result."""

    startup: float = 0.0
    """Seconds from the launch of the process until imports are done and the model is built, its weights loaded and
    compiled: the first example has not been read."""
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of each part of the work after that: data, train, predict, save."""
    predictions: list[str] = field(default_factory=list)
    """The label predicted for each of ``job.test``, in order."""
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """Notes for the reader: the page of the documentation followed, the limitations."""


class Stopwatch:
    """Times the phases of an answer."""

    def __init__(self, answer: Answer):
        self.answer = answer

    def ready(self) -> None:
        """Mark the end of start-up."""
        self.answer.startup = time.time() - float(os.environ.get(LAUNCHED, "nan"))

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time inside the block to ``name``."""
        began = time.perf_counter()
        yield
        self.answer.phases[name] = self.answer.phases.get(name, 0.0) + time.perf_counter() - began


def read_job(path: str | Path) -> Job:
    """Return the job that the driver wrote."""
    given = json.loads(Path(path).read_text(encoding="utf-8"))
    given["train"] = [tuple(pair) for pair in given["train"]]
    given["test"] = [tuple(pair) for pair in given["test"]]
    return Job(**given)


def asked() -> tuple[Job, Answer, Stopwatch]:
    """Return the job named on the command line, an empty answer and its stopwatch."""
    answer = Answer()
    return read_job(sys.argv[1]), answer, Stopwatch(answer)


def reply(answer: Answer, packages: list[str]) -> None:
    """Write the answer to the driver's path, with the versions of ``packages``."""
    for name in packages:
        try:
            answer.versions[name] = version(name)
        except PackageNotFoundError:
            answer.versions[name] = "not installed"
    Path(sys.argv[2]).write_text(json.dumps(asdict(answer), indent=1), encoding="utf-8")
