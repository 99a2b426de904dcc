"""P14: loading a model cannot run code. Here: no call in the source that could. (Payload files: beside the bundles.)"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "ghep"

FORBIDDEN = {
    "builtins.compile",
    "builtins.eval",
    "builtins.exec",
    "marshal.load",
    "marshal.loads",
    "runpy.run_path",
    "shelve.open",
    "pandas.read_pickle",
    "torch.hub.load",  # runs the hubconf.py of a repository
    "yaml.full_load",
    "yaml.load",
    "yaml.load_all",
    "yaml.unsafe_load",
}
PICKLES = {"pickle", "_pickle", "cloudpickle", "dill", "joblib"}
# call: (keyword, the only constant that is allowed, whether leaving it out is allowed)
GUARDED = {
    "torch.load": ("weights_only", True, False),
    "numpy.load": ("allow_pickle", False, True),
}
EVERYWHERE = {"trust_remote_code": False}


def aliases(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for: ``np`` -> ``numpy``, ``loads`` -> ``pickle.loads``."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def full_name(function: ast.expr, names: dict[str, str]) -> str:
    """``np.load`` -> ``numpy.load``; a method of a value (``model.eval``) keeps the value's own name."""
    parts: list[str] = []
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if not isinstance(function, ast.Name):
        return ".".join(["?", *reversed(parts)])
    root = names.get(function.id, function.id if parts else f"builtins.{function.id}")
    return ".".join([root, *reversed(parts)])


def is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def problem(call: ast.Call, names: dict[str, str]) -> str:
    name = full_name(call.func, names)
    root, _, last = name.partition(".")
    if name in FORBIDDEN or (root in PICKLES and last.split(".")[-1] in {"load", "loads", "Unpickler"}):
        return name
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    for keyword, allowed in EVERYWHERE.items():
        if keyword in given and not is_constant(given[keyword], allowed):
            return f"{name}({keyword}={ast.unparse(given[keyword])})"
    if name in GUARDED:
        keyword, allowed, may_be_left_out = GUARDED[name]
        if keyword in given:
            return "" if is_constant(given[keyword], allowed) else f"{name}({keyword}={ast.unparse(given[keyword])})"
        if not may_be_left_out or None in given or len(call.args) > 2:
            return f"{name} without {keyword}={allowed}"
    return ""


def problems(source: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(source)
    names = aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (found := problem(node, names)):
            yield node.lineno, found
        if isinstance(node, ast.ImportFrom) and node.module == "builtins":
            yield node.lineno, "a builtin under another name"
        if isinstance(node, ast.Dict):  # options passed on as **{...}
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "trust_remote_code" and not is_constant(value, False):
                    yield node.lineno, "trust_remote_code in a dict"


@pytest.mark.slow
def test_the_source_has_no_call_that_runs_what_it_loads() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    found = {path: list(problems(path.read_text(encoding="utf-8"))) for path in files}
    assert len(files) > 300 and not any(found.values()), {path: lines for path, lines in found.items() if lines}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle\npickle.load(f)",
        "import pickle as p\np.loads(b)",
        "from pickle import loads as quick\nquick(b)",
        "import pickle\npickle.Unpickler(f).load()",
        "import torch\ntorch.load(f)",
        "import torch\ntorch.load(f, weights_only=False)",
        "import torch\ntorch.load(f, weights_only=flag)",
        "import torch\ntorch.load(f, **options)",
        "from torch import load\nload(f)",
        "import torch\ntorch.hub.load('a/b', 'c')",
        "def g():\n    from transformers import AutoModel\n    AutoModel.from_pretrained(n, trust_remote_code=True)",
        "build(n, trust_remote_code=trust)",
        "build(n, **{'trust_remote_code': True})",
        "import yaml\nyaml.load(f, Loader=yaml.SafeLoader)",
        "eval(text)",
        "exec(text)",
        "compile(text, 'x', 'exec')",
        "from builtins import eval as e\ne(text)",
        "import joblib\njoblib.load(f)",
        "import numpy as np\nnp.load(f, allow_pickle=True)",
        "import numpy as np\nnp.load(f, None, True)",
        "import numpy\nnumpy.load(f, **options)",
    ],
)
def test_the_check_sees(source: str) -> None:
    assert list(problems(source))


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "re.compile('x')",
        "import re\nre.compile('x')",
        "import torch\ntorch.compile(model)",
        "import torch\ntorch.load(f, map_location='cpu', weights_only=True)",
        "import numpy as np\nnp.load(f, mmap_mode='r')\nnp.load(f, allow_pickle=False)",
        "import json\njson.load(f)",
        "import pickle\npickle.dumps(x)",
        "import yaml\nyaml.safe_load(f)",
        "build(n, trust_remote_code=False)",
    ],
)
def test_the_check_lets_honest_calls_pass(source: str) -> None:
    assert not list(problems(source))
