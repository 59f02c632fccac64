"""What is used, by whom, how soon."""
