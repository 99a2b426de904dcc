"""Read folders on disk, and decide which of them are splits, which are classes, and which are neither."""
