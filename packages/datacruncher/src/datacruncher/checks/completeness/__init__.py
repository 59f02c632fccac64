"""Completeness: what should be there and is not."""
