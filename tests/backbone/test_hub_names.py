"""What a model card says of a backbone has to be in the hub's words."""

from __future__ import annotations

import pytest

from ghep.backbone.base import Card
from ghep.backbone.hub_names import base_model, licence_fields


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("minilm", "sentence-transformers/all-MiniLM-L6-v2"),
        ("hf/google-bert/bert-base-uncased", "google-bert/bert-base-uncased"),
        ("timm/resnet18.a1_in1k", "timm/resnet18.a1_in1k"),
        ("timm/resnet18", None),  # an architecture; its weights came from a file
        ("efficientnet-lite0", None),
        ("seedling", None),
        ("hf/distilbert", None),
        ("my folder", None),
    ],
)
def test_a_base_model_is_named_only_if_the_hub_has_it(name: str, expected: str | None) -> None:
    assert base_model(Card(name, "")) == expected


def test_licences() -> None:
    assert licence_fields(Card("a", "", "Apache-2.0")) == {"license": "apache-2.0"}
    assert licence_fields(Card("a", "", "unknown")) == {}
    assert licence_fields(Card("a", "", "Our Own 1.0")) == {"license": "other", "license_name": "Our Own 1.0"}
