"""The demo: how far do 20 labels a class go, with and without a pretrained backbone?

scikit-learn carries 1,797 scanned handwritten digits (8 x 8 pixels, Alpaydin and Kaynak 1998). They are written out as
PNG files, 20 a class to learn from and the rest to test on, and three strategies are fitted to them through the
public API, with the backbone that comes inside ghep. No network is used.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PIL import Image

import ghep
from ghep.cli.terminal import Terminal
from ghep.experiment.record import Run

LABELS_PER_CLASS = 20
FOLDER = Path("build") / "demo"
STRATEGIES = (
    ("linear_probe", {}),
    ("light", {"augment": "no-mirror"}),
    ("scratch", {"augment": "no-mirror"}),
)


def main() -> None:
    began = time.perf_counter()
    data = write_digits(FOLDER / "digits")
    rows: list[tuple[str, Run]] = []
    for strategy, settings in STRATEGIES:
        with Terminal() as terminal:
            terminal.say(f"\n=== {strategy}")
            run = ghep.fit(
                data, strategy=strategy, out=FOLDER / strategy, overwrite=True, reporter=terminal, **settings
            )
        rows.append((strategy, run))
    print(f"\n{LABELS_PER_CLASS} labels a class, backbone seedling, seed 0\n")
    print(f"{'strategy':<14}{'accuracy':>9}   {'95 % interval':<17}{'test':>6}{'seconds':>9}{'trained parameters':>20}")
    for strategy, run in rows:
        score = run.accuracy
        bounds = f"{score.interval.low:.3f} to {score.interval.high:.3f}"
        trained = f"{run.cost.trained_parameters:,}"
        print(f"{strategy:<14}{score.value:>9.3f}   {bounds:<17}{score.n:>6}{run.cost.seconds:>9.1f}{trained:>20}")
    print(f"{'majority class':<14}{rows[0][1].result().majority:>9.3f}")
    print(f"\n{verdict(dict(rows))}")
    best = max(rows, key=lambda row: row[1].accuracy.value)[1]
    example = next((data / "test" / "7").iterdir())
    print(f"\nbundle of the best: {best.bundle}")
    print(f"try it: .venv/bin/ghep predict {best.bundle} {example} --top 3")
    print(f"{time.perf_counter() - began:.0f} s in all")


def verdict(runs: dict[str, Run]) -> str:
    """Say what the pretrained weights were worth, by intervals that do not overlap."""
    best = max(("linear_probe", "light"), key=lambda name: runs[name].accuracy.value)
    transfer, scratch = runs[best].accuracy.interval, runs["scratch"].accuracy.interval
    assert transfer is not None and scratch is not None
    if transfer.low > scratch.high:
        return f"The pretrained weights helped: {best} is above scratch."
    if scratch.low > transfer.high:
        return (
            "The pretrained weights did not help here: scratch is above them. Digits are easy, and look nothing like\n"
            "the photos that seedling was raised on. That is what the control is for; README has photos."
        )
    return f"No difference can be told between {best} and scratch on these test images."


def write_digits(root: Path) -> Path:
    """Write root/{train,test}/<digit>/<number>.png, the same files every time."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    taken: dict[int, int] = {}
    for number in order:
        digit = int(digits.target[number])
        taken[digit] = taken.get(digit, 0) + 1
        folder = root / ("train" if taken[digit] <= LABELS_PER_CLASS else "test") / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[number] * 255 / 16).astype(np.uint8)).save(folder / f"{number:04}.png")
    return root


if __name__ == "__main__":
    main()
