"""``ghep predict``: labels for files, folders and globs."""

from __future__ import annotations

import csv
import glob
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghep.cli.arguments import Bundle, Json
from ghep.cli.terminal import Terminal, print_json
from ghep.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from ghep.export.predictor import Prediction


def command(
    bundle: Bundle,
    files: Annotated[list[str], typer.Argument(help="Images, folders (every image in them) or globs.")],
    task: Annotated[str | None, typer.Option(help="Answer for this task only.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes to print for each image.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write a CSV with every class's probability.")] = None,
    json: Json = False,
) -> None:
    """Predict the labels of images.

    An image that cannot be used is named with its reason, and the exit code is 1.

    Example: ghep predict runs/ants/bundle new/*.jpg --top 3
    """
    paths = expand(files)
    from ghep.export.predictor import load

    predictor = load(bundle)
    if task is not None and task not in predictor.tasks:
        raise ConfigError(f'the bundle has no task "{task}"', remedy=did_you_mean(task, predictor.tasks))
    with Terminal(quiet=json) as terminal:
        every = predictor.predict(paths, progress=lambda done, total: terminal.progress("predict", done, total))
    rows = [row for row in every if task in (None, row.task)]
    if json:
        print_json([_plain(row) for row in rows])
    else:
        _print(rows, top, several=len(predictor.tasks) > 1)
    if out is not None:
        _write(out, rows)
    if any(row.problem for row in rows):
        raise typer.Exit(1)


def expand(patterns: Sequence[str]) -> list[Path]:
    """Return files for files, folders and globs, each once; raise ConfigError for what matches none."""
    from ghep.data.sources.folders import IMAGE_SUFFIXES

    found: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            matches = [one for one in sorted(path.rglob("*")) if one.suffix.lower() in IMAGE_SUFFIXES]
        elif path.exists():
            matches = [path]
        else:
            matches = [Path(name) for name in sorted(glob.glob(pattern, recursive=True)) if Path(name).is_file()]
        if not matches:
            raise ConfigError(f"{pattern} matches no image", remedy="pass files, a folder, or a glob in quotes")
        found |= dict.fromkeys(matches)
    return list(found)


def _print(rows: Sequence[Prediction], top: int, *, several: bool) -> None:
    for row in rows:
        name = f"{row.input} ({row.task})" if several else row.input
        if row.problem:
            print(f"{name}\t-\t{row.problem}")
            continue
        best = sorted(row.probabilities.items(), key=lambda item: -item[1])[:top]
        print(name + "".join(f"\t{label}\t{probability:.4f}" for label, probability in best))


def _plain(row: Prediction) -> dict[str, Any]:
    return {
        "input": row.input,
        "task": row.task,
        "label": row.label,
        "probability": row.probability,
        "probabilities": row.probabilities,
        "problem": row.problem or None,
    }


def _write(out: Path, rows: Sequence[Prediction]) -> None:
    classes = list(dict.fromkeys(name for row in rows for name in row.probabilities))
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["input", "task", "label", "probability", "problem", *(f"p:{name}" for name in classes)])
        for row in rows:
            each = [f"{row.probabilities[name]:.6f}" if name in row.probabilities else "" for name in classes]
            probability = "" if row.probability is None else f"{row.probability:.6f}"
            table.writerow([row.input, row.task, row.label or "", probability, row.problem, *each])
    print(f"wrote {out}", file=sys.stderr)
