"""The page on several tasks as a file: complete, self-contained, and safe with untrusted names."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from math import nan
from pathlib import Path

import pytest
from tests.comparison.made_up_sharing import CARS, PEOPLE, SIGNS, Task, World, gain, made, on_the_road
from tests.comparison.report.test_page import HOSTILE, Page
from tests.display.shown import harmless

from ghep.comparison.compare import SharedCompared
from ghep.comparison.record import Contender, Stopped
from ghep.comparison.report.figures import VARIABLES
from ghep.comparison.report.sharing import write_sharing_report
from ghep.comparison.report.sharing_charts import _signed, sharing_plots
from ghep.comparison.report.sharing_tables import (
    MARK_SIGNS,
    more_steps,
    next_steps,
    ratio,
    settled,
    way_display_names,
)
from ghep.comparison.report.sharing_terminal import sharing_lines
from ghep.comparison.sharing.evidence import sharing_evidence
from ghep.comparison.sharing.record import SharedComparison, SharingEvidence
from ghep.comparison.sharing.words import names_for_task
from ghep.errors import DataError
from ghep.types import Finding

Made = tuple[SharedComparison, SharingEvidence, Path]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Made:
    shared, evidence = on_the_road()
    return shared, evidence, write_sharing_report(shared, evidence, tmp_path_factory.mktemp("road"))


@pytest.fixture(scope="module")
def page(three: Made) -> Page:
    return Page(three[2].read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_page_has_a_language_a_title_and_one_heading(page: Page) -> None:
    assert not page.wrong
    assert not page.open
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) == len(page.all("h1")) == 1
    assert all(one.get("aria-label") and one["role"] == "img" for one in page.all("svg"))
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(set(ids)) == len(ids)
    assert {one["href"] for one in page.all("a")} <= {f"#{one}" for one in ids}


def test_the_page_makes_no_requests_and_runs_no_scripts(page: Page) -> None:
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "form", "base", "img"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on") or name == "src"]
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and "default-src 'none'" in policy and "script" not in policy


def test_every_colour_follows_the_theme(three: Made) -> None:
    text = three[2].read_text(encoding="utf-8")
    body = text[text.index("<body>") :]
    assert not [colour for colour in VARIABLES if colour in body]
    assert not re.findall(r"(?:fill|stroke): #[0-9a-f]{6}", body)


def test_the_verdict_is_first_and_every_section_exists(three: Made, page: Page) -> None:
    _, evidence, _ = three
    parts = [
        evidence.message,
        "1 run could not be finished",
        "Task by task Shared is",
        "Cost The costs of one model for cars, people and signs compared with those of 3 single-task models",
        "Other ways of sharing Other sharing strategies, trained because",
        "Which task helps which With",
        "Cosines between the gradients of the tasks at the shared backbone.",
        "Size of each task's gradient",
        "Each task separately",
        "Findings warning",
        "Command ghep compare --task cars=road/cars",
        "Environment",
    ]
    places = [page.words.index(part) for part in parts]
    assert places == sorted(places)


def test_each_task_under_each_way_has_its_numbers_and_its_mark(three: Made, page: Page) -> None:
    _, evidence, _ = three
    assert "full ? Cannot tell Sharing one model (full) hurts people by 8.4 points." in page.words
    people = evidence.verdicts[2].gains[1]
    places = {place.contender: place.accuracy for place in evidence.by_task["people"].leaderboard}
    assert (
        f"people ▼ hurt −8.4 −10.3 to −6.3 {places[people.alone]:.3f} {places[people.together]:.3f} < 0.001 "
    ) in page.words
    assert "cars = same answers 0 exactly 0 0.872 0.872 – – –" in page.words
    assert "× 0.33 9 MiB / 26 MiB" in page.words
    assert "full with surgery=pcgrad chosen on valid 0.955" in page.words
    assert "full, shared, surgery=pcgrad recommended level with the best" in page.words


def test_every_figure_has_its_files_and_the_csv_holds_the_plotted_numbers(three: Made) -> None:
    shared, evidence, path = three
    plots = sharing_plots(evidence, way_display_names(shared, evidence))
    names = [plot.name for plot in plots]
    assert names == ["gains", "affinity_pairs", "affinity_gradients", "gradient_cosines"]
    files = {one.name for one in (path.parent / "figures").iterdir()}
    assert files == {f"{name}.{kind}" for name in names for kind in ("svg", "png", "csv")}
    with (path.parent / "figures" / "gains.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    every = [*(one.gains for one in evidence.verdicts), *(one.gains for one in evidence.remedies)]
    assert [float(row["difference"]) for row in rows] == [gain.pair.difference for gains in every for gain in gains]
    with (path.parent / "figures" / "affinity_pairs.csv").open(encoding="utf-8", newline="") as file:
        cells = {
            (row["strategy"], row["trained_with"], row["task"]): float(row["value"]) for row in csv.DictReader(file)
        }
    full = next(one for one in evidence.affinities if (one.strategy, one.source) == ("full", "pairs"))
    assert cells["full", "signs", "people"] == full.values[2][1]
    assert ("linear_probe", "signs", "people") not in cells


@pytest.mark.slow
def test_untrusted_names_stay_text(tmp_path: Path) -> None:
    shared = made(World(tasks=(Task(HOSTILE, (HOSTILE, "=1+1"), 80), Task("$a$", ("-2", "]]>"), 80)), seeds=2))
    stopped = (Stopped(Contender("lora", HOSTILE, (HOSTILE,)), 2, HOSTILE),)
    tasks = {name: replace(table, stopped=stopped) for name, table in shared.tasks.items()}
    shared = replace(
        shared,
        tasks=tasks,
        name=HOSTILE,
        settings={HOSTILE: HOSTILE, "command": ["ghep", HOSTILE]},
        environment={HOSTILE: [HOSTILE]},
        findings=(Finding(HOSTILE, "error", HOSTILE, HOSTILE, (HOSTILE,)),),
    )
    path = write_sharing_report(shared, sharing_evidence(shared), tmp_path)
    page = Page(path.read_text(encoding="utf-8"))
    assert not page.wrong
    assert "script" not in {tag for tag, _ in page.tags}
    assert not page.all("img")
    assert HOSTILE in page.words
    for file in (tmp_path / "figures").glob("*.svg"):
        assert "<script" not in file.read_text(encoding="utf-8")
    for file in (tmp_path / "figures").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            cells = [cell for row in csv.reader(opened) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@")) or re.match(r"-(?!\d+(\.|e|$))", cell)]


@pytest.mark.slow
def test_the_same_comparison_gives_the_same_bytes(three: Made, tmp_path: Path) -> None:
    shared, evidence, path = three
    again = write_sharing_report(shared, evidence, tmp_path)
    assert again.read_bytes() == path.read_bytes()
    for file in (tmp_path / "figures").iterdir():
        assert file.read_bytes() == (path.parent / "figures" / file.name).read_bytes()


def test_missing_runs_and_measurements_leave_sections_out(tmp_path: Path) -> None:
    """Nothing alone: no gains, no bills, no matrix; the leaderboards are there."""
    shared = made(World(tasks=(CARS, PEOPLE), strategies=("full",), seeds=1))
    tables = {
        name: replace(table, runs=tuple(run for run in table.runs if len(run.contender.tasks) == 2))
        for name, table in shared.tasks.items()
    }
    shared = replace(shared, tasks=tables, models=(), settings={}, environment={})
    evidence = sharing_evidence(shared)
    page = Page(write_sharing_report(shared, evidence, tmp_path).read_text(encoding="utf-8"))
    assert not page.wrong
    assert "there is nothing to compare" in page.words
    assert "full, shared" in page.words
    assert not [one for one in page.tags if one[1].get("id") in ("bill", "remedies", "affinity", "gradients")]
    assert sharing_lines(shared, evidence)[0].startswith("verdict   CANNOT TELL: No strategy was trained both as")


def test_a_zero_has_no_sign() -> None:
    assert [_signed(value) for value in (-0.001, 0.001, -0.2, 0.2)] == ["0.00", "0.00", "−0.20", "+0.20"]


@pytest.mark.slow
def test_tasks_that_share_no_step_have_no_cosine(tmp_path: Path) -> None:
    shared = made(World(tasks=(CARS, PEOPLE), strategies=("full",), seeds=1))
    apart = ((1.0, nan), (nan, 1.0))
    models = tuple(
        replace(model, gradients=replace(model.gradients, cosines=apart, affinity=apart)) if model.gradients else model
        for model in shared.models
    )
    shared = replace(shared, models=models)
    evidence = sharing_evidence(shared)
    assert evidence.affinities[-1].values == ((None, None), (None, None))
    page = Page(write_sharing_report(shared, evidence, tmp_path).read_text(encoding="utf-8"))
    assert "nan" not in page.words


@pytest.mark.slow
def test_several_backbones_and_many_tasks_are_named(tmp_path: Path) -> None:
    tasks = tuple(Task(f"a task with a long name, number {index}", ("yes", "no"), 60) for index in range(5))
    shared = made(World(tasks=tasks, strategies=("light",), backbones=("hub/one", "hub/two"), seeds=2))
    evidence = sharing_evidence(shared)
    page = Page(write_sharing_report(shared, evidence, tmp_path).read_text(encoding="utf-8"))
    assert "light (one)" in page.words and "light, single-task (two)" in page.words


def test_names_for_a_task_name_the_tasks_trained_together() -> None:
    shared = made(World(tasks=(CARS, PEOPLE, SIGNS), strategies=("full",), seeds=1))
    every = ("cars", "people", "signs")
    asked = [("cars",), ("cars", "people"), every, ()]
    found = names_for_task([Contender("full", "x" if tasks else "", tasks) for tasks in asked], "cars", shared)
    assert list(found.values()) == ["full, single-task", "full, with people", "full, shared", "full"]


def test_what_would_settle_a_gain() -> None:
    one = gain("people", -0.02, 0.01)
    assert settled(replace(one, pair=replace(one.pair, needed=1234, seeds_needed=None))) == "1,300"
    assert settled(replace(one, pair=replace(one.pair, needed=None, seeds_needed=9))) == "9 seeds"
    assert settled(replace(one, pair=replace(one.pair, needed=1200, seeds_needed=9))) == "1,200 and 9 seeds"
    assert settled(replace(one, pair=replace(one.pair, needed=None, seeds_needed=None))) == "–"
    assert [ratio(1.0, 2.0), ratio(None, 2.0), ratio(nan, 2.0), ratio(0, 2)] == ["× 0.50", "–", "–", "–"]


def test_terminal_lines(three: Made) -> None:
    shared, evidence, _ = three
    lines = sharing_lines(shared, evidence)
    text = " ".join(" ".join(lines).split())
    assert lines[0].startswith("verdict   CANNOT TELL: ")
    assert evidence.message in text
    assert "take full with surgery=pcgrad, one model for cars, people and signs." in text
    assert next_steps(evidence, way_display_names(shared, evidence))[0] in text
    assert "people 0.946 0.862 −8.4 −10.3 to −6.3 ▼ hurt" in text
    assert "× 0.53 × 0.33 × 0.35" in text
    assert "failed full of people (mobilenetv2_100.ra_in1k), seed 2: not enough memory" in text
    assert "[sharing-hurts]" in text and "sharing-same-answers" not in text
    assert lines[-1] == f"report    {shared.folder / 'report.html'}"
    assert all(len(line) <= 100 for line in lines[:-1])
    assert set(MARK_SIGNS.values()) >= {"▲", "▼", "=", "?"}


def test_single_task_models_are_named_if_each_task_needs_its_own() -> None:
    shared = made(World(tasks=(CARS, PEOPLE), strategies=("full",), together={("full", "people"): -0.6}, noise=0.02))
    evidence = sharing_evidence(shared)
    text = " ".join(" ".join(sharing_lines(shared, evidence)).split())
    assert "verdict ONE MODEL FOR EACH TASK: One model for each task" in text
    assert "take a model for each task: full, single-task for cars, full, single-task for people." in text


def test_help_with_equal_examples_has_the_caveat_of_more_steps(three: Made) -> None:
    shared, evidence, _ = three
    assert any(one.kind == "helped" for verdict in evidence.verdicts for one in verdict.gains)
    told = more_steps(replace(shared, settings={"budget": "examples"}), evidence)
    assert "--budget steps" in told
    assert more_steps(replace(shared, settings={"budget": "steps"}), evidence) == ""
    none = [replace(one, gains=()) for one in evidence.verdicts]
    assert more_steps(replace(shared, settings={"budget": "examples"}), replace(evidence, verdicts=tuple(none))) == ""


def test_a_notebook_shows_each_task_under_each_way_of_sharing(three: Made) -> None:
    shared, evidence, report = three
    one = SharedCompared(shared, evidence, Path("out"), report)
    words = harmless(one._repr_html_()).words
    assert evidence.message in words
    assert all(task in words for task in shared.every_task) and "▼ hurt" in words
    assert "points, shared" in one.plot().axes[0].get_xlabel()
    alone = SharedCompared(shared, replace(evidence, verdicts=(), remedies=()), Path("out"), report)
    with pytest.raises(DataError, match="no model was trained on several tasks"):
        alone.plot()
