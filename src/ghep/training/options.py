"""The settings of training that do not depend on the strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ghep.features.options import FeatureOptions
from ghep.setting import COMMON, above, is_bool, setting

PRECISIONS = ("float32", "float32-channels_last", "bfloat16", "bfloat16-channels_last")
BOTH = ("fit", "compare")


@dataclass(frozen=True, kw_only=True)
class TrainOptions(FeatureOptions):
    """How features are computed and models are trained."""

    time_limit: float | None = setting(None, above(0), panel=COMMON, unit="seconds")
    """Seconds of training; the learning-rate schedule ends with that time."""
    precision: str = setting("auto", choices=("auto", *PRECISIONS), verbs=BOTH)
    """auto: the number format that trains fastest on this machine, measured once and saved in decisions.json."""
    on_divergence: Literal["retry", "stop"] = setting("retry", choices=("retry", "stop"))
    """retry returns to the last good weights and continues at lower rates, up to 5 times; stop ends training there."""
    refit: bool = setting(False, is_bool)
    """Solve the heads of a frozen backbone once more on train and valid together, with the regularisation strength that
    was chosen on valid. The reported score on valid is that of the heads before this refit."""
