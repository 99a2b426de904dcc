"""What explain, similar, ideal and attack cannot do is refused in one line, and a second line says how to continue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import ghep
from advice.conftest import ARGUMENTS, CARD
from ghep.backbone.architecture import Architecture
from ghep.backbone.packages import imagenet_labels
from ghep.cli.app import run
from ghep.errors import ConfigError
from ghep.explanation.attack.attack_options import options_from
from ghep.explanation.ideal.judging import judge_for
from ghep.explanation.maps.photo import Explainer, PhotoExplanation
from ghep.explanation.maps.sentences import summary
from ghep.explanation.subject import Subject, subject_of
from ghep.tasks.regression import Regression
from tiny import PREPROCESS, tiny_backbone


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, photos: Path, small_backbone: str) -> Path:
    folder = tmp_path_factory.mktemp("refused") / "run"
    return Path(ghep.fit(photos, backbone=small_backbone, out=folder, control=False).bundle)


def refusal(words: list[str], capsys: pytest.CaptureFixture[str], code: int = 2) -> str:
    """Run a command that must fail, and return its two lines."""
    assert run(words) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-2].startswith("error: ") and lines[-1].startswith("  fix: "), lines
    return " ".join(lines[-2:])


def of_classes(*labels: str) -> Subject:
    backbone = tiny_backbone()
    return Subject("model", backbone, nn.Linear(backbone.feature_dim, len(labels)), labels)


def of_number() -> Subject:
    backbone = tiny_backbone()
    head = nn.Linear(backbone.feature_dim, 1)
    return Subject("model", backbone, head, ("age",), Regression("age", 40.0, 10.0))


def test_a_word_of_several_names_is_answered_with_these_names() -> None:
    subject = of_classes("Persian cat", "tabby, tabby cat", "plate", "crane, bird", "crane, machine")
    with pytest.raises(ConfigError) as refused:
        subject.index_of("cat")
    assert refused.value.remedy == 'did you mean "Persian cat" or "tabby, tabby cat"?'
    with pytest.raises(ConfigError, match='several classes of the model are called "crane": crane, bird; crane, mac'):
        subject.index_of("crane")
    assert subject.index_of("Tabby cat") == 1


def test_a_number_has_no_class() -> None:
    subject = of_number()
    with pytest.raises(ConfigError, match=r'predicts a number \(age\) and has no class "cat"'):
        subject.index_of("cat")
    judge, (finding,) = judge_for(subject, ["highest", "lowest"], None)
    assert judge is None and finding.code == "ideal-no-judge-of-numbers" and "highest" not in finding.message


def test_a_number_is_written_shortly_and_has_no_missing_evidence() -> None:
    maps, nothing = -np.ones((1, 2, 2)), cast(Any, None)
    one = PhotoExplanation("x", nothing, nothing, "-0.014505475759506226", {}, ("age",), "net", maps)
    assert summary(one) == ["age = -0.015"] and one.positive == (True,)


def test_a_bound_without_effect_is_refused() -> None:
    with pytest.raises(ConfigError, match="epsilon=4/255 together with method=cw"):
        options_from({"method": "cw", "epsilon": "4/255"})
    assert options_from({"method": "cw", "epsilon": None}).method == "cw"


@pytest.mark.slow
def test_another_seed_without_a_comparison_is_refused(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = str(next((photos / "test").rglob("*.png")))
    words = ["explain", str(bundle), photo, "--other-seed", str(bundle), "-o", str(tmp_path / "out")]
    assert "add --before" in refusal(words, capsys)


@pytest.mark.parametrize("verb", ["explain", "similar"])
def test_an_unusable_input_has_a_fix(
    verb: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0")
    said = refusal([verb, str(bundle), str(broken), "-o", str(tmp_path / "out")], capsys, code=1)
    assert "1 of 1 inputs cannot be used" in said and "ghep check" in said


def test_a_folder_that_cannot_be_made_is_refused_before_the_work(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert "--out" in refusal(["ideal", str(bundle), "-o", str(tmp_path / "file" / "out")], capsys)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "code", "name"), [(7, "subject-classes-unnamed", "class 2"), (1000, "subject-imagenet-assumed", "shark")]
)
def test_a_file_without_names_of_classes_says_what_is_assumed(
    count: int, code: str, name: str, photos: Path, tmp_path: Path
) -> None:
    state = Architecture("small-resnet", "small", ARGUMENTS).build(seed=0).state_dict()
    state |= {"fc.weight": torch.randn(count, 16), "fc.bias": torch.zeros(count)}
    save_file(state, tmp_path / "net.safetensors")
    (tmp_path / "net.json").write_text(json.dumps(CARD))
    subject = subject_of(tmp_path / "net.safetensors")
    assert len(subject.labels) == count and name in subject.labels[2]
    assert [one.code for one in subject.findings] == [code]
    photo = next((photos / "test").rglob("*.png"))
    for found in (
        ghep.explain(subject, photo),
        ghep.attack(tmp_path / "net.safetensors", photo, checked=0, steps=1, epsilon="64/255"),
        ghep.ideal(tmp_path / "net.safetensors", subject.labels[2], steps=1, ways=["pixels"]),
    ):
        assert code in [one.code for one in found.findings]


def test_a_network_without_maps_is_refused(photos: Path) -> None:
    size = PREPROCESS.height
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * size * size, 8), nn.ReLU(), nn.Linear(8, 4))
    subject = Subject("flat", tiny_backbone(net=flat), nn.Linear(4, 2), ("a", "b"))
    with subject.in_use(), pytest.raises(ConfigError, match="has no feature map") as refused:
        Explainer(subject).explain(next((photos / "test").rglob("*.png")), "photo")
    assert "convolutional network" in str(refused.value.remedy)


@pytest.mark.parametrize("verb", ["explain", "similar", "ideal", "attack"])
def test_help_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert f"Example: ghep {verb} " in capsys.readouterr().out


def test_names_of_imagenet_are_in_the_usual_order() -> None:
    names = imagenet_labels()
    assert len(names) == 1000 and names[0].startswith("tench") and names[281].startswith("tabby")
