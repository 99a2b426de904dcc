"""Find what in a file of ``torch.export`` would run code when it is loaded. Loads no torch.

``torch.export.load`` falls back to pickle for sample inputs, evaluates the expressions of sizes as Python, executes
guards, looks operators up by any name below ``torch``, and opens compiled libraries in the archive. So a file may
contain only what exports of ghep contain; anything else is refused, even if it may be harmless.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zipfile import BadZipFile, ZipFile

PROGRAM = "models/model.json"
FILES = re.compile(
    rf"{re.escape(PROGRAM)}|data/sample_inputs/model\.pt|data/(weights/weight|constants/tensor)_\d+"
    r"|data/(weights/model_weights|constants/model_constants)_config\.json"
    r"|archive_format|archive_version|byteorder|version|\.data/(version|serialization_id)"
)
"""Files in an archive, without its first folder. Compiled libraries and other models are not among them."""
SYMBOL = re.compile(r"Symbol\('[su]\d+'(, \w+=(True|False))*\)|L(\['\w+'\]|\[\d+\])+\.size\(\)\[\d+\]")
"""A free size in an expression, and in a guard."""
EXPRESSION = re.compile(
    r"([\d\s()+*/%,<>=!-]|\b(n|and|or|not|Integer|Rational|Mul|Add|Pow|Mod|PythonMod|FloorDiv|CeilDiv|CleanDiv|Max|Min"
    r"|Eq|Ne|Le|Lt|Ge|Gt|And|Or|Not)\b)*"
)
"""The rest of an expression, in which each free size is ``n``: numbers, operators, and functions of numbers."""
OPERATOR = re.compile(
    r"torch\.ops\.aten\.\w+\.(?!__)\w+|torch\.(sym_\w+|ops\.higher_order\.wrap_with_set_grad_enabled)|math\.\w+"
    r"|_operator\.(add|sub|mul|neg|pow|mod|floordiv|truediv|getitem|eq|ne|le|lt|ge|gt|and_|or_|not_)"
)


def code_in(program: bytes) -> str:
    """Return what in a .pt2 file could run code when it is loaded; empty if there is nothing."""
    try:
        with ZipFile(io.BytesIO(program)) as archive:
            names = archive.namelist()
            roots = {name.partition("/")[0] for name in names}
            foreign = [name for name in names if not FILES.fullmatch(name.partition("/")[2])]
            if foreign or len(roots) != 1 or len({name.lower() for name in names}) != len(names):
                return (foreign or names)[0]
            described = json.loads(archive.read(f"{roots.pop()}/{PROGRAM}"))
    except (BadZipFile, KeyError, RecursionError, ValueError) as error:
        return type(error).__name__
    return next((f"{text:.100}" for kind, text in _texts(described) if not _is_harmless(kind, text)), "")


@contextmanager
def without_pickle() -> Iterator[None]:
    """In the block, ``torch.load`` reads tensors and plain values only, whatever its caller asks for."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _texts(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) for each text that is evaluated or looked up: expressions, guards, operators."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    if isinstance(value, dict):
        for key, one in value.items():
            if key in ("expr_str", "target", "as_operator"):
                yield key, str(one)
            elif key == "guards_code":
                yield from ((key, str(guard)) for guard in one)
            else:
                yield from _texts(one)


def _is_harmless(kind: str, text: str) -> bool:
    if kind in ("expr_str", "guards_code"):
        return EXPRESSION.fullmatch(SYMBOL.sub("n", text)) is not None
    looked_up = text.startswith(("torch", "math", "_operator", "#"))
    return not looked_up or OPERATOR.fullmatch(text) is not None
