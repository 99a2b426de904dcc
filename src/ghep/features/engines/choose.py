"""Choose the engine that finishes first among those that agree with plain float32 on the user's own examples.

A head uses the differences between examples. So agreement is measured as follows, with F the features (N, D):

    disagreement = ||F_engine - F_float32|| / ||F_float32 - mean over examples||        (Frobenius norms)

For a boundary before the end, F is computed from the activation by ``forward_from`` in float32, because what counts is
the effect on the head. If a number is not finite, the engine does not agree.

A trial takes time as well. Candidates are tried in the order of their expected speed. A candidate is tried only if its
setup and two runs of the sample take less time than the engine would save at the highest speed seen for its kind.

If the caller passes the counted cost of an example, that cost decides whether a trial is worthwhile. Which of the tried
engines is fastest is measured, so the answer can differ on a busy machine. It is used only for training rows, and is
saved with the run. Features for scores and predictions are from an engine that is chosen by counting operations
(``exact_engine``), which does not depend on the machine's load.
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
from ghep.messages import text_of
from ghep.types import Finding, Severity

EXACT_TOLERANCE = 1e-3
"""Largest disagreement of engines that compute in float32."""
TOLERANCE = 0.15
"""Largest disagreement of engines in half precision: bfloat16 has 0.01 (ResNet-50) to 0.13 (MobileNetV2). Heads solved
on such features and used on float32 ones lose nothing measurable; they start to lose at 0.4
(docs/decisions/0006-engines.md)."""
ROUNDING = 0.5
"""If the disagreement is between TOLERANCE and this, the network amplifies the rounding of half precision: another
engine is used and the run's record has the number, but there is no finding. Healthy backbones on photos had 0.003 to
0.008 (seedling) and 0.03 to 0.13 (MobileNets). A disagreement above this is a fault of the engine."""
HALF_TOLERANCE = 1e-2
"""Largest disagreement caused by storing an activation in float16."""

PLAIN = "torch-float32"
COMPILED = "openvino-float32"

SETUP_SECONDS, SETUP_EXAMPLES, SETUP_SECONDS_PER_PARAMETER = 0.3, 8, 8e-8
"""Parts of OpenVINO's setup time: constant, in examples of plain PyTorch, and per weight. The sum was 0.2 s (a network
of 0.3 million weights) to 3.1 s (ResNet-50) in docs/decisions/0006."""
SAVED = 0.5
"""Fraction of plain PyTorch's time that OpenVINO in float32 saves: 0.3 to 0.8 in docs/decisions/0006."""
X86 = ("x86_64", "AMD64")
"""Names of the processors for which ``SAVED`` was measured."""


def exact_engine(plain_seconds: float, parameters: int, *, images: int, device: str) -> str:
    """Return the name of the engine for ``images`` examples in float32, without measuring time.

    ``plain_seconds`` is the time of one example in plain PyTorch as counted by ``features/costs.py``.
    """
    setup = SETUP_SECONDS + SETUP_EXAMPLES * plain_seconds + SETUP_SECONDS_PER_PARAMETER * parameters
    worth_it = SAVED * images * plain_seconds > setup
    return COMPILED if worth_it and device == "cpu" and platform.machine() in X86 else PLAIN


@dataclass(frozen=True)
class Candidate:
    """An engine that may be tried: its name, how to make it, where it runs and how fast it can be."""

    name: str
    make: Make
    exact: bool
    devices: tuple[str, ...]
    setup_seconds: float
    """Least time that setting up the engine takes."""
    speedup: float
    """Largest speed relative to plain float32. Like ``setup_seconds``, it only decides which engines are tried."""

    @property
    def tolerance(self) -> float:
        """Largest accepted disagreement with plain float32."""
        return EXACT_TOLERANCE if self.exact else TOLERANCE


CANDIDATES = (
    Candidate("openvino-bfloat16", openvino_bfloat16, False, ("cpu",), 0.8, 12.0),
    Candidate("torch-bfloat16", torch_bfloat16, False, ("cpu", "cuda"), 0.0, 4.0),
    Candidate("openvino-float32", openvino_float32, True, ("cpu",), 0.8, 6.0),
)
"""Engines other than plain float32, in the order in which they are tried: usually the fastest first."""
EXACT_ENGINES = (PLAIN, *(candidate.name for candidate in CANDIDATES if candidate.exact))
"""Engines that compute in float32."""


