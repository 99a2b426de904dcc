"""The command line. ``main`` is the entry point; importing this loads neither torch nor a verb."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line and exit."""
    # Threads that wait for each other actively bring training to a crawl as soon as anything else runs on the machine
    # (docs/LOG.md); it has to be said before torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from ghep.cli.app import run

    raise SystemExit(run())
