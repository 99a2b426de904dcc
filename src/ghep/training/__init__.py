"""Gradients: a stage of training in, moved weights and a history out. One loop for every strategy."""
