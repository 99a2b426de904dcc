"""Gradient training. In: a model, a stage and data. Out: trained weights and a history. All strategies use one loop."""
