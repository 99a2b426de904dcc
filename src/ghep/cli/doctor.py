"""``ghep doctor``: run all guards on data with a backbone, or on a finished run, and write one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ghep.cli.arguments import Json, can_write, given_path
from ghep.cli.explanation import Overwrite, out_folder
from ghep.cli.show import print_findings
from ghep.cli.terminal import Terminal, print_json
from ghep.messages import text_of


def command(
    target: Annotated[Path, typer.Argument(help=text_of("help-doctor-target"), parser=given_path, metavar="RUN|DATA")],
    backbone: Annotated[str | None, typer.Option("--backbone", "-b", help=text_of("help-doctor-backbone"))] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**32 - 1, help=text_of("help-doctor-seed"), show_default=False)
    ] = None,
    out: Annotated[Path | None, out_folder("help-doctor-out")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
    *,
    settings: dict[str, Any],
) -> None:
    """Run ``ghep doctor``."""
    from ghep.config import in_units
    from ghep.experiment.doctor.doctor import doctor
    from ghep.experiment.run_folder import refuse_inside_data
    from ghep.explanation.output import output_folder
    from ghep.features.options import FeatureOptions
    from ghep.setting import settings_of

    folder = output_folder("doctor", target.name, out, overwrite=overwrite)
    refuse_inside_data(folder, target)
    can_write(folder, folder=True)
    with Terminal(quiet=json) as terminal:
        given = in_units(settings, settings_of(FeatureOptions))
        diagnosis = doctor(target, backbone=backbone, seed=seed, reporter=terminal, **given)
    page = diagnosis.save(folder)
    if json:
        print_json({**diagnosis.to_json(), "page": page})
    else:
        print("\n".join(diagnosis.lines()))
        print_findings(diagnosis.findings)
        print(f"\n{text_of('explain-page', page=page)}")
    raise typer.Exit(diagnosis.exit_code)
