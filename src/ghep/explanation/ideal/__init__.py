"""Ideal images: what gradient ascent finds for a class of a model, and what other networks say about it."""
