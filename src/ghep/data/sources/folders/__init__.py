"""Folders as they lie on disk: which are splits, which are classes, and what is neither."""
