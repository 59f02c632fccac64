"""What people use, how much, and in which order."""
