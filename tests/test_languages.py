"""The language: ``--lang``, then ``GHEP_LANG``, then that of the system; what it changes and what it does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

import ghep
from ghep.cli.app import run
from ghep.cli.terminal import Terminal
from ghep.cli.words import PATTERNS, PLAIN, told, words
from ghep.comparison.report import words as words_of_reports
from ghep.errors import ConfigError
from ghep.languages import language_given
from ghep.messages import Message, catalogue, language_here, language_now, number_text, percent, text_of, translated
from ghep.types import Finding, Interval, Score

VARIABLES = ("GHEP_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def _the_language_after_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ghep.messages._language.name", "")
    monkeypatch.setenv("GHEP_LANG", "en")  # restored at the end


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LC_MESSAGES": "vi_VN", "LANG": "de_DE.UTF-8"}, "vi"),
        ({"LC_ALL": "C.UTF-8", "LANG": "vi_VN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "vi"}, "vi"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"GHEP_LANG": "vi", "LC_ALL": "en_US.UTF-8"}, "vi"),
        ({"GHEP_LANG": "en", "LANG": "vi_VN.UTF-8"}, "en"),
        ({"GHEP_LANG": "klingon", "LANG": "vi_VN.UTF-8"}, "en"),
    ],
)
def test_the_environment(given: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    assert language_now() == name


def test_the_function_sets_it_for_processes_that_are_started_later() -> None:
    assert ghep.language() == "en"
    assert ghep.language("vi") == "vi" and ghep.language() == "vi"
    assert text_of("typer-options") == "Tùy chọn"
    code = "from ghep.messages import text_of; print(text_of('typer-options'))"
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1"}
    )
    assert made.stdout == "Tùy chọn\n"
    with pytest.raises(ConfigError, match="fr"):
        ghep.language("fr")
    assert ghep.language() == "vi"


@pytest.mark.parametrize(
    ("line", "found", "rest"),
    [
        ("fit photos", None, "fit photos"),
        ("--lang vi fit photos", "vi", "fit photos"),
        ("fit photos --lang=vi --epochs 3", "vi", "fit photos --epochs 3"),
        ("--lang en fit --lang vi", "vi", "fit"),
        ("fit --lang", "", "fit"),
        ("predict m --lang vi -- --lang", "vi", "predict m -- --lang"),
        ("fit --language vi", None, "fit --language vi"),
    ],
)
def test_the_flag_may_stand_anywhere(line: str, found: str | None, rest: str) -> None:
    assert language_given(line.split()) == (found, rest.split())


def test_an_error_in_vietnamese_and_a_language_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "--lang", "klingon"]) == 2
    assert "klingon" in (said := capsys.readouterr().err) and "en (English) or vi (Tiếng Việt)" in said
    assert run(["fit", "--lang", ""]) == 2
    assert run(["--lang", "vi", "fit", "--epohcs", "3"]) == 2
    assert "Không có tùy chọn --epohcs" in capsys.readouterr().err


@pytest.mark.slow
def test_help_of_a_new_process() -> None:
    command = [sys.executable, "-m", "ghep", "--lang", "vi", "--help"]
    environment = {**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1"}
    made = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert made.returncode == 0, made.stderr
    assert all(word in made.stdout for word in ("Cách dùng:", "Tùy chọn", "Lệnh", "In trợ giúp này rồi thoát."))
    assert not any(word in made.stdout for word in ("Usage:", "Options", "Commands", "Show this message"))


def test_the_seconds_of_progress_and_the_runs_that_fit(capsys: pytest.CaptureFixture[str]) -> None:
    with language_here("vi"):
        Terminal().progress("reading", 600, 600)
        assert re.fullmatch(r"\[ +0,\d s\] .+: 600\n", capsys.readouterr().err)
        assert text_of("runs-that-fit", runs=0, limit=240).startswith("không lượt chạy nào trong số này vừa")
    assert text_of("runs-that-fit", runs=0, limit=240).startswith("none of these runs fit")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_paragraph_of_help_is_broken_by_the_terminal_alone(language: str) -> None:
    command = [sys.executable, "-m", "ghep", "--lang", language, "advise", "--help"]
    environment = {**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1"}
    made = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    with language_here(language):
        _, paragraph, *_ = text_of("command-advise").split("\n\n")
    shown = [line.strip() for line in made.stdout.split("\n \n")[0].replace(" \n", "\n").split("\n")]
    first = next(place for place, line in enumerate(shown) if line and paragraph.startswith(line))
    lines = shown[first : shown.index("", first)]
    assert " ".join(lines) == " ".join(paragraph.split())
    assert all(len(line) > 80 for line in lines[:-1])


def test_the_english_of_typer_is_what_typer_writes() -> None:
    """A new version of typer with other words shows here."""
    import typer.main

    from ghep.cli.app import app

    group = typer.main.get_command(app)
    context = group.make_context("ghep", ["fit", "x"])
    known = {text_of(code) for code in PLAIN}
    added = [one for one in group.get_params(context) if one.name in ("help", "install_completion", "show_completion")]
    assert len(added) == 3 and all(getattr(one, "help", None) in known for one in added)
    assert set(words()) == known


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("Missing argument 'BUNDLE'.", "Thiếu đối số 'BUNDLE'."),
        ("Missing option '--out'. Choose from:\n\ta", "Thiếu tùy chọn '--out'. Choose from:\n\ta"),
        ("No such option: --epohcs (Possible options: --epochs)", "Không có tùy chọn --epohcs (có thể là: --epochs)"),
        ("No such command 'fti'.", "Không có lệnh 'fti'."),
        ("No such command 'fitt'. Did you mean 'fit'?", "Không có lệnh 'fitt'. Có phải ý là 'fit'?"),
        ("Option '--out' requires an argument.", "Tùy chọn '--out' cần một giá trị."),
        ("Got unexpected extra argument(s) (a b)", "Thừa đối số (a b)"),
        ("A sentence of a later version.", "A sentence of a later version."),
    ],
)
def test_errors_of_typer(english: str, vietnamese: str) -> None:
    with language_here("vi"):
        assert told(english) == vietnamese
    assert told(english) == english
    assert {code for _, code in PATTERNS} <= catalogue("vi").keys()


def test_numbers() -> None:
    score = Score("accuracy", 0.9586, Interval(0.931, 0.975), 1234)
    assert number_text(1234567.891, ",.1f") == "1,234,567.9" and str(score) == "0.959 [0.931, 0.975] (n=1234)"
    with language_here("vi"):
        assert number_text(1234567.891, ",.1f") == "1.234.567,9"
        assert str(score) == "0,959 [0,931; 0,975] (n=1234)"
    given = {"names": ["0.959", "0.956"], "more": 1200}
    with language_here("vi"):
        assert text_of("known-names", **given | {"names": ["0,959", "0,956"]}).count("0,959; 0,956") == 1


def test_numbers_of_reports() -> None:
    def written() -> list[str]:
        shares = [percent(0.0326, ".1f"), percent(-0.12, "+.0f")]
        return [*shares, words_of_reports.memory(2.5 * 2**30), words_of_reports.parameters(8721)]

    assert written() == ["3.3 %", "−12 %", "2,560 MiB", "8,721"]
    with language_here("vi"):
        assert written() == ["3,3%", "−12%", "2.560 MiB", "8.721"]


def test_a_stored_finding_is_read_in_the_language_of_the_reader() -> None:
    hint = Message("known-names", {"names": ["x", "y"], "more": 0})
    found = Finding.of("language-unknown", "warning", name="klingon", known=["a", str(hint)], items=["one"])
    row = asdict(found)
    assert Finding.read(row) == found
    with language_here("vi"):
        read = Finding.read(row)
        assert read.message == 'không có ngôn ngữ "klingon"' and read.remedy.startswith("chọn một trong")
        assert (read.code, read.severity, read.items, dict(read.params)) == (
            "language-unknown",
            "warning",
            ("one",),
            dict(found.params),
        )
        other = asdict(Finding.of("another-code", "info", message="language-unknown", name="k", known=["a"]))
    assert other["message"].startswith("không có") and Finding.read(other).message == 'there is no language "k"'
    assert Finding.read({**row, "message": "not a sentence of ours"}).message == "not a sentence of ours"
    assert translated("no-such-code", {"strange": 1}, "text") is None


def test_pages_are_marked_with_the_language(tmp_path: Path) -> None:
    from ghep.serve.page import loading_html

    assert '<html lang="en">' in loading_html("ants")
    with language_here("vi"):
        assert '<html lang="vi">' in loading_html("ants")


def test_the_size_and_the_distance_that_advice_rests_on_are_words_of_the_language() -> None:
    case = {"num_train": 28, "classes": 2, "per_class": 14.0, "many": 100}
    with language_here("vi"):
        assert text_of("advice-size", size="few", **case).startswith("ít: 28 mẫu huấn luyện")
        assert text_of("advice-size", size="many", **case).startswith("nhiều: 28 mẫu huấn luyện")
    assert text_of("advice-size", size="few", **case).startswith("few: 28 training examples")
