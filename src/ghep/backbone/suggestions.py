"""What a user may have meant by a name that no backbone has."""

from __future__ import annotations

import re
from pathlib import Path

from ghep.backbone.installed import at_hand
from ghep.backbone.packages import PACKAGES
from ghep.backbone.timm_networks import timm_names
from ghep.errors import did_you_mean

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
"""How the names of usual text backbones on Hugging Face's hub begin."""


def meant(name: str) -> str:
    """Return the names a user may have meant: with the prefix of timm or of the hub, or spelled otherwise."""
    page = re.fullmatch(HUB_PAGE, name)
    if page is not None:
        repository = page[1] if page[1].startswith("timm/") else f"hf/{page[1]}"
        return f'did you mean "{repository}"? {offline_hint("")}'
    last = name.rpartition("/")[2]
    if last.lower() in ("minilm", "all-minilm-l6-v2"):
        return f'did you mean "minilm"? {offline_hint("")}'
    # A name of timm's, as other libraries spell it: ResNet50, efficientnet-b0, torchvision/resnet50.
    spelled = re.sub(r"[-_ ]", "", last.lower())
    same = [one for one in timm_names() if one.replace("_", "") == spelled.partition(".")[0]]
    if same and not name.startswith("timm/"):
        tag = last[last.index(".") :] if "." in last else ""
        return f'did you mean "timm/{same[0]}{tag}"? {offline_hint("")}'
    if same:
        return f'did you mean "timm/{same[0]}"?'
    looks_like_hub = (
        re.fullmatch(r"[\w.-]+/[\w.-]+", name) and not name.startswith(("timm/", ".")) and not Path(last).suffix
    )
    if looks_like_hub or last.lower().startswith(TEXT_KINDS):
        return f'did you mean "hf/{name.removeprefix("timm/")}"? {offline_hint("")}'
    return offline_hint(name)


def offline_hint(name: str) -> str:
    """Return what works without a network, and the closest name among it."""
    offline = ", ".join(at_hand()) or "nothing"
    spelled = name.strip().lower()
    known = ["seedling", *(package.name for package in PACKAGES)]
    near = f"; {did_you_mean(spelled, known)}" if spelled.startswith(("seed", "efficientnet-l", "minil")) else ""
    return f"at hand without a network: {offline}; or pass a weight file, a bundle, or timm/<name>{near}"
