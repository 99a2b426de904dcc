"""The command line as a person uses it: verbs, exit codes, JSON, and what is never imported."""

from __future__ import annotations

import csv
import json
import re
import shutil
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_check_needs_no_torch(photos: Path, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.csv"
    reviews.write_text("text,label\n" + "".join(f"review number {at},{at % 2}\n" for at in range(40)))
    code = (
        "import sys; from ghep.cli.app import run\n"
        f"codes = run(['--help']), run(['check', {str(photos)!r}]), run(['fit', '--help']), run(['backbones'])\n"
        f"codes += (run(['check', {str(reviews)!r}, '--text', 'text', '--encoding', 'latin-1']),)\n"
        "heavy = {'torch', 'timm', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert codes == (0, 0, 0, 0, 0), codes\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_check_speaks_of_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"revue numéro {at},{'ab'[at % 2]}\n" for at in range(40))
    (tmp_path / "d.csv").write_bytes(f"mots,avis\n{rows},a\n".encode("latin-1"))
    command = ["check", str(tmp_path / "d.csv"), "--text", "mots", "--label", "avis", "--encoding", "latin-1"]
    assert run(command) == 1
    out = capsys.readouterr().out
    assert "d: 40 usable texts in" in out and "sizes from 14 to 15 characters" in out
    assert "1 text cannot be used and was left out: 1 empty" in out and "image" not in out and "file" not in out
    assert run([*command, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["modality"], told["smallest"], told["largest"]) == ("text", [14], [15])
    assert run(command[:-2]) == 2
    assert "--encoding latin-1" in capsys.readouterr().err


@pytest.mark.slow
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
        ["fit", "PHOTOS", "--backbone", "SMALL", "--resume"],
        ["fit", "--config", "nowhere.toml"],
        ["fit"],
        ["predict", "nowhere", "PHOTOS"],
        ["predict", "BUNDLE", "nowhere/*.jpg"],
        ["predict", "BUNDLE", "PHOTOS", "--task", "mood"],
        ["evaluate", "BUNDLE", "PHOTOS", "--split", "tset"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--save-dtype", "bfloat16"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--seed", "-1"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--seed", "99999999999999999999999"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--workers", "-2"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--precision", "foo"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--augment", "wild"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--resume", "--overwrite", "--out", "RUN"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--out", "RUN"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--out", "AFILE"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--out", "AFILE/x"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--out", "/proc/nope"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--out", ""],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--out", "PHOTOS/run"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--out", "s3://bucket/run"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--strategy", "light", "--epochs", "0"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--epochs", "0"],
        ["fit", "https://example.org/data.csv"],
        ["check", "hf://datasets/imdb"],
        ["compare", "PHOTOS", "--backbones", "SMALL", "--out", "PHOTOS"],
        ["evaluate", "BUNDLE", "PHOTOS", "--out", "PHOTOS/scores"],
        ["predict", "BUNDLE", "https://example.org/a.jpg"],
        ["fit", "PHOTOS", "--backbone", "SMALL", "--label-column", "kind"],
        ["fit", "PHOTOS", "--backbone", "RUN"],
        ["fit", "PHOTOS", "--backbone", "LONG"],
        ["fit", "PHOTOS", "--backbone", "timm/resnet18@LONG"],
        ["fit", "PHOTOS", "--backbone", "a\0b"],
        ["fit", "PHOTOS", "--backbone", ""],
        ["fit", "PHOTOS", "--config", "LONG"],
        ["fit", "LONG"],
        ["fit", ""],
        ["check", "a\0b"],
        ["check", "LONG"],
        ["check", ""],
        ["check", "PHOTOS", "--label-column", "kind"],
        ["predict", "RUN", "PHOTOS"],
        ["predict", "LONG", "PHOTOS"],
        ["predict", "a\0b", "PHOTOS"],
        ["predict", "BUNDLE", "LONG"],
        ["predict", "BUNDLE", "a\0b"],
        ["predict", "BUNDLE", ""],
        ["predict", "BUNDLE", "PHOTOS", "--out", "nodir/x.csv"],
        ["predict", "BUNDLE", "PHOTOS", "--out", "PHOTOS"],
        ["predict", "BUNDLE", "PHOTOS", "--out", ""],
        ["evaluate", "BUNDLE", "PHOTOS", "--out", "AFILE"],
        ["evaluate", "BUNDLE", "PHOTOS", "--out", "AFILE/x"],
        ["evaluate", "RUN", "PHOTOS"],
        ["check", "nowhere"],
        ["backbones", "--describe", "timm/resnet_fifty"],
        ["fit", "PHOTOS", "--no-such-flag"],
    ],
    ids=lambda arguments: " ".join(arguments).replace("\0", "NUL"),
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
    (tmp_path / "AFILE").write_text("a file", encoding="utf-8")
    names = {"PHOTOS": str(photos), "BUNDLE": str(bundle), "SMALL": small_backbone, "RUN": str(bundle.parent)}
    names["LONG"] = "x" * 5000
    words = [names.get(word, word.replace("@LONG", "@" + names["LONG"])) for word in arguments]
    assert run([re.sub("^PHOTOS(?=/)", str(photos), word) for word in words]) == 2
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert {path.name for path in tmp_path.iterdir()} == {"AFILE"}, "no empty folder is left"
    if "--frozen-blocks" not in arguments:  # how many blocks there are is known when the backbone is
        assert "stage 1" not in told and "] read" not in told, "refused before the work"
    if "--no-such-flag" not in arguments:
        lines = [line for line in told.splitlines() if line.startswith(("error: ", "  fix: "))]
        assert [line[:5] for line in lines] == ["error", "  fix"], told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["fit", "https://example.org/data.csv"],
            ("https://example.org/data.csv is an address", "ghep reads and writes"),
        ),
        (["fit", "PHOTOS", "--out", "s3://bucket/run"], ("s3://bucket/run is an address", "files")),
        (["fit", "PHOTOS", "--device", "cuda"], ("this machine has no CUDA GPU", "choose auto or cpu")),
        (["fit", "PHOTOS", "--device", "abacus"], ('no device is called "abacus"', "choose auto, cpu, cuda or mps")),
        (
            ["fit", "PHOTOS", "--strategy", "light", "--epochs", "0"],
            ("epochs=0 (a whole number from 1", "linear_probe"),
        ),
        (["fit", "PHOTOS", "--out", "PHOTOS/run"], ("inside the data folder", "outside the data")),
    ],
    ids=lambda value: " ".join(value[2:]),
)
def test_a_value_that_cannot_be_says_why(
    arguments: list[str],
    said: tuple[str, ...],
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert run([word.replace("PHOTOS", str(photos)) for word in arguments]) == 2
    told = capsys.readouterr().err
    assert all(part in told for part in said), told
    assert not any(tmp_path.iterdir())


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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('seed = "a"', "seed='a' (a whole number"),
        ("backbone = 5", "backbone=5 ("),
        ("strategy = 5", "strategy=5 ("),
        ('strategy = "light"\nfrozen_blocks = "1"', "frozen_blocks='1' (a whole number"),
        ("out = 3", "out=3 ("),
        ("label_columns = 3", "label_columns=3 ("),
        ('path_column = ""', "path_column='' ("),
        ('workers = "2"', "workers='2' (a whole number"),
        ("workers = 2.5", "workers=2.5 (a whole number"),
        ('strategy = "full"\nclass_weights = "no"', "class_weights='no' (true or false"),
        ('resume = "no"', "resume='no' (true or false"),
        ("epochs = true", "epochs=True (a whole number"),
        ("lr = true", "lr=True (above 0"),
        ("time_limit = true", "time_limit=True ("),
        ("cache_size = [1]", "cache_size=[1] ("),
        (
            'seed = "a"\nworkers = -1\nepochs = -1',
            "epochs=-1 (a whole number from 1; linear_probe trains the head alone); fit cannot use seed='a' (",
        ),
    ],
)
def test_a_config_file_with_a_wrong_type_names_it(
    line: str, told: str, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f'data = "{photos}"\n{line}\n', encoding="utf-8")
    assert run(["fit", "--config", str(file)]) == 2
    error = capsys.readouterr().err
    assert told in error and error.splitlines()[1].startswith("  fix: ")


