"""docs/claims: the rule that turns numbers into an answer, and that every page gives the answer of its numbers."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "claims"


@pytest.fixture(scope="module")
def bench() -> Any:
    sys.path.insert(0, str(ROOT / "benchmarks" / "claims"))
    try:
        import cells
        import claim
        import pages
        import rows

        spec = spec_from_file_location("claims_main", ROOT / "benchmarks" / "claims" / "__main__.py")
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        yield SimpleNamespace(cells=cells, claim=claim, pages=pages, rows=rows, main=module, known=module.claims())
    finally:
        sys.path.remove(str(ROOT / "benchmarks" / "claims"))


def said_rows(bench: Any, *said: str) -> list[Any]:
    ends = {"yes": (1.0, 3.0), "no": (-3.0, -1.0), "open": (-1.0, 1.0)}
    return [bench.claim.Row(str(place), sum(ends[one]) / 2, *ends[one], 100, 3) for place, one in enumerate(said)]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("yes", "yes", "open"), "holds"),
        (("yes", "open", "open"), "cannot tell"),
        (("yes", "yes", "yes", "no"), "depends"),
        (("no", "no", "open"), "does not hold"),
        (("open",), "cannot tell"),
        (("yes", "yes"), "cannot tell"),
        ((), "cannot tell"),
    ],
)
def test_the_answer_follows_from_the_rows(said: tuple[str, ...], answer: str, bench: Any) -> None:
    assert bench.claim.verdict(said_rows(bench, *said)).split(" (")[0] == answer


def test_a_sentence_of_several_parts_holds_if_all_of_them_do(bench: Any) -> None:
    def parts(**said: tuple[str, ...]) -> str:
        found = [replace(row, part=part) for part, one in said.items() for row in said_rows(bench, *one)]
        return bench.claim.verdict(found)

    yes, no, few = ("yes",) * 3, ("no",) * 3, ("yes",)
    assert parts(start=yes, end=yes).startswith(
        "holds (start: holds, yes on 3, no on 0, undecided on 0 of 3; end: holds"
    )
    assert parts(start=yes, end=few).startswith("cannot tell (")
    assert parts(start=yes, end=no).startswith("does not hold (")


def test_a_row_below_its_bar_holds_where_less_is_claimed(bench: Any) -> None:
    row = bench.claim.Row("x", -2.0, -3.0, -1.0, 100, 3, below=True)
    assert row.answer == "holds"


def test_answers_survive_their_file(bench: Any) -> None:
    right = np.random.default_rng(0).random(131) < 0.5
    assert (bench.cells.unpacked(bench.cells.packed(right)) == right).all()


def test_draws_are_nested_balanced_and_depend_on_the_seed(bench: Any) -> None:
    examples = [SimpleNamespace(labels={"label": "ab"[place % 3 == 0]}) for place in range(60)]
    source, places = SimpleNamespace(examples=examples), range(60)
    few, more = (bench.cells.drawn(source, places, count, 5) for count in (10, 30))
    assert set(few) < set(more)
    assert sum(examples[place].labels["label"] == "b" for place in few) == 5
    assert set(few) != set(bench.cells.drawn(source, places, 10, 6))


def test_a_kept_fit_is_made_again_only_where_changed_photos_are_missing(
    tmp_path: Path, bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def fitted(_: Any, cell: Any, changed: bool) -> dict[str, Any]:
        made.append(changed)
        right = bench.cells.packed(np.array([True, False]))
        kept = {"right": {cell.data: right}, "valid": 0.5, "train_loss": None, "history": [], "findings": []}
        return {
            **kept,
            **({"changed": {"blur": right}} if changed else {}),
            "seconds": 1,
            "cpu_seconds": 1,
            "version": "",
        }

    monkeypatch.setattr(bench.cells.Lab, "_made", fitted)
    lab, cell = bench.cells.Lab(tmp_path, tmp_path, tmp_path), bench.cells.Cell("pets3", "b", "full", 0)
    assert lab.fit(cell).changed == {}
    assert lab.fit(cell, changed=True).changed["blur"].tolist() == [True, False]
    assert lab.fit(cell).accuracy == lab.fit(cell, changed=True).accuracy == 0.5
    assert made == [False, True]
    closed = bench.cells.Lab(tmp_path, tmp_path, tmp_path, may_fit=False)
    assert closed.has([cell], changed=True) and not closed.has([cell, cell.but(seed=1)])


def test_a_row_has_the_seeds_that_were_fitted_and_decides_from_two_on(tmp_path: Path, bench: Any) -> None:
    lab = bench.cells.Lab(tmp_path, tmp_path, tmp_path, may_fit=False)
    kept = {
        "valid": 0.5,
        "train_loss": None,
        "history": [],
        "findings": [],
        "seconds": 1,
        "cpu_seconds": 1,
        "version": "",
    }

    def made(cell: Any) -> Any:
        right = {cell.data: bench.cells.packed(np.arange(40) % 4 > 0)}
        bench.cells.write(tmp_path / "cells" / f"{cell.key}.json", {**kept, "right": right})
        return cell

    one = made(bench.cells.Cell("pets3", "b", "full", 0))
    other = made(one.but(strategy="scratch"))
    made(one.but(seed=2))
    (row,) = bench.rows.difference(lab, "x", (0, 1, 2), one, other, sides=("a", "b"))
    assert (row.seeds, row.n, row.counts, row.more) == (1, 40, False, (("a", "0.750"), ("b", "0.750")))
    made(other.but(seed=2))
    (row,) = bench.rows.difference(lab, "x", (0, 1, 2), one, other, sides=("a", "b"))
    assert (row.seeds, row.counts) == (2, True)
    assert bench.rows.difference(lab, "x", (1,), one, other, sides=("a", "b")) == []


def test_ratios_are_averaged_on_the_logarithm(bench: Any) -> None:
    (row,) = bench.rows.over_seeds("x", [2.0, 8.0], 100, ratio=True)
    assert row.value == pytest.approx(4.0)
    assert row.value / row.low == pytest.approx(row.high / row.value)
    assert not bench.rows.over_seeds("x", [0.2], 100)[0].counts


def test_equal_seeds_are_no_certainty(bench: Any) -> None:
    (row,) = bench.rows.over_seeds("x", [0.3, 0.3, 0.3], 15)
    assert row.high - row.value == pytest.approx(1.96 * np.sqrt(0.21 / 45), rel=1e-3)


def test_every_model_sees_the_same_changed_photos(tmp_path: Path, bench: Any) -> None:
    from PIL import Image

    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    for change in bench.cells.CORRUPTIONS:
        one, again = (
            np.asarray(bench.cells.changed_photos.__wrapped__((tmp_path / "a.png",), change)[0]) for _ in range(2)
        )
        assert (one == again).all() and min(one.shape[:2]) == bench.cells.CHANGED_SIDE
    plain = np.asarray(Image.open(tmp_path / "a.png"), dtype=float).std()
    assert np.asarray(bench.cells.changed_photos((tmp_path / "a.png",), "contrast")[0], dtype=float).std() < 0.5 * plain


def test_the_labels_are_for_training_and_the_test_examples_are_the_same_in_every_draw(
    bench: Any, tmp_path: Path
) -> None:
    for split, count in (("train", 60), ("test", 30)):
        (tmp_path / "movie-polarity").mkdir(exist_ok=True)
        lines = [f"{split} text {place},{place % 2}" for place in range(count)]
        (tmp_path / "movie-polarity" / f"{split}.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    lab = bench.cells.Lab(tmp_path, tmp_path, tmp_path / "out")
    parts = [lab.source("movie-polarity", 20, seed) for seed in (0, 1)]
    by_split = [
        {split: {one.raw for one in part.examples if part.splits[one.id] == split} for split in ("train", "test")}
        for part in parts
    ]
    assert [len(one["train"]) for one in by_split] == [20, 20] and by_split[0]["train"] != by_split[1]["train"]
    assert by_split[0]["test"] == by_split[1]["test"] and len(by_split[0]["test"]) == 30


def test_a_measurement_is_made_once_for_the_same_settings(bench: Any, tmp_path: Path) -> None:
    made = []
    lab = bench.cells.Lab(tmp_path, tmp_path, tmp_path)
    for bound in (2, 4, 2):
        assert lab.kept("attack", lambda bound=bound: made.append(bound) or {"bound": bound}, bound=bound) == {
            "bound": bound
        }
    assert made == [2, 4]
    again = bench.cells.Lab(tmp_path, tmp_path, tmp_path, may_fit=False)
    assert again.kept("attack", dict, bound=4) == {"bound": 4}
    with pytest.raises(LookupError, match="attack"):
        again.kept("attack", dict, bound=8)


@pytest.mark.slow
def test_the_digits_have_a_test_split_and_both_parts_have_every_class(bench: Any) -> None:
    source = bench.cells.Lab(Path(), Path(), Path()).source("digits", 100, 0)
    tests = [one for one in source.examples if source.splits.get(one.id) == "test"]
    learnt = [one for one in source.examples if source.splits.get(one.id) != "test"]
    assert (len(tests), len(learnt)) == (600, 100)
    assert len({next(iter(one.labels.values())) for one in tests}) == 10
    assert len({next(iter(one.labels.values())) for one in learnt}) == 10


def test_each_sense_has_as_many_sentences_and_each_has_its_word() -> None:
    with (ROOT / "benchmarks" / "claims" / "word_senses.csv").open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert set(Counter((one["word"], one["sense"]) for one in written).values()) == {25}
    assert len({one["sentence"] for one in written}) == len(written) == 200
    assert all(one["word"] in one["sentence"].lower().strip(".").split() for one in written)


def test_every_claim_has_a_page_that_gives_the_answer_of_its_numbers(bench: Any) -> None:
    assert bench.known
    for name, claim in bench.known.items():
        text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
        assert claim.sentence in text, name
        if not (PAGES / "numbers" / f"{name}.csv").exists():
            assert bench.pages.answer_of(PAGES / f"{name}.md") == "not measured yet"
            continue
        with (PAGES / "numbers" / f"{name}.csv").open(encoding="utf-8") as file:
            measured = list(csv.DictReader(line for line in file.read().split("\n\n")[0].splitlines()))
        said = [
            SimpleNamespace(answer=row["answer"], part=row.get("part", ""), counts=True)
            for row in measured
            if row["answer"]
        ]
        assert bench.pages.answer_of(PAGES / f"{name}.md") == bench.claim.verdict(said), name
        assert (PAGES / "figures" / f"{name}.svg").is_file()


def test_the_summary_names_every_claim_with_the_answer_of_its_page(bench: Any) -> None:
    assert bench.main.summary(bench.known) in (PAGES / "index.md").read_text(encoding="utf-8")


def test_the_vietnamese_summary_has_every_claim_and_answers_in_vietnamese(bench: Any) -> None:
    import vietnamese

    assert list(vietnamese.SENTENCES) == list(bench.known)
    table = vietnamese.summary(bench.main.answers(bench.known))
    assert table in (PAGES.parent / "vi" / "claims.md").read_text(encoding="utf-8")
    assert not re.search(r"\b(holds?|yes|no on|tell|measured|undecided|of \d)\b", table.split("\n", 1)[1])
