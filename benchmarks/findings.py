"""Findings of check and a linear probe on data sets: scripts/bench findings DATA... [--no-fit] [--before FILE]

On healthy data every finding is a false alarm or true; both matter before a release. ``--out`` writes the findings as
JSON; ``--before`` reads such a file of another version and marks what is new (+) and what is gone (-).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import ghep
from ghep.data.check import check
from ghep.errors import UserError


def findings_of(data: str, backbone: str | None, verbs: tuple[str, ...]) -> dict[str, list[list[str]]]:
    """Return verb -> [severity, code, message] of every finding on ``data``."""
    found: dict[str, list[list[str]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for verb in verbs:
            try:
                if verb == "check":
                    said = check(Path(data)).findings
                else:
                    said = ghep.fit(data, backbone=backbone, out=Path(folder) / "run").findings
            except UserError as error:
                found[verb] = [["refused", type(error).__name__, error.cause]]
            else:
                found[verb] = sorted([one.severity, one.code, one.message] for one in said)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--backbone", help="of all data sets; ghep's default for their modality unless given")
    parser.add_argument("--no-fit", action="store_true", help="of check alone")
    parser.add_argument("--before", type=Path, help="findings of another version, as --out wrote them")
    parser.add_argument("--out", type=Path, help="write the findings as JSON")
    options = parser.parse_args()
    before = json.loads(options.before.read_text()) if options.before else None
    verbs = ("check",) if options.no_fit else ("check", "fit")
    every = {}
    for data in options.data:
        name = "/".join(Path(data).resolve().parts[-2:])
        every[name] = findings_of(data, options.backbone, verbs)
        print(f"\n{name}")
        for verb, said in every[name].items():
            earlier = (before or {}).get(name, {}).get(verb, [])
            codes, earlier_codes = {one[1] for one in said}, {one[1] for one in earlier}
            for severity, code, message in said:
                new = "+" if before is not None and code not in earlier_codes else " "
                print(f"  {new} {verb:<5} {severity:<7} {code}: {message[:150]}")
            for severity, code, message in earlier:
                if code not in codes:
                    print(f"  - {verb:<5} {severity:<7} {code}: {message[:150]}")
        sys.stdout.flush()
        if options.out:
            options.out.write_text(json.dumps(every, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
