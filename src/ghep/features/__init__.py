"""Features of the frozen part of a backbone: computed once, stored, and used to solve linear heads."""
