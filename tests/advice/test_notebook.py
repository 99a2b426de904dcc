"""Advice as a notebook shows it."""

from __future__ import annotations

import numpy as np
from tests.display.shown import HOSTILE, harmless

from ghep.advice.record import Advice, Asked, Candidate, LeftOut, Probed, Round, Scores
from ghep.advice.rules import Case, Ruling
from ghep.advice.track_record import track_record
from ghep.types import Finding, Interval


def candidate(name: str, right: int, *, level: bool = False) -> Candidate:
    probe = Probed(np.arange(200) < right, Interval(right / 200 - 0.04, right / 200 + 0.03), 5)
    return Candidate(name, name, "ImageNet", (Round(200, probe, Scores(0.5, 1.0, 0.8)),), 4.2, level=level)


def test_advice_says_what_to_take_and_why_with_every_backbone_beside_it() -> None:
    tried = (candidate(HOSTILE, 190, level=True), *(candidate(f"b{index}", 180 - index) for index in range(30)))
    advice = Advice(
        Asked("photos", "image", "label", {"train": 150}, {"train": 150}),
        tried,
        Case(150, 3, 0.95, 0.33, 0.6),
        Ruling("light", "few", "far", ("50 examples a class: few & far",)),
        21.0,
        0,
        left_out=(LeftOut("broken", "no weights", "download"),),
        findings=(Finding("few", "info", "unseen"), Finding("copies", "warning", "copies")),
        record=track_record(),
    )
    words = harmless(advice._repr_html_()).words
    assert words.startswith(f"Take {HOSTILE} with light 50 examples a class: few & far based on a linear head")
    assert "1 " + HOSTILE in words and "0.950 0.910 to 0.980" in words
    assert "and 16 more" in words and "random features 200 0.600" in words
    assert "broken was left out: no weights" in words
    assert "copies" in words and "unseen" not in words
    assert "the advised model lost" in words
