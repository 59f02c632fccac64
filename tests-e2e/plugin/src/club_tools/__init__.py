"""Member cards, for the programs of others."""
