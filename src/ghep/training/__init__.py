"""Gradient training: a stage in, trained weights and a history out. One loop for every strategy."""
