"""A trained model out in the world: raw file in, label out."""
