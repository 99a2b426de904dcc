"""``ghep advise``: which backbone and which strategy, before anything is fine-tuned."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ghep.cli.arguments import (
    Cache,
    CacheDir,
    CacheSize,
    Data,
    Device,
    ImageSize,
    Json,
    MaxLength,
    Strict,
    Truncate,
)
from ghep.cli.terminal import Terminal, print_json


def command(
    data: Data,
    backbones: Annotated[
        str | None,
        typer.Option(
            help="Names, files, folders of weight files, separated by commas; what ships with ghep is tried too. "
            "Unless given: everything that is installed for such data (ghep backbones)."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the split and of the sample.")] = 0,
    strict: Strict = False,
    image_size: ImageSize = None,
    max_length: MaxLength = None,
    truncate: Truncate = None,
    device: Device = None,
    workers: Annotated[int | None, typer.Option(min=0, help="Threads that decode.")] = None,
    cache: Cache = None,
    cache_dir: CacheDir = None,
    cache_size: CacheSize = None,
    engine: Annotated[
        str | None, typer.Option(help="What runs the backbones: auto (by counted operations), or a name.")
    ] = None,
    deterministic: Annotated[
        bool | None, typer.Option("--deterministic", help="The same features, bit for bit, whatever the store holds.")
    ] = None,
    json: Json = False,
    *,
    reading: dict[str, Any],
) -> None:
    """Say which backbone and which strategy to try first, and how sure that is; nothing is fine-tuned.

    Every backbone sees 300 examples; those that are clearly worse stop, the others see up to 1,500. The test split is
    not used. Features are kept: a linear probe that follows finds them.

    Example: ghep advise photos/ --backbones weights/,timm/resnet18.a1_in1k

    Example: ghep advise reviews.csv --text text --label label
    """
    from ghep.advice.advise import advise
    from ghep.config import number_of_bytes

    with Terminal(quiet=json) as terminal:
        advice = advise(
            data,
            backbones=[name.strip() for name in backbones.split(",")] if backbones is not None else None,
            seed=seed,
            reporter=terminal,
            image_size=image_size,
            max_length=max_length,
            truncate=truncate,
            strict=strict,
            device=device,
            workers=workers,
            cache=cache,
            cache_dir=cache_dir,
            cache_size=None if cache_size is None else number_of_bytes(cache_size),
            engine=engine,
            deterministic=deterministic,
            **reading,
        )
    if json:
        print_json(advice.to_json())
        return
    from ghep.advice.record import in_words
    from ghep.cli.show import print_findings

    print("\n".join(in_words(advice)))
    found = {finding: None for one in advice.candidates for finding in one.findings}
    print_findings((*advice.findings, *found))
