"""Tells of data that life did not make."""
