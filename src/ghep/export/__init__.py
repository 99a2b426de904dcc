"""Predictions of a trained model. In: raw images or texts. Out: labels and probabilities."""
