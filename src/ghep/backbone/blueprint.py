"""A blueprint (an architecture and the file of its weights), and how it becomes a backbone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Backbone, Card
from ghep.backbone.bounded import built_within
from ghep.backbone.image_size import at_image_size, far_findings
from ghep.backbone.request import Request
from ghep.backbone.weight_check import check_arrival, snapshot
from ghep.backbone.weights import LoadReport, load_weights, read_checkpoint
from ghep.data.image.preprocess import ImagePreprocess
from ghep.data.loading.preprocess import Preprocess
from ghep.errors import BackboneError
from ghep.messages import text_of
from ghep.types import Finding

BEFORE_LOADING = 0x67686570
"""Seed of the random weights that a file's weights replace; unlikely to be chosen for a run."""
ASSUMABLE = ("input_size", "mean", "std", "crop_pct", "interpolation")
"""Preprocessing that weights depend on and a card may omit. (Nearly all weights were trained with centre crops.)"""


@dataclass(frozen=True)
class Blueprint:
    """How to make a backbone: the architecture to build, the weights to load, preprocessing and card."""

    architecture: Architecture
    card: Card
    weights: Path | None
    preprocess: Preprocess | None = None
    """Complete preprocessing, as in a bundle; None: ``numbers`` override the architecture's defaults."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """The card's preprocessing, under timm's keys."""
    prefix: str = ""
    """Prefix of the backbone's tensors in ``weights``."""
    fetched: Callable[[Blueprint], Backbone] | None = None
    """Loads network and weights together, for weights that only a library can download."""
    state: Mapping[str, torch.Tensor] | None = None
    """Content of ``weights`` if it was read already, with the other files of a bundle; None: read when needed."""


@dataclass(frozen=True)
class Family:
    """A kind of backbone: which names it matches and how to load it.

    A family whose backbones are one network and one weight file sets ``blueprint``; other families set ``load_itself``.
    """

    matches: Callable[[Request], bool]
    blueprint: Callable[[Request], Blueprint] | None = None
    load_itself: Callable[[Request], Backbone] | None = None

    def load(self, request: Request) -> Backbone:
        """Return the backbone; raise BackboneError if it cannot be loaded."""
        if self.load_itself is not None:
            return self.load_itself(request)
        assert self.blueprint is not None
        return build(self.blueprint(request), request)


def build(blueprint: Blueprint, request: Request) -> Backbone:
    """Build the network of ``blueprint`` and load its weights, at the requested image size."""
    if request.image_size is None:
        return _build(blueprint, request)
    net = _built(blueprint, seed=0)
    pretrained = blueprint.preprocess or preprocess_of(net, blueprint.numbers)
    if pretrained.modality != "image":
        request.refuse_image_size()
    assert isinstance(pretrained, ImagePreprocess)
    architecture, preprocess = at_image_size(blueprint.architecture, pretrained, request.image_size, name=request.name)
    backbone = _build(replace(blueprint, architecture=architecture, preprocess=preprocess), request)
    if backbone.card.pretrained:
        assumed = () if blueprint.weights is None else _assumed(net, blueprint, request.name)
        far = far_findings(preprocess, pretrained, name=request.name)
        backbone.findings = (*backbone.findings, *assumed, *far)
    return backbone


def _build(blueprint: Blueprint, request: Request) -> Backbone:
    if blueprint.fetched is not None and not request.random_weights:
        return blueprint.fetched(blueprint)
    loads = blueprint.weights is not None and not request.random_weights
    # The check compares loaded with initial weights, and the file may be a control saved with the request's seed.
    net = _built(blueprint, seed=BEFORE_LOADING if loads else request.seed)
    preprocess = blueprint.preprocess or preprocess_of(net, blueprint.numbers)
    if not loads:
        card = Card(blueprint.card.name, text_of("source-random"), blueprint.card.licence, pretrained=False)
        return assemble(net, architecture=blueprint.architecture, preprocess=preprocess, card=card)
    inputs = preprocess.sample(4, 12)
    before = snapshot(net, inputs)
    state, keys = _weights(blueprint)
    report = load_weights(net, state, backbone_name=request.name)
    findings = (
        *_load_findings(report, keys, request.name),
        *_assumed(net, blueprint, request.name),
        *check_arrival(net, before, inputs, name=request.name, rebuild=blueprint.architecture.build),
    )
    refuse_errors(findings)
    return assemble(
        net, architecture=blueprint.architecture, preprocess=preprocess, card=blueprint.card, findings=findings
    )


def _built(blueprint: Blueprint, *, seed: int) -> torch.nn.Module:
    """Return the network with random weights drawn from ``seed``.

    Raises BackboneError if the config of a bundle describes a network much larger than the bundle's weights.
    """
    if not blueprint.prefix:
        return blueprint.architecture.build(seed=seed)
    with built_within(_weights(blueprint)[0], blueprint.architecture.arguments, error=BackboneError):
        return blueprint.architecture.build(seed=seed)


