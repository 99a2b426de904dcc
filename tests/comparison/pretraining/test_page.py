"""The page of "did it help?": curves, tables, samples and neighbours, escaped, without scripts."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.comparison.pretraining.simulated import SIDES, simulated

from ghep.comparison.pretraining.charts import before_and_after, called, pretraining_curve
from ghep.comparison.pretraining.page import write_benefit_report
from ghep.comparison.pretraining.progress import Progress, facts_of, progress_of, seconds_of
from ghep.comparison.pretraining.record import BenefitEvidence
from ghep.comparison.pretraining.verdict import benefit
from ghep.comparison.record import Comparison, Contender

RECORD: dict[str, Any] = {
    "objective": "mlm",
    "backbone": {"name": "minilm"},
    "corpus": {"documents": 2000, "words": 1_492_681, "dropped": 3},
    "steps": 1800,
    "seconds": {"training": 1100.0, "all": 1210.0},
    "held_out": {
        "before": {"bits_per_byte": 2.9},
        "unigram": {"bits_per_byte": 2.5},
        "bigram": {"bits_per_byte": 2.2},
    },
    "curve": [{"seconds": 60.0 * k, "bits_per_byte": 2.9 - 0.1 * k} for k in range(1, 5)],
    "samples": [
        {"masked": "a [MASK] of <b>love</b>", "filled": [["story", "tale"]]},
        {"prompt": "It was", "text": " a <script>alert(1)</script>"},
    ],
}
VECTORS: dict[str, Any] = {
    "objective": "word2vec",
    "seconds": {"training": 12.0, "all": 12.5},
    "held_out": {"before": {"loss": 4.2}, "after": {"loss": 2.5}, "unigram": 2.9, "guessing": 4.2},
    "curve": [{"seconds": 6.0 * k, "held_out_loss": 4.0 - 0.5 * k} for k in (1, 2, 3)],
    "samples": {
        "neighbours": {"good": [["great", 0.8], ["nice", 0.7]]},
        "analogies": [{"a": "man", "b": "king", "c": "woman", "found": ["queen", "her"]}],
    },
}


def compared() -> Comparison:
    comparison = simulated(0.06, words=0.7)
    counts = {split: {"a": 100, "b": 100} for split in ("train", "valid", "test")}
    return replace(comparison, data=replace(comparison.data, name="reviews <b>", counts=counts))


@pytest.fixture(scope="module")
def found() -> BenefitEvidence:
    return benefit(compared(), SIDES, RECORD, pretrained=Path("runs/pretrain-reviews"))


@pytest.fixture(scope="module")
def page(found: BenefitEvidence, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    text = write_benefit_report(found, compared(), folder).read_text(encoding="utf-8")
    drawn = {file.name for file in (folder / "figures").iterdir()}
    assert {"pretraining.svg", "pretraining.csv", "label_curves.png"} <= drawn
    return text


def test_the_page_has_the_verdict_and_everything_behind_it(page: str, found: BenefitEvidence) -> None:
    assert str(found.message) in page and str(found.advice) in page
    for section in ("labels", "strategies", "saved", "pretraining", "samples", "checks"):
        assert f'<section id="{section}"' in page and f'href="#{section}"' in page
    assert "1,492,681" in page and "20.2 min" in page and "story → tale" in page
    assert 'href="comparison/report.html"' in page


def test_texts_are_escaped_and_nothing_runs(page: str) -> None:
    assert "&lt;b&gt;love&lt;/b&gt;" in page and "reviews &lt;b&gt;" in page
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org", "")


def test_before_after_and_controls_are_named(found: BenefitEvidence) -> None:
    assert list(called(found).values()) == ["before", "after", "linear_ngrams"]
    random = replace(found, sides=replace(SIDES, random=True))
    assert next(iter(called(random).values())) == "before (random weights)"


def test_word_vectors_have_a_curve_of_their_own() -> None:
    comparison = compared()
    vectors = [
        replace(run, contender=Contender("linear_probe", "v.txt"))
        for run in comparison.runs
        if run.contender == Contender("linear_probe", "before")
    ]
    sides = replace(SIDES, vectors="v.txt")
    found = benefit(replace(comparison, runs=(*comparison.runs, *vectors)), sides, RECORD)
    assert "word vectors" in called(found).values()
    plot = before_and_after(found)
    assert plot is not None and {row["backbone"] for row in plot.rows} >= {"before", "after", "v.txt"}


def test_the_curve_begins_before_the_first_step_and_has_the_lines_to_beat() -> None:
    progress = progress_of(RECORD)
    assert progress.points[0] == (0.0, 2.9) and len(progress.points) == 5
    assert progress.lines == {"unigram": 2.5, "bigram": 2.2}
    plot = pretraining_curve(progress)
    assert plot is not None and len(plot.rows) == 5


def test_word_vectors_have_a_loss_neighbours_and_analogies(tmp_path: Path) -> None:
    progress = progress_of(VECTORS)
    assert progress.unit == "loss" and progress.points[0] == (0.0, 4.2) and progress.lines == {"unigram": 2.9}
    assert progress.neighbours == {"good": ["great", "nice"]}
    assert progress.samples == (("man : king = woman : ?", "queen, her"),)
    found = benefit(compared(), replace(SIDES, random=True), VECTORS)
    text = write_benefit_report(found, compared(), tmp_path).read_text(encoding="utf-8")
    assert "great, nice" in text and 'href="#neighbours"' in text and "Loss in nats" in text


def test_a_record_with_little_in_it_has_no_curve() -> None:
    progress = progress_of({"objective": "bn", "seconds": 12.5})
    assert (progress.points, progress.samples, progress.neighbours) == ((), (), {})
    assert pretraining_curve(progress) is None
    assert seconds_of({"seconds": 12.5}) == 12.5 and seconds_of({}) == 0 and facts_of({}) == {}
    resumed = {"seconds": {"all": 20.0, "training": 600.0}}
    assert seconds_of(resumed) == 600, "training of all sessions; the last one took 20 seconds"


def test_the_names_of_lines_that_are_close_do_not_overlap() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points = ((0.0, 3.56), (600.0, 1.52), (1200.0, 1.46))
    plot = pretraining_curve(Progress(points, {"unigram": 2.22, "bigram": 1.52}, "bits-per-byte", (), {}))
    assert plot is not None
    figure = Figure(figsize=plot.size)
    renderer = FigureCanvasAgg(figure).get_renderer()
    plot.paint(figure)
    boxes = sorted((text.get_window_extent(renderer) for text in figure.axes[0].texts), key=lambda box: box.y0)
    assert len(boxes) == 3 and all(low.y1 <= high.y0 + 1 for low, high in itertools.pairwise(boxes))
