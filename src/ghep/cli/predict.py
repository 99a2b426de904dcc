"""``ghep predict``: labels for files, folders and globs."""

from __future__ import annotations

import csv
import glob
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghep.cli.arguments import Bundle, Json, can_write, given_path
from ghep.cli.terminal import Terminal, print_json
from ghep.errors import ConfigError, did_you_mean
from ghep.storage.text import cell

if TYPE_CHECKING:
    from ghep.export.predictor import Prediction


def command(
    bundle: Bundle,
    files: Annotated[list[str], typer.Argument(help="Images, folders (every image in them) or globs.")],
    task: Annotated[str | None, typer.Option(help="Answer for this task only.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes to print for each image.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write a CSV with every class's probability.", parser=given_path, metavar="FILE"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Predict the labels of images.

    An image that cannot be used is named with its reason, and the exit code is 1. Tabs and line
    breaks in a file's name are printed escaped; in the CSV a cell that a spreadsheet would run as a formula gets a
    single quote in front; --json is exact.

    Example: ghep predict runs/ants/bundle new/*.jpg --top 3
    """
    can_write(out)
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
    """Return files for files, folders and globs, each once; raise ConfigError for what matches none.

    Of a folder, what training would take from it.
    """
    from ghep.data.sources.folders import images_in

    found: dict[Path, None] = {}
    for pattern in patterns:
        path = given_path(pattern)
        if path.is_dir():
            matches = images_in(path)
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
        name = _one_line(f"{row.input} ({row.task})" if several else row.input)
        if row.problem:
            print(f"{name}\t-\t{_one_line(row.problem)}")
            continue
        best = sorted(row.probabilities.items(), key=lambda item: -item[1])[:top]
        print(name + "".join(f"\t{_one_line(label)}\t{probability:.4f}" for label, probability in best))


def _one_line(text: str) -> str:
    """Return ``text`` with control characters, and bytes that are no UTF-8, written out: one row stays one row."""
    shown = "".join(one.encode("unicode_escape").decode() if one < " " or one == "\x7f" else one for one in text)
    return shown.encode("utf-8", "backslashreplace").decode()


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
    with out.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        table.writerow(["input", "task", "label", "probability", "problem", *(f"p:{name}" for name in classes)])
        for row in rows:
            each = [f"{row.probabilities[name]:.6f}" if name in row.probabilities else "" for name in classes]
            probability = "" if row.probability is None else f"{row.probability:.6f}"
            table.writerow(map(cell, [row.input, row.task, row.label or "", probability, row.problem, *each]))
    print(f"wrote {out}", file=sys.stderr)
