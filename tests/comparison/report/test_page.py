"""The page as a file: complete, small, self-contained, and safe with untrusted names."""

from __future__ import annotations

import base64
import csv
import io
import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image

from comparison import made_up
from ghep.comparison.record import Comparison, Contender, Evidence, Failure, Planned, Question
from ghep.comparison.report import write_report
from ghep.comparison.report.charts import all_plots, pareto
from ghep.comparison.report.configuration import toml_text
from ghep.comparison.report.curve_charts import learning
from ghep.comparison.report.figures import VARIABLES
from ghep.comparison.report.layout import spread
from ghep.comparison.report.mistake_neighbours import NearExample
from ghep.comparison.report.page import page_message, page_text
from ghep.comparison.report.review import review_answers
from ghep.comparison.report.tables import display_names
from ghep.comparison.report.transfer import Transfer, transfer
from ghep.data.modalities import Shown
from ghep.display.look import SERIES
from ghep.messages import Message
from ghep.types import Finding

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
VOID = {"meta", "img", "br", "link", "input", "hr", "source"}


class Page(HTMLParser):
    """What a browser would find: tags with their attributes, text, and whether tags close as they opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Evidence, Path]:
    folder = tmp_path_factory.mktemp("images")
    comparison = made_up.images(folder)
    evidence = made_up.evidence(comparison)
    return comparison, evidence, write_report(comparison, evidence, folder / "out")


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, Evidence, Path]:
    comparison = made_up.texts()
    evidence = made_up.evidence(comparison, "winner")
    return comparison, evidence, write_report(comparison, evidence, tmp_path_factory.mktemp("texts"))


@pytest.fixture(params=["images", "sentences"])
def page(request: pytest.FixtureRequest) -> Page:
    return Page(request.getfixturevalue(request.param)[2].read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_page_has_a_language_a_title_one_heading_and_alternative_texts(page: Page) -> None:
    assert not page.wrong
    assert not page.open
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) == len(page.all("h1")) == 1
    assert all(one.get("alt") for one in page.all("img"))
    assert page.all("svg")
    assert all(one.get("aria-label") and one["role"] == "img" for one in page.all("svg"))
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(set(ids)) == len(ids)
    targets = {one["href"] for one in page.all("a")}
    assert targets <= {f"#{one}" for one in ids}


def test_the_page_makes_no_requests_and_runs_no_scripts(page: Page) -> None:
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "form", "base"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href", "srcset", "action", "data"):
            if attributes.get(name):
                assert re.match(r"#|data:image/jpeg;base64,", attributes[name] or ""), attributes
        assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", " ".join(value or "" for value in attributes.values()))
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_every_colour_of_the_figures_has_a_light_and_a_dark_value(images: tuple[object, object, Path]) -> None:
    text = images[2].read_text(encoding="utf-8")
    style = text[text.index("<style>") : text.index("</style>")]
    dark = style[style.index("prefers-color-scheme: dark") : style.index("* { box-sizing")]
    for variable in ("--page", "--muted", "--line", *(f"--s{k}" for k in range(1, len(SERIES) + 1))):
        assert f"{variable}:" in dark
        assert f"{variable}:" in style.replace(dark, "")
    body = text[text.index("<body>") :]
    assert "var(--s1)" in body
    assert not [colour for colour in VARIABLES if colour in body]
    assert not re.findall(r"(?:fill|stroke): #[0-9a-f]{6}", body), "a colour that does not follow the theme"
    assert "@media print" in style


def test_the_verdict_is_first_then_problems(sentences: tuple[Comparison, Evidence, Path]) -> None:
    comparison, evidence, path = sentences
    words = Page(path.read_text(encoding="utf-8")).words
    order = [
        evidence.verdict.message,
        evidence.verdict.next_step,
        "failed full, seed 1 : not enough memory",
        "Leaderboard Scores are means",
    ]
    assert [words.index(part) for part in order] == sorted(words.index(part) for part in order)
    assert "The test split was scored 14 times: once per run, and never to choose anything." in words
    assert comparison.failures[0].cause in words
    assert comparison.stopped[0].reason in words


def test_every_figure_has_its_files_and_the_csv_holds_the_plotted_numbers(
    images: tuple[Comparison, Evidence, Path],
) -> None:
    comparison, evidence, path = images
    folder = path.parent / "figures"
    names = {plot.name for plot in all_plots(comparison, evidence)} | {
        "transfer_epochs",
        "transfer_labels",
        "confusion",
        "calibration",
    }
    assert names == {
        *("accuracy", "differences", "learning_epochs", "learning_seconds", "label_curves", "cost"),
        *("transfer_epochs", "transfer_labels", "confusion", "calibration"),
    }
    kinds = ("svg", "png", "csv")
    assert {one.name for one in folder.iterdir()} == {f"{name}.{kind}" for name in names for kind in kinds}
    assert {f'id="figure-{name}"' in path.read_text(encoding="utf-8") for name in names} == {True}
    for plot in all_plots(comparison, evidence):
        with (folder / f"{plot.name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(plot.rows)
        for row, given in zip(rows, plot.rows, strict=True):
            numbers = {key: value for key, value in given.items() if isinstance(value, float)}
            assert {key: float(row[key]) for key in numbers} == numbers  # to the last digit
    with (folder / "accuracy.csv").open(encoding="utf-8", newline="") as file:
        means = [float(row["accuracy"]) for row in csv.DictReader(file) if row["what"] == "mean"]
    assert means == [place.accuracy for place in evidence.leaderboard]


@pytest.mark.slow
def test_untrusted_names_stay_text(tmp_path: Path) -> None:
    comparison = made_up.texts()
    contender = Contender("full", f"weights/{HOSTILE}")
    lora = Contender("lora", "minilm")
    runs = tuple(replace(run, contender=contender) if run.contender == lora else run for run in comparison.runs)
    data = replace(
        comparison.data,
        name=HOSTILE,
        location=f"{HOSTILE}\x00\udcff",
        classes=(HOSTILE, "=1+1", "$a$", "-2", "@x", "]]>"),
        raw=dict.fromkeys(comparison.data.raw, HOSTILE),
        findings=(Finding(HOSTILE, "error", HOSTILE, HOSTILE, (HOSTILE,)),),
    )
    failures = (Failure(contender, 0, 5, 1, HOSTILE, HOSTILE),)
    settings = {HOSTILE: HOSTILE, "command": ["ghep", "compare", HOSTILE]}
    comparison = replace(
        comparison, data=data, runs=runs, failures=failures, settings=settings, environment={HOSTILE: [HOSTILE]}
    )
    path = write_report(comparison, made_up.evidence(comparison), tmp_path)
    page = Page(path.read_text(encoding="utf-8"))
    assert not page.wrong
    assert "script" not in {tag for tag, _ in page.tags}
    assert not page.all("img")
    assert not [one for _, one in page.tags if any(name.startswith("on") for name in one)]
    assert HOSTILE in page.words
    for file in (tmp_path / "figures").glob("*.svg"):
        assert "<script" not in file.read_text(encoding="utf-8")
    for file in (tmp_path / "figures").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            cells = [cell for row in csv.reader(opened) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@")) or re.match(r"-(?!\d+(\.|e|$))", cell)]


def test_a_message_on_the_page_escapes_its_parameters_and_keeps_its_own_markup() -> None:
    hostile = page_message("left-out", name=HOSTILE, runs=2, cause="</em> & \ue0000\ue001")
    assert hostile.startswith("&#34;&gt;&lt;script&gt;") and hostile.endswith("2 runs: &lt;/em&gt; &amp; \ue0000\ue001")
    marked = page_message("differences-about", name=Markup("<b>{}</b>").format("<i>"))
    assert "each contender minus <b>&lt;i&gt;</b> on" in marked and "<em>Adjusted</em> is p" in marked
    names = page_message("headline-not-judged", verdict="a < b.", names=["<x>", "light"])
    assert names == "a &lt; b. Not judged (no run finished): &lt;x&gt; and light."


def test_a_missing_image_is_a_grey_box(images: tuple[Comparison, Evidence, Path]) -> None:
    comparison, evidence, path = images
    assert "data:image/jpeg;base64," in path.read_text(encoding="utf-8")
    gone = replace(comparison, data=replace(comparison.data, raw={}))
    text = page_text(gone, evidence, Transfer((), "", "", (), ()), review_answers(gone, evidence), {})
    assert "data:image/jpeg" not in text
    assert 'aria-label="not shown: the example is not stored with the results"' in text


def test_worst_mistakes_are_large_enough_to_judge_and_open_without_a_script(
    images: tuple[Comparison, Evidence, Path],
) -> None:
    found = Page(images[2].read_text(encoding="utf-8"))
    images = [one for one in found.all("img") if one["src"]]
    assert images
    assert len([one for one in found.all("details") if one.get("class") == "zoom"]) == len(images)
    sizes = [Image.open(io.BytesIO(base64.b64decode((one["src"] or "").partition(",")[2]))).size for one in images]
    assert {max(size) for size in sizes} <= {260, 300}  # as large as they are: made_up writes no larger ones


def test_mistakes_have_their_nearest_training_examples_or_the_reason_why_not(
    images: tuple[Comparison, Evidence, Path],
) -> None:
    comparison, evidence, _ = images
    review = review_answers(comparison, evidence)
    assert review is not None
    first = review.mistakes[0]
    near = (
        NearExample("train/<b>.png", first.answer, 0.123, Shown(image="data:image/jpeg;base64,AAAA")),
        NearExample("train/2.png", first.label, 0.5, Shown(missing="truncated"), copy=True),
        NearExample("train/3.csv", HOSTILE, 0.75, Shown(text="<i>a text</i>")),
    )
    shown = replace(review, mistakes=[replace(first, near=near), *review.mistakes[1:]])
    page = Page(page_text(comparison, evidence, Transfer((), "", "", (), ()), shown, {}))
    assert not page.wrong and not page.open and not page.all("script")
    told = f"Nearest training examples: {first.answer} 1 of 3, {first.label} 1 of 3"
    assert f"{told} {first.answer} 0.12 truncated {first.label} 0.50, a copy {HOSTILE} 0.75 <i>a text</i>" in page.words
    assert "0: the same features, 1: unrelated" in page.words
    assert [one for one in page.all("li") if one.get("title") == "train/<b>.png"]
    left_out = replace(review, without_near=Message("mistake-near-slow", {"count": 9, "seconds": 61.0, "bundle": "b"}))
    words = Page(page_text(comparison, evidence, Transfer((), "", "", (), ()), left_out, {})).words
    assert "computing the features of 9 training examples would take about 61.0 s. “ghep similar b FILE”" in words
    assert "unrelated" not in words


def test_answered_questions_and_the_plan_are_on_the_page(sentences: tuple[Comparison, Evidence, Path]) -> None:
    comparison, evidence, path = sentences
    before = Page(path.read_text(encoding="utf-8")).words
    assert "Estimate and actual" not in before
    questions = (
        Question("helps-scratch", "Does transfer help?", "yes", "By 12.1 points.", about="these-runs"),
        Question("best", "Which is best?", "not-asked", "It depends on the first."),
    )
    asked = replace(evidence, verdict=replace(evidence.verdict, questions=questions))
    planned = replace(comparison, plan=(Planned("light", 3, 40.0, 50.0), Planned("scratch", 3, 60.0)))
    shown = transfer(planned, asked, display_names(planned, asked))
    words = Page(page_text(planned, asked, shown, None, {})).words
    assert "Does transfer help? yes for these runs only, not for other seeds By 12.1 points." in words
    assert "Which is best?" not in words
    assert (
        "light 3 40.0 s 50.0 s +25 % scratch 3 60.0 s did not run – total of the parts that ran 3 40.0 s 50.0 s +25 %"
        in words
    )


def test_processor_seconds_have_a_column_if_measured(sentences: tuple[Comparison, Evidence, Path]) -> None:
    comparison, evidence, path = sentences
    assert "processor time" not in path.read_text(encoding="utf-8")
    timed = replace(comparison, runs=tuple(replace(run, cpu_seconds=7.25) for run in comparison.runs))
    text = page_text(timed, evidence, transfer(timed, evidence, display_names(timed, evidence)), None, {})
    assert "processor time" in text
    assert ">7.2 s<" in text


@pytest.mark.slow
def test_the_same_comparison_gives_the_same_bytes(sentences: tuple[Comparison, Evidence, Path], tmp_path: Path) -> None:
    comparison, evidence, path = sentences
    again = write_report(comparison, evidence, tmp_path)
    assert again.read_bytes() == path.read_bytes()
    for file in (tmp_path / "figures").iterdir():
        assert file.read_bytes() == (path.parent / "figures" / file.name).read_bytes()


def test_a_single_contender_without_history_or_mistakes_is_still_a_page(tmp_path: Path) -> None:
    comparison = made_up.texts()
    run = next(run for run in comparison.runs if run.contender.strategy == "full" or run.seed == 0)
    right = replace(run.answers, predicted=run.answers.targets)
    alone = replace(comparison, runs=(replace(run, answers=right, history=(), scores={}),), stopped=(), failures=())
    evidence = made_up.evidence(alone, "winner")
    page = Page(write_report(alone, evidence, tmp_path).read_text(encoding="utf-8"))
    assert "There is only one contender" in page.words
    assert "There are none: every run answered every example correctly." in page.words
    assert not (tmp_path / "figures" / "differences.svg").exists()


def test_single_points_make_no_learning_curve_and_short_times_use_a_linear_axis() -> None:
    evidence = made_up.evidence(made_up.texts())
    dots = replace(evidence, highers=tuple(replace(one, times=one.times[:1]) for one in evidence.highers))
    assert learning(dots, against="epochs") is None
    plot = learning(evidence, against="seconds")
    assert plot is not None
    short = replace(evidence, highers=tuple(replace(one, times=one.times[-2:]) for one in evidence.highers[1:2]))
    alike = learning(short, against="seconds")
    assert alike is not None
    for one, scale in ((plot, "log"), (alike, "linear")):
        figure = Figure(figsize=one.size)
        one.paint(figure)
        assert figure.axes[0].get_xscale() == scale


@pytest.mark.slow
def test_many_classes_have_a_table_of_pairs_instead_of_a_matrix(tmp_path: Path) -> None:
    comparison = made_up.many(2, 1, 400, classes=40)
    page = Page(write_report(comparison, made_up.evidence(comparison), tmp_path).read_text(encoding="utf-8"))
    assert not (tmp_path / "figures" / "confusion.svg").exists()
    assert "Most confused" in page.words


@pytest.mark.slow
def test_twenty_contenders_with_five_seeds_on_a_thousand_examples_stay_below_two_megabytes(tmp_path: Path) -> None:
    comparison = made_up.many(20, 5, 1000)
    path = write_report(comparison, made_up.evidence(comparison), tmp_path)
    assert path.stat().st_size < 2 * 2**20


def test_settings_survive_a_round_trip() -> None:
    settings = {
        "data": 'a "quoted"\\path\n',
        "seeds": (0, 1),
        "lr": 1e-05,
        "cache": True,
        "nothing": None,
        "key with space": "x\x7f",
        "rates": [{"factor": 1.0, "of": None}],
        "light": {"epochs": 3, "deeper": {"a": []}},
    }
    assert tomllib.loads(toml_text(settings)) == {
        "data": 'a "quoted"\\path\n',
        "seeds": [0, 1],
        "lr": 1e-05,
        "cache": True,
        "key with space": "x\ufffd",
        "rates": [{"factor": 1.0}],
        "light": {"epochs": 3, "deeper": {"a": []}},
    }


def test_names_at_the_ends_of_lines_do_not_overlap() -> None:
    assert spread([0.5, 0.9], 0.1, 0, 1) == pytest.approx([0.5, 0.9])
    found = spread([0.9, 0.5, 0.5, 0.52], 0.1, 0, 1)
    assert np.diff(sorted(found)).min() > 0.1 - 1e-9
    assert found[0] == pytest.approx(0.9)
    assert sum(found[1:]) == pytest.approx(0.5 + 0.5 + 0.52)
    crowded = spread([1.0] * 4, 0.2, 0, 1)
    assert max(crowded) <= 1 + 1e-9


def test_the_pareto_front_has_every_contender_that_no_other_dominates() -> None:
    comparison = made_up.texts()
    places = made_up.evidence(comparison).leaderboard
    front = pareto(places)
    for place in places:
        beaten = any(one.seconds <= place.seconds and one.accuracy >= place.accuracy and one != place for one in places)
        assert (place.contender in front) == (not beaten)