def engine_named(name: str, backbone: Backbone, boundaries: Sequence[int]) -> Engine:
    """Return the engine called ``name`` without trying it; raise ConfigError if it cannot run here."""
    if name == PLAIN:
        return torch_float32(backbone, boundaries)
    candidate = next(one for one in CANDIDATES if one.name == name)
    try:
        return candidate.make(backbone, boundaries)
    except UnavailableError as error:
        raise ConfigError("engine-unavailable", remedy=error.remedy, name=name, cause=str(error)) from None


@dataclass(frozen=True)
class Trial:
    """The measurements of one engine (None: not measured), whether it is used, and why."""

    engine: str
    taken: bool
    why: str
    examples_per_second: float | None = None
    setup_seconds: float | None = None
    disagreement: float | None = None
    """The largest disagreement with plain float32 over the boundaries; None also if it is not finite."""


@dataclass(frozen=True)
class Choice:
    """The engine to use, and how it was chosen."""

    engine: Engine
    half: Mapping[int, bool]
    """Boundary -> whether its activation may be stored in float16."""
    trials: tuple[Trial, ...]
    """Plain float32 first, then the candidates in the order of trying."""
    findings: tuple[Finding, ...] = ()

    @property
    def examples_per_second(self) -> float:
        """Speed of the chosen engine, measured on the sample."""
        return next(trial.examples_per_second or 0.0 for trial in self.trials if trial.taken)

    def best_for(
        self, images: int, candidates: Sequence[Candidate], sample: int, plain_seconds: float | None = None
    ) -> bool:
        """Whether this choice should be used for ``images`` examples without trying other ``candidates``.

        That is the case if each trial, on ``sample`` examples, would take longer than its engine could save.
        """
        taken = next(trial for trial in self.trials if trial.taken)
        tried = {trial.engine for trial in self.trials if trial.examples_per_second is not None}
        best = _Ran(self.engine, [], self.examples_per_second)
        # Engines of a kind have about the same setup time.
        others = [
            replace(one, setup_seconds=max(one.setup_seconds, taken.setup_seconds or 0.0))
            for one in candidates
            if one.name not in tried
        ]
        return all(_not_worth_it(one, best, self.trials[0], images, sample, plain_seconds) for one in others)

    def to_json(self) -> dict[str, Any]:
        """Return engine, trials, and for each boundary whether float16 may store it, as values for JSON."""
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
    """Return the engine for a pass over ``images`` examples; ``sample`` holds the inputs of 16 to 32 of them.

    ``wanted`` is ``auto`` or a name. A named engine is used even if it disagrees (with a finding), but not if it fails
    or its numbers are not finite. ``decided`` is the engine that a rule or an earlier measurement chose for ``auto``:
    it is used if it agrees, at any speed; otherwise plain float32 is used. ``plain_seconds`` is the counted time of an
    example in plain float32; with it, the decision to try an engine does not depend on the machine's current speed.
    ``known`` is a choice that was made for the same boundaries on other examples, so its engine need not be set up
    again. That engine is used without a trial if it is the decided engine or, without a decision, if trials of the
    other candidates would take longer than they could save.

    Raises ConfigError if a named engine is unknown or cannot run here.
    """
    candidates = _candidates(wanted, candidates, next(backbone.parameters()).device.type)
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
    plain(sample[:4])  # the first pass of a process initialises PyTorch
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
                raise ConfigError("engine-unavailable", remedy=error.remedy, name=wanted, cause=str(error)) from None
            trials.append(Trial(candidate.name, False, str(error)))
            if isinstance(error, NotInstalledError) and not any(one.code == "engine-missing" for one in findings):
                findings.append(_missing(error))
            continue
        except Exception as error:  # a foreign engine may raise anything; plain PyTorch remains
            trials.append(Trial(candidate.name, False, text_of("trial-failed", error=_first_line(error))))
            findings.append(_failed(candidate, error, wanted))
            continue
        difference = max(
            disagreement(_features(backbone, activation, k), expected)
            for k, activation in zip(boundaries, ran.activations, strict=True)
        )
        agrees = difference <= candidate.tolerance
        trial = Trial(
            candidate.name, False, "", ran.examples_per_second, setup, difference if math.isfinite(difference) else None
        )
        if not agrees:
            if wanted != "auto" or candidate.exact or not difference < ROUNDING:
                findings.append(_disagrees(candidate, difference, wanted))
            trial = replace(trial, why=text_of("trial-disagrees"))
        trials.append(trial)
        if (agrees and (not by_clock or ran.examples_per_second > best.examples_per_second)) or (
            wanted != "auto" and math.isfinite(difference)
        ):
            best = ran
    how = "named" if wanted != "auto" else "decided" if decided else "fastest"
    half = {k: fits_half(backbone, activation, k) for k, activation in zip(boundaries, best.activations, strict=True)}
    return Choice(
        best.engine,
        half,
        tuple(_explained(trial, best.engine.name, how) for trial in trials),
        tuple(findings),
    )


