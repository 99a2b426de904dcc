"""Inference with a trained model: raw inputs in, labels and probabilities out."""
