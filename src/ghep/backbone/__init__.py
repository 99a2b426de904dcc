"""Backbones: pretrained networks split into ordered blocks, each with its card and its preprocessing."""
