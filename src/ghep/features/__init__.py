"""What the frozen part puts out: extracted once, and linear heads solved on it."""