def _weights(blueprint: Blueprint) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return name -> tensor of the backbone and, if the file has several sets of weights, the keys of these sets."""
    assert blueprint.weights is not None
    state, keys = read_checkpoint(blueprint.weights) if blueprint.state is None else (dict(blueprint.state), ())
    if not blueprint.prefix:
        return state, keys
    start = len(blueprint.prefix)
    return {name[start:]: tensor for name, tensor in state.items() if name.startswith(blueprint.prefix)}, keys


def preprocess_of(net: torch.nn.Module, numbers: Mapping[str, Any]) -> ImagePreprocess:
    """Return the preprocessing that timm declares for ``net``; ``numbers`` (mean, std, input_size, ...) override it."""
    return ImagePreprocess.from_timm({**(getattr(net, "pretrained_cfg", None) or {}), **numbers})


def _assumed(net: torch.nn.Module, blueprint: Blueprint, name: str) -> tuple[Finding, ...]:
    """Return a warning if the card omits preprocessing settings: wrong ones are a common and silent failure."""
    missing = [key for key in ASSUMABLE if key not in blueprint.numbers]
    if blueprint.preprocess is not None or not missing:
        return ()
    taken = preprocess_of(net, blueprint.numbers)
    values = {
        "input_size": [3, taken.height, taken.width],
        "mean": taken.mean,
        "std": taken.std,
        "crop_pct": round(min(taken.height, taken.width) / taken.resize_to, 3),
        "interpolation": taken.interpolation,
    }
    assert blueprint.weights is not None
    file = blueprint.weights.parent / "config.json" if Path(name).is_dir() else card_path(blueprint.weights)
    items = [f"{key}: {values[key]}" for key in missing]
    return (Finding.of("preprocessing-assumed", "warning", items=items, name=name, keys=missing, file=file),)


def _load_findings(report: LoadReport, keys: tuple[str, ...], name: str) -> tuple[Finding, ...]:
    found = []
    if report.head_left_out:
        code, loaded = "source-head-left-out", len(report.loaded)
        found.append(Finding.of(code, "info", items=report.head_left_out, name=name, loaded=loaded))
    for several in (keys, report.candidates):
        if several:
            chosen = several[0]
            found.append(Finding.of("weights-chosen", "info", items=several, name=name, sets=several, chosen=chosen))
    if report.resized:
        count = len(report.resized)
        found.append(Finding.of("weights-resized", "info", items=report.resized, name=name, count=count))
    return tuple(found)


def refuse_errors(findings: tuple[Finding, ...]) -> None:
    """Raise BackboneError for the first finding of severity error."""
    for finding in findings:
        if finding.severity == "error":
            raise BackboneError(finding.message, remedy=finding.remedy)


def card_path(path: Path) -> Path:
    """Return the path of a weight file's json: ``w.json`` for ``w.pth`` and for ``w.pth.tar``."""
    stem = path.name.removesuffix(".tar") if path.suffix == ".tar" else path.name
    return path.with_name(Path(stem).with_suffix(".json").name)


def json_object(config: Any, path: Path) -> Mapping[str, Any]:
    """Return ``config``; raise BackboneError if it is not a mapping."""
    if not isinstance(config, Mapping):
        raise BackboneError("card-json-not-an-object", path=path)
    return config


def card_in(config: Mapping[str, Any], path: Path) -> Card:
    """Return the card of the weights at ``path`` from ``config``, the json next to the weight file."""
    return Card(
        name=str(config.get("name") or config.get("architecture") or path.stem),
        source=origin_in(config, path.name),
        licence=str(config.get("licence") or config.get("license") or "unknown"),
        source_labels=_source_labels(config, path),
    )


def numbers_in(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preprocessing (mean, std, input_size, ...) in ``config``, the json next to a weight file.

    The keys are timm's. Raises BackboneError if the weights are not for images with 3 channels.
    """
    if config.get("in_chans", 3) != 3:
        raise BackboneError("card-not-rgb", channels=config["in_chans"])
    return {key: config[key] for key in (*ASSUMABLE, "crop_mode") if config.get(key) is not None}


def origin_in(config: Mapping[str, Any], file: str) -> str:
    """Return the ``source`` in the json ``config``; else ``file``, and the repository and file of its ``origin``."""
    if isinstance(config.get("source"), str) and config["source"].strip():
        return str(config["source"])
    origin = config.get("origin") or {}
    parts = [str(origin[key]) for key in ("repository", "file") if isinstance(origin, Mapping) and key in origin]
    return f"{file} ({': '.join(parts)})" if parts else file


def _source_labels(config: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    name = config.get("labels")
    if not isinstance(name, str) or Path(name).name != name:
        return ()
    file = path.parent / name
    return tuple(file.read_text(encoding="utf-8").splitlines()) if file.is_file() else ()
