"""Text-to-text: only given labels are scored; the decoder is trained and saved; solved heads are refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.backbone.text_to_text import LabelWriter, TextToTextBackbone
from ghep.data.loading.padded import Padded
from ghep.errors import BackboneError, ConfigError, DataError
from ghep.experiment.evaluation import evaluate
from ghep.experiment.record import Run
from ghep.model.bundle import load_bundle
from ghep.tasks import Classification, MultiLabel
from tiny_texts import FILLERS, H, random_model, tokenizer_json, write_family, write_table

LABELS = ("bad", "good", "not very good")
"""Of one word and of three: of two and four tokens."""
TASK = Classification("label", LABELS)
TEXTS = ("the film was very good", "bad", "a dull story and not a great cast !")


@pytest.fixture(scope="module", params=["t5", "t5-gated", "mt5"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("writes") / request.param
    write_family(request.param, folder)
    return folder


def inputs_of(backbone: TextToTextBackbone) -> Padded:
    return backbone.preprocess.collate(backbone.preprocess.encode(TEXTS))


def loaded(folder: Path) -> TextToTextBackbone:
    backbone = load_backbone(f"text2text/{folder}")
    assert isinstance(backbone, TextToTextBackbone)
    return backbone.eval()


def test_scores_are_the_log_probabilities_that_transformers_own_model_gives_each_label(folder: Path) -> None:
    from transformers import AutoModelForSeq2SeqLM

    backbone, model = loaded(folder), AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    with torch.no_grad():
        scores = backbone.head_for(TASK).eval()(backbone(inputs_of(backbone)))
        assert scores.shape == (len(TEXTS), len(LABELS))
        for text, row in zip(backbone.preprocess.encode(TEXTS), scores, strict=True):
            for label, score in zip(backbone.preprocess.encode(LABELS), row, strict=True):
                ids, written = (torch.from_numpy(one).long()[None] for one in (text, label))
                loss = model(input_ids=ids, labels=written).loss  # the mean over the tokens of the label
                torch.testing.assert_close(score, -loss * len(label), rtol=1e-4, atol=1e-4)
    assert (scores < 0).all() and (scores.exp().sum(1) <= 1).all(), "each is a probability, of all that can be written"


def test_features_are_the_states_of_every_token(folder: Path) -> None:
    backbone = loaded(folder)
    inputs = inputs_of(backbone)
    with torch.no_grad():
        states = backbone(inputs)
    assert isinstance(states, Padded) and states.values.shape == (*inputs.values.shape, H)
    assert torch.equal(states.lengths, inputs.lengths) and backbone.feature_dim == H


def test_what_fills_up_a_text_changes_no_score(folder: Path) -> None:
    backbone = loaded(folder)
    head = backbone.head_for(TASK).eval()
    with torch.no_grad():
        states = backbone(inputs_of(backbone))
        together = head(states)
        states.values[~states.mask] = 5.0
        torch.testing.assert_close(head(states), together, rtol=1e-5, atol=1e-5)
        for ids, row in zip(backbone.preprocess.encode(TEXTS), together, strict=True):
            alone = head(backbone(backbone.preprocess.collate([ids])))
            torch.testing.assert_close(alone[0], row, rtol=1e-5, atol=1e-5)


def test_each_task_has_a_decoder_of_its_own(folder: Path) -> None:
    backbone = loaded(folder)
    one, other = backbone.head_for(TASK), backbone.head_for(Classification("other", ("yes", "no")))
    assert isinstance(one, LabelWriter) and isinstance(other, LabelWriter)
    mine = {parameter.data_ptr() for parameter in one.parameters()}
    assert not mine & {parameter.data_ptr() for parameter in (*other.parameters(), *backbone.parameters())}
    assert not any(name.startswith("encoder") for name in one.model.state_dict())


def test_labels_that_its_tokenizer_writes_alike_are_refused(folder: Path) -> None:
    with pytest.raises(BackboneError, match=r"(?s)gives two labels of label the same tokens: 好, 坏.*rename"):
        loaded(folder).head_for(Classification("label", ("好", "坏")))


def test_several_labels_at_once_are_refused(folder: Path) -> None:
    with pytest.raises(BackboneError, match=r"writes one label per example, but an example of tags may have several"):
        loaded(folder).head_for(MultiLabel("tags", LABELS))


@pytest.mark.parametrize("kind", ["BertModel", "BartForConditionalGeneration"])
def test_what_has_no_decoder_of_this_kind_is_refused(kind: str, tmp_path: Path) -> None:
    if kind == "BertModel":
        write_family("bert", tmp_path / "x")
    else:
        sizes = {
            "d_model": H,
            "encoder_layers": 1,
            "decoder_layers": 1,
            "vocab_size": 320,
            "max_position_embeddings": 20,
        }
        heads = dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), 2)
        widths = dict.fromkeys(("encoder_ffn_dim", "decoder_ffn_dim"), 24)
        random_model(kind, {**sizes, **heads, **widths}, 0, 0.3).save_pretrained(tmp_path / "x")
        (tmp_path / "x" / "tokenizer.json").write_text(tokenizer_json("bytes"), encoding="utf-8")
    with pytest.raises(BackboneError) as caught:
        load_backbone(f"text2text/{tmp_path / 'x'}")
    assert caught.value.remedy and "T5" in str(caught.value)


def test_a_word_vector_file_writes_nothing(tmp_path: Path) -> None:
    file = write_family("glove", tmp_path)
    with pytest.raises(BackboneError, match="T5"):
        load_backbone(f"text2text/{file}")


# A task to learn


def first_word_decides(count: int, *, seed: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        first, label = (("yes", "good"), ("maybe", "not very good"))[number % 2]
        rows.append((" ".join([first, *rng.choice(FILLERS, rng.integers(2, 7))]), label))
    return rows


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    counts = {"train": 200, "valid": 60, "test": 100}
    splits = {split: first_word_decides(count, seed=count) for split, count in counts.items()}
    return write_table(tmp_path_factory.mktemp("task") / "first.csv", splits)


def learn(table: Path, out: Path, *, seed: int) -> Run:
    backbone = f"text2text/{write_family('t5', out.parent / f't5-{seed}')}"
    rates = {"lr": 1e-2, "head_lr": 1e-2, "layer_decay": 1.0, "epochs": 10, "batch_size": 8}
    return ghep.fit(table, backbone=backbone, strategy="full", out=out, seed=seed, precision="float32", **rates)


@pytest.fixture(scope="module")
def run(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return learn(table, tmp_path_factory.mktemp("learnt") / "run", seed=0)


@pytest.mark.slow
def test_it_learns_a_task_whose_labels_are_words(run: Run) -> None:
    assert run.accuracy.value > 0.95


@pytest.mark.slow
def test_it_learns_it_with_another_seed_too(table: Path, tmp_path: Path) -> None:
    assert learn(table, tmp_path / "run", seed=1).accuracy.value > 0.95


@pytest.mark.slow
def test_the_bundle_has_the_decoder_and_answers_as_measured(run: Run) -> None:
    model = load_bundle(run.bundle).model
    assert isinstance(model.backbone, TextToTextBackbone) and isinstance(model.heads["task_label"], LabelWriter)
    rows = list(csv.DictReader((run.folder / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    expected = [row for row in rows if row["split"] == "test"]
    found = ghep.load(run.bundle).predict([text for text, _ in first_word_decides(100, seed=100)])
    for row, one in zip(expected, found, strict=True):
        assert one.label == row["predicted"]
        for label, probability in one.probabilities.items():
            assert probability == pytest.approx(float(row[f"p:{label}"]), abs=2e-5)


@pytest.mark.slow
def test_it_answers_from_its_labels_whatever_it_is_asked(run: Run) -> None:
    answers = ghep.load(run.bundle).predict(["zebra zebra", "!!!", "好", "yes and maybe"])
    assert {one.label for one in answers} <= {"good", "not very good"}


@pytest.mark.slow
def test_labels_outside_the_set_are_refused_with_the_set(run: Run, tmp_path: Path) -> None:
    task = load_bundle(run.bundle).model.tasks[0]
    with pytest.raises(DataError, match=r'"goood": did you mean "good"'):
        task.encode([{"label": "goood"}])
    other = write_table(tmp_path / "other.csv", {"test": [("yes the film", "goood"), ("maybe a plot", "good")]})
    found = evaluate(run.bundle, other)
    assert [one.reason for one in found.quarantined] == ["label-not-in-train"] and found.results[0].score(
        "accuracy"
    ).n == 1
    assert "'goood' may mean 'good'" in next(one.message for one in found.findings if one.code == "labels-not-in-train")


@pytest.mark.parametrize("strategy", ["linear_probe", "progressive", "lp_ft"])
def test_a_decoder_is_not_solved_and_that_is_said_before_anything_is_trained(
    strategy: str, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TextToTextBackbone, "forward_at", lambda *_: pytest.fail("features were computed"))
    backbone = f"text2text/{write_family('t5', tmp_path / 't5')}"
    with pytest.raises(ConfigError, match=r"(?s)not a linear layer that can be solved.*strategy light, full or lora"):
        ghep.fit(table, backbone=backbone, strategy=strategy, out=tmp_path / "run")


@pytest.mark.slow
def test_its_bundle_is_not_grafted_again_with_a_decoder_made_up(run: Run) -> None:
    with pytest.raises(BackboneError, match="trained to write its labels"):
        load_backbone(str(run.bundle))


def test_a_decoder_of_random_weights_is_drawn_from_the_seed(folder: Path) -> None:
    task = Classification("label", ("yes", "no"))

    def head(seed: int) -> dict[str, torch.Tensor]:
        torch.manual_seed(seed + 1000)  # neither depends on the caller's generator nor advances it
        before = torch.get_rng_state()
        backbone = load_backbone(f"text2text/{folder}", random_weights=True, seed=seed)
        assert torch.equal(torch.get_rng_state(), before)
        return backbone.head_for(task).state_dict()

    one, same, other = head(3), head(3), head(4)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)
