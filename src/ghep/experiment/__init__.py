"""One run: data, backbone, strategy and seed in; a measured record and a bundle out."""
