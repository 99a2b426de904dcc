"""The strategies of a comparison are attacked with the same photos, one row each, and compared photo by photo."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

import ghep
from ghep.cli.app import run
from ghep.errors import ConfigError
from ghep.explanation.attack.attack_options import AttackOptions
from ghep.explanation.attack.fragility import Fragility, Row, attack_runs, options_for


@pytest.fixture(scope="module")
def comparison(photos: Path, small_backbone: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs as a comparison leaves them: two strategies, one of them with two seeds, one run without."""
    folder = tmp_path_factory.mktemp("comparison")
    for strategy, seed in (("linear_probe", 0), ("full", 0), ("full", 1), ("random_features", 0)):
        out = folder / "runs" / f"{strategy}--small--seed-{seed}"
        more = {"epochs": 1, "strategy": "full"} if strategy == "full" else {"strategy": "linear_probe"}
        ghep.fit(photos, backbone=small_backbone, seed=seed, out=out, control=False, **more)
    (folder / "runs" / "lora--small--seed-0").mkdir()
    return folder


def row(strategy: str, needed: list[float], masked: tuple[str, ...] = ()) -> Row:
    names = {f"photo {place}": one for place, one in enumerate(needed)}
    hit = sum(one < inf for one in needed)
    return Row(strategy, "small", 1, len(needed), hit, 0.9, names, masked)


def fragility(*rows: Row, method: str = "cw") -> Fragility:
    return Fragility("comparison", AttackOptions(method=method), rows)


@pytest.mark.slow
def test_a_row_for_each_strategy(
    comparison: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(one) for one in sorted((photos / "test").rglob("*.png"))[::10]]
    words = ["attack", "--runs", str(comparison), *files, "--epsilon", "48/255", "--steps", "5"]
    assert run([*words, "-o", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["strategy"]: row for row in found["rows"]}
    assert rows.keys() == {"linear_probe", "full", "random_features"} and found["needed"] == "levels"
    assert (rows["full"]["bundles"], rows["full"]["n"]) == (2, 4) and rows["linear_probe"]["n"] == 2
    for one in rows.values():
        assert 0 <= one["reached"] <= one["n"] and one["share"][0] <= one["reached"] / one["n"] <= one["share"][1]
        assert one["reached"], "any of these networks gives way within 48/255"
        assert len(one["needed"]) == 2, "the smallest bound is measured on all photos"
        assert 1 <= one["median"] <= 128
    assert [one["code"] for one in found["findings"]] == ["fragility-few-photos"]
    assert "linear_probe" in (tmp_path / "out" / "page.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_distances_are_compared_unless_a_bound_is_given(comparison: Path, photos: Path) -> None:
    files = sorted((photos / "test").rglob("*.png"))[::10]
    found = attack_runs(comparison, files, steps=20, checked=0)
    assert found.options.method == "cw"
    far = [inf if row.median is None else row.median for row in found.rows]
    assert far == sorted(far, reverse=True) and 0 < far[-1] < inf
    assert "distance" in found.lead() and len(found.pairs) == 3
    assert options_for({"epsilon": "4/255"}, 9).method == options_for({"method": "pgd"}, 9).method == "pgd"
    assert options_for({"epsilon": "4/255"}, 9).checked == 9 and options_for({"epsilon": None}, 9).method == "cw"


def test_a_difference_is_found_photo_by_photo() -> None:
    """Photos differ by a factor of 100 and strategies by 1.3: the two intervals overlap, the pairs do not."""
    photos = [0.1 * 100 ** (place / 19) for place in range(20)]
    found = fragility(row("probe", [1.3 * one for one in photos]), row("full", photos))
    a, b = found.rows
    assert a.interval.low < b.interval.high, "seen alone, these medians overlap"
    (pair,) = found.pairs
    assert pair.differ and (pair.a, pair.b) == ("probe (small)", "full (small)")
    assert pair.needed.ratio == pytest.approx(1.3)
    assert found.lead().startswith("probe (small) needs larger changes than full (small): 1.30 times the Euclidean")
    assert any("1.30 – 1.30" in line for line in found.lines())


def test_a_difference_by_chance_is_not_reported() -> None:
    photos = [0.1 * 1.2**place for place in range(20)]
    wobbling = [one * (1.1 if place % 2 else 0.9) for place, one in enumerate(photos)]
    found = fragility(row("probe", photos), row("full", wobbling))
    assert not found.pairs[0].differ and found.lead().startswith("These 20 photos do not show")
    few = fragility(row("probe", [2.0] * 5), row("full", [1.0] * 5))
    assert not few.pairs[0].differ and few.pairs[0].needed.interval.high == inf


def test_many_pairs_are_adjusted() -> None:
    """Eight of nine photos in one direction: p is .039 for one pair, and .43 for the last of ten pairs."""
    nine = [1.0] * 9
    more = [2.0] * 8 + [0.5]
    assert fragility(row("probe", more), row("full", nine)).pairs[0].differ
    several = fragility(row("probe", more), *(row(f"full {place}", nine) for place in range(4)))
    assert len(several.pairs) == 10 and not any(one.differ for one in several.pairs)


def test_only_common_photos_and_trusted_gradients_are_compared() -> None:
    one = row("probe", [2.0] * 8)
    two = replace(row("full", [1.0] * 8), needed={f"photo {place}": 1.0 for place in range(2, 10)})
    three = row("light", [inf] * 8, masked=("attack-zero-gradients",))
    found = fragility(one, two, three)
    (pair,) = found.pairs
    assert pair.needed.n == 6 and found.rows[2].median is None
    assert "∞" in found.lines()[5] and found.lines()[5].endswith("yes")
    alone = fragility(one, three)
    assert "no other strategy" in alone.lead() and alone.to_json()["pairs"] == []
    assert json.dumps(found.to_json(), allow_nan=False, default=str)


def test_the_smallest_bound_of_a_file_is_named_as_such() -> None:
    found = fragility(row("probe", [1.0] * 8), row("full", [1.0] * 8), method="pgd")
    assert any("--method cw" in line for line in found.lines()) and "1.00 times the bound" in found.lead()
    assert not any("--method cw" in line for line in fragility(row("a", [3.0] * 8), method="pgd").lines())
    unmeasured = fragility(row("probe", []), row("full", []), method="pgd")
    assert "not measured" in unmeasured.lead()


def test_the_page_shows_what_is_unreached(tmp_path: Path) -> None:
    found = fragility(row("probe", [inf] * 6 + [1.0]), row("full", [1.0, 2, 3, 4, 5, 6, 7]))
    page = found.save(tmp_path / "out").read_text(encoding="utf-8")
    assert "∞" in page and (tmp_path / "out" / "figures" / "fragility.png").stat().st_size > 1000
    saved = json.loads((tmp_path / "out" / "attack.json").read_text(encoding="utf-8"))
    assert saved["rows"][0]["median"] is None and saved["rows"][0]["needed"]["photo 0"] is None
    assert "probe" in found._repr_html_()


def test_a_folder_without_bundles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run with a bundle"):
        attack_runs(tmp_path, ["x.png"])
