"""What the cells of a label column name, in every way that data sets write several classes in one cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ghep.data.check import check
from ghep.data.dataset import Source
from ghep.data.sources import read
from ghep.errors import DataError
from ghep.types import BAR, Finding, LabelSet


def json_lines(folder: Path, labels: list[Any]) -> Path:
    path = folder / "d.jsonl"
    path.write_text("\n".join(json.dumps({"text": f"text {at}", "label": one}) for at, one in enumerate(labels)))
    return path


def csv(folder: Path, labels: list[str]) -> Path:
    path = folder / "d.csv"
    rows = [f'text {at},"{one.replace(chr(34), 2 * chr(34))}"' for at, one in enumerate(labels)]
    path.write_text("\n".join(["text,label", *rows]))
    return path


def parquet(folder: Path, labels: list[Any], names: list[str]) -> Path:
    feature = {"_type": "Sequence", "feature": {"_type": "ClassLabel", "names": names}}
    info = {b"huggingface": json.dumps({"info": {"features": {"label": feature}}}).encode()}
    table = pa.table({"text": [f"text {at}" for at in range(len(labels))], "label": labels})
    pq.write_table(table.replace_schema_metadata(info), folder / "d.parquet")
    return folder / "d.parquet"


def classes(source: Source) -> list[Any]:
    """Return a list of classes for labels that are sets, the label itself for others, None where there is none."""
    found = [one.labels.get("label") for one in source.examples]
    return [list(one.names) if isinstance(one, LabelSet) else one for one in found]


def finding(source: Source, code: str) -> Finding:
    return next(one for one in source.findings if one.code == code)


@pytest.mark.parametrize(
    "labels",
    [
        [[1, 0, 1], [0, 1, 0], None, [0, 0, 0]],
        [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], None, [0.0, 0.0, 0.0]],
        [[True, False, True], [False, True, False], None, [False, False, False]],
        [["1", "0", "1"], ["0", "1", "0"], None, ["0", "0", "0"]],
    ],
)
def test_lists_of_zeros_and_ones_are_positions(labels: list[Any], tmp_path: Path) -> None:
    source = read(json_lines(tmp_path, labels))
    assert classes(source) == [["label_0", "label_2"], ["label_1"], None, []]
    found = finding(source, "positions-named")
    assert found.items == ("label_0", "label_1", "label_2") and "label_0, label_1, label_2" in found.message


def test_so_are_arrays_in_memory() -> None:
    labels = [np.array([1, 0, 1]), np.array([0.0, 1.0, 0.0]), [np.int64(0)] * 3]
    assert classes(read({"text": ["one", "two", "three"], "label": labels})) == [
        ["label_0", "label_2"],
        ["label_1"],
        [],
    ]


@pytest.mark.parametrize(
    "labels",
    [
        ["[1, 0, 1]", "[0, 1, 0]", "[0, 0, 0]"],
        ["[1. 0. 1.]", "[0. 1. 0.]", "[0. 0. 0.]"],
        ["[1.0, 0.0, 1.0]", "[0.0, 1.0, 0.0]", "[0.0, 0.0, 0.0]"],
        ["[ True False  True]", "[False  True False]", "[False False False]"],
        ["(1, 0, 1)", "(0, 1, 0)", "(0, 0, 0)"],
        ["[true, false, true]", "[false, true, false]", "[false, false, false]"],
        ["1|0|1", "0|1|0", "0|0|0"],
        ["1 0 1", "0 1 0", "0 0 0"],
        ["1,0,1", "0,1,0", "0,0,0"],
    ],
)
def test_so_are_lists_written_as_text(labels: list[str], tmp_path: Path) -> None:
    assert classes(read(csv(tmp_path, labels))) == [["label_0", "label_2"], ["label_1"], []]


def test_positions_have_the_names_of_the_column(tmp_path: Path) -> None:
    source = read(parquet(tmp_path, [[1, 0, 1], [0, 0, 1]], ["red", "round", "soft"]))
    assert classes(source) == [["red", "soft"], ["soft"]]
    assert "which the table names" in finding(source, "positions-named").message
    source = read(parquet(tmp_path, [[0, 2], [1], []], ["red", "round", "soft"]))
    assert classes(source) == [["red", "soft"], ["round"], []] and "positions-named" not in str(source.findings)


def test_one_hot_lists_are_one_class_each(tmp_path: Path) -> None:
    assert classes(read(json_lines(tmp_path, [[0, 1], [1, 0], [0, 1]]))) == ["label_1", "label_0", "label_1"]


def test_positions_become_a_multi_label_data_set(tmp_path: Path) -> None:
    rows = [[at % 2, int(at % 3 == 0), int(at % 5 == 0)] for at in range(60)]
    data = check(json_lines(tmp_path, rows)).dataset
    assert data.classes == {"label": ("label_0", "label_1", "label_2")} and data.multi_label == ("label",)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([[1, 2], [0, 3], [2]], [["1", "2"], ["0", "3"], ["2"]]),
        ([[3.0, 7.0], [7.0]], [["3", "7"], ["7"]]),
        ([["a", "b"], "c", []], [["a", "b"], ["c"], []]),
        ([["a"], ["b"], []], ["a", "b", None]),
        ([["a", "a"], ["b"]], ["a", "b"]),
        ([["a", None], ["b"]], ["a", "b"]),
    ],
)
def test_other_lists_are_names_or_numbers_of_classes(labels: list[Any], expected: list[Any], tmp_path: Path) -> None:
    assert classes(read(json_lines(tmp_path, labels))) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["['a', 'b']", "['b']", "[]"], [["a", "b"], ["b"], []]),
        (['["a", "b"]', '["b", "a"]'], [["a", "b"], ["a", "b"]]),
        (["['a' 'b']", "['it''s']"], [["a", "b"], ["it", "s"]]),
        (["('a',)", "('b',)"], ["a", "b"]),
        (["{'b', 'a'}", "{'a'}"], [["a", "b"], ["a"]]),
        (["[a, b c]", "[b c]"], [["a", "b c"], ["b c"]]),
        (["[1, 2]", "[0]"], [["1", "2"], ["0"]]),
        (["plain", "[odd]", "plain", "other"], ["plain", "[odd]", "plain", "other"]),
    ],
)
def test_lists_written_as_text(labels: list[str], expected: list[Any], tmp_path: Path) -> None:
    source = read(csv(tmp_path, labels))
    assert classes(source) == expected
    assert ("lists-in-text" in {one.code for one in source.findings}) == ("plain" not in labels)


@pytest.mark.parametrize(
    ("labels", "cause"),
    [
        ([[0.2, 0.8], [0.4, 0.6]], r"line 1: the label in 'label' is '\[0.2, 0.8\]', a list with decimals"),
        ([[1, 0, 1], [0, 1]], "line 1: .* not class numbers, because a number repeats, and not"),
        ([[1, 2, 1], [2, 1, 1]], "line 1: .* not class numbers, because a number repeats, and not"),
        ([["a"], [["b"]]], "line 2: .* a list of lists"),
        ([["a|b", "c"], ["c"]], r"line 1: class 'a\|b' has a bar in its name"),
        ([{"a": 1}], "line 1: the label in 'label' is .*, an object"),
    ],
)
def test_lists_that_could_mean_anything_are_refused(labels: list[Any], cause: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=cause):
        read(json_lines(tmp_path, labels))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["pos", "neg", "neg", "['pos', 'spoiler']"], [["pos"], ["neg"], ["neg"], ["pos", "spoiler"]]),
        (["pos", "neg", '{"choices":["pos","spoiler"]}'], [["pos"], ["neg"], ["pos", "spoiler"]]),
        (["pos", "neg", "[pos, spoiler]"], [["pos"], ["neg"], ["pos", "spoiler"]]),
        (["1", "2", "3", "[1, 2]"], [["1"], ["2"], ["3"], ["1", "2"]]),
        (["pos", "neg", "neg", '["pos"]'], ["pos", "neg", "neg", "pos"]),
        (["food", "service", "[other]", "(none)"], ["food", "service", "[other]", "(none)"]),
    ],
)
def test_a_few_lists_among_names_are_lists(labels: list[str], expected: list[Any], tmp_path: Path) -> None:
    assert classes(read(csv(tmp_path, labels))) == expected
    as_json = [json.loads(one) if one.startswith("{") else one for one in labels]
    assert classes(read(json_lines(tmp_path, as_json))) == expected


@pytest.mark.parametrize(
    ("labels", "cause"),
    [
        (["pos", "neg", '{"rating": 4}'], r"line \d: the label in 'label' is .*rating.*, an object"),
        ([[0, None, 1], [1, 0, 0]], "null in some positions"),
        ([[0, None], [None, 1]], "null in some positions"),
        ([[-1, 1], [1, -1]], "-1 in some positions"),
        ([[-1, 1, 0], [1, -1, 0]], "-1 in some positions"),
    ],
)
def test_objects_and_other_indicators_than_0_and_1_are_refused(labels: list[Any], cause: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=cause):
        read(json_lines(tmp_path, labels))
    with pytest.raises(DataError, match=cause):
        read(csv(tmp_path, [one if isinstance(one, str) else json.dumps(one) for one in labels]))


def test_labels_where_every_example_has_every_class_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"each of the 30 examples has every class of 'label': 'a', 'b'"):
        check(json_lines(tmp_path, [["a", "b"]] * 30))


@pytest.mark.parametrize(("delimiter", "sign"), [(",", ","), (",", ", "), (";", ";"), (" ", " "), (" / ", " / ")])
def test_a_delimiter_that_is_named_divides_labels(delimiter: str, sign: str, tmp_path: Path) -> None:
    path = csv(tmp_path, [f"a{sign}b", f"b{sign}a", "a", "c", ""])
    assert classes(read(path, label_delimiter=delimiter)) == [["a", "b"], ["a", "b"], ["a"], ["c"], None]


def test_a_bar_divides_nothing_where_another_delimiter_is_named(tmp_path: Path) -> None:
    source = read(csv(tmp_path, ["a|b", "c"]), label_delimiter=";")
    assert classes(source) == ["a|b", "c"]
    assert finding(source, "label-delimiter-unused").severity == "warning"
    with pytest.raises(DataError, match=r"class 'a\|b' has a bar in its name"):
        read(csv(tmp_path, ["a|b;c", "c"]), label_delimiter=";")


@pytest.mark.parametrize(
    ("labels", "delimiter"),
    [
        (["a,b", "a", "b"], ","),
        (["toxic; rude", "rude", "toxic"], ";"),
        (["x, y", "y, x", "z"], ","),
        (["a,b,c", "a,c,d", "b,c,d", "a,b", "a,d", "c,d", "b,d"], ","),
        (["scab rust", "rust", "scab", "mildew", "scab mildew"], " "),
        (["Paris, France", "Rome, Italy", "Lyon, France", "Bern"], None),
        (["crane, bird", "crane, machine", "mouse, animal", "mouse, device"], None),
        (["traffic light", "stop sign", "speed limit 20", "speed limit 30", "light"], None),
        (["very good", "good", "bad", "very bad"], None),
        (["art", "bio", "art/bio", "bio/art"], "/"),
        (["art", "bio", "eco", "art+bio", "bio+eco"], "+"),
        (["art", "bio", "eco", "art & bio", "bio & eco"], " & "),
        (["AC/DC", "either/or", "and/or"], None),
        (["animal", "animal/dog", "animal/cat", "plant", "plant/oak"], None),
        (["C", "C++", "C+", "D"], None),
        (["R", "D", "R&D"], None),
        (["A+", "A", "B+", "B", "AB+"], None),
        (["Smith, John", "Doe, Jane", "Roe, Ann"], None),
        (["salt & pepper", "black & white", "salt"], None),
        (["1/2", "1", "3/4"], None),
        (["1,5", "2,5", "5", "1", "2"], None),
        (["1,2", "2,3", "1", "2", "3"], ","),
    ],
)
def test_a_delimiter_that_nobody_named_is_reported(labels: list[str], delimiter: str | None, tmp_path: Path) -> None:
    found = [one for one in read(csv(tmp_path, labels)).findings if one.code == "label-delimiter-suspected"]
    assert [one.remedy for one in found] == (
        [f'if they are several: --label-delimiter "{delimiter}"'] if delimiter else []
    )
    assert BAR not in str([one.items for one in found])


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["art|bio", "bio;eco", "art", "bio", "eco"], "'|' and ';'"),
        (["art|bio", "bio|eco", "bio;eco", "eco;art"], "'|' and ';'"),
        (["art|bio", "bio|eco", "bio, eco", "eco, art"], "'|' and ','"),
        (["a|b", "a", "b,c", "b", "c"], "'|' and ','"),
        (["art;bio", "bio;art", "bio/eco", "eco", "art"], "';' and '/'"),
        (["art;bio", "bio;eco", "art,bio", "bio,eco"], "',' and ';'"),
    ],
)
def test_two_delimiters_in_one_column_are_reported(labels: list[str], said: str, tmp_path: Path) -> None:
    found = finding(read(csv(tmp_path, labels * 3)), "label-delimiter-suspected")
    assert found.severity == "warning" and f"separated by {said}:" in found.message
    assert found.remedy == "name several classes in the same way in all rows"


@pytest.mark.parametrize(
    "labels",
    [
        ["rock|AC/DC", "pop|R&D", "rock", "pop"],
        ["Paris, France|Rome, Italy", "Rome, Italy", "Bern"],
        ["C++|C", "C", "C#|C++"],
        ["very good|bad", "good", "bad", "very good"],
    ],
)
def test_one_delimiter_and_signs_in_names_are_not_two_delimiters(labels: list[str], tmp_path: Path) -> None:
    source = read(csv(tmp_path, labels))
    assert "label-delimiter-suspected" not in {one.code for one in source.findings}


def test_another_delimiter_than_the_one_named_is_reported(tmp_path: Path) -> None:
    source = read(csv(tmp_path, ["a,b", "a", "b;a", "b"]), label_delimiter=",")
    assert "separated by ',' and ';'" in finding(source, "label-delimiter-suspected").message


def test_the_order_within_a_label_does_not_matter(tmp_path: Path) -> None:
    labels = [("a|b", "b|a", "b | a|b")[at % 3] if at % 2 else "c" for at in range(30)]
    path = csv(tmp_path, labels)
    assert {one.labels["label"] for one in check(path).dataset.train} == {"a|b", "c"}


def test_several_columns_of_zeros_and_ones_stay_several_tasks(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text,toxic,rude\none,1,0\ntwo,0,0\nthree,1,\n")
    source = read(tmp_path / "d.csv", label_columns=["toxic", "rude"])
    assert [dict(one.labels) for one in source.examples] == [
        {"toxic": "1", "rude": "0"},
        {"toxic": "0", "rude": "0"},
        {"toxic": "1"},
    ]


@pytest.mark.parametrize("word", ["#N/A", "#REF!", "#VALUE!", "<NA>"])
def test_words_that_never_name_a_class_are_blank(word: str, tmp_path: Path) -> None:
    source = read(csv(tmp_path, ["a", word, "b", f" {word}", "a"]))
    assert classes(source) == ["a", None, "b", None, "a"]
    found = finding(source, "labels-look-missing")
    assert (found.severity, found.items) == ("warning", (word,))
    assert f"read as blank: {word!r} (2 rows)" in found.message
    assert classes(read(json_lines(tmp_path, [[1, 0, 1], word, [0, 1, 0]])))[1] is None


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "NULL", "n/a", "N/A", "NA", "unlabeled", "Unlabelled"])
def test_words_that_may_stand_for_a_missing_label_are_reported(word: str, tmp_path: Path) -> None:
    source = read(csv(tmp_path, ["a", word, "b", word, "c"]))
    assert classes(source) == ["a", word, "b", word, "c"]
    found = finding(source, "labels-look-missing")
    assert (found.severity, found.items) == ("warning", (word,))
    assert f"'{word}' (2 rows)" in found.message and "leave the cells blank" in found.remedy


@pytest.mark.parametrize(
    "labels",
    [
        ["EU", "NA", "AS"],
        ["none", "mild", "severe"],
        ["unknown", "known", "other"],
        ["nan", "nan", "nan"],
        ["bread", "naan"],
    ],
)
def test_names_of_classes_do_not_look_missing(labels: list[str], tmp_path: Path) -> None:
    assert "labels-look-missing" not in {one.code for one in read(csv(tmp_path, labels)).findings}


@pytest.mark.parametrize(
    "word",
    [
        *("#NV", "#BEZUG!", "#NOM?", "#\u00a1DIV/0!", "#NOME?", "#N\u00daM!", "#N/B", "#SAKNAS!", "#ARG!", "#N/D"),
        *("#\u041d/\u0414", "#\u00bfNOMBRE?", "#I/T", "Err:502", "#SPILL!", "#CALC!", "#GETTING_DATA", "########"),
        *("#N/A N/A", "1.#IND", "-1.#QNAN"),
    ],
)
def test_errors_of_spreadsheets_in_any_language_are_blank(word: str, tmp_path: Path) -> None:
    source = read(csv(tmp_path, ["a", word, "b", f" {word}", "a"]))
    assert classes(source) == ["a", None, "b", None, "a"]
    assert f"read as blank: {word!r} (2 rows)" in finding(source, "labels-look-missing").message


@pytest.mark.parametrize(
    "labels",
    [
        ["#python", "#java", "#go!"],
        ["C#", "F#", "C"],
        ["#MeToo", "#BLM", "#FBF"],
        ["#", "##", "@"],
        ["#1", "#2", "#3/4"],
        ["+", "-"],
        ["A-", "A+", "B+", "0-"],
        [".", ",", "?", "!"],
        ["-1", "0", "1"],
        ["0", "1", "2", "99", "98", "97"],
        ["50", "60", "99"],
        ["-9", "-8", "0", "1"],
        ["unknown", "missing", "other"],
        ["?!", "ok"],
    ],
)
def test_signs_and_numbers_that_are_classes_are_kept(labels: list[str], tmp_path: Path) -> None:
    source = read(csv(tmp_path, labels * 3))
    assert classes(source) == labels * 3 and "labels-look-missing" not in {one.code for one in source.findings}


@pytest.mark.parametrize(
    ("word", "others"),
    [
        *(("\\N", ["yes", "no"]), ("nil", ["yes", "no"]), ("...", ["yes", "no"]), ("\u2026", ["yes", "no"])),
        *(("\u2014", ["yes", "no"]), ("-", ["high", "low"]), ("--", ["0", "1"]), ("?", ["0", "1"])),
        *(("-", ["0", "1"]), ("?", ["bell", "cap"]), ("-999", ["0", "1"]), ("-9", ["0", "1"]), ("99", ["0", "1"])),
        *(("9999.0", ["1", "2", "3"]), ("undefined", ["a", "b"]), ("(null)", ["a", "b"]), ("<null>", ["a", "b"])),
    ],
)
def test_more_words_and_signs_that_may_stand_for_a_missing_label(word: str, others: list[str], tmp_path: Path) -> None:
    source = read(csv(tmp_path, [*others, word] * 2))
    assert classes(source) == [*others, word] * 2
    found = finding(source, "labels-look-missing")
    assert (found.severity, found.items) == ("warning", (word,)) and f"'{word}' (2 rows)" in found.message
