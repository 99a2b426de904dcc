"""Notebook display of results: HTML fragments and the style of figures."""
