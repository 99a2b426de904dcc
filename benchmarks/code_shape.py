"""The shape of ghep's code: sizes, parameters, imports, cycles, repetition, and the functions called for one photo.

    scripts/bench code_shape [--source src/ghep] [--trace] [--suites] [--json shape.json]

Functions are counted with their docstrings, lambdas are not; parameters without self and cls. A cycle is a group of
modules that import each other, counted three ways: imports at module load, plus those inside functions, plus those for
type checkers. Private is the share of functions and methods whose name begins with one underscore. A duplicate pair is
two places with the same six or more consecutive lines, without blank lines, docstrings and imports.

--trace trains ``light`` on 24 small photos with the embedded backbone, on one thread, and counts the distinct functions
of ghep called before the first loss. --suites runs scripts/test and scripts/test --all.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parents[1]
SAME_LINES = 6
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Shape:
    """One row of the table."""

    files: int
    lines: int
    function_lines: str
    """Median, 90th percentile, longest."""
    file_lines: str
    longest_class: str
    parameters: str
    """90th percentile, most, and functions with more than 10."""
    cycles: str
    """At load, plus imports inside functions, plus those for type checkers."""
    most_imports: str
    private: str
    duplicate_pairs: int
    traced: str = "not run"
    suites: str = "not run"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=ROOT / "src" / "ghep")
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--suites", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    shape = shape_of(given.source)
    if given.trace:
        shape.traced = traced(given.source)
    if given.suites:
        shape.suites = suites(given.source.parents[1])
    for name in (one.name for one in fields(Shape)):
        print(f"{name.replace('_', ' '):16} {getattr(shape, name)}")
    if given.json:
        given.json.write_text(json.dumps(asdict(shape), indent=1), encoding="utf-8")


def shape_of(package: Path) -> Shape:
    """Count everything that needs no execution."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py"))}
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in trees}
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, Function)]
    classes = [(size(node), node.name) for tree in trees.values() for node in ast.walk(tree) if is_class(node)]
    parameters = [parameters_of(node) for node in functions]
    many = max(functions, key=parameters_of)
    imports = {path: imported(tree, package, path) for path, tree in trees.items()}
    most = max(imports, key=lambda path: len(set().union(*imports[path])))
    private = sum(node.name.startswith("_") and not node.name.startswith("__") for node in functions)
    return Shape(
        files=len(trees),
        lines=sum(lengths.values()),
        function_lines=spread([size(node) for node in functions]),
        file_lines=spread(list(lengths.values())),
        longest_class="{} ({})".format(*max(classes)),
        parameters=f"p90 {tenths(parameters)[8]:.0f}, most {max(parameters)} ({many.name}), "
        f"{sum(count > 10 for count in parameters)} with more than 10",
        cycles=" / ".join(str(cycles(imports, kinds)) for kinds in (1, 2, 3)),
        most_imports=f"{len(set().union(*imports[most]))} ({most.relative_to(package)})",
        private=f"{private / len(functions):.0%}",
        duplicate_pairs=duplicate_pairs(trees),
    )


def is_class(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef)


