"""Whether the money adds up."""
