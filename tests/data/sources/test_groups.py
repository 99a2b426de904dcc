"""``--group``: patients, films and authors stay in one split, whoever divides the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.comparison.planning.draws import nested_draws
from ghep.data.check import check
from ghep.data.dataset import Dataset
from ghep.errors import ConfigError, DataError, UserError
from ghep.types import SPLITS

PATTERN = "([^/]+)_[0-9]+[.]"


def scans(root: Path, patients: int = 24, each: int = 5, *, splits: bool = False) -> Path:
    rng = np.random.default_rng(0)
    for patient in range(patients):
        for at in range(each):
            part = ("train", "valid", "test", "train", "train")[at] if splits else ""
            folder = root / part / ("well", "sick")[patient % 2]
            folder.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize((32, 32), 3)
            image.save(folder / f"p{patient:03}_{at}.png")
    return root


def notes(path: Path, header: str = "text,author,label", authors: int = 20, each: int = 6) -> Path:
    rng = np.random.default_rng(0)
    lines = [
        f"{' '.join(rng.choice(list('abcdefgh'), 10))} {a} {k},author {a},{'xy'[(a + k) % 2]}"
        for a in range(authors)
        for k in range(each)
    ]
    path.write_text("\n".join([header, *lines]))
    return path


def splits_of(dataset: Dataset, name: dict[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for split in SPLITS:
        for example in dataset.examples(split):
            found.setdefault(name[example.id], set()).add(split)
    return found


@pytest.mark.slow
def test_a_pattern_keeps_the_images_of_a_patient_in_one_split(tmp_path: Path) -> None:
    scans(tmp_path)
    for seed in range(3):
        data = check(tmp_path, group=PATTERN, seed=seed).dataset
        patient = {one.id: Path(one.id).name[:4] for split in SPLITS for one in data.examples(split)}
        assert all(len(splits) == 1 for splits in splits_of(data, patient).values())
        assert 12 <= data.counts["valid"] <= 25 and 12 <= data.counts["test"] <= 25
    assert any(len(splits) > 1 for splits in splits_of(check(tmp_path).dataset, patient).values())


def test_a_column_keeps_the_texts_of_an_author_in_one_split_and_is_no_label(tmp_path: Path) -> None:
    path = notes(tmp_path / "t.csv", header="text,author,mood")
    data = check(path, group="author").dataset
    assert data.tasks == ("mood",)
    author = {one.id: str(one.raw).split()[-2] for split in SPLITS for one in data.examples(split)}
    assert all(len(splits) == 1 for splits in splits_of(data, author).values())


def test_groups_across_given_splits_are_a_leak(tmp_path: Path) -> None:
    report = check(scans(tmp_path, splits=True), group=PATTERN)
    (leak,) = [finding for finding in report.findings if finding.code == "leakage-group"]
    assert leak.severity == "error" and leak.message == "24 of 24 groups are in several splits"
    assert leak.items[0] == "p000: 3 train, 1 valid, 1 test"


def test_joined_data_sets_and_draws_keep_groups_too(tmp_path: Path) -> None:
    one = scans(tmp_path / "one")
    data = check({"a": str(one), "b": str(scans(tmp_path / "two", 10))}, group=PATTERN).dataset
    patient = {example.id: Path(example.id).name[:4] for split in SPLITS for example in data.examples(split)}
    assert all(len(splits) == 1 for splits in splits_of(data, patient).values())
    drawn_ = nested_draws(check(one, group=PATTERN).dataset, "label", [20], draw=1)[20]
    patient = {example.id: Path(example.id).name[:4] for split in SPLITS for example in drawn_.examples(split)}
    assert drawn_.valid and all(len(splits) == 1 for splits in splits_of(drawn_, patient).values())


@pytest.mark.parametrize(
    ("group", "error", "said"),
    [
        ("patient", ConfigError, "neither a column of a table nor a regular expression with one group"),
        ("p[0-9]+", ConfigError, "neither a column"),
        ("(p", ConfigError, "is not a regular expression"),
        ("(a)(b)", ConfigError, "neither a column"),
        ("film_(.+)", DataError, "it matches no path, such as 'sick/p001_0.png'"),
        ("/(p)", DataError, "all 120 examples are in one group, 'p'"),
    ],
)
def test_groups_that_cannot_be_explain_themselves(
    group: str, error: type[UserError], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        check(scans(tmp_path), group=group)
    assert said in caught.value.cause and caught.value.remedy


def test_a_misspelt_column_and_empty_cells_are_named(tmp_path: Path) -> None:
    path = notes(tmp_path / "t.csv")
    with pytest.raises(DataError, match=r"no column 'auhtor'\s+did you mean \"author\""):
        check(path, group="auhtor")
    path.write_text(path.read_text().replace(",author 3,", ",,"))
    without = next(finding for finding in check(path, group="author").findings if finding.code == "no-group")
    assert without.severity == "warning" and without.items[0] == "t.csv row 20" and len(without.items) == 6


def test_a_group_for_each_example_is_a_warning(tmp_path: Path) -> None:
    report = check(scans(tmp_path), group="([^/]+)[.]")
    (said,) = [finding for finding in report.findings if finding.code == "groups"]
    assert said.severity == "warning" and "every example is a separate group" in said.message


def test_a_column_that_looks_like_groups_is_named_with_the_option(tmp_path: Path) -> None:
    path = notes(tmp_path / "t.csv", header="text,Author_ID,label")
    (said,) = [finding for finding in check(path).findings if finding.code == "groups-in-column"]
    assert said.severity == "info" and said.remedy.endswith("--group Author_ID")
    codes = {finding.code for finding in check(path, group="Author_ID").findings}
    assert "groups" in codes and "groups-in-column" not in codes
    path.write_text(path.read_text().replace("author ", "author"))
    assert "groups-in-column" not in {finding.code for finding in check(path, label_columns=["Author_ID"]).findings}


def test_a_test_file_of_one_group_is_read(tmp_path: Path) -> None:
    path = notes(tmp_path / "t.csv")
    (tmp_path / "new.csv").write_text(
        "text,author,label\n" + "\n".join(f"abc {at} d,z,{'xy'[at % 2]}" for at in range(6))
    )
    dataset = check(path, group="author", test=str(tmp_path / "new.csv")).dataset
    assert dataset.counts["test"] == 6


NFC, NFD = "p\u00e9ter", "pe\u0301ter"


def spelt(path: Path, one: str, other: str) -> Path:
    """Twenty patients, each written in one way in half of the rows and in the other way in the rest."""
    rows = [
        f"a note of {p} and {k},{(one, other)[k % 2].replace('7', str(7 + p))},{'xy'[p % 2]}"
        for p in range(20)
        for k in range(4)
    ]
    path.write_text("\n".join(["text,patient,label", *rows]))
    return path


@pytest.mark.parametrize(
    ("one", "other"),
    [("7", "7.0"), ("007", "7"), ("P7", "p7"), ("p 7", "p_7"), ("M\u00fcller 7", "m\u00fcller 7")],
)
def test_one_group_under_two_spellings_is_an_error(one: str, other: str, tmp_path: Path) -> None:
    report = check(spelt(tmp_path / "t.csv", one, other), group="patient")
    (found,) = [finding for finding in report.findings if finding.code == "group-names-alike"]
    assert found.severity == "error" and found.message.startswith("20 sets of group names differ only in case, spaces")
    assert repr(one.replace("7", "12")) in str(found.items) and repr(other.replace("7", "12")) in str(found.items)


@pytest.mark.parametrize(
    ("one", "other"), [("p7", " p7"), ("p7", "p7\u00a0"), (f"{NFC} 7", f"{NFD} 7"), ("p7", "p7\u200b")]
)
def test_a_group_that_looks_the_same_is_one_group(one: str, other: str, tmp_path: Path) -> None:
    report = check(spelt(tmp_path / "t.csv", one, other), group="patient")
    said = {finding.code: finding for finding in report.findings}
    assert "80 examples in 20 groups" in said["groups"].message and said["group-spaces"].severity == "info"
    assert "group-names-alike" not in said


@pytest.mark.parametrize(("one", "other"), [("p7", "q7"), ("7", "170"), ("A7+", "A7-"), ("1.7", "1.70")])
def test_other_groups_are_not_alike(one: str, other: str, tmp_path: Path) -> None:
    report = check(spelt(tmp_path / "t.csv", one, other), group="patient")
    assert {"group-names-alike", "group-spaces"}.isdisjoint(finding.code for finding in report.findings)


def test_a_group_spelt_otherwise_in_a_test_file_is_an_error(tmp_path: Path) -> None:
    path = notes(tmp_path / "t.csv")
    (tmp_path / "new.csv").write_text(
        "text,author,label\n" + "\n".join(f"abc {at} d,Author {at},{'xy'[at % 2]}" for at in range(6))
    )
    report = check(path, group="author", test=str(tmp_path / "new.csv"))
    (found,) = [finding for finding in report.findings if finding.code == "group-names-alike"]
    assert found.items[0].startswith("'Author 0' (1 test) = 'author 0' (6 ") and len(found.items) == 6


def test_groups_that_look_missing_are_reported(tmp_path: Path) -> None:
    path = notes(tmp_path / "t.csv")
    text = path.read_text()
    path.write_text(text.replace(",author 3,", ",NA,").replace(",author 4,", ",nan,"))
    found = next(one for one in check(path, group="author").findings if one.code == "groups-look-missing")
    assert found.severity == "warning" and found.items == ("NA", "nan") and "12 examples" in found.message
    path.write_text(text.replace(",author 3,", ",#N/A,"))
    assert "no-group" in {one.code for one in check(path, group="author").findings}
