from __future__ import annotations

import time
from itertools import product
from pathlib import Path

import pytest

from ghep.data.splitting import copies
from ghep.data.splitting.copies import across_splits, exact_groups, pairs_within
from ghep.data.text.audit import alike_texts, fold, scan_texts, text_fact, text_findings
from ghep.types import Example, Split


def examples(*texts: object, label: str = "a") -> list[Example]:
    return [Example(str(at), text, {"label": label}) for at, text in enumerate(texts)]


def codes(*texts: str, labels: str = "") -> dict[str, tuple[str, ...]]:
    given = [Example(str(at), text, {"label": labels[at : at + 1] or "a"}) for at, text in enumerate(texts)]
    return {finding.code: finding.items for finding in text_findings(scan_texts(given).facts, given)}


class Keeps(dict[str, str]):
    def keep(self, example: Example, text: str) -> None:
        self[example.id] = text


def test_keep_and_progress_receive_every_usable_text_once(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("\ufeffên fichier", encoding="utf-8")
    done: list[tuple[int, int]] = []
    keep = Keeps()
    given = examples("one two", " ", "cut \ud800", tmp_path / "d.txt", tmp_path / "none.txt")
    seen = scan_texts(given, keep=keep, progress=lambda *at: done.append(at))
    assert keep == {"0": "one two", "2": "cut \ufffd", "3": "ên fichier"}
    assert done == [(at, 5) for at in range(1, 6)]
    assert [(fact.id, fact.characters, fact.words) for fact in seen.facts] == [("0", 7, 2), ("2", 5, 2), ("3", 10, 2)]
    assert [(bad.id, bad.reason, bad.path) for bad in seen.quarantined] == [
        ("1", "empty", None),
        ("4", "missing", tmp_path / "none.txt"),
    ]
    assert scan_texts(given, workers=4) == seen


def test_an_exception_in_keep_stops_the_scan() -> None:
    class Full(Keeps):
        def keep(self, example: Example, text: str) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        scan_texts(examples("a", "b"), keep=Full())


def test_equal_and_alike() -> None:
    texts = (
        "Very good",
        "very  GOOD\n",
        "very good!",
        "Very good",
        "ｖｅｒｙ good",
        "STRASSE",
        "straße",
        "é",
        "e\u0301",
    )
    facts = scan_texts(examples(*texts)).facts
    assert exact_groups(facts) == [("0", "3")]
    assert list(alike_texts(facts)) == [("0", "1"), ("0", "4"), ("1", "4"), ("5", "6"), ("7", "8")]
    assert list(alike_texts(facts[::-1]))[:3] == [("1", "3"), ("1", "4"), ("3", "4")]  # only the first of equal texts


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("a very good film indeed", "a very good film indeed 👍🏽 ❤️", True),
        ("a very good film indeed", "<p>A very good film indeed.<br/></p>", True),
        ("a very good film indeed", "a very good film <b>indeed</b> 👨‍👩‍👧", True),
        ("a very good film, x < 5 > 3", "a very good film, x", False),
        ("good film", "good film 👎", False),
    ],
)
def test_texts_that_differ_in_emoji_or_tags_alone_are_alike(one: str, other: str, alike: bool) -> None:
    assert bool(alike_texts(scan_texts(examples(one, other)).facts)) == alike


def test_folding_is_stable() -> None:
    for text in ("ΑΣ ας", "ǅ  x", "ﬁ İ ẞ", "Việt\u00a0Nam"):
        assert fold(fold(text)) == fold(text) and text_fact("a", text).folded == text_fact("b", fold(text)).folded


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("café", None),
        ("cafÃ©", "mojibake"),
        ("«CAFÉ»", None),
        ("it â€™s", "mojibake"),
        ("nhiá»‡t tÃ¬nh", "mojibake"),
        ("giảng viên nhiệt tình, tận tâm", None),
        ("São Paulo é à ß ÷", None),
        ("房间设施总体还行", None),
        ("what \ufffd is", "lost-characters"),
        ("a < b and c > d & e", None),
        ("good<br />film", "markup"),
        ("Tom &amp; Jerry", "markup"),
        ("<3 <3 <user> said", None),
    ],
)
def test_odd_texts_are_reported(text: str, odd: str | None) -> None:
    assert text_fact("x", text).oddities == (frozenset([odd]) if odd else frozenset())
    assert codes(text * 9).get(odd or "") is not None if odd else True


def test_a_little_markup_is_not_reported() -> None:
    assert "markup" in codes("<b>bold claim</b>", *["an ordinary text"] * 99)
    assert "markup" not in codes("<b>bold claim</b>", *["an ordinary text"] * 100)


def test_short_texts_and_classes_of_one_text() -> None:
    assert codes("12", "13", "14", "a proper sentence") == {"short-texts": ()}
    found = codes("the same text", "The same  text", "one thing", "another thing", "only one here", labels="aabbc")
    assert found == {"class-of-one-text": ("a: 2",)}


def test_large_groups_of_copies_link_every_example_but_not_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Like "ok" among reviews: all pairs of 20,000 copies would exhaust memory."""
    group = tuple(f"{at:05}" for at in range(20_000))
    where: dict[str, Split] = {one: "train" if at % 2 else "test" for at, one in enumerate(group)}
    began = time.perf_counter()
    equal, alike = across_splits([group], [], where)
    assert time.perf_counter() - began < 2 and alike == []
    assert {one for pair in equal for one in pair} == set(group) and len(equal) < 2 * len(group)
    assert all(where[a] != where[b] and a < b for a, b in equal)
    assert len(pairs_within(group)) == len(group) - 1
    monkeypatch.setattr(copies, "MANY", 10**9)
    few = group[:40]
    expected = {(a, b) for a, b in product(few, few) if a < b and where[a] != where[b]}
    assert set(across_splits([few], [], where)[0]) == expected
    assert set(across_splits([few[:20], few[20:]], [(few[0], few[20])], where)[1]) == {
        pair for pair in expected if pair[0] < few[20] <= pair[1]
    }


@pytest.mark.slow
def test_ten_thousand_texts_take_well_below_a_second() -> None:
    given = examples(
        *(f"Review {at}: the film is a vivid, vibrant individual's story; très bien! " * 2 for at in range(10_000))
    )
    took = []
    for _ in range(3):  # the machine may be busy
        began = time.process_time()
        alike_texts(scan_texts(given).facts)
        took.append(time.process_time() - began)
    assert min(took) < 1, took
