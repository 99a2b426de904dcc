"""Every verb that reads data takes the same options, and they are declared once."""

import inspect
from typing import get_type_hints

import pytest
import typer.main

from ghep.cli.app import app, run
from ghep.data.sources.options import READ_OPTION_NAMES, READ_OPTIONS, ReadOptions, given_options


def flags_of(verb: str) -> set[str]:
    command = typer.main.get_command(app).commands[verb]  # type: ignore[attr-defined]
    return {flag for parameter in command.params for flag in parameter.opts}


@pytest.mark.parametrize("verb", ["check", "fit", "compare", "advise", "evaluate"])
def test_a_verb_for_labelled_data_has_every_read_option(verb):
    assert {option.flag for option in READ_OPTIONS.values() if verb in option.verbs} <= flags_of(verb)
    assert {option.flag for option in READ_OPTIONS.values()} - flags_of(verb) <= {"--regression"}  # a bundle knows


def test_predict_has_the_options_that_need_no_labels():
    flags = flags_of("predict")
    assert all((option.flag in flags) == ("predict" in option.verbs) for option in READ_OPTIONS.values())
    assert "--image-dir" in flags and "--label" not in flags


def test_the_table_and_the_typed_keywords_name_the_same_options():
    assert set(get_type_hints(ReadOptions)) == set(READ_OPTION_NAMES)
    assert len(READ_OPTION_NAMES) == len(set(READ_OPTION_NAMES))


def test_options_that_were_not_given_are_left_out():
    assert given_options({"text_column": "t", "label_columns": [], "encoding": None, "seed": 1}) == {"text_column": "t"}


def test_commands_keep_their_documentation():
    for command in app.registered_commands:
        assert inspect.getdoc(command.callback)


@pytest.mark.parametrize("flags", [("--group", "a", "--group", "b"), ("--group", "a", "--group", "a")])
def test_an_option_that_takes_one_value_cannot_be_given_twice(flags, tmp_path, capsys):
    (tmp_path / "d.csv").write_text("a,b,label\n" + "\n".join(f"one {at},two {at},{'xy'[at % 2]}" for at in range(20)))
    assert run(["check", str(tmp_path / "d.csv"), *flags]) == 2
    assert f"--group takes one value, but was given 2 times: 'a' and '{flags[3]}'" in capsys.readouterr().err
    assert run(["check", str(tmp_path / "d.csv"), "--text", "a", "--text-column", "a"]) == 2
    assert "column 'a' was named twice" in capsys.readouterr().err
    assert run(["check", str(tmp_path / "d.csv"), "--text", "b", "--label", "label", "--label", "label"]) == 2
    assert "column 'label' was named twice" in capsys.readouterr().err
