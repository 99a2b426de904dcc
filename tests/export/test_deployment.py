"""What an export brings for its machine: requirements that suffice, a Dockerfile, a section of the card."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from importlib.metadata import distribution
from pathlib import Path

import pytest
from PIL import Image

import ghep
from ghep.export.deployment import image_name, model_name
from ghep.export.write import write_export
from ghep.model.bundle import load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from ghep.serve.server import name_of
from ghep.tasks.classification import Classification
from small_bert import small_bert
from tiny import tiny_backbone

SOURCE = Path(ghep.__file__).parents[1]
TASK = Classification("animal", ("ant", "bee"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("Ants of 2026") / "bundle"
    model = TransferModel(tiny_backbone(), (TASK,))
    save_bundle(folder, model, calibration={"animal": 1.5}, training={}, metrics={}, card="# Ants")
    return folder


@pytest.fixture(scope="module")
def export(bundle: Path) -> Path:
    return write_export(load_bundle(bundle), "onnx", bundle.parent / "export")


def names(export: Path, *lists: str) -> list[str]:
    lines = "".join((export / name).read_text(encoding="utf-8") for name in lists or ("requirements.txt",))
    return [line.partition("==")[0] for line in lines.splitlines()]


def alone(export: Path, folder: Path, *lists: str) -> dict[str, str]:
    """The environment of a Python that has the packages in the export's lists, and ghep, and no other."""
    folder.mkdir()
    for name in names(export, *lists):
        installed = distribution(name)
        for top in {one.parts[0] for one in installed.files or ()} - {".."}:
            if not (folder / top).exists():
                (folder / top).symlink_to(Path(str(installed.locate_file(top))))
    path = os.pathsep.join([str(folder), str(SOURCE)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def ghep_command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", "-m", "ghep", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_every_requirement_is_pinned_to_the_version_here(export: Path) -> None:
    lines = (export / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    assert "torch" not in names(export) and {"onnxruntime", "numpy"} <= set(names(export))
    assert "tokenizers" not in names(export)


@pytest.mark.slow
def test_images_are_answered_with_the_requirements_and_nothing_else(export: Path, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "x.png")
    environment = alone(export, tmp_path / "packages")
    done = ghep_command(environment, "predict", str(export), str(tmp_path / "x.png"))
    assert done.returncode == 0 and "x.png\t" in done.stdout, done.stderr
    without = {**environment, "PYTHONPATH": str(SOURCE)}
    assert ghep_command(without, "predict", str(export), str(tmp_path / "x.png")).returncode != 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["onnx", "openvino"])
def test_texts_are_answered_with_the_requirements_and_nothing_else(kind: str, tmp_path: Path) -> None:
    from ghep.backbone.catalog import load_backbone

    model = TransferModel(load_backbone(small_bert(tmp_path / "bert")), [TASK])
    save_bundle(tmp_path / "b", model, calibration={}, training={}, metrics={}, card="# texts")
    export = write_export(load_bundle(tmp_path / "b"), kind, tmp_path / "export")
    (tmp_path / "x.txt").write_text("good film", encoding="utf-8")
    done = ghep_command(alone(export, tmp_path / "packages"), "predict", str(export), str(tmp_path / "x.txt"))
    assert done.returncode == 0 and "\t0." in done.stdout, done.stderr


@pytest.mark.slow
def test_it_is_served_with_the_requirements_and_nothing_else(export: Path, tmp_path: Path) -> None:
    environment = alone(export, tmp_path / "packages", "requirements.txt", "requirements-serve.txt")
    command = [sys.executable, "-S", "-m", "ghep", "serve", str(export), "--port", "0", "--drain-delay", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            said = ""
            while "http://" not in said and (line := server.stderr.readline()):
                said += line
            address = re.search(r"http://[\d.:]+", said)
            assert address is not None, said
            assert b"onnx" not in urllib.request.urlopen(f"{address[0]}/openapi.json").read(10)
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)
    assert server.returncode == 0


def test_the_dockerfile_runs_as_an_ordinary_user_and_its_command_is_a_list(export: Path) -> None:
    lines = (export / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER 10001" in lines and 'ENTRYPOINT ["ghep"]' in lines
    assert lines.index("USER 10001") > max(place for place, line in enumerate(lines) if line.startswith("RUN"))
    assert f"FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim" in lines


def test_the_card_says_how_to_use_the_export(export: Path) -> None:
    card = (export / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# Ants\n") and "## How to use this export" in card
    assert "    pip install --no-deps -r requirements.txt\n" in card and "docker build -t ants-of-2026" in card
    assert "without PyTorch." in card


def test_names_of_images_are_those_that_docker_takes() -> None:
    assert image_name(Path("/runs/Été 20:26/bundle")) == "t-20-26"
    assert image_name(Path("/runs/___")) == "model"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("pets/bundle", "pets"),
        ("pets/bundle-onnx", "pets"),
        ("pets/bundle-torch-export", "pets"),
        ("a/pets-2", "pets-2"),
    ],
)
def test_a_model_has_the_name_of_its_run_or_folder(folder: str, name: str, tmp_path: Path) -> None:
    assert model_name(tmp_path / folder) == name_of(tmp_path / folder) == name
