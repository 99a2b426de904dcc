"""``ghep backbones``: what is at hand, offline and by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ghep.cli.terminal import print_json

if TYPE_CHECKING:
    from ghep.backbone.packages import WeightPackage


def command(
    pattern: Annotated[
        str | None, typer.Argument(help="List timm's architectures that match, for example 'resnet*'.")
    ] = None,
    describe: Annotated[
        str | None, typer.Option(help="Describe one backbone: blocks, features, preprocessing.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, nothing else.")] = False,
) -> None:
    """List backbones that work without a network; with a pattern, the architectures timm knows by name.

    Example: ghep backbones 'mobilenet*'
    """
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
            print("\n".join(names) or f"timm has no architecture that matches {pattern}")
        return
    found = _listed()
    if json:
        print_json(found)
        return
    print("Installed; these work without a network:\n")
    print("\n".join(map(_line, found["installed"])) or "  nothing")
    if found["packages"]:
        print("\nIn a package:\n")
        print("\n".join(f"{_line(one)}  {one['install']}" for one in found["packages"]))
    print("\nprobe: accuracy of a linear head on the frozen backbone, measured (docs/benchmarks.md).")
    print(
        "\nBy name, fetched when first used: timm/<name> for images (ghep backbones 'mobilenet*' lists names),\n"
        "hf/<name> and text2text/<T5> for texts. From your files: timm/<name>@<weights>, a .safetensors or .pth\n"
        "file with a json of the same name next to it, a folder in Hugging Face's form, word vectors, a bundle\n"
        "that ghep fit wrote. docs/backbones.md has the rules."
    )


def _listed() -> dict[str, list[dict[str, Any]]]:
    """Return what is installed, and what a package would add."""
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
                row |= {"reads": "96 px", "megabytes": 8, "licence": "Apache-2.0", "probe": "0.669 on four sets"}
            installed.append({**row, "default": name == default_backbone(modality)})
    others = [{**_packaged(package), "install": package.install} for package in PACKAGES if not package.installed]
    return {"installed": installed, "packages": others}


def _packaged(package: WeightPackage) -> dict[str, Any]:
    names = ("name", "modality", "reads", "megabytes", "licence", "probe")
    return {name: getattr(package, name) for name in names}


def _line(one: dict[str, Any]) -> str:
    size = f"{one['megabytes']} MB" if "megabytes" in one else ""
    reads, licence = one.get("reads", ""), one.get("licence", "")
    probe = f"probe {one['probe']}" if one.get("probe") else ""
    words = f"  {one['name']:<20} {one['modality']}s  {reads:<11} {size:>6}  {licence:<10}  {probe:<27}"
    return f"{words}  the default for {one['modality']}s" if one.get("default") else words.rstrip()


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
