"""Features of the frozen part of a backbone: computed once, cached on disk, and used to solve linear heads."""
