"""The settings of ``ghep ideal``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from ghep.errors import ConfigError
from ghep.features.options import FeatureOptions
from ghep.setting import are_names, refusals, setting, settings_of, whole, within

VERB = ("ideal",)
WAYS = ("pixels", "pixels_tv", "fourier")
"""``pixels``: gradient ascent on pixels; ``pixels_tv``: the same with a loss on total variation; ``fourier``: on a
spectrum, with random moves."""
MAGNITUDES = ("learnt", "data")
VARIATION = 0.001
"""Weight of the total variation in ``fourier``, summed over an image of 224 x 224 pixels, compared with a logit."""
_DEVICE = settings_of(FeatureOptions)["device"]


@dataclass(frozen=True, kw_only=True)
class IdealOptions:
    """How ideal images are made."""

    ways: tuple[str, ...] = setting(
        WAYS,
        lambda value: are_names(value) and set([value] if isinstance(value, str) else value) <= set(WAYS),
        flags=("--way",),
        several=True,
        metavar="WAY",
        verbs=VERB,
    )
    magnitude: str = setting("learnt", choices=MAGNITUDES, verbs=VERB)
    """Magnitudes of the spectrum in ``fourier``: learnt, or those of photos, and only the phases are learnt."""
    steps: int = setting(256, whole(1), verbs=VERB)
    variation: float = setting(VARIATION, within(0, without=(float("inf"),)), verbs=VERB)
    """Weight of the total variation in ``fourier``."""
    seed: int = setting(0, whole(0, 2**32 - 1), verbs=VERB)
    """Seed of the initial noise and of the random moves."""
    device: str = setting("auto", _DEVICE.possible, wrong=_DEVICE.wrong, verbs=VERB)


class IdealKeywords(TypedDict, total=False):
    """The settings as keyword arguments. None means: not given."""

    ways: Sequence[str] | str | None
    magnitude: str | None
    steps: int | None
    variation: float | None
    seed: int | None
    device: str | None


def options_from(values: Mapping[str, Any]) -> IdealOptions:
    """Return the options with ``values``; None means not given. One ConfigError names all values that are refused."""
    given = {name: value for name, value in values.items() if value is not None}
    unknown = [name for name in given if name not in settings_of(IdealOptions)]
    if unknown:
        raise ConfigError("ideal-unknown-settings", names=unknown, known=list(settings_of(IdealOptions)))
    wrong = refusals(settings_of(IdealOptions), given)
    if wrong:
        raise ConfigError("ideal-settings-refused", wrong=wrong)
    ways = given.pop("ways", WAYS)
    chosen = [ways] if isinstance(ways, str) else ways
    return IdealOptions(ways=tuple(one for one in WAYS if one in chosen), **given)
