"""How little changes an answer: adversarial images within a bound, from a photo's own pixels to the saved file."""
