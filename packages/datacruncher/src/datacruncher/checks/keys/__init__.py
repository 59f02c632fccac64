"""Keys: what identifies a row, and what points to it."""
