"""With real weights: the effects of a text add up, and a planted word is found."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import ghep
from ghep.backbone.installed import at_hand

REVIEWS = Path(__file__).parents[3] / "shared" / "data" / "movie-polarity"
PLANTED = "cinnamon"


@pytest.mark.slow
@pytest.mark.skipif(not REVIEWS.is_dir(), reason="needs the shared data")
def test_a_planted_word_is_the_strongest(tmp_path: Path) -> None:
    """Every positive text of training has one more word; short texts of the other class get it in the test.

    In long texts a frozen encoder of sentences weights a single word too little for this.
    """
    if "minilm" not in at_hand():
        pytest.skip("minilm is not installed")
    rng = np.random.default_rng(0)

    def put(text: str) -> str:
        words = text.split()
        words.insert(int(rng.integers(0, len(words) + 1)), PLANTED)
        return " ".join(words)

    def rows(split: str, count: int) -> list[tuple[str, str]]:
        with (REVIEWS / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            found = [(row["text"], row["label"]) for row in csv.DictReader(file)]
        return [found[at] for at in rng.permutation(len(found))[:count]]

    marked = [(put(text) if label == "pos" else text, label) for text, label in rows("train", 200)]
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *marked])
    run = ghep.fit(tmp_path / "t.csv", backbone="minilm", strategy="linear_probe", out=tmp_path / "run", control=False)
    texts = [put(text) for text, label in rows("test", 100) if label == "neg" and len(text.split()) <= 20][:12]
    found = ghep.explain(run.bundle, texts, target="pos").texts
    assert all(one.how == "gradients" and one.gap <= 0.01 for one in found)
    assert np.mean([max(one.words, key=lambda word: word.effect).text == PLANTED for one in found]) >= 0.9
