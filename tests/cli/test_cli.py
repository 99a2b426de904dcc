"""The command line as a person uses it: verbs, exit codes, JSON, and what is never imported."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

import ghep
from ghep.cli.app import run
from ghep.config import number_of_bytes, resolve, seconds
from ghep.errors import ConfigError

FIT = ["--strategy", "linear_probe", "--precision", "float32"]


@pytest.fixture(scope="module")
def bundle(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    assert run(["fit", str(photos), "--backbone", small_backbone, "--out", str(out), *FIT]) == 0
    return out / "bundle"


def test_fit_prints_score_cost_and_where_it_lies(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fit", str(photos), "-b", small_backbone, "-o", str(tmp_path / "r"), *FIT]) == 0
    told = capsys.readouterr()
    assert "accuracy" in told.out and "95 % interval" in told.out and "bit-identical" in told.out
    assert str(tmp_path / "r" / "bundle") in told.out
    assert "stage 1 probe" in told.err


def test_fit_json_is_json_and_nothing_else(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fit", str(photos), "-b", small_backbone, "-o", str(tmp_path / "r"), "--json", *FIT]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["scores"]["test"]["label"]["accuracy"]["n"] == 20
    assert told.err == ""


def test_predict_files_folders_and_globs(bundle: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = photos / "test" / "rows"
    counts = []
    for asked in ([str(folder)], [str(folder / "*.png")], [str(path) for path in sorted(folder.iterdir())]):
        assert run(["predict", str(bundle), *asked]) == 0
        counts.append(capsys.readouterr().out)
    assert counts[0] == counts[1] == counts[2]
    assert len(counts[0].splitlines()) == 10


def test_predict_names_bad_files_and_goes_on(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "page.jpg"
    bad.write_text("<html>not here</html>", encoding="utf-8")
    good = photos / "test" / "rows" / "000.png"
    assert run(["predict", str(bundle), str(bad), str(good), "--out", str(tmp_path / "p.csv")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "not-an-image" in lines[0] and len(lines) == 2
    rows = list(csv.DictReader((tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0]["label"] == "" and rows[1]["label"] in ("rows", "columns")


def test_predict_is_the_same_by_cli_in_another_process_and_by_api(bundle: Path, photos: Path) -> None:
    files = sorted(str(path) for path in (photos / "test").rglob("*.png"))
    command = [sys.executable, "-m", "ghep", "predict", str(bundle), *files, "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    by_cli = [row["probabilities"] for row in json.loads(told.stdout)]
    assert by_cli == [row.probabilities for row in ghep.load(bundle).predict(files)]


def test_predictions_equal_those_the_run_was_scored_on(bundle: Path, photos: Path) -> None:
    rows = list(csv.DictReader((bundle.parent / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    predicted = ghep.load(bundle).predict([photos / row["id"] for row in rows])
    assert [row["predicted"] for row in rows] == [one.label for one in predicted]
    assert [row["probability"] for row in rows] == [f"{one.probability:.6f}" for one in predicted]


def test_evaluate_agrees_with_the_run(bundle: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(bundle), str(photos), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["scores"]
    recorded = json.loads((bundle / "metrics.json").read_text(encoding="utf-8"))["scores"]
    assert found["test"] == recorded["test"]


def test_check_needs_no_torch(photos: Path) -> None:
    code = (
        "import sys; from ghep.cli.app import run\n"
        f"codes = run(['--help']), run(['check', {str(photos)!r}]), run(['fit', '--help']), run(['backbones'])\n"
        "heavy = {'torch', 'timm', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert codes == (0, 0, 0, 0), codes\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "nowhere"],
        ["fit", "PHOTOS", "--backbone", "nonesuch"],
        ["fit", "PHOTOS", "--strategy", "prayer"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--time-limit", "soon"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--strategy", "linear_probe", "--frozen-blocks", "1"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--strategy", "light", "--frozen-blocks", "9"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--strategy", "full", "--augment", "wild"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--strategy", "full", "--precision", "float64"],
        ["fit", "--config", "nowhere.toml"],
        ["fit"],
        ["predict", "nowhere", "PHOTOS"],
        ["predict", "BUNDLE", "nowhere/*.jpg"],
        ["predict", "BUNDLE", "PHOTOS", "--task", "mood"],
        ["evaluate", "BUNDLE", "PHOTOS", "--split", "tset"],
        ["check", "nowhere"],
        ["backbones", "--describe", "timm/resnet_fifty"],
        ["fit", "PHOTOS", "--no-such-flag"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_a_mistake_is_one_line_of_cause_and_one_of_remedy(
    arguments: list[str],
    bundle: Path,
    photos: Path,
    small_backbone: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {"PHOTOS": str(photos), "BUNDLE": str(bundle), "SMALL": small_backbone}
    assert run([names.get(word, word) for word in arguments]) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    if "--no-such-flag" not in arguments:
        lines = [line for line in told.splitlines() if line.startswith(("error: ", "  fix: "))]
        assert [line[:5] for line in lines] == ["error", "  fix"], told


def test_config_file_is_overridden_by_flags_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(
        'data = "photos"\nstrategy = "light"\nepochs = 10\ntime_limit = "30m"\nlr = 1e-3\n', encoding="utf-8"
    )
    settings = resolve(file, {"epochs": 3, "lr": None})
    assert (settings["epochs"], settings["lr"], settings["time_limit"], settings["data"]) == (3, 1e-3, 1800.0, "photos")
    file.write_text('data = "photos"\nstrategy = "light"\nepoch = 10\n', encoding="utf-8")
    with pytest.raises(ConfigError, match='did you mean "epochs"'):
        resolve(file, {})
    file.write_text("data = photos\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        resolve(file, {})


def test_times_and_sizes() -> None:
    assert (seconds("90"), seconds("90s"), seconds("1.5h"), seconds(60)) == (90, 90, 5400, 60)
    assert (number_of_bytes("500M"), number_of_bytes("8GB"), number_of_bytes(100)) == (500 * 2**20, 8 * 2**30, 100)
    for wrong in ("", "soon", "-3m", "3x"):
        with pytest.raises(ConfigError):
            seconds(wrong)
