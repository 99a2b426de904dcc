from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import ghep
from ghep.cli.app import run
from ghep.cli.show import print_findings
from ghep.errors import LONGEST_MESSAGE, BadImage, DataError, Interrupted, bounded
from ghep.types import Finding


def test_a_message_of_usual_length_stays_as_it_is() -> None:
    text = "/data/" + "a" * 300 + " has no label\n  name one: " + "words " * 100
    assert bounded(text) == text
    assert DataError(text).cause == text


@pytest.mark.parametrize("value", ["x" * 100_000, "word " * 20_000, "é" * 5_000])
def test_a_long_value_leaves_the_rest_of_a_message_in_sight(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = DataError(f"the label {value!r} is no class", remedy=f"rename {value}")
    assert len(error.cause) <= LONGEST_MESSAGE + 50 and len(error.remedy) <= LONGEST_MESSAGE + 50
    assert error.cause.startswith("the label '") and error.cause.endswith("' is no class")
    assert "more)..." in error.cause
    print_findings([Finding("odd", "warning", f"the class {value} is odd")])
    assert len(capsys.readouterr().out) < LONGEST_MESSAGE + 200


def test_values_from_the_command_line_and_from_python_are_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["fit", "x", "--device", "y" * 9_000], ["fit", "x", "--strategy", "z" * 9_000]):
        assert run(arguments) == 2
        told = capsys.readouterr().err
        assert len(told) < 2 * LONGEST_MESSAGE and "fix: " in told
    with pytest.raises(ghep.errors.ConfigError) as caught:  # type: ignore[attr-defined]
        ghep.fit(tmp_path, strategy="light", targets=["a" * 10] * 5_000, seed="b" * 9_000)
    assert len(str(caught.value)) < 3 * LONGEST_MESSAGE


def test_an_error_survives_a_pickle() -> None:
    bad = BadImage("truncated", "ends early")
    for error in (DataError("bad-example", reason="r", detail="d"), bad, Interrupted("x")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
