"""All guards on one patient: data with a backbone, or a run; each guard once, and nothing hidden."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import ghep
from ghep.errors import ConfigError
from ghep.experiment.doctor.diagnosis import Diagnosis, Examination
from ghep.experiment.record import Run
from ghep.types import Finding

QUICK = {"precision": "float32", "workers": 1}


@pytest.fixture(scope="module")
def run(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("doctor") / "run"
    return ghep.fit(photos, backbone=small_backbone, strategy="full", epochs=1, lr=1e-3, seed=3, out=out, **QUICK)


@pytest.mark.slow
def test_a_run_is_examined_on_its_own_data_with_its_own_settings(run: Run, tmp_path: Path) -> None:
    found = ghep.doctor(run.folder)
    assert found.target == str(run.folder) and found.backbone.endswith("small.json")
    by_name = {one.name: one for one in found.examinations}
    assert by_name["data"].facts["examples"] == {"train": 60, "valid": 20, "test": 20}
    assert {one.code for one in run.findings} <= {one.code for one in found.findings} | {"source-head-left-out"}
    assert {"labels", "unfamiliar", "rate", "training", "forgotten"} <= by_name.keys()
    assert by_name["rate"].facts["lr"] == 1e-3 and by_name["rate"].summary
    page = found.save(tmp_path / "page")
    written = json.loads((page.parent / "diagnosis.json").read_text(encoding="utf-8"))
    assert [one["guard"] for one in written["guards"]] == [one.name for one in found.examinations]
    text = page.read_text(encoding="utf-8")
    assert found.conclusion in text and "<script" not in text
    assert ghep.doctor(run.bundle).target == found.target, "the bundle of a run stands for the run"


@pytest.mark.slow
def test_data_with_a_backbone_need_no_run(photos: Path, small_backbone: str) -> None:
    found = ghep.doctor(photos, backbone=small_backbone)
    assert "training" not in {one.name for one in found.examinations}
    assert len({one.name for one in found.examinations}) == len(found.examinations)
    (rate,) = [one for one in found.examinations if one.name == "rate"]
    assert rate.state == "ok" and "explode" in rate.summary and len(rate.facts["losses"]) > 10
    by_name = {one.name: one for one in found.examinations}
    assert "random weights" in by_name["domain"].summary and not by_name["domain"].findings
    assert "by AUC" in by_name["splits"].summary and len(by_name["splits"].facts["pairs"]) == 3


def test_a_run_whose_data_are_gone_says_so(run: Run, tmp_path: Path) -> None:
    moved = tmp_path / "run"
    shutil.copytree(run.folder, moved)
    settings = json.loads((moved / "config.json").read_text(encoding="utf-8"))
    (moved / "config.json").write_text(json.dumps({**settings, "data": str(tmp_path / "gone")}), encoding="utf-8")
    with pytest.raises(ConfigError, match="gone"):
        ghep.doctor(moved)
    (moved / "metrics.json").unlink()
    with pytest.raises(ConfigError, match="not finished"):
        ghep.doctor(moved)


def test_an_unknown_option_is_refused(photos: Path) -> None:
    with pytest.raises(ConfigError, match="unknown epochs"):
        ghep.doctor(photos, epochs=3)  # type: ignore[call-arg]


def test_the_worst_is_named_first() -> None:
    warned = Finding.of("valid-reused", "info"), Finding.of("nothing-held-out", "error")
    made = Diagnosis(
        "data",
        "small",
        (
            Examination("data", "all well"),
            Examination("backbone", "does not apply", skipped=True),
            Examination("training", "looked", warned, tried=("another backbone: .7 to .8",)),
        ),
        1.0,
    )
    assert [one.state for one in made.examinations] == ["ok", "skipped", "error"]
    assert [one.code for one in made.findings] == ["nothing-held-out", "valid-reused"]
    lines = made.lines()
    assert lines[0].startswith("error") and "another backbone" in lines[1] and "skipped" in lines[3]
    assert made.exit_code == 1 and "training" in made.conclusion
    assert "training" in made._repr_html_() and Diagnosis("d", "b", made.examinations[:2], 0).exit_code == 0
