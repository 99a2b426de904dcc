"""Are the frozen features of any use? Checks of features (N, D), and of a probe on them against controls.

In: stored features of a backbone, and whether a probe on them and on a control's features was right. Out: numbers,
findings and one sentence each. No network runs here: where features were computed anyway, the checks cost a fraction of
a second, whatever N (at most ``MOST`` rows are read).

    effective rank  exp of the entropy of the singular values of the centred features, RankMe (Garrido et al. 2022,
                    arXiv:2210.02885, equation 1; centred here, because the mean of ReLU features is one large direction
                    of its own). From 1 to min(N - 1, D).
    spread          mean standard deviation of the dimensions of L2-normalised features, times sqrt(D): about 1 for
                    features in all directions, 0 if all point the same way (Chen and He 2020, arXiv:2011.10566,
                    section 4.1)
    varying         share of the dimensions that are not constant over the examples

The bars are below what any healthy backbone showed and above what planted failures do (``scripts/bench poor_features``,
docs/guards.md).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from ghep.messages import text_of
from ghep.metrics.paired import paired
from ghep.types import Finding

MOST = 1000
"""Rows that are read, evenly spaced."""
FEWEST = 8
"""Rows below which nothing is said about the rank."""
CONSTANT = 1e-6
"""A dimension is constant if its standard deviation is below this share of the root mean square of all values."""
LOW_RANK = 0.04
"""Features are of low rank if their effective rank is below this share of min(N - 1, D), or below LOWEST_RANK."""
LOWEST_RANK = 2.5
COLLAPSED = 0.02
"""Features have collapsed if their spread is below this."""
DEAD = 0.75
"""Share of constant dimensions from which they are reported."""
GAIN = 0.2
"""A probe is no better than a control if its interval holds 0 and it avoids at most this share of its errors."""
Control = Literal["random", "majority"]


@dataclass(frozen=True)
class FeatureCheck:
    """What features look like, and the findings on them."""

    name: str
    """Of the backbone."""
    examples: int
    dims: int
    effective_rank: float
    spread: float
    mean_cosine: float
    """Mean cosine of the features of two different examples. Not judged: it is .9 and more for healthy text backbones.
    """
    varying: float
    finite: float
    """Share of rows without NaN or infinity."""
    findings: tuple[Finding, ...] = ()

    @property
    def rank_bar(self) -> float:
        """Return the effective rank below which features are reported."""
        return max(LOWEST_RANK, LOW_RANK * min(self.examples - 1, self.dims))

    @property
    def summary(self) -> str:
        """Return one sentence with the measured numbers and the bars."""
        return text_of(
            "features-summary",
            name=self.name,
            rank=self.effective_rank,
            most=min(self.examples - 1, self.dims),
            rank_bar=self.rank_bar,
            spread=self.spread,
            spread_bar=COLLAPSED,
            varying=self.varying,
            count=self.examples,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the numbers and the findings as plain values."""
        return {**asdict(self), "rank_bar": self.rank_bar, "spread_bar": COLLAPSED}


def check_features(features: np.ndarray, *, name: str) -> FeatureCheck:
    """Return the check of ``features`` (N, D) of the backbone ``name``; no labels are needed.

    The findings are ``features-not-finite``, ``features-constant``, ``features-collapsed``, ``features-low-rank`` and
    ``features-dead``; of the first four at most one, the gravest.
    """
    places = np.unique(np.linspace(0, len(features) - 1, min(MOST, len(features))).astype(int))
    rows = np.asarray(features[places], dtype=np.float64)
    whole = np.asarray(np.isfinite(rows).all(1))
    rows = rows[whole]
    n, dims = rows.shape
    if n < 2:
        check = FeatureCheck(name, n, dims, *(float("nan"),) * 4, float(whole.mean()) if len(whole) else 1.0)
        return _with_findings(check)
    centred = rows - rows.mean(0)
    deviations = centred.std(0)
    scale = float(np.sqrt((rows**2).mean()))
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions = rows / np.where(lengths > 0, lengths, 1)
    total = directions.sum(0)
    pairs = float((total**2).sum() - (directions**2).sum()) / (n * (n - 1))
    return _with_findings(
        FeatureCheck(
            name,
            n,
            dims,
            effective_rank(centred),
            float(directions.std(0).mean() * np.sqrt(dims)),
            pairs,
            float((deviations > CONSTANT * scale).mean()) if scale > 0 else 0.0,
            float(whole.mean()),
        )
    )


