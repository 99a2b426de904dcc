"""Word vectors from small files in each real format; the fastText model is computed by the definition."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from ghep.backbone.fasttext import ngrams
from ghep.backbone.word_vectors import read_word_vectors
from ghep.data.text.word_tokens import UNKNOWN
from ghep.errors import BackboneError

WORDS = ("the", "thé", "don't", "日本語", "u.s.", "</s>")
DIM = 5
VECTORS = np.random.default_rng(0).normal(size=(len(WORDS), DIM)).astype(np.float32)


def rows(words: Sequence[str], vectors: np.ndarray) -> list[bytes]:
    return [f"{word} {' '.join(map(repr, row.tolist()))}".encode() for word, row in zip(words, vectors, strict=True)]


def glove(path: Path, words: Sequence[str] = WORDS, vectors: np.ndarray = VECTORS) -> None:
    path.write_bytes(b"\n".join(rows(words, vectors)) + b"\n")


def word2vec_text(path: Path, words: Sequence[str] = WORDS, vectors: np.ndarray = VECTORS) -> None:
    lines = [row + b" " for row in rows(words, vectors)]  # Google's and fastText's writers add a trailing space
    path.write_bytes(b"%d %d\n" % vectors.shape + b"\n".join(lines) + b"\n")


def word2vec_binary(
    path: Path, words: Sequence[str] = WORDS, vectors: np.ndarray = VECTORS, end: bytes = b"\n"
) -> None:
    body = b"".join(word.encode() + b" " + row.tobytes() + end for word, row in zip(words, vectors, strict=True))
    path.write_bytes(b"%d %d\n" % vectors.shape + body)


def word2vec_binary_of_gensim(path: Path) -> None:
    word2vec_binary(path, end=b"")


FORMATS = {
    "glove": glove,
    "word2vec-text": word2vec_text,
    "word2vec-binary": word2vec_binary,
    "without line ends": word2vec_binary_of_gensim,
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_arrives_bit_for_bit_behind_the_unknown_word(name: str, tmp_path: Path) -> None:
    FORMATS[name](tmp_path / "v")
    read = read_word_vectors(tmp_path / "v")
    assert read.words == (UNKNOWN, *WORDS)
    assert np.array_equal(read.vectors[1:], VECTORS) and not read.vectors[0].any()
    assert read.vectors.dtype == np.float32
    assert read.format == (name if name in ("glove", "word2vec-text") else "word2vec-binary")
    assert not read.cased and read.skipped == 0


@pytest.mark.parametrize("name", FORMATS)
def test_the_most_frequent_words_come_first_and_the_rest_is_not_read(name: str, tmp_path: Path) -> None:
    FORMATS[name](tmp_path / "v")
    read = read_word_vectors(tmp_path / "v", most=2)
    assert read.words == (UNKNOWN, "the", "thé") and np.array_equal(read.vectors[1:], VECTORS[:2])


def test_a_word_with_spaces_keeps_them(tmp_path: Path) -> None:
    glove(tmp_path / "v", ["the", "at name@domain.com", ". . ."], VECTORS[:3])
    read = read_word_vectors(tmp_path / "v")
    assert read.words[1:] == ("the", "at name@domain.com", ". . .") and np.array_equal(read.vectors[1:], VECTORS[:3])


def test_a_control_character_does_not_make_a_text_binary(tmp_path: Path) -> None:
    word2vec_text(tmp_path / "v", ["the", "\x07"], VECTORS[:2])
    assert read_word_vectors(tmp_path / "v").words[1:] == ("the", "\x07")


def test_no_words_cannot_be_asked_for(tmp_path: Path) -> None:
    glove(tmp_path / "v")
    with pytest.raises(BackboneError, match="most=0"):
        read_word_vectors(tmp_path / "v", most=0)


def test_a_first_word_that_is_a_number_is_a_word(tmp_path: Path) -> None:
    glove(tmp_path / "v", ["1999", "the"], VECTORS[:2])
    assert read_word_vectors(tmp_path / "v").words[1:] == ("1999", "the")


def test_rows_that_no_text_could_ask_for_are_counted(tmp_path: Path) -> None:
    lines = rows(["the", "the", "\u00a0", "a", "b"], VECTORS[:5])
    lines.insert(1, b"caf\xe9" + lines[0][3:])  # latin-1
    (tmp_path / "v").write_bytes(b"\n".join(lines))
    read = read_word_vectors(tmp_path / "v")
    assert read.words[1:] == ("the", "a", "b") and read.skipped == 3
    assert np.array_equal(read.vectors[1:], VECTORS[[0, 3, 4]])


def test_the_file_s_own_unknown_word_leaves_zeros_in_place(tmp_path: Path) -> None:
    glove(tmp_path / "v", ["the", UNKNOWN], VECTORS[:2])
    read = read_word_vectors(tmp_path / "v")
    assert read.words == (UNKNOWN, "the") and not read.vectors[0].any() and read.skipped == 1


def test_upper_case_is_seen(tmp_path: Path) -> None:
    glove(tmp_path / "v", ["the", "The"], VECTORS[:2])
    assert read_word_vectors(tmp_path / "v").cased


def cut(path: Path, write: Callable[[Path], None], keep: float) -> None:
    write(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def replaced(path: Path, write: Callable[[Path], None], old: bytes, new: bytes) -> None:
    write(path)
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def number(row: int, column: int) -> bytes:
    return repr(VECTORS[row, column].item()).encode()


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "ragged, short": (lambda p: replaced(p, glove, b" " + number(3, 1), b""), "line 4"),
    "ragged, long": (lambda p: replaced(p, glove, number(3, 1), b"1 2"), "line 4"),
    "no number": (lambda p: replaced(p, glove, number(2, 2), b"x"), "line 3.*b'x'"),
    "nan": (lambda p: replaced(p, glove, number(2, 2), b"nan"), "line 3.*NaN or infinity"),
    "too large": (lambda p: replaced(p, word2vec_text, number(2, 2), b"1e60"), "line 4.*NaN or infinity"),
    "glove cut": (lambda p: cut(p, glove, 0.7), "line"),
    "another width": (
        lambda p: replaced(p, word2vec_text, b"6 5\n", b"6 4\n"),
        "line 2: expected a word and 4 numbers",
    ),
    "no number in the first row": (lambda p: replaced(p, word2vec_text, number(0, 0), b"x"), "line 2.*b'x'"),
    "more promised": (
        lambda p: replaced(p, word2vec_text, b"6 5\n", b"7 5\n"),
        "announces 7 words, but the file has 6",
    ),
    "nothing promised": (lambda p: p.write_bytes(b"0 5\n"), "announces 0 words"),
    "binary cut": (lambda p: cut(p, word2vec_binary, 0.8), r"byte \d+"),
    "binary cut by little": (lambda p: cut(p, word2vec_binary, 0.98), r"byte \d+"),
    "binary, absurd": (lambda p: replaced(p, word2vec_binary, b"6 5\n", b"6 99999999999\n"), "need at least"),
    "binary, shifted": (lambda p: replaced(p, word2vec_binary, b"6 5\n", b"6 4\n"), r"byte \d+"),
    "binary, infinite": (
        lambda p: replaced(p, word2vec_binary, VECTORS[1, :1].tobytes(), struct.pack("<f", np.inf)),
        "byte .*thé.*NaN or infinity",
    ),
    "empty": (lambda p: p.write_bytes(b"\n"), "empty"),
    "gzip": (lambda p: p.write_bytes(b"\x1f\x8b\x08\x00"), "gunzip"),
    "zip": (lambda p: p.write_bytes(b"PK\x03\x04"), "unpack"),
    "pickle": (lambda p: p.write_bytes(b"\x80\x04\x95"), "save_word2vec_format"),
    "prose": (lambda p: p.write_bytes(b"It was a dark and stormy night.\n"), "not a file of word vectors"),
    "no UTF-8": (lambda p: p.write_bytes(b"caf\xe9 1 2\n"), "UTF-8"),
    "missing": (lambda p: None, "No such file"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_says_where_and_what_to_do(damage: str, tmp_path: Path) -> None:
    break_it, message = DAMAGES[damage]
    break_it(tmp_path / "v")
    with pytest.raises(BackboneError, match=f"(?s){message}") as caught:
        read_word_vectors(tmp_path / "v")
    assert caught.value.remedy


# fastText: a model of three words and a label, in the layout of saveModel.

FT_WORDS = ("</s>", "the", "thé", "日本")
BUCKETS, MINN, MAXN = 7, 2, 3
FT_ROWS = np.random.default_rng(1).normal(size=(len(FT_WORDS) + BUCKETS, DIM)).astype(np.float32)


def fasttext(
    path: Path,
    *,
    version: int = 12,
    model: int = 2,
    pruned: int = -1,
    quantised: bool = False,
    grams: tuple[int, int] = (MINN, MAXN),
    buckets: int = BUCKETS,
) -> None:
    arguments = (DIM, 5, 5, 1, 5, 1, 2, model, buckets, *grams, 100)
    data = struct.pack("<ii", 793712314, version) + struct.pack("<12id", *arguments, 1e-4)
    data += struct.pack("<iiiqq", len(FT_WORDS) + 1, len(FT_WORDS), 1, 1000, pruned)
    for kind, word in [*((0, word) for word in FT_WORDS), (1, "__label__a")]:
        data += word.encode() + b"\0" + struct.pack("<qb", 10, kind)
    rows = FT_ROWS[: len(FT_WORDS) + buckets]
    data += struct.pack("<?qq", quantised, *rows.shape) + rows.tobytes()
    path.write_bytes(data + struct.pack("<?qq", False, 1, DIM) + bytes(4 * DIM))


def reckoned(word: str, grams: tuple[int, int] = (MINN, MAXN)) -> np.ndarray:
    """Return a word's vector by the definition, n-gram by n-gram."""
    parts = [FT_ROWS[FT_WORDS.index(word)]] if word in FT_WORDS else []
    framed = f"<{word}>" if word != "</s>" else ""
    for start in range(len(framed)):
        for n in range(grams[0], grams[1] + 1):
            if start + n > len(framed) or (n == 1 and start in (0, len(framed) - 1)):
                continue
            value = 2166136261
            for byte in framed[start : start + n].encode():
                value = ((value ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) % 2**32
            parts.append(FT_ROWS[len(FT_WORDS) + value % BUCKETS])
    return np.mean(parts, axis=0)


@pytest.mark.parametrize("grams", [(2, 3), (1, 1), (3, 6), (1, 20)])
def test_fasttext_words_are_the_mean_over_their_row_and_their_ngrams(grams: tuple[int, int], tmp_path: Path) -> None:
    fasttext(tmp_path / "v.bin", grams=grams)
    read = read_word_vectors(tmp_path / "v.bin")
    assert read.format == "fasttext-binary" and read.words == (UNKNOWN, *FT_WORDS)
    expected = np.stack([reckoned(word, grams) for word in FT_WORDS])
    np.testing.assert_allclose(read.vectors[1:], expected, atol=1e-6)


def test_the_hash_of_plain_letters_is_fnv_1a_s() -> None:
    _, found = ngrams([b"foobar"], shortest=1, longest=1, buckets=2**40)
    assert found.tolist()[4] == 0xE40C292C  # "a", as published by the hash's authors


def test_old_classifiers_have_no_ngrams(tmp_path: Path) -> None:
    fasttext(tmp_path / "v.bin", version=11, model=3)
    np.testing.assert_array_equal(read_word_vectors(tmp_path / "v.bin").vectors[1:], FT_ROWS[: len(FT_WORDS)])


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"version": 13}, "version 13"), ({"pruned": 0}, "pruned"), ({"quantised": True}, "quantised")],
)
def test_other_kinds_of_fasttext_are_refused(settings: dict[str, int], message: str, tmp_path: Path) -> None:
    fasttext(tmp_path / "v.bin", **settings)  # type: ignore[arg-type]
    with pytest.raises(BackboneError, match=message):
        read_word_vectors(tmp_path / "v.bin")


def test_a_fasttext_model_cut_anywhere_is_an_error(tmp_path: Path) -> None:
    fasttext(tmp_path / "whole.bin")
    data = (tmp_path / "whole.bin").read_bytes()
    needed = len(data) - 17 - 4 * DIM  # the output matrix is not read
    for size in range(4, needed):
        (tmp_path / "v.bin").write_bytes(data[:size])
        with pytest.raises(BackboneError, match="byte"):
            read_word_vectors(tmp_path / "v.bin")


@pytest.mark.slow
def test_a_fasttext_model_with_any_byte_changed_reads_or_says_so(tmp_path: Path) -> None:
    fasttext(tmp_path / "whole.bin")
    data = bytearray((tmp_path / "whole.bin").read_bytes())
    for place in range(4, len(data) - 4 * FT_ROWS.size):
        for value in (0, 0x7F, 0xFF):
            changed = data.copy()
            changed[place] = value
            (tmp_path / "v.bin").write_bytes(changed)
            try:
                read_word_vectors(tmp_path / "v.bin")
            except BackboneError as error:
                assert error.remedy
