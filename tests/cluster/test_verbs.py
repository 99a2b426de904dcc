"""``check``, ``fit`` and ``evaluate`` with ``--ray`` say and save what they say and save without it.

The pool of actors is replaced by a loop here, which computes the last block first; ``test_blocks.py`` has a cluster.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ghep.cli.app import run
from ghep.cluster.connect import Cluster
from ghep.data.image import audit
from ghep.errors import ConfigError
from ghep.features import remote
from ghep.types import Example, Quarantined
from looped import loop


@pytest.fixture
def looped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of blocks that each request had."""
    monkeypatch.setattr(audit, "BLOCK", 16)
    monkeypatch.setattr(remote, "BATCHES", 1)
    return loop(monkeypatch, audit, remote)


@pytest.fixture(scope="module")
def mixed(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photos with a damaged image, a copy, and two images of more than 8 bits."""
    folder = tmp_path_factory.mktemp("mixed") / "photos"
    shutil.copytree(photos, folder)
    damaged = folder / "train" / "rows" / "003.png"
    damaged.write_bytes(damaged.read_bytes()[:200])
    shutil.copy(folder / "train" / "rows" / "004.png", folder / "test" / "rows" / "copy.png")
    for number, path in enumerate(sorted((folder / "train" / "columns").iterdir())[:2]):
        deep = np.random.default_rng(number).integers(0, 4096, (40, 40)).astype(np.uint16)
        Image.fromarray(deep).save(path)
    return folder


def test_check_reports_the_same(mixed: Path, looped: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for more in ([], ["--ray", "auto"]):
        assert run(["check", str(mixed), "--json", *more]) == 2
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1] and looped == [7]  # 101 images; the two of more than 8 bits are read again here
    codes = {one["code"] for one in found[0]["findings"]}
    assert "quarantined" in codes


@pytest.mark.slow
def test_fit_and_evaluate_give_the_same_model_and_scores(
    mixed: Path, small_backbone: str, looped: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, more in (("plain", []), ("ray", ["--ray", "auto"])):
        cache = ["--cache-dir", str(tmp_path / f"cache-{name}"), "--deterministic", "--no-control"]
        asked = ["fit", str(mixed), "-b", small_backbone, "-o", str(tmp_path / name), *cache, *more]
        assert run(asked) == 1  # a copy of a train image in test
    assert looped == [7, 2]  # images of all splits, batches of train; those of valid and test are one block each
    for file in ("bundle/model.safetensors", "predictions.csv"):
        assert (tmp_path / "plain" / file).read_bytes() == (tmp_path / "ray" / file).read_bytes()
    settings = json.loads((tmp_path / "ray" / "config.json").read_text(encoding="utf-8"))
    assert "ray" not in settings["options"]
    looped.clear()
    capsys.readouterr()
    told = []
    for more in ([], ["--ray", "auto"]):
        run(["evaluate", str(tmp_path / "ray" / "bundle"), str(mixed), "--json", *more])
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] and "accuracy" in told[0] and looped == [2]


@pytest.mark.slow
def test_advise_gives_the_same_advice(
    mixed: Path,
    small_backbone: str,
    looped: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("ghep.advice.candidates.at_hand", lambda _: [])  # the default takes most of the time
    told = []
    for name, more in (("plain", []), ("ray", ["--ray", "auto"])):
        asked = ["advise", str(mixed), "--backbones", small_backbone, "--cache-dir", str(tmp_path / name)]
        assert run([*asked, "--deterministic", "--json", *more]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert looped[0] == 7 and len(looped) > 1  # the images are read there, and features computed
    plain, ray = ({key: one[key] for key in ("case", "reasons", "left_out", "findings", "asked")} for one in told)
    assert plain == ray
    plain, ray = ([each["probe"] for each in one["candidates"]] for one in told)
    assert plain == ray and plain


@pytest.mark.parametrize("reason", ["missing", "unreadable"])
def test_a_file_that_only_a_node_cannot_read_is_an_error(looped: list[int], tmp_path: Path, reason: str) -> None:
    path = tmp_path / "a.png"
    inspect = audit._inspecting((None, None, 1))
    found, host = inspect((Example("a", path), Example("b", path)))
    path.touch()

    def answered(*_: Any) -> Iterator[tuple[int, Any]]:
        assert isinstance(found[0], Quarantined)
        yield 0, ([replace(found[0], reason=reason)], host)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ConfigError, match="cannot read"):
        patch.setattr(audit, "computed", answered)
        patch.setattr(audit, "BLOCK", 1)
        audit.scan([Example("a", path), Example("b", path)], cluster=Cluster("none", started=False))


@pytest.mark.parametrize(("verb", "work"), [("fit", "experiment.fit.fit"), ("compare", "comparison.compare.compare")])
def test_what_is_printed_during_the_work_is_not_part_of_the_result(
    photos: Path, verb: str, work: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def loses_a_node(*_: Any, **__: Any) -> None:
        print("(raylet) a node is lost")
        raise ConfigError("check-labels-with-ray")

    monkeypatch.setattr(f"ghep.{work}", loses_a_node)
    assert run([verb, str(photos), "--json", "--ray", "auto"]) == 2
    told = capsys.readouterr()
    assert told.out == "" and "a node is lost" in told.err


def test_the_search_for_wrong_labels_has_no_cluster(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(photos), "--labels", "--ray", "auto"]) == 2
    assert "leave out --ray" in capsys.readouterr().err
