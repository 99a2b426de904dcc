"""Word vectors from end to end: what is learnt, written and read, and that the same bits come out every time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.backbone.text import TextBackbone
from ghep.backbone.word_vectors import read_word_vectors
from ghep.data.corpus import Corpus, Document
from ghep.data.text.tokens import TokenPreprocess
from ghep.errors import ConfigError, DataError, Interrupted
from ghep.pretrain.lines import lines_of
from ghep.pretrain.record import read_pretrained
from ghep.pretrain.vectors import training
from ghep.pretrain.vectors.files import BINARY, VECTORS
from ghep.pretrain.vectors.pretrain import pretrain_vectors
from ghep.pretrain.vectors.word_space import WordSpace
from ghep.reporter import Silent
from ghep.storage.hashing import sha256_file
from ghep.training.state import TIME_LIMIT
from ghep.training.stop import StopRequest
from pretrain.vectors.planted import CLASSES, planted_texts, words_of

SMALL: dict[str, Any] = {"dim": 16, "passes": 6, "sample": 0, "checkpoint_seconds": 1e6}


def corpus_of(texts: list[str], held_out: list[str], digest: str = "made") -> Corpus:
    documents = [tuple(Document(f"made:{n}", text) for n, text in enumerate(part)) for part in (texts, held_out)]
    return Corpus(*documents, (), (), sum(len(text.split()) for text in texts), 0, digest, ("made for a test",))


@pytest.fixture(scope="module")
def planted() -> Corpus:
    return corpus_of(planted_texts(300, seed=0), planted_texts(60, seed=1))


@pytest.fixture(scope="module")
def learnt(planted: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("vectors") / "learnt"
    return pretrain_vectors(planted, objective="word2vec", out=out, **SMALL).folder


def test_words_of_a_class_are_neighbours_and_that_is_learnt(learnt: Path) -> None:
    record = read_pretrained(learnt).record
    assert record["findings"] == []
    assert record["held_out"]["after"]["loss"] < record["held_out"]["unigram"] - 0.1
    assert record["curve"][0]["held_out_loss"] == pytest.approx(6 * np.log(2))
    assert [row["round"] for row in record["curve"]] == list(range(len(record["curve"])))
    space = WordSpace.read(learnt)
    for kind in range(CLASSES):
        own = set(words_of(kind))
        for word, near in space.neighbours(words_of(kind), most=5).items():
            assert {one.word for one in near} <= own - {word}, word


def test_neighbours_are_printed_under_a_heading(learnt: Path) -> None:
    lines = lines_of(read_pretrained(learnt))
    head = lines.index("words and the words nearest to them, some of each frequency:")
    assert all(line.startswith("  ") and ": " in line for line in lines[head + 1 : head + 10])


def test_a_corpus_in_random_order_teaches_nothing_and_that_is_reported(tmp_path: Path) -> None:
    texts = [planted_texts(count, seed=seed, structured=False) for count, seed in ((600, 0), (60, 1))]
    pretrained = pretrain_vectors(corpus_of(*texts), objective="word2vec", out=tmp_path / "random", **SMALL)
    assert [one.code for one in pretrained.findings] == ["vectors-learnt-nothing"]
    near = WordSpace.read(pretrained.folder).neighbours(words_of(0), most=5)
    share = np.mean([one.word in words_of(0) for found in near.values() for one in found])
    assert share < 0.6  # by chance: 11 of 48


def test_the_folder_is_a_backbone_and_each_word_has_the_vector_that_was_trained(learnt: Path) -> None:
    backbone = load_backbone(str(learnt))
    assert isinstance(backbone, TextBackbone) and isinstance(backbone.preprocess, TokenPreprocess)
    assert backbone.card.name == learnt.name and backbone.feature_dim == 16
    vectors = read_word_vectors(learnt / VECTORS)
    text = f"{words_of(0)[0].upper()} and, {words_of(1)[2]}."
    ids = Tokenizer.from_str(backbone.preprocess.tokenizer).encode(text).ids
    assert [vectors.words[one] for one in ids] == [words_of(0)[0], "and", "<unk>", words_of(1)[2], "."]
    weight = backbone.net.get_parameter("vectors.weight").detach().numpy()
    assert np.array_equal(weight, vectors.vectors)
    assert load_backbone(f"{learnt}@tfidf").feature_dim == 16


def test_the_text_form_keeps_every_bit(tmp_path: Path, planted: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    models = []
    run = training.VectorTraining.run
    monkeypatch.setattr(
        training.VectorTraining, "run", lambda self, found=None: models.append(self.model) or run(self, found)
    )
    pretrained = pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", **{**SMALL, "passes": 1})
    assert np.array_equal(read_word_vectors(pretrained.folder / VECTORS).vectors[1:], models[0].inputs.numpy())


def test_fasttext_vectors_are_read_from_both_files_and_rare_words_have_those_of_their_ngrams(
    tmp_path: Path, planted: Corpus
) -> None:
    texts = [document.text for document in planted.train]
    rare = "zako"  # once, with the ending of class 0
    corpus = corpus_of([*texts, rare], [document.text for document in planted.held_out])
    out = pretrain_vectors(corpus, objective="fasttext", out=tmp_path / "ft", buckets=500, min_count=2, **SMALL).folder
    text, binary = read_word_vectors(out / VECTORS), read_word_vectors(out / BINARY)
    assert binary.format == "fasttext-binary" and text.words == (*binary.words, rare)
    assert np.allclose(text.vectors[:-1], binary.vectors, atol=1e-6)
    near = WordSpace.read(out).neighbours([rare], most=5)[rare]
    assert {one.word for one in near} <= set(words_of(0))


@pytest.mark.slow
def test_other_readers_of_fasttext_find_the_same_vectors(tmp_path: Path, planted: Corpus) -> None:
    gensim = pytest.importorskip("gensim.models.fasttext")
    out = pretrain_vectors(
        planted, objective="fasttext", out=tmp_path / "ft", buckets=500, **{**SMALL, "passes": 1}
    ).folder
    theirs = gensim.load_facebook_vectors(str(out / BINARY))
    ours = read_word_vectors(out / VECTORS)
    for word, vector in zip(ours.words[1:], ours.vectors[1:], strict=True):
        assert np.allclose(theirs[word], vector, atol=1e-6)


PROGRAM = """
import sys
from pathlib import Path
from pretrain.vectors.test_pretrain_vectors import SMALL, corpus_of, planted_texts
from ghep.pretrain.vectors.pretrain import pretrain_vectors
corpus = corpus_of(planted_texts(600, seed=0), planted_texts(60, seed=1))
pretrain_vectors(corpus, objective=sys.argv[1], out=sys.argv[2], **{**SMALL, "passes": 2})
"""


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["word2vec", "fasttext"])
def test_two_processes_with_other_hash_seeds_and_threads_write_the_same_bits(tmp_path: Path, objective: str) -> None:
    for number in (1, 2):
        path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": str(number), "OMP_NUM_THREADS": str(number)}
        subprocess.run(
            [sys.executable, "-c", PROGRAM, objective, str(tmp_path / str(number))], check=True, env=environment
        )
    files = [VECTORS, BINARY] if objective == "fasttext" else [VECTORS]
    for file in files:
        assert sha256_file(tmp_path / "1" / file) == sha256_file(tmp_path / "2" / file)


def test_another_seed_gives_other_vectors(tmp_path: Path, planted: Corpus) -> None:
    options = {**SMALL, "passes": 1}
    one, other = (
        read_word_vectors(
            pretrain_vectors(planted, objective="word2vec", out=tmp_path / str(seed), seed=seed, **options).folder
            / VECTORS
        )
        for seed in (0, 1)
    )
    assert one.words == other.words and not np.allclose(one.vectors, other.vectors, atol=1e-3)


class StopAt(StopRequest):
    """Asks to stop when it was checked so many times."""

    def __init__(self, times: int) -> None:
        self.left = times
        super().__init__()

    @property
    def by_request(self) -> bool:
        self.left -= 1
        return self.left < 0

    @by_request.setter
    def by_request(self, value: bool) -> None:
        pass


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["word2vec", "fasttext"])
def test_a_training_that_was_interrupted_twice_ends_with_the_same_bits(
    tmp_path: Path, planted: Corpus, objective: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ghep.pretrain.vectors.windows.PART", 3000)
    monkeypatch.setattr("ghep.pretrain.vectors.training.PART", 3000)
    options = {**SMALL, "passes": 2, "buckets": 100 if objective == "fasttext" else None}
    whole = pretrain_vectors(planted, objective=objective, out=tmp_path / "whole", **options)
    steps = whole.record["steps"]
    out, stops = tmp_path / "cut", 0
    for after in (steps // 3, steps // 2, None):
        stop = None if after is None else StopAt(after)
        try:
            cut = pretrain_vectors(planted, objective=objective, out=out, stop=stop, resume=bool(stops), **options)
        except Interrupted as error:
            assert "--resume" in error.remedy
            stops += 1
    assert stops == 2
    assert sha256_file(out / VECTORS) == sha256_file(whole.folder / VECTORS)
    rows = [[(row["steps"], row["train_loss"], row["held_out_loss"]) for row in one.curve] for one in (whole, cut)]
    assert rows[0] == rows[1]
    assert not (out / "checkpoints").exists()
    again = pretrain_vectors(planted, objective=objective, out=out, resume=True, **options)  # finished: only read
    assert again.record == cut.record


@pytest.mark.slow
def test_a_time_limit_ends_training_with_the_lowest_rate(tmp_path: Path, planted: Corpus) -> None:
    options = {**SMALL, "passes": 10_000}
    pretrained = pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", time_limit=1.0, **options)
    record = pretrained.record
    assert record["stopped"] == TIME_LIMIT and record["passes"] < 10_000
    assert "stopped-early" in [one.code for one in pretrained.findings]
    assert record["seconds"]["training"] == pytest.approx(1.0, abs=1.0)
    rates = [row["lr"] for row in record["curve"]]
    assert rates == sorted(rates, reverse=True) and rates[-1] == pytest.approx(0.025 / 250)


def test_progress_ends_at_100_percent_also_if_one_batch_takes_longer_than_the_time(
    tmp_path: Path, planted: Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {**SMALL, "passes": 10_000, "reporter": ghep.Terminal()}
    pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", time_limit=1e-6, **options)
    said = [line for line in capsys.readouterr().err.splitlines() if " %:" in line]
    assert [line.partition(" %")[0] for line in said] == ["100"]


def test_a_time_limit_that_is_not_reached_changes_no_bit(tmp_path: Path, planted: Corpus, learnt: Path) -> None:
    pretrained = pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", time_limit=3600, **SMALL)
    assert pretrained.record["stopped"] == ""
    assert sha256_file(pretrained.folder / VECTORS) == sha256_file(learnt / VECTORS)


def test_a_folder_is_not_replaced_unasked_and_not_resumed_with_other_settings(tmp_path: Path, planted: Corpus) -> None:
    out, options = tmp_path / "out", {**SMALL, "passes": 1}
    pretrain_vectors(planted, objective="word2vec", out=out, **options)

    def refused(folder: Path = out, **settings: Any) -> str:
        with pytest.raises(ConfigError) as caught:
            pretrain_vectors(planted, objective="word2vec", out=folder, **{**options, **settings})
        return caught.value.code

    assert refused() == "pretrain-out-held"
    assert refused(resume=True, dim=8) == "pretrain-resumed-with-other-settings"
    assert refused(resume=True, seed=3) == "pretrain-resumed-with-other-settings"
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "thesis.txt").write_text("mine", encoding="utf-8")
    assert refused(tmp_path / "documents", overwrite=True) == "pretrain-out-is-foreign"
    pretrain_vectors(planted, objective="word2vec", out=out, overwrite=True, **options)


def test_settings_that_cannot_be_used_are_refused_together(tmp_path: Path, planted: Corpus) -> None:
    with pytest.raises(ConfigError) as caught:
        pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", dim=0, window="wide", buckets=10)
    assert all(name in caught.value.cause for name in ("dim", "window", "bucket"))
    with pytest.raises(ConfigError) as caught:
        pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", windows=3)
    assert caught.value.code == "vectors-setting-unknown" and '"window"' in caught.value.remedy
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore:overflow")
def test_an_infinite_loss_is_an_error_that_names_the_rate(tmp_path: Path, planted: Corpus) -> None:
    with pytest.raises(ConfigError) as caught:
        pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", **{**SMALL, "lr": 1e30})
    assert caught.value.code == "vectors-diverged" and "--lr" in caught.value.remedy


@pytest.mark.parametrize(
    ("texts", "held_out", "code"),
    [
        (["a b a b"], ["a b"], ""),
        (["a b a b c"], ["x y"], "vectors-not-judged"),
        (["a b a b"], [], "vectors-not-judged"),
    ],
)
def test_tiny_corpora(tmp_path: Path, texts: list[str], held_out: list[str], code: str) -> None:
    pretrained = pretrain_vectors(corpus_of(texts, held_out), objective="word2vec", out=tmp_path / "out", dim=4)
    assert read_word_vectors(pretrained.folder / VECTORS).vectors.shape == (3, 4)
    assert code in ("", *(one.code for one in pretrained.findings))
    assert (pretrained.folder / "README.md").read_text(encoding="utf-8").startswith("# word2vec vectors")


def test_a_corpus_of_distinct_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        pretrain_vectors(corpus_of(["every word once"], ["no"]), objective="word2vec", out=tmp_path / "out")
    assert caught.value.code == "vectors-vocabulary-too-small"


def test_threads_are_as_before(tmp_path: Path, planted: Corpus) -> None:
    torch.set_num_threads(2)
    try:
        pretrain_vectors(planted, objective="word2vec", out=tmp_path / "out", **{**SMALL, "passes": 1})
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_text_that_is_not_split_into_words_is_reported(tmp_path: Path) -> None:
    texts = ["服务态度不错，房间还可以。"] * 20
    done = pretrain_vectors(corpus_of(texts, texts[:2]), objective="word2vec", out=tmp_path / "whole", **SMALL)
    (found,) = [one for one in done.findings if one.code == "vectors-text-not-split"]
    assert "85% of its letters" in found.message and "segmenter" in found.remedy
    texts = ["服务 态度 不错 ， 房间 还 可以 。"] * 20
    done = pretrain_vectors(corpus_of(texts, texts[:2]), objective="word2vec", out=tmp_path / "split", **SMALL)
    assert "vectors-text-not-split" not in [one.code for one in done.findings]


def test_a_checkpoint_that_cannot_be_written_is_said_during_training(
    tmp_path: Path, planted: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    class Lines(Silent):
        said: ClassVar[list[str]] = []

        def say(self, text: str) -> None:
            self.said.append(text)

    monkeypatch.setattr("ghep.training.checkpoint.write_tensors", full)
    options = {**SMALL, "passes": 1, "checkpoint_seconds": 0}
    pretrain_vectors(planted, objective="word2vec", out=tmp_path / "v", reporter=Lines(), **options)
    (place,) = [at for at, line in enumerate(Lines.said) if "cannot write a checkpoint" in line]
    assert place < len(Lines.said) - 2


def test_the_end_of_a_tiny_corpus_is_judged_once(tmp_path: Path) -> None:
    texts = ["a b c d"] * 20
    done = pretrain_vectors(corpus_of(texts, texts[:2]), objective="word2vec", out=tmp_path / "v", dim=8, passes=1)
    steps = [row["steps"] for row in done.curve]
    assert len(steps) == len(set(steps)) and done.curve[-1]["words"] == 80


def test_findings_of_the_corpus_are_kept(tmp_path: Path, planted: Corpus) -> None:
    from ghep.types import Finding

    noted = replace(planted, findings=(Finding("made", "info", "made"),))
    pretrained = pretrain_vectors(noted, objective="word2vec", out=tmp_path / "out", **{**SMALL, "passes": 1})
    assert pretrained.findings[0].code == "made"


def test_pretrain_reads_a_corpus_and_trains_vectors_and_refuses_what_they_have_not(tmp_path: Path) -> None:
    file = tmp_path / "planted.txt"
    file.write_text("\n".join(planted_texts(200, seed=0)), encoding="utf-8")
    leak = planted_texts(200, seed=0)[7]
    done = ghep.pretrain(
        file, objective="word2vec", out=tmp_path / "out", dim=8, passes=1, documents="line", exclude=[leak]
    )
    assert done.record["corpus"]["dropped"] == 1 and "corpus-leaks" in {one.code for one in done.findings}
    assert WordSpace.read(done.folder).units.shape[1] == 8
    lines = lines_of(done)
    assert any(line.startswith("held-out loss") for line in lines) and str(done.folder) in lines[-1]
    with pytest.raises(ConfigError) as caught:
        ghep.pretrain(tmp_path / "missing.txt", objective="fasttext", out=tmp_path / "new", masking=0.2)
    assert caught.value.code == "pretrain-setting-of-other-objective" and "dim" in caught.value.remedy
    with pytest.raises(ConfigError) as caught:
        ghep.pretrain(file, objective="word2vec", backbone="minilm", out=tmp_path / "new")
    assert caught.value.code == "pretrain-vectors-from-backbone"
    with pytest.raises(ConfigError) as caught:  # before the corpus is read
        ghep.pretrain(tmp_path / "missing.txt", objective="word2vec", out=tmp_path / "out")
    assert caught.value.code == "pretrain-out-held"
