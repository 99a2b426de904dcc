"""Divide examples into train, valid and test: copies and groups stay together, and class shares are kept."""
