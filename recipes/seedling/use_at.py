"""Set a bundle to larger images than it was trained on, measure it there, and save it.

    python recipes/seedling/use_at.py BUNDLE path/to/tiny-imagenet-200 --size 96 --out build/seedling-96

Random crops make objects appear larger in training than in the whole photo; a larger image compensates for it (Touvron
et al. 2019, arXiv:1906.06423), and photos from elsewhere have details that 64 pixels do not show. The weights are
unchanged; scores and temperature are measured anew.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ghep.data.check import prepare
from ghep.data.image.pixels import PixelStore
from ghep.data.loading.batches import LabelledExamples
from ghep.experiment.folder import scores_json
from ghep.experiment.scoring import calibrations, results, split_logits
from ghep.model.bundle import load_bundle, save_bundle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("tiny", type=Path, help="the folder of Tiny ImageNet, with photos.csv")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()

    bundle = load_bundle(given.bundle)
    model, size = bundle.model, given.size
    preprocess = replace(model.backbone.preprocess, height=size, width=size, resize_to=size)
    model.backbone.preprocess = preprocess
    dataset = prepare(given.tiny / "photos.csv")
    targets = {"label": model.tasks[0].encode([example.labels for example in dataset.valid])}
    valid = LabelledExamples(dataset.valid, targets, PixelStore(preprocess), preprocess)
    logits = split_logits(model, {"valid": valid}, workers=1)
    calibration = {task: one.value for task, one in calibrations(model, logits["valid"], valid).items() if one.value}
    scored = results(model, logits, {"valid": valid}, calibration)
    rows = [f"| {score.name} | {score} |" for score in scored[0].scores]
    save_bundle(
        given.out,
        model,
        calibration=calibration,
        training={**bundle.config["training"], "used_at": size},
        metrics={"scores": scores_json(scored)},
        card=_with_results((given.bundle / "README.md").read_text(encoding="utf-8"), size, rows),
        seen=bundle.seen or None,
        dtype="float16",
    )
    print(*rows, sep="\n")


def _with_results(card: str, size: int, rows: list[str]) -> str:
    """Return ``card`` with its results replaced by ``rows``."""
    before, _, after = card.partition("## Results\n")
    rest = after[after.index("\n## ") :]
    table = "\n".join(["| score on valid | value, 95 % interval |", "|---|---|", *rows])
    return f"{before}## Results\n\nTrained on images of 64 pixels, used and measured at {size}.\n\n{table}\n{rest}"


if __name__ == "__main__":
    main()
