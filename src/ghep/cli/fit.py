"""``ghep fit``: train one model, write its run folder and bundle."""

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
    numbers_by_name,
)
from ghep.cli.terminal import Terminal, print_json
from ghep.data.sources.options import READ_OPTION_NAMES

STRATEGIES = "linear_probe (feature_extraction), light, full, progressive, lp_ft, lora, scratch; auto: as advised."


def _setting(help: str, *names: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="How it learns (derived from the data unless given)")


def command(
    context: typer.Context,
    data: Annotated[
        str | None,
        typer.Argument(help=DATA),
    ] = None,
    task: Tasks = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            "--backbone",
            "-b",
            help="efficientnet-lite0, minilm, timm/<name>[@<file>], hf/<name>, a file or folder; auto: as advised.",
        ),
    ] = None,
    strategy: Annotated[str | None, typer.Option("--strategy", "-s", help=STRATEGIES)] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of split, order, views and random weights.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Run folder; runs/<name> unless given.", parser=given_path, metavar="FOLDER"),
    ] = None,
    overwrite: Annotated[bool | None, typer.Option("--overwrite", help="Replace the finished run in --out.")] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="TOML file with the same names as the flags.", parser=given_path, metavar="FILE"
        ),
    ] = None,
    image_size: ImageSize = None,
    time_limit: Annotated[str | None, typer.Option(help="Training ends within this: 90s, 30m, 1.5h.")] = None,
    resume: Annotated[bool | None, typer.Option("--resume", help="Go on from the last checkpoint in --out.")] = None,
    checkpoint_seconds: Annotated[
        str | None, typer.Option(help="Time between two checkpoints: 30s, 10m; 0 after every step.")
    ] = None,
    on_divergence: Annotated[
        str | None, typer.Option(help="retry (back to the last good weights, at lower rates) or stop.")
    ] = None,
    random_weights: Annotated[
        bool | None, typer.Option("--random-weights", help="Control: the architecture without its weights.")
    ] = None,
    strict: Annotated[bool | None, typer.Option("--strict", help="Stop at the first unusable file.")] = None,
    precision: Annotated[
        str | None,
        typer.Option(help="auto (measured, noted in the run), float32 or bfloat16, each also with -channels_last."),
    ] = None,
    deterministic: Deterministic = None,
    device: Device = None,
    workers: Annotated[int | None, typer.Option(help="Threads that decode and augment.")] = None,
    cache: Cache = None,
    cache_dir: CacheDir = None,
    cache_size: CacheSize = None,
    control: Annotated[
        bool | None, typer.Option("--control/--no-control", help="Texts: fit linear_ngrams too, without pretraining.")
    ] = None,
    refit: Annotated[
        bool | None, typer.Option("--refit", help="linear_probe: solve the head on train and valid after the choice.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="What runs frozen blocks: auto (measured, noted in the run), torch-float32, torch-bfloat16, ..."
        ),
    ] = None,
    save_dtype: Annotated[str | None, typer.Option(help="Weights in the bundle: float32 or float16.")] = None,
    max_length: MaxLength = None,
    truncate: Truncate = None,
    ratings: Annotated[
        list[str] | None,
        typer.Option("--rating", help="Label column of numbers in order (stars): also scored by how far off."),
    ] = None,
    report_to: ReportTo = None,
    epochs: Annotated[int | None, _setting("Passes over the training data.")] = None,
    batch_size: Annotated[int | None, _setting("Examples per step.")] = None,
    lr: Annotated[float | None, _setting("Peak rate of the last block.")] = None,
    head_lr: Annotated[float | None, _setting("Peak rate of the head.")] = None,
    layer_decay: Annotated[
        float | None, _setting("Each earlier block moves at this share of the next one's rate.")
    ] = None,
    frozen_blocks: Annotated[
        int | None, _setting("light, progressive, lp_ft, lora: how many leading blocks stand still.")
    ] = None,
    rank: Annotated[int | None, _setting("lora: rank of the change beside each adapted layer.")] = None,
    alpha: Annotated[float | None, _setting("lora: the change is scaled by alpha / rank.")] = None,
    targets: Annotated[
        list[str] | None, _setting("lora: names of the layers that are adapted; repeat it.", "--target")
    ] = None,
    dropout: Annotated[float | None, _setting("lora: dropout before the adapters.")] = None,
    optimizer: Annotated[str | None, _setting("adamw or sgd.")] = None,
    weight_decay: Annotated[float | None, _setting("Weight decay of matrices.")] = None,
    momentum: Annotated[float | None, _setting("Momentum of sgd.")] = None,
    schedule: Annotated[str | None, _setting("cosine, triangular or constant, after the rise.")] = None,
    warmup: Annotated[float | None, _setting("Share of the steps in which the rates rise.")] = None,
    clip_norm: Annotated[float | None, _setting("Largest gradient norm; 0 is off.")] = None,
    label_smoothing: Annotated[float | None, _setting("0 is off.")] = None,
    mixup: Annotated[float | None, _setting("Alpha; 0 is off.")] = None,
    cutmix: Annotated[float | None, _setting("Alpha; 0 is off.")] = None,
    class_weights: Annotated[
        bool | None, _setting("Weigh classes by the inverse of their counts.", "--class-weights")
    ] = None,
    ema_decay: Annotated[float | None, _setting("Moving average of the weights; 0 is off.")] = None,
    batch_norm: Annotated[str | None, _setting("auto; keep or update BatchNorm's statistics.")] = None,
    augment: Annotated[str | None, _setting("none, light, standard, no-mirror.")] = None,
    views: Annotated[int | None, _setting("Views of each example that take turns while blocks are frozen.")] = None,
    mixing: Annotated[
        str | None, _setting("Several tasks: whose rows come: proportional, equal, sqrt, temperature.")
    ] = None,
    mixing_temperature: Annotated[
        float | None, _setting("Of mixing=temperature: shares go with n^(1/temperature).")
    ] = None,
    weighting: Annotated[
        str | None, _setting("Several tasks: how much each loss counts: fixed, uncertainty, gradnorm, dwa.")
    ] = None,
    task_weights: Annotated[
        list[str] | None, _setting("Weight of a task's loss, NAME=NUMBER; repeat it.", "--task-weight")
    ] = None,
    surgery: Annotated[
        str | None, _setting("Several tasks: what becomes of their gradients: none, pcgrad, cagrad, upgrad.")
    ] = None,
    patience: Annotated[int | None, _setting("Stop after this many epochs without a better one; 0 never.")] = None,
    json: Json = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Train one model and save it, with its scores, cost and proof.

    The exit code is 1 if a finding of severity error says that the scores cannot be trusted: scored examples have
    copies in train, nothing was held out, training diverged. The bundle is written all the same.

    Example: ghep fit photos/ --strategy light --epochs 5

    Example: ghep fit reviews.csv --text text --label label

    Example: ghep fit --task cars=road/cars --task signs=road/signs
    """
    from ghep.cli.signals import stopping
    from ghep.config import resolve
    from ghep.experiment.fit import fit

    flags = {
        key: value
        for key, value in context.params.items()
        if key not in ("config", "json", "task_weights", *READ_OPTION_NAMES)
    }
    flags |= reading
    flags["ratings"] = ratings or None
    flags["report_to"] = report_to or None
    flags["targets"] = targets or None
    flags["task_weights"] = numbers_by_name(task_weights, "--task-weight") if task_weights else None
    settings = resolve(config, flags)
    with stopping() as stop, Terminal(quiet=json) as terminal:
        run = fit(settings.pop("data"), reporter=terminal, stop=stop, **settings)
    if json:
        from ghep.cli.show import run_json

        print_json(run_json(run))
    else:
        from ghep.cli.show import print_run

        print_run(run)
    if any(finding.severity == "error" for finding in run.findings):
        raise typer.Exit(1)
