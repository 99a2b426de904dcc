"""A corpus from files: documents, held-out documents, findings and errors."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ghep
from ghep.data.corpus import Corpus, read_corpus
from ghep.errors import ConfigError, DataError


def _invented() -> list[str]:
    """Return 100 reviews of eleven words of an invented language."""
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(["ba", "ki", "lo", "mu", "se", "ta"], 3)) for _ in range(1100)]
    return [" ".join(words[at : at + 11]).capitalize() + "." for at in range(0, 1100, 11)]


REVIEWS = _invented()


def written(path: Path, texts: list[str], between: str = "\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(between.join(texts), encoding="utf-8")
    return path


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    return written(tmp_path / "reviews.txt", REVIEWS)


def all_texts(corpus: Corpus) -> set[str]:
    return {one.text for one in (*corpus.train, *corpus.held_out)}


def codes(corpus: Corpus) -> set[str]:
    return {one.code for one in corpus.findings}


def test_documents_words_and_bytes(reviews: Path) -> None:
    corpus = read_corpus(reviews)
    assert all_texts(corpus) == set(REVIEWS)
    assert corpus.words == sum(len(text.split()) for text in REVIEWS)
    assert corpus.bytes == sum(len(text.encode()) for text in REVIEWS)
    assert corpus.train[0].id == "reviews.txt:1"
    assert 4 <= len(corpus.held_out) <= 6
    assert codes(corpus) == {"corpus-documents"}


def test_held_out_documents_depend_on_the_seed_only(reviews: Path) -> None:
    first, again, other = (read_corpus(reviews, seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first.digest != other.digest
    backwards = read_corpus(written(reviews.parent / "other.txt", REVIEWS[::-1]))
    assert {one.text for one in backwards.held_out} == {one.text for one in first.held_out}
    assert [one.text for one in first.train] == [text for text in REVIEWS if text in {one.text for one in first.train}]


def test_a_held_out_share(reviews: Path) -> None:
    assert 28 <= len(read_corpus(reviews, held_out=0.3).held_out) <= 32
    for share in (0, 1, -0.1):
        with pytest.raises(ConfigError, match="above 0 and below 1"):
            read_corpus(reviews, held_out=share)


def test_a_long_document_is_not_held_out(tmp_path: Path) -> None:
    """A book among reviews is nine tenths of the corpus, and would be held out by one seed in a hundred."""
    book = " ".join(f"{word}{number}" for number in range(200) for word in REVIEWS[number % 100].split())
    file = written(tmp_path / "both.txt", [*REVIEWS[:24], book])
    for seed in range(50):
        corpus = read_corpus(file, seed=seed)
        assert book in {one.text for one in corpus.train} and corpus.held_out


def test_copies_are_used_once(tmp_path: Path) -> None:
    corpus = read_corpus(written(tmp_path / "a.txt", [*REVIEWS, REVIEWS[3], f"  {REVIEWS[4]} "]))
    texts = [one.text for one in (*corpus.train, *corpus.held_out)]
    assert len(texts) == len(set(texts)) == 100
    copies = next(one for one in corpus.findings if one.code == "corpus-copies")
    assert copies.items == ("a.txt:101 = a.txt:4", "a.txt:102 = a.txt:5")


def test_test_texts_are_named_and_dropped(reviews: Path) -> None:
    corpus = read_corpus(reviews, exclude=[f"({REVIEWS[7].upper()})", "not in it at all"])
    assert REVIEWS[7] not in all_texts(corpus)
    assert len(all_texts(corpus)) == 99
    (leak,) = corpus.dropped
    assert (leak.document, leak.text, leak.how) == ("reviews.txt:8", 0, "whole")
    finding = next(one for one in corpus.findings if one.code == "corpus-leaks")
    assert finding.severity == "warning"
    assert "reviews.txt:8" in finding.message


def test_a_corpus_of_test_texts_is_refused(reviews: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_corpus(reviews, exclude=REVIEWS)
    assert caught.value.code == "corpus-all-leaks"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (REVIEWS[7], "found str"),
        (Path("test.csv"), "found PosixPath"),
        ({"text": REVIEWS[:3]}, "found dict"),
        (pd.DataFrame({"text": REVIEWS[:3]}), "found DataFrame"),
        ([REVIEWS[7], None], "found NoneType in list"),
    ],
)
def test_what_is_not_a_list_of_test_texts_is_refused(reviews: Path, given: Any, found: str) -> None:
    """Letters of a text, or names of columns, would be left out of the corpus, and the test texts would stay in it."""
    with pytest.raises(ConfigError, match=found):
        read_corpus(reviews, exclude=given)
    with pytest.raises(ConfigError, match=found):
        ghep.pretrain("nowhere.txt", objective="word2vec", exclude=given)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (pd.DataFrame({"text": REVIEWS}), "found DataFrame"),
        ({"text": REVIEWS}, "found dict"),
        (None, "found NoneType"),
        ([], "found list, empty"),
        ([b"a.txt"], "found bytes in list"),
    ],
)
def test_a_corpus_that_is_no_path_is_refused(given: Any, found: str) -> None:
    with pytest.raises(ConfigError, match=found) as caught:
        read_corpus(given)
    assert "write the texts to a file" in caught.value.remedy
    with pytest.raises(ConfigError, match=found):
        ghep.pretrain(given, objective="word2vec")


def test_test_texts_may_be_a_column(reviews: Path) -> None:
    corpus = read_corpus(reviews, exclude=pd.Series(REVIEWS[7:8], index=[3]))  # type: ignore[arg-type]
    assert [one.document for one in corpus.dropped] == ["reviews.txt:8"]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "xlsx"])
def test_tables(tmp_path: Path, suffix: str) -> None:
    frame = pd.DataFrame({"text": REVIEWS, "stars": range(100)})
    path = tmp_path / f"reviews.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    elif suffix == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    elif suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_excel(path, index=False)
    corpus = read_corpus(path)
    assert all_texts(corpus) == set(REVIEWS)
    assert corpus.train[0].id == f"reviews.{suffix}#0"


def test_the_column_that_was_chosen_is_named(tmp_path: Path) -> None:
    table = tmp_path / "posts.parquet"
    pd.DataFrame({"title": [text[:20] for text in REVIEWS], "body": REVIEWS}).to_parquet(table)
    (finding,) = [one for one in read_corpus(table).findings if one.code == "corpus-documents"]
    assert finding.message == "posts.parquet is read as 100 documents, one a row, from the column 'body'"


def test_the_column_of_a_table(tmp_path: Path) -> None:
    rows = [{"alpha": text, "beta": f"{text} It was long."} for text in REVIEWS]
    path = written(tmp_path / "a.jsonl", [json.dumps(row) for row in rows])
    with pytest.raises(DataError, match="'alpha' and 'beta'") as caught:
        read_corpus(path)
    assert caught.value.code == "corpus-column-unclear"
    assert all_texts(read_corpus(path, column="alpha")) == set(REVIEWS)
    with pytest.raises(DataError, match="gamma"):
        read_corpus(path, column="gamma")


def test_rows_without_text_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [{"text": text} for text in REVIEWS] + [{"text": None}, {"text": " "}]
    corpus = read_corpus(written(tmp_path / "a.jsonl", [json.dumps(row) for row in rows]))
    assert all_texts(corpus) == set(REVIEWS)
    unusable = next(one for one in corpus.findings if one.code == "corpus-documents-unusable")
    assert "2 documents" in unusable.message
    assert unusable.severity == "info"


def test_a_folder_of_files_of_every_kind(tmp_path: Path) -> None:
    written(tmp_path / "c" / "lines.txt", REVIEWS[:40])
    written(tmp_path / "c" / "deep" / "blank.txt", [f"{one}\nSecond line." for one in REVIEWS[40:60]], "\n\n")
    written(tmp_path / "c" / "table.csv", ["text", *REVIEWS[60:80]])
    (tmp_path / "c" / "packed.txt.gz").write_bytes(gzip.compress("\n".join(REVIEWS[80:]).encode()))
    written(tmp_path / "c" / "notes.docx", ["not read"])
    corpus = read_corpus(tmp_path / "c")
    assert len(all_texts(corpus)) == 100
    assert {one.id for one in (*corpus.train, *corpus.held_out)} >= {"deep/blank.txt:4", "lines.txt:40", "table.csv#19"}
    ignored = next(one for one in corpus.findings if one.code == "corpus-files-ignored")
    assert ignored.items == ("notes.docx",)
    rules = {one.params["rule"]: one.params["count"] for one in corpus.findings if one.code == "corpus-documents"}
    assert rules == {"line": 60, "paragraph": 20, "row": 20}


def test_many_short_files_are_documents(tmp_path: Path) -> None:
    for number, text in enumerate(REVIEWS):
        written(tmp_path / "unsup" / f"{number:03}.txt", [text, "", "A second paragraph."])
    corpus = read_corpus(tmp_path / "unsup")
    assert all_texts(corpus) == {f"{text}\n\nA second paragraph." for text in REVIEWS}


def test_valid_and_test_parts_are_left_out(tmp_path: Path) -> None:
    for split, part in (("train", REVIEWS[:50]), ("test", REVIEWS[50:])):
        written(tmp_path / "a" / split / "all.txt", part)
        written(tmp_path / "b" / f"{split}-00000-of-00001.csv", ["text", *part])
    for folder in "ab":
        corpus = read_corpus(tmp_path / folder)
        assert all_texts(corpus) == set(REVIEWS[:50])
        assert "corpus-splits-left-out" in codes(corpus)
    assert all_texts(read_corpus(tmp_path / "a" / "test" / "all.txt")) == set(REVIEWS[50:])


def test_names_that_contain_a_split_are_no_splits(tmp_path: Path) -> None:
    written(tmp_path / "train.txt", REVIEWS[:50])
    written(tmp_path / "wikitext2_test.txt", REVIEWS[50:])
    assert all_texts(read_corpus(tmp_path)) == set(REVIEWS)


def test_a_dataset_folder_of_hugging_face(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    parts = {"train": REVIEWS[:60], "test": REVIEWS[60:]}
    made = {split: datasets.Dataset.from_dict({"text": texts}) for split, texts in parts.items()}
    datasets.DatasetDict(made).save_to_disk(tmp_path / "saved")
    corpus = read_corpus(tmp_path / "saved")
    assert all_texts(corpus) == set(REVIEWS[:60])
    assert "corpus-splits-left-out" in codes(corpus)


def test_a_snapshot_of_a_dataset_from_a_hub(tmp_path: Path) -> None:
    """Settings in JSON and a README are next to the parts; only the parts are read."""
    (tmp_path / "data").mkdir()
    for part, texts in enumerate((REVIEWS[:50], REVIEWS[50:])):
        pd.DataFrame({"text": texts}).to_parquet(tmp_path / "data" / f"train-0000{part}-of-00002.parquet")
    written(tmp_path / "dataset_infos.json", ['{"default": {"features": {"text": {"dtype": "string"}}}}'])
    written(tmp_path / "README.md", ["# Reviews"])
    corpus = read_corpus(tmp_path)
    assert all_texts(corpus) == set(REVIEWS)
    ignored = next(one for one in corpus.findings if one.code == "corpus-files-ignored")
    assert ignored.items == ("README.md", "dataset_infos.json")


def test_few_documents(tmp_path: Path) -> None:
    corpus = read_corpus(written(tmp_path / "a.txt", ["\n".join(REVIEWS)]), documents="file")
    assert len(corpus.train) == len(corpus.held_out) == 1
    assert "corpus-few-documents" in codes(corpus)
    assert corpus.train[0].text + "\n" + corpus.held_out[0].text == "\n".join(REVIEWS)
    assert 0.04 < len(corpus.held_out[0].text) / corpus.bytes < 0.07


def test_a_corpus_of_one_short_document(tmp_path: Path) -> None:
    corpus = read_corpus(written(tmp_path / "a.txt", ["A short text that fits in one block."]))
    assert (corpus.train[0].text, corpus.held_out[0].text) == ("A short text that fits in one", "block.")
    with pytest.raises(DataError) as caught:
        read_corpus(written(tmp_path / "b.txt", ["A"]))
    assert caught.value.code == "corpus-too-short"


def test_wrapped_lines_are_reported(tmp_path: Path) -> None:
    corpus = read_corpus(written(tmp_path / "a.txt", [f"few words {number}" for number in range(50)]))
    assert "corpus-short-documents" in codes(corpus)


def test_errors(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.txt").write_bytes("\n".join(["Le café est fermé depuis l'été."] * 30).encode("latin-1"))
    (tmp_path / "utf16.txt").write_bytes("\n".join(REVIEWS).encode("utf-16"))
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 100)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n" + b"text " * 500)
    written(tmp_path / "blank.txt", [" ", "", "\t"])
    written(tmp_path / "numbers.csv", ["a,b", *(f"{number},{number}" for number in range(50))])
    expected = {
        "nowhere.txt": "corpus-missing",
        "empty": "corpus-without-files",
        "latin.txt": "byte-not-utf-8",
        "utf16.txt": "not-utf-8-text",
        "binary.txt": "corpus-not-text",
        "paper.pdf": "corpus-not-text",
        "blank.txt": "corpus-empty",
        "numbers.csv": "corpus-column-unclear",
    }
    for name, code in expected.items():
        with pytest.raises(DataError) as caught:
            read_corpus(tmp_path / name)
        assert caught.value.code == code, name
        assert caught.value.remedy, name
    assert len(read_corpus(tmp_path / "utf16.txt", encoding="utf-16").train) > 90
    assert "fermé" in read_corpus(tmp_path / "latin.txt", encoding="latin-1").train[0].text


def test_an_unknown_rule(reviews: Path) -> None:
    with pytest.raises(ConfigError, match="paragraph"):
        read_corpus(reviews, documents="paragraphs")  # type: ignore[arg-type]


def test_sources_for_the_card(reviews: Path) -> None:
    assert read_corpus(reviews, licence="CC BY 4.0").sources == (
        "reviews.txt: 100 documents, 1,100 words",
        "licence, as told by the user: CC BY 4.0",
    )
    assert read_corpus(reviews).sources[1] == "licence: not told"


SHARED = Path(__file__).parents[4] / "shared" / "data" / "corpus"


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
@pytest.mark.parametrize(
    ("name", "rule", "documents"),
    [
        ("imdb_unlabelled", "line", 12_500),
        ("movie_reviews", "line", 2_000),
        ("viwiki_sample", "line", 1_778),
        ("tinyshakespeare", "paragraph", 7_222),
        ("wikitext2_valid", "article", 60),
        ("wikitext2_test", "article", 60),
    ],
)
def test_documents_of_real_corpora(name: str, rule: str, documents: int) -> None:
    """The numbers of reviews and articles are those in the descriptions of these corpora."""
    corpus = read_corpus(SHARED / f"{name}.txt")
    finding = next(one for one in corpus.findings if one.code == "corpus-documents")
    assert (finding.params["rule"], finding.params["count"]) == (rule, documents)
    assert 0.04 < sum(len(one.text.encode()) for one in corpus.held_out) / corpus.bytes < 0.12


def test_a_folder_of_very_many_files_takes_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work grows with the number of files: 50,000 reviews in files of their own are usual."""
    compared = 0

    def equal(one: Path, other: object) -> bool:
        nonlocal compared
        compared += 1
        return isinstance(other, Path) and str(one) == str(other)

    for part in ("train", "test"):
        for number in range(150):
            written(tmp_path / part / f"{number}.txt", [REVIEWS[number % 100] + part])
    monkeypatch.setattr(type(tmp_path), "__eq__", equal)
    monkeypatch.setattr(type(tmp_path), "__hash__", lambda one: hash(str(one)))
    corpus = read_corpus(tmp_path)
    assert len(corpus.train) + len(corpus.held_out) == 100
    assert compared < 30 * 300
