"""Draw docstrings and messages at random, for a reader who has not seen the code: is each clear at first reading?

    .venv/bin/python scripts/sample_prose.py [--seed 0] [--count 30]

Docstrings of functions, classes and modules are printed with the signature; messages with their code, as the catalogue
has them. The same seed draws the same ones from the same source.
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
    """Return (place, signature and docstring) of everything that has one, in the order of the files."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                name = getattr(node, "name", "")
                arguments = f"({ast.unparse(node.args)})" if isinstance(node, ast.FunctionDef) else ""
                found.append((f"{path.relative_to(SOURCE)}:{name}{arguments}", text))
    return found


if __name__ == "__main__":
    main()
