"""Choose the engine that finishes first among those that agree with plain float32 on the user's own examples.

What a head sees are the differences between examples, so that is the measure of agreement (F: features (N, D)):

    disagreement = ||F_engine - F_float32|| / ||F_float32 - mean over examples||        (Frobenius norms)

For a boundary below the end, F comes from ``forward_from`` in float32: what reaches the head counts, not what the
activation looks like. A number that is not finite never agrees.

Trying costs time, too. Candidates are tried in the order of what they promise, and each only if it would pay back
setting it up and running the sample twice were it as fast as such an engine has ever been.

What is worth a trial is counted where the caller knows what an example costs. Which of the engines that were tried is
fastest is read off a clock, so on a busy machine the answer can differ. It is asked for training rows alone, and
written into the run. Features that are scored or predicted with come from an engine that is chosen by
counting (``exact_engine``), which gives the same answer whatever else the machine is doing.
"""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import torch

from ghep.backbone.base import Backbone
from ghep.backbone.blocks import evaluating
from ghep.data.loading.padded import Inputs, laid_out
from ghep.errors import ConfigError, did_you_mean
from ghep.features.engines.engine import (
    Engine,
    Make,
    NotInstalledError,
    UnavailableError,
    torch_bfloat16,
    torch_float32,
)
from ghep.features.engines.openvino import openvino_bfloat16, openvino_float32
from ghep.types import Finding

EXACT_TOLERANCE = 1e-3
"""For engines that compute in float32."""
TOLERANCE = 0.15
"""For engines that compute in half precision: bfloat16 is off by 0.01 (ResNet-50) to 0.13 (MobileNetV2). Heads solved
on such features and used on float32 ones lose nothing that can be measured; they begin to at 0.4
(docs/decisions/0006-engines.md)."""
ROUNDING = 0.5
"""Half precision that is off by more than TOLERANCE and less than this is rounding that a network magnifies: another
engine is used and the run's record has the number, but there is nothing to report. Healthy backbones on photos were off
by 0.003 to 0.008 (seedling) and by 0.03 to 0.13 (MobileNets); more than this is a fault of the engine."""
HALF_TOLERANCE = 1e-2
"""For storing an activation in float16."""

PLAIN = "torch-float32"
COMPILED = "openvino-float32"

SETUP_SECONDS, SETUP_EXAMPLES, SETUP_SECONDS_PER_PARAMETER = 0.3, 8, 8e-8
"""What setting up OpenVINO takes: 0.2 s (a network of 0.3 million weights) to 3.1 s (ResNet-50) in decision 6."""
SAVED = 0.5
"""Share of plain PyTorch's time that OpenVINO in float32 saves: 0.3 to 0.8 in decision 6."""
X86 = ("x86_64", "AMD64")
"""Processors on which that was measured."""


def exact_engine(plain_seconds: float, parameters: int, *, images: int, device: str) -> str:
    """Return the name of the engine for ``images`` examples in float32; no clock is looked at.

    ``plain_seconds`` are those of one example in plain PyTorch as ``features/costs.py`` counts them.
    """
    setup = SETUP_SECONDS + SETUP_EXAMPLES * plain_seconds + SETUP_SECONDS_PER_PARAMETER * parameters
    worth_it = SAVED * images * plain_seconds > setup
    return COMPILED if worth_it and device == "cpu" and platform.machine() in X86 else PLAIN


@dataclass(frozen=True)
class Candidate:
    """An engine that may be tried."""

    name: str
    make: Make
    exact: bool
    devices: tuple[str, ...]
    setup_seconds: float
    """What making it takes at least."""
    speedup: float
    """How many times as fast as plain float32 it is at most; like ``setup_seconds`` it only decides what is tried."""

    @property
    def tolerance(self) -> float:
        """Largest disagreement with plain float32 that is accepted."""
        return EXACT_TOLERANCE if self.exact else TOLERANCE


