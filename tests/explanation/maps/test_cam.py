"""Signed Grad-CAM says where the evidence is, for and against, and nothing where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import ghep
from ghep.backbone.catalog import load_backbone
from ghep.explanation.maps.cam import has_positive, rank_correlation, signed_cam
from ghep.explanation.maps.photo import Explainer
from ghep.explanation.subject import Subject
from tiny import PREPROCESS, SIZE, tiny_backbone

WEIGHTS = Path(__file__).parents[4] / "shared" / "weights"


class Colours(nn.Module):
    """Its features are the mean red, green and blue of patches, after a ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 2, stride=2)
        self.relu = nn.ReLU(inplace=True)
        self.last = nn.Conv2d(3, 3, 1)
        with torch.no_grad():
            self.conv.weight.copy_(torch.eye(3)[:, :, None, None].expand(3, 3, 2, 2) / 4)
            self.conv.bias.zero_()
            self.last.weight.copy_(torch.eye(3)[:, :, None, None])
            self.last.bias.zero_()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.last(self.relu(self.conv(pixels))).mean((2, 3))
        return features


def colours() -> Subject:
    head = nn.Linear(3, 2, bias=False)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0, 0], [-1.0, 0, 0]]))
    return Subject("colours", tiny_backbone(net=Colours()), head, ("red", "not red"))


def photo(top: int, left: int, *, height: int = 60, width: int = 90) -> Image.Image:
    """A black photo with a red square of 16 pixels."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[top : top + 16, left : left + 16, 0] = 255
    return Image.fromarray(pixels)


def test_the_sum_of_the_map_is_the_logit_of_a_linear_head_on_pooled_features() -> None:
    subject = Subject("tiny", tiny_backbone(), nn.Linear(16, 3), ("a", "b", "c"))
    inputs = torch.randn(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    with subject.in_use():
        found = signed_cam(subject, inputs, [0, 2])
        expected = (subject.logits(inputs) - subject.head.bias)[0, [0, 2]]
    np.testing.assert_allclose(found.maps.sum((1, 2)), expected.numpy(), atol=1e-4)


@pytest.mark.parametrize(("top", "left"), [(2, 20), (40, 50), (20, 38)])
def test_the_map_peaks_inside_a_planted_patch_of_a_photo_that_is_cropped(top: int, left: int) -> None:
    subject = colours()
    with subject.in_use():
        one = Explainer(subject).explain(photo(top, left), "red.png")
    peak = np.unravel_index(int(np.nanargmax(one.on_photo[0])), (60, 90))
    assert top <= peak[0] < top + 16 and left <= peak[1] < left + 16
    assert one.on_photo.shape == (2, 60, 90)
    assert np.isnan(one.on_photo[0][:, :14]).all() and not np.isnan(one.on_photo[0][:, 16:74]).any()


def test_evidence_against_a_class_is_not_drawn_as_evidence_for_it() -> None:
    subject = colours()
    with subject.in_use():
        one = Explainer(subject, target="not red").explain(photo(20, 38), "red.png")
    assert one.explained == ("not red", "red") and one.positive == (False, True)
    assert one.maps[0].min() < 0 and one.answer == "red"


def test_a_map_of_zeros_or_of_nan_has_no_positive_evidence() -> None:
    assert not has_positive(np.zeros((3, 3))) and not has_positive(np.full((3, 3), np.nan))
    assert not has_positive(np.array([-1.0, 1e-9])) and has_positive(np.array([-1.0, 1e-3]))
    assert np.isnan(rank_correlation(np.zeros((3, 3)), np.arange(9.0).reshape(3, 3)))


def test_outputs_that_are_not_finite_are_a_problem_and_not_a_map() -> None:
    subject = Subject("tiny", tiny_backbone(), nn.Linear(16, 2), ("a", "b"))
    with torch.no_grad():
        subject.head.weight.fill_(torch.nan)
    found = ghep.explain(subject, [photo(20, 38)], names=["red.png"])
    assert not len(found) and "not-finite" in found.problems["red.png"]
    assert "red.png" in found.lines()[0]


def test_maps_equal_those_of_captum() -> None:
    attr = pytest.importorskip("captum.attr")
    if not WEIGHTS.is_dir():
        pytest.skip("needs the shared weights")
    backbone = load_backbone(str(WEIGHTS / "resnet20.cifar10.safetensors"))
    subject = Subject("resnet20", backbone, nn.Linear(backbone.feature_dim, 4), tuple("abcd"))
    inputs = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with subject.in_use():
        found = signed_cam(subject, inputs, [0, 3])
        for place, target in enumerate((0, 3)):
            oracle = attr.LayerGradCam(
                nn.Sequential(backbone.net, subject.head), backbone.net.get_submodule(found.path)
            )
            inputs.requires_grad_(True)
            expected = oracle.attribute(inputs, target=target, relu_attributions=False)[0, 0].detach().numpy()
            np.testing.assert_allclose(found.maps[place], expected, atol=1e-5)


def test_preprocessing_is_that_of_predict() -> None:
    subject, image = colours(), photo(20, 38)
    expected = PREPROCESS.collate([PREPROCESS.view(PREPROCESS.decode(image))])
    torch.testing.assert_close(Explainer(subject).inputs(image), expected)
