"""``ghep predict`` says the same of an export as of its bundle: tables, lines, several tasks, ``--top``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from ghep.backbone.catalog import load_backbone
from ghep.cli.app import run
from ghep.export.write import write_export
from ghep.model.bundle import load_bundle, save_bundle
from ghep.model.transfer import TransferModel
from ghep.tasks.multi_label import MultiLabel
from ghep.tasks.rating import Rating
from ghep.tasks.regression import Regression
from small_bert import reviews, small_bert, write_table

TASKS = (Rating("stars", ("1", "2", "3")), MultiLabel("about", ("plot", "cast")), Regression("minutes", 100.0, 20.0))
SUBJECTS, LABELS = reviews(12)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A bundle of texts with three tasks, trained on the column ``subject``, and its export."""
    root = tmp_path_factory.mktemp("models")
    model = TransferModel(load_backbone(small_bert(root / "bert")), TASKS)
    torch.manual_seed(0)
    for head in model.heads.values():
        torch.nn.init.normal_(head.weight)
    calibration = {"stars": 1.5, "about": 1.0, "minutes": 0.5}
    columns = {"text_column": "subject", "label_columns": ["stars", "about", "minutes"], "other_columns": ["text"]}
    told = {"training": {}, "metrics": {}, "card": "# card"}
    save_bundle(root / "bundle", model, calibration=calibration, columns=columns, **told)
    return root / "bundle", write_export(load_bundle(root / "bundle"), "onnx", root / "export")


@pytest.mark.parametrize("options", [(), ("--top", "2"), ("--task", "about"), ("--task", "minutes"), ("--lines",)])
def test_a_table_and_the_lines_of_a_file(
    models: tuple[Path, Path], options: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = write_table(tmp_path / "mails.csv", subject=SUBJECTS, text=SUBJECTS[::-1], label=LABELS)
    found = []
    for model in models:
        code = run(["predict", str(model), str(table), "--out", str(tmp_path / "p.csv"), *options])
        rows = (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()
        found.append((code, rounded(capsys.readouterr().out), [row.split(",")[0] for row in rows]))
    assert found[0] == found[1]
    assert found[0][0] == 0 and len(found[0][1].splitlines()) >= len(SUBJECTS)


def rounded(text: str) -> str:
    """The text without the last digit of each number: two engines add in another order."""
    return "\n".join(
        "\t".join(f"{float(cell):.3f}" if cell.replace(".", "").isdigit() else cell for cell in line.split("\t"))
        for line in text.splitlines()
    )
