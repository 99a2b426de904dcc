"""Imports go downward only, and neighbours in a row do not import each other."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "ghep"

# Top to bottom. docs/design.md draws the same list.
ROWS = [
    {"__main__"},
    {"cli"},
    {"serve", "estimator"},
    {"config"},
    {"comparison"},
    {"experiment"},
    {"explanation"},
    {"advice", "export"},
    {"guards"},
    {"strategy", "pretrain"},
    {"training"},
    {"multitask"},
    {"features"},
    {"model"},
    {"backbone"},
    {"data"},
    {"tasks"},
    {"metrics"},
    {"cluster"},
    {"storage"},
    {"team"},
    {"setting"},
    {"languages"},
    {"types", "errors", "reporter", "cpus", "_version"},
    {"display"},
    {"messages"},
]
DEPTH = {room: row for row, rooms in enumerate(ROWS) for room in rooms}
SERVE_MAY_IMPORT = {
    "serve",
    "export",
    "data",
    "storage",
    "setting",
    "types",
    "errors",
    "display",
    "messages",
    "explanation",
    "model",
    "_version",
    "cpus",
}


@cache
def imports_of(path: Path) -> list[ast.Import | ast.ImportFrom]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


def rooms_imported(path: Path) -> set[str]:
    """The rooms a file imports at any depth of its code, type-checking imports included."""
    rooms = set()
    for node in imports_of(path):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the full name"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "ghep" else [node.module]
        rooms |= {name.split(".")[1] for name in names if name.startswith("ghep.")}
    return rooms


def files() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.slow
def test_imports_point_down() -> None:
    wrong = []
    for path in files():
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        others = rooms_imported(path) - {room}
        unplaced = {room, *others} - DEPTH.keys()
        assert not unplaced, f"{path}: {unplaced} have no place in the layers: docs/design.md and here"
        wrong += [
            f"{path} imports ghep.{other}, which is not below it" for other in others if DEPTH[other] <= DEPTH[room]
        ]
        if room == "serve":
            assert rooms_imported(path) <= SERVE_MAY_IMPORT
    assert not wrong, "\n".join(wrong)


def test_no_room_is_a_drawer() -> None:
    drawers = {"utils.py", "util.py", "common.py", "misc.py", "helpers.py"}
    assert not [path for path in files() if path.name in drawers]


def modules_imported(path: Path) -> set[str]:
    """The files of ghep that a file imports at any depth of its code, type-checking imports included."""
    found = set()
    for node in imports_of(path):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        found |= {module_of(name, PACKAGE) for name in names if name.split(".")[0] == "ghep"}
    return found


@cache
def module_of(name: str, package: Path) -> str:
    """The module that an imported name is in: ``ghep.types.Example`` is in ``ghep.types``."""
    parts = name.split(".")
    while len(parts) > 1:
        place = package.parent.joinpath(*parts)
        if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
            break
        parts = parts[:-1]
    return ".".join(parts)


def test_no_file_imports_itself_through_others() -> None:
    """Lazy imports and those for type checkers count: a cycle is a room that cannot be read on its own."""
    names = {path: path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".") for path in files()}
    graph = {name.removesuffix(".__init__"): modules_imported(path) for path, name in names.items()}
    try:
        TopologicalSorter({name: others - {name} for name, others in graph.items()}).prepare()
    except CycleError as error:
        cycle = error.args[1]
        raise AssertionError(f"{cycle[0]} imports itself, by way of {cycle[1:-1]}") from None


def test_a_cycle_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.PACKAGE", tmp_path / "ghep")
    (tmp_path / "ghep").mkdir()
    (tmp_path / "ghep" / "one.py").write_text("def f():\n    from ghep.two import g\n")
    (tmp_path / "ghep" / "two.py").write_text("if TYPE_CHECKING:\n    from ghep.one import f\n")
    with pytest.raises(AssertionError, match=r"ghep\.(one|two) imports itself"):
        test_no_file_imports_itself_through_others()
