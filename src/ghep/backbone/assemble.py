"""From an architecture and its preprocessing to the backbone of that kind: how a bundle comes back."""

from __future__ import annotations

from torch import nn

from ghep.backbone.architecture import Architecture
from ghep.backbone.base import Backbone, Card
from ghep.backbone.image import ImageBackbone
from ghep.data.loading.preprocess import ImagePreprocess, Preprocess
from ghep.types import Finding


def assemble(
    net: nn.Module,
    *,
    architecture: Architecture,
    preprocess: Preprocess,
    card: Card,
    findings: tuple[Finding, ...] = (),
) -> Backbone:
    """Return ``net`` as a backbone of the kind that its preprocessing feeds."""
    if isinstance(preprocess, ImagePreprocess):
        return ImageBackbone(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
    from ghep.backbone.text import TextBackbone
    from ghep.data.text.tokens import CharacterPreprocess, TokenPreprocess

    assert isinstance(preprocess, TokenPreprocess | CharacterPreprocess)
    if architecture.builder == "text-to-text":
        from ghep.backbone.text_to_text import TextToTextBackbone

        return TextToTextBackbone(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
    return TextBackbone(net, architecture=architecture, preprocess=preprocess, card=card, findings=findings)
