"""Refuse quantised weights: integer or float8 codes that need scales, which a plain loader ignores.

If codes are loaded as plain numbers, the network is useless, but its features are finite and differ between inputs, so
no later check would notice. Quantised weights are recognised by tensor names and number formats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from ghep.errors import BackboneError

MARKS = {
    "qweight": "GPTQ or AWQ",
    "weight_packed": "compressed-tensors",
    "SCB": "bitsandbytes, int8",
    "quant_map": "bitsandbytes, 4 bits",
    "_packed_params": "torch.ao quantization",
    "W_q": "HQQ",
    "_blocks": "MXFP4",
}
"""Last part of the name of packed weights -> quantisation format."""
SCALES = re.compile(r"(.+?)\.(?:weight[._])?(?:scales?(?:_inv)?|scaling_factor|q?zeros|zero_points?|absmax)")
"""Names of the scales and zero points of a module; the module's name is the group."""
METHODS = ("quant_method", "quant_algo", "quant_type")


def refuse_quantised(dtypes: Mapping[str, str], *, backbone_name: str, method: str = "") -> None:
    """Raise BackboneError if ``dtypes`` (tensor name -> number format, such as ``int8``) are of quantised weights.

    ``method`` is the format's name in the config. Half precision and plain float8 casts without scales are accepted:
    their numbers are the weights.
    """
    found = next(_quantised(dtypes), None)
    if found is None:
        return
    name, form = found
    forms = [form, method] if method and method.lower() not in form.lower() else [form]
    raise BackboneError("weights-quantised", name=backbone_name, forms=forms, tensor=name)


def refuse_scales(names: Collection[str], own: Iterable[str], *, backbone_name: str) -> None:
    """Raise BackboneError if a file has quantised weights: tensor ``names`` of scales that the network does not have.

    ``own`` are the names of the network's tensors. The number format alone does not show quantisation, because codes
    may be saved as floats.
    """
    used = {name.rpartition(".")[2] for name in own}
    for name in names:
        found = SCALES.fullmatch(name)
        weight = f"{found[1]}.weight" if found else ""
        if weight in names and name.rpartition(".")[2] not in used:
            raise BackboneError("weights-quantised-by-scales", name=backbone_name, scales=name, tensor=weight)


def _quantised(dtypes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, dtype in dtypes.items():
        form = next((form for mark, form in MARKS.items() if name.rpartition(".")[2] == mark), None)
        packed = name.endswith("_blocks") and f"{name.removesuffix('_blocks')}_scales" in dtypes
        if form is None and packed:
            form = MARKS["_blocks"]
        if form is not None:
            yield name, form
        # Masks and counters (GPT-2's attn.bias, position_ids) are integers too; weights are not.
        elif dtype.startswith(("int", "uint", "qint", "quint")) and name.endswith(("weight", "weight._data")):
            yield name, dtype
        elif dtype.startswith("float8") and name.endswith("weight") and _scales(name, dtypes):
            yield name, f"{dtype} + scales"


def _scales(name: str, names: Mapping[str, str]) -> bool:
    module = name.rpartition(".")[0]
    return any(other.rpartition(".")[0] in (module, name) and "scale" in other.rpartition(".")[2] for other in names)


def dtypes_of(state: Mapping[str, torch.Tensor]) -> dict[str, str]:
    """Return tensor name -> number format of ``state``: ``float32``, ``int8``, ``float8_e4m3fn``."""
    return {name: str(tensor.dtype).removeprefix("torch.") for name, tensor in state.items()}


def dtypes_in_files(folder: Path) -> dict[str, str]:
    """Return tensor name -> number format for the weight files of a folder, without reading the tensors.

    Unreadable files are skipped: loading them reports the problem.
    """
    found: dict[str, str] = {}
    files = sorted(folder.glob("*.safetensors"))
    for file in [] if files else sorted(folder.glob("pytorch_model*.bin")):
        with suppress(Exception):
            found |= dtypes_of(torch.load(file, map_location="cpu", weights_only=True, mmap=True))
    for file in files:
        try:
            with file.open("rb") as opened:
                size = int.from_bytes(opened.read(8), "little")
                header = json.loads(opened.read(min(size, 100_000_000)))
            found |= {name: _format(entry["dtype"]) for name, entry in header.items() if name != "__metadata__"}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _format(code: str) -> str:
    """Convert safetensors' format name to torch's, such as ``I8`` to ``int8``."""
    if code.startswith("F8"):
        return f"float8{code.removeprefix('F8').lower()}"
    return code.replace("U", "uint").replace("I", "int") if code[:1] in "UI" else f"float{code.lstrip('BF')}"


def method_in(config: Mapping[str, Any]) -> str:
    """Return the quantisation method that a Hugging Face config names; "" if it names none."""
    settings = config.get("quantization_config") or config.get("compression_config") or {}
    values = (settings.get(key) for key in METHODS) if isinstance(settings, Mapping) else ()
    return next((value for value in values if isinstance(value, str)), "")
