"""What was done stays done; another comparison's folder is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghep.comparison.execution.ledger import FILE, open_ledger, require_same_data, require_same_weights
from ghep.comparison.planning.grid import Cell
from ghep.comparison.record import Contender
from ghep.errors import ConfigError
from ghep.features.decisions import Decisions

CELL = Cell(Contender("full", "a"), 0)


def test_a_decision_is_made_once(tmp_path: Path) -> None:
    made: list[int] = []
    ledger = open_ledger(tmp_path, "key", overwrite=False)
    for _ in range(2):
        assert ledger.decided("rate", lambda: made.append(1) or {"lr": 0.1}) == {"lr": 0.1}
    again = open_ledger(tmp_path, "key", overwrite=False)
    assert again.decided("rate", lambda: made.append(1)) == {"lr": 0.1}
    assert made == [1]


def test_a_finished_run_is_known_by_its_last_file(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, "key", overwrite=False)
    assert not ledger.finished(CELL)
    folder = ledger.run_folder(CELL)
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text("{}")
    assert not ledger.finished(CELL)  # killed while it was written down
    (folder / "quarantine.csv").write_text("")
    assert ledger.finished(CELL)
    ledger.done[CELL.name] = 1.0
    (folder / "quarantine.csv").unlink()
    assert not ledger.finished(CELL)  # taken away by hand: it is made again
    del ledger.done[CELL.name]
    ledger.done["other"] = 1.0
    ledger.save()
    assert open_ledger(tmp_path, "key", overwrite=False).done == {"other": 1.0}


def test_other_settings_or_other_data_are_refused_and_overwrite_clears_what_is_ours(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, "key", overwrite=False)
    require_same_data(ledger, "data")
    ledger.save()
    (tmp_path / "runs").mkdir()
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(ConfigError, match="other settings"):
        open_ledger(tmp_path, "other", overwrite=False)
    with pytest.raises(ConfigError, match="data have changed"):
        require_same_data(open_ledger(tmp_path, "key", overwrite=False), "other data")
    fresh = open_ledger(tmp_path, "other", overwrite=True)
    assert not fresh.done and not (tmp_path / FILE).exists() and not (tmp_path / "runs").exists()
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_a_weight_file_that_was_replaced_is_refused(tmp_path: Path) -> None:
    require_same_weights(open_ledger(tmp_path, "key", overwrite=False), "a", "one")
    require_same_weights(open_ledger(tmp_path, "key", overwrite=False), "a", "one")
    require_same_weights(open_ledger(tmp_path, "key", overwrite=False), "b", "two")
    with pytest.raises(ConfigError, match="weights of a have changed"):
        require_same_weights(open_ledger(tmp_path, "key", overwrite=False), "a", "other")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 3}', '"key"'])
def test_a_damaged_state_is_an_error_that_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ConfigError) as caught:
        open_ledger(tmp_path, "key", overwrite=False)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["bundle", "checkpoints"])
def test_a_folder_with_a_run_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    for overwrite in (False, True):
        with pytest.raises(ConfigError, match="holds a run; the files of a comparison would mix"):
            open_ledger(tmp_path, "key", overwrite=overwrite)


@pytest.mark.parametrize(
    "name", ["runs/mine.txt", "figures/mine.png", "report.html", "comparison.json", "decisions.json"]
)
def test_a_folder_of_something_else_is_refused_and_left_as_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(ConfigError, match=f"not the folder of a comparison.* its {name.partition('/')[0]}"):
            open_ledger(tmp_path, "key", overwrite=overwrite)
    assert (tmp_path / name).read_text() == "mine"


def test_a_comparison_goes_into_a_folder_with_files_of_other_names(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "runs").mkdir()
    Decisions(tmp_path / "decisions.json").put("engine", {"engine": "torch-bfloat16"})
    assert not open_ledger(tmp_path, "key", overwrite=False).done


def test_measured_decisions_are_kept_beside_it_and_cleared_with_it(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path, "key", overwrite=False)
    ledger.save()
    ledger.measured.put("engine", {"engine": "torch-bfloat16"})
    assert open_ledger(tmp_path, "key", overwrite=False).measured.get("engine") == {"engine": "torch-bfloat16"}
    assert open_ledger(tmp_path, "other", overwrite=True).measured.get("engine") is None
