"""What a card says about a backbone, in the words of Hugging Face's hub, which refuses others in a model card."""

from __future__ import annotations

import re

from ghep.backbone.base import Card
from ghep.backbone.packages import package_of

LICENCES = {
    *("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "unlicense", "gpl-3.0", "lgpl-3.0", "agpl-3.0"),
    *("cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0", "cc-by-3.0", "cc-by-sa-3.0"),
    *("openrail", "openrail++", "creativeml-openrail-m", "bigscience-openrail-m", "llama2", "llama3", "gemma"),
}
"""The hub's identifiers of the licences that backbones are likely to have."""
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def base_model(card: Card) -> str | None:
    """Return the backbone's name on the hub; None if it has none, or if it is not known."""
    package = package_of(card.name)
    name = package.model if package else card.name.removeprefix("hf/")
    if name.startswith("timm/") and "." not in name:  # an architecture without a tag: its weights are from a file
        return None
    return name if HUB_NAME.fullmatch(name) else None


def licence_fields(card: Card) -> dict[str, str]:
    """Return ``license``, and ``license_name`` for one that the hub does not list; empty if it is unknown."""
    known = card.licence.strip().lower()
    if known in ("", "unknown", "none"):
        return {}
    return {"license": known} if known in LICENCES else {"license": "other", "license_name": card.licence}
