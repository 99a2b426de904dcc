"""Every code in the source has its English in the catalogue, with the same parameters."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghep.messages import catalogue

PACKAGE = Path(__file__).parents[2] / "src" / "ghep"
MAKERS = {"text_of", "remedy_of", "Message", "of"}
"""Functions whose first argument is a code; ``Finding.of`` among them."""
OWN = {"remedy", "severity", "items", "message", "reason", "location"}
"""Keywords that are no parameters of a message."""
MADE = (
    "bad-",
    "setting-",
    "panel-",
    "command-",
    "phase-",
    "severity-",
    "doctor-title-",
    "doctor-state-",
    "doctor-head-",
)
"""Codes that are made of a reason or a name; tests/test_setting.py has those of settings."""


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_error(name: str) -> bool:
    """Whether a call makes an error of ours; Python's own are technical and no user reads them."""
    return not hasattr(builtins, name) and bool(
        re.fullmatch(r"[A-Z]\w*Error|Bad(Example|Image|Text)|BrokenPromise|Interrupted|error", name)
    )


def is_copy(node: ast.Call) -> bool:
    """Whether a call takes all of its arguments from one mapping, as in ``Finding(**values)``."""
    return not node.args and [key.arg for key in node.keywords] == [None]


def constants(node: ast.expr | None) -> set[str]:
    """The codes an argument may be: one, or one of two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return constants(node.body) | constants(node.orelse) if isinstance(node, ast.IfExp) else set()


def codes_of(node: ast.Call) -> set[str]:
    """The codes that a call names."""
    named = [key.value for key in node.keywords if key.arg == "message" and called(node) == "of"]
    first = named or node.args[1:2] if called(node).startswith("Bad") else named or node.args[:1]
    return constants(first[0]) if first else set()


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def variables(source: str) -> set[str]:
    return set(re.findall(r"\$([A-Za-z]\w*)", source))


@pytest.mark.slow
@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_parameters_are_those_of_the_catalogue(path: Path) -> None:
    known = catalogue()
    for node in calls(path):
        if called(node) not in MAKERS and not is_error(called(node)):
            continue
        for code in codes_of(node) & known.keys():
            given = {key.arg for key in node.keywords if key.arg} - OWN
            if called(node) == "Message":
                values = node.args[1] if len(node.args) > 1 else None
                if values is not None and (not isinstance(values, ast.Dict) or None in values.keys):
                    continue  # parameters that are not written here
                given = {key.value for key in values.keys} if values is not None else set()  # type: ignore[union-attr]
            if any(key.arg is None for key in node.keywords):
                continue
            wanted = variables(known[code]) - (OWN if code == "bad-example" else set())
            assert given == wanted, f"{path}:{node.lineno} {code}: given {sorted(given)}, catalogue {sorted(wanted)}"


@pytest.mark.slow
@pytest.mark.parametrize("room", sorted({path.relative_to(PACKAGE).parts[0] for path in files()}))
def test_no_english_in_errors_and_findings(room: str) -> None:
    known, left = catalogue(), []
    for path in files():
        if path.relative_to(PACKAGE).parts[0] != room:
            continue
        for node in calls(path):
            if called(node) == "Finding" or (is_error(called(node)) and node.args):
                sentences = [one for one in codes_of(node) if one not in known]
                text = any(isinstance(one, ast.JoinedStr) for one in ast.walk(node.args[0])) if node.args else False
                if sentences or text or (called(node) == "Finding" and not is_copy(node)):
                    left.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert not left


def test_every_message_is_used() -> None:
    quoted = re.compile(r"""["']([a-z][\w-]*)(?=["'])""")
    used = {
        code
        for path in (*files(), *PACKAGE.rglob("*.html"))
        for code in quoted.findall(path.read_text(encoding="utf-8"))
    }
    assert not [code for code in catalogue() if code not in used and not code.startswith(MADE)]


def test_every_message_can_be_written() -> None:
    """With any parameters: a mistake in the syntax of a message shows here."""
    from fluent.syntax import FluentParser
    from fluent.syntax.ast import Junk

    for code, source in catalogue().items():
        parsed = FluentParser().parse(source)
        assert not [entry for entry in parsed.body if isinstance(entry, Junk)], f"{code}: {source}"
