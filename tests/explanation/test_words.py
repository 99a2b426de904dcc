"""Effects of words add up to the prediction, for every kind of text network, and belong to words of the original."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.data.text.loader import TextPair
from ghep.data.text.tokens import CharacterPreprocess
from ghep.errors import ConfigError, DataError
from ghep.explanation import words
from ghep.explanation.subject import Subject
from ghep.explanation.words import STEPS, explain_texts, integrated, summed, words_of
from ghep.tasks.classification import Classification
from ghep.tasks.regression import Regression
from tiny_texts import write_family

TEXT = "a very good film, and not a dull plot!"
FAMILIES = ("bert", "roberta", "electra", "sentences", "xlnet", "gpt2", "opt", "t5", "glove", "tfidf", "bilm-letters")


@pytest.fixture(scope="module")
def subject_for(tmp_path_factory: pytest.TempPathFactory) -> Any:
    found: dict[Any, Subject] = {}

    def make(family: str, classes: int = 3) -> Subject:
        if (family, classes) not in found:
            folder = tmp_path_factory.mktemp(family)
            backbone = load_backbone(write_family(family, folder))
            head = nn.Linear(backbone.feature_dim, classes)
            with torch.no_grad():
                head.weight.normal_(generator=torch.Generator().manual_seed(0))
            names = tuple(f"class {place}" for place in range(classes))
            found[family, classes] = Subject(family, backbone, head, names, Classification("label", names))
        return found[family, classes]

    return make


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_effects_add_up_and_leave_the_network_as_it_was(family: str, subject_for: Any) -> None:
    subject = subject_for(family)
    before, wanted = subject.backbone.fingerprints(), [one.requires_grad for one in subject.backbone.parameters()]
    found = explain_texts(subject, [TEXT])
    for one in found.texts:
        assert one.how in ("gradients", "sum") and one.gap <= 0.01
        total = sum(word.effect for word in one.words) + one.rest
        assert total == pytest.approx(one.score - one.base, abs=0.01 * max(abs(one.score - one.base), 0.1))
        assert sum(one.tokens) == pytest.approx(total, abs=1e-5)
        p = dict(one.top)[one.predicted]
        assert one.label == one.predicted and one.score == pytest.approx(np.log(p / (1 - p)), abs=1e-3)
    assert [word.text for word in found.texts[0].words] == [*TEXT[:-1].replace(",", " ,").split(), "!"]
    assert subject.backbone.fingerprints() == before
    assert [one.requires_grad for one in subject.backbone.parameters()] == wanted


def test_word_vectors_are_exact(subject_for: Any) -> None:
    subject = subject_for("glove", 2)
    (one,) = ghep.explain(subject, "good good zzzz film", target="class 1").texts
    net: Any = subject.backbone.net
    vectors = net.vectors.weight[subject.backbone.preprocess.encode(["good good zzzz film"])[0]]
    direction = subject.head.weight[1] - subject.head.weight[0]
    expected = (vectors @ direction / 3).tolist()  # the unknown word counts neither way
    assert [word.effect for word in one.words] == pytest.approx(expected, abs=1e-5)
    assert one.words[2].effect == 0 and one.steps == STEPS[0]


def test_integrated_gradients_are_those_of_captum(subject_for: Any) -> None:
    attr = pytest.importorskip("captum.attr")
    subject = subject_for("bert")
    backbone, (ids,) = subject.backbone, subject.backbone.preprocess.encode([TEXT])
    with subject.in_use():
        path = words._path(backbone, ids, backbone.preprocess.spans(TEXT))

        def score(features: torch.Tensor) -> torch.Tensor:
            return words.scores(subject, subject.head(features), 1)

        def forward(values: torch.Tensor) -> torch.Tensor:
            return score(path.features(words.Padded(values, path.lengths.expand(len(values)))))

        mine, _, _ = integrated(path, score, 64)
        theirs = attr.IntegratedGradients(forward).attribute(path.end, path.start, n_steps=64, method="gausslegendre")
    np.testing.assert_allclose(mine, theirs.sum(-1)[0].detach().numpy(), atol=1e-4)


def test_without_completeness_each_word_is_left_out(subject_for: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is not differentiable along the path, as behind a normalisation at zero (captum#1334)."""
    subject = subject_for("bert")
    steps: list[int] = []

    def never(path: Any, score: Any, count: int) -> Any:
        steps.append(count)
        return np.ones(len(path.end[0])), 0.0, 0.0

    monkeypatch.setattr(words, "integrated", never)
    (one,) = explain_texts(subject, ["good film"]).texts
    assert steps == list(STEPS) and one.how == "occlusion"
    ids = subject.backbone.preprocess.encode(["film"])[0]
    with subject.in_use():
        logits = subject.logits(subject.backbone.preprocess.collate([ids]))
        rest = float(words.scores(subject, logits, subject.index_of(one.label)))
    assert one.words[0].effect == pytest.approx(one.score - rest, abs=1e-5)


def test_the_baseline_is_a_token_and_not_the_word_pad(subject_for: Any) -> None:
    """captum#653: "pad" in a vocabulary is an English word."""
    from tokenizers import Tokenizer

    for family, expected in (("bert", "[MASK]"), ("gpt2", "<|endoftext|>"), ("t5", "<pad>"), ("xlnet", "<pad>")):
        preprocess = subject_for(family).backbone.preprocess
        name, place = preprocess.neutral_token()
        assert name == expected and Tokenizer.from_str(preprocess.tokenizer).token_to_id(expected) == place
    assert CharacterPreprocess().neutral_token() is None


