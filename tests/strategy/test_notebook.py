"""A plan as a notebook shows it."""

from __future__ import annotations

from tests.display.shown import HOSTILE, harmless

from ghep.strategy.base import Plan
from ghep.training.stage import Adapters, Stage
from ghep.types import Finding


def test_each_stage_says_what_is_frozen_and_how_the_rest_moves() -> None:
    stages = (
        Stage("head", (0.0,) * 12, head="solve"),
        Stage("full", (0.0,) * 3 + (1e-5,) * 8 + (3e-4,), epochs=12),
        Stage("lora", (2e-4,) * 12, epochs=3, adapters=Adapters(8, 16.0, ("query",))),
    )
    plan = Plan("lp_ft", stages, (f"few examples & {HOSTILE}",), (Finding("ignored", "warning", "patience"),))
    page = harmless(plan._repr_html_(), most_bytes=6000)
    assert page.words.startswith("lp_ft 3 stages")
    assert "head 12 of 12 solved on features" in page.words
    assert "full 3 of 12 1.0e-05 to 3.0e-04 1.0e-03 12 32" in page.words
    assert "lora 0 of 12 adapters of rank 8, 2.0e-04" in page.words
    assert f"few examples & {HOSTILE}" in page.words and "ignored" in page.words


def test_a_plan_of_many_stages_is_cut() -> None:
    plan = Plan("progressive", tuple(Stage(f"stage {index}", (1e-3,), epochs=1) for index in range(50)), ())
    assert "and 30 more stages" in harmless(plan._repr_html_()).words
