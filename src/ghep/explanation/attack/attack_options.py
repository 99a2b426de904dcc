"""The settings of an attack, and how a bound is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ghep.errors import ConfigError
from ghep.features.options import FeatureOptions
from ghep.messages import text_of
from ghep.setting import COMMON, RUNNING, are_texts, is_bool, is_path, is_text, refusals, setting, settings_of, whole

METHODS = ("pgd", "cw", "square")
"""``pgd``: gradient ascent within the bound; ``cw``: the smallest change in Euclidean distance, without a bound on a
pixel; ``square``: random search within the bound, without gradients."""
VERB = ("attack",)
_DEVICE = settings_of(FeatureOptions)["device"]
LOSSY = (".jpg", ".jpeg", ".webp", ".avif", ".heic")


def _wrong_epsilon(value: Any) -> str | None:
    """Return what is wrong with a bound; None if it can be used."""
    number = _number(value)
    if number is None:
        return text_of("attack-epsilon-no-number")
    if not math.isfinite(number) or number >= 1:
        return text_of("attack-epsilon-no-bound")
    if number <= 0:
        return text_of("attack-epsilon-nothing")
    return text_of("attack-epsilon-below-a-level") if _levels(number) < 1 else None


def _wrong_out(value: Any) -> str | None:
    """Return what is wrong with a folder for the results; None if it can be used."""
    if is_path(value) and Path(value).suffix.lower() in LOSSY:
        return text_of("attack-out-lossy", suffix=Path(value).suffix)
    return None if is_path(value) else text_of("attack-out-no-path")


@dataclass(frozen=True, kw_only=True)
class AttackOptions:
    """What an attack tries, and how hard."""

    to: tuple[str, ...] = setting((), are_texts, panel=COMMON, several=True, verbs=VERB, metavar="LABEL")
    """Labels that the model should give, one of them; none: any other answer."""
    epsilon: float | str = setting(
        "2/255",
        lambda value: _wrong_epsilon(value) is None,
        wrong=_wrong_epsilon,
        panel=COMMON,
        text=True,
        metavar="BOUND",
        verbs=VERB,
    )
    """The most that a value of a pixel may change, of 1."""
    method: str = setting("pgd", choices=METHODS, panel=COMMON, verbs=VERB)
    transfer_to: tuple[str, ...] = setting((), are_texts, panel=COMMON, several=True, verbs=VERB, metavar="MODEL")
    """Other models that the same images are shown to."""
    task: str | None = setting(None, is_text, panel=COMMON, verbs=VERB)
    out: Path | str | None = setting(
        None,
        lambda value: _wrong_out(value) is None,
        wrong=_wrong_out,
        panel=COMMON,
        flags=("--out", "-o"),
        metavar="FOLDER",
        verbs=VERB,
    )
    overwrite: bool = setting(False, is_bool, panel=COMMON, verbs=VERB)
    steps: int = setting(40, whole(1), verbs=VERB)
    restarts: int = setting(3, whole(1), verbs=VERB)
    queries: int = setting(1000, whole(1), verbs=VERB)
    """Queries of ``square``."""
    checked: int = setting(8, whole(0), verbs=VERB)
    """Number of photos on which the curve, the smallest bound and the gradients are measured."""
    device: str = setting("auto", _DEVICE.possible, wrong=_DEVICE.wrong, verbs=VERB)
    seed: int = setting(0, whole(0, 2**32 - 1), panel=RUNNING, verbs=VERB)

    @property
    def levels(self) -> int:
        """The bound in levels of 8-bit pixels, rounded down: a file holds whole levels only."""
        return _levels(_number(self.epsilon) or 0.0)


def options_from(values: Mapping[str, Any]) -> AttackOptions:
    """Return the options with ``values``; None means not given. One ConfigError names all values that are refused."""
    given = {name: value for name, value in values.items() if value is not None}
    wrong = refusals(settings_of(AttackOptions), given)
    if given.get("method") == "cw" and "epsilon" in given:
        wrong = [*wrong, text_of("attack-cw-has-no-bound", epsilon=given["epsilon"])]
    if wrong:
        raise ConfigError("attack-refused", wrong=wrong)
    for name in ("to", "transfer_to"):
        if name in given:
            given[name] = (given[name],) if isinstance(given[name], str) else tuple(given[name])
    return AttackOptions(**given)


def written_bound(levels: int) -> str:
    """Return a bound as text: ``2/255``."""
    return f"{levels}/255"


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    over, slash, under = value.partition("/")
    try:
        return float(over) / float(under) if slash else float(over)
    except (ValueError, ZeroDivisionError):
        return None


def _levels(number: float) -> int:
    return math.floor(255 * number + 1e-6)
