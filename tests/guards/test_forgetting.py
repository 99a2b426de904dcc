"""What is left of a backbone's knowledge: equal weights lose nothing, other weights lose what can be counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ghep.backbone.base import Backbone
from ghep.backbone.source_head import SourceHead
from ghep.guards.forgetting import (
    BARS,
    FEWEST_INPUTS,
    MOST_INPUTS,
    SOURCE,
    Inspected,
    SourceData,
    agreement,
    forgetting,
    inputs_for,
    neighbour_overlap,
    nothing_forgotten,
    probe_sentences,
    source_loss,
    source_scores,
)
from ghep.messages import Message
from ghep.model.bundle import round_weights
from ghep.model.transfer import TransferModel
from tiny import BLOCKS, changed, same, tensors_of, tiny_backbone, tiny_data, tiny_tasks

RNG = np.random.default_rng(0)


def varied_head() -> SourceHead:
    """Five random classes around the mean of the features, so that all of them are predicted."""
    data, backbone = tiny_data(40, seed=3), tiny_backbone().eval()
    with torch.no_grad():
        features = backbone(data.preprocess.collate([one.raw for one in data.examples])).numpy()
    weight = RNG.standard_normal((5, features.shape[1])).astype(np.float32)
    return SourceHead(weight, -weight @ features.mean(0))


HEAD = varied_head()
NAMES = ("conv1", "layer1", "layer2")


def inspected(first: int = 0, **more: object) -> Inspected:
    return Inspected(tiny_data(40, seed=3), "valid", np.arange(40), first, HEAD, workers=1, **more)


def shaken(backbone: Backbone, first: int, size: float = 0.5) -> Backbone:
    """Add noise to the weights of the blocks from ``first`` on."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        for index in range(first, BLOCKS):
            for parameter in backbone.block_parameters(index).values():
                parameter += size * parameter.std().nan_to_num(1.0) * torch.randn_like(parameter)
    return backbone


def blocks(first: int) -> dict[str, str]:
    return {name: "moved" if place >= first else "frozen" for place, name in enumerate(NAMES)}


def test_equal_weights_lose_nothing_and_measuring_changes_nothing() -> None:
    backbone = tiny_backbone().train()
    before, modes = tensors_of(backbone), [module.training for module in backbone.modules()]
    watched = inspected()
    found = forgetting(watched, blocks(0), watched.snapshot(backbone), watched.snapshot(backbone))
    assert found.agreement is not None and found.agreement.share.value == 1 and found.agreement.divergence == 0
    assert found.kept == pytest.approx(1) and found.findings == ()
    assert found.cka == pytest.approx(dict.fromkeys(NAMES, 1.0))
    assert same(before, tensors_of(backbone)) and modes == [module.training for module in backbone.modules()]


@pytest.mark.parametrize("first", [1, 2])
def test_blocks_that_did_not_change_have_a_cka_of_exactly_1(first: int) -> None:
    watched = inspected(first)
    before, after = watched.snapshot(tiny_backbone()), watched.snapshot(shaken(tiny_backbone(), first))
    assert set(before.activations) == set(range(first + 1, BLOCKS + 1)), "the others are not computed"
    found = forgetting(watched, blocks(first), before, after)
    assert [found.cka[name] for name in NAMES[:first]] == [1.0] * first
    assert all(found.cka[name] < 0.999 for name in NAMES[first:])
    assert found.agreement is not None and found.agreement.share.value < 1 and found.agreement.divergence > 0
    assert found.kept == found.to_json()["kept"] == found.cka["layer2"]


def test_of_a_network_that_collapsed_nothing_is_left() -> None:
    watched = inspected()
    before = watched.snapshot(tiny_backbone())
    constant = {k: np.ones_like(values) for k, values in before.activations.items()}
    found = forgetting(watched, blocks(0), before, replace(before, activations=constant))
    assert found.cka == pytest.approx(dict.fromkeys(NAMES, 0.0), abs=1e-5) and found.kept == pytest.approx(
        0.0, abs=1e-5
    )
    assert [one.code for one in found.findings] == ["forgot-source"] and found.lines()


def test_lines_and_json_say_what_was_measured() -> None:
    watched = inspected()
    found = forgetting(
        watched, blocks(0), watched.snapshot(tiny_backbone()), watched.snapshot(shaken(tiny_backbone(), 0, 3.0))
    )
    assert found.agreement is not None
    lines, share = found.lines(), round(100 * found.agreement.share.value)
    assert f"by {found.kept:.3f}" in lines[0] and "40 valid examples" in lines[0]
    assert f"gives {share}%" in lines[1]
    assert f"reported below {BARS['cka']:.3f}" in found.summary
    json = found.to_json()
    assert json["agreement"]["n"] == 40 and json["measure"] == "cka" and json["source"] is None
    assert json["divergence"] > 0 and set(json["cka"]) == set(NAMES)


def test_less_than_healthy_runs_keep_is_a_warning() -> None:
    watched = inspected()
    before = watched.snapshot(tiny_backbone())
    noise = {k: RNG.standard_normal(values.shape) for k, values in before.activations.items()}
    found = forgetting(watched, blocks(0), before, replace(before, activations=noise))
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("forgot-source", "warning")
    assert f"{found.kept:.3f}" in finding.message and finding.params["bar"] == BARS["cka"]


