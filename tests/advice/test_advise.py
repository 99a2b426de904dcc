"""Advice from the data to the words: what it takes, what it never looks at, what a fit that follows finds."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import ghep
import tiny_texts
from ghep.advice import advise as of_advise
from ghep.advice import features as of_features
from ghep.advice import race as of_race
from ghep.advice.advise import advise
from ghep.advice.record import Advice, Probed, Round, Scores, chosen, disagreement, in_words
from ghep.advice.track_record import track_record
from ghep.backbone.catalog import load_backbone
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BackboneError, ConfigError, DataError
from ghep.features import frozen
from ghep.features.frozen import FrozenPart
from ghep.messages import language_here, text_of
from ghep.metrics.intervals import wilson
from ghep.storage.text import plain

pytestmark = pytest.mark.usefixtures("nothing_ships")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


def asked(data: Path, backbones: Any, store: Path, **options: Any) -> Advice:
    return advise(data, backbones=backbones, cache_dir=store, engine="torch-float32", **options)


@pytest.mark.slow
def test_the_best_probe_is_taken_and_everything_stands_beside_it(photos: Path, weights: Path, store: Path) -> None:
    advice = asked(photos, [weights], store)
    first, second = advice.candidates
    assert first.probe.accuracy >= second.probe.accuracy and first.level
    assert chosen(advice) == (first.backbone, advice.ruling.strategy)
    assert first.probe.n == 80, "train and valid, no test"
    assert advice.asked.counts == {"train": 60, "valid": 20, "test": 20}
    by_name = {one.name: one for one in advice.candidates}
    assert by_name["headed"].scores.leep is not None and by_name["headed"].scores.nce is not None
    assert by_name["bare"].scores.leep is None and "0 layers" in by_name["bare"].scores.no_leep
    assert advice.case.majority == 0.5 and advice.case.num_train == 60 and advice.case.classes == 2
    assert 0 < advice.case.random_accuracy <= 1


def test_random_features_are_those_of_the_best(
    photos: Path, weights: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def load(name: str, **options: Any) -> Any:
        loaded.append((name, options.get("random_weights", False)))
        return load_backbone(name, **options)

    monkeypatch.setattr(of_features, "load_backbone", load)
    advice = asked(photos, [weights], store)
    assert [one for one in loaded if one[1]] == [(advice.backbone, True)]


@pytest.mark.slow
def test_a_probe_that_follows_finds_the_features(photos: Path, weights: Path, tmp_path: Path) -> None:
    asked(photos, [weights / "bare.safetensors"], tmp_path / "store")
    run = ghep.fit(
        photos,
        backbone=weights / "bare.safetensors",
        out=tmp_path / "run",
        cache_dir=tmp_path / "store",
        engine="torch-float32",
    )
    computed = {one["what"]: one["computed"] for one in run.frozen_part["passes"]}
    assert computed == {"train": 0, "valid": 0, "test": 0}, "advice compares the splits, so it knows test's features"


@pytest.mark.slow
def test_features_may_be_scored(photos: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run scores exact rows alone; advice makes no others, for it could be wrong in what it saves."""
    wanted = []

    class Listening(FrozenPart):
        def activations(self, *given: Any, **options: Any) -> Any:
            wanted.append(options.get("exact"))
            return super().activations(*given, **options)

    monkeypatch.setattr(frozen, "FrozenPart", Listening)
    asked(photos, [weights / "bare.safetensors"], tmp_path)
    assert wanted == [True] * 5, "train and valid, pretrained and random; test, to compare the splits"


@pytest.mark.slow
def test_the_test_split_changes_nothing(photos: Path, weights: Path, store: Path, tmp_path: Path) -> None:
    data = tmp_path / "photos"
    shutil.copytree(photos, data)
    rng = np.random.default_rng(0)
    for path in sorted((data / "test").rglob("*.png")):
        Image.fromarray(rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(path)
    one, other = (asked(folder, [weights], store) for folder in (photos, data))
    assert [dataclasses.replace(found, seconds=0).to_json() for found in one.candidates] == [
        dataclasses.replace(found, seconds=0).to_json() for found in other.candidates
    ]
    assert one.case == other.case


def test_much_data_is_sampled_and_said(
    photos: Path, weights: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_advise, "MOST", {"train": 20, "valid": 10})
    advice = asked(photos, [weights / "bare.safetensors"], store)
    assert advice.asked.used == {"train": 20, "valid": 10} and advice.candidates[0].probe.n == 30
    assert advice.case.num_train == 60, "the strategy goes by all there are"
    said = [finding.message for finding in advice.findings if finding.code == "sampled"]
    assert said == ["the advice uses 30 of 80 examples, a stratified sample"]


@pytest.fixture
def two_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_race, "FIRST", 40)


def always(worse: bool) -> Any:
    return lambda _leader, _other: worse


