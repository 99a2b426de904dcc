"""Wrong labels of a data set: found through the whole path, listed safely, and left out of training on request."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.data.check import prepare
from ghep.data.dataset import Dataset
from ghep.errors import ConfigError
from ghep.experiment.drop_suspects import read_drop_list, without_suspects
from ghep.experiment.prepared import prepared_for
from ghep.experiment.suspects import judged_by_heads, suspects_in
from ghep.experiment.suspects_record import Suspect, Suspects, TaskSuspects
from ghep.types import LabelSet

WRONG = {"train/columns/900.png", "train/columns/901.png", "train/rows/900.png", "test/rows/900.png"}
"""Photos that lie in the folder of the other class."""


@pytest.fixture(scope="module")
def mislabelled(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data") / "mislabelled"
    shutil.copytree(photos, root)
    for name, number in zip(sorted(WRONG), ("000", "001", "002", "003"), strict=True):
        split, kind, _ = name.split("/")
        other = {"rows": "columns", "columns": "rows"}[kind]
        (root / split / other / f"{number}.png").rename(root / name)
    return root


@pytest.fixture(scope="module")
def found(mislabelled: Path, small_backbone: str) -> Suspects:
    return ghep.suspects(mislabelled, small_backbone, device="cpu")


def test_photos_in_the_wrong_folder_are_found(found: Suspects) -> None:
    (task,) = found.tasks
    first = {one.id for one in task.suspects[: len(WRONG)]}
    assert first == WRONG, [one.id for one in task.suspects]
    one = task.suspects[0]
    assert {one.label, one.likely} == {"rows", "columns"} and one.label in one.id
    assert one.margin == pytest.approx(one.label_probability - one.likely_probability) and one.margin < 0
    assert task.judged == 100 and task.classes == 2 and 0.8 < task.accuracy < 1 and task.findable is not None
    assert re.fullmatch(r"label: \d of 100 labels \(\d%\) are suspects. The guard alarms above 3%.", found.summary)
    (alarm,) = found.findings
    assert (alarm.code, alarm.severity, set(alarm.items) >= WRONG) == ("wrong-labels", "warning", True)


def test_data_as_given_raise_no_alarm(photos: Path, small_backbone: str) -> None:
    found = ghep.suspects(photos, small_backbone, device="cpu")
    assert not found.findings and len(found) <= 3 and found.to_json()["tasks"][0]["judged"] == 100


def test_a_copy_does_not_vouch_for_a_wrong_label() -> None:
    """Without groups, the head that judges a wrong label has seen its copy with the same label."""
    rng = np.random.default_rng(0)
    targets = np.repeat([0, 1], 60)
    features = rng.normal(0, 1, (120, 400)).astype(np.float32)
    features[:, 0] += 8.0 * targets
    features[:60:15] = features[1:60:15]  # four pairs of copies
    targets[:60:15] = targets[1:60:15] = 1
    planted = {*range(0, 60, 15), *range(1, 60, 15)}
    groups = np.arange(120)
    groups[1:60:15] = groups[:60:15]
    together = judged_by_heads(features, targets, 2, groups)
    apart = judged_by_heads(features, targets, 2, np.arange(120))
    rows = sorted(planted)
    assert apart.margins[rows].min() > 0 > together.margins[rows].max()


def test_the_list_and_the_page_trust_no_name(tmp_path: Path) -> None:
    name, label = "=HYPERLINK(1)", "<script>alert(1)</script>"
    one = Suspect(name, "train", label, "@b", 0.1, 0.8, -0.7, "ab" * 32, "a <b>text</b>")
    task = TaskSuspects("tone", 40, 2, 0.9, 0.05, (one,), 0.8)
    page = Suspects("data", "net", "text", (task,)).save(tmp_path)
    (row,) = csv.DictReader((tmp_path / "suspects.csv").read_text(encoding="utf-8").splitlines())
    assert (row["id"], row["likely"], row["content"]) == ("'=HYPERLINK(1)", "'@b", "ab" * 8)
    text = page.read_text(encoding="utf-8")
    assert (
        "=HYPERLINK(1) (train)" in text
        and "<script" not in text
        and "&lt;script&gt;" in text
        and "a &lt;b&gt;text" in text
    )
    assert "default-src 'none'" in text and "http://" not in text and "https://" not in text
    assert read_drop_list(tmp_path / "suspects.csv").rows[0].id == "'=HYPERLINK(1)"


def test_lines_and_notebook_show_the_most_doubtful(found: Suspects) -> None:
    lines = found.lines()
    assert any("train/columns/900.png" in line for line in lines) and "found by any method" in "\n".join(lines)
    assert "train/columns/900.png" in found._repr_html_()


def test_numbers_and_ratings_are_not_judged(tmp_path: Path, photos: Path, small_backbone: str) -> None:
    rows = ["path,age,stars"] + [
        f"{path},{number + 0.5},{number % 3}" for number, path in enumerate(sorted(photos.glob("train/*/*.png")))
    ]
    (tmp_path / "d.csv").write_text("\n".join(rows) + "\n")
    options = {"regression": ["age"], "label_columns": ["stars"], "path_column": "path", "device": "cpu"}
    found = ghep.suspects(tmp_path / "d.csv", small_backbone, ratings=["stars"], **options)
    (said,) = found.findings
    assert (found.tasks, said.code, "ratings or numbers" in said.message) == ((), "suspects-not-of-numbers", True)
    assert "No label was judged" in found.summary


def test_classes_with_few_examples_are_not_judged(photos: Path, small_backbone: str) -> None:
    network = load_backbone(small_backbone)
    prepared = prepared_for(ghep_source(photos), network.preprocess, seed=0, limit_bytes=2**26)
    rows, columns = ([one for one in prepared.dataset.train if kind in one.id] for kind in ("rows", "columns"))
    data = replace(prepared.dataset, train=(*rows, *columns[:9]), valid=(), test=())
    found = suspects_in(network, prepared.holding(data))
    (said,) = found.findings
    assert (said.code, said.items, len(found)) == ("classes-too-small-to-judge", ("columns",), 0)
    assert "none of 0 labels" in found.summary and found.lines()


def test_each_class_of_a_set_is_judged(photos: Path, small_backbone: str) -> None:
    network = load_backbone(small_backbone)
    prepared = prepared_for(ghep_source(photos), network.preprocess, seed=0, limit_bytes=2**26)
    wrong = {one.id for one in prepared.dataset.train if one.id.endswith(("rows/000.png", "rows/001.png"))}

    def labelled(data: Dataset, part: str) -> tuple[object, ...]:
        examples = []
        for one in data.examples(part):  # type: ignore[arg-type]
            right = "rows" in one.id
            names = ["any"] * (int(one.id[-5]) % 2) + ["lying"] * (right != (one.id in wrong))
            examples.append(replace(one, labels={"label": LabelSet.of(names)}))
        return tuple(examples)

    data = prepared.dataset
    parts = {part: labelled(data, part) for part in ("train", "valid", "test")}
    data = replace(data, **parts, classes={"label": ("any", "lying")})
    (task,) = suspects_in(network, prepared.holding(data)).tasks
    suspects = {one.id: one for one in task.suspects}
    assert wrong <= set(suspects) and len(suspects) <= 6 and task.findable is None
    assert all("lying" not in suspects[one].label and "lying" in suspects[one].likely for one in wrong)


def test_unknown_options_are_refused_before_reading() -> None:
    with pytest.raises(ConfigError, match="no option epochs"):
        ghep.suspects("nowhere", epochs=3)  # type: ignore[call-arg]
    with pytest.raises(ConfigError, match="workers=-1"):
        ghep.suspects("nowhere", workers=-1)


def ghep_source(place: Path) -> object:
    from ghep.data.sources.tasks import source_from

    return source_from(place)


@pytest.fixture(scope="module")
def dataset(mislabelled: Path) -> Dataset:
    return prepare(mislabelled)


def test_the_listed_examples_leave_train_only(found: Suspects, dataset: Dataset, tmp_path: Path) -> None:
    found.save(tmp_path)
    after = without_suspects(dataset, read_drop_list(tmp_path / "suspects.csv"))
    gone = {one.id for one in dataset.train} - {one.id for one in after.train}
    listed = {one.id for one in found}
    assert gone == {one.id for one in dataset.train} & listed and gone >= {one for one in WRONG if "train" in one}
    assert (after.valid, after.test, after.classes) == (dataset.valid, dataset.test, dataset.classes)
    finding = after.findings[-1]
    counts = len(gone), len(listed - gone)
    assert (finding.code, finding.params["count"], finding.params["held_out"]) == ("suspects-dropped", *counts)
    assert "in valid or test, and stay" in finding.message
    assert {one.id for one in after.quarantined if one.reason == "suspected-label"} == gone


def listed(tmp_path: Path, text: str) -> Path:
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    return tmp_path / "list.csv"


def test_a_list_of_other_data_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no column "id"'):
        read_drop_list(listed(tmp_path, "name\nx\n"))
    wrong = read_drop_list(listed(tmp_path, "id\ntrain/row/000.png\ntrain/rows/004.png\n"))
    with pytest.raises(ConfigError, match="1 of 2 examples that are not in mislabelled") as error:
        without_suspects(dataset, wrong)
    assert "train/rows/000.png" in error.value.remedy or "rows/000.png" in error.value.remedy
    other = read_drop_list(listed(tmp_path, "id,content\ntrain/rows/004.png,0000000000000000\n"))
    with pytest.raises(ConfigError, match="other content"):
        without_suspects(dataset, other)
    rows = "\n".join(one.id for one in dataset.train if one.labels["label"] == "rows")
    with pytest.raises(ConfigError, match="no example of rows"):
        without_suspects(dataset, read_drop_list(listed(tmp_path, f"id\n{rows}\n")))
    with pytest.raises(ConfigError, match="the task colour"):
        without_suspects(dataset, read_drop_list(listed(tmp_path, "id,task\ntrain/rows/004.png,colour\n")))


def test_a_list_that_names_only_held_out_examples_is_a_warning(dataset: Dataset, tmp_path: Path) -> None:
    after = without_suspects(dataset, read_drop_list(listed(tmp_path, "id\ntest/rows/004.png\n")))
    assert (after.train, after.findings[-1].severity) == (dataset.train, "warning")
    assert "none of the examples" in after.findings[-1].message


def test_an_empty_list_leaves_nothing_out(dataset: Dataset, tmp_path: Path) -> None:
    """As ``ghep check --labels`` writes it where no label is a suspect."""
    after = without_suspects(dataset, read_drop_list(listed(tmp_path, "id,split,task\n")))
    finding = after.findings[-1]
    assert (after.train, finding.severity) == (dataset.train, "info")
    assert "lists no examples" in finding.message and "nothing" in finding.remedy


def test_a_row_may_be_named_as_the_page_names_it(dataset: Dataset, tmp_path: Path) -> None:
    """A page shows the number of a spreadsheet, which counts the header: row 9 is the id ...#7, and not ...#9."""
    train = tuple(replace(one, id=f"train.csv#{number}") for number, one in enumerate(dataset.train))
    after = without_suspects(replace(dataset, train=train), read_drop_list(listed(tmp_path, "id\ntrain.csv row 9\n")))
    assert {one.id for one in train} - {one.id for one in after.train} == {"train.csv#7"}


