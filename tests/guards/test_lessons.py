"""Five mistakes from lessons on transfer learning. Each is made on the real path, and caught by its name.

The lessons: word vectors that never arrived in the embedding, and so "pretrained embeddings do not help"; a network fed
with pixels that it was not trained on; blocks unfrozen after the optimiser was built, which then train nothing; a
"test" loader made from the training set; an adversarial example without a bound, which is another image.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

import ghep
from ghep.backbone.installed import SEEDLING
from ghep.cli.app import run as command
from ghep.errors import BackboneError, ConfigError
from ghep.experiment.evaluation import evaluate
from ghep.training import loop
from small_bert import reviews, small_bert

QUICK: dict[str, Any] = {"engine": "torch-float32", "workers": 1, "precision": "float32"}


def codes(found: Any) -> set[str]:
    return {finding.code for finding in found.findings}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("texts") / "reviews.csv"
    with file.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows([("text", "label"), *zip(*reviews(80), strict=True)])
    return file


def vectors(file: Path, *, dim: int = 30, trained: bool = True) -> str:
    """A file of 1,500 words: trained ones share directions, as those of all real files do."""
    words = sorted({word.lower() for text in reviews(80)[0] for word in text.split()})
    words += [f"word{number}" for number in range(1500 - len(words))]
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(len(words), dim))
    if trained:
        rows = rows + rng.normal(size=(len(words), 3)) @ rng.normal(size=(3, dim))
    lines = (f"{word} {' '.join(f'{value:.4f}' for value in row)}" for word, row in zip(words, rows, strict=True))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


# 1. Embeddings that never arrived.


@pytest.mark.slow
@pytest.mark.parametrize("trained", [True, False])
def test_word_vectors_of_random_numbers_are_named(trained: bool, texts: Path, tmp_path: Path) -> None:
    file = vectors(tmp_path / "vectors.txt", trained=trained)
    run = ghep.fit(texts, backbone=file, out=tmp_path / "run", control=False, **QUICK)
    assert ("embeddings-without-structure" in codes(run)) is not trained


def test_word_vectors_without_the_words_of_the_texts_are_named(texts: Path, tmp_path: Path) -> None:
    rows = [f"bonjour{number} {number / 7:.3f} {number % 5} 1" for number in range(40)]
    (tmp_path / "french.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    run = ghep.fit(texts, backbone=tmp_path / "french.txt", out=tmp_path / "run", control=False, **QUICK)
    assert "domain-mismatch" in codes(run)


def test_a_transformer_without_its_embeddings_is_refused(texts: Path, tmp_path: Path) -> None:
    folder = Path(small_bert(tmp_path / "bert"))
    state = load_file(folder / "model.safetensors")
    (name,) = [name for name in state if name.endswith("word_embeddings.weight")]
    del state[name]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BackboneError) as found:
        ghep.fit(texts, backbone=folder, out=tmp_path / "run", **QUICK)
    assert found.value.code == "weights-of-other-config" and "word_embeddings" in str(found.value)


# 2. A network fed without its preprocessing.


def seedling_file(folder: Path, **numbers: Any) -> Path:
    """Write seedling as a weight file whose json says ``numbers``."""
    state = load_file(SEEDLING / "model.safetensors")
    start = "backbone."
    save_file(
        {name[len(start) :]: one.float() for name, one in state.items() if name.startswith(start)},
        folder / "s.safetensors",
    )
    config = json.loads((SEEDLING / "config.json").read_text(encoding="utf-8"))["backbone"]["architecture"]
    usual = {"input_size": [3, 96, 96], "crop_pct": 1.0, "interpolation": "bilinear"}
    (folder / "s.json").write_text(json.dumps({**config, **usual, **numbers}))
    return folder / "s.safetensors"


RIGHT = {"mean": [0.5] * 3, "std": [0.25] * 3}
WRONG = {"0 to 255": {"mean": [0.0] * 3, "std": [1 / 255] * 3}, "0 to 1": {"mean": [0.0] * 3, "std": [1.0] * 3}}


@pytest.mark.slow
@pytest.mark.parametrize("numbers", [RIGHT, *WRONG.values()], ids=["right", *WRONG])
def test_pixels_that_the_network_was_not_trained_on_are_named(
    numbers: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    run = ghep.fit(photos, backbone=seedling_file(tmp_path, **numbers), out=tmp_path / "run", **QUICK)
    assert ("preprocessing-does-not-fit" in codes(run)) is (numbers is not RIGHT)


@pytest.mark.slow
def test_preprocessing_that_nobody_wrote_down_is_named(photos: Path, tmp_path: Path) -> None:
    run = ghep.fit(photos, backbone=seedling_file(tmp_path), out=tmp_path / "run", **QUICK)
    (finding,) = [one for one in run.findings if one.code == "preprocessing-assumed"]
    assert any(item.startswith("mean") for item in finding.items)


# 3. A stale optimiser after unfreezing.


@pytest.mark.parametrize("stale", [True, False])
def test_an_optimiser_that_does_not_know_the_unfrozen_blocks_is_named(
    stale: bool, photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = loop.build_optimizer
    if stale:  # built while only the head was trained
        monkeypatch.setattr(
            loop, "build_optimizer", lambda groups, optim: build([g for g in groups if g.name == "head"], optim)
        )
    run = ghep.fit(photos, backbone=small_backbone, strategy="full", epochs=1, out=tmp_path / "run", **QUICK)
    found = [one for one in run.findings if one.code == "thawed-but-still"]
    assert bool(found) is stale
    assert not stale or any(name.startswith("layer2") for name in found[0].items)


# 4. A test loader made from train.


def test_scores_on_the_training_set_are_named(
    photos: Path, small_backbone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ghep.fit(photos, backbone=small_backbone, out=tmp_path / "run", **QUICK)
    flat = tmp_path / "test"
    flat.symlink_to(photos / "train", target_is_directory=True)
    assert "scored-on-training-data" in codes(evaluate(run.bundle, flat))
    assert command(["evaluate", str(run.bundle), str(flat)]) == 1, "an error, not a remark"
    assert "scored-on-training-data" in capsys.readouterr().out


def test_a_test_folder_that_is_a_copy_of_train_is_named(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for split, of in (("train", "train"), ("valid", "valid"), ("test", "train")):
        (tmp_path / "data" / split).symlink_to(photos / of, target_is_directory=True)
    assert "leakage-exact" in codes(ghep.check(tmp_path / "data"))


# 5. An attack without a bound.


@pytest.mark.parametrize("bound", [1, "255/255", "inf", 2.0])
def test_an_attack_without_a_bound_is_refused(bound: Any, photos: Path) -> None:
    photo = next((photos / "test").rglob("*.png"))
    with pytest.raises(ConfigError, match="without a bound") as found:
        ghep.attack("seedling", photo, epsilon=bound)
    assert found.value.code == "attack-refused"
