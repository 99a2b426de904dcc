"""timm is imported without torch's compiler, which still works when it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

QUESTION = """
import sys
from ghep.backbone.deferred import timm_module
timm = timm_module()
assert timm.is_model("resnet18")
print(any(name.startswith("torch._dynamo") for name in sys.modules))
"""
AFTERWARDS = {
    "compile": "import torch; print(float(torch.compile(lambda x: x + 1, backend='eager')(torch.ones(()))))",
    "operator": """
import torch, torchvision
boxes = torch.tensor([[0.0, 0.0, 0.0, 4.0, 4.0]])
print(float(torchvision.ops.roi_align(torch.ones(1, 3, 8, 8), boxes, 2).sum()) / 6)
""",
    "decorated": """
from timm.models.naflexvit import NaFlexRopeIterator
import torch._dynamo
print(2.0 if torch._dynamo.disable is not None and callable(NaFlexRopeIterator) else 0.0)
""",
}


def printed(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.slow
def test_the_compiler_is_not_imported() -> None:
    assert printed(QUESTION) == ["False"]


@pytest.mark.slow
@pytest.mark.parametrize("code", AFTERWARDS.values(), ids=AFTERWARDS)
def test_what_needs_the_compiler_still_gets_it(code: str) -> None:
    assert printed(QUESTION + code) == ["False", "2.0"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "wanted",
    ["from torch._dynamo import config", "import torch._dynamo.eval_frame", "from torch._dynamo.utils import counters"],
)
def test_anything_else_that_is_asked_of_it_brings_the_real_one(wanted: str) -> None:
    code = "import sys, torch\nfrom ghep.backbone.deferred import _compiler_deferred, _StandIn\n"
    code += "with _compiler_deferred():\n"
    code += f"    assert isinstance(sys.modules['torch._dynamo'], _StandIn)\n    {wanted}\n"
    assert printed(code + "print(isinstance(sys.modules['torch._dynamo'], _StandIn))") == ["False"]


@pytest.mark.slow
def test_a_decorated_function_answers() -> None:
    code = """
import torch
from ghep.backbone.deferred import _compiler_deferred
with _compiler_deferred():
    @torch.compiler.disable
    def twice(x):
        "Twice."
        return 2 * x
print(twice(3), twice.__doc__, torch.compile(lambda x: twice(x) + 1, backend="eager")(3))
"""
    assert printed(code) == ["6", "Twice.", "7"]