def test_a_frozen_trunk_loses_exactly_nothing_and_is_not_measured() -> None:
    found = nothing_forgotten(blocks(BLOCKS))
    assert (found.kept, found.moved, found.cka) == (1.0, False, dict.fromkeys(NAMES, 1.0))
    assert found.lines() == [] and found.findings == () and found.to_json()["inputs"] == 0


def test_without_a_source_head_the_features_are_compared() -> None:
    watched = replace(inspected(), head=None, no_head=Message("source-head-none"))
    before, after = watched.snapshot(tiny_backbone()), watched.snapshot(shaken(tiny_backbone(), 0))
    found = forgetting(watched, blocks(0), before, after)
    assert found.measure == "cka" and found.kept == found.cka["layer2"] < 1
    assert found.to_json()["no_source_head"] == str(Message("source-head-none"))


def source_data() -> SourceData:
    """Examples whose labels are the answers of ``tiny_backbone`` with ``HEAD``, but for every fourth."""
    data, backbone = tiny_data(80, seed=4), tiny_backbone().eval()
    with torch.no_grad():
        features = backbone(data.preprocess.collate([one.raw for one in data.examples])).numpy()
    answers = HEAD.probabilities(features).argmax(1)
    answers[::4] = (answers[::4] + 1) % 5
    return SourceData(replace(data, targets={SOURCE: answers}))


def test_source_scores_are_those_of_the_backbone_with_its_head_put_back() -> None:
    source, backbone = source_data(), tiny_backbone()
    before = source_scores(backbone, HEAD, source, workers=1)
    assert before.accuracy.value == pytest.approx(0.75) and before.accuracy.n == 80
    assert before.right.sum() == 60 and not before.right[::4].any()
    after = source_scores(shaken(backbone, 0, 2.0), HEAD, source, workers=1)
    lost = source_loss(before, after)
    assert lost.difference == pytest.approx(before.accuracy.value - after.accuracy.value) and lost.difference > 0
    assert lost.interval.low <= lost.difference <= lost.interval.high
    assert source_loss(before, before).difference == 0


def test_source_scores_are_before_and_after_in_the_result() -> None:
    watched = inspected(source=source_data())
    before, after = watched.snapshot(tiny_backbone()), watched.snapshot(shaken(tiny_backbone(), 0, 2.0))
    found = forgetting(watched, blocks(0), before, after)
    assert found.loss is not None and before.source is not None
    json, ratio = found.to_json()["source"], found.source[1].accuracy.value / 0.75  # type: ignore[index]
    assert found.measure == "source" and found.kept == pytest.approx(min(1.0, ratio))
    assert json["before"] == pytest.approx(0.75) and json["lost"] == pytest.approx(json["before"] - json["after"])
    assert any(line.startswith("accuracy on the source data") and "before 0.750" in line for line in found.lines())
    assert nothing_forgotten(blocks(BLOCKS), before.source).to_json()["source"]["lost"] == 0


def test_the_heads_of_the_run_are_not_part_of_it() -> None:
    model = TransferModel(tiny_backbone(), tiny_tasks())
    watched, before = inspected(), tensors_of(model)
    one = watched.snapshot(model.backbone)
    assert not changed(before, tensors_of(model)) and set(dict(model.heads)) == {"task_label"}
    round_weights(model, "float16")
    other = forgetting(watched, blocks(0), one, watched.snapshot(model.backbone))
    assert other.kept > 0.9, "rounding is no forgetting"


def test_agreement_counts_answers_and_divergence_is_that_of_kullback_and_leibler() -> None:
    one = np.array([[0.5, 0.5 - 1e-9, 1e-9], [0.9, 0.05, 0.05]])
    other = np.array([[0.25, 0.5, 0.25], [0.9, 0.05, 0.05]])
    found = agreement(one, other)
    assert found.share.value == 0.5 and found.share.n == 2
    assert found.divergence == pytest.approx(0.5 * 0.5 * np.log(2), abs=1e-6)
    assert np.isfinite(agreement(np.eye(3), np.roll(np.eye(3), 1, axis=1)).divergence)


def test_neighbours() -> None:
    features = RNG.standard_normal((120, 16))
    turned = np.linalg.qr(RNG.standard_normal((16, 16)))[0]
    assert neighbour_overlap(features, 3 * features @ turned) == 1, "a rotation and a scale change no neighbour"
    assert neighbour_overlap(features, RNG.standard_normal((120, 16))) == pytest.approx(10 / 119, abs=0.05)


def test_inputs_are_bounded_by_the_length_of_training() -> None:
    assert len(inputs_for(0, 1000)) == FEWEST_INPUTS
    assert len(inputs_for(10**6, 1000)) == MOST_INPUTS
    assert list(inputs_for(10**6, 5)) == [0, 1, 2, 3, 4]
    chosen = inputs_for(2000, 1000)
    assert len(chosen) == 50 and (chosen[0], chosen[-1]) == (0, 999) and len(set(np.diff(chosen))) <= 2


def test_probe_sentences_differ() -> None:
    sentences = probe_sentences()
    assert len(sentences) == len(set(sentences)) == 120 and all(sentence.endswith(".") for sentence in sentences)
