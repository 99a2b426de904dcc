"""Divide examples into train, valid and test. Copies and groups stay in one split, and class shares are equal."""
