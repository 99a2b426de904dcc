"""Join ES modules into one script: a page that is opened without a server cannot import any.

Each module becomes a function that returns what it exports; it is called once, after those that it imports from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter

_IMPORT = re.compile(r'^import (\* as \w+|\{[^}]*\}) from "\./([\w-]+)\.js";\n', re.MULTILINE)
_DECLARED = re.compile(r"^export ((?:async )?function|class|const) (\w+)", re.MULTILINE)
_LISTED = re.compile(r"export\s*\{([^}]*)\};?\s*(?://# sourceMappingURL=\S*\s*)?$")
_SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S*")


def joined(modules: Mapping[str, str], entry: str) -> str:
    """Return one script with the module ``entry`` and all that it imports; ``modules``: name -> source.

    A module imports named exports, or all of them as one object, from ``./name.js``. It exports declarations, or a list
    at its end, as bundlers write it.
    """
    imports = {name: {found[2] for found in _IMPORT.finditer(source)} for name, source in modules.items()}
    needed, waiting = set[str](), [entry]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += imports[name]
    order = TopologicalSorter({name: imports[name] for name in needed}).static_order()
    return "\n".join(_as_function(name, modules[name]) for name in order)


def _as_function(name: str, source: str) -> str:
    exported = {found[2]: found[2] for found in _DECLARED.finditer(source)}
    listed = _LISTED.search(source)
    if listed:
        for pair in listed[1].split(","):
            own, _, outside = (part.strip() for part in pair.partition(" as "))
            exported[outside or own] = own
        source = source[: listed.start()]
    body = _DECLARED.sub(r"\1 \2", _IMPORT.sub(_taken, source))
    body = _SOURCE_MAP.sub("", body).replace("import.meta.url", '"blob:ghep"')  # it has no file of its own
    returned = ", ".join(f"{outside}: {own}" for outside, own in exported.items())
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {returned} }};\n}})();"


def _taken(found: re.Match[str]) -> str:
    what, name = found[1], _variable(found[2])
    if what.startswith("*"):
        return f"const {what.removeprefix('* as ')} = {name};\n"
    return f"const {what.replace(' as ', ': ')} = {name};\n"


def _variable(module: str) -> str:
    return f"module_{module.replace('-', '_')}"
