"""A modality is one row of the registry and a backbone family is one row of a list: both are added here, in one file.

Raw examples are lists of four numbers. They are audited, split, trained on, saved, loaded and predicted like images.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import nn

import ghep
from ghep.backbone import architecture as architectures
from ghep.backbone import catalog
from ghep.backbone.architecture import Architecture
from ghep.backbone.assemble import assemble
from ghep.backbone.base import Backbone, Card
from ghep.backbone.blocks import Block
from ghep.backbone.blueprint import Family
from ghep.data import modalities
from ghep.data.dataset import Source
from ghep.data.image.audit import Scan
from ghep.data.modalities import Audit, Given, Kind, Shown, register
from ghep.errors import BadExample, DataError
from ghep.types import Example, Finding, Quarantined

WIDTH = 4


class Numbers:
    """The preprocessing: four numbers to a row."""

    modality: ClassVar[str] = "numbers"
    has_views = pairs = blends = control_in_fit = embeds_class_names = False

    def decode(self, raw: Any) -> np.ndarray:
        if len(raw) != WIDTH:
            raise BadExample("wrong-length", f"{len(raw)} numbers")
        return np.asarray(raw, dtype=np.float32)

    def view(self, prepared: np.ndarray, augment: Any = None, rng: Any = None) -> np.ndarray:
        return prepared

    def collate(self, views: Sequence[np.ndarray]) -> torch.Tensor:
        return torch.from_numpy(np.stack(views))

    def sample(self, count: int, length: int) -> torch.Tensor:
        return torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(0))

    def prepared_store(self, *, limit_bytes: int, measure: bool = True) -> Store:
        return Store(self)

    def measured_on(self, dataset: Any) -> Numbers:
        return self

    def describe(self) -> str:
        return "four numbers"

    def details(self) -> dict[str, str]:
        return {}

    def identity(self) -> str:
        return "numbers"

    def to_json(self) -> dict[str, Any]:
        return {"processor_class": "toy.Numbers"}

    def files(self) -> dict[str, str]:
        return {}

    def linear_control(self, prepared: Callable[[Example], np.ndarray]) -> Any:
        raise DataError("no control for numbers")


class Store:
    """Prepared examples; nothing is worth keeping."""

    def __init__(self, preprocess: Numbers) -> None:
        self.preprocess = preprocess

    def keep(self, example: Example, decoded: Any) -> None: ...

    def __call__(self, example: Example) -> np.ndarray:
        return self.preprocess.decode(example.raw)

    def lengths(self, examples: Sequence[Example]) -> None: ...

    def plan_lines(self) -> list[str]:
        return []

    def findings(self, examples: Sequence[Example]) -> list[Finding]:
        return []


class ToyBackbone(Backbone):
    """Two linear layers, each a block."""

    fixed_size = True

    def __init__(self, net: nn.Module, **values: Any) -> None:
        super().__init__(net, **values)
        self.feature_dim = 8
        self._blocks = tuple(Block(f"layer {k}", (str(k),), (f"{k}.weight", f"{k}.bias"), ((8,),)) for k in range(2))

    def forward_at(self, inputs: Any, boundaries: Sequence[int]) -> list[Any]:
        found = [inputs]
        for k in range(max(boundaries, default=0)):
            found.append(torch.tanh(self.net[k](found[-1])))  # type: ignore[index]
        return [found[k] for k in boundaries]

    def forward(self, inputs: Any) -> Any:
        return self.forward_at(inputs, (2,))[0]

    def forward_from(self, activation: Any, k: int) -> Any:
        for layer in range(k, 2):
            activation = torch.tanh(self.net[layer](activation))  # type: ignore[index]
        return activation

    def row_elements(self, k: int) -> int:
        return 8

    def example(self, count: int) -> torch.Tensor:
        return torch.zeros(count, WIDTH)


def build(name: str, arguments: Mapping[str, Any]) -> nn.Module:
    return nn.Sequential(nn.Linear(WIDTH, 8), nn.Linear(8, 8))


def load(request: catalog.Request) -> Backbone:
    architecture = Architecture("toy", "toy")
    net, card = architecture.build(seed=3), Card("toy", "made by a test")
    return assemble(net, architecture=architecture, preprocess=Numbers(), card=card)


def scan(examples: Sequence[Example], **_: Any) -> Scan:
    bad = [one for one in examples if len(one.raw) != WIDTH]
    return Scan(
        tuple(Fact(one.id, one.raw) for one in examples if one not in bad),
        tuple(Quarantined(one.id, "wrong-length", "not four numbers") for one in bad),
    )


class Fact:
    def __init__(self, name: str, raw: Sequence[float]) -> None:
        self.id, self.digest = name, hashlib.sha256(repr(raw).encode()).digest()


def prepare(preprocess: Numbers, raws: Sequence[Any]) -> list[tuple[Any, None]]:
    return [(preprocess.decode(raw), None) for raw in raws]


ROW = Kind(
    name="numbers",
    audit=Audit(
        scan=scan,
        alike=lambda facts: {},
        alike_among_tasks=lambda facts: {},
        findings=lambda facts, examples: [],
        size=lambda fact: (WIDTH,),
        shown=lambda fact: fact.id,
        traits=lambda facts: {fact.id: {} for fact in facts},
        depths=lambda facts: {},
        unit="numbers",
        things="rows",
        files="rows",
    ),
    given=Given(
        thing="row",
        things="rows",
        pipeline_tag="tabular-classification",
        example="[1, 2, 3, 4]",
        others="other numbers",
        bad=BadExample,
        sequence=lambda given, **_: list(given),
        prepare=prepare,
        findings=lambda preprocess, measured: [],
        chunk=100,
        lengths=lambda prepared: None,
        files_in=lambda folder: [],
        of_file=lambda path, encoding: path,
        of_bytes=lambda data, encoding: data,
        of_line=lambda line, pairs: line,
        of_json=lambda value: value,
        amount=len,
        trial=lambda pairs: [0, 0, 0, 0],
        remedy="pass lists of four numbers",
    ),
    shown=lambda raw, **_: Shown(text=raw),
    processors={"toy.Numbers": lambda config, read: Numbers()},
    backbone=f"{__name__}:ToyBackbone",
    default_backbones=("toy",),
)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modalities, "_ROWS", dict(modalities._ROWS))
    monkeypatch.setitem(architectures.BUILDERS, "toy", f"{__name__}:build")
    monkeypatch.setattr(
        catalog, "FAMILIES", [Family(lambda one: one.name == "toy", load_itself=load), *catalog.FAMILIES]
    )
    register(ROW)


@pytest.mark.parametrize("strategy", ["linear_probe", "light", "full"])
@pytest.mark.usefixtures("registered")
def test_a_modality_and_a_family_of_a_user_are_trained_saved_and_predict(tmp_path: Path, strategy: str) -> None:
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=WIDTH) + 3 * (index % 2) for index in range(120)]
    examples = [Example(f"row {i}", row.tolist(), {"label": "ab"[i % 2]}) for i, row in enumerate(rows)]
    examples.append(Example("short", [1.0], {"label": "a"}))
    source = Source("toy rows", Path(), tuple(examples), modality="numbers")
    report = ghep.check(source)
    assert [one.id for one in report.dataset.quarantined] == ["short"] and len(report.dataset.test) > 5
    epochs = None if strategy == "linear_probe" else 30
    stored = {"out": tmp_path / "r", "cache_dir": tmp_path / "c", "engine": "torch-float32"}
    run = ghep.fit(source, strategy=strategy, epochs=epochs, **stored)  # type: ignore[misc]
    assert run.backbone == "toy" and run.accuracy.value > 0.8
    predictor = ghep.load(run.bundle)
    assert [one.label for one in predictor.predict([[-1.0] * WIDTH, [4.0] * WIDTH])] == ["a", "b"]
