"""The suggestion in the error for an unknown backbone name. In: the name. Out: a ``Message``."""

from __future__ import annotations

import re
from pathlib import Path

from ghep.backbone.installed import at_hand
from ghep.backbone.packages import PACKAGES
from ghep.backbone.timm_networks import timm_names
from ghep.errors import did_you_mean
from ghep.messages import Message

HUB_PAGE = r"https?://huggingface\.co/([\w.-]+(?:/[\w.-]+)?)/?"
TEXT_KINDS = (
    *(
        "albert",
        "bart",
        "bert",
        "bge",
        "camembert",
        "deberta",
        "distilbert",
        "distilgpt",
        "distilroberta",
        "e5-",
        "electra",
    ),
    *("flan", "gpt", "gte-", "llama", "modernbert", "mpnet", "mt5", "multilingual", "opt-", "paraphrase", "phobert"),
    *("roberta", "t5", "xlm", "xlnet"),
)
"""Prefixes of common text models on Hugging Face's hub."""


def suggestion(name: str) -> Message:
    """Return a message that suggests the backbone that ``name`` may mean, or lists the backbones that work offline.

    ``name`` may lack the prefix of timm or of the hub, or be spelled as in another library.
    """
    page = re.fullmatch(HUB_PAGE, name)
    if page is not None:
        return _or_offline(page[1] if page[1].startswith("timm/") else f"hf/{page[1]}")
    last = name.rpartition("/")[2]
    if last.lower() in ("minilm", "all-minilm-l6-v2"):
        return _or_offline("minilm")
    # A network of timm as other libraries spell it: ResNet50, efficientnet-b0, torchvision/resnet50.
    spelled = re.sub(r"[-_ ]", "", last.lower())
    same = [one for one in timm_names() if one.replace("_", "") == spelled.partition(".")[0]]
    if same and not name.startswith("timm/"):
        tag = last[last.index(".") :] if "." in last else ""
        return _or_offline(f"timm/{same[0]}{tag}")
    if same:
        return Message("did-you-mean", {"names": [f'"timm/{same[0]}"']})
    looks_like_hub = (
        re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not name.startswith(("timm/", ".")) and not Path(last).suffix
    )
    if looks_like_hub or last.lower().startswith(TEXT_KINDS):
        return _or_offline(f"hf/{name.removeprefix('timm/')}")
    return offline_hint(name)


def offline_hint(name: str = "") -> Message:
    """Return a message that lists the backbones that work offline, and the closest one if ``name`` resembles it."""
    names = at_hand()
    offline = Message("offline-backbones", {"count": len(names), "names": names})
    spelled = name.strip().lower()
    if not spelled.startswith(("seed", "efficientnet-l", "minil")):
        return offline
    known = ["seedling", *(package.name for package in PACKAGES)]
    return Message("offline-backbones-near", {"offline": offline, "hint": did_you_mean(spelled, known)})


def _or_offline(name: str) -> Message:
    return Message("did-you-mean-or-offline", {"name": name, "offline": offline_hint()})
