"""datacruncher."""
