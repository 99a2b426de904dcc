"""Keyword arguments of ``fit``, for editors and type checkers. scripts/keywords.py writes this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from ghep.data.sources.options import ReadOptions
from ghep.multitask.settings import Mixing, Surgery, Weighting


class FitKeywords(ReadOptions, total=False):
    """The options of ``fit``, as keyword arguments. None means: not given."""

    image_size: int | None
    max_length: int | None
    truncate: str | None
    strict: bool | None
    device: str | None
    deterministic: bool | None
    workers: int | None
    cache: bool | None
    cache_dir: Path | str | None
    cache_size: int | None
    engine: str | None
    time_limit: float | None
    precision: str | None
    on_divergence: Literal["retry", "stop"] | None
    refit: bool | None
    out: Path | str | None
    overwrite: bool | None
    resume: bool | None
    random_weights: bool | None
    boundary: int | str | None
    checkpoint_seconds: float | None
    save_dtype: str | None
    control: bool | None
    familiarity: bool | None
    ratings: Sequence[str] | str | None
    source_data: Path | str | None
    drop_suspects: Path | str | None
    report_to: Sequence[str] | str | None
    ray: str | None
    epochs: int | None
    batch_size: int | None
    lr: float | None
    head_lr: float | None
    layer_decay: float | None
    optimizer: Literal["adamw", "sgd"] | None
    weight_decay: float | None
    momentum: float | None
    warmup: float | None
    schedule: Literal["cosine", "triangular", "constant"] | None
    clip_norm: float | None
    ema_decay: float | None
    label_smoothing: float | None
    mixup: float | None
    cutmix: float | None
    class_weights: bool | None
    batch_norm: Literal["auto", "keep", "update", "reestimate"] | None
    augment: str | None
    views: int | None
    patience: int | None
    keep: Literal["none", "wise", "l2sp", "lwf"] | None
    keep_alpha: float | None
    keep_weight: float | None
    mixing: Mixing | None
    mixing_temperature: float | None
    weighting: Weighting | None
    task_weights: Mapping[str, float] | None
    surgery: Surgery | None
    frozen_blocks: int | None
    rank: int | None
    alpha: float | None
    targets: Sequence[str] | str | None
    dropout: float | None
