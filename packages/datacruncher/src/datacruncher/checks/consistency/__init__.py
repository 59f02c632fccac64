"""Consistency: values that contradict each other."""
