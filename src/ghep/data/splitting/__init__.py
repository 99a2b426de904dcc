"""Train, valid and test: copies and groups stay together, and each has the same class shares."""