def disagreement(features: torch.Tensor, expected: torch.Tensor) -> float:
    """Return the relative difference between ``features`` and ``expected``, both (N, D); infinity if it is not finite.

    It is ||features - expected|| / ||expected - mean of expected over the examples||, with Frobenius norms.

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
    """Whether ``activation`` (N, ...) after ``k`` blocks may be stored in float16 without changing the features."""
    rounded = _features(backbone, activation.half().float(), k)
    return disagreement(rounded, _features(backbone, activation, k)) <= HALF_TOLERANCE


@dataclass(frozen=True)
class _Ran:
    engine: Engine
    activations: list[Inputs]
    examples_per_second: float


def _candidates(wanted: str, candidates: Sequence[Candidate], device: str) -> list[Candidate]:
    names = ["auto", PLAIN, *(candidate.name for candidate in candidates)]
    if wanted not in names:
        raise ConfigError("unknown-engine", name=wanted, hint=did_you_mean(wanted, names))
    named = [candidate for candidate in candidates if wanted in ("auto", candidate.name)]
    if wanted not in ("auto", PLAIN) and device not in named[0].devices:
        raise ConfigError("engine-on-other-device", name=wanted, devices=list(named[0].devices), device=device)
    return [candidate for candidate in named if device in candidate.devices]


def _not_worth_it(
    candidate: Candidate, best: _Ran, plain: Trial, images: int, sample: int, plain_seconds: float | None
) -> str:
    """Return a text that says why ``candidate`` is not tried; empty if a trial may save more time than it takes."""
    measured = 1 / (plain.examples_per_second or math.inf)
    each = measured if plain_seconds is None else plain_seconds
    left = images * each * (1 / best.examples_per_second / measured if measured else 1.0)
    saved = left - images * each / candidate.speedup
    cost = candidate.setup_seconds + 2 * sample * left / max(1, images)
    if saved > cost:
        return ""
    return text_of(
        "trial-not-worthwhile",
        examples=images,
        seconds=left,
        engine=best.engine.name,
        saved=max(0.0, saved),
        cost=cost,
    )


def _run(
    candidate: Candidate,
    backbone: Backbone,
    sample: Inputs,
    boundaries: Sequence[int],
    clock: Callable[[], float],
    made: Engine | None,
) -> tuple[_Ran, float]:
    """Make the engine unless ``made`` is given, and run it on ``sample`` twice; return the results and the setup time.

    The second run is timed. The extra time of the first run counts as setup. Times are in seconds.
    """
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
    """Return features (N, D) computed from an activation at boundary ``k`` in plain float32.

    If features have one row per position, (N, L, H), return them flattened to (N, L * H).
    """
    activation = laid_out(activation.to(next(backbone.parameters()).device), torch.channels_last)
    with torch.no_grad(), evaluating(backbone):
        features = backbone.forward_from(activation, k).cpu()
    return features if isinstance(features, torch.Tensor) else features.values.flatten(1)


def _explained(trial: Trial, best: str, how: str) -> Trial:
    """Return ``trial`` with the reason why its engine is used or not.

    ``best`` is the engine that is used, ``how`` says how it was chosen.
    """
    if trial.engine == best:
        return replace(trial, taken=True, why=trial.why or text_of("trial-taken", how=how))
    return trial if trial.why else replace(trial, why=text_of("trial-not-taken", how=how, engine=best))


def _disagrees(candidate: Candidate, difference: float, wanted: str) -> Finding:
    used = "yes" if wanted != "auto" and math.isfinite(difference) else "no"
    found: dict[str, Any] = {"engine": candidate.name, "used": used, "tolerance": candidate.tolerance}
    severity: Severity = "warning" if wanted != "auto" else "info"
    if not math.isfinite(difference):
        message = "engine-disagrees-not-finite"
        return Finding.of("engine-disagrees", severity, message=message, items=(candidate.name,), engine=candidate.name)
    return Finding.of("engine-disagrees", severity, items=(candidate.name,), difference=difference, **found)


def _missing(error: NotInstalledError) -> Finding:
    return Finding.of("engine-missing", "info", cause=str(error), hint=error.remedy)


def _failed(candidate: Candidate, error: Exception, wanted: str) -> Finding:
    severity: Severity = "warning" if wanted != "auto" else "info"
    cause = _first_line(error)
    return Finding.of("engine-failed", severity, items=(candidate.name,), engine=candidate.name, cause=cause)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__
