"""Answers in shards: the table of one process, files that are used again, and nodes that lack a file.

The pool of actors is replaced by a loop here; ``tests/cluster`` has a cluster.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import ghep
from ghep.cli.app import run
from ghep.data.image.levels import Extent
from ghep.data.sources.parts import Listed
from ghep.errors import ConfigError
from ghep.export import shards
from ghep.types import Example
from looped import loop

LOST = "(raylet) a node is lost"
FIT = ["--strategy", "linear_probe", "--precision", "float32"]


@pytest.fixture(scope="module")
def bundle(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    assert run(["fit", str(photos), "--backbone", small_backbone, "--out", str(out), *FIT]) == 0
    return out / "bundle"


@pytest.fixture
def looped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of blocks that each request had."""
    monkeypatch.setattr(shards, "CHUNKS", 1)
    return loop(monkeypatch, shards, prints=LOST)


@pytest.fixture
def pictures(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty images in chunks of four: one is damaged, one has 16 bits, for which the model has no white."""
    import dataclasses

    from ghep.data import modalities

    row = modalities.modality_named("image")
    monkeypatch.setitem(
        modalities._ROWS, "image", dataclasses.replace(row, given=dataclasses.replace(row.given, chunk=4))
    )
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, path in enumerate(sorted((photos / "test").rglob("*.png"))):
        shutil.copy(path, folder / f"{number:02d}.png")
    (folder / "05.png").write_bytes((folder / "05.png").read_bytes()[:200])
    deep = np.random.default_rng(0).integers(0, 4096, (40, 40)).astype(np.uint16)
    Image.fromarray(deep).save(folder / "11.png")
    return folder


def predict(bundle: Path, inputs: Path, out: Path, *more: str) -> tuple[int, str]:
    code = run(["predict", str(bundle), str(inputs), "--out", str(out), *more])
    return code, out.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--abstain", "0.3"]])
def test_the_table_is_that_of_one_process(
    bundle: Path,
    pictures: Path,
    looped: list[int],
    tmp_path: Path,
    options: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = predict(bundle, pictures, tmp_path / "plain.csv", *options)
    before = capsys.readouterr()
    assert predict(bundle, pictures, tmp_path / "ray.csv", "--ray", "auto", *options) == plain
    after = capsys.readouterr()
    assert looped == [5] and plain[0] == 1 and "truncated" in plain[1]
    wrong = [line.partition("\t")[0] for line in after.out.splitlines()]
    assert wrong == [str(pictures / "05.png"), str(pictures / "11.png")]  # only what went wrong
    told = [
        err.replace("plain.csv", "ray.csv").splitlines()[1:] for err in (before.err, after.err.replace(f"{LOST}\n", ""))
    ]
    assert told[0] == told[1]  # all but the line of the progress
    assert not (tmp_path / "ray.csv.parts").exists()


def test_a_parquet_file_is_read_by_rows(bundle: Path, pictures: Path, looped: list[int], tmp_path: Path) -> None:
    content = [{"bytes": path.read_bytes(), "path": path.name} for path in sorted(pictures.iterdir())]
    pq.write_table(pa.table({"image": content}), tmp_path / "data.parquet", row_group_size=3)
    plain = predict(bundle, tmp_path / "data.parquet", tmp_path / "plain.csv")
    assert predict(bundle, tmp_path / "data.parquet", tmp_path / "ray.csv", "--ray", "auto") == plain
    assert plain[1].count("\n") == 21 and looped == [5]


def test_a_call_that_was_killed_continues_with_the_blocks_that_are_missing(
    bundle: Path, pictures: Path, looped: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = predict(bundle, pictures, tmp_path / "plain.csv")
    out, folder = tmp_path / "ray.csv", tmp_path / "ray.csv.parts"
    with monkeypatch.context() as patch:
        patch.setattr("ghep.cli.predict._write", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run(["predict", str(bundle), str(pictures), "--out", str(out), "--ray", "auto"]) == 130
    files = sorted(folder.glob("*.jsonl"))
    assert len(files) == 5
    files[1].unlink()
    files[2].write_text(files[2].read_text(encoding="utf-8").replace("rows", "rowz", 1), encoding="utf-8")
    files[3].write_bytes(files[3].read_bytes()[:100])
    Image.new("RGB", (40, 40), "red").save(pictures / "00.png")  # other content: its block is computed again
    again = predict(bundle, pictures, out, "--ray", "auto")
    assert looped == [5, 4]
    assert again == predict(bundle, pictures, tmp_path / "plain.csv") != plain


def test_other_versions_and_languages_have_other_answers_and_none_of_them_stays(
    bundle: Path, pictures: Path, looped: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, folder = tmp_path / "ray.csv", tmp_path / "ray.csv.parts"
    asked = ["predict", str(bundle), str(pictures), "--out", str(out), "--ray", "auto"]
    with monkeypatch.context() as patch:
        patch.setattr("ghep.cli.predict._write", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        for name, value in (("versions", {"torch": "1.0"}), ("language_now", "vi")):
            with monkeypatch.context() as other:
                other.setattr(shards, name, lambda value=value: value)
                assert run(asked) == 130
    assert len(list(folder.glob("*.jsonl"))) == 10
    (folder / "mine.jsonl").write_text("")
    assert run(asked) == 1  # for the damaged image
    assert looped == [5, 5, 5] and [path.name for path in folder.iterdir()] == ["mine.jsonl"]


def test_two_calls_do_not_share_a_folder_and_an_empty_one_does_not_stay(
    bundle: Path, pictures: Path, looped: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["predict", str(bundle), str(pictures), "--out", str(tmp_path / "ray.csv"), "--ray", "auto"]
    codes: list[int] = []

    def write(*_: Any, **__: Any) -> None:  # its parts are complete, and are not yet deleted
        codes.append(run(asked))

    monkeypatch.setattr("ghep.cli.predict._write", write)
    assert run(asked) == 1 and codes == [2]
    monkeypatch.setattr(shards, "predicted", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run(asked) == 130
    assert not (tmp_path / "ray.csv.parts").exists()


def test_a_model_on_a_gpu_is_given_one(
    bundle: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def computed(*_: Any, **resources: Any) -> Iterator[tuple[int, Any]]:
        given.update(resources)
        raise SystemExit

    monkeypatch.setattr(shards, "computed", computed)
    for device in ("cpu", "cuda"):
        monkeypatch.setattr(shards, "_threads_and_device", lambda *_, device=device: (3, device))
        with pytest.raises(SystemExit):
            shards.predicted(None, ghep.load(bundle), bundle, [Listed((Example("a", pictures),))], tmp_path / "parts")  # type: ignore[arg-type]
        assert given == {"threads": 3, "gpu": device == "cuda"}


def test_a_file_that_a_node_does_not_have_is_an_error_and_not_an_answer(
    bundle: Path, pictures: Path, looped: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = ghep.load(bundle)
    made = shards._answering(shards._Model(predictor, 1, 20))
    found = made((Listed(tuple(Example(path.name, path) for path in sorted(pictures.iterdir()))),))
    assert found.missing == () and len(found.lines) == 20
    gone = pictures / "07.png"
    elsewhere = shards._Found(found.lines, {}, (), (gone,), "second")
    with pytest.raises(ConfigError, match="second of the cluster cannot read") as raised:
        shards._require_seen(elsewhere)
    assert "network folder" in raised.value.remedy
    gone.unlink()
    shards._require_seen(elsewhere)  # missing here as well: an answer like any other


def test_measurements_of_images_are_restored_from_their_shard() -> None:
    seen = {"a": Extent("integers", 3.0, 4093.0, (5.0, 4000.0)), "b": Extent("floats", 0.0, 1.0)}
    found = [json.loads(json.dumps({name: one})) for name, one in [*seen.items(), ("a", seen["b"])]]
    assert shards._measured(found, "image") == {**seen, "a (2)": seen["b"]}


def test_a_table_is_needed(bundle: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in ([], ["--out", str(tmp_path / "p.csv"), "--json"]):
        assert run(["predict", str(bundle), str(pictures), "--ray", "auto", *more]) == 2
        assert "--out FILE.csv" in capsys.readouterr().err


def test_the_answers_are_those_of_the_predictor(
    bundle: Path, pictures: Path, looped: list[int], tmp_path: Path
) -> None:
    from ghep.cli.predict import inputs_in_parts

    predictor = ghep.load(bundle)
    parts, _ = inputs_in_parts([str(pictures)], "image")
    found = shards.predicted(None, predictor, bundle, parts, tmp_path / "parts")  # type: ignore[arg-type]
    assert found.computed == 5
    assert [said for _, said in found] == list(predictor.predict(sorted(pictures.iterdir()), report=lambda _: None))
    found.remove()
    assert list((tmp_path / "parts").iterdir()) == []
