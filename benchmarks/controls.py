"""The linear controls, linear_ngrams for texts and linear_hog for images: accuracy, log loss and seconds to fit.

    scripts/bench controls DATA [DATA ...] [--label COLUMN ...] [--shots 2,8,32] [--draws 3] [--words FILE]

DATA is read, checked and split as `ghep compare` does. A control is fitted to train; valid, or cross-validation where
valid is small, chooses its setting; it is scored on test. --shots also fits it to so many labels per class, of which
about a fifth become valid, as in `ghep compare --labels`; numbers are then means over --draws draws. --words FILE
scores ghep's previous control on the same rows: TF-IDF of words with logistic regression,

    git show fdee74f:src/ghep/data/linear_words.py > FILE

Intervals are Wilson's, for the test examples (95 %). p is McNemar's, of the two on the same test examples.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ghep.comparison.execution.ground import with_test
from ghep.comparison.planning.draws import nested_draws
from ghep.data.check import prepare
from ghep.data.dataset import Dataset
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.text.control import fit_text_control
from ghep.data.text.loader import load_text
from ghep.experiment.prepared import source_of, tasks_of
from ghep.metrics.intervals import wilson
from ghep.metrics.paired import mcnemar
from ghep.types import Example

Fit = Callable[..., Any]


class Scored(NamedTuple):
    """Result of a control on the test split."""

    right: NDArray[np.bool_]
    log_loss: float
    seconds: float
    used: float
    """Processor seconds, which other processes on the machine hardly change."""
    how: str


class OldWords:
    """The control of an earlier commit, over examples."""

    def __init__(self, fitted: Any) -> None:
        self.fitted, self.seconds = fitted, fitted.seconds

    def outputs(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return (N, K)."""
        found: NDArray[np.float64] = self.fitted.probabilities([load_text(one.raw) for one in examples])
        return found


def main() -> None:
    arguments = _arguments()
    columns = (
        "labels a class",
        "n train, valid, test",
        "control",
        "accuracy (95 %)",
        "log loss",
        "s, processor s to fit",
    )
    print(f"| data | {' | '.join(columns)} | setting |")
    print("|---" * 8 + "|")
    for place, data in enumerate(arguments.data):
        label = arguments.label[place] if place < len(arguments.label) else None
        columns = {"label_columns": [label]} if label else {}
        dataset = prepare(source_of(Path(data), columns, each=with_test))
        parts = {(None, 0): dataset}
        shots = [int(one) for one in arguments.shots.split(",") if one]
        for draw in range(arguments.draws if shots else 0):
            drawn = nested_draws(dataset, dataset.tasks[0], shots, draw=draw)
            parts |= {(labels, draw): part for labels, part in drawn.items()}
        fits = _fits(dataset, arguments.words)
        for labels in (None, *shots):
            alike = [part for (count, _), part in parts.items() if count == labels]
            _line(f"{Path(data).name}, {dataset.tasks[0]}", labels, alike, dataset, fits)


def _fits(dataset: Dataset, words: Path | None) -> dict[str, Fit]:
    if dataset.modality != "text":
        preprocess = ImagePreprocess(height=224, width=224, resize_to=256)
        return {"linear_hog": preprocess.linear_control(lambda example: preprocess.decode(example.raw))}
    return {"linear_ngrams": fit_text_control, **({"before": _old(words)} if words else {})}


def _old(file: Path) -> Fit:
    spec = importlib.util.spec_from_file_location("linear_words", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["linear_words"] = module
    spec.loader.exec_module(module)

    def fit(examples: Sequence[Example], targets: Any, num_classes: int, *, valid: Any = None) -> OldWords:
        texts = [load_text(one.raw) for one in examples]
        held_out = valid and ([load_text(one.raw) for one in valid[0]], valid[1])
        return OldWords(module.fit_linear_words(texts, targets, num_classes, valid=held_out))

    return fit


def _line(name: str, labels: int | None, parts: Sequence[Dataset], whole: Dataset, fits: dict[str, Fit]) -> None:
    found = {control: [_scored(fit, part, whole) for part in parts] for control, fit in fits.items()}
    count, first = len(whole.test), parts[0]
    for control, scored in found.items():
        accuracy = float(np.mean([one.right.mean() for one in scored]))
        shown = f"{accuracy:.3f} over {len(scored)} draws"
        if len(scored) == 1:
            bounds = wilson(int(scored[0].right.sum()), count)
            shown = f"{accuracy:.3f} ({bounds.low:.3f} to {bounds.high:.3f})"
        loss, seconds, used = (
            float(np.mean([getattr(one, of) for one in scored])) for of in ("log_loss", "seconds", "used")
        )
        sizes = f"{len(first.train)}, {len(first.valid)}, {count}"
        all_labels = "all" if labels is None else labels
        line = f"| {name} | {all_labels} | {sizes} | {control} | {shown} | {loss:.3f} | {seconds:.1f}, {used:.1f} |"
        print(f"{line} {scored[0].how} |", flush=True)
    if len(found) == 2 and len(parts) == 1:
        new, old = (scored[0].right for scored in found.values())
        paired = mcnemar(new, old)
        print(f"|  |  |  | difference | {100 * paired.difference:+.1f} points, p = {paired.p_value:.2g} |  |  |  |")


def _scored(fit: Fit, part: Dataset, whole: Dataset) -> Scored:
    (task,) = tasks_of(part, ())
    targets, truth = (task.encode([one.labels for one in rows]) for rows in (part.train, whole.test))
    valid = (part.valid, task.encode([one.labels for one in part.valid])) if part.valid else None
    before = time.process_time()
    control = fit(part.train, targets, task.outputs, valid=valid)
    used = time.process_time() - before
    probabilities = control.outputs(whole.test)
    likely = np.clip(probabilities[np.arange(len(truth)), truth], 1e-15, 1)
    setting, strength = (getattr(control.fitted, name, None) for name in ("setting", "strength"))
    how = f"{setting[0]}, C = {setting[1]:g}" if setting else f"ridge, {strength:.3g}" if strength else ""
    return Scored(probabilities.argmax(axis=1) == truth, float(-np.log(likely).mean()), control.seconds, used, how)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench controls", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="+")
    parser.add_argument("--label", action="append", default=[], help="label column of each DATA, in order")
    parser.add_argument("--shots", default="", help="labels a class, with commas")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--words", type=Path, help="linear_words.py of an earlier commit")
    return parser.parse_args()


if __name__ == "__main__":
    main()
