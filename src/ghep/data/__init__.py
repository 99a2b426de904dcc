"""From files to batches: read a data set, check every example once, divide into train, valid and test, load batches."""
