"""A bundle loads as saved or raises BundleError: replaced during loading, corrupt, or hostile."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import ghep.model.bundle as bundle_module
from ghep.errors import BundleError
from ghep.export.predictor import Predictor, load
from ghep.model.bundle import load_bundle, save_bundle
from ghep.storage import folder as storage
from ghep.tasks.classification import Classification
from tiny import SIZE, tiny_model

IMAGES = list(np.random.default_rng(0).integers(0, 255, (2, SIZE, SIZE, 3), dtype=np.uint8))
DELETED = object()
SWAPS: tuple[Any, ...] = (None, True, 10**6, -1, 1.5, "x", [], {"a": 1}, DELETED)


def save(folder: Path, *, classes: int = 3, seed: int = 0) -> Path:
    tasks = [Classification("label", tuple(f"class {k} of {seed}" for k in range(classes)))]
    model = tiny_model(seed, tasks=tasks)
    with torch.no_grad():
        for parameter in model.heads.parameters():
            parameter.fill_(0.1 * (seed + 1))
    seen = {"train": ["00"], "valid": ["11"]}
    save_bundle(folder, model, calibration={"label": 1.5}, training={}, metrics={}, card="# card", seen=seen)
    return folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("bundles") / "bundle")


@pytest.fixture
def bundle(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "bundle"))


def seal(folder: Path) -> None:
    """Write the manifest anew, as an attacker would."""
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    for name in manifest["files"]:
        data = (folder / name).read_bytes()
        manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))


def change(folder: Path, name: str, edit: Callable[[Any], None]) -> None:
    content = json.loads((folder / name).read_text())
    edit(content)
    (folder / name).write_text(json.dumps(content))
    seal(folder)


# --- replaced during loading


def test_a_bundle_that_is_replaced_between_two_files_is_the_new_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, replaced = save(tmp_path / "bundle"), threading.Event()
    read = storage._read_checked

    def replacing(path: Path, entry: Any, *, keep: bool) -> Any:
        found = read(path, entry, keep=keep)
        if not replaced.is_set():
            replaced.set()
            save(folder, classes=4, seed=1)
        return found

    monkeypatch.setattr(storage, "_read_checked", replacing)
    loaded = load_bundle(folder)
    assert replaced.is_set() and loaded.model.tasks[0].classes[3] == "class 3 of 1"
    assert float(loaded.model.head("label").weight.detach()[0, 0]) == pytest.approx(0.2)


@pytest.mark.slow
def test_against_a_tight_writer_config_and_weights_belong_together(tmp_path: Path) -> None:
    folder, stop = save(tmp_path / "bundle"), threading.Event()

    def write() -> None:
        seed = 0
        while not stop.is_set():
            seed = 1 - seed
            save(folder, seed=seed)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(40):
            loaded = load_bundle(folder)
            seed = int(loaded.model.tasks[0].classes[0][-1])
            assert float(loaded.model.head("label").weight.detach()[0, 0]) == pytest.approx(0.1 * (seed + 1))
    finally:
        stop.set()
        writer.join()


def test_a_bundle_that_never_stands_still_is_refused_in_words(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Path(shutil.copytree(saved, tmp_path / "bundle"))
    (bundle / "config.json").write_text("{}")
    states: Iterator[int] = iter(range(10**6))
    monkeypatch.setattr(storage, "_state_of", lambda _: (next(states),))
    with pytest.raises(BundleError, match=r"replaced \d+ times while it was read"):
        load_bundle(bundle)


# --- changed values


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def swapped(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    if new is DELETED:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return changed


def outcomes(bundle: Path, name: str, *, step: int) -> Iterator[tuple[Any, Any, str]]:
    """Yield (place, new value, outcome) for every ``step``-th change of one value of a file."""
    before = json.loads((bundle / name).read_text())
    changes = [(path, new) for path in places(before) for new in SWAPS if path or new is not DELETED]
    for path, new in changes[::step]:
        (bundle / name).write_text(json.dumps(swapped(before, path, new)))
        if name != "MANIFEST.json":
            seal(bundle)
        try:
            answers = Predictor(load_bundle(bundle)).predict(IMAGES)
            assert all(np.isfinite(list(one.probabilities.values())).all() for one in answers)
            became = "works"
        except BundleError as error:
            became = "refused" if len(error.cause) < 600 and error.remedy else f"{len(error.cause)} characters"
        yield path, new, became
    (bundle / name).write_text(json.dumps(before))
    seal(bundle)


FILES = ("config.json", "labels.json", "preprocessor_config.json", "MANIFEST.json", "seen.json")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_changed_value_works_or_is_a_bundle_error(name: str, bundle: Path) -> None:
    """Some of the changes; the next test tries all of them."""
    found = list(outcomes(bundle, name, step=7))
    assert {became for _, _, became in found} <= {"works", "refused"}


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_every_changed_value_works_or_is_a_bundle_error(name: str, bundle: Path) -> None:
    found = list(outcomes(bundle, name, step=1))
    assert {became for _, _, became in found} == {"works", "refused"}


@pytest.mark.parametrize("value", [0, -1, 0.0, "nan", "1.0", True, None, 10**400, [1]])
def test_a_temperature_that_is_no_positive_number_is_refused(value: Any, bundle: Path) -> None:
    change(bundle, "config.json", lambda config: config["temperatures"].update(label=value))
    with pytest.raises(BundleError, match=r"temperature .* for the task 'label'"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "edit",
    [
        lambda labels: labels["label"]["id2label"].update({"0": "another"}),
        lambda labels: labels["label"]["label2id"].update({"class 0 of 0": 1}),
        lambda labels: labels.update(other=labels["label"]),
        lambda labels: labels.clear(),
    ],
)
def test_labels_that_contradict_the_config_are_refused(edit: Callable[[Any], None], bundle: Path) -> None:
    change(bundle, "labels.json", edit)
    with pytest.raises(BundleError, match=r"labels\.json and config\.json have different classes"):
        load_bundle(bundle)


def nan_head(state: dict[str, torch.Tensor]) -> None:
    state["heads.label.weight"][0, 0] = torch.nan


def infinite_statistics(state: dict[str, torch.Tensor]) -> None:
    state["backbone.bn1.running_var"][0] = torch.inf


def integers(state: dict[str, torch.Tensor]) -> None:
    state["heads.label.weight"] = state["heads.label.weight"].view(torch.int32)


def half(state: dict[str, torch.Tensor]) -> None:
    state["backbone.conv1.weight"] = state["backbone.conv1.weight"].half()


def doubled_counter(state: dict[str, torch.Tensor]) -> None:
    state["backbone.bn1.num_batches_tracked"] = state["backbone.bn1.num_batches_tracked"].double()


def one_number(state: dict[str, torch.Tensor]) -> None:
    state["backbone.conv1.weight"] = torch.zeros(1)


def without_head(state: dict[str, torch.Tensor]) -> None:
    del state["heads.label.weight"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (nan_head, r"NaN or infinite values in heads\.label\.weight"),
        (infinite_statistics, r"NaN or infinite values in backbone\.bn1\.running_var"),
        (integers, r"heads\.label\.weight in model\.safetensors is torch\.int32; config\.json requires torch\.float32"),
        (half, r"backbone\.conv1\.weight in model\.safetensors is torch\.float16"),
        (
            doubled_counter,
            r"num_batches_tracked in model\.safetensors is torch\.float64; config\.json requires torch\.int64",
        ),
        (one_number, r"backbone\.conv1\.weight in model\.safetensors is \(1,\)"),
        (without_head, r"lacks heads\.label\.weight"),
    ],
)
def test_weights_that_are_not_those_of_the_config_are_refused(
    edit: Callable[[dict[str, torch.Tensor]], None], said: str, bundle: Path
) -> None:
    state = load_file(bundle / "model.safetensors")
    edit(state)
    save_file(state, bundle / "model.safetensors")
    seal(bundle)
    with pytest.raises(BundleError, match=said):
        load_bundle(bundle)


def arguments(**changed: Any) -> Callable[[Any], None]:
    def edit(config: Any) -> None:
        config["backbone"]["architecture"]["arguments"].update(changed)

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        arguments(depths=[10**6, 1]),
        arguments(depths=[2_000, 1]),
        arguments(depths=[1e18, 1]),
        arguments(widths=[8, 10**5]),
        arguments(widths=[10**9, 10**9]),
        lambda config: config["backbone"].update(
            architecture={"builder": "timm", "name": "vit_tiny_patch16_224", "arguments": {"depth": 10**9}}
        ),
        lambda config: config["backbone"].update(
            architecture={"builder": "timm", "name": "vit_tiny_patch16_224", "arguments": {"embed_dim": 3 * 10**6}}
        ),
    ],
    ids=["depth", "many blocks", "float", "width", "widths", "timm depth", "timm width"],
)
def test_a_network_larger_than_its_weights_is_never_built(
    edit: Callable[[Any], None], bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_module, "assemble", lambda *_, **__: pytest.fail("the network ran"))
    change(bundle, "config.json", edit)
    with pytest.raises(BundleError, match=r"model\.safetensors (holds|has)|cannot be built"):
        load_bundle(bundle)


def test_an_honest_bundle_loads_in_both_number_formats(tmp_path: Path) -> None:
    model = tiny_model().eval()
    for dtype in ("float32", "float16"):
        folder = tmp_path / dtype
        save_bundle(folder, model, calibration={"label": 1.0}, training={}, metrics={}, card="", dtype=dtype)
        assert len(load(folder).predict(IMAGES)) == 2


def test_an_output_that_is_not_finite_is_a_problem_and_no_label(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = load(saved)
    honest = predictor.logits

    def broken(*given: Any, **more: Any) -> dict[str, np.ndarray]:
        found = honest(*given, **more)
        found["label"][0] = np.nan
        return found

    monkeypatch.setattr(predictor, "logits", broken)
    first, second = predictor.predict(IMAGES)
    assert first.label is None and first.problem.startswith("not-finite: ") and second.label
