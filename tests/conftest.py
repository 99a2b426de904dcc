"""Puts ``tests/`` on the path, so that a test can say ``from tiny import ...``."""
