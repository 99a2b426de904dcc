"""Neighbours and analogies on vectors that can be computed by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ghep.errors import ConfigError
from ghep.pretrain.vectors.files import write_vectors
from ghep.pretrain.vectors.word_space import WordSpace, samples_of

WORDS = ("man", "woman", "king", "queen", "actor", "actress", "stone")
VECTORS = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [1, 0, 0.5], [1, 1, 0.5], [0, 0, 0]], dtype=np.float32)


def test_neighbours_are_by_cosine_and_exclude_the_word() -> None:
    space = WordSpace.of(WORDS, VECTORS * np.arange(1, 8, dtype=np.float32)[:, None])  # lengths do not matter
    found = space.neighbours(["man", "stone"], most=2)
    assert [one.word for one in found["man"]] == ["actor", "king"]
    assert found["man"][0].cosine == pytest.approx(1 / np.sqrt(1.25))
    assert [one.cosine for one in found["stone"]] == [0, 0]


def test_an_analogy_is_the_word_nearest_to_the_sum_other_than_the_three() -> None:
    space = WordSpace.of(WORDS, VECTORS)
    assert space.analogy("man", "woman", "king", most=1)[0].word == "queen"
    assert space.analogy("man", "woman", "actor", most=1)[0].word == "actress"
    assert {one.word for one in space.analogy("man", "woman", "king", most=7)}.isdisjoint({"man", "woman", "king"})


def test_an_unknown_word_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(ConfigError) as caught:
        WordSpace.of(WORDS, VECTORS).neighbours(["actres"])
    assert caught.value.code == "vectors-word-unknown" and '"actress"' in caught.value.remedy


def test_a_space_is_read_from_a_file_or_a_folder(tmp_path: Path) -> None:
    write_vectors(tmp_path / "vectors.txt", WORDS, VECTORS)
    for place in (tmp_path, tmp_path / "vectors.txt"):
        space = WordSpace.read(place)
        assert space.words == WORDS
        assert np.allclose(space.units, WordSpace.of(WORDS, VECTORS).units)


@pytest.mark.parametrize(
    ("frequent", "words", "asked"),
    [
        ("the", WORDS, [("man", "woman", "actor", "actress", 1)]),
        ("của", ("ông", "bà", "king", "queen", "anh", "chị", "stone"), [("ông", "bà", "anh", "chị", 1)]),
        ("của", WORDS, []),  # English words in a Vietnamese corpus
    ],
)
def test_samples_ask_only_for_known_words_in_the_language_of_the_corpus(
    frequent: str, words: tuple[str, ...], asked: list[tuple[object, ...]]
) -> None:
    space = WordSpace.of((frequent, *words), np.vstack([np.zeros((1, 3), np.float32), VECTORS]))
    found = samples_of(space, words=3, most=2)
    assert len(found["neighbours"]) == 3
    assert [(one["a"], one["b"], one["c"], one["expected"], one["rank"]) for one in found["analogies"]] == asked
