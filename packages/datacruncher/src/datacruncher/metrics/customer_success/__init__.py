"""Who stays, who leaves, and how they do."""
