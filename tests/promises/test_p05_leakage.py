"""P5: copies across splits are reported, all of them and nothing else: equal files, saved again, resized; equal texts,
and texts that differ in case, spaces, punctuation, links or mentions only.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.check import check, prepare

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def photo(seed: int, size: tuple[int, int] = (200, 150)) -> Image.Image:
    rng = np.random.default_rng(seed)
    layers = [
        np.asarray(Image.fromarray(rng.integers(0, 256, (n, n, 3), dtype=np.uint8)).resize(size, 3), dtype=float)
        for n in (3, 7, 15, 40)
    ]
    return Image.fromarray((sum(layers) / 4).astype(np.uint8))


def save(image: Image.Image, path: Path, **options: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


COPIES = {
    "quality60.jpg": lambda image: (image, {"quality": 60}),
    "quality40.jpg": lambda image: (image, {"quality": 40}),
    "again.webp": lambda image: (image, {"quality": 70}),
    "lossless.png": lambda image: (image, {}),
    "half.jpg": lambda image: (image.resize((100, 75)), {"quality": 85}),
    "double.jpg": lambda image: (image.resize((400, 300)), {"quality": 85}),
    "odd-size.png": lambda image: (image.resize((137, 103)), {}),
}


@pytest.fixture
def leaky(tmp_path: Path) -> Path:
    for at in range(40):
        split = "train" if at < 24 else "test"
        save(photo(at), tmp_path / split / ("cat", "dog")[at % 2] / f"{at:02}.jpg", quality=92)
    for at, (name, change) in enumerate(COPIES.items()):
        image, options = change(Image.open(tmp_path / "train" / ("cat", "dog")[at % 2] / f"{at:02}.jpg"))
        save(image, tmp_path / "test" / ("cat", "dog")[at % 2] / name, **options)
    (tmp_path / "test" / "cat" / "same.jpg").write_bytes((tmp_path / "train" / "cat" / "20.jpg").read_bytes())
    return tmp_path


def test_exactly_the_leaking_pairs_are_named(leaky: Path) -> None:
    report = check(leaky)
    copies = [f"test/{('cat', 'dog')[at % 2]}/{name}" for at, name in enumerate(COPIES)]
    expected = {(copy, f"train/{('cat', 'dog')[at % 2]}/{at:02}.jpg") for at, copy in enumerate(copies)}
    expected.add(("test/cat/same.jpg", "train/cat/20.jpg"))
    assert set(report.leaks) == expected
    codes = {finding.code: finding for finding in report.findings}
    assert codes["leakage-exact"].items == ("test/cat/same.jpg ~ train/cat/20.jpg",)
    assert set(codes["leakage-near"].items) == {" ~ ".join(pair) for pair in expected if "same" not in pair[0]}
    assert report.exit_code == 2


def test_a_flat_folder_is_split_without_leaks(leaky: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    flat = tmp_path_factory.mktemp("flat")
    for path in leaky.rglob("*.*"):
        target = flat / path.parent.name / f"{path.parent.parent.name}-{path.name}"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    for seed in range(5):
        report = check(flat, seed=seed)
        assert report.leaks == ()
        assert len(report.near_duplicates) == len(COPIES) and len(report.duplicates) == 1


def test_one_picture_with_two_labels_is_named(leaky: Path) -> None:
    (leaky / "train" / "dog" / "also.jpg").write_bytes((leaky / "train" / "cat" / "22.jpg").read_bytes())
    codes = {finding.code: finding for finding in check(leaky).findings}
    assert codes["conflicting-labels"].items == ("train/cat/22.jpg (cat) ~ train/dog/also.jpg (dog)",)


def test_nearly_empty_pictures_are_no_copies(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for at in range(40):
        grey = np.clip(rng.normal(200 + at % 5, 0.8, (64, 64, 3)), 0, 255).astype(np.uint8)
        sky = np.tile(np.linspace(120, 220, 64).astype(np.uint8)[:, None, None], (1, 64, 3))
        sky[:, :, 2] += at % 10
        sky[at, at] += 9
        save(Image.fromarray(grey), tmp_path / "wall" / f"{at}.png")
        save(Image.fromarray(sky), tmp_path / "sky" / f"{at}.png")
    assert check(tmp_path).near_duplicates == ()


TEXT_COPIES = {
    "same": lambda text: text,
    "case": str.upper,
    "spaces": lambda text: text.replace(" ", "  ") + "\n",
    "wide": lambda text: text.translate({at: at + 0xFEE0 for at in range(0x61, 0x7B)}),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "stop": lambda text: text + "!",
    "commas": lambda text: text.replace(" nº", ", nº"),
    "shared": lambda text: f"RT @someone: {text} https://t.co/aB3?x=1",
}
CHANGED = {
    "number": lambda text: text.replace("1", "2"),
    "accent": lambda text: text.replace("é", "e"),
    "word": lambda text: text.replace("film", "movie"),
}


def leaky_texts() -> list[dict[str, str]]:
    """Sixty texts in two splits; one copy of each kind in test, and one of each change that makes it another text."""
    kinds = ("pos", "neg")
    rows = [
        {"id": f"{at:02}", "text": f"Le film nº 1{at:02} était très bon", "label": kinds[at % 2], "split": split}
        for at, split in enumerate(["train"] * 40 + ["test"] * 20)
    ]
    for at, (name, change) in enumerate([*TEXT_COPIES.items(), *CHANGED.items()]):
        rows.append({**rows[at], "id": name, "text": change(rows[at]["text"]), "split": "test"})
    return rows


def as_lines(rows: list[dict[str, str]], path: Path) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_exactly_the_leaking_texts_are_named(tmp_path: Path) -> None:
    report = check(as_lines(leaky_texts(), tmp_path / "reviews.jsonl"))
    assert set(report.leaks) == {(f"{at:02}", name) for at, name in enumerate(TEXT_COPIES)}
    codes = {finding.code: finding for finding in report.findings}
    assert codes["leakage-exact"].items == (
        '00 "Le film nº 100 était très bon" ~ same "Le film nº 100 était très bon"',
    )
    quoted = {item.split()[0] + " " + item.split(" ~ ")[1].split()[0] for item in codes["leakage-near"].items}
    assert quoted == {f"{at:02} {name}" for at, name in enumerate(TEXT_COPIES) if at}
    assert report.duplicates == (("00", "same"),) and len(report.near_duplicates) == len(TEXT_COPIES) - 1
    assert "texts" in codes["leakage-exact"].message and "pictures" not in codes["leakage-exact"].remedy
    assert report.exit_code == 2


def test_texts_are_split_without_leaks(tmp_path: Path) -> None:
    rows = [{key: value for key, value in row.items() if key != "split"} for row in leaky_texts()]
    path = as_lines(rows, tmp_path / "reviews.jsonl")
    for seed in range(5):
        report = check(path, seed=seed)
        assert report.leaks == ()
        assert len(report.near_duplicates) == len(TEXT_COPIES) - 1 and len(report.duplicates) == 1


def test_one_text_with_two_labels_is_named(tmp_path: Path) -> None:
    rows = leaky_texts()
    rows.append({**rows[20], "id": "also", "text": rows[20]["text"].lower(), "label": "neg"})
    codes = {finding.code: finding for finding in check(as_lines(rows, tmp_path / "reviews.jsonl")).findings}
    text = rows[20]["text"]
    assert codes["conflicting-labels"].items == (f'20 "{text}" (pos) ~ also "{text.lower()}" (neg)',)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hymenoptera", "flowers17", "cats-dogs", "pets", "road/cars", "road/pedestrians"])
def test_no_false_alarm_on_real_photos(name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"needs the data set {name}")
    assert check(SHARED / name).leaks == ()
    assert prepare(SHARED / name).quarantined == ()
