"""How many come, come back and move on."""
