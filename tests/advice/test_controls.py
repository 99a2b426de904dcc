"""The linear model without a network: scored on the examples of the probe, never on those it was fitted to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import tiny_texts
from ghep.advice import controls
from ghep.advice.advise import advise
from ghep.advice.controls import linear_findings
from ghep.advice.record import Advice, Linear, Probed, in_words
from ghep.errors import DataError
from ghep.metrics.intervals import wilson
from ghep.metrics.paired import paired

pytestmark = pytest.mark.usefixtures("nothing_ships")


def asked(data: Path, backbone: Path, store: Path) -> Advice:
    return advise(data, backbones=[backbone], cache_dir=store, engine="torch-float32")


def linear(right: int, probe: Probed) -> Linear:
    correct = np.arange(probe.n) < right
    found = Probed(correct, wilson(right, probe.n), probe.folds)
    return Linear("linear_hog", found, paired(correct, probe.correct), 0.0)


def test_photos_have_one_next_to_the_random_features(photos: Path, weights: Path, tmp_path: Path) -> None:
    advice = asked(photos, weights / "bare.safetensors", tmp_path)
    assert advice.linear is not None and advice.linear.name == "linear_hog"
    best = advice.candidates[0].probe
    assert advice.linear.probe.n == best.n and advice.linear.probe.folds == best.folds
    difference = advice.linear.probe.accuracy - best.accuracy
    assert advice.linear.against_best.difference == pytest.approx(difference)
    rows = [line.split()[0] for line in in_words(advice) if line.startswith("   ")]
    controls = [row for row in rows if row in ("random", "linear_hog", "majority")]
    assert controls == ["random", "linear_hog", "majority"]
    assert advice.to_json()["linear_control"]["probe"]["accuracy"] == advice.linear.probe.accuracy
    assert "linear_hog" in advice._repr_html_()


@pytest.mark.slow
def test_words_that_say_nothing_of_the_label_score_by_chance(tmp_path: Path) -> None:
    """Fitted to the examples that it is scored on, it would have them all."""
    rng = np.random.default_rng(0)
    rows = [
        f"{' '.join(rng.choice(tiny_texts.FILLERS, 6))},{label},{split}"
        for split, count in (("train", 60), ("valid", 20))
        for label in ("pos", "neg") * (count // 2)
    ]
    table = tmp_path / "table.csv"
    table.write_text("text,label,split\n" + "\n".join(rows) + "\n", encoding="utf-8")
    backbone = tiny_texts.write_family("bert", tmp_path / "bert")
    advice = asked(table, backbone, tmp_path / "store")
    assert advice.linear is not None and advice.linear.name == "linear_ngrams"
    assert advice.linear.probe.n == 80 and 0.3 < advice.linear.probe.accuracy < 0.7


def test_advice_says_why_it_has_none(
    photos: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise DataError("images-one-class", count=9, classes=1)

    monkeypatch.setattr(controls, "_outputs", refused)
    advice = asked(photos, weights / "bare.safetensors", tmp_path)
    assert advice.linear is None
    (found,) = [one for one in advice.findings if one.code == "no-control"]
    assert found.severity == "info" and "needs at least two classes" in found.message


def test_it_is_reported_where_it_is_better_beyond_chance(photos: Path, weights: Path, tmp_path: Path) -> None:
    best = asked(photos, weights / "bare.safetensors", tmp_path).candidates[0]
    half = Probed(np.arange(80) < 40, wilson(40, 80), 5)
    best = dataclasses.replace(best, rounds=(dataclasses.replace(best.rounds[0], probe=half),))
    assert not linear_findings(None, best) and not linear_findings(linear(30, half), best)
    assert not linear_findings(linear(42, half), best), "two of 80 are chance"
    (found,) = linear_findings(linear(60, half), best)
    assert found.code == "linear-control-ahead" and found.severity == "warning"
    assert "0.750 compared with 0.500" in found.message and "n 80" in found.message
