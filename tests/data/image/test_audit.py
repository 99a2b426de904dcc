from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ghep.data.image.audit import Fact, fingerprint, image_findings, scan
from ghep.data.image.levels import Levels
from ghep.data.image.loader import load_image
from ghep.data.labels import _typos
from ghep.data.splitting.copies import _candidates, copy_groups, near_pairs
from ghep.errors import BadImage
from ghep.types import Example


class Keeps:
    levels: Levels | None = None

    def __init__(self, at_least: int | None = None) -> None:
        self.at_least = at_least
        self.images: dict[str, Image.Image] = {}

    def keep(self, example: Example, image: Image.Image) -> None:
        self.images[example.id] = image


def examples(count: int) -> list[Example]:
    rng = np.random.default_rng(0)
    return [Example(str(at), rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)) for at in range(count)]


def test_keep_and_progress_receive_every_usable_example_once(tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    keep = Keeps()
    all_ = [*examples(20), Example("bad", tmp_path / "none.jpg")]
    seen = scan(all_, keep=keep, progress=lambda *at: done.append(at))
    assert keep.images.keys() == {str(at) for at in range(20)}
    assert all(image.size == (30, 20) and image.mode == "RGB" for image in keep.images.values())
    assert done == [(at, 21) for at in range(1, 22)]
    assert [fact.id for fact in seen.facts] == [str(at) for at in range(20)]
    assert [(bad.id, bad.reason, bad.path) for bad in seen.quarantined] == [("bad", "missing", tmp_path / "none.jpg")]
    assert scan(all_, workers=4) == seen


def test_an_exception_in_keep_stops_the_scan() -> None:
    class Full(Keeps):
        def keep(self, example: Example, image: Image.Image) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        scan(examples(50), keep=Full())


@pytest.mark.parametrize("at_least", [None, 100, 40])
def test_a_reduced_image_has_its_original_size(tmp_path: Path, at_least: int | None) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    smooth = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((801, 600), 3)
    smooth.save(tmp_path / "turned.jpg", exif=exif)
    keep = Keeps(at_least)
    (fact,) = scan([Example("turned", tmp_path / "turned.jpg")], keep=keep).facts
    assert (fact.width, fact.height) == (600, 801)
    assert keep.images["turned"].size == {None: (600, 801), 100: (150, 201), 40: (75, 101)}[at_least]
    smooth.save(tmp_path / "upright.png")
    (fact,) = scan([Example("upright", tmp_path / "upright.png")], keep=keep).facts
    assert (fact.width, fact.height) == keep.images["upright"].size == (801, 600)


@pytest.mark.parametrize("at_least", [None, 64])
@pytest.mark.slow
def test_a_large_photo_and_its_small_copy_are_found(tmp_path: Path, at_least: int | None) -> None:
    rng, found = np.random.default_rng(5), []
    for number in range(4):
        layers = [Image.fromarray(rng.integers(0, 256, (n, n, 3), dtype=np.uint8)) for n in (4, 12, 40)]
        photo = np.mean([np.asarray(layer.resize((2400, 1600), 3), dtype=float) for layer in layers], axis=0)
        for name, width in (("large", 2400), ("small", 300)):
            path = tmp_path / f"{name}{number}.jpg"
            Image.fromarray(photo.astype(np.uint8)).resize((width, width * 2 // 3), 2).save(path, quality=80)
            found.append(Example(path.stem, path))
    keep = Keeps(at_least) if at_least else None
    pairs = list(near_pairs(scan(found, keep=keep).facts))
    assert pairs == [(f"large{number}", f"small{number}") for number in range(4)]


def test_copies_are_grouped_through_each_other() -> None:
    assert copy_groups([("a", "b"), ("x", "y")], [("b", "c"), ("d", "c")]) == {
        **dict.fromkeys("abcd", "a"),
        **dict.fromkeys("xy", "x"),
    }


def test_the_index_finds_all_pairs() -> None:
    """Fingerprints within seven bits of each other share a byte: the index loses no pair."""
    rng = np.random.default_rng(1)
    facts = []
    for at in range(60):
        coarse = rng.integers(0, 256, (8, 8), dtype=np.uint8)
        for copy in range(2):
            thumb = np.asarray(Image.fromarray(coarse).resize((32, 32), Image.Resampling.BICUBIC), dtype=float)
            thumb = np.clip(thumb + rng.normal(0, 1.5, (32, 32)) * copy, 0, 255).astype(np.uint8)
            digest = f"{at} {copy}".encode()
            facts.append(Fact(f"{at:02}{copy}", digest, 9, 9, "", fingerprint(thumb), thumb.tobytes(), (0, 0, 0)))
    assert list(near_pairs(facts)) == [(f"{at:02}0", f"{at:02}1") for at in range(60)]
    assert near_pairs(facts[::-1]) == near_pairs(facts)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((4, 4, 2), np.uint8), "bad-array"),
        (np.zeros((3, 8, 8), np.uint8), "bad-array"),
        (np.zeros((4, 4), np.int64), "bad-array"),
        (np.full((4, 4), 1.5), "bad-array"),
        (np.full((4, 4), np.nan), "bad-array"),
        (np.zeros((0, 4), np.uint8), "empty"),
        (np.zeros(4, np.uint8), "bad-array"),
    ],
)
def test_invalid_arrays_are_refused(array: np.ndarray, reason: str) -> None:
    with pytest.raises(BadImage) as caught:
        load_image(array)
    assert caught.value.reason == reason


