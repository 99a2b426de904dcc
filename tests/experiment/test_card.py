"""The model card: names from outside stay names, and the words are those of what was trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghep.backbone.base import Card
from ghep.backbone.catalog import load_backbone
from ghep.backbone.installed import at_hand
from ghep.data.dataset import Dataset
from ghep.experiment.card import model_card
from ghep.experiment.results import SplitResult
from ghep.strategy.base import Plan
from ghep.types import Cost, Example, Finding, Modality, Quarantined, Score

NASTY = "a|b<script>\n# Not a heading"


def test_a_name_is_never_more_than_a_name() -> None:
    examples = tuple(Example(str(k), None, {NASTY: NASTY if k else "b"}) for k in range(4))
    dataset = Dataset(NASTY, Path(), examples, (), (), {NASTY: (NASTY, "b")})
    result = SplitResult(
        "test", NASTY, examples, np.zeros(4, np.int64), np.ones((4, 2)), (Score("accuracy", 1.0, None, 4),), 0.5
    )
    card = model_card(
        dataset=dataset,
        backbone=Card(NASTY, NASTY, NASTY),
        plan=Plan(strategy="light", stages=(), reasons=(NASTY,)),
        seed=0,
        results=[result],
        cost=Cost(1.0, 1, 1, 1, 1),
        findings=[Finding("odd", "warning", f"the class {NASTY} is odd")],
        environment={"machine": NASTY},
    )
    assert "<script>" not in card.partition("---\n\n")[2] and "\n# Not a heading" not in card
    text = r"a\|b&lt;script> # Not a heading"
    assert f"# {text}: {text}, light" in card and f"the class {text} is odd" in card and f"- {text}" in card
    assert f"- machine: {text}" in card
    rows = [line for line in card.splitlines() if line.startswith("|")]
    assert all(row.replace(r"\|", "").count("|") in (5, 7) for row in rows)


@pytest.mark.parametrize(
    ("modality", "said", "unsaid"),
    [
        (
            "image",
            (
                "pipeline_tag: image-classification",
                "an image of something unrelated",
                "predict([file])",
                "1 file could",
            ),
            "text",
        ),
        (
            "text",
            (
                "pipeline_tag: text-classification",
                "a text about something unrelated",
                "predict([text])",
                "1 text could",
            ),
            "image",
        ),
    ],
)
def test_it_speaks_of_what_was_trained_on(modality: Modality, said: tuple[str, ...], unsaid: str) -> None:
    bad = (Quarantined("x", "empty", "no characters"),)
    dataset = Dataset("d", Path(), (), (), (), {"label": ("a", "b")}, quarantined=bad, modality=modality)
    card = model_card(
        dataset=dataset,
        backbone=Card("minilm", "sentence-transformers", "apache-2.0"),
        plan=Plan(strategy="light", stages=(), reasons=()),
        seed=0,
        results=[],
        cost=Cost(1.0, 1, 1, 1, 1),
        findings=[],
        environment={},
    )
    assert all(words in card for words in said) and unsaid not in card
    assert 'license: "apache-2.0"' in card and "licence: apache-2.0" in card


@pytest.mark.slow
def test_the_card_of_a_bundle_on_minilm_names_its_licence() -> None:
    if "minilm" not in at_hand():
        pytest.skip("minilm is not installed")
    card = load_backbone("minilm").card
    assert card.licence.lower() == "apache-2.0" and "MiniLM" in card.source
