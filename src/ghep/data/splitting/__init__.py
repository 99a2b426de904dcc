"""Train, valid and test: copies and groups stay together, and classes are as common in each."""