def test_other_types_are_refused(tmp_path: Path) -> None:
    for raw, reason in ((tmp_path, "unreadable"), ("a\0b", "unreadable"), (3, "unsupported-type"), (b"", "empty")):
        with pytest.raises(BadImage) as caught:
            load_image(raw)  # type: ignore[arg-type]
        assert caught.value.reason == reason


def test_flat_optimised_jpegs_are_not_damaged(tmp_path: Path) -> None:
    """A blank page compresses to long runs of zero bits, which is valid if the code of "no change" is all zeros."""
    for value in (0, 128, 255):
        for options in ({}, {"optimize": True}, {"progressive": True}, {"quality": 100, "subsampling": 0}):
            path = tmp_path / "flat.jpg"
            Image.new("RGB", (3000, 2000), (value, value, 255 - value)).save(path, **options)
            assert load_image(path).size == (3000, 2000)


def test_pillows_warnings_stay_inside_and_filters_are_restored() -> None:
    import warnings

    before = list(warnings.filters)
    scan(examples(40), workers=4)
    assert warnings.filters == before


@pytest.mark.parametrize(
    ("counts", "doubted"),
    [
        ({"cat": 100, "car": 100, "bat": 4}, []),
        ({"cat": 100, "cta": 5}, [("cta", "cat")]),
        ({"form": 100, "from": 90}, []),
        ({"chihuahua": 100, "chihuaua": 2}, [("chihuaua", "chihuahua")]),
        ({"limit_20": 100, "limit_30": 2, "limit_02": 2}, []),
        ({"horse": 200, "house": 150}, []),
        ({"cats": 100, "cat": 3}, []),
    ],
)
def test_misspelt_names_are_rare_and_one_edit_away(counts: dict[str, int], doubted: list[tuple[str, str]]) -> None:
    assert _typos(counts) == doubted


def test_each_pair_is_proposed_once() -> None:
    rng = np.random.default_rng(0)
    values = [int(base) ^ (1 << int(bit)) for base in rng.integers(0, 2**63, 40) for bit in rng.integers(0, 63, 6)]
    pairs = [pair for left, right in _candidates(values) for pair in zip(left.tolist(), right.tolist(), strict=True)]
    near = {
        (a, b)
        for a in range(len(values))
        for b in range(a + 1, len(values))
        if (values[a] ^ values[b]).bit_count() <= 2  # then a byte is equal in any case
    }
    assert len(pairs) == len(set(pairs)) and near <= set(pairs)