@pytest.mark.usefixtures("two_rounds")
def test_a_clearly_worse_backbone_stops_after_the_first_round(
    photos: Path, weights: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_advise, "clearly_worse", always(worse=True))
    advice = asked(photos, [weights], store)
    first, second = advice.candidates
    assert (first.examples, second.examples) == (80, 40)
    assert [one.examples for one in first.rounds] == [40, 80] and not first.stopped
    assert second.stopped.startswith(f"clearly worse than {first.name} on 40 examples: ") and not second.level
    assert first.rounds[0].probe.accuracy >= second.probe.accuracy
    assert advice.case.compared_accuracy == first.rounds[0].probe.accuracy, "random features saw the first round"
    assert any("2 backbones were scored on 40 examples; one was clearly worse" in line for line in in_words(advice))
    written = advice.to_json()["candidates"]
    assert [one["examples"] for one in written] == [80, 40] and written[1]["stopped"] == second.stopped


@pytest.mark.slow
@pytest.mark.usefixtures("two_rounds")
def test_whoever_runs_on_is_judged_as_without_a_race(
    photos: Path, weights: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_advise, "clearly_worse", always(worse=False))
    raced = asked(photos, [weights], store)
    monkeypatch.setattr(of_race, "FIRST", 1000)
    whole = asked(photos, [weights], store)
    assert [(one.name, one.probe.to_json(), one.scores, one.level) for one in raced.candidates] == [
        (one.name, one.probe.to_json(), one.scores, one.level) for one in whole.candidates
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("two_rounds")
def test_where_all_that_run_on_fail_those_that_stopped_go_on(
    photos: Path, weights: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_advise, "clearly_worse", always(worse=True))
    best = asked(photos, [weights], store).backbone
    over = of_features.Extractor.over

    def failing(self: Any, sample: Any) -> Any:
        if self.name == best and len(sample[0]) == 60:
            raise BackboneError("NaN", remedy="none")
        return over(self, sample)

    monkeypatch.setattr(of_features.Extractor, "over", failing)
    advice = asked(photos, [weights], store)
    assert [one.backbone for one in advice.left_out] == [best]
    assert [(one.examples, one.stopped) for one in advice.candidates] == [(80, "")]


def test_backbones_that_prepare_alike_decode_an_image_once(
    photos: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    decode = ImagePreprocess.decode
    monkeypatch.setattr(
        ImagePreprocess, "decode", lambda self, raw, *more: (decoded.append(raw), decode(self, raw, *more))[1]
    )
    asked(photos, [weights], tmp_path, workers=0)
    assert len(decoded) == 100 == len(set(decoded)), "two backbones and random features"


@pytest.mark.slow
def test_what_cannot_be_used_is_left_out_by_name(photos: Path, weights: Path, store: Path) -> None:
    advice = asked(photos, [weights / "bare.safetensors", "nowhere"], store)
    assert [one.backbone for one in advice.left_out] == ["nowhere"] and len(advice.candidates) == 1
    assert any("left out  nowhere" in line for line in in_words(advice))
    with pytest.raises(BackboneError, match="nowhere"):
        asked(photos, ["nowhere"], store)


def test_one_name_alone_will_do(photos: Path, weights: Path, store: Path) -> None:
    assert len(asked(photos, str(weights / "bare.safetensors"), store).candidates) == 1


def test_wrong_options_and_data_are_refused(photos: Path, weights: Path, store: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="advise has no option epochs"):
        asked(photos, [weights], store, epochs=3)
    with pytest.raises(DataError):
        asked(tmp_path / "none", [weights], store)


def test_without_a_store(photos: Path, weights: Path) -> None:
    advice = advise(photos, backbones=[weights / "bare.safetensors"], cache=False, engine="torch-float32")
    assert advice.candidates[0].probe.n == 80


@pytest.mark.slow
def test_texts_are_cut_as_a_fit_would_cut_them(tmp_path: Path) -> None:
    backbone = tiny_texts.write_family("bert", tmp_path / "bert")
    splits = {split: tiny_texts.texts(count, seed=count) for split, count in (("train", 40), ("valid", 20))}
    table = tiny_texts.write_table(tmp_path / "table.csv", splits)
    cut = {"max_length": 6, "truncate": "tail", "backbone": backbone, "cache_dir": tmp_path / "store"}
    advised = asked(table, [backbone], tmp_path / "store", max_length=6, truncate="tail")
    run = ghep.fit(table, **cut, engine="torch-float32", out=tmp_path / "run")
    computed = {one["what"]: one["computed"] for one in run.frozen_part["passes"]}
    assert computed["train"] == 0 and computed["valid"] == 0, "the rows of the texts as they were cut"
    assert advised.candidates[0].probe.n == 60


def test_a_length_for_images_is_refused(photos: Path, weights: Path, store: Path) -> None:
    with pytest.raises(ConfigError, match=r"reads images, so max_length cannot be set"):
        asked(photos, [weights], store, max_length=6)


@pytest.fixture(scope="module")
def made(photos: Path, weights: Path, store: Path) -> Advice:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ghep.advice.candidates.at_hand", list)
        return asked(photos, [weights], store)


def with_places(
    made: Advice,
    *rights: int,
    log_me: tuple[float, ...] = (),
    h_score: tuple[float, ...] = (),
    level: tuple[bool, ...] = (),
) -> Advice:
    """Advice on as many backbones as there are ``rights``: so many of 100 examples right."""
    candidates = []
    for place, right in enumerate(rights):
        probed = Probed(np.arange(100) < right, wilson(right, 100), 5)
        scores = Scores(log_me[place] if log_me else 0.0, h_score[place] if h_score else 0.5, 0.5, no_leep="none")
        name = f"backbone {place + 1}"
        rounds = (Round(100, probed, scores),)
        candidate = dataclasses.replace(made.candidates[0], name=name, backbone=name, rounds=rounds)
        candidates.append(dataclasses.replace(candidate, level=level[place] if level else place == 0))
    return dataclasses.replace(made, candidates=tuple(candidates))


def test_words_say_what_it_rests_on(made: Advice) -> None:
    def based_on(*rights: int, level: tuple[bool, ...]) -> str:
        return next(line for line in in_words(with_places(made, *rights, level=level)) if line.startswith("based on"))

    score = "0.950 [0.888, 0.978] (95 % interval; n=100, cross-validated in 5 folds of train and valid)"
    assert score in based_on(95, 94, level=(True, True))
    assert "ranks 1 to 2 cannot be distinguished" in based_on(95, 94, 50, level=(True, True, False))
    assert "ranks 1, 3 cannot be distinguished" in based_on(95, 94, 93, level=(True, False, True))
    assert "it is ahead of the other 2" in based_on(95, 60, 50, level=(True, False, False))
    assert "the only backbone" in based_on(95, level=(True,))


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_table_has_a_column_below_each_header_in_each_language(made: Advice, language: str) -> None:
    with language_here(language):
        lines = list(in_words(with_places(made, 95, 94, level=(True, True))))
        start = next(place for place, line in enumerate(lines) if "LogME" in line)
        head, first, random = lines[start], lines[start + 1], lines[start + 3]
        probe, seconds = text_of("advice-column-probe"), text_of("advice-column-seconds")
    accuracy = "0.950" if language == "en" else "0,950"
    assert first.index(accuracy) + 5 == head.index(f" {probe} ") + 1 + len(probe) == len(random)
    assert len(first) == len(head) == head.index(seconds) + len(seconds)
    assert not re.search(r"\d\.\d" if language == "vi" else r"\d,\d", first + random)


def test_scores_that_disagree_are_one_sentence_with_a_consequence(made: Advice) -> None:
    behind = with_places(made, 95, 60, 55, log_me=(0.1, 0.9, 0.2), h_score=(1.0, 2.0, 0.0))
    assert disagreement(behind) == (
        "LogME and H-score would choose backbone 2, whose linear probe is clearly worse (0.600 compared with 0.950): "
        "rely on the probe, because the other scores are rougher estimates; to decide by fine-tuning, run ghep compare "
        "--backbones backbone 1,backbone 2"
    )
    two = disagreement(with_places(made, 95, 60, 55, log_me=(0.1, 0.9, 0.2), h_score=(1.0, 0.0, 2.0)))
    assert two.startswith("LogME would choose backbone 2, H-score would choose backbone 3, whose linear probes are")
    assert not disagreement(with_places(made, 95, 94, log_me=(0.1, 0.9), level=(True, True))), "level: no quarrel"
    assert not disagreement(with_places(made, 95, 60, log_me=(0.9, 0.1)))


def test_words_tell_how_often_it_was_right(made: Advice) -> None:
    sets = [{"regret": regret, "best_standard_error": 0.01} for regret in (0.001, 0.02, 0.03)]
    rival = {"rule": "always light", "median": 0.004, "worst": 0.013}
    known = dataclasses.replace(made, record={"data_sets": sets, "median": 0.02, "worst": 0.03, "rival": rival})
    line = next(line for line in in_words(known) if "benchmark data sets, the advised" in line)
    assert "on 3 benchmark" in line and "lost 2.0 points" in line and "3.0 at worst" in line and "on 1 it was" in line
    assert any("(always light) lost 0.4 points (median; 1.3 at worst)" in line for line in in_words(known))
    assert not [line for line in in_words(dataclasses.replace(made, record={})) if "advised" in line]


def test_json_is_plain(made: Advice) -> None:
    written = json.loads(json.dumps(plain(made.to_json()), allow_nan=False))
    assert written["backbone"] == made.backbone and written["strategy"] == made.strategy
    assert written["candidates"][0]["probe"]["n"] == 80 and set(written["case"]) >= {"closeness", "gain"}


def test_the_track_record_ships() -> None:
    record = track_record()
    regrets = [one["regret"] for one in record["data_sets"]]
    assert record["median"] == pytest.approx(np.median(regrets)) and record["worst"] == pytest.approx(max(regrets))