def test_data_of_a_wrong_type_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    file.write_text("data = 1\n", encoding="utf-8")
    assert run(["fit", "--config", str(file)]) == 2
    assert "data=1 (" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (PermissionError(13, "Permission denied", "/a/b"), 2, "/a/b: Permission denied"),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (ZeroDivisionError("division by zero"), 3, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_nobody_foresaw_is_one_line_and_an_exit_code(
    raised: Exception,
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("ghep.data.check.check", fails)
    monkeypatch.delenv("GHEP_DEBUG", raising=False)
    assert run(["check", "photos"]) == code
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and told in lines[0] and lines[1].startswith("  fix: ")
    monkeypatch.setenv("GHEP_DEBUG", "1")
    assert run(["check", "photos"]) == code
    assert ("Traceback" in capsys.readouterr().err) is (code == 3)


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ghep.data.check.check", fails)
    assert run(["check", "photos"]) == 130


def test_fit_with_a_finding_of_severity_error_is_1(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "photos"
    shutil.copytree(photos, data)
    shutil.copy(data / "train" / "rows" / "000.png", data / "test" / "rows" / "copy.png")
    assert run(["fit", str(data), "-b", small_backbone, "-o", str(tmp_path / "r"), *FIT]) == 1
    told = capsys.readouterr().out
    assert "error: " in told and (tmp_path / "r" / "bundle").is_dir()


def test_predict_takes_from_a_folder_what_training_takes(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    (folder / "deeper").mkdir(parents=True)
    picture = photos / "test" / "rows" / "000.png"
    for name in ("0.png", "._0.png", "without-suffix", "deeper/1.png"):
        shutil.copy(picture, folder / name)
    (folder / "notes.txt").write_text("no image", encoding="utf-8")
    assert run(["predict", str(bundle), str(folder)]) == 0
    names = sorted(line.split("\t")[0].removeprefix(f"{folder}/") for line in capsys.readouterr().out.splitlines())
    assert names == ["0.png", "deeper/1.png", "without-suffix"]


def test_the_error_points_from_a_run_to_its_bundle(
    bundle: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        ["predict", str(bundle.parent), str(photos)],
        ["fit", str(photos), "--backbone", str(bundle.parent)],
    ):
        assert run(arguments) == 2
        assert f"fix: pass {bundle}" in capsys.readouterr().err


def test_a_split_that_is_not_there_is_told_with_those_that_are(
    bundle: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(bundle), str(photos / "test"), "--split", "foo"]) == 2
    assert "choose all\n" in capsys.readouterr().err
    assert run(["evaluate", str(bundle), str(photos), "--split", "foo"]) == 2
    assert "choose test, train, valid or all" in capsys.readouterr().err


@pytest.mark.slow
def test_a_finished_run_is_replaced_only_when_asked(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "r"
    command = ["fit", str(photos), "-b", small_backbone, "-o", str(out), *FIT]
    assert run(command) == 0
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    (out / "checkpoints" / "last").mkdir(parents=True)
    before = (out / "bundle" / "MANIFEST.json").read_bytes()
    capsys.readouterr()
    assert run([*command, "--seed", "1"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (out / "bundle" / "MANIFEST.json").read_bytes() == before
    assert run([*command, "--seed", "1", "--overwrite"]) == 0
    assert json.loads((out / "config.json").read_text(encoding="utf-8"))["seed"] == 1
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine" and not (out / "checkpoints" / "last").exists()


def test_a_table_for_people_has_one_line_a_row_and_no_formula(
    bundle: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a\tb\nc.png", "=1+1.png"):
        shutil.copy(photos / "test" / "rows" / "000.png", name)
    assert run(["predict", str(bundle), "a\tb\nc.png", "=1+1.png", "--out", "p.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["a\\tb\\nc.png", "=1+1.png"]
    with Path("p.csv").open(encoding="utf-8", newline="") as file:
        assert [row["input"] for row in csv.DictReader(file)] == ["a\tb\nc.png", "'=1+1.png"]


def test_times_and_sizes() -> None:
    assert (seconds("90"), seconds("90s"), seconds("1.5h"), seconds(60)) == (90, 90, 5400, 60)
    assert (number_of_bytes("500M"), number_of_bytes("8GB"), number_of_bytes(100)) == (500 * 2**20, 8 * 2**30, 100)
    for wrong in ("", "soon", "-3m", "3x"):
        with pytest.raises(ConfigError):
            seconds(wrong)
