"""A network and the file of its weights, before either is built or read; and how the two become a backbone."""

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
from ghep.types import Finding

BEFORE_LOADING = 0x67686570
"""Seed of the random weights that a file's weights replace: one that nobody chooses for a run."""
ASSUMABLE = ("input_size", "mean", "std", "crop_pct", "interpolation")
"""What weights depend on and a card may leave out. (Cutting out the centre is what nearly all of them were used to.)"""


@dataclass(frozen=True)
class Blueprint:
    """What to build and what to load into it, before either is done."""

    architecture: Architecture
    card: Card
    weights: Path | None
    preprocess: Preprocess | None = None
    """Whole, as a bundle has it; None: ``numbers`` over the architecture's own defaults."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """What the card says of the preprocessing, under timm's keys."""
    prefix: str = ""
    """Start of the names that belong to the backbone in ``weights``."""
    fetched: Callable[[Blueprint], Backbone] | None = None
    """Loads network and weights together, where only a library can: from its hub."""
    state: Mapping[str, torch.Tensor] | None = None
    """Content of ``weights`` where it was read with the other files of a bundle; None: it is read when needed."""


@dataclass(frozen=True)
class Family:
    """One kind of backbone: which names mean it, and how it is loaded.

    A family of a network and a file of its weights gives a ``blueprint``; another one loads itself.
    """

    matches: Callable[[Request], bool]
    blueprint: Callable[[Request], Blueprint] | None = None
    load_itself: Callable[[Request], Backbone] | None = None

    def load(self, request: Request) -> Backbone:
        """Return the backbone; raise BackboneError if it cannot be had."""
        if self.load_itself is not None:
            return self.load_itself(request)
        assert self.blueprint is not None
        return build(self.blueprint(request), request)


def build(blueprint: Blueprint, request: Request) -> Backbone:
    """Build the network of ``blueprint`` and load its weights, at the image size that was asked for."""
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
    # What is loaded is compared with what was there before, and a control of the same seed may have been saved.
    net = _built(blueprint, seed=BEFORE_LOADING if loads else request.seed)
    preprocess = blueprint.preprocess or preprocess_of(net, blueprint.numbers)
    if not loads:
        card = Card(blueprint.card.name, "random weights", blueprint.card.licence, pretrained=False)
        return assemble(net, architecture=blueprint.architecture, preprocess=preprocess, card=card)
    inputs = preprocess.sample(4, 12)
    before = snapshot(net, inputs)
    state, keys = _weights(blueprint)
    report = load_weights(net, state, what=request.name)
    findings = (
        *_load_findings(report, keys, request.name),
        *_assumed(net, blueprint, request.name),
        *check_arrival(net, before, inputs, name=request.name, again=blueprint.architecture.build),
    )
    refuse_errors(findings)
    return assemble(
        net, architecture=blueprint.architecture, preprocess=preprocess, card=blueprint.card, findings=findings
    )


def _built(blueprint: Blueprint, *, seed: int) -> torch.nn.Module:
    """Return the network with random weights; a bundle's may be no larger than the weights in it."""
    if not blueprint.prefix:
        return blueprint.architecture.build(seed=seed)
    with built_within(_weights(blueprint)[0], blueprint.architecture.arguments, error=BackboneError):
        return blueprint.architecture.build(seed=seed)


def _weights(blueprint: Blueprint) -> tuple[dict[str, torch.Tensor], tuple[str, ...]]:
    """Return the backbone's part of the file, and the keys under which the file holds weights."""
    assert blueprint.weights is not None
    state, keys = read_checkpoint(blueprint.weights) if blueprint.state is None else (dict(blueprint.state), ())
    if not blueprint.prefix:
        return state, keys
    start = len(blueprint.prefix)
    return {name[start:]: tensor for name, tensor in state.items() if name.startswith(blueprint.prefix)}, keys


