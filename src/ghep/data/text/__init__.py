"""Texts: the one loader, encodings, tokens, the audit, and a linear model on n-grams as the control."""