def effective_rank(centred: np.ndarray) -> float:
    """Return exp of the entropy of the normalised singular values of ``centred`` (N, D); 0 for zeros."""
    n, dims = centred.shape
    gram = centred @ centred.T if n <= dims else centred.T @ centred
    squares = np.linalg.eigvalsh(gram)
    values = np.sqrt(np.where(squares > 1e-14 * max(float(squares[-1]), 1e-300), squares, 0))  # below is rounding
    if not values.any():
        return 0.0
    shares = values[values > 0] / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _with_findings(check: FeatureCheck) -> FeatureCheck:
    return FeatureCheck(**{**{name: getattr(check, name) for name in _NUMBERS}, "findings": tuple(_findings(check))})


_NUMBERS = ("name", "examples", "dims", "effective_rank", "spread", "mean_cosine", "varying", "finite")


def _findings(check: FeatureCheck) -> list[Finding]:
    found: list[Finding] = []
    if check.finite < 1:
        broken = 1 - check.finite
        found.append(
            Finding.of(
                "features-not-finite", "error", message="features-rows-not-finite", name=check.name, share=broken
            )
        )
        return found
    if check.examples < 2:
        return found
    if check.varying == 0:
        count = check.examples
        found.append(Finding.of("features-constant", "error", message="features-equal", name=check.name, count=count))
        return found
    if check.examples >= FEWEST and check.effective_rank < check.rank_bar:
        found.append(
            Finding.of(
                "features-low-rank",
                "warning",
                name=check.name,
                rank=check.effective_rank,
                bar=check.rank_bar,
                most=min(check.examples - 1, check.dims),
                count=check.examples,
            )
        )
    elif check.spread < COLLAPSED:
        found.append(
            Finding.of(
                "features-collapsed",
                "warning",
                name=check.name,
                spread=check.spread,
                bar=COLLAPSED,
                cosine=check.mean_cosine,
                count=check.examples,
            )
        )
    if 1 - check.varying > DEAD:
        found.append(
            Finding.of(
                "features-dead",
                "warning",
                name=check.name,
                share=1 - check.varying,
                dims=check.dims,
                count=check.examples,
            )
        )
    return found


@dataclass(frozen=True)
class ControlCheck:
    """A probe on pretrained features compared with a control on the same examples."""

    name: str
    control: Control
    score: float
    control_score: float
    low: float
    """Ends of the 95 % interval of the difference."""
    high: float
    p_value: float
    examples: int

    @property
    def bar(self) -> float:
        """Return the end of the interval below which the probe counts as no better."""
        return GAIN * max(1 - self.control_score, 0.0)

    @property
    def no_better(self) -> bool:
        """Whether the probe is no better than the control: not significantly better, and at most a little."""
        return self.low <= 0 and self.high < self.bar

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return ``features-no-better-than-random`` or ``features-no-better-than-majority``; empty if it is better."""
        if not self.no_better:
            return ()
        return (
            Finding.of(
                f"features-no-better-than-{self.control}",
                "warning",
                name=self.name,
                value=self.score,
                other=self.control_score,
                low=self.low,
                high=self.high,
                count=self.examples,
            ),
        )

    @property
    def summary(self) -> str:
        """Return one sentence with the difference, its interval and the bar."""
        return text_of(
            "features-control-summary",
            name=self.name,
            control=self.control,
            value=self.score,
            other=self.control_score,
            low=self.low,
            high=self.high,
            bar=self.bar,
            count=self.examples,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as plain values."""
        return {**asdict(self), "bar": self.bar, "no_better": self.no_better}


def against_control(correct: np.ndarray, of_control: np.ndarray, control: Control, *, name: str) -> ControlCheck:
    """Compare a probe with a control: ``correct`` and ``of_control`` are bool (n,), whether each example was right.

    For regression they are numbers whose mean is R². Both are of held-out examples, the same in the same order.

    The question is not whether the probe is significantly better, which a few dozen examples of a hard task cannot
    show, but whether they show that it is not: the 95 % interval of the difference holds 0 or lies below it, and its
    upper end is below ``GAIN`` of the control's errors.
    """
    found = paired(correct, of_control)
    return ControlCheck(
        name,
        control,
        float(np.mean(correct)),
        float(np.mean(of_control)),
        found.interval.low,
        found.interval.high,
        found.p_value,
        found.n,
    )
