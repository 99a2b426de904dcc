"""Backbones: pretrained networks without heads, split into ordered blocks, with card and preprocessing."""
