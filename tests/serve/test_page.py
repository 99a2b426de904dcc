"""The page as HTML: what it says of answers, problems and the model, and that nothing in it is markup or script."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from ghep.serve.facts import Card, Facts, TaskFacts, card_of
from ghep.serve.page import assets, page_html

EVIL = "<script>alert(1)</script>\"'|&"
FACTS = Facts(
    "pets", "3f9a2c81d0e4", "image", False, (TaskFacts("label", "classification", ("cat", "dog"), True),), Card(),
    explains=False, most_bytes=20 * 2**20, most_inputs=16, most_characters=1000,
)  # fmt: skip


def row(**given: Any) -> dict[str, Any]:
    empty = {"label": None, "probability": None, "probabilities": {}, "value": None, "interval": None}
    return {
        "input": "a.png",
        "task": "label",
        **empty,
        "problem": None,
        "unfamiliar": None,
        "abstained": False,
        **given,
    }


def answered(label: str, **probabilities: float) -> dict[str, Any]:
    return row(label=label, probability=probabilities.get(label, 0.5), probabilities=probabilities)


def shown(facts: Facts, *rows: dict[str, Any], **more: Any) -> str:
    return page_html(facts, answer={"predictions": list(rows)}, **more)


class Elements(HTMLParser):
    """Every element of a page as its tag and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def texts(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_classes_are_ranked_with_numbers_and_bars() -> None:
    html = shown(FACTS, answered("dog", cat=0.25, dog=0.75))
    assert "dog probability 0.750" in texts(html)
    assert re.findall(r'<rect width="([\d.]+)" height="1"/>', html) == ["75.0", "25.0"]
    assert texts(html).index("0.750") < texts(html).index("0.250")


def test_ratings_keep_their_order_and_more_classes_than_five_unfold() -> None:
    stars = replace(FACTS, tasks=(TaskFacts("stars", "rating", tuple("123456"), True),))
    probabilities = {name: (0.5 if name == "4" else 0.1) for name in "123456"}
    html = shown(stars, answered("4", **probabilities))
    assert re.findall(r'<th scope="row" class="name">(\d)</th>', html) == list("123456")
    many = {f"c{k:03d}": k / 10_000 for k in range(120)}
    classes = replace(FACTS, tasks=(TaskFacts("label", "classification", tuple(many), True),))
    html = shown(classes, answered("c119", **many))
    assert re.findall(r'class="name">(c\d+)</th>', html)[:6] == ["c119", "c118", "c117", "c116", "c115", "c114"]
    assert "<summary>and 115 more classes</summary>" in html and "and 20 more classes" in html


def test_several_tasks_label_sets_and_numbers() -> None:
    tasks = (
        TaskFacts("tags", "multi-label", ("red", "square"), False),
        TaskFacts("age", "regression", (), False),
        TaskFacts("size", "regression", (), False),
    )
    rows = (
        {**answered("", red=0.4, square=0.1), "task": "tags"},
        row(task="age", label="23.5", value=23.5, interval=[21.0, 26.25]),
        row(task="size", label="4", value=4.0),
    )
    said = texts(shown(replace(FACTS, tasks=tasks), *rows))
    assert "none of the classes probability 0.500" in said
    assert "Each class is a question of its own" in said
    assert "23.5 21 to 26.25 in 9 of 10 cases" in said
    assert "4 without an interval" in said
    assert "tags: any of 2 classes, age: a number, size: a number" in said


def test_unusable_inputs_problems_abstention_and_unfamiliar_inputs_are_reported() -> None:
    said = texts(shown(FACTS, row(problem={"reason": "truncated", "detail": "the file ends early"})))
    assert "no prediction the file ends early" in said
    problem = {"title": "Content Too Large", "detail": "the body is too large", "fix": "send fewer files"}
    html = page_html(FACTS, problem=problem)
    assert "Content Too Large the body is too large send fewer files" in texts(html) and 'role="alert"' in html
    said = texts(shown(FACTS, {**answered("dog", cat=0.4, dog=0.6), "abstained": True, "unfamiliar": True}))
    assert "The model abstains: this input is unlike its training data" in said and "too uncertain" not in said
    said = texts(shown(FACTS, {**answered("dog", cat=0.4, dog=0.6), "abstained": True, "unfamiliar": False}))
    assert "The model abstains: it is too uncertain" in said and "unlike" not in said
    assert "abstains" not in texts(shown(FACTS, answered("dog", cat=0.4, dog=0.6)))


def test_texts_are_shown_instead_of_their_names_and_pairs_have_two_fields() -> None:
    facts = replace(FACTS, modality="text")
    html = shown(facts, answered("dog", cat=0.4, dog=0.6), texts=["word " * 100])
    assert f'<h3 class="name">{("word " * 32)[:159].rstrip()}' in html and "a.png" not in html
    assert html.count("<textarea") == 1 and 'type="file"' not in html
    assert page_html(replace(facts, pairs=True)).count("<textarea") == 2


def test_names_are_never_markup_and_nothing_is_inline() -> None:
    tasks = (TaskFacts(EVIL, "classification", (EVIL, "dog"), True),)
    card = card_of(f"# {EVIL}\n\n## Limits\n\n{EVIL} [x](javascript:alert(1)) ![x](https://example.org/x.png)\n")
    facts = replace(FACTS, name=EVIL, version=EVIL, tasks=tasks, card=card, explains=True)
    rows = {**answered(EVIL, **{EVIL: 0.9, "dog": 0.1}), "input": EVIL, "task": EVIL}
    elements = Elements(page_html(facts, answer={"predictions": [rows]})).found
    assert [attributes for tag, attributes in elements if tag == "script"] == [{"src": "/page.js", "defer": None}]
    assert not {tag for tag, _ in elements} & {"style", "img", "iframe", "object", "base", "a"}
    names = {name for _, attributes in elements for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    where = next(attributes for tag, attributes in elements if "data-label" in attributes)
    assert (where["data-task"], where["data-label"]) == (EVIL, EVIL)


def test_labels_name_every_field_and_ids_are_unique() -> None:
    for facts in (FACTS, replace(FACTS, modality="text", pairs=True)):
        elements = Elements(page_html(facts)).found
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        fields = {attributes["id"] for tag, attributes in elements if tag in ("input", "textarea")}
        assert fields and fields == {attributes["for"] for tag, attributes in elements if tag == "label"}


def test_a_card_is_shown_in_short() -> None:
    readme = """---
license: "unknown"
---

# photos: small, linear_probe

## Data

| label | train |
|---|---|
| a\\|b | 30 |

## Results

| split | task | score | value | 95 % interval | n |
|---|---|---|---|---|---|
| valid | label | accuracy | 1.000 | 0.839 to 1.000 | 20 |
| test | label | accuracy | 0.950 | 0.764 to 0.991 | 20 |
| test | label | log_loss | 0.464 | - | 20 |
| test | tag\\|s | accuracy | 0.750 | - | 12 |

## Findings

- **info** `split-made`: divided by seed 0
- **info** `not-calibrated`: the probabilities are not calibrated
- **warning** `leakage`: 3 copies of &lt;a>

## Limits

Only the classes above.
"""
    card = card_of(readme)
    assert [(one.split, one.task, one.value) for one in card.scores] == [
        ("test", "label", "0.950"),
        ("test", "tag|s", "0.750"),
    ]
    assert card.warnings == ("the probabilities are not calibrated", "3 copies of <a>")
    html = page_html(replace(FACTS, card=card))
    said = texts(html)
    assert "0.950 95 % interval 0.764 to 0.991, 20 examples of test" in said and "0.750 12 examples of test" in said
    assert "trained on photos: small, linear_probe" in said and "Only the classes above." in said
    assert "3 copies of &lt;a&gt;" in html and "<td>a|b</td>" in html and "<h3>photos" in html
    assert "license" not in said


def test_a_model_without_a_card_says_so() -> None:
    assert "There is no model card." in page_html(FACTS) and card_of("") == Card()


@pytest.mark.parametrize("path", ["/page.css", "/page.js", "/icon.svg"])
def test_the_page_asks_for_its_own_files_only(path: str) -> None:
    content = assets()[path].content.decode()
    assert f'"{path}"' in page_html(FACTS)
    assert not re.search(
        r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(|innerHTML|insertAdjacentHTML|eval\(", content
    )
