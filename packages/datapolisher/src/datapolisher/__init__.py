"""datapolisher."""
