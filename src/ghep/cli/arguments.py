"""Arguments that several verbs share, said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DATA = "Folder of class folders, table (CSV, TSV, JSONL, Parquet) or Hugging Face folder."

Data = Annotated[Path, typer.Argument(help=DATA)]
Bundle = Annotated[Path, typer.Argument(help="Bundle folder that ghep fit wrote.")]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first unusable file instead of leaving it out.")]
PathColumn = Annotated[str | None, typer.Option(help="Table column with the image path or bytes.")]
LabelColumns = Annotated[
    list[str] | None,
    typer.Option("--label-column", "--label", help="Table column with labels; repeat it for several tasks."),
]
SplitColumn = Annotated[str | None, typer.Option(help="Table column that says train, valid or test.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, nothing else.")]
