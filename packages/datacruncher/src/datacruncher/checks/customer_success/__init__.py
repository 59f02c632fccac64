"""Who stays, who leaves, who falls silent."""
