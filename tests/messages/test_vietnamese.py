"""Vietnamese: no English is left, names and cases are kept, and a session reads as Vietnamese with the same numbers.

``test_translations.py`` has what holds for each language: codes, parameters, functions and flags.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from fluent.syntax import FluentParser, FluentSerializer, ast
from fluent.syntax.visitor import Visitor
from PIL import Image

import ghep.messages
from ghep.cli.app import run
from ghep.messages import DEFAULT, LANGUAGES, language_here, text_of

FOLDER = Path(ghep.messages.__file__).parent
FILES = sorted(path.name for path in (FOLDER / DEFAULT).glob("*.ftl"))
OTHERS = [name for name in LANGUAGES if name != DEFAULT]
SAME = {
    *("advice-column-backbone", "advice-column-probe", "doctor-title-backbone", "plan-column-head"),  # said in English
    *("cell-seed", "pretrain-written", "valid-fraction-refused", "advice-reestimated-name"),
    *("sentence-pooling", "progress-epoch", "backbones-line-probe", "run-bundle", "record-bundle", "record-seed"),
    *("image-setting-mean-std", "plot-loss", "plot-epoch", "card-data-header", "ideal-way-fourier"),
    *("keras-needs-h5py.remedy", "texts-need-transformers.remedy", "tokenizers-missing.remedy"),  # pip install ...
    *("pandas-missing.remedy", "serve-not-installed.remedy", "ray-not-installed.remedy"),
    *("setting-report_to.allowed",),
}
"""Messages with words that are the same in Vietnamese."""
BY_COUNT = {"0", "1", "one", "two", "few", "many", "other", "zero"}
VERBS = (
    "check|advise|doctor|fit|compare|evaluate|predict|serve|explain|ideal|attack|similar|export|pretrain|push|backbones"
)
NAMES = re.compile(rf"--[a-z][\w-]*|`[^`]+`|\bghep (?:{VERBS})\b|</?em>|https?://\S+|\b[A-Z]+_[A-Z]+\b")
"""What is not translated: options, code, commands, tags, addresses, environment variables."""
ENGLISH = re.compile(r"\b(?:the|of|with|and|is|are|was|were|has|have|for|from|not|no|this|that|its|by|than|it)\b", re.I)
"""Words of nearly every English sentence, and of no Vietnamese one."""


@cache
def patterns(file: Path) -> dict[tuple[str, str], ast.Pattern]:
    """Return (code, attribute) -> pattern of the messages of a catalogue; no attribute: the text itself."""
    found: dict[tuple[str, str], ast.Pattern] = {}
    if not file.exists():
        return found
    for entry in FluentParser().parse(file.read_text(encoding="utf-8")).body:
        assert not isinstance(entry, ast.Junk), f"{file}: {entry.content}"
        if isinstance(entry, ast.Message):
            if entry.value is not None:
                found[entry.id.name, ""] = entry.value
            found |= {(entry.id.name, one.id.name): one.value for one in entry.attributes}
    return found


class Parts(Visitor):
    """Collects what a translation has in common with its original."""

    def __init__(self, pattern: ast.Pattern) -> None:
        self.calls: set[str] = set()
        self.choices: Counter[tuple[str, ...]] = Counter()
        self.words: list[str] = []
        self.with_one = False
        self.visit(pattern)

    def visit_FunctionReference(self, node: ast.FunctionReference) -> None:  # noqa: N802
        self.calls.add(FluentSerializer().serialize_entry(ast.Message(ast.Identifier("x"), _only(node))))
        for one in node.arguments.positional:
            self.visit(one)

    def visit_SelectExpression(self, node: ast.SelectExpression) -> None:  # noqa: N802
        keys = {one.key.name if isinstance(one.key, ast.Identifier) else one.key.value for one in node.variants}
        if rest := keys - BY_COUNT:  # plural forms differ between languages
            self.choices[tuple(sorted(rest))] += 1
        elif "one" in keys:
            self.with_one = True
        self.generic_visit(node)

    def visit_TextElement(self, node: ast.TextElement) -> None:  # noqa: N802
        self.words.append(node.value)

    def visit_StringLiteral(self, node: ast.StringLiteral) -> None:  # noqa: N802
        self.words.append(node.value)

    @property
    def text(self) -> str:
        """All texts of the pattern, of all variants."""
        return " ".join(self.words)


def _only(node: ast.FunctionReference) -> ast.Pattern:
    return ast.Pattern([ast.Placeable(node)])


def pairs(name: str) -> Iterator[tuple[str, Parts, Parts]]:
    """Yield each message of a language with its English: "file code.attribute", English, translation."""
    for file in FILES:
        english, other = patterns(FOLDER / DEFAULT / file), patterns(FOLDER / name / file)
        for key in english.keys() & other.keys():
            yield f"{file} {'.'.join(filter(None, key))}", Parts(english[key]), Parts(other[key])


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_options_of_functions_and_cases_agree(name: str) -> None:
    calls = {where: english.calls ^ other.calls for where, english, other in pairs(name)}
    assert not {where: differ for where, differ in calls.items() if differ}
    assert not [where for where, english, other in pairs(name) if english.choices.keys() - other.choices.keys()]


@pytest.mark.parametrize("name", OTHERS)
def test_the_text_is_another_one(name: str) -> None:
    same = {
        where
        for where, english, other in pairs(name)
        if english.text == other.text and re.search(r"[A-Za-z]{3}", english.text)
    }
    assert not {one for one in same if one.split()[1] not in SAME}


@pytest.mark.parametrize("name", OTHERS)
def test_names_of_options_commands_and_code_are_kept(name: str) -> None:
    def named(parts: Parts) -> set[str]:
        return set(NAMES.findall(parts.text))

    lost = {where: named(english) ^ named(other) for where, english, other in pairs(name)}
    assert not {where: names for where, names in lost.items() if names}


def test_one_is_no_plural_form_in_vietnamese() -> None:
    """``[one]`` would never match: Vietnamese has one form; ``[1]`` is for what reads otherwise with one item."""
    assert not [where for where, _, other in pairs("vi") if other.with_one]


@pytest.mark.parametrize("name", OTHERS)
def test_no_paragraph_is_lost(name: str) -> None:
    def paragraphs(parts: Parts) -> int:
        return parts.text.count("\n\n")

    assert not [where for where, english, other in pairs(name) if paragraphs(english) != paragraphs(other)]


def test_no_english_sentence_is_left_in_vietnamese() -> None:
    left = {
        where: other.text
        for where, _, other in pairs("vi")
        if len(ENGLISH.findall(re.sub(r"`[^`]*`|\"[^\"]*\"|\([^)]*\)|\S*[-=./_]\S*", " ", other.text))) > 1
    }
    assert not left


def test_numbers_and_lists_as_vietnamese_writes_them() -> None:
    with language_here("vi"):
        said = text_of("verdict-winner", best="light", accuracy=0.9586, others=2, these_runs=False)
        assert said == (
            "light (0,959) là tốt nhất: hơn từng phương án trong 2 phương án còn lại có dùng trọng số tiền huấn luyện."
        )
        assert "12.345 từ" in text_of("corpus-source", names=["a"], documents=3, words=12345)
        names = ["full", "lora", "progressive"]
        assert text_of("verdict-tie", contenders=names, margin=0.013) == (
            "full, lora và progressive tốt ngang nhau: cách phương án tốt nhất không quá 1,3 điểm phần trăm."
        )


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("data") / "photos", np.random.default_rng(0)
    for place, name in enumerate(("dark", "light")):
        (folder / name).mkdir(parents=True)
        for number in range(24):
            pixels = rng.integers(0, 100, (40, 40, 3), dtype=np.uint8) + np.uint8(60 * place)
            Image.fromarray(pixels).save(folder / name / f"{number:02}.png")
    return folder


@pytest.fixture
def _english_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghep.messages._language.name", "")
    monkeypatch.setenv("GHEP_LANG", "en")


def english_lines(text: str) -> list[str]:
    """The lines with at least two common English words, without paths, options and code."""
    text = re.sub(r"\S*[/\\=_]\S*|\[[a-z-]+\]|--[a-z-]+", " ", text)
    return [line for line in text.splitlines() if len(ENGLISH.findall(line)) > 1]


@pytest.mark.usefixtures("_english_again")
def test_an_audit_in_vietnamese(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", str(photos), "--lang", "vi"])
    told = capsys.readouterr()
    assert "ảnh dùng được" in told.out and not english_lines(told.out + told.err)


@pytest.mark.slow
@pytest.mark.usefixtures("_english_again")
def test_a_comparison_in_vietnamese_has_the_numbers_of_one_in_english(
    photos: Path,
    small_backbone: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also: the same command continues it in the other language, and its findings are then in that language."""
    monkeypatch.setenv("GHEP_CACHE", str(tmp_path / "cache"))
    out = tmp_path / "compared"
    command = ["compare", str(photos), "--backbone", small_backbone, "--out", str(out)]
    command += ["--strategies", "linear_probe,light", "--seeds", "2", "--jobs", "2", "--no-search"]
    assert run(["--lang", "vi", *command]) in (0, 1)
    vietnamese = capsys.readouterr()
    assert "kết luận" in vietnamese.out and not english_lines(vietnamese.out + vietnamese.err)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<html lang="vi">' in page and page == unicodedata.normalize("NFC", page)
    body = unescape(re.sub(r"<(style|svg|code|pre)\b.*?</\1>|<[^>]*>", "\n", page, flags=re.DOTALL))
    assert not english_lines(body)
    assert run(["--lang", "en", *command]) in (0, 1)
    english = capsys.readouterr()
    assert "verdict" in english.out and not re.search("[ạảấầẩẫậắằẳẵặẹẻẽếềểễệ]", english.out)
    scores = re.compile(r"\b0[.,]\d{3}\b")
    assert [one.replace(",", ".") for one in scores.findall(vietnamese.out)] == scores.findall(english.out)
