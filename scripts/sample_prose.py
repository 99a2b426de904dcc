"""Draw docstrings and messages at random, for a reader who has not seen the code: is each clear at first reading?

    .venv/bin/python scripts/sample_prose.py [--seed 0] [--count 30]

Docstrings of functions, classes and modules are printed with the class and the signature; messages with their code, as
the catalogue has them. The same seed draws the same ones from the same source.
"""

from __future__ import annotations

import argparse
import ast
import random
from pathlib import Path

from ghep.messages import catalogue

SOURCE = Path(__file__).parents[1] / "src" / "ghep"


def main() -> None:
    """Print both samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=30)
    given = parser.parse_args()
    draw = random.Random(given.seed)
    found, messages = docstrings(), sorted(catalogue().items())
    for number, (place, text) in enumerate(draw.sample(found, given.count), 1):
        print(f"--- docstring {number}: {place}\n{text}\n")
    for number, (code, text) in enumerate(draw.sample(messages, min(given.count, len(messages))), 1):
        print(f"--- message {number}: {code}\n{text.strip()}\n")


def docstrings() -> list[tuple[str, str]]:
    """Return (place, docstring) of everything that has one, in the order of the files.

    A place is the path, and the name of the class and the signature, as they precede the docstring in the source.
    """
    found: list[tuple[str, str]] = []

    def collect(node: ast.AST, path: str, owner: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = owner
            if isinstance(child, ast.ClassDef):
                inner = f"{owner}{child.name}."
            if isinstance(child, ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(child)):
                signature = ""
                if isinstance(child, ast.FunctionDef):
                    returned = f" -> {ast.unparse(child.returns)}" if child.returns is not None else ""
                    signature = f"({ast.unparse(child.args)}){returned}"
                found.append((f"{path}:{owner}{child.name}{signature}", text))
            collect(child, path, inner)

    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        path = str(file.relative_to(SOURCE))
        if text := ast.get_docstring(tree):
            found.append((f"{path}:", text))
        collect(tree, path, "")
    return found


if __name__ == "__main__":
    main()
