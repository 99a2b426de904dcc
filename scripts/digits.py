"""The demo: what are pretrained weights worth with 2, 5, 10 and 20 labels a class?

scikit-learn contains 1,797 scanned handwritten digits (8 x 8 pixels, Alpaydin and Kaynak 1998). They are written as PNG
files, 20 a class for training and 50 a class for testing. Compared are a linear probe and light fine-tuning of the
default backbone, and training it from scratch. No network connection is used.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PIL import Image

import ghep
from ghep.comparison.analysis.label_curves import in_words
from ghep.comparison.record import Evidence

TRAIN, TEST = 20, 50
"""Images per class."""
LABELS = (2, 5, 10)
TIME_LIMIT = 150.0
"""Seconds; on a slow machine some points of the curves are left out."""
FOLDER = Path("build") / "demo"


def main() -> None:
    began = time.perf_counter()
    data = write_digits(FOLDER / "digits")
    with ghep.Terminal() as terminal:
        compared = ghep.compare(
            data,
            strategies="linear_probe,light,scratch",
            labels=LABELS,
            seeds=1,
            search=False,
            controls=False,  # scratch is among the strategies; random features would cost more time than they are worth
            augment="no-mirror",  # a mirrored 2 is not a 2
            image_size=48,  # 8 x 8 pixels have no more detail
            time_limit=TIME_LIMIT,
            out=FOLDER / "comparison",
            reporter=terminal,
        )
    print("\n" + "\n".join(table(compared.evidence)) + "\n")
    print(f"\n{compared.evidence.verdict.message}")
    for saved in compared.evidence.saved:
        if saved.control.strategy == "scratch" and saved.num_labels < saved.most:
            print(f"  {in_words(saved)}")
    example = next((data / "test" / "7").iterdir())
    print(f"\nplot     {compared.folder / 'figures' / 'transfer_labels.png'}")
    print(f"report   {compared.folder / 'report.html'}")
    print(f"try      .venv/bin/ghep predict {compared.bundle} {example} --top 3")
    print(f"\n{time.perf_counter() - began:.0f} s in all")


def table(evidence: Evidence) -> list[str]:
    """Return accuracy by labels per class, one row per contender, with 95 % intervals."""
    columns = [*LABELS, None]
    heads = [f"{labels or TRAIN} a class" for labels in columns]
    lines = [f"{'accuracy (95 % interval)':<26}" + "".join(f"{head:>22}" for head in heads)]
    for curve in evidence.curves:
        points = {point.labels: point for point in curve.points}
        cells = [
            f"{points[one].accuracy:.3f} ({points[one].interval.low:.2f} to {points[one].interval.high:.2f})"
            if one in points
            else "-"
            for one in columns
        ]
        lines.append(f"{curve.contender.strategy:<26}" + "".join(f"{cell:>22}" for cell in cells))
    return lines


def write_digits(root: Path) -> Path:
    """Write root/{train,test}/<digit>/<number>.png, the same files every time."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    taken: dict[int, int] = {}
    for number in np.random.default_rng(0).permutation(len(digits.target)):
        digit = int(digits.target[number])
        taken[digit] = taken.get(digit, 0) + 1
        if taken[digit] > TRAIN + TEST:
            continue
        folder = root / ("train" if taken[digit] <= TRAIN else "test") / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[number] * 255 / 16).astype(np.uint8)).save(folder / f"{number:04}.png")
    return root


if __name__ == "__main__":
    main()
