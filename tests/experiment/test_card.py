"""The model card: names from outside stay names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ghep.backbone.base import Card
from ghep.data.dataset import Dataset
from ghep.experiment.card import model_card
from ghep.experiment.record import SplitResult
from ghep.strategy.base import Plan
from ghep.types import Cost, Example, Finding, Score

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
