"""The command line. ``main`` is the entry point; importing this loads neither torch nor a verb."""

from __future__ import annotations


def main() -> None:
    """Run the command line and exit."""
    from ghep.cli.app import run

    raise SystemExit(run())
