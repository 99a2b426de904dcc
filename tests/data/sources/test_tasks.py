from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from ghep.data import sources
from ghep.data.check import check, prepare
from ghep.data.dataset import Dataset, Source, label_counts
from ghep.data.sources import read
from ghep.data.sources.tasks import join, read_task, read_tasks, source_from
from ghep.errors import ConfigError, DataError
from ghep.types import SPLITS, Example, Finding, Split

SHARED = Path(__file__).parents[3].parent / "shared" / "data"


def table(file: Path, *rows: str, header: str = "text,label") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def pictures(root: Path, *files: str) -> Path:
    """A file's content is its path, unless "=" gives another."""
    for file in files:
        name, _, content = file.partition("=")
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((content or name).encode())
    return root


def labels(source: Source) -> dict[str, Mapping[str, str]]:
    return {example.id: example.labels for example in source.examples}


def finding(source: Source | Dataset, code: str) -> Finding:
    return next(one for one in source.findings if one.code == code)


def numbers(dataset: Dataset, task: str) -> tuple[int, ...]:
    return tuple(sum(label_counts(dataset.examples(split), task).values()) for split in SPLITS)


def test_each_task_has_the_name_it_was_given_and_its_ids_begin_with_it(tmp_path: Path) -> None:
    cars = pictures(tmp_path / "cars", "train/car/1.jpg", "test/none/2.jpg")
    people = pictures(tmp_path / "p", "train/person/1.jpg", "test/none/1.jpg")
    source = read_tasks({"cars": cars, "people": str(people)})
    assert (source.name, source.location, source.modality) == ("cars+people", tmp_path, "image")
    assert source.tasks == ("cars", "people")
    assert labels(source) == {
        "cars/train/car/1.jpg": {"cars": "car"},
        "cars/test/none/2.jpg": {"cars": "none"},
        "people/train/person/1.jpg": {"people": "person"},
        "people/test/none/1.jpg": {"people": "none"},
    }
    assert source.examples[0].raw == cars / "train/car/1.jpg"
    assert [(part.name, part.location, part.tasks) for part in source.parts] == [
        ("cars", str(cars), ("cars",)),
        ("people", str(people), ("people",)),
    ]
    assert source.parts[0].splits == {"cars/train/car/1.jpg": "train", "cars/test/none/2.jpg": "test"}
    assert source.splits == {**source.parts[0].splits, **source.parts[1].splits} and source.findings == ()


