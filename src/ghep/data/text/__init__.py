"""Texts: loader, encodings, tokens, the audit, and the linear control on n-grams."""
