"""Checks of a run: each returns findings, or raises if the run must not continue."""
