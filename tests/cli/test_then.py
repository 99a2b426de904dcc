"""``ghep pretrain ... --then``: test texts are left out of the corpus, and the task judges the pretraining."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.small_bert import reviews, write_table

from ghep.cli.app import run
from ghep.cli.then import held_back, judged, then_part
from ghep.comparison.pretraining.options import then_settings
from ghep.errors import ConfigError, Interrupted
from ghep.pretrain.options import pretrain_settings
from ghep.reporter import Silent
from ghep.training.stop import StopRequest
from tagged import tagged_texts


def task(folder: Path) -> Path:
    texts, labels = reviews(60, seed=1)
    others, of_others = reviews(40, seed=2)
    splits = ["train"] * 60 + ["test"] * 40
    return write_table(folder / "task.csv", text=texts + others, label=labels + of_others, split=splits)


def test_settings_go_to_the_pretraining_or_to_the_task() -> None:
    given = {"objective": "mlm", "encoding": "latin-1", "then": "t.csv", "labels": "8,all", "then_time_limit": "2m"}
    rest, then = then_part(given)
    assert rest == {"objective": "mlm", "encoding": "latin-1"}
    assert then == {"then": "t.csv", "labels": "8,all", "then_time_limit": 120.0, "encoding": "latin-1"}
    assert not pretrain_settings().keys() & then_settings().keys()


def test_settings_of_the_task_need_a_task(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_text("one\ntwo\n")
    code = run(["pretrain", str(tmp_path / "corpus.txt"), "--objective", "mlm", "--labels", "8", "--text", "text"])
    assert code == 2
    assert "--labels and --text say how a task judges the pretraining" in capsys.readouterr().err


def test_a_value_that_cannot_be_used_is_refused_before_the_pretraining() -> None:
    with pytest.raises(ConfigError, match="margin"):
        then_part({"then": "t.csv", "margin": 3.0})


def test_the_test_texts_are_held_back(tmp_path: Path) -> None:
    then = {"then": task(tmp_path), "text_column": ["text"], "label_columns": ["label"], "seeds": 2}
    assert sorted(held_back(then)) == sorted(reviews(40, seed=2)[0])
    assert held_back({}) == ()


def test_several_tasks_are_refused_before_the_pretraining(tmp_path: Path) -> None:
    texts, labels = reviews(40, seed=2)
    data = write_table(tmp_path / "two.csv", text=texts, mood=labels, tone=labels)
    then = {"then": data, "text_column": ["text"], "label_columns": ["mood", "tone"]}
    with pytest.raises(ConfigError) as caught:
        held_back(then)
    assert caught.value.code == "benefit-of-several-tasks"


def test_numbers_of_labels_of_a_multi_label_task_are_refused_before_the_pretraining(tmp_path: Path) -> None:
    data, _ = tagged_texts(tmp_path)
    then = {"then": data, "label_columns": ["about"], "split_column": "split"}
    with pytest.raises(ConfigError, match="--labels is 8,all") as caught:
        held_back({**then, "labels": "8,all"})
    assert caught.value.code == "benefit-labels-of-sets" and "--labels all" in str(caught.value)
    assert held_back(then) == held_back({**then, "labels": "all"}) != ()


def test_a_task_of_photos_does_not_judge_a_backbone_of_texts_nor_the_reverse(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a task of photos") as caught:
        held_back({"then": photos})
    assert "give a task of texts" in str(caught.value)
    assert held_back({"then": photos}, photos=True)
    with pytest.raises(ConfigError, match="is a task of texts"):
        held_back({"then": task(tmp_path), "text_column": ["text"], "label_columns": ["label"]}, photos=True)


@pytest.mark.parametrize("stopped", [KeyboardInterrupt(), Interrupted("comparison-stopped", cause="stopped")])
def test_a_comparison_that_is_stopped_is_continued_without_another_pretraining(
    stopped: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise stopped

    monkeypatch.setattr("ghep.comparison.pretraining.benefit.pretraining_benefit", interrupted)
    with pytest.raises(Interrupted) as caught:
        judged(tmp_path, {"then": "t.csv"}, before=None, device=None, reporter=Silent(), stop=StopRequest())
    assert caught.value.remedy.endswith(f"repeat the command with --resume --out {tmp_path}")


def test_word_vectors_that_are_not_there_are_refused_before_the_pretraining(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no file of word vectors at nowhere\.txt"):
        then_part({"then": "t.csv", "vectors": "nowhere.txt"})
    _, vectors = tagged_texts(tmp_path)
    assert then_part({"then": "t.csv", "vectors": vectors})[1]["vectors"] == vectors


@pytest.mark.slow
def test_from_corpus_to_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = task(tmp_path)
    corpus = tmp_path / "corpus.txt"
    leaked = reviews(40, seed=2)[0][:3]
    corpus.write_text("\n".join([*reviews(300, seed=3)[0], *leaked]) + "\n", encoding="utf-8")
    small = ["--layers", "1", "--width", "16", "--vocabulary", "64", "--length", "16", "--passes", "2"]
    judged = ["--then", str(data), "--text", "text", "--label", "label", "--labels", "8,all", "--seeds", "2"]
    rest = ["--strategies", "linear_probe", "--jobs", "1", "--device", "cpu", "--json", "--out", str(tmp_path / "lm")]
    code = run(["pretrain", str(corpus), "--objective", "mlm", *small, *judged, *rest])
    printed = capsys.readouterr()
    assert code in (0, 1), printed.err
    written = json.loads(printed.out)
    assert written["corpus"]["dropped"] >= 3
    benefit = written["benefit"]
    assert benefit["sides"]["random"] and benefit["sides"]["after"] == str(tmp_path / "lm")
    assert benefit["kind"] in ("helped", "no-difference", "hurt", "cannot-tell")
    assert Path(benefit["report"]).is_file()
