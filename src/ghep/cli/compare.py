"""``ghep compare``: every strategy on every backbone, several times; which is worth it, how sure, at what cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import (
    DATA,
    Cache,
    CacheDir,
    CacheSize,
    Deterministic,
    Device,
    ImageSize,
    Json,
    MaxLength,
    ReportTo,
    Tasks,
    Truncate,
    given_path,
)
from ghep.cli.terminal import Terminal, print_json
from ghep.data.sources.options import READ_OPTION_NAMES


def command(
    context: typer.Context,
    data: Annotated[str | None, typer.Argument(help=DATA)] = None,
    task: Tasks = None,
    backbones: Annotated[
        str | None,
        typer.Option("--backbones", "--backbone", "-b", help="With commas between them, as in ghep fit --backbone."),
    ] = None,
    strategies: Annotated[
        str | None,
        typer.Option(
            "--strategies",
            "--strategy",
            "-s",
            help="With commas, or all (unless given; of several tasks linear_probe,light,full).",
        ),
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Runs of each; 5 unless given, 3 of several tasks.")] = None,
    labels: Annotated[
        str | None,
        typer.Option(help="Labels a class for a curve, as in 5,10,20,50,all; a draw for each seed."),
    ] = None,
    time_limit: Annotated[
        str | None, typer.Option(help="All of it ends about then (90s, 30m, 1.5h): one budget for all runs.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder; runs/compare-... unless given.", parser=given_path, metavar="FOLDER"),
    ] = None,
    overwrite: Annotated[bool | None, typer.Option("--overwrite", help="Replace the comparison in --out.")] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="TOML file with the same names.", parser=given_path, metavar="FILE"),
    ] = None,
    search: Annotated[
        bool | None, typer.Option("--search/--no-search", help="Search each strategy's rate on valid.")
    ] = None,
    controls: Annotated[
        bool | None,
        typer.Option(
            "--controls/--no-controls",
            help="Scratch, random features, majority, linear_ngrams or linear_hog, zero_shot.",
        ),
    ] = None,
    augment: Annotated[
        str | None, typer.Option(help="Views of every strategy that takes steps: none, light, standard, no-mirror.")
    ] = None,
    affinity: Annotated[
        str | None,
        typer.Option(help="Of several tasks, which helps which: by gradients (unless given), pairs of tasks, or none."),
    ] = None,
    remedies: Annotated[
        str | None,
        typer.Option(help="Other ways of sharing: auto (where a task is hurt), none, or mixing=equal,surgery=pcgrad."),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(help="Of several tasks, what shared and alone have alike: examples (unless given), or steps."),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            help="Use so many labels of a task, on train and valid together, drawn by each seed; once for each.",
            metavar="TASK=N",
        ),
    ] = None,
    keep: Annotated[str | None, typer.Option(help="Bundles that stay: best (of each, on valid) or all.")] = None,
    jobs: Annotated[
        str | None,
        typer.Option(
            "--jobs", "-j", help="Runs made at once, in as many processes; auto (unless given): as many as pay here."
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(help="Of each run, however many are made at once; a quarter of the cores unless given."),
    ] = None,
    image_size: ImageSize = None,
    device: Device = None,
    precision: Annotated[str | None, typer.Option(help="As in ghep fit; one format for all runs of a kind.")] = None,
    deterministic: Deterministic = None,
    workers: Annotated[int | None, typer.Option(help="Threads that decode and augment.")] = None,
    strict: Annotated[bool | None, typer.Option("--strict", help="Stop at the first unusable file.")] = None,
    cache: Cache = None,
    cache_dir: CacheDir = None,
    cache_size: CacheSize = None,
    engine: Annotated[str | None, typer.Option(help="What runs frozen blocks, as in ghep fit.")] = None,
    save_dtype: Annotated[str | None, typer.Option(help="Weights in bundles: float32 or float16.")] = None,
    max_length: MaxLength = None,
    truncate: Truncate = None,
    ratings: Annotated[
        list[str] | None, typer.Option("--rating", help="Label column of numbers in order (stars).")
    ] = None,
    report_to: ReportTo = None,
    json: Json = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Compare strategies and backbones: a verdict with its evidence, and a report.

    The same command goes on with a comparison that was cut off. The exit code is 1 if a run failed or something was
    found that makes the result doubtful; the report is written all the same.

    Example: ghep compare photos/ --seeds 3 --time-limit 20m

    Example: ghep compare reviews.csv --text text --label label --labels 8,16,64,all

    Example: ghep compare --task cars=road/cars --task signs=road/signs --limit signs=200
    """
    from ghep.cli.signals import stopping
    from ghep.comparison.compare import compare
    from ghep.config import resolve_comparison

    given = {
        key: value
        for key, value in context.params.items()
        if key not in ("config", "json", "limit", *READ_OPTION_NAMES)
    }
    flags = {**given, **reading, "ratings": ratings or None, "report_to": report_to or None, "limits": _limits(limit)}
    settings = resolve_comparison(config, flags)
    with stopping() as stop, Terminal(quiet=json) as terminal:
        compared = compare(settings.pop("data"), reporter=terminal, stop=stop, **settings)
    if json:
        print_json(compared.to_json())
    else:
        for line in compared.lines():
            print(line)
    if compared.doubtful:
        raise typer.Exit(1)


def _limits(given: list[str] | None) -> dict[str, int | str] | None:
    """Return task -> number of ``["polarity=200"]``; what is no number is left for ``compare`` to refuse."""
    pairs = [flag.rpartition("=") for flag in given or ()]
    return {task: int(most) if most.isdecimal() else most for task, _, most in pairs} or None
