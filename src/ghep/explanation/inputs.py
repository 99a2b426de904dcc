"""The examples that a caller of ``explain`` or ``similar`` passes, as a list with a name for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ghep.errors import ConfigError
from ghep.types import Raw


def named_inputs(inputs: Raw | Sequence[Raw], names: Sequence[str] | None) -> tuple[list[Raw], list[str]]:
    """Return one example or several as a list (N), and their names (N): ``names``, or by default paths and texts.

    Raises ConfigError if the number of ``names`` is another one.
    """
    several = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    named = [_name(raw, place) for place, raw in enumerate(several, 1)] if names is None else list(names)
    if len(named) != len(several):
        raise ConfigError("predictor-names-count", inputs=len(several), names=len(named))
    return several, named


def _name(raw: Raw, place: int) -> str:
    return str(raw) if isinstance(raw, str | Path) else f"input {place}"
