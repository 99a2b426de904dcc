"""Which source class a label means."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.backbone.packages import imagenet_labels, imagenet_synsets
from ghep.backbone.source_labels import outputs_called, outputs_of_labels, source_labels

CLASSES = Path(__file__).parents[3] / "shared" / "data" / "imagenet-sample" / "classes.txt"
LABELS = ("tench, Tinca tinca", "tiger cat", "crane", "crane", "tiger, Panthera tigris")


def test_names_synonyms_and_indexes() -> None:
    given = ["tench", "tinca tinca", "Tiger_Cat", "tiger", "crane", "3", "7", "lion"]
    assert outputs_of_labels(LABELS, given) == {
        "tench": 0,
        "tinca tinca": 0,
        "Tiger_Cat": 1,
        "tiger": 4,
        "3": 3,
    }, "crane means two classes, 7 and lion none"


def test_a_class_that_is_called_by_a_number_is_found_by_its_name() -> None:
    assert outputs_of_labels(("7", "3", "1"), ["1", "3", "2"]) == {"1": 2, "3": 1, "2": 2}


def test_an_equal_name_is_preferred_to_a_synonym() -> None:
    assert outputs_called(("cat, tom", "tom"), "tom") == [1]
    assert outputs_called(("cat, tom", "dog, tom"), "tom") == [0, 1]


def test_names_of_classes() -> None:
    assert source_labels("m", ("a", "b"), 2) == (("a", "b"), ())
    names, (finding,) = source_labels("m", (), 3)
    assert names == ("class 0", "class 1", "class 2") and finding.code == "subject-classes-unnamed"


def test_imagenet_by_wordnet_id() -> None:
    labels, (finding,) = source_labels("m", (), 1000)
    assert finding.code == "subject-imagenet-assumed" and labels == imagenet_labels()
    found = outputs_of_labels(labels, ["n01440764", "n01443537_goldfish", "n03126707", "999", "n99999999"])
    assert found == {"n01440764": 0, "n01443537_goldfish": 1, "n03126707": 517, "999": 999}
    assert outputs_of_labels(LABELS, ["n01440764"]) == {}, "only ImageNet's classes have these ids"


@pytest.mark.skipif(not CLASSES.is_file(), reason="needs the shared data")
def test_the_ids_are_in_the_order_of_the_outputs() -> None:
    lines = CLASSES.read_text(encoding="utf-8").splitlines()
    assert tuple(line.partition(",")[0] for line in lines) == imagenet_synsets()
