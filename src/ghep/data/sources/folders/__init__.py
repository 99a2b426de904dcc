"""Folders on disk: which are splits, which are classes, and which are neither."""
