"""What README and the design say is so: the tree, the strategies, the examples, the links."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import ghep
from ghep.strategy.catalog import STRATEGIES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def tree() -> list[tuple[int, str]]:
    """(indent, name) of each line of the captioned tree."""
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    block = design.split("## Where things are\n")[1].split("\n## ")[0]
    return [(len(line) - len(line.lstrip()) - 4, line.split()[0]) for line in block.splitlines() if line.strip()]


def test_the_tree_is_the_tree() -> None:
    named = {"src/ghep/" + name if indent else name for indent, name in tree()}
    for name in named:
        assert (ROOT / name).exists(), f"docs/design.md names {name}, which is not there"
    package = ROOT / "src" / "ghep"
    rooms = {f"src/ghep/{path.name}/" for path in package.iterdir() if path.is_dir() and path.name != "__pycache__"}
    files = {f"src/ghep/{path.name}" for path in package.glob("*.py") if not path.name.startswith("__")}
    assert (rooms | files) <= named, f"docs/design.md does not show {sorted((rooms | files) - named)}"


def test_the_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "README.vi.md", *sorted((ROOT / "recipes").rglob("*.md"))]
    for file in [*pages, *sorted((ROOT / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8")):
            assert (file.parent / link).exists(), f"{file.name} links to {link}, which is not there"


def test_every_strategy_is_in_the_table() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == set(STRATEGIES)


def test_the_public_list_is_what_can_be_imported() -> None:
    assert sorted(ghep.__all__) == sorted([*ghep._PUBLIC, "__version__"])
    for name in ghep.__all__:
        assert getattr(ghep, name) is not None
    with pytest.raises(AttributeError, match="public names"):
        _ = ghep.nonesuch


def python_in(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.mark.slow
def test_the_examples_run(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(photos, tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    recipes = (ROOT / "docs" / "howto.md").read_text(encoding="utf-8")
    examples = [*python_in(README), *(one for one in python_in(recipes) if "TransferClassifier" in one)]
    assert len(examples) == 2
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})
    assert "(n=20)" in capsys.readouterr().out
