"""Measures of quality with their uncertainty. Legend: n examples, N batch, K classes, B resamples."""