def test_several_label_columns_and_a_column_of_one_table_alone(tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", "one,x,5,p", "two,y,,q", header="text,mood,stars,topic")
    source = read_tasks({"a": data, "b": f"{data}:topic"}, label_columns=("mood", "stars"))
    assert source.tasks == ("a.mood", "a.stars", "b")
    assert labels(source) == {
        "a/d.csv#0": {"a.mood": "x", "a.stars": "5", "b": "p"},
        "a/d.csv#1": {"a.mood": "y", "b": "q"},
    }
    assert [part.location for part in source.parts] == [str(data), f"{data}:topic"] and source.location == data
    said = [one.message for one in source.findings if one.code == "columns-chosen"]
    assert said == [
        "a: texts from column 'text', labels from 'mood', 'stars'; not used: 'topic'",
        "b: texts from column 'text', labels from 'topic'; not used: 'mood', 'stars'",
    ]


def test_a_path_with_a_colon_that_is_there_is_a_path(tmp_path: Path) -> None:
    odd = table(tmp_path / "d:label" / "data.csv", "one,x", "two,y", header="text,other")
    table(tmp_path / "d", "one,x", "two,y")
    assert read_task("a", odd.parent).tasks == ("other",)
    with pytest.raises(DataError, match=r"task a: there is nothing at .*nowhere:label"):
        read_task("a", tmp_path / "nowhere:label")
    with pytest.raises(DataError, match=r"task a: d\.csv has no column 'b'"):
        read_task("a", f"{table(tmp_path / 'd.csv', 'one,x')}:b")


def test_class_folders_below_are_named_with_the_task(tmp_path: Path) -> None:
    pictures(tmp_path / "images", "car/1.jpg", "bus/2.jpg")
    with pytest.raises(DataError, match=r"task a: .* holds one folder, images, which contains the class folders"):
        read_task("a", tmp_path)


def test_images_and_texts_are_not_joined_and_it_is_said_which_is_which(tmp_path: Path) -> None:
    cars = pictures(tmp_path / "cars", "car/1.jpg")
    reviews = table(tmp_path / "d.csv", "one,x")
    with pytest.raises(DataError, match=r"\(images in cars, texts in mood and tone\)"):
        read_tasks({"cars": cars, "mood": reviews, "tone": reviews})


@pytest.mark.parametrize("name", ["", " a", "a/b", "a=b", "..", "a\nb", "a\\b"])
def test_a_name_that_cannot_be_is_refused_before_anything_is_read(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name of a task"):
        read_tasks({"ok": "nowhere", name: "nowhere"})


def test_no_task_and_two_of_one_name_are_refused(tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", "one,x,y", "two,y,z", header="text,b,c")
    for joined in (read_tasks, join):
        with pytest.raises(ConfigError, match="no task was named"):
            joined({})
    with pytest.raises(ConfigError, match=r"several tasks would have the name a\.b"):
        join({"a": read(data, label_columns=["b", "c"]), "a.b": read(data, label_columns=["c"])})


def test_the_same_text_is_one_example_with_the_labels_of_each(tmp_path: Path) -> None:
    mood = table(tmp_path / "mood.csv", "same,up", "mine,down", "other,up")
    stars = table(tmp_path / "stars.csv", "theirs,1", "same,5", "Other,3")
    source = read_tasks({"mood": mood, "stars": stars, "topic": table(tmp_path / "t.csv", "same,x", "theirs,y")})
    assert labels(source) == {
        "mood/mood.csv#0": {"mood": "up", "stars": "5", "topic": "x"},
        "mood/mood.csv#1": {"mood": "down"},
        "mood/mood.csv#2": {"mood": "up"},
        "stars/stars.csv#0": {"stars": "1", "topic": "y"},
        "stars/stars.csv#2": {"stars": "3"},
    }
    said = finding(source, "tasks-share-examples")
    assert said.severity == "info" and said.message.startswith("2 texts are in several data sets")
    assert said.message.endswith("1 of mood, stars and topic; 1 of stars and topic")
    assert said.items == (
        "mood/mood.csv#0 = stars/stars.csv#1 = topic/t.csv#0",
        "stars/stars.csv#0 = topic/t.csv#1",
    )


def test_files_of_equal_bytes_are_one_example_and_only_equal_sizes_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cars = pictures(tmp_path / "cars", "car/1.jpg=12345", "car/2.jpg=abcde", "none/3.jpg=1234567")
    signs = pictures(tmp_path / "signs", "stop/9.jpg=12345", "go/8.jpg=edcba", "go/7.jpg=123", "go/6.jpg=321")
    hashed: list[str] = []
    whole = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: hashed.append(path.name) or whole(path))
    source = read_tasks({"cars": cars, "signs": signs})
    assert labels(source)["cars/car/1.jpg"] == {"cars": "car", "signs": "stop"} and len(source.examples) == 6
    assert sorted(hashed) == ["1.jpg", "2.jpg", "8.jpg", "9.jpg"]


def test_a_copy_in_test_meets_a_copy_in_test_and_the_rest_stays(tmp_path: Path) -> None:
    first = table(
        tmp_path / "a.csv", "same,w,", "same,x,train", "same,y,test", "one,z,valid", header="text,label,split"
    )
    second = table(tmp_path / "b.csv", "same,5,test", "two,1,train", header="text,label,split")
    third = table(tmp_path / "c.csv", "same,7,train", "same,8,valid", header="text,label,split")
    source = read_tasks({"a": first, "b": second, "c": third})
    assert [one.labels for one in source.examples if one.raw == "same"] == [
        {"a": "w"},
        {"a": "x", "c": "7"},
        {"a": "y", "b": "5", "c": "8"},
    ]
    assert source.splits["a/a.csv#2"] == "test" and len(source.examples) == 5


def test_the_most_held_out_split_is_the_one_and_each_data_set_keeps_what_it_says(tmp_path: Path) -> None:
    for name, split in (("a", "valid"), ("b", "train"), ("c", "test")):
        table(tmp_path / name / f"{split}.csv", "same,x")
        table(tmp_path / name / "train-2.csv", f"only {name},y")
    source = read_tasks({name: tmp_path / name for name in "abc"})
    (identity,) = (one.id for one in source.examples if one.raw == "same")
    assert source.splits[identity] == "test"
    assert [part.splits[identity] for part in source.parts] == ["valid", "train", "test"]


def test_a_missing_file_and_an_empty_row_are_left_to_the_audit(tmp_path: Path) -> None:
    rows = '{"path": "gone.jpg", "label": "x"}\n{"path": "a\\u0000b.jpg", "label": "y"}\n'
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(rows, encoding="utf-8")
    assert len(read_tasks({"a": tmp_path / "a.jsonl", "b": tmp_path / "b.jsonl"}).examples) == 4
    none = Source("d", tmp_path, (Example("1", b"", {"label": "x"}), Example("2", b"12", {"label": "y"})))
    assert len(join({"c": none, "d": none}).examples) == 3, "no picture is no picture in common"


def test_what_becomes_of_each_source_comes_before_it_is_joined(tmp_path: Path) -> None:
    data = table(tmp_path / "d.csv", "one,x", "two,y")
    seen: list[str] = []

    def each(source: Source) -> Source:
        seen.append(source.name)
        return Source(source.name, source.location, source.examples[:1], modality="text")

    assert len(source_from({"a": data, "b": data}, each=each).examples) == 1 and seen == ["d", "d"]
    assert len(source_from(data, each=each).examples) == 1
    assert source_from(data) == read(data) and source_from(read(data)) == read(data)


def test_a_long_name_and_places_far_apart(tmp_path: Path) -> None:
    one = table(tmp_path / "one" / "d.csv", "one,x")
    names = {f"task-number-{at}": one for at in range(9)}
    assert read_tasks(names).name == "task-number-0+8-more" and read_tasks(names).location == one
    root = Source("r", Path("/d.csv"), (Example("1", "text", {"label": "x"}),), modality="text")
    assert join({"a": read(one), "b": root}).location == one, "all they share is the root"


def sentences(n: int, start: int = 0) -> list[str]:
    return [f"sentence number {at}" for at in range(start, start + n)]


def test_each_task_is_divided_by_what_its_own_data_set_says(tmp_path: Path) -> None:
    for split, at, n in (("train", 0, 70), ("test", 70, 30)):
        table(tmp_path / "a" / f"{split}.csv", *(f"{text},{'xy'[k % 2]}" for k, text in enumerate(sentences(n, at))))
    table(tmp_path / "b.csv", *(f"{text},{k % 2}" for k, text in enumerate(sentences(100, 200))))
    dataset = prepare({"a": tmp_path / "a", "b": tmp_path / "b.csv"})
    assert numbers(dataset, "a") == (56, 14, 30) and numbers(dataset, "b") == (70, 15, 15)
    assert dataset.places == {"a": str(tmp_path / "a"), "b": str(tmp_path / "b.csv")}
    assert dataset.classes == {"a": ("x", "y"), "b": ("0", "1")}
    assert prepare(tmp_path / "b.csv").places == {}


def test_texts_cut_into_words_are_copies_of_the_same_texts(tmp_path: Path) -> None:
    """One data set says "won't", the other "wo n't": what one is tested on, the other does not learn from."""
    plain = [f"it won't do ({at})." for at in range(80)]
    cut = [f"It wo n't do ( {at} ) ." for at in range(80)]
    for name, rows in (("plain", plain), ("cut", cut)):
        splits: tuple[Split, ...] = ("train", "train", "valid", "test") if name == "plain" else ("test", "train")
        lines = [f"{text},{'xy'[at % 3 > 0]},{splits[at % len(splits)]}" for at, text in enumerate(rows)]
        table(tmp_path / f"{name}.csv", *lines, header="text,label,split")
    report = check({"plain": tmp_path / "plain.csv", "cut": tmp_path / "cut.csv"})
    dataset = report.dataset
    assert report.leaks == () and len(report.near_duplicates) == 80
    assert "near-duplicates" not in {one.code for one in report.findings}, "no copy counts twice for one task"
    assert len(finding(dataset, "left-to-test").items) == 20 + 40, "test of plain; test of cut, of which none is both"
    assert numbers(dataset, "plain")[2] == 20 and numbers(dataset, "cut")[2] == 40
    one = table(tmp_path / "one.csv", *(f"{text},{'xy'[at % 2]}" for at, text in enumerate([*plain, *cut])))
    assert check(one).near_duplicates == () and len(check({"one": one}).near_duplicates) == 80


def test_half_of_each_tasks_labels_blanked_keeps_every_row_that_has_one(tmp_path: Path) -> None:
    rng = random.Random(0)
    rows = []
    for at, text in enumerate(sentences(400)):
        blank = [rng.random() < 0.5 for _ in range(2)]
        split = ("train", "train", "valid", "test")[at % 4]
        mood, topic = ("" if gone else label for gone, label in zip(blank, ("ud"[at % 2], "pqr"[at % 3]), strict=True))
        rows.append((text, mood, topic, split))
    data = table(tmp_path / "d.csv", *map(",".join, rows), header="text,mood,topic,split")
    dataset = prepare(data, label_columns=("mood", "topic"))
    kept = {example.raw: (split, example.labels) for split in SPLITS for example in dataset.examples(split)}
    assert kept == {
        text: (split, {task: label for task, label in (("mood", mood), ("topic", topic)) if label})
        for text, mood, topic, split in rows
        if mood or topic
    }
    none = [f"d.csv row {at + 2}" for at, (_, mood, topic, _) in enumerate(rows) if not mood and not topic]
    assert len(none) > 50 and list(finding(dataset, "unlabelled").items) == none
    missing = {one.message.split()[-1]: len(one.items) for one in dataset.findings if one.code == "missing-labels"}
    assert missing == {
        f"{task!r}": sum(not row[at] and bool(row[3 - at]) for row in rows) for at, task in ((1, "mood"), (2, "topic"))
    }


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="no data sets here")
def test_polarity_and_rating_of_the_same_sentences_keep_their_test_splits() -> None:
    places = {name: SHARED / f"movie-{name}" for name in ("polarity", "rating")}
    dataset = prepare(places)
    for name, place in places.items():
        alone = prepare(place)
        assert {(one.raw, one.labels[name]) for one in dataset.test if name in one.labels} == {
            (one.raw, one.labels["label"]) for one in alone.test
        }
    assert numbers(dataset, "rating") == (8529, 1100, 2210) and numbers(dataset, "polarity") == (7415, 1112, 2132)
    assert len(finding(dataset, "tasks-share-examples").items) == 5063


def test_the_readme_of_sources_names_what_is_there() -> None:
    folder = Path(sources.__file__).parent
    assert all(f"{file.name} " in str(sources.__doc__) for file in folder.glob("[a-z]*.py"))