CANDIDATES = (
    Candidate("openvino-bfloat16", openvino_bfloat16, False, ("cpu",), 0.8, 12.0),
    Candidate("torch-bfloat16", torch_bfloat16, False, ("cpu", "cuda"), 0.0, 4.0),
    Candidate("openvino-float32", openvino_float32, True, ("cpu",), 0.8, 6.0),
)
"""In the order in which they are tried: what is usually fastest comes first."""
EXACT_ENGINES = (PLAIN, *(candidate.name for candidate in CANDIDATES if candidate.exact))
"""Those that compute in float32."""


@dataclass(frozen=True)
class Trial:
    """What became of one engine; None is what was not measured."""

    engine: str
    taken: bool
    why: str
    examples_per_second: float | None = None
    setup_seconds: float | None = None
    disagreement: float | None = None
    """The largest over the boundaries; None also where it is not finite."""


@dataclass(frozen=True)
class Choice:
    """The engine to use and how it was found."""

    engine: Engine
    half: Mapping[int, bool]
    """Boundary -> whether its activation may be stored in float16."""
    trials: tuple[Trial, ...]
    """Plain float32 first, then the candidates in the order of trying."""
    findings: tuple[Finding, ...] = ()

    @property
    def examples_per_second(self) -> float:
        """Speed of the chosen engine on the sample."""
        return next(trial.examples_per_second or 0.0 for trial in self.trials if trial.taken)

    def best_for(
        self, images: int, candidates: Sequence[Candidate], sample: int, plain_seconds: float | None = None
    ) -> bool:
        """Whether none of ``candidates`` that was not tried for this choice would pay back a trial on ``sample``."""
        taken = next(trial for trial in self.trials if trial.taken)
        tried = {trial.engine for trial in self.trials if trial.examples_per_second is not None}
        best = _Ran(self.engine, [], self.examples_per_second)
        # One engine of a kind takes about as long to set up as another.
        others = [
            replace(one, setup_seconds=max(one.setup_seconds, taken.setup_seconds or 0.0))
            for one in candidates
            if one.name not in tried
        ]
        return all(_not_worth_it(one, best, self.trials[0], images, sample, plain_seconds) for one in others)

    def to_json(self) -> dict[str, Any]:
        """Write plain values."""
        return {
            "engine": self.engine.identity,
            "half": {str(boundary): fits for boundary, fits in self.half.items()},
            "trials": [asdict(trial) for trial in self.trials],
        }


