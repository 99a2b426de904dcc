"""The backbone from before: the one that the record names, or a twin with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.small_bert import small_bert
from tests.tiny_texts import write_family

from ghep.backbone.catalog import load_backbone
from ghep.backbone.word_vectors import read_word_vectors
from ghep.comparison.pretraining.before import random_twin, read_record, sides_of
from ghep.errors import ConfigError


def weights(name: str | Path) -> torch.Tensor:
    return torch.cat([one.flatten() for one in load_backbone(str(name)).net.parameters()])


@pytest.mark.slow
@pytest.mark.parametrize("family", ["bert", "gpt2", "t5", "bilm", "sentences"])
def test_a_twin_has_the_same_architecture_and_vocabulary_and_other_weights(family: str, tmp_path: Path) -> None:
    after = Path(write_family(family, tmp_path / "after"))
    twin = random_twin(after, tmp_path / "twins")
    one, other = load_backbone(str(after)), load_backbone(str(twin))
    assert one.architecture == other.architecture
    assert (one.preprocess.identity(), one.feature_dim) == (other.preprocess.identity(), other.feature_dim)
    assert not torch.equal(weights(after), weights(twin))
    again = random_twin(after, tmp_path / "others")
    assert torch.equal(weights(twin), weights(again))


def test_the_twin_of_word_vectors_has_their_words_and_their_spread(tmp_path: Path) -> None:
    after = Path(write_family("glove", tmp_path / "after"))
    one, other = read_word_vectors(after), read_word_vectors(random_twin(after, tmp_path / "twins"))
    assert one.words == other.words and one.vectors.shape == other.vectors.shape
    assert not np.allclose(one.vectors, other.vectors)
    assert other.vectors[1:].std() == pytest.approx(one.vectors[1:].std(), rel=0.2)


def test_a_twin_is_written_once(tmp_path: Path) -> None:
    after = Path(small_bert(tmp_path / "after"))
    twin = random_twin(after, tmp_path / "twins")
    written = (twin / "model.safetensors").stat().st_mtime_ns
    assert random_twin(after, tmp_path / "twins") == twin
    assert (twin / "model.safetensors").stat().st_mtime_ns == written
    random_twin(after, tmp_path / "twins", overwrite=True)
    assert (twin / "model.safetensors").stat().st_mtime_ns > written


def test_before_is_what_the_record_names(tmp_path: Path) -> None:
    start, after = small_bert(tmp_path / "start"), Path(small_bert(tmp_path / "after", seed=1))
    sides = sides_of(after, {"backbone": start}, tmp_path / "twins")
    assert (sides.before, sides.after, sides.random) == (start, str(after), False)
    assert not (tmp_path / "twins").exists()
    scratch = sides_of(after, {"backbone": None}, tmp_path / "twins")
    assert scratch.random and Path(scratch.before).is_dir()


def test_a_backbone_that_has_moved_can_be_named(tmp_path: Path) -> None:
    start, after = small_bert(tmp_path / "start"), Path(small_bert(tmp_path / "after", seed=1))
    record = {"backbone": {"name": "start", "source": "a folder"}}  # a card names no local folder
    with pytest.raises(ConfigError, match='name it: before="PATH"'):
        sides_of(after, record, tmp_path / "twins")
    assert sides_of(after, record, tmp_path / "twins", before=start).before == start


def test_vectors_are_the_backbone_where_the_folder_has_them(tmp_path: Path) -> None:
    Path(write_family("glove", tmp_path / "after")).rename(tmp_path / "after" / "vectors.txt")
    sides = sides_of(tmp_path / "after", {"objective": "word2vec"}, tmp_path / "twins")
    assert sides.after == str(tmp_path / "after" / "vectors.txt") and sides.random
    assert Path(sides.before).is_file()


def test_a_folder_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no pretraining\.json"):
        read_record(tmp_path)
    (tmp_path / "pretraining.json").write_text(json.dumps({"objective": "mlm"}))
    assert read_record(tmp_path) == {"objective": "mlm"}
