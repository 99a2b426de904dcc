"""Each language has every message of the English catalogue: the same attributes, parameters, functions and flags."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax.ast import (
    FunctionReference,
    Identifier,
    Junk,
    Message,
    MessageReference,
    SelectExpression,
    StringLiteral,
    TextElement,
    VariableReference,
)
from fluent.syntax.visitor import Visitor

import ghep.messages
from ghep.messages import DEFAULT, LANGUAGES

FOLDER = Path(ghep.messages.__file__).parent
FLAG = re.compile(r"--[a-z0-9][a-z0-9-]*")
PLURALS = {"one", "other"}


@dataclass
class Parts(Visitor):  # type: ignore[misc]
    """What a text of a message consists of."""

    text: str = ""
    variables: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    plural_only: set[str] = field(default_factory=set)
    """Variables that choose between singular and plural, and may also be written."""

    def visit_TextElement(self, node: TextElement) -> None:  # noqa: N802
        self.text += f" {node.value}"

    def visit_StringLiteral(self, node: StringLiteral) -> None:  # noqa: N802
        self.text += f" {node.value}"

    def visit_VariableReference(self, node: VariableReference) -> None:  # noqa: N802
        self.variables.add(node.id.name)

    def visit_FunctionReference(self, node: FunctionReference) -> None:  # noqa: N802
        self.called.add(node.id.name)
        self.generic_visit(node)

    def visit_MessageReference(self, node: MessageReference) -> None:  # noqa: N802
        self.called.add(node.id.name)

    def visit_SelectExpression(self, node: SelectExpression) -> None:  # noqa: N802
        keys = {one.key.name if isinstance(one.key, Identifier) else one.key.value for one in node.variants}
        if isinstance(node.selector, VariableReference) and keys <= PLURALS:
            self.plural_only.add(node.selector.id.name)
        self.generic_visit(node)


def parts_in(file: Path) -> dict[str, Parts]:
    """Return "code" and "code.attribute" -> what its text consists of."""
    found: dict[str, Parts] = {}
    for entry in FluentParser().parse(file.read_text(encoding="utf-8")).body:
        assert not isinstance(entry, Junk), entry.content
        if isinstance(entry, Message):
            texts = {"": entry.value, **{f".{one.id.name}": one.value for one in entry.attributes}}
            for name, pattern in texts.items():
                if pattern is not None:
                    found[entry.id.name + name] = parts = Parts()
                    parts.visit(pattern)
    return found


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != DEFAULT])
@pytest.mark.parametrize("name", sorted(file.name for file in (FOLDER / DEFAULT).glob("*.ftl")))
def test_every_message_is_translated(name: str, language: str) -> None:
    english, translated = parts_in(FOLDER / DEFAULT / name), parts_in(FOLDER / language / name)
    assert english.keys() == translated.keys()
    for code, ours in english.items():
        theirs = translated[code]
        assert theirs.variables <= ours.variables, code
        assert ours.variables - theirs.variables <= ours.plural_only, f"{code}: a parameter is not written"
        assert ours.called == theirs.called, code
        assert sorted({*FLAG.findall(ours.text)}) == sorted({*FLAG.findall(theirs.text)}), code


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*/*.ftl")), ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_letters_with_accents_are_single_characters(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)
