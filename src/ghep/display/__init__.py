"""What a notebook shows of a value: small pieces of HTML, and the look of figures."""
