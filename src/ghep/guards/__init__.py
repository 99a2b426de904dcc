"""Checks that act: each says a Finding, or stops what must not go on."""
