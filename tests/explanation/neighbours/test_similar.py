"""The nearest training examples: found exactly, copies marked, saved once, for images and texts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ghep
from ghep.cli.app import run
from ghep.data.text.loader import TextPair
from ghep.errors import ConfigError
from ghep.explanation.neighbours import index as indexing
from ghep.explanation.neighbours.index import TrainingIndex, nearest, training_index, unit
from ghep.explanation.neighbours.record import Neighbour, Neighbours
from ghep.explanation.neighbours.similar import _has_all, _Search, _surprises
from ghep.explanation.subject import subject_of
from ghep.reporter import Silent
from ghep.types import Example
from tiny_texts import texts, write_family, write_table


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> Path:
    folder = tmp_path_factory.mktemp("similar")
    made = ghep.fit(photos, backbone="seedling", out=folder / "run", control=False)
    return Path(made.bundle)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("numbers")
    rng, rows = np.random.default_rng(0), ["file,brightness"]
    for place in range(24):
        level = int(rng.integers(0, 200))
        Image.fromarray((rng.integers(0, 50, (32, 32, 3)) + level).astype(np.uint8)).save(folder / f"{place}.png")
        rows.append(f"{place}.png,{level}")
    (folder / "t.csv").write_text("\n".join(rows))
    options = {"path_column": "file", "label_columns": ["brightness"], "regression": ["brightness"]}
    made = ghep.fit(folder / "t.csv", backbone="seedling", out=folder / "run", control=False, **options)
    return Path(made.bundle)


@pytest.mark.slow
def test_a_training_photo_finds_itself_and_a_copy_of_it_is_marked(bundle: Path, photos: Path, tmp_path: Path) -> None:
    photo = photos / "train" / "rows" / "003.png"
    shutil.copy(photo, tmp_path / "renamed.png")
    Image.open(photo).save(tmp_path / "again.bmp")
    Image.open(photo).save(tmp_path / "again.jpg", quality=95)
    (tmp_path / "broken.png").write_bytes(b"no image")
    paths = [tmp_path / name for name in ("renamed.png", "again.bmp", "again.jpg", "broken.png")]
    found = ghep.similar(bundle, [*paths, photos / "test" / "rows" / "000.png"], neighbours=5)
    itself, again, smaller, broken, new = found.examples
    for one in (itself, again, smaller):
        assert [each.id for each in one.neighbours if each.copy] == ["train/rows/003.png"]
    assert itself.neighbours[0].same and not again.neighbours[0].same and again.neighbours[0].distance < 1e-5
    assert len(itself.voters) == 5 and not any(one.copy for one in new.neighbours)
    assert broken.problem and list(found.problems) == [str(paths[3])]
    assert found.count == 60 and {one.id.split("/")[0] for one in new.neighbours} == {"train"}
    assert new.votes == sum(one.label == new.label for one in new.neighbours)
    assert [one.distance for one in new.neighbours] == sorted(one.distance for one in new.neighbours)
    predicted = ghep.load(bundle).predict([photos / "test" / "rows" / "000.png"])[0]
    assert new.label == predicted.label and new.probability == pytest.approx(predicted.probability, abs=1e-4)
    assert "copies-among-neighbours" in {one.code for one in found.findings}


def test_texts_find_themselves_and_near_copies(tmp_path: Path) -> None:
    data = write_table(tmp_path / "t.csv", {"train": texts(60), "test": texts(10, seed=1)})
    run_ = ghep.fit(data, backbone=write_family("glove", tmp_path / "v"), out=tmp_path / "run", control=False)
    known = next(text for text, _ in texts(60) if len(text.split()) > 4)
    found = ghep.similar(run_.bundle, [known, known.upper() + " !", "zzzz"], neighbours=4)
    for one, same in zip(found.examples[:2], (True, False), strict=True):
        copies = [each for each in one.neighbours if each.copy]
        assert known in {each.shown for each in copies} and any(each.same for each in copies) is same
        assert len(one.voters) == 4
    assert len(found[2].voters) == 4 and np.isfinite(found[2].neighbours[0].distance), "no known word"
    assert known in found._repr_html_() and f'"{known}"' in "".join(found.lines())


def test_texts_in_files_are_shown_as_texts(tmp_path: Path) -> None:
    for place, (text, label) in enumerate(texts(40)):
        folder = tmp_path / "texts" / label
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{place}.txt").write_text(f"/film {text}")  # no path, although it begins like one
    run_ = ghep.fit(tmp_path / "texts", backbone=write_family("glove", tmp_path / "v"), out=tmp_path / "run")
    found = ghep.similar(run_.bundle, ["a great film"], neighbours=4)
    lines = found.lines()[1:]
    for near, line in zip(found[0].neighbours, lines, strict=True):
        assert near.shown == (tmp_path / "texts" / near.id).read_text()
        assert f'"{near.shown}"' in line and near.shown in found._repr_html_().replace("\xa0", " ")


def test_the_index_is_made_once_and_again_only_if_it_is_damaged(
    bundle: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, calls = subject_of(bundle), []
    original = indexing.features_of

    def counted(*arguments: object, **options: object) -> object:
        calls.append(1)
        return original(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(indexing, "features_of", counted)
    before = subject.backbone.fingerprints()
    first = training_index(subject, reporter=Silent())
    calls.clear()
    again = training_index(subject, reporter=Silent())
    assert not calls and np.array_equal(first.rows, again.rows) and first.ids == again.ids
    file = bundle.with_name("bundle-neighbours") / "features.safetensors"
    file.write_bytes(file.read_bytes()[:-4] + b"\xff\xff\xff\xff")
    repaired = training_index(subject, reporter=Silent())
    assert calls and np.array_equal(first.rows, repaired.rows)
    training_index(subject, data=photos / "test", reporter=Silent())
    assert len(calls) == 2, "another location is another index"
    assert subject.backbone.fingerprints() == before


@pytest.mark.slow
def test_only_training_examples_are_searched_wherever_they_are(bundle: Path, photos: Path, tmp_path: Path) -> None:
    """A copy of the data under other names, without half of the training examples, and with examples of test."""
    for kind in ("rows", "columns"):
        (tmp_path / kind).mkdir()
        for place in range(15):
            shutil.copy(photos / "train" / kind / f"{place:03d}.png", tmp_path / kind / f"x{place}.png")
        shutil.copy(photos / "test" / kind / "000.png", tmp_path / kind / "test.png")
    subject = subject_of(bundle)
    index = training_index(subject, data=tmp_path, reporter=Silent())
    (finding,) = index.findings
    assert len(index) == 30 and finding.code == "training-examples-missing"
    assert "30 of the 60 training examples are in" in finding.message
    assert not any("test.png" in one for one in index.ids)
    none = training_index(subject, data=photos / "test", reporter=Silent())
    assert none.findings[0].code == "not-training-data" and len(none) == 20


def test_without_the_data_the_error_says_what_to_pass(bundle: Path, tmp_path: Path) -> None:
    alone = tmp_path / "bundle"
    shutil.copytree(bundle, alone)
    with pytest.raises(ConfigError, match="does not say which data it was trained on"):
        ghep.similar(alone, ["x.png"])
    (tmp_path / "config.json").write_text(json.dumps({"data": "/nowhere/photos"}))
    with pytest.raises(ConfigError, match="not at /nowhere/photos"):
        ghep.similar(alone, ["x.png"])


def test_the_search_is_exact() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(500, 16)).astype(np.float32) + 5
    mean = features.mean(0)
    none = ("",) * 500
    index = TrainingIndex("", unit(features - mean), mean, none, ({},) * 500, none, none)
    distances, places = index.nearest(features[:7], 5)
    centred = features - mean
    for row in range(7):
        cosine = centred @ centred[row] / np.linalg.norm(centred, axis=1) / np.linalg.norm(centred[row])
        expected = np.argsort(1 - cosine, kind="stable")[:5]
        assert places[row].tolist() == expected.tolist() and places[row, 0] == row
        np.testing.assert_allclose(distances[row], 1 - cosine[expected], atol=1e-5)
    assert nearest(np.array([[0.5, 0.1, 0.1]]), 9)[1].tolist() == [[1, 2, 0]]


def test_neighbours_that_disagree_are_a_finding() -> None:
    def with_labels(*labels: str, rare: float | None = None) -> Neighbours:
        near = tuple(Neighbour(str(at), one, 0.5, agrees=one == "cat") for at, one in enumerate(labels))
        return Neighbours("x.jpg", "", "cat", 0.9, near, labels.count("cat"), 4.0, rare)

    (finding,) = _surprises([with_labels("dog", "dog", "dog", "cat", "cow")])
    assert finding.code == "neighbours-disagree" and "only 1 of the 5 nearest training examples has" in finding.message
    assert "3 have dog" in finding.message and "usual for cat: 4 of 5" in finding.message
    assert not _surprises([with_labels("cat", "cat", "dog", "dog", "cow")])
    assert not _surprises([with_labels("dog", "dog", "cat", "cow", "hen", rare=0.4)])
    assert _surprises([with_labels("dog", "dog", "cat", "cow", "hen", rare=0.01)])


def test_what_is_usual_is_measured_on_the_class_without_copies(bundle: Path) -> None:
    rows = unit(np.array([[1, 0], [1, 0], [1, 0.5], [0, 1], [0, 1.0]], np.float32))
    labels = tuple({"label": one} for one in ("a", "a", "a", "b", "b"))
    names = tuple("vwxyz")
    index = TrainingIndex("", rows, np.zeros(2, np.float32), names, labels, names, names)
    search = _Search(subject_of(bundle), index, 1)
    assert search.usual("a").tolist() == [1, 1, 1] and search.usual("b").tolist() == [0, 0]


def test_examples_without_a_label_of_the_task_are_no_neighbours(bundle: Path) -> None:
    rows = unit(np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1]], np.float32))
    labels = ({"label": "a"}, {"other": "a"}, {"label": "b"}, {"label": "a"})
    names = tuple("wxyz")
    index = TrainingIndex("", rows, np.zeros(2, np.float32), names, labels, names, ("",) * 4)
    search = _Search(subject_of(bundle), index, 9)
    found = search.of("q", Example("0", Path("q.png")), np.array([1, 0.3], np.float32), "-", "a", 0.5)
    assert [one.id for one in found.neighbours] == ["y", "w", "z"] and found.votes == 2


def test_a_pair_is_refused_by_a_model_of_single_texts(tmp_path: Path) -> None:
    data = write_table(tmp_path / "t.csv", {"train": texts(40), "test": texts(10, seed=1)})
    made = ghep.fit(data, backbone=write_family("glove", tmp_path / "v"), out=tmp_path / "run", control=False)
    found = ghep.similar(made.bundle, [TextPair("good", "bad"), "good film"], neighbours=2)
    assert found[0].problem and not found[1].problem


def test_label_sets_agree_if_all_predicted_classes_are_there() -> None:
    assert _has_all("red|square", "red") and not _has_all("red", "red|square")
    assert _has_all("|", "|") and not _has_all("red", "|")


@pytest.mark.slow
def test_numbers_have_neighbours_without_votes(numbers: Path, tmp_path: Path) -> None:
    found = ghep.similar(numbers, [numbers.parents[1] / "0.png"], neighbours=3)
    assert found.numeric and found[0].votes is None and "on average" in found.lines()[0]
    found.save(tmp_path / "page")


@pytest.mark.slow
def test_the_command_writes_a_page(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = photos / "test" / "rows" / "001.png"
    arguments = ["similar", str(bundle), str(photo), "-k", "4", "--out", str(tmp_path / "out")]
    assert run([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["examples"][0]["neighbours"]) == 4 and told["searched"] == 60
    page = (tmp_path / "out" / "page.html").read_text(encoding="utf-8")
    assert "train/" in page and "<script" not in page
    assert (tmp_path / "out" / "figures" / "similar-001.png").is_file()
    assert np.load(tmp_path / "out" / "distances.npz", allow_pickle=False)["example_000"].shape == (4,)
    assert run(arguments) == 2 and "is not empty" in capsys.readouterr().err
    (tmp_path / "bad.png").write_bytes(b"x")
    assert run(["similar", str(bundle), str(tmp_path / "bad.png"), "--out", str(tmp_path / "other")]) == 1
