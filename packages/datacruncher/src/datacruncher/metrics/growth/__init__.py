"""How many come, get going and come back."""
