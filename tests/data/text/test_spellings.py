"""One class under two names: found within and between splits, for any difference, and always reported."""

from __future__ import annotations

import json
import time
import unicodedata
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from ghep.cli.app import run
from ghep.data.check import check, prepare
from ghep.data.labels import _normal_form, _typos, name_findings
from ghep.data.report import CheckReport
from ghep.errors import DataError
from ghep.types import Example

NFD = {name: unicodedata.normalize("NFD", name) for name in ("café", "thé")}


def table(folder: Path, **labels: list[str]) -> Path:
    """Write a table for each split: 12 texts of each of its labels."""
    rng = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    for split, names in labels.items():
        texts = [f"{' '.join(rng.choice(list('abcdefgh'), 12))} {split} {at}" for at in range(12 * len(names))]
        lines = [f'{text},"{names[at % len(names)]}"' for at, text in enumerate(texts)]
        (folder / f"{split}.csv").write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    return folder


def codes(report: CheckReport) -> dict[str, str]:
    return {finding.code: finding.message for finding in report.findings}


@pytest.mark.parametrize(
    ("train", "test", "remedy"),
    [
        (["0", "1"], ["0.0", "1.0"], "'0.0' as '0', write '1.0' as '1'"),
        (["001", "002"], ["1", "2"], "'1' as '001', write '2' as '002'"),
        (["1", "2"], ["\u0661", "\u0662"], "'\u0661' as '1', write '\u0662' as '2'"),
        (["True", "False"], ["true", "false"], "'false' as 'False', write 'true' as 'True'"),
        (["Cat", "Dog"], ["cat", "Dog"], "'cat' as 'Cat'"),
        (["left-turn", "right"], ["left turn", "right"], "'left turn' as 'left-turn'"),
        (["pos", "neg"], ["good", "bad"], "name the classes in test as in train ('neg', 'pos'), or remove test"),
        (["a", "b"], ["a", "z", "y"], "name the classes in test as in train"),
    ],
)
@pytest.mark.parametrize("split", ["test", "valid"])
def test_other_names_in_a_split_stop_with_the_likely_spelling(
    train: list[str], test: list[str], remedy: str, split: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="do not occur in train") as caught:
        prepare(table(tmp_path, **{"train": train, split: test}))
    assert remedy.replace("in test", f"in {split}").replace("remove test", f"remove {split}") in caught.value.remedy


@pytest.mark.parametrize(
    ("train", "test", "code"),
    [
        (["pos", "neg"], ["pos ", " neg"], "label-spaces"),
        (["pos ", "neg"], ["pos", "neg"], "label-spaces"),
        (["pos", "neg"], ["pos\u200b", "\ufeffneg \u200e"], "label-spaces"),
        (["pos", "neg"], ["po\u200bs", "ne\u200fg"], "label-invisible"),
        (list(NFD), list(NFD.values()), "label-forms"),
        (list(NFD), [f"{name[:1]}\u200b{name[1:]}" for name in NFD.values()], "label-invisible"),
    ],
)
def test_names_that_look_the_same_are_one_class_and_reported(
    train: list[str], test: list[str], code: str, tmp_path: Path
) -> None:
    report = check(table(tmp_path, train=train, test=test))
    assert report.dataset.classes == {"label": tuple(sorted(name.strip() for name in train))}
    assert report.dataset.counts["test"] == 24 and not report.dataset.quarantined
    assert code in codes(report) and report.exit_code == 0


def test_invisible_characters_of_a_whole_class_stay_and_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = table(tmp_path, train=["do\u200bg", "می\u200cشود", "cat"])
    assert check(path).dataset.classes["label"] == ("cat", "do\u200bg", "می\u200cشود")
    run(["check", str(path)])
    assert "\ndo\\u200bg" in (printed := capsys.readouterr().out) and "\nمی\u200cشود" in printed
    with pytest.raises(DataError, match="do not occur in train") as caught:
        prepare(table(tmp_path / "b", train=["dog", "cat"], test=["Do\u200bg", "cat"]))
    assert "as 'dog'" in caught.value.remedy


def test_decomposed_names_alone_stay_as_they_are(tmp_path: Path) -> None:
    dataset = check(table(tmp_path, train=list(NFD.values()))).dataset
    assert set(dataset.classes["label"]) == set(NFD.values())


def test_a_few_other_spellings_are_an_error_with_quarantined_examples(tmp_path: Path) -> None:
    report = check(table(tmp_path, train=["Cat", "Dog"], test=["Cat", "Dog", "Cat", "Dog", "Dog", "cat"]))
    assert {"class-names-alike", "labels-not-in-train"} <= codes(report).keys() and report.exit_code == 2


