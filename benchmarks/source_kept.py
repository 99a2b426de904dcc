"""What fine-tuning leaves of the source knowledge: healthy runs, and runs at rates that are too high.

    scripts/bench source_kept DATA [--backbone B] [--strategies full,light,lora,lp_ft] [--factors 1,30] [--seeds 1]
                                   [--epochs 5] [--source-data TABLE] [--text text --label label]

A run at factor 1 uses the rates that ghep derives; the others use that many times their highest rate. A row for each
run, printed as it ends: accuracy on test, what ``guards/forgetting.py`` measured, and the share of the run's time that
measuring took. The bars in ``guards/forgetting.py`` are between what runs at factor 1 and at factor 30 keep.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import ghep
from ghep.data.sources import read


def row(run: Any, factor: float) -> str:
    found = run.forgetting
    measured = found.to_json()
    agreed, source, loss = measured["agreement"], measured["source"], measured["next_token_loss"]
    seconds = run.cost.phases.get("forgetting", 0.0)
    values = [
        run.strategy,
        f"{factor:g}",
        f"{run.seed}",
        f"{run.accuracy.value:.3f}",
        f"{found.inputs}",
        f"{agreed['value']:.2f}" if agreed else "-",
        f"{measured['divergence']:.2f}" if agreed else "-",
        f"{min(found.cka.values()):.3f}",
        f"{list(found.cka.values())[-1]:.3f}",
        f"{found.neighbours:.2f}" if found.neighbours is not None else "-",
        f"{loss['before']:.2f} {loss['after']:.2f}" if loss else "-",
        f"{source['before']:.3f} {source['after']:.3f}" if source else "-",
        f"{seconds:.1f}",
        f"{100 * seconds / run.cost.seconds:.0f} %",
        ", ".join(one.code for one in run.findings if one.code in ("forgot-source", "start-kept", "diverged")) or "-",
    ]
    return "| " + " | ".join(values) + " |"


def highest_rate(folder: Path) -> float:
    stages = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["stages"]
    return max(rate for stage in stages for rate in stage["lrs"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--backbone")
    parser.add_argument("--strategies", default="full,light,lora,lp_ft")
    parser.add_argument("--factors", default="1")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--source-data")
    parser.add_argument("--text")
    parser.add_argument("--label")
    given = parser.parse_args()
    columns = {"text_column": given.text, "label_columns": (given.label,)} if given.text else {}
    source = read(given.data, **columns)
    more = {"epochs": given.epochs, "source_data": given.source_data, "control": False, "backbone": given.backbone}
    print(f"{source.name}, {given.backbone or 'the default backbone'}, epochs {given.epochs or 'derived'}")
    titles = ("strategy", "rate x", "seed", "accuracy", "inputs", "agreement", "KL", "lowest CKA", "features' CKA")
    titles += ("neighbours", "token loss", "source accuracy", "s", "of the run", "findings")
    print("| " + " | ".join(titles) + " |\n" + "|---" * len(titles) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for strategy in given.strategies.split(","):
            rate = None
            for factor in map(float, given.factors.split(",")):
                for seed in range(given.seeds):
                    out = Path(folder) / f"{strategy}-{factor:g}-{seed}"
                    lr = None if factor == 1 or rate is None else factor * rate
                    run = ghep.fit(source, strategy=strategy, seed=seed, out=out, lr=lr, **more)
                    rate = rate or highest_rate(out)
                    print(row(run, factor), flush=True)


if __name__ == "__main__":
    main()