def test_weak_heads_do_not_reassure() -> None:
    weak = TaskSuspects("tone", 120, 2, 0.767, 0.0, (), 0.21)
    assert "too weak" in weak.notes()[0] and "more than 21% of wrong labels" in weak.summary(0.03)
    sound = TaskSuspects("tone", 120, 2, 0.957, 0.0, (), 0.96)
    assert "Too few labels are wrong" in sound.notes()[0] and "weak" not in sound.summary(0.03)


def test_of_several_tasks_only_the_named_label_is_dropped(dataset: Dataset, tmp_path: Path) -> None:
    both = tuple(replace(one, labels={**one.labels, "tone": "dark"}) for one in dataset.train)
    two = replace(dataset, train=both, classes={**dataset.classes, "tone": ("dark",)})
    rows = "id;task\ntrain/rows/004.png;tone\ntrain/rows/005.png;\n"  # as a spreadsheet saves it
    after = {one.id: one.labels for one in without_suspects(two, read_drop_list(listed(tmp_path, rows))).train}
    assert after["train/rows/004.png"] == {"label": "rows"} and "train/rows/005.png" not in after


@pytest.mark.slow
def test_a_run_records_the_list_and_does_not_resume_with_another(
    mislabelled: Path, small_backbone: str, found: Suspects, tmp_path: Path
) -> None:
    found.save(tmp_path)
    file = tmp_path / "suspects.csv"
    options = {"backbone": small_backbone, "out": tmp_path / "run", "device": "cpu", "drop_suspects": file}
    run = ghep.fit(mislabelled, **options)
    (said,) = (one for one in run.findings if one.code == "suspects-dropped")
    assert 3 <= said.params["count"] < len(found) and (said.severity, "training examples" in said.message) == (
        "info",
        True,
    )
    with pytest.raises(ConfigError, match="drop_suspects_sha256"):
        file.write_text(file.read_text(encoding="utf-8") + "train/rows/004.png" + "," * 8 + "\n", encoding="utf-8")
        ghep.fit(mislabelled, resume=True, **options)
    with pytest.raises(ConfigError, match="drop_suspects_sha256"):
        ghep.fit(mislabelled, resume=True, **{**options, "drop_suspects": None})
