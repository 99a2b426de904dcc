"""Keyword arguments of ``compare``, for editors and type checkers. scripts/keywords.py writes this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ghep.data.sources.options import ReadOptions


class CompareKeywords(ReadOptions, total=False):
    """The options of ``compare``, as keyword arguments. None means: not given."""

    backbones: Sequence[str | Path] | str | None
    strategies: Sequence[str] | str | None
    seeds: int | None
    labels: Sequence[int | str] | str | int | None
    time_limit: float | None
    search: bool | None
    controls: bool | None
    keep: str | None
    affinity: str | None
    remedies: Sequence[str] | str | None
    budget: str | None
    limits: Mapping[str, int] | None
    jobs: int | str | None
    ray: str | None
    threads: int | None
    drop_suspects: Path | str | None
    augment: str | None
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
    precision: str | None
    save_dtype: str | None
    familiarity: bool | None
    ratings: Sequence[str] | str | None
    source_data: Path | str | None
    report_to: Sequence[str] | str | None