def size(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1  # type: ignore[attr-defined, no-any-return]


def spread(values: list[int]) -> str:
    """Return median, 90th percentile and maximum."""
    return f"{tenths(values)[4]:.0f} / {tenths(values)[8]:.0f} / {max(values)}"


def tenths(values: list[int]) -> list[float]:
    return quantiles(values, n=10, method="inclusive")


def parameters_of(node: Function) -> int:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return sum(one.arg not in ("self", "cls") for one in given)


def imported(tree: ast.Module, package: Path, path: Path) -> tuple[set[str], set[str], set[str]]:
    """Return the modules of ghep imported at load, inside functions, and for type checkers only."""
    found: tuple[set[str], set[str], set[str]] = (set(), set(), set())

    def visit(node: ast.AST, kind: int) -> None:
        if isinstance(node, Function):
            kind = max(kind, 1)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            kind = 2
        if isinstance(node, ast.Import):
            found[kind].update(module_of(alias.name, package) for alias in node.names if alias.name.startswith("ghep"))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ghep":
            found[kind].update(module_of(f"{node.module}.{alias.name}", package) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child, kind)

    visit(tree, 0)
    own = ".".join(["ghep", *path.relative_to(package).with_suffix("").parts]).removesuffix(".__init__")
    return tuple(names - {own} for names in found)  # type: ignore[return-value]


def module_of(name: str, package: Path) -> str:
    """Return the module of an imported name."""
    parts = name.split(".")[1:]
    while parts:
        place = package.joinpath(*parts)
        if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
            break
        parts = parts[:-1]
    return ".".join(["ghep", *parts])


def cycles(imports: dict[Path, tuple[set[str], set[str], set[str]]], kinds: int) -> int:
    """Return the number of groups of modules that import each other, by the first ``kinds`` kinds of imports."""
    package = min(imports, key=lambda path: len(path.parts)).parent
    edges = {module_of_path(path, package): set().union(*found[:kinds]) for path, found in imports.items()}
    reach = {name: reachable(name, edges) for name in edges}
    groups = {frozenset(other for other in reach[name] if name in reach.get(other, ())) for name in edges}
    return sum(len(group) > 1 for group in groups)


def module_of_path(path: Path, package: Path) -> str:
    return ".".join(["ghep", *path.relative_to(package).with_suffix("").parts]).removesuffix(".__init__")


def reachable(name: str, edges: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [name]
    while todo:
        for other in edges.get(todo.pop(), set()) - seen:
            seen.add(other)
            todo.append(other)
    return seen


def duplicate_pairs(trees: dict[Path, ast.Module]) -> int:
    """Return the number of pairs of places with the same consecutive lines."""
    places: dict[tuple[str, ...], list[tuple[Path, int]]] = defaultdict(list)
    for path, tree in trees.items():
        lines = code_lines(path, tree)
        for start in range(len(lines) - SAME_LINES + 1):
            places[tuple(lines[start : start + SAME_LINES])].append((path, start))
    pairs = {(a, b) for same in places.values() for i, a in enumerate(same) for b in same[i + 1 :]}
    # A long repetition counts once, at its beginning.
    return sum(((one[0], one[1] - 1), (two[0], two[1] - 1)) not in pairs for one, two in pairs)


def code_lines(path: Path, tree: ast.Module) -> list[str]:
    skipped: set[int] = set()
    for node in ast.walk(tree):
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or isinstance(node, ast.Import | ast.ImportFrom):
            skipped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    return [line.strip() for number, line in lines if number not in skipped and len(line.strip()) > 1]


TRACE = """
import inspect, sys, threading
import numpy as np
from pathlib import Path
from PIL import Image
import ghep, ghep.experiment.fit, torch
torch.set_num_threads(1)
folder, source = Path(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(0)
for name in ("dark", "light"):
    (folder / "photos" / name).mkdir(parents=True)
    for i in range(12):
        pixels = rng.integers(0, 120, (64, 64, 3), dtype=np.uint8) + 130 * (name == "light")
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "photos" / name / f"{i}.png")
seen, files = set(), set()
def called(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(source) and not code.co_name.startswith("<"):
        if code.co_flags & inspect.CO_OPTIMIZED:  # not the body of a class
            seen.add((code.co_filename, code.co_qualname))
        if code.co_name == "loss" and "/tasks/" in code.co_filename:
            sys.setprofile(None); threading.setprofile(None)
            print(len(seen), "functions in", len({one for one, _ in seen}), "files")
            sys.stdout.flush(); import os; os._exit(0)
threading.setprofile(called); sys.setprofile(called)
ghep.fit(folder / "photos", backbone="seedling", strategy="light", epochs=1, workers=1,
         out=folder / "run", cache_dir=folder / "cache")
"""


def traced(package: Path) -> str:
    """Return the distinct functions before the first loss of a training."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", TRACE, folder, str(package.resolve())]
        environment = {"PYTHONPATH": str(package.resolve().parent), "PATH": "", "HOME": folder}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 and done.stdout else done.stderr[-400:]


def suites(root: Path) -> str:
    """Return the seconds of the fast and of the whole test suite."""
    found = []
    for command in (["scripts/test"], ["scripts/test", "--all"]):
        began = time.perf_counter()
        subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
        found.append(f"{time.perf_counter() - began:.0f} s")
    return ", all ".join(found)


if __name__ == "__main__":
    main()
