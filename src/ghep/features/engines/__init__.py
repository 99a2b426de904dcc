"""What runs the frozen part of a backbone: several engines for the same numbers, and the choice among them."""
