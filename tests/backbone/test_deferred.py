"""timm is imported without torch's compiler, which still works when it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

QUESTION = """
import sys
from ghep.backbone.deferred import timm_module
timm = timm_module()
assert timm.is_model("resnet18")
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
DEFERRED = "import sys, torch\nfrom ghep.backbone.deferred import _compiler_deferred, _StandIn\n"
ASKED = {
    wanted: f"""
with _compiler_deferred():
    assert isinstance(sys.modules['torch._dynamo'], _StandIn)
    {wanted}
print(isinstance(sys.modules['torch._dynamo'], _StandIn))
"""
    for wanted in (
        "from torch._dynamo import config",
        "import torch._dynamo.eval_frame",
        "from torch._dynamo.utils import counters",
    )
}
DECORATED = """
with _compiler_deferred():
    @torch.compiler.disable
    def twice(x):
        "Twice."
        return 2 * x
print(twice(3), twice.__doc__, torch.compile(lambda x: twice(x) + 1, backend="eager")(3))
"""


def printed(first: str, then: Mapping[str, str]) -> dict[str, str]:
    """Run ``first`` in a new process, and each code of ``then`` in a fork of it: what each prints."""
    code = f"""
{first}
import json, os
for name, code in json.loads({json.dumps(then)!r}).items():
    print(end="", flush=True)
    child = os.fork()
    if child == 0:
        print("==", name)
        exec(code)
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [part.partition("\n") for part in done.stdout.split("== ")[1:]]
    return {name: words.strip() for name, _, words in told}


@pytest.mark.slow
def test_the_compiler_is_not_imported_and_what_needs_it_still_gets_it() -> None:
    loaded = {"loaded": "print(any(name.startswith('torch._dynamo') for name in sys.modules))"}
    wanted = {"loaded": "False", **dict.fromkeys(AFTERWARDS, "2.0")}
    assert printed(QUESTION, {**loaded, **AFTERWARDS}) == wanted


@pytest.mark.slow
def test_anything_else_that_is_asked_of_it_brings_the_real_one() -> None:
    """And a function that was decorated before answers."""
    wanted = {**dict.fromkeys(ASKED, "False"), "decorated": "6 Twice. 7"}
    assert printed(DEFERRED, {**ASKED, "decorated": DECORATED}) == wanted
