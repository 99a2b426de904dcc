"""ES modules joined into one script behave as they do apart."""

from __future__ import annotations

from tests.export.web.node import node

from ghep.export.web.build import HERE, MODULES
from ghep.export.web.modules import joined

PARTS = {
    "base": "export const unit = 2;\nexport async function later() {\n  return unit;\n}\n"
    'function helper() {\n  return "base";\n}\n',
    "minified": "var a=1,b=()=>a+1;export{a as one,b as default,b};\n//# sourceMappingURL=minified.js.map\n",
    "top": 'import * as mini from "./minified.js";\nimport { unit as two, later } from "./base.js";\n'
    'function helper() {\n  return "top";\n}\n'
    "console.log(mini.one, mini.default(), mini.b(), two, helper());\nlater().then((one) => console.log(one));\n",
    "unused": "throw new Error();\n",
}


def test_joined_modules_run() -> None:
    assert node(joined(PARTS, "top")).split() == ["1", "2", "2", "2", "top", "2"]


def test_the_modules_of_the_page_have_no_other_imports() -> None:
    libraries = {"onnxruntime": "export{};", "tokenizers": "export const Tokenizer = null;"}
    own = {name: (HERE / f"{name}.js").read_text("utf-8") for name in MODULES}
    script = joined({**own, **libraries}, "page")
    assert "\nimport " not in script and "\nexport " not in script
