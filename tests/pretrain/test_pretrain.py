"""``pretrain`` from a file to a folder: bits, kills, refusals, a corpus shorter than a block, an existing backbone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file

import ghep
from ghep.comparison.pretraining.before import sides_of
from ghep.data.corpus import read_corpus
from ghep.errors import BackboneError, ConfigError, Interrupted
from ghep.messages import text_of
from ghep.pretrain.card import card_of
from ghep.pretrain.every_pretraining import EveryPretraining
from ghep.pretrain.lines import round_line
from ghep.pretrain.options import OF_SCRATCH, PretrainOptions
from ghep.pretrain.record import RECORD, read_pretrained
from ghep.pretrain.training import _budget as budget
from ghep.pretrain.vectors.options import VectorOptions
from ghep.reporter import Silent
from ghep.setting import settings_of
from ghep.training.state import Epoch
from ghep.training.stop import StopRequest
from pretrain.small import documents

QUICK: dict[str, Any] = {
    "layers": 2,
    "width": 32,
    "length": 16,
    "batch_size": 16,
    "passes": 1.0,
    "vocabulary": 64,
    "precision": "float32",
    "workers": 1,
}
CONTINUED = {name: value for name, value in QUICK.items() if name not in OF_SCRATCH}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "walks.txt"
    path.write_text("\n".join(one.text for one in documents(60)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def masked(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished masked language model."""
    out = tmp_path_factory.mktemp("masked") / "out"
    ghep.pretrain(corpus, objective="mlm", out=out, **QUICK)
    return out


def digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def without_head(masked: Path, folder: Path) -> Path:
    """The backbone in ``masked`` without the head of its objective, as of a sentence encoder."""
    shutil.copytree(masked, folder)
    weights = {name: one for name, one in load_file(folder / "model.safetensors").items() if name.startswith("model.")}
    save_file(weights, folder / "model.safetensors")
    return folder


