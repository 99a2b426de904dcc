"""Benchmarks with relative paths: what ghep calls a row and what the benchmark calls it are the same."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from ghep.data.sources import read

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def loaded(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS / "peers"), *sys.path])
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("place", ["photos", "../photos", "../elsewhere/../photos", "link"])
def test_side_by_side_finds_the_predictions_of_its_images(
    place: str, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = loaded(BENCHMARKS / "side_by_side.py", monkeypatch)
    ours = loaded(BENCHMARKS / "peers" / "ghep_cli.py", monkeypatch)
    here = tmp_path / "here"
    (tmp_path / "elsewhere").mkdir()
    here.mkdir()
    for name in (here / "photos", tmp_path / "photos", here / "link"):
        name.symlink_to(photos)
    monkeypatch.chdir(here)
    test = bench._pictures(Path(place), "test")
    assert len(test) == 20 and all(Path(path).is_file() for path, _ in test)
    table = tmp_path / "job.csv"
    rows = [
        f"{path},{label},{split}" for split in ("train", "test") for path, label in bench._pictures(Path(place), split)
    ]
    table.write_text("\n".join(["path,label,split", *rows]) + "\n", encoding="utf-8")
    source = read(table, path_column="path", label_columns=("label",), split_column="split")
    found = {one.id: one.labels["label"] for one in source.examples if source.splits[one.id] == "test"}
    job = SimpleNamespace(modality="images", table=str(table), test=test)
    assert ours._in_order(job, found) == [label for _, label in test]
    with pytest.raises(SystemExit, match="no prediction is for"):
        ours._in_order(job, {"another.png": "rows"})


def test_every_name_that_recipes_and_benchmarks_import_exists() -> None:
    missing = []
    for folder in ("benchmarks", "recipes", "scripts"):
        for file in sorted((BENCHMARKS.parent / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ghep":
                    module = importlib.import_module(node.module or "")
                    names = (one.name for one in node.names if not hasattr(module, one.name))
                    missing += [f"{file.name}: {node.module}.{name}" for name in names if not _is_module(module, name)]
    assert not missing


def _is_module(package: ModuleType, name: str) -> bool:
    return importlib.util.find_spec(f"{package.__name__}.{name}") is not None