@pytest.mark.parametrize("truncate", ["head", "tail", "head+tail"])
@pytest.mark.parametrize("family", ["bert", "gpt2", "bilm-letters"])
def test_spans_are_those_of_the_tokens_that_are_read(family: str, truncate: str, subject_for: Any) -> None:
    preprocess = words.replace(subject_for(family).backbone.preprocess, max_length=8, truncate=truncate)
    text = "a very good film and  not a dull plot, is not"
    (prepared,), spans = preprocess.encode([text]), preprocess.spans(text)
    assert len(spans) == len(prepared)
    for row, span in zip(prepared, spans, strict=True):
        if span is not None and family == "bert":
            assert preprocess.encode([text[slice(*span)]])[0][1] == row


def test_words_behind_the_limit_are_named(subject_for: Any) -> None:
    subject = subject_for("bert")
    before = subject.backbone.preprocess
    try:
        subject.backbone.limit_texts(6, "head")
        found = ghep.explain(subject, ["a very good film is not", "good"])
    finally:
        subject.backbone.preprocess = before
    one = found.texts[0]
    assert [word.text for word in one.unread] == ["is", "not"]
    assert found.findings[0].code == "words-not-read" and found.findings[0].items == (one.name,)
    assert all(word.effect == 0 for word in one.unread) and one.limit == 6


def test_words_are_those_of_the_original_text() -> None:
    text = "I don't  like «well-known» 3.14 ca\u0301fe\u0301!! 我喜歡"
    spans = [(at, at + 1) for at in range(len(text) - 3, len(text))]
    found = [text[start:end] for start, end in words_of(text, spans)]
    assert found == ["I", "don't", "like", "«", "well-known", "»", "3.14", "ca\u0301fe\u0301", "!!", "我", "喜", "歡"]
    assert words_of("我喜歡", [(0, 1), (1, 3)]) == [(0, 1), (1, 3)]


def test_tokens_are_divided_among_the_words_that_they_cover() -> None:
    effects, rest = summed(np.array([5.0, 3.0, 1.0]), [None, (0, 4), (3, 4)], [(0, 2), (3, 4)])
    assert effects == pytest.approx([2.0, 2.0]) and rest == 5.0


def test_pairs_have_effects_on_both_texts(subject_for: Any) -> None:
    subject = subject_for("bert")
    pair = TextPair("good film", "dull plot")
    before = subject.backbone.preprocess
    subject.backbone.preprocess = words.replace(before, pairs=True)
    spans = subject.backbone.preprocess.spans(pair)
    assert [str(pair)[slice(*span)] for span in spans if span] == ["good", "film", "dull", "plot"]
    (prepared,) = subject.backbone.preprocess.encode([pair])
    with subject.in_use():
        path = words._path(subject.backbone, prepared, spans)
        assert not torch.equal(path.start[0, 1], path.start[0, 4])
    subject.backbone.preprocess = before


def test_a_number_is_explained_in_its_units(subject_for: Any) -> None:
    made = subject_for("bert", 1)
    subject = words.replace(made, labels=("stars",), task=Regression("stars", 3.0, 2.0))
    found = explain_texts(subject, [TEXT])
    (one,) = found.texts
    assert found.numeric and one.score == pytest.approx(one.top[0][1], abs=1e-4) and one.gap <= 0.01


def test_texts_that_cannot_be_used_are_named_and_the_others_are_explained(subject_for: Any, tmp_path: Path) -> None:
    found = explain_texts(subject_for("bert"), ["", "<b>good</b> film", b"\xff\xfe\x00"], names=["a", "b", "c"])
    assert list(found.problems) == ["a", "c"] and found.texts[1].words
    assert len(found) == len(found.lines()) == 3 and found[1].name == "b"
    html = found._repr_html_()
    assert "<b>" not in html and "rgba(" in html
    path = found.save(tmp_path / "out")
    page = path.read_text(encoding="utf-8")
    assert "&lt;" in page and "<script" not in page and "rgba(" in page
    assert (tmp_path / "out" / "figures" / "words.png").is_file()
    arrays = np.load(tmp_path / "out" / "tokens.npz", allow_pickle=False)
    assert arrays["text_001"].shape == (len(found.texts[1].tokens),)
    assert json.loads((tmp_path / "out" / "words.json").read_text(encoding="utf-8"))["texts"][0]["problem"]


def test_what_cannot_be_explained_is_refused(subject_for: Any, small_backbone: str) -> None:
    image = load_backbone(small_backbone)
    with pytest.raises(ConfigError, match="reads images"):
        explain_texts(Subject("photos", image, nn.Identity(), ("a", "b")), ["x"])
    with pytest.raises(ConfigError, match='no class called "good"'):
        ghep.explain(subject_for("bert"), ["x"], target="good")
    with pytest.raises(ConfigError, match="--maps is for photos, and bert reads texts"):
        ghep.explain(subject_for("bert"), ["x"], maps=True)
    with pytest.raises(DataError, match="none of the texts has a word"):
        explain_texts(subject_for("bert"), [""]).plot()