def preprocess_of(net: torch.nn.Module, numbers: Mapping[str, Any]) -> ImagePreprocess:
    """Lay what the card says over what timm says of the architecture."""
    return ImagePreprocess.from_timm({**(getattr(net, "pretrained_cfg", None) or {}), **numbers})


def _assumed(net: torch.nn.Module, blueprint: Blueprint, name: str) -> tuple[Finding, ...]:
    """Name what the card of loaded weights leaves out: the commonest failure in the field is silent."""
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
    message = f"nothing says with which {', '.join(missing)} {name} was trained; the architecture's defaults are taken"
    assert blueprint.weights is not None
    beside = blueprint.weights.parent / "config.json" if Path(name).is_dir() else json_beside(blueprint.weights)
    remedy = f"write them into {beside}: with the wrong ones features are poor, and nothing else shows it"
    items = tuple(f"{key}: {values[key]}" for key in missing)
    return (Finding("preprocessing-assumed", "warning", message, remedy, items),)


def _load_findings(report: LoadReport, keys: tuple[str, ...], name: str) -> tuple[Finding, ...]:
    found = []
    if report.head_left_out:
        message = f"{len(report.loaded)} tensors of {name} loaded; the head of its source task was left out"
        found.append(Finding("source-head-left-out", "info", message, items=report.head_left_out))
    for several in (keys, report.alike):
        if several:
            message = f"{name} holds several sets of weights ({', '.join(several)}); {several[0]} was loaded"
            remedy = "save the one you want in a file of its own if this is not it"
            found.append(Finding("weights-chosen", "info", message, remedy, several))
    if report.resized:
        message = f"the weights of {name} were trained at another input size; {len(report.resized)} were interpolated"
        remedy = "features are best at the size of training: give it as input_size in the json beside the weights"
        found.append(Finding("weights-resized", "info", message, remedy, report.resized))
    return tuple(found)


def refuse_errors(findings: tuple[Finding, ...]) -> None:
    """Raise BackboneError for the first finding that is an error."""
    for finding in findings:
        if finding.severity == "error":
            raise BackboneError(finding.message, remedy=finding.remedy)


def json_beside(path: Path) -> Path:
    """Return where the json of a weight file is: ``w.json`` of ``w.pth`` and of ``w.pth.tar``."""
    stem = path.name.removesuffix(".tar") if path.suffix == ".tar" else path.name
    return path.with_name(Path(stem).with_suffix(".json").name)


def json_object(config: Any, path: Path) -> Mapping[str, Any]:
    """Return ``config``; raise BackboneError if it is no object."""
    if not isinstance(config, Mapping):
        raise BackboneError(f"the json of {path} is no object of names and values", remedy="see docs/backbones.md")
    return config


def card_in(config: Mapping[str, Any], path: Path) -> Card:
    """Return what the json next to weights says of their source and licence."""
    return Card(
        name=str(config.get("name") or config.get("architecture") or path.stem),
        source=origin_in(config, path.name),
        licence=str(config.get("licence") or config.get("license") or "unknown"),
        source_labels=_labels_beside(config, path),
    )


def numbers_in(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the json says of the preprocessing, under timm's keys; BackboneError unless for RGB images."""
    if config.get("in_chans", 3) != 3:
        raise BackboneError(
            f"the json says in_chans {config['in_chans']}; pictures come with 3 channels, red, green and blue",
            remedy="pass weights of a network for RGB pictures",
        )
    return {key: config[key] for key in (*ASSUMABLE, "crop_mode") if config.get(key) is not None}


def origin_in(config: Mapping[str, Any], file: str) -> str:
    """Return where the json says the weights come from."""
    origin = config.get("origin") or {}
    parts = [str(origin[key]) for key in ("repository", "file") if isinstance(origin, Mapping) and key in origin]
    return f"{file} ({': '.join(parts)})" if parts else file


def _labels_beside(config: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    name = config.get("labels")
    if not isinstance(name, str) or Path(name).name != name:
        return ()
    file = path.parent / name
    return tuple(file.read_text(encoding="utf-8").splitlines()) if file.is_file() else ()
