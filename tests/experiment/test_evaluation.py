"""A bundle measured again: what it has seen before is named, and labels under another name are found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.cli.app import run as ghep
from ghep.errors import DataError
from ghep.experiment.evaluation import evaluate
from ghep.experiment.fit import fit
from ghep.model.bundle import load_bundle
from small_bert import reviews, small_bert, write_table

QUICK = {"precision": "float32", "workers": 1}


@pytest.fixture(scope="module")
def bundle(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fit(photos, backbone=small_backbone, out=tmp_path_factory.mktemp("run") / "r", **QUICK).bundle


def flat(photos: Path, root: Path, *splits: str) -> Path:
    """The same pictures under other names, without splits."""
    for path in sorted(photos.rglob("*.png")):
        split, kind = path.relative_to(photos).parts[:2]
        if split in splits:
            (root / kind).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / kind / f"{split} {path.name}")
    return root


def table(photos: Path, file: Path, split: str = "test", **names: str) -> Path:
    """Labels in columns: ``kind`` is right, anything else is noise."""
    rows = [",".join(["path", *names])]
    for path in sorted((photos / split).rglob("*.png")):
        values = {"kind": path.parent.name, "other": f"x{int(path.stem) % 2}"}
        rows.append(",".join([str(path), *(values[name] for name in names.values())]))
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def codes(found: object) -> list[str]:
    return [finding.code for finding in found.findings]  # type: ignore[attr-defined]


def test_the_test_split_is_new_to_the_model(bundle: Path, photos: Path) -> None:
    assert evaluate(bundle, photos).findings == ()
    seen = json.loads((bundle / "seen.json").read_text(encoding="utf-8"))
    assert {split: len(digests) for split, digests in seen.items()} == {"train": 60, "valid": 20}
    assert all(len(digest) == 16 for digests in seen.values() for digest in digests)
    assert "seen.json" in json.loads((bundle / "MANIFEST.json").read_text(encoding="utf-8"))["files"]


def test_what_it_was_trained_or_chosen_on_is_named_by_content(bundle: Path, photos: Path, tmp_path: Path) -> None:
    found = evaluate(bundle, flat(photos, tmp_path / "flat", "train", "valid", "test"))
    trained, chosen = found.findings
    assert (trained.code, trained.severity, len(trained.items)) == ("scored-on-training-data", "error", 60)
    assert (chosen.code, chosen.severity, len(chosen.items)) == ("scored-on-validation-data", "warning", 20)
    assert "rows/train 000.png" in trained.items and "60 of the 100" in trained.message
    assert found.results[0].score("accuracy").n == 100
    assert codes(evaluate(bundle, photos, split="valid")) == ["scored-on-validation-data"]


def test_the_command_says_so_before_the_scores(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(flat(photos, tmp_path / "flat", "train"))
    assert ghep(["evaluate", str(bundle), data]) == 1
    told = capsys.readouterr().out
    assert 0 <= told.index("scored-on-training-data") < told.index("accuracy")
    assert ghep(["evaluate", str(bundle), data, "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["code"] == "scored-on-training-data" and len(finding["items"]) == 60


def test_scores_with_and_without_what_was_trained_on_stand_side_by_side(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = flat(photos, tmp_path / "flat", "train", "test")
    found = evaluate(bundle, data).results[0]
    assert found.unseen.scores == evaluate(bundle, flat(photos, tmp_path / "new", "test")).results[0].scores
    ((kind, score),) = found.unseen.copied
    assert (kind, score.n, found.unseen.n) == ("unknown", 60, 20)
    assert ghep(["evaluate", str(bundle), str(data)]) == 1
    assert "on the 20 examples without a copy in train or valid (60 have one):" in capsys.readouterr().out
    assert ghep(["evaluate", str(bundle), str(data), "--json"]) == 1
    scores = json.loads(capsys.readouterr().out)["scores"]["all"]["label"]
    assert (scores["accuracy"]["n"], scores["unseen_accuracy"]["n"]) == (80, 20)


def test_labels_that_the_bundle_does_not_know_are_left_out_with_a_finding(
    bundle: Path, photos: Path, tmp_path: Path
) -> None:
    data = flat(photos, tmp_path / "flat", "test")
    (data / "rings").mkdir()
    shutil.copy(photos / "valid" / "rows" / "000.png", data / "rings" / "0.png")
    found = evaluate(bundle, data)
    (said,) = (one for one in found.findings if one.code == "labels-not-in-train")
    assert said.severity == "error" and "one example in the data" in said.message
    assert [(one.id, one.reason) for one in found.quarantined] == [("rings/0.png", "label-not-in-train")]
    assert found.results[0].scores == evaluate(bundle, photos).results[0].scores
    for kind in ("rows", "columns"):
        (data / kind).rename(data / kind.upper())
    with pytest.raises(DataError, match="not among its classes"):
        evaluate(bundle, data)


def test_a_misspelt_class_is_named_with_its_likely_spelling(bundle: Path, photos: Path, tmp_path: Path) -> None:
    data = flat(photos, tmp_path / "flat", "test")
    (data / "rows").rename(data / "Row")
    found = evaluate(bundle, data)
    (said,) = (one for one in found.findings if one.code == "labels-not-in-train")
    assert said.message.endswith("; 'Row' may mean 'rows'") and said.remedy.startswith(
        "if two spellings mean one class"
    )
    assert ghep(["evaluate", str(bundle), str(data)]) == 1
    assert "below-majority" not in codes(found), "one class is left"


def test_data_of_one_class_are_never_below_the_majority(bundle: Path, photos: Path, tmp_path: Path) -> None:
    data = flat(photos, tmp_path / "flat", "test")
    for path in (data / "columns").iterdir():
        path.rename(data / "rows" / f"other {path.name}")
    (data / "columns").rmdir()
    found = evaluate(bundle, data)
    assert found.results[0].score("accuracy").value < 1 and "below-majority" not in codes(found)


def test_where_no_example_can_be_read_the_reason_is_given(bundle: Path, photos: Path, tmp_path: Path) -> None:
    """The bundle was trained on 8 bits: nobody knows what is white in 12 bits."""
    for kind in ("rows", "columns"):
        (tmp_path / kind).mkdir()
        for path in (photos / "test" / kind).iterdir():
            grey = np.asarray(Image.open(path).convert("L")).astype(np.uint16) * 16
            Image.fromarray(grey).save(tmp_path / kind / path.name)
    with pytest.raises(
        DataError, match=r"20 of 20 files cannot be used: 20 unknown-range; such as .*white is unknown"
    ) as told:
        evaluate(bundle, tmp_path)
    assert "label" not in told.value.remedy


def test_an_older_bundle_loads_and_says_that_it_does_not_know(bundle: Path, photos: Path, tmp_path: Path) -> None:
    old = Path(shutil.copytree(bundle, tmp_path / "old"))
    manifest = json.loads((old / "MANIFEST.json").read_text(encoding="utf-8"))
    del manifest["files"]["seen.json"]
    (old / "MANIFEST.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert load_bundle(old).seen == {}, "a file that the manifest does not list is not read"
    (old / "seen.json").unlink()
    assert codes(evaluate(old, photos)) == ["seen-unknown"]


def test_the_one_label_column_is_the_one_task(bundle: Path, photos: Path, tmp_path: Path) -> None:
    found = evaluate(bundle, table(photos, tmp_path / "t.csv", species="kind"))
    assert "label-column-mapped" in codes(found)
    assert found.results[0].task == "label"
    expected = evaluate(bundle, photos).results[0].score("accuracy")
    assert found.results[0].score("accuracy") == expected
    asked = evaluate(bundle, table(photos, tmp_path / "u.csv", species="kind", x="other"), label_columns=["species"])
    assert asked.results[0].score("accuracy") == expected


def test_a_column_called_like_the_task_comes_before_the_usual_names(
    photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    data = table(photos, tmp_path / "train.csv", "train", kind="kind", other="other")
    arguments = {"backbone": small_backbone, **QUICK}
    one = fit(data, out=tmp_path / "one", read={"label_columns": ["kind"]}, **arguments).bundle
    both = fit(data, out=tmp_path / "both", read={"label_columns": ["kind", "other"]}, **arguments).bundle
    new = table(photos, tmp_path / "new.csv", label="other", kind="kind", other="other")
    assert [result.task for result in evaluate(one, new).results] == ["kind"]
    assert [result.task for result in evaluate(both, new).results] == ["kind", "other"]
    assert [result.task for result in evaluate(both, table(photos, tmp_path / "a.csv", kind="kind")).results] == [
        "kind"
    ]
    with pytest.raises(DataError, match="no usable label for kind and other"):
        evaluate(both, photos)


def test_a_bundle_of_ratings_gives_how_far_off_it_is_and_agreement(tmp_path: Path) -> None:
    texts, labels = reviews(120)
    stars = [str((2, 9)[label == "up"] + place // 2 % 2) for place, label in enumerate(labels)]
    data = write_table(tmp_path / "train.csv", text=texts, stars=stars)
    bert = small_bert(tmp_path / "bert")
    bundle = fit(data, backbone=bert, out=tmp_path / "run", label_columns="stars", ratings="stars", **QUICK).bundle
    texts, labels = reviews(60, seed=3)
    more = [str((2, 9)[label == "up"]) for label in labels]
    new = write_table(tmp_path / "new.csv", text=texts, stars=more)
    (result,) = evaluate(bundle, new).results
    by_name = {score.name: score for score in result.scores}
    expected = result.predictions @ np.array([2, 3, 9, 10])
    assert by_name["mae"].n == 60 and not by_name["mae"].higher_is_better
    assert by_name["mae"].value == pytest.approx(np.abs(expected - np.array(more, dtype=int)).mean())
    assert by_name["quadratic_kappa"].n == 60 and by_name["quadratic_kappa"].value > 0
