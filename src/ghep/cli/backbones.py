"""``ghep backbones``: list the backbones that are installed, and those that can be loaded by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghep.cli.arguments import Json
from ghep.cli.terminal import print_json
from ghep.messages import text_of

if TYPE_CHECKING:
    from ghep.backbone.packages import WeightPackage


def command(
    pattern: Annotated[str | None, typer.Argument(help=text_of("help-backbones-pattern"))] = None,
    describe: Annotated[str | None, typer.Option(help=text_of("help-backbones-describe"))] = None,
    json: Json = False,
) -> None:
    """Run ``ghep backbones``."""
    if describe is not None:
        described = _described(describe)
        if json:
            print_json(described)
        else:
            print("\n".join(f"{key:<12} {value}" for key, value in described.items()))
        return
    if pattern is not None:
        import timm

        names = [f"timm/{name}" for name in timm.list_models(pattern)]
        if json:
            print_json(names)
        else:
            print("\n".join(names) or text_of("backbones-no-match", pattern=pattern))
        return
    found = _listed()
    if json:
        print_json(found)
        return
    print(f"{text_of('backbones-installed')}\n")
    print("\n".join(map(_line, found["installed"])) or f"  {text_of('backbones-none')}")
    if found["packages"]:
        print(f"\n{text_of('backbones-packages')}\n")
        print("\n".join(f"{_line(one)}  {one['install']}" for one in found["packages"]))
    print(f"\n{text_of('backbones-probe')}")
    print(f"\n{text_of('backbones-by-name')}")


def _listed() -> dict[str, list[dict[str, Any]]]:
    """Return ``installed`` and ``packages`` -> rows: the installed backbones, and those that a package would add."""
    from ghep.backbone.installed import at_hand, default_backbone
    from ghep.backbone.packages import PACKAGES, package_of

    installed = []
    for modality in ("image", "text"):
        for name in at_hand(modality):
            row: dict[str, Any] = {"name": name, "modality": modality}
            package = package_of(name)
            if package is not None:
                row = _packaged(package)
            elif name == "seedling":
                probe = text_of("package-probe", modality="image", accuracy=0.669)
                row |= {"reads": "96 px", "megabytes": 8, "licence": "Apache-2.0", "probe": probe}
            installed.append({**row, "default": name == default_backbone(modality)})
    others = [{**_packaged(package), "install": package.install} for package in PACKAGES if not package.installed]
    return {"installed": installed, "packages": others}


def _packaged(package: WeightPackage) -> dict[str, Any]:
    names = ("name", "modality", "reads", "megabytes", "licence", "probe")
    return {name: getattr(package, name) for name in names}


def _line(one: dict[str, Any]) -> str:
    size = f"{one['megabytes']} MB" if "megabytes" in one else ""
    reads, licence = one.get("reads", ""), one.get("licence", "")
    probe = text_of("backbones-line-probe", probe=one["probe"]) if one.get("probe") else ""
    words = f"  {one['name']:<20} {one['modality']}s  {reads:<11} {size:>6}  {licence:<10}  {probe:<27}"
    if not one.get("default"):
        return words.rstrip()
    return f"{words}  {text_of('backbones-line-default', modality=one['modality'])}"


def _described(name: str) -> dict[str, Any]:
    from ghep.backbone.catalog import load_backbone

    backbone = load_backbone(name, random_weights=name.startswith("timm/") and "@" not in name)
    preprocess = backbone.preprocess
    return {
        "name": backbone.card.name,
        "source": backbone.card.source,
        "licence": backbone.card.licence,
        "parameters": sum(parameter.numel() for parameter in backbone.parameters()),
        "features": backbone.feature_dim,
        "input": preprocess.describe(),
        **preprocess.details(),
        "blocks": ", ".join(block.name for block in backbone.blocks()),
    }
