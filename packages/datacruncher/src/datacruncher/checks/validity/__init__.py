"""Validity: values that their kind does not allow."""
