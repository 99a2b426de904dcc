"""``ghep backbones``: what is at hand, offline and by name."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ghep.cli.terminal import print_json


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
    from ghep.backbone.at_hand import at_hand

    if describe is not None:
        found: Any = _described(describe)
    elif pattern is not None:
        import timm

        found = [f"timm/{name}" for name in timm.list_models(pattern)]
    else:
        found = at_hand()
    if json:
        print_json(found)
        return
    if isinstance(found, dict):
        for key, value in found.items():
            print(f"{key:<12} {value}")
        return
    print("\n".join(found) or "nothing")
    if pattern is None:
        print(
            "\nThese work without a network. Also, for images: timm/<name> (ghep backbones 'mobilenet*' lists names),\n"
            "timm/<name>@<weights>, a .safetensors or .pth file with a json of the same name beside it;\n"
            "for texts: hf/<name>, a folder in Hugging Face's form, text2text/<T5>, a file of word vectors;\n"
            "for both: a bundle that ghep fit wrote. docs/backbones.md has the rules."
        )


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
