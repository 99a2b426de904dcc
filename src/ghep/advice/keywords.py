"""Keyword arguments of ``advise``, for editors and type checkers. scripts/keywords.py writes this file."""

from __future__ import annotations

from pathlib import Path

from ghep.data.sources.options import ReadOptions


class AdviseKeywords(ReadOptions, total=False):
    """The options of ``advise``, as keyword arguments. None means: not given."""

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
