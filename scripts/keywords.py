"""Write the typed keyword arguments of ghep's entry points, from the settings: editors and type checkers read them.

    .venv/bin/python scripts/keywords.py [--check]

A setting is declared once, as a field of a dataclass (``ghep/setting.py``). Editors cannot see keyword arguments that
are made from it, so this writes them out as TypedDicts: ``experiment/keywords.py`` for ``fit``,
``comparison/keywords.py`` for ``compare`` and ``advice/keywords.py`` for ``advise``. --check exits with 1 if one of the
files is not up to date; a test does the same.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from ghep.comparison.planning.settings import Settings
from ghep.experiment.options import RunOptions
from ghep.features.options import FeatureOptions
from ghep.setting import settings_of
from ghep.strategy.catalog import STRATEGIES

ROOT = Path(__file__).parents[1] / "src" / "ghep"


def annotations(*kinds: type) -> dict[str, str]:
    """Return name -> annotation as it is written in the source, of every setting of these dataclasses."""
    found: dict[str, str] = {}
    for kind in kinds:
        settings = settings_of(kind)
        for field in dataclasses.fields(kind):
            if field.name in settings and settings[field.name].verbs:
                found.setdefault(field.name, str(field.type).replace("'", '"'))
    return found


def written(verb: str, fields: dict[str, str]) -> str:
    """Return the module of one entry point."""
    text = "".join(
        f"    {name}: {kind if kind.endswith('| None') else f'{kind} | None'}\n" for name, kind in fields.items()
    )
    abc = [name for name in ("Mapping", "Sequence") if name in text]
    ways = [name for name in ("Mixing", "Surgery", "Weighting") if name in text]
    lines = [
        f'"""Keyword arguments of ``{verb}``, for editors and type checkers. scripts/keywords.py writes this file."""',
        "",
        "from __future__ import annotations",
        "",
        *([f"from collections.abc import {', '.join(abc)}"] if abc else []),
        *(["from pathlib import Path"] if "Path" in text else []),
        *(["from typing import Literal"] if "Literal" in text else []),
        "",
        "from ghep.data.sources.options import ReadOptions",
        *([f"from ghep.multitask.settings import {', '.join(ways)}"] if ways else []),
        "",
        "",
        f"class {verb.capitalize()}Keywords(ReadOptions, total=False):",
        f'    """The options of ``{verb}``, as keyword arguments. None means: not given."""',
        "",
    ]
    return "\n".join(lines) + "\n" + text


def modules() -> dict[Path, str]:
    """Return file -> content."""
    flexible = {"backbones": "Sequence[str | Path] | str", "strategies": "Sequence[str] | str"}
    flexible |= {"labels": "Sequence[int | str] | str | int", "remedies": "Sequence[str] | str", "jobs": "int | str"}
    flexible |= {"ratings": "Sequence[str] | str", "report_to": "Sequence[str] | str", "drop_suspects": "Path | str"}

    def relaxed(fields: dict[str, str]) -> dict[str, str]:
        return {name: flexible.get(name, kind) for name, kind in fields.items()}

    run = settings_of(RunOptions)
    passed_on = {name: kind for name, kind in annotations(RunOptions).items() if "compare" in run[name].verbs}
    fit = {**annotations(RunOptions), **annotations(*STRATEGIES.values())}
    return {
        ROOT / "experiment" / "keywords.py": written("fit", relaxed(fit)),
        ROOT / "comparison" / "keywords.py": written("compare", relaxed({**annotations(Settings), **passed_on})),
        ROOT / "advice" / "keywords.py": written("advise", relaxed(annotations(FeatureOptions))),
    }


def main() -> None:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    old = [file for file, text in modules().items() if not file.is_file() or file.read_text(encoding="utf-8") != text]
    if given.check and old:
        raise SystemExit(f"not up to date: {', '.join(map(str, old))}; run scripts/keywords.py")
    for file in old:
        file.write_text(modules()[file], encoding="utf-8")


if __name__ == "__main__":
    main()