class Lines(Silent):
    """A reporter that keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


class StopAfter(StopRequest):
    """Asks after a number of looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    @property
    def asked(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_the_folder_has_a_record_a_card_and_a_curve(masked: Path) -> None:
    done = read_pretrained(masked)
    held = done.record["held_out"]
    assert done.objective == "mlm" and done.record["steps"] == sum(1 for _ in done.curve)
    assert {"before", "after", "unigram", "bigram"} <= set(held)
    assert done.record["corpus"]["sources"][0].startswith("walks.txt")
    assert held["before"]["nats_per_token"] == pytest.approx(held["guessing"], rel=0.05)
    last = done.curve[-1]
    assert last["bits_per_byte"] == pytest.approx(held["after"]["bits_per_byte"], rel=1e-3)
    card = (masked / "README.md").read_text(encoding="utf-8")
    assert "| unigram |" in card and "fill-mask" in card and str(masked.parent) not in card
    assert not (masked / "checkpoints").exists()
    assert {"config.json", "tokenizer.json", "tokenizer_config.json", "history.csv"} <= {
        p.name for p in masked.iterdir()
    }


def test_samples_are_kept(masked: Path) -> None:
    samples = read_pretrained(masked).record["samples"]
    assert samples and all("___" in one["masked"] and one["filled"] for one in samples)


def test_a_model_that_has_learnt_nothing_is_reported(masked: Path) -> None:
    (found,) = (one for one in read_pretrained(masked).findings if one.code == "pretrain-not-above-counts")
    assert found.severity == "warning" and found.params["level"] == "nothing"  # after 12 steps
    assert found.params["loss"] > found.params["unigram"] > found.params["bigram"]


@pytest.mark.slow
def test_two_processes_give_equal_bits(corpus: Path, masked: Path, tmp_path: Path) -> None:
    """This one and another one, which has other hashes of texts."""
    code = (
        "import sys, json, ghep\n"
        "for name in ('mlm', 'clm'):\n"
        "    ghep.pretrain(sys.argv[1], objective=name, out=f'{sys.argv[2]}/{name}', **json.loads(sys.argv[3]))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "random"}
    words = [sys.executable, "-c", code, str(corpus), str(tmp_path), json.dumps(QUICK)]
    subprocess.run(words, check=True, env=environment)
    assert digest(tmp_path / "mlm") == digest(masked)
    ghep.pretrain(corpus, objective="clm", out=tmp_path / "here", **QUICK)
    assert digest(tmp_path / "clm") == digest(tmp_path / "here")


@pytest.mark.slow
@pytest.mark.parametrize("looks", [1, 4])
def test_an_interrupted_pretraining_continues_to_the_same_bits(
    looks: int, corpus: Path, masked: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(Interrupted) as stopped:
        ghep.pretrain(corpus, objective="mlm", out=out, stop=StopAfter(looks), **QUICK)
    assert "--resume" in stopped.value.remedy and list((out / "checkpoints").glob("step-*"))
    with pytest.raises(ConfigError, match="another pretraining"):
        ghep.pretrain(corpus, objective="mlm", out=out, resume=True, **{**QUICK, "lr": 1e-2})
    said = Lines()
    done = ghep.pretrain(corpus, objective="mlm", out=out, resume=True, reporter=said, **QUICK)
    assert digest(out) == digest(masked)
    assert f"round {len(done.curve)} of" in [one for one in said.lines if "round" in one][-1]
    assert any(one.code == "resumed" for one in done.findings)
    assert [row["held_out_loss"] for row in done.curve] == [
        row["held_out_loss"] for row in read_pretrained(masked).curve
    ]


def test_a_resumed_pretraining_does_not_train_its_vocabulary_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Interrupted):
        ghep.pretrain(corpus, objective="clm", out=tmp_path / "out", stop=StopAfter(2), **QUICK)
    monkeypatch.delattr("ghep.pretrain.pretrain.vocabulary_for")
    ghep.pretrain(corpus, objective="clm", out=tmp_path / "out", resume=True, **QUICK)


@pytest.mark.slow
def test_a_kill_in_any_step_of_two_stages_changes_no_bit(corpus: Path, masked: Path, tmp_path: Path) -> None:
    headless = without_head(masked, tmp_path / "headless")
    common: dict[str, Any] = {**CONTINUED, "objective": "mlm", "backbone": headless, "checkpoint_seconds": 0.0}
    ghep.pretrain(corpus, out=tmp_path / "whole", **common)
    looks = 1
    while True:  # stops after one step, after two, ...; each time continued from where it was
        out = tmp_path / f"out-{looks}"
        try:
            ghep.pretrain(corpus, out=out, stop=StopAfter(looks), **common)
        except Interrupted:
            ghep.pretrain(corpus, out=out, resume=True, **common)
            assert digest(out) == digest(tmp_path / "whole")
            looks += 7
            continue
        break
    assert looks > 14


@pytest.mark.slow
def test_a_rate_that_is_too_high_is_lowered(corpus: Path, tmp_path: Path) -> None:
    done = ghep.pretrain(corpus, objective="clm", out=tmp_path / "out", **{**QUICK, "lr": 1e6})
    assert [one for one in done.findings if one.code in ("diverged", "learning-rate-too-high")]
    assert done.record["held_out"]["after"]["loss"] < 10


@pytest.mark.slow
def test_the_time_limit_ends_it(corpus: Path, tmp_path: Path) -> None:
    settings = {**QUICK, "passes": None, "time_limit": 0.5}
    done = ghep.pretrain(corpus, objective="clm", out=tmp_path / "out", **settings)
    assert done.record["stopped"] and done.record["passes"] < 1000
    assert any(one.code == "stopped-early" for one in done.findings)


def test_in_bfloat16(corpus: Path, tmp_path: Path) -> None:
    done = ghep.pretrain(corpus, objective="mlm", out=tmp_path / "out", **{**QUICK, "precision": "bfloat16"})
    assert done.record["precision"] == "bfloat16"
    assert done.record["held_out"]["after"]["loss"] < done.record["held_out"]["before"]["loss"]


def test_a_folder_is_neither_replaced_nor_mixed(corpus: Path, masked: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as taken:
        ghep.pretrain(corpus, objective="mlm", out=masked, **QUICK)
    assert "--overwrite" in taken.value.remedy
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError):
        ghep.pretrain(corpus, objective="mlm", out=tmp_path, overwrite=True, **QUICK)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    again = ghep.pretrain(corpus, objective="mlm", out=masked, resume=True, **QUICK)  # finished: nothing is done
    assert again.record["date"] == read_pretrained(masked).record["date"]


def test_settings_that_cannot_be_used_are_all_named(corpus: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        ghep.pretrain(corpus, objective="mlm", masking=2, layers=0)
    assert "masking" in str(refused.value) and "layers" in str(refused.value)
    with pytest.raises(ConfigError, match="laiers"):
        ghep.pretrain(corpus, objective="mlm", laiers=2)
    with pytest.raises(ConfigError, match="mlmm"):
        ghep.pretrain(corpus, objective="mlmm")


def test_a_corpus_shorter_than_one_block(tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text("ba be ba be\nga ge ga ge\n", encoding="utf-8")
    done = ghep.pretrain(short, objective="mlm", out=tmp_path / "out", **QUICK, held_out=0.4)
    assert done.record["blocks"] == 2 and done.record["steps"] > 0


def test_held_out_text_that_nothing_can_be_predicted_of(tmp_path: Path) -> None:
    """A word that the vocabulary lacks is never hidden, so there is no loss: 0.000 would look like a perfect model."""
    short = tmp_path / "short.txt"
    short.write_text("ba be da de ga ge ba be da de ga ge ba be da de ga ge \u4e16", encoding="utf-8")
    with pytest.raises(ConfigError, match="no token can be predicted"):
        ghep.pretrain(short, objective="mlm", out=tmp_path / "out", **QUICK, held_out=0.02)


def test_passes_of_less_than_a_batch(tmp_path: Path) -> None:
    short = tmp_path / "short.txt"
    short.write_text("ba be da de ga ge ba be da de ga ge ba be", encoding="utf-8")
    done = ghep.pretrain(short, objective="mlm", out=tmp_path / "out", **{**QUICK, "passes": 3.0}, held_out=0.3)
    assert done.record["blocks"] == 1 and done.record["passes"] == 3


def test_test_texts_of_a_corpus_that_was_read_before(corpus: Path, tmp_path: Path) -> None:
    """They cannot be left out any more, and are not forgotten either."""
    with pytest.raises(ConfigError, match="read already"):
        ghep.pretrain(read_corpus(corpus), objective="mlm", exclude=["ba be"], out=tmp_path / "out", **QUICK)


def test_a_backbone_is_continued_with_its_head_and_vocabulary(corpus: Path, masked: Path, tmp_path: Path) -> None:
    said = Lines()
    done = ghep.pretrain(corpus, objective="mlm", backbone=masked, out=tmp_path / "out", reporter=said, **CONTINUED)
    (line,) = [one for one in said.lines if one.startswith("texts:")]
    assert "unknown" in line and "truncated" not in line, "blocks leave nothing out"
    assert done.record["held_out"]["before"]["loss"] == pytest.approx(
        read_pretrained(masked).record["held_out"]["after"]["loss"], rel=0.05
    )
    assert {row["stage"] for row in done.curve} == {"all"}
    assert sides_of(done.folder, done.record, tmp_path / "twins").before == str(masked), "found again by its folder"
    assert (tmp_path / "out" / "tokenizer.json").read_text() == (masked / "tokenizer.json").read_text()


def test_a_missing_head_is_trained_alone_first_and_pooling_is_kept(corpus: Path, masked: Path, tmp_path: Path) -> None:
    encoder = without_head(masked, tmp_path / "encoder")
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    (encoder / "modules.json").write_text(json.dumps(modules))
    (encoder / "1_Pooling").mkdir()
    (encoder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    done = ghep.pretrain(corpus, objective="mlm", backbone=encoder, out=tmp_path / "out", **CONTINUED)
    assert list(dict.fromkeys(row["stage"] for row in done.curve)) == ["head", "all"]
    from ghep.backbone.catalog import load_backbone
    from ghep.backbone.text import TextNet

    read = load_backbone(str(tmp_path / "out"))
    assert isinstance(read.net, TextNet) and read.net.pooling == "first"
    assert not [one for one in read.findings if one.severity != "info"]
    before = load_file(encoder / "model.safetensors")
    after = load_file(tmp_path / "out" / "model.safetensors")
    name = "model.embeddings.tok_embeddings.weight"
    assert not torch.equal(before[name], after[name])


def test_a_fit_takes_the_folder(masked: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"{one.text[:40]},{'b' if one.text.startswith('b') else 'other'}" for one in documents(40, seed=3)]
    table.write_text("text,label\n" + "\n".join(rows), encoding="utf-8")
    run = ghep.fit(str(table), backbone=str(masked), out=tmp_path / "run")
    assert run.bundle.is_dir()


def test_test_texts_of_a_task_are_dropped(corpus: Path, tmp_path: Path) -> None:
    leaked = corpus.read_text(encoding="utf-8").split("\n")[5]
    done = ghep.pretrain(corpus, objective="clm", out=tmp_path / "out", exclude=[leaked], **QUICK)
    assert done.record["corpus"]["dropped"] == 1
    assert any("leak" in one.code for one in done.findings)


@pytest.mark.slow
@pytest.mark.parametrize("flags", [["--json"], []])
def test_the_command(flags: list[str], corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ghep.cli.app import run

    settings = [f"--{name.replace('_', '-')}={value}" for name, value in QUICK.items()]
    assert run(["pretrain", str(corpus), "--objective", "clm", "--out", str(tmp_path / "out"), *settings, *flags]) == 0
    said = capsys.readouterr()
    if flags:
        assert json.loads(said.out)["objective"] == "clm"
    else:
        assert "bits per byte" in said.out and "ghep fit DATA --backbone" in said.out
    assert (tmp_path / "out" / RECORD).is_file()
    assert run(["pretrain", str(corpus), "--out", str(tmp_path / "other")]) == 2
    assert "--objective" in capsys.readouterr().err


def test_word_vectors_and_photos_are_called_from_the_same_verb(corpus: Path, tmp_path: Path) -> None:
    done = ghep.pretrain(corpus, objective="word2vec", out=tmp_path / "out", passes=1.0, dim=8)
    assert (done.folder / "vectors.txt").is_file()
    for wrong in ({"layers": 2}, {"backbone": "minilm"}):
        with pytest.raises(ConfigError, match=r"layers|no backbone"):
            ghep.pretrain(corpus, objective="word2vec", out=tmp_path / "other", **wrong)
    with pytest.raises(ConfigError) as refused:
        ghep.pretrain(corpus, objective="bn", out=tmp_path / "other")
    assert "--from" in refused.value.remedy
    with pytest.raises(ConfigError, match="no setting lr"):
        ghep.pretrain(corpus, objective="bn", backbone="seedling", lr=1.0, out=tmp_path / "other")
    with pytest.raises(ConfigError, match="no setting dim"):
        ghep.pretrain(corpus, objective="mlm", dim=8, out=tmp_path / "other")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("fastext", '"fasttext"'), ("MLM", '"mlm"'), ("word2vek", '"word2vec"'), ("bert", "fasttext, bn")],
)
def test_of_an_unknown_objective_every_known_one_is_meant(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ghep.pretrain(tmp_path / "missing.txt", objective=name)
    assert caught.value.code == "pretrain-objective-unknown" and hint in caught.value.remedy


@pytest.mark.parametrize(
    ("objective", "backbone", "setting", "code"),
    [
        ("mlm", None, "dim", "pretrain-setting-of-other-objective"),
        ("word2vec", None, "layers", "pretrain-setting-of-other-objective"),
        ("clm", None, "masking", "pretrain-setting-of-other-objective"),
        ("bn", "efficientnet-lite0", "passes", "pretrain-setting-of-other-objective"),
        ("mlm", "minilm", "width", "pretrain-setting-of-scratch"),
        ("electra", "folder", "vocabulary", "pretrain-setting-of-scratch"),
    ],
)
def test_a_setting_that_would_be_ignored_is_refused_before_anything_is_read(
    tmp_path: Path, objective: str, backbone: str | None, setting: str, code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        ghep.pretrain(tmp_path / "missing.txt", objective=objective, backbone=backbone, **{setting: 64})
    assert caught.value.code == code and setting in caught.value.cause


def test_a_number_of_rounds_is_shown_only_where_it_is_known() -> None:
    row = Epoch("all", 1, 2.0, None, None, head_lr=1e-3, seconds=1.0)
    assert "round 3 of 20:" in round_line(row, round_=3, rounds=20, factor=None)
    assert "round 3:" in round_line(row, round_=3, rounds=0, factor=None)


@pytest.mark.parametrize("objective", ["mlm", "word2vec"])
def test_to_resume_a_folder_is_needed(tmp_path: Path, objective: str) -> None:
    with pytest.raises(ConfigError) as caught:  # a new folder, named by the time, never has a checkpoint
        ghep.pretrain(tmp_path / "missing.txt", objective=objective, resume=True)
    assert caught.value.code == "resume-without-out"


@pytest.mark.slow
def test_the_head_of_the_card_is_yaml_and_says_which_library_reads_the_folder(masked: Path) -> None:
    record = dict(read_pretrained(masked).record)
    record["corpus"] = {**record["corpus"], "licence": "ours: ask #3"}

    def head(of: dict[str, Any]) -> Any:
        return ModelCard(card_of(of)).data

    assert head(record).license == "ours: ask #3" and head(record).library_name == "transformers"
    assert head({**record, "objective": "bilm"}).library_name == "ghep"
    assert "- one step, " in card_of({**record, "steps": 1})


def test_a_seed_that_cannot_be_one_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for objective in ("mlm", "word2vec"):
        with pytest.raises(ConfigError, match="seed=-1"):
            ghep.pretrain(tmp_path / "missing.txt", objective=objective, seed=-1)


def test_a_misspelt_backbone_is_told_before_the_corpus_is_read(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="minilmm"):
        ghep.pretrain(tmp_path / "missing.txt", objective="mlm", backbone="minilmm")


def test_stopped_before_the_first_checkpoint_nothing_is_left(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("ghep.pretrain.training.evaluate", interrupted)
        ghep.pretrain(corpus, objective="clm", out=out, **QUICK)
    assert not out.exists(), "the same command can be given again"
    with pytest.raises(Interrupted):
        ghep.pretrain(corpus, objective="clm", out=out, stop=StopAfter(1), **QUICK)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("ghep.pretrain.pretrain.train", interrupted)
        ghep.pretrain(corpus, objective="clm", out=out, resume=True, **QUICK)
    assert list((out / "checkpoints").glob("step-*")), "a checkpoint is never removed"


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_time_that_the_head_leaves_is_for_everything_else() -> None:
    options = PretrainOptions(time_limit=100.0)
    assert budget(options, last=False, used=0.0) == 10.0
    assert budget(options, last=True, used=4.0) == 96.0
    assert budget(options, last=True, used=101.0) == 0.01, "resumed after the time was up"
    assert budget(PretrainOptions(), last=True, used=4.0) is None


def test_one_is_not_many() -> None:
    line = text_of("pretrain-corpus-line", words=1, documents=1, held_out=1)
    assert line == "corpus: one word; one document for training, 1 held out"
    assert "2,000 words; 12 documents" in text_of("pretrain-corpus-line", words=2000, documents=12, held_out=1)
    line = text_of("pretrain-blocks-line", vocabulary=64, length=16, blocks=1, tokens=1, held_out=1)
    assert line == "one token of a vocabulary of 64, in one block of at most 16; one held-out block"
    line = text_of("vectors-corpus-line", words=1200, vocabulary=40, passes=1.0)
    assert line == "1,200 words with a vector, 40 different; one pass"


def test_every_pretraining_shares_its_settings() -> None:
    shared = settings_of(EveryPretraining)
    assert set(settings_of(VectorOptions)) & set(settings_of(PretrainOptions)) == set(shared)
