"""Which training examples are nearest to an example, by the features of a model."""
