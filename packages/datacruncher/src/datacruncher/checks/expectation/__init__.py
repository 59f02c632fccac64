"""What a schema declares, held against the data."""
