"""``ghep advise``: print which backbone and which strategy to try first, before any model is fine-tuned."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ghep.cli.arguments import Data, Json
from ghep.cli.terminal import Terminal, print_json, stdout_for_result
from ghep.messages import text_of


def command(
    data: Data,
    backbones: Annotated[str | None, typer.Option(help=text_of("help-advise-backbones"))] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help=text_of("help-advise-seed"))] = 0,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep advise``."""
    from ghep.advice.advise import advise
    from ghep.config import in_units
    from ghep.features.options import FeatureOptions
    from ghep.setting import settings_of

    ray = settings.pop("ray", None)
    with stdout_for_result(), Terminal(quiet=json) as terminal:
        advice = advise(
            data,
            backbones=[name.strip() for name in backbones.split(",")] if backbones is not None else None,
            seed=seed,
            reporter=terminal,
            ray=ray,
            **in_units(settings, settings_of(FeatureOptions)),
        )
    if json:
        print_json(advice.to_json())
        return
    from ghep.advice.record import in_words
    from ghep.cli.show import print_findings

    print("\n".join(in_words(advice)))
    found = {finding: None for one in advice.candidates for finding in one.findings}
    print_findings((*advice.findings, *found))