def choose_engine(
    backbone: Backbone,
    sample: Inputs,
    boundaries: Sequence[int],
    *,
    images: int,
    wanted: str = "auto",
    candidates: Sequence[Candidate] = CANDIDATES,
    decided: str = "",
    plain_seconds: float | None = None,
    known: Choice | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Choice:
    """Return the engine for a pass over ``images`` examples; ``sample`` are inputs of 16 to 32.

    ``wanted`` is ``auto`` or a name. A name is taken even where it disagrees (that is a Finding), but not where it
    fails or gives numbers that are not finite. ``decided`` is the name of an engine that ``auto`` was decided to be,
    by a rule or by an earlier measurement: it is taken if it agrees, whatever the clock says, and plain float32 is
    taken if it does not. ``plain_seconds`` are those of an example in plain float32, as they were counted: what is
    worth a trial then does not depend on how fast the machine is at the moment. ``known`` was chosen for the same
    boundaries on other examples, among engines that may be used here, too: it is not made again, and taken at once if
    it is the decided one or, where nothing was decided, if no other candidate could pay back its trial.
    """
    candidates = _asked_for(wanted, candidates, next(backbone.parameters()).device.type)
    by_clock = wanted == "auto" and not decided
    if decided and wanted == "auto":
        candidates = [candidate for candidate in candidates if candidate.name == decided]
    if known is not None and wanted == "auto":
        done = (
            known.engine.name == decided if decided else known.best_for(images, candidates, len(sample), plain_seconds)
        )
        if done:
            return replace(known, findings=())
    plain = torch_float32(backbone, boundaries)
    plain(sample[:4])  # the first pass of a process sets PyTorch up
    activations, seconds = _timed(lambda: plain(sample), clock)
    deepest = max(boundaries)
    expected = _features(backbone, activations[list(boundaries).index(deepest)], deepest)
    best = _Ran(plain, activations, len(sample) / seconds)
    trials, findings = [Trial(PLAIN, False, "", best.examples_per_second, 0.0, 0.0)], list[Finding]()
    made = {known.engine.name: known.engine} if known is not None else {}
    for candidate in (replace(one, setup_seconds=0.0) if one.name in made else one for one in candidates):
        if by_clock and (reason := _not_worth_it(candidate, best, trials[0], images, len(sample), plain_seconds)):
            trials.append(Trial(candidate.name, False, reason))
            continue
        try:
            ran, setup = _run(candidate, backbone, sample, boundaries, clock, made.get(candidate.name))
        except UnavailableError as error:
            if wanted != "auto":
                raise ConfigError(f"{wanted} cannot be used: {error}", remedy=error.remedy) from None
            trials.append(Trial(candidate.name, False, str(error)))
            if isinstance(error, NotInstalledError) and not any(said.code == "engine-missing" for said in findings):
                findings.append(_missing(error))
            continue
        except Exception as error:  # whatever a foreign engine raises, the plain path is still there
            trials.append(Trial(candidate.name, False, f"failed: {_first_line(error)}"))
            findings.append(_failed(candidate, error, wanted))
            continue
        apart = max(
            disagreement(_features(backbone, activation, k), expected)
            for k, activation in zip(boundaries, ran.activations, strict=True)
        )
        agrees = apart <= candidate.tolerance
        trial = Trial(
            candidate.name, False, "", ran.examples_per_second, setup, apart if math.isfinite(apart) else None
        )
        if not agrees:
            if wanted != "auto" or candidate.exact or not apart < ROUNDING:
                findings.append(_disagrees(candidate, apart, wanted))
            trial = replace(trial, why="disagrees with plain float32")
        trials.append(trial)
        if (agrees and (not by_clock or ran.examples_per_second > best.examples_per_second)) or (
            wanted != "auto" and math.isfinite(apart)
        ):
            best = ran
    half = {k: fits_half(backbone, activation, k) for k, activation in zip(boundaries, best.activations, strict=True)}
    return Choice(
        best.engine,
        half,
        tuple(_explained(trial, best, _because(wanted, decided)) for trial in trials),
        tuple(findings),
    )


def disagreement(features: torch.Tensor, expected: torch.Tensor) -> float:
    """Return ||features - expected|| / ||expected - its mean over examples||; infinite where that is no number.

    >>> disagreement(torch.tensor([[0.0], [2.2]]), torch.tensor([[0.0], [2.0]]))
    0.1414...
    """
    features, expected = features.double(), expected.double()
    difference = float((features - expected).norm())
    spread = float((expected - expected.mean(0)).norm())
    if difference == 0.0:
        return 0.0
    return difference / spread if spread > 0.0 and math.isfinite(difference) else math.inf


def fits_half(backbone: Backbone, activation: Inputs, k: int) -> bool:
    """Whether ``activation`` (N, ...) after ``k`` blocks may be stored in float16: the features stay what they are."""
    rounded = _features(backbone, activation.half().float(), k)
    return disagreement(rounded, _features(backbone, activation, k)) <= HALF_TOLERANCE


@dataclass(frozen=True)
class _Ran:
    engine: Engine
    activations: list[Inputs]
    examples_per_second: float


def _asked_for(wanted: str, candidates: Sequence[Candidate], device: str) -> list[Candidate]:
    names = ["auto", PLAIN, *(candidate.name for candidate in candidates)]
    if wanted not in names:
        raise ConfigError(f'no engine is called "{wanted}"', remedy=did_you_mean(wanted, names))
    asked = [candidate for candidate in candidates if wanted in ("auto", candidate.name)]
    if wanted not in ("auto", PLAIN) and device not in asked[0].devices:
        raise ConfigError(
            f"{wanted} runs on {' or '.join(asked[0].devices)}, and the backbone is on {device}",
            remedy="choose auto, torch-float32 or torch-bfloat16",
        )
    return [candidate for candidate in asked if device in candidate.devices]


def _not_worth_it(
    candidate: Candidate, best: _Ran, plain: Trial, images: int, sample: int, plain_seconds: float | None
) -> str:
    """Return why ``candidate`` is not tried; empty where it may pay."""
    measured = 1 / (plain.examples_per_second or math.inf)
    each = measured if plain_seconds is None else plain_seconds
    left = images * each * (1 / best.examples_per_second / measured if measured else 1.0)
    saved = left - images * each / candidate.speedup
    cost = candidate.setup_seconds + 2 * sample * left / max(1, images)
    if saved > cost:
        return ""
    return (
        f"not tried: {images} examples take {left:.1f} s with {best.engine.name}; "
        f"it would save {max(0.0, saved):.1f} s at best, and trying takes about {cost:.1f} s"
    )


def _run(
    candidate: Candidate,
    backbone: Backbone,
    sample: Inputs,
    boundaries: Sequence[int],
    clock: Callable[[], float],
    made: Engine | None,
) -> tuple[_Ran, float]:
    """Make the engine if it is not there, and run the sample twice: the first still sets up, the second is timed."""
    engine, making = _timed(lambda: made or candidate.make(backbone, boundaries), clock)
    _, first = _timed(lambda: engine(sample), clock)
    activations, seconds = _timed(lambda: engine(sample), clock)
    return _Ran(engine, activations, len(sample) / seconds), making + max(0.0, first - seconds)


_T = TypeVar("_T")


def _timed(work: Callable[[], _T], clock: Callable[[], float]) -> tuple[_T, float]:
    began = clock()
    result = work()
    return result, max(clock() - began, 1e-9)


def _features(backbone: Backbone, activation: Inputs, k: int) -> torch.Tensor:
    """Go on from an activation in plain float32; (N, D), of sequences all positions side by side."""
    activation = laid_out(activation.to(next(backbone.parameters()).device), torch.channels_last)
    with torch.no_grad(), evaluating(backbone):
        features = backbone.forward_from(activation, k).cpu()
    return features if isinstance(features, torch.Tensor) else features.values.flatten(1)


def _because(wanted: str, decided: str) -> tuple[str, str]:
    """Return why an engine is taken, and why another one is not; ``{}`` stands for the one that is taken."""
    if wanted != "auto":
        return "asked for", "not asked for"
    return (
        ("decided without timing", "decided without timing: {}")
        if decided
        else ("the fastest that agrees", "slower than {}")
    )


def _explained(trial: Trial, best: _Ran, because: tuple[str, str]) -> Trial:
    if trial.engine == best.engine.name:
        return replace(trial, taken=True, why=trial.why or because[0])
    return trial if trial.why else replace(trial, why=because[1].format(best.engine.name))


def _disagrees(candidate: Candidate, apart: float, wanted: str) -> Finding:
    size = (
        f"by {apart:.1%} of the spread between examples" if math.isfinite(apart) else "in numbers that are not finite"
    )
    kept = wanted != "auto" and math.isfinite(apart)
    return Finding(
        "engine-disagrees",
        "warning" if wanted != "auto" else "info",
        f"features of {candidate.name} differ from plain float32 {size}; up to {candidate.tolerance:.1%} is accepted; "
        + ("it is used because it was asked for" if kept else "it is not used"),
        "leave the engine at auto" if kept else "nothing to do: a slower engine computes the features",
        (candidate.name,),
    )


def _missing(error: NotInstalledError) -> Finding:
    return Finding(
        "engine-missing", "info", f"{error}; frozen blocks run several times faster with it on most CPUs", error.remedy
    )


def _failed(candidate: Candidate, error: Exception, wanted: str) -> Finding:
    return Finding(
        "engine-failed",
        "warning" if wanted != "auto" else "info",
        f"{candidate.name} failed on this backbone ({_first_line(error)}); it is not used",
        "nothing to do: a slower engine computes the features",
        (candidate.name,),
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