def odd_findings(images: dict[str, np.ndarray]) -> dict[str, tuple[str, ...]]:
    seen = scan([Example(name, image) for name, image in images.items()])
    return {finding.code: finding.items for finding in image_findings(seen.facts)}


def test_blank_and_dark_images_are_reported() -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
    shape = np.full((40, 40, 4), 255, np.uint8)
    shape[:20, :, 3] = 0
    black = shape.copy()
    black[..., :3] = 0
    night = photo // 20
    night[5, :8] = 255  # a street lamp
    noisy = np.full((40, 40, 3), 120, np.uint8) + photo // 64
    images = {
        "photo": photo,
        "pale": 200 + photo // 8,
        "night": night,
        "dark": photo // 20,
        "flat": np.full((40, 40, 3), (9, 90, 200), np.uint8),
        "noisy": noisy,
        "white shape": shape,
        "black shape": black,
        "hidden": np.dstack([photo, np.zeros((40, 40, 1), np.uint8)]),
    }
    assert odd_findings(images) == {
        "blank-images": ("flat", "noisy"),
        "blank-on-white": ("white shape", "hidden"),
        "dark-images": ("dark",),
    }


def test_a_few_blank_images_among_many_are_info() -> None:
    rng = np.random.default_rng(0)
    images = {f"{at}": rng.integers(0, 256, (8, 8, 3), dtype=np.uint8) for at in range(150)}
    for count, severity in ((1, "info"), (2, "warning")):
        images |= {f"blank {at}": np.zeros((8, 8, 3), np.uint8) for at in range(count)}
        seen = scan([Example(name, image) for name, image in images.items()])
        (found,) = image_findings(seen.facts)
        assert (found.code, found.severity, len(found.items)) == ("blank-images", severity, count)


def test_a_document_and_a_large_noise_image_are_not_blank() -> None:
    page = np.full((600, 400), 255, np.uint8)
    page[300, 100:160] = 0
    noise = np.random.default_rng(0).integers(0, 256, (900, 900), dtype=np.uint8)
    assert odd_findings({"page": page, "noise": noise}) == {}


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
@pytest.mark.parametrize(("frames", "left"), [(1, ""), (2, "1 more frame"), (4, "3 more frames")])
def test_further_frames_are_reported_as_unused(kind: str, frames: int, left: str, tmp_path: Path) -> None:
    images = [Image.fromarray(one.raw) for one in examples(frames)]
    path = tmp_path / f"moving.{kind.lower()}"
    images[0].save(path, kind, save_all=True, append_images=images[1:])
    seen = scan([Example("moving", path)])
    assert [fact.left_out for fact in seen.facts] == [left]
    said = [finding for finding in image_findings(seen.facts) if finding.code == "partly-used"]
    assert [one.items for one in said] == ([(f"moving: {left}",)] if left else [])
    assert all(one.message.startswith("1 file contains more than one ") for one in said)


def under_overlay(content: np.ndarray) -> np.ndarray:
    """A dark image of 12 bits in 16, with a bright mark that all images share."""
    values = np.rint(content * (4095 / 255)).astype(np.uint16)
    values[6:18, 8:40:8] = values[6:9, 8:40] = values[60:70, 50:90] = 65535
    return values


def test_different_images_with_one_bright_overlay_are_not_copies() -> None:
    rng = np.random.default_rng(0)
    contents = [
        np.asarray(Image.fromarray(rng.integers(40, 190, (16, 16), dtype=np.uint8)).resize((96, 96), 3))
        for _ in range(24)
    ]
    examples = [Example(f"{at:02}", under_overlay(content)) for at, content in enumerate(contents)]
    noise = rng.normal(0, 3, contents[0].shape)
    copies = [
        Example(f"{at:02} copy", under_overlay(np.clip(content + noise, 0, 255)))
        for at, content in enumerate(contents[:6])
    ]
    found = near_pairs(scan([*examples, *copies]).facts)
    assert set(found) == {(f"{at:02}", f"{at:02} copy") for at in range(6)}