def test_a_split_that_becomes_empty_is_an_error(tmp_path: Path) -> None:
    path = table(tmp_path, train=["a", "b", "c", "d", "e", "f"], test=["a"])
    lines = (path / "test.csv").read_text().splitlines()
    (path / "test.csv").write_text("\n".join([lines[0], *('" ",a' for _ in lines[1:])]))
    report = check(path)
    assert codes(report)["split-lost"].startswith("none of the 12 labelled examples of test can be used")
    assert report.exit_code == 2


@pytest.mark.parametrize("names", [("-1", "1"), ("A", "A-"), ("1.1", "1.10"), ("c", "c++"), ("20", "30")])
def test_other_names_are_not_alike(names: tuple[str, str]) -> None:
    examples = [Example(str(at), "", {"label": names[at % 2]}) for at in range(20)]
    assert name_findings({"train": examples, "valid": [], "test": []}, ["label"]) == []


def test_misspellings_in_thousands_of_names_are_found_in_under_a_second() -> None:
    rng = np.random.default_rng(0)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    counts = {"".join(rng.choice(letters, 12)): 100 for _ in range(4000)}
    names = list(counts)
    slips = {name[:3] + name[4] + name[3] + name[5:]: name for name in names[:20] if name[3] != name[4]}
    slips |= {name[:5] + name[6:]: name for name in names[20:40]} | {name + "x": name for name in names[40:60]}
    counts |= dict.fromkeys(slips, 2)
    took = []
    for _ in range(3):  # the machine may be busy
        began = time.process_time()
        assert dict(_typos(counts)) == slips
        took.append(time.process_time() - began)
    assert min(took) < 1, took


@pytest.mark.slow
def test_misspellings_equal_those_of_an_exhaustive_search() -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        letters = list(rng.choice(["ab1", "abc12", "aé 1"]))
        names = {"".join(rng.choice(letters, rng.integers(1, 9))) for _ in range(30)}
        counts = {name: int(rng.choice([1, 3, 5, 100, 300])) for name in sorted(names)}
        found = [_typos({a: counts[a], b: counts[b]}) for a, b in combinations(sorted(usual(counts)), 2)]
        assert _typos(counts) == [pair for pairs in found for pair in pairs]


def usual(counts: dict[str, int]) -> list[str]:
    """Return the most frequent name of each spelling."""
    return list({_normal_form(name): name for name in sorted(counts, key=lambda name: (counts[name], name))}.values())


@pytest.mark.parametrize(
    "names",
    [
        ("True", "False", "0", "1"),
        ("true", "false", "1.0", "0.0"),
        ("yes", "no", "1", "0"),
        ("Y", "N", "yes", "no"),
        ("ja", "nein", "1"),
        ("WAHR", "FALSCH", "1", "0", "?"),
        ("TRUE", "FALSE", "vrai", "faux"),
    ],
)
def test_yes_and_no_written_in_two_ways_are_an_error(names: tuple[str, ...]) -> None:
    examples = [Example(str(at), "", {"label": names[at % len(names)]}) for at in range(60)]
    (found,) = name_findings({"train": examples, "valid": [], "test": []}, ["label"])
    assert (found.code, found.severity) == ("class-names-alike", "error") and "yes and no" in found.message
    assert any(repr(names[0]) in item and " = " in item for item in found.items)


@pytest.mark.parametrize(
    "names",
    [
        ("True", "False"),
        ("yes", "no", "on", "off", "up", "down"),
        ("0", "1", "2", "3"),
        ("true", "false", "mostly-true", "half-true", "pants-fire"),
        ("yes", "no", "maybe"),
        ("0", "1", "n"),
        ("no", "fi", "sv", "da"),
        tuple("abcdefghijklmnopqrstuvwxyz0123456789"),
        ("yes", "0"),
    ],
)
def test_other_words_are_not_two_ways_of_yes_and_no(names: tuple[str, ...]) -> None:
    examples = [Example(str(at), "", {"label": names[at % len(names)]}) for at in range(72)]
    assert name_findings({"train": examples, "valid": [], "test": []}, ["label"]) == []


def test_a_column_of_true_and_1_is_an_error_in_json(tmp_path: Path) -> None:
    rows = [{"text": f"a text {at}", "label": bool(at % 2) if at % 4 < 2 else at % 2} for at in range(80)]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = check(tmp_path / "d.jsonl")
    assert "class-names-alike" in codes(report) and report.exit_code == 2
