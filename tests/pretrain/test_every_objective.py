"""``pretrain`` with span, tsdae, electra and bilm, from a file to a folder: bits, kills, fits, continued backbones."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import ghep
from ghep.errors import ConfigError, Interrupted
from ghep.pretrain.options import OF_SCRATCH
from ghep.pretrain.record import read_pretrained
from pretrain.small import documents
from pretrain.test_pretrain import QUICK, StopAfter

OBJECTIVES: dict[str, dict[str, Any]] = {
    "span": {},
    "tsdae": {"batch_size": 16},
    "electra": {},
    "bilm": {"batch_size": 16},
    "bilm-spelling": {"batch_size": 16, "vocabulary_kind": "characters", "width": 16},
}
EACH = pytest.mark.parametrize("name", list(OBJECTIVES))


def settings_of(name: str) -> dict[str, Any]:
    return {**QUICK, "objective": name.partition("-")[0], **OBJECTIVES[name]}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "walks.txt"
    path.write_text("\n".join(one.text for one in documents(40)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folders(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A finished pretraining of each kind."""
    root = tmp_path_factory.mktemp("finished")
    for name in OBJECTIVES:
        ghep.pretrain(corpus, out=root / name, **settings_of(name))
    return {name: root / name for name in OBJECTIVES}


