"""Metrics and their uncertainty. Legend: n examples, N batch, K classes, B resamples, S seeds."""
