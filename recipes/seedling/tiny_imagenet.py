"""Write photos.csv (path, label, split) for a folder of Tiny ImageNet, so that ghep can read it.

    python recipes/seedling/tiny_imagenet.py path/to/tiny-imagenet-200

Tiny ImageNet (Stanford CS231n): 200 classes of ImageNet, 500 training and 50 validation photos each, 64 x 64 pixels.
Labels become words (``words.txt``); two classes may not share one, so a repeated word keeps its WordNet id.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from pathlib import Path


def main(root: Path) -> None:
    ids = (root / "wnids.txt").read_text(encoding="utf-8").split()
    words = dict(line.split("\t", 1) for line in (root / "words.txt").read_text(encoding="utf-8").splitlines())
    first = {wnid: words[wnid].split(",")[0].strip() for wnid in ids}
    repeated = {word for word, count in Counter(first.values()).items() if count > 1}
    names = {wnid: f"{word} ({wnid})" if word in repeated else word for wnid, word in first.items()}
    with (root / "photos.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "split"])
        for wnid in sorted(ids):
            for photo in sorted((root / "train" / wnid / "images").glob("*.JPEG")):
                table.writerow([photo.relative_to(root).as_posix(), names[wnid], "train"])
        for line in (root / "val" / "val_annotations.txt").read_text(encoding="utf-8").splitlines():
            photo_name, wnid = line.split("\t")[:2]
            table.writerow([f"val/images/{photo_name}", names[wnid], "valid"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