def digest(folder: Path) -> str:
    files = sorted(folder.glob("*.safetensors"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@pytest.mark.slow
@EACH
def test_an_interrupted_pretraining_continues_to_the_same_bits(
    name: str, corpus: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(Interrupted):
        ghep.pretrain(corpus, out=out, stop=StopAfter(2), **settings_of(name))
    assert list((out / "checkpoints").glob("step-*"))
    done = ghep.pretrain(corpus, out=out, resume=True, **settings_of(name))
    assert digest(out) == digest(folders[name])
    whole = read_pretrained(folders[name])
    assert [row["held_out_loss"] for row in done.curve] == [row["held_out_loss"] for row in whole.curve]


@pytest.mark.slow
def test_another_process_gives_equal_bits(corpus: Path, folders: dict[str, Path], tmp_path: Path) -> None:
    code = (
        "import sys, json, ghep\n"
        "for name, settings in json.loads(sys.argv[3]).items():\n"
        "    ghep.pretrain(sys.argv[1], out=sys.argv[2] + '/' + name, **settings)"
    )
    settings = json.dumps({name: settings_of(name) for name in OBJECTIVES})
    subprocess.run([sys.executable, "-c", code, str(corpus), str(tmp_path), settings], check=True)
    assert {name: digest(tmp_path / name) for name in OBJECTIVES} == {
        name: digest(folder) for name, folder in folders.items()
    }


@EACH
def test_the_record_starts_at_guessing_and_has_the_counts(name: str, folders: dict[str, Path]) -> None:
    done = read_pretrained(folders[name])
    held = done.record["held_out"]
    assert held["before"]["loss"] == pytest.approx(held["guessing"], rel=0.05)
    assert held["after"]["loss"] < held["before"]["loss"]
    assert {"unigram", "bigram"} <= set(held) and held["after"]["bits_per_byte"] > 0
    for side in (held["before"], held["after"]):  # of the same tokens, and no others
        ratios = [side[unit] / held["unigram"][unit] for unit in ("nats_per_token", "bits_per_byte")]
        assert ratios[0] == pytest.approx(ratios[1])
    if name == "electra":
        assert 0 < held["replaced_auc"] < 1 and 0 < held["random_auc"] < 1 and 0 < held["context_auc"] < 1
        assert "electra-small-corpus" in {one.code for one in done.findings}


def test_spans_that_were_cut_out_are_shown_with_what_was_written(folders: dict[str, Path]) -> None:
    record = read_pretrained(folders["span"]).record
    samples = record["samples"]
    assert samples and all(one["masked"].count("___") >= len(one["filled"]) > 0 for one in samples)
    words = {word for one in documents(40) for word in one.text.split()}
    assert any(hidden.strip() and set(hidden.split()) <= words for one in samples for hidden, _ in one["filled"])


@pytest.mark.slow
@EACH
def test_a_fit_takes_the_folder_without_a_warning(name: str, folders: dict[str, Path], tmp_path: Path) -> None:
    table = tmp_path / "words.csv"
    rows = [f"{' '.join(one.text.split()[:8])},{'ab'[k % 2]}" for k, one in enumerate(documents(40, seed=3))]
    table.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    run = ghep.fit(
        table,
        backbone=str(folders[name]),
        strategy="linear_probe",
        out=tmp_path / "run",
    )
    codes = {one.code for one in run.findings if one.severity != "info"}
    assert not codes & {"tensors-left-out", "layers-left-out", "weights-unchanged", "tokens-unknown"}
    assert run.bundle is not None


@pytest.mark.slow
def test_a_fit_takes_the_decoder_of_a_span_folder(folders: dict[str, Path], tmp_path: Path) -> None:
    table = tmp_path / "words.csv"
    rows = [f"{' '.join(one.text.split()[:8])},{('ba', 'ge')[k % 2]}" for k, one in enumerate(documents(40, seed=3))]
    table.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    backbone = f"text2text/{folders['span']}"
    run = ghep.fit(
        table,
        backbone=backbone,
        strategy="light",
        epochs=1,
        out=tmp_path / "run",
    )
    assert run.bundle is not None and not [one for one in run.findings if one.code == "tensors-left-out"]


@pytest.mark.slow
@EACH
def test_a_folder_is_continued_with_its_head(name: str, corpus: Path, folders: dict[str, Path], tmp_path: Path) -> None:
    settings = {key: value for key, value in settings_of(name).items() if key not in OF_SCRATCH} | {"lr": 1e-7}
    done = ghep.pretrain(corpus, backbone=folders[name], out=tmp_path / "out", **settings)
    first = read_pretrained(folders[name]).record["held_out"]["after"]["loss"]
    assert done.record["held_out"]["before"]["loss"] == pytest.approx(first, rel=1e-4)
    before, after = (load_file(folder / "model.safetensors") for folder in (folders[name], tmp_path / "out"))
    assert before.keys() == after.keys()
    assert all(torch.allclose(one, after[key], atol=1e-4) for key, one in before.items())


@pytest.mark.slow
def test_an_encoder_is_continued_by_tsdae_whose_decoder_is_trained_first(corpus: Path, tmp_path: Path) -> None:
    ghep.pretrain(corpus, out=tmp_path / "encoder", **settings_of("tsdae"))
    (tmp_path / "encoder" / "pretraining_head.safetensors").unlink()
    settings = {key: value for key, value in settings_of("tsdae").items() if key not in OF_SCRATCH}
    done = ghep.pretrain(corpus, backbone=tmp_path / "encoder", out=tmp_path / "out", **{**settings, "passes": 3.0})
    assert [row["stage"] for row in done.curve][:1] == ["head"] and done.curve[-1]["stage"] == "all"


def test_another_pooling_is_another_pretraining(corpus: Path, folders: dict[str, Path], tmp_path: Path) -> None:
    """TSDAE's vector is that of the sentence encoder, which no weight tells."""
    encoder, out = tmp_path / "encoder", tmp_path / "out"
    shutil.copytree(folders["tsdae"], encoder)
    modules = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling")]
    listed = [{"idx": int(i), "name": i, "path": p, "type": f"sentence_transformers.models.{t}"} for i, p, t in modules]
    (encoder / "modules.json").write_text(json.dumps(listed))
    (encoder / "1_Pooling").mkdir()
    settings = {key: value for key, value in settings_of("tsdae").items() if key not in OF_SCRATCH}

    def pools(by: str) -> None:
        (encoder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{by}": True}))

    pools("cls_token")
    with pytest.raises(Interrupted):
        ghep.pretrain(corpus, backbone=encoder, out=out, stop=StopAfter(2), **settings)
    pools("mean_tokens")
    with pytest.raises(ConfigError) as refused:
        ghep.pretrain(corpus, backbone=encoder, out=out, resume=True, **settings)
    assert refused.value.code == "pretrain-resumed-with-other-settings"


def test_a_vocabulary_that_the_objective_cannot_have_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unigram") as refused:
        ghep.pretrain(corpus, objective="span", vocabulary_kind="bytes", out=tmp_path / "out")
    assert refused.value.code == "pretrain-vocabulary-of-objective"
    error = ConfigError("pretrain-vocabulary-of-objective", objective="mlm", kind="words", kinds=("bytes", "unigram"))
    assert "use bytes or unigram" in error.remedy
