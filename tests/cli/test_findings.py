"""How findings are printed: pairs with their texts and rows as a spreadsheet numbers them, eight lines at most."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.cli.app import run as ghep
from ghep.cli.show import SHOWN_CHARACTERS, print_findings
from ghep.types import Finding


def test_copies_of_texts_are_quoted_with_their_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"The weather in town {at} was quite good today,{'xy'[at % 2]}" for at in range(40)]
    rows += [
        f"@friend the weather in town {at} was quite good today!! https://t.co/{at},{'xy'[at % 2]}" for at in range(12)
    ]
    (tmp_path / "tweets.csv").write_text("\n".join(["text,label", *rows]))
    assert ghep(["check", str(tmp_path / "tweets.csv")]) == 0
    printed = capsys.readouterr().out
    start = printed.index("12 pairs of texts that differ only in case, spaces, punctuation, links or mentions")
    lines = printed[start:].splitlines()[2:11]
    assert lines[0].startswith(
        '    tweets.csv row 2 "The weather in town 0 was quite good today" ~ tweets.csv row 42 "@fri'
    )
    assert lines[8] == "    ... and 4 more"
    assert ghep(["check", str(tmp_path / "tweets.csv"), "--json"]) == 0


def test_long_items_are_shortened(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings([Finding("x", "warning", "m", "r", ("y" * 1000,))])
    assert max(map(len, capsys.readouterr().out.splitlines())) == SHOWN_CHARACTERS + 4
