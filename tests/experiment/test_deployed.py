"""What was measured is what is deployed: half precision, and a bundle that comes back otherwise."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import ghep
import ghep.experiment.evaluation as evaluation
import ghep.features.engines.choose as choose
from ghep.data.image.preprocess import ImagePreprocess
from ghep.errors import BrokenPromise, ConfigError
from ghep.experiment.evaluation import evaluate
from ghep.experiment.fit import fit
from ghep.experiment.scoring import FAR, FEW, first_few, forward_for, prove_scored, results
from ghep.features.live import engine_of
from ghep.guards.deployed import prove_deployed
from ghep.model.bundle import load_bundle, round_weights, save_bundle
from ghep.model.predict import predict_logits
from tiny import same, tensors_of, tiny_data, tiny_model

QUICK = {"precision": "float32", "workers": 1}


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_the_scores_are_those_of_the_weights_on_disk(
    dtype: str, photos: Path, small_backbone: str, tmp_path: Path
) -> None:
    run = fit(photos, backbone=small_backbone, out=tmp_path / "r", save_dtype=dtype, **QUICK)
    assert load_file(run.bundle / "model.safetensors")["heads.label.weight"].dtype == getattr(torch, dtype)
    result = run.result("test")
    deployed = ghep.load(run.bundle, device="cpu").predict_proba([example.raw for example in result.examples])
    assert np.array_equal(deployed, result.predictions)
    assert json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))["deployed"] == "bit-identical"


def test_run_and_bundle_are_scored_by_one_engine_on_a_busy_machine(
    photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    left = iter([1000.0, *[1e-3] * 1000])  # the machine stalls while plain float32 runs: anything else looks faster
    monkeypatch.setattr(choose, "_timed", lambda work, clock: (work(), next(left)))
    run = fit(photos, backbone=small_backbone, out=tmp_path / "r", cache_dir=tmp_path / "s", **QUICK)
    result = run.result("test")
    deployed = ghep.load(run.bundle, device="cpu").predict_proba([example.raw for example in result.examples])
    assert np.array_equal(deployed, result.predictions)
    (scored,) = [one for one in evaluate(run.bundle, photos).results if one.split == "test"]
    assert np.array_equal(scored.predictions, result.predictions) and scored.scores == result.scores


@pytest.mark.slow
def test_scores_do_not_depend_on_what_another_run_stored(photos: Path, small_backbone: str, tmp_path: Path) -> None:
    """All test images but one are in the store: the last one alone would be a batch of another size."""
    part = shutil.copytree(photos, tmp_path / "part")
    (part / "test" / "rows" / "009.png").unlink()
    shared = {"backbone": small_backbone, "cache_dir": tmp_path / "store", **QUICK}
    fit(part, out=tmp_path / "one", **shared)
    second = fit(photos, out=tmp_path / "two", **shared)
    (scored,) = [one for one in evaluate(second.bundle, photos).results if one.split == "test"]
    assert np.array_equal(scored.predictions, second.result("test").predictions)
    assert scored.scores == second.result("test").scores


@pytest.mark.slow
@pytest.mark.parametrize("scored_by", ["openvino-float32", "torch-float32", "an engine of another version", 7])
def test_evaluate_takes_the_engine_that_scored_the_run(
    scored_by: object, photos: Path, small_backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    run = fit(photos, backbone=small_backbone, out=tmp_path / "r", **QUICK)
    loaded = load_bundle(run.bundle)
    assert loaded.config["training"]["scored_by"] == "torch-float32"
    loaded.config["training"]["scored_by"] = scored_by
    monkeypatch.setattr(evaluation, "load_bundle", lambda _: loaded)
    used: list[str] = []

    def watched(*arguments: Any, **options: Any) -> Any:
        forward = forward_for(*arguments, **options)
        used.append(engine_of(forward))
        return forward

    monkeypatch.setattr(evaluation, "forward_for", watched)
    (scored,) = [one for one in evaluate(run.bundle, photos).results if one.split == "test"]
    assert used == [scored_by if scored_by in ("openvino-float32", "torch-float32") else "torch-float32"]
    np.testing.assert_allclose(scored.predictions, run.result("test").predictions, atol=1e-4)


def test_rounding_is_done_once_and_only_when_asked() -> None:
    model = tiny_model()
    before = tensors_of(model)
    round_weights(model, "float32")
    assert same(before, tensors_of(model))
    round_weights(model, "float16")
    rounded = tensors_of(model)
    assert not same(before, rounded)
    round_weights(model, "float16")
    assert same(rounded, tensors_of(model))


def test_a_value_too_large_for_half_precision_is_refused(tmp_path: Path) -> None:
    model = tiny_model()
    before = tensors_of(model)
    with torch.no_grad():
        model.head("label").weight[1, 2] = 1e6
    with pytest.raises(ConfigError, match=r"1e\+06 would be infinite \(heads\.label\.weight\)") as refused:
        round_weights(model, "float16")
    assert "float32" in refused.value.remedy
    with pytest.raises(ConfigError, match="infinite"):
        save_bundle(tmp_path / "b", model, calibration={}, training={}, metrics={}, card="", dtype="float16")
    assert not (tmp_path / "b").exists()
    with torch.no_grad():
        model.head("label").weight[1, 2] = 0
    assert same(before, tensors_of(model)), "nothing was rounded in part"


def test_a_bundle_that_answers_otherwise_breaks_the_promise(tmp_path: Path) -> None:
    model, data = tiny_model(), tiny_data()
    torch.nn.init.normal_(model.head("label").weight, generator=torch.Generator().manual_seed(0))
    arguments = {"calibration": {}, "training": {}, "metrics": {}, "card": ""}
    save_bundle(tmp_path / "b", model, **arguments)
    measured = predict_logits(model, data)
    assert prove_deployed(measured, tmp_path / "b", data) == "bit-identical"
    save_bundle(tmp_path / "half", model, dtype="float16", **arguments)
    with pytest.raises(BrokenPromise, match="give different logits for label"):
        prove_deployed(measured, tmp_path / "half", data)
    right: ImagePreprocess = model.backbone.preprocess
    model.backbone.preprocess = replace(right, mean=(0.5, 0.5, 0.4))
    save_bundle(tmp_path / "pale", model, **arguments)
    with pytest.raises(BrokenPromise, match="give different logits for label"):
        prove_deployed(predict_logits(model, data), tmp_path / "pale", data)


def test_scores_that_the_model_does_not_give_break_the_promise() -> None:
    model, data = tiny_model(), tiny_data()
    scored = results(model, {"test": predict_logits(model, data)}, {"test": data}, {})
    few = first_few(data)
    assert len(few) == FEW < len(data)
    plain = {"test": predict_logits(model, few)}
    assert prove_scored(model.tasks, plain, scored, {}) < 1e-6
    scored[0].predictions[FEW - 1, 0] += 2 * FAR
    with pytest.raises(BrokenPromise, match="from those of the deployed model"):
        prove_scored(model.tasks, plain, scored, {})
