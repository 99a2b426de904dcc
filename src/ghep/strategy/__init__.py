"""Strategies: how a pretrained backbone is fitted to a task, each a list of stages for one training loop."""
