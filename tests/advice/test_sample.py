"""A draw that stands for the whole: shares of the classes, and nobody's order has a say."""

from __future__ import annotations

from collections import Counter

from ghep.advice.sample import stratified
from ghep.types import Example


def examples(**counts: int) -> list[Example]:
    return [
        Example(f"{label}/{number}", None, {"label": label})
        for label, count in counts.items()
        for number in range(count)
    ]


def ids(drawn: tuple[Example, ...]) -> set[str]:
    return {example.id for example in drawn}


def test_few_come_back_as_they_are() -> None:
    few = examples(a=3, b=2)
    assert stratified(few, 5) == tuple(few)


def test_each_class_has_its_share_and_none_is_lost() -> None:
    drawn = stratified(examples(a=600, b=300, c=4), 100)
    counts = Counter(example.labels["label"] for example in drawn)
    assert abs(len(drawn) - 100) <= 3
    assert abs(counts["a"] - 66) <= 2 and abs(counts["b"] - 33) <= 2 and counts["c"] >= 1


def test_the_order_has_no_say_and_the_seed_has() -> None:
    many = examples(a=60, b=60)
    drawn = stratified(many, 40)
    assert ids(drawn) == ids(stratified(many[::-1], 40))
    assert ids(drawn) != ids(stratified(many, 40, seed=1))
    places = [many.index(example) for example in drawn]
    assert places == sorted(places), "in the order they came"
